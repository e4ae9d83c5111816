"""Environment of invoicing: MB_INVOICING_… over MB_…."""

from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class InvoicingSettings(ServiceSettings):
    """What the processes of invoicing need to know."""

    model_config = SettingsConfigDict(env_prefix="MB_INVOICING_", extra="ignore", frozen=True)
