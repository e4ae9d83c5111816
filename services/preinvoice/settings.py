"""Environment of preinvoice: MB_PREINVOICE_… over MB_…."""

from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class PreinvoiceSettings(ServiceSettings):
    """What the processes of preinvoice need to know."""

    model_config = SettingsConfigDict(env_prefix="MB_PREINVOICE_", extra="ignore", frozen=True)
