"""What chores of an operator need to know beside the settings of the services."""

from pydantic import Field, SecretStr

from shared.runtime.settings import Settings


class AdminSettings(Settings):
    """For `mb provision` only; no process that runs all day may know these."""

    admin_url: SecretStr = Field(description="PostgreSQL as a superuser, such as postgresql://postgres@host/postgres.")
    admin_password: SecretStr = Field(SecretStr(""), description="For an admin_url without a password.")
