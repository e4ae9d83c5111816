"""What contracts needs to know of its surroundings."""

from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import ServiceSettings


class ContractsSettings(ServiceSettings):
    """MB_CONTRACTS_… variables."""

    model_config = SettingsConfigDict(env_prefix="MB_CONTRACTS_")
