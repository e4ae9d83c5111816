"""Settings come from the environment only: MB_<SERVICE>_X where services differ, else MB_X, each also from a file."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

_COMMON_PREFIX = "MB_"


class _FromFiles(EnvSettingsSource):
    """Reads `MB_X` from the file that `MB_X_FILE` names, for secrets that are mounted."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The file's content without surrounding white space, or None."""
        path = os.environ.get(f"{self.env_prefix}{field_name}_FILE".upper())
        return (Path(path).read_text(encoding="utf-8").strip() if path else None), field_name, False


class Settings(BaseSettings):
    """What every process needs to know."""

    model_config = SettingsConfigDict(env_prefix=_COMMON_PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    broker_url: SecretStr = Field(SecretStr(""), description="RabbitMQ, amqp://user:password@host:port/vhost.")
    broker_password: SecretStr = Field(SecretStr(""), description="For a broker_url without a password.")
    jwks_url: str = Field("", description="Where the keys of token signers are published.")
    jwks: str = Field("", description="The keys themselves, a JWKS document; wins over jwks_url.")
    token_issuer: str = Field("mediabilling", description="The `iss` every token must carry.")
    host: str = Field("127.0.0.1", description="The address HTTP servers listen on.")
    port: int = Field(0, description="HTTP port; 0 takes a free one.")
    metrics_port: int = Field(0, description="Prometheus port; 0 serves none.")
    drain_seconds: float = Field(5.0, description="Seconds for which readiness is false before a process stops.")
    log_level: str = Field("info", description="debug, info, warning or error.")

    @model_validator(mode="before")
    @classmethod
    def _complete_urls(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Passwords are mounted as files, addresses are not secret: `x_url` gets the password of `x_password`."""
        passwords = {name: given[name] for name in cls.model_fields if name.endswith("_password") and given.get(name)}
        urls = {f"{name.removesuffix('_password')}_url": password for name, password in passwords.items()}
        return {
            **given,
            **{url: _with_password(given[url], password) for url, password in urls.items() if given.get(url)},
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the service's own variables, then the common ones."""
        return (
            init_settings,
            env_settings,
            _FromFiles(settings_cls),
            EnvSettingsSource(settings_cls, env_prefix=_COMMON_PREFIX),
            _FromFiles(settings_cls, env_prefix=_COMMON_PREFIX),
        )


class ServiceSettings(Settings):
    """What a service with a database needs beside; each service gives it the prefix MB_<SERVICE>_."""

    database_url: SecretStr = Field(description="PostgreSQL as the service's _app role.")
    database_password: SecretStr = Field(SecretStr(""), description="For a database_url without a password.")
    database_owner_url: SecretStr = Field(SecretStr(""), description="PostgreSQL as the _owner role; for `mb migrate`.")
    database_owner_password: SecretStr = Field(
        SecretStr(""), description="For a database_owner_url without a password."
    )
    pool_size: int = Field(10, description="Database connections of one process.")


def _with_password(url: str | SecretStr, password: str | SecretStr) -> str:
    plain, secret = (each.get_secret_value() if isinstance(each, SecretStr) else each for each in (url, password))
    parts = urlsplit(plain)
    if parts.password is not None or not parts.username:
        return plain
    user, _, address = parts.netloc.partition("@")
    return parts._replace(netloc=f"{user}:{quote(secret, safe='')}@{address}").geturl()
