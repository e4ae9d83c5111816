"""Settings come from the environment only: MB_… for all, MB_<SERVICE>_… where services differ, …_FILE for secrets."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict


class _FromFiles(EnvSettingsSource):
    """Reads `MB_X` from the file that `MB_X_FILE` names, when it is set."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        name = f"{self.env_prefix}{field_name}".upper()
        path = os.environ.get(f"{name}_FILE")
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False


class Settings(BaseSettings):
    """What every process needs to know."""

    model_config = SettingsConfigDict(env_prefix="MB_", extra="ignore", frozen=True)

    broker_url: SecretStr = Field(SecretStr(""), description="RabbitMQ, amqp://user:password@host:port/vhost.")
    jwks_url: str = Field("", description="Where the keys of token signers are published.")
    jwks: str = Field("", description="The keys themselves, a JWKS document; wins over jwks_url.")
    token_issuer: str = Field("mediabilling", description="The `iss` every token must carry.")
    host: str = Field("127.0.0.1", description="The address HTTP servers listen on.")
    drain_seconds: float = Field(5.0, description="How long readiness is false before a process stops taking work.")
    log_level: str = Field("info", description="debug, info, warning or error.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then files named by the environment."""
        return init_settings, env_settings, _FromFiles(settings_cls)


class ServiceSettings(Settings):
    """What a service with a database needs beside; subclasses set the prefix MB_<SERVICE>_."""

    database_url: SecretStr = Field(description="PostgreSQL as the service's _app role.")
    database_owner_url: SecretStr = Field(SecretStr(""), description="PostgreSQL as the _owner role; for `mb migrate`.")
    port: int = Field(0, description="HTTP port; 0 takes a free one.")
    metrics_port: int = Field(0, description="Prometheus port; 0 serves none.")
    pool_size: int = Field(10, description="Database connections of one process.")


def common(name: str) -> dict[str, str]:
    """Values of the MB_… variables for a settings class whose own prefix is MB_<NAME>_."""
    wanted = Settings.model_fields
    own = f"MB_{name.upper()}_"
    found: dict[str, str] = {}
    for field in wanted:
        variable = f"MB_{field.upper()}"
        if f"{own}{field.upper()}" in os.environ:
            continue
        if variable in os.environ:
            found[field] = os.environ[variable]
        elif f"{variable}_FILE" in os.environ:
            found[field] = Path(os.environ[f"{variable}_FILE"]).read_text(encoding="utf-8").strip()
    return found
