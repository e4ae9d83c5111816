"""The operators' guide, taken apart: its tables, commands and addresses."""

import re

from pydantic_core import PydanticUndefined

from deploy.settings import AdminSettings
from services.gateway.settings import GatewaySettings
from services.invoicing.settings import MailSettings
from shared.runtime.settings import ServiceSettings, Settings
from tests.operations.compose import ROOT

PATH = ROOT / "docs" / "guides" / "operations.md"
TEXT = PATH.read_text(encoding="utf-8")
# Heading of a table of settings: the class that reads them, the one whose fields are told of elsewhere, the prefix.
SETTINGS: dict[str, tuple[type[Settings], type[Settings] | None, str]] = {
    "Every process": (Settings, None, "MB_"),
    "Services with a database": (ServiceSettings, Settings, "MB_<SERVICE>_"),
    "Mail, worker of invoicing": (MailSettings, Settings, "MB_INVOICING_"),
    "Gateway": (GatewaySettings, Settings, "MB_GATEWAY_"),
    "`mb provision`": (AdminSettings, Settings, "MB_"),
}


def rows(heading: str) -> list[tuple[str, ...]]:
    """The rows of the first table under a heading, without its head."""
    section = re.split(rf"^##+ {re.escape(heading)}$", TEXT, flags=re.MULTILINE)[1]
    section = re.split(r"^##+ ", section, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines[2:]]


def expected(heading: str) -> list[tuple[str, ...]]:
    """What a table of settings must say."""
    settings, known, prefix = SETTINGS[heading]
    fields = {
        name: field for name, field in settings.model_fields.items() if not known or name not in known.model_fields
    }
    return [
        (f"`{prefix}{name.upper()}`", field.description or "", _default(field.default))
        for name, field in fields.items()
    ]


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return "must be set"
    plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    shown = (
        {True: "true", False: "false"}[plain]
        if isinstance(plain, bool)
        else f"{plain:g}"
        if isinstance(plain, float)
        else str(plain)
    )
    return f"`{shown}`" if shown else "empty"
