"""Environment of invoicing: MB_INVOICING_… over MB_…."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings, Settings


class MailSettings(Settings):
    """How invoicing's worker sends invoices by e-mail (MA-INV-30); without host and sender it sends none."""

    model_config = SettingsConfigDict(
        env_prefix="MB_INVOICING_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    smtp_host: str = Field("", description="The mail server; empty when no mail is sent.")
    smtp_port: int = Field(587, description="465 is usual with tls, 587 with starttls.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="tls from the first byte on, starttls after the greeting, or none at all."
    )
    smtp_user: str = Field("", description="The account mail is sent with; empty when the server asks for none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="The account's password.")
    smtp_sender: str = Field("", description="The address invoices are sent from.")
    smtp_timeout_seconds: float = Field(30.0, description="Seconds that each answer of the mail server is waited for.")


class InvoicingSettings(ServiceSettings, MailSettings):
    """What the processes of invoicing need to know."""

    model_config = SettingsConfigDict(env_prefix="MB_INVOICING_", extra="ignore", frozen=True)
