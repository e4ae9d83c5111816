"""Environment of reconciliation: MB_RECONCILIATION_… over MB_…."""

from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class ReconciliationSettings(ServiceSettings):
    """What the processes of reconciliation need to know."""

    model_config = SettingsConfigDict(env_prefix="MB_RECONCILIATION_", extra="ignore", frozen=True)
