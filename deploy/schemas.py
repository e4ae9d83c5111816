"""The generated contracts: event schemas and AsyncAPI, and the OpenAPI document of the whole suite."""

from pathlib import Path
from typing import Any

import orjson

from deploy.registry import DATABASE_SERVICES, app_of, settings_of
from services.gateway.openapi import merge
from shared.events import catalogue

_ROOT = Path(__file__).resolve().parents[1]
_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE


def generated() -> dict[Path, bytes]:
    """Each generated file and what belongs in it."""
    files = {_ROOT / path: content.encode() for path, content in catalogue.documents().items()}
    return {**files, _ROOT / "docs" / "openapi.json": orjson.dumps(openapi(), option=_PRETTY)}


def write() -> list[Path]:
    """Write what has changed, drop schemas of events that are gone, and return the paths written."""
    files = generated()
    for stale in set((_ROOT / "shared" / "events" / "schemas").glob("*.json")) - set(files):
        stale.unlink()
    changed = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[path])
    return changed


def openapi() -> dict[str, Any]:
    """The OpenAPI document of all services, as the gateway merges it."""
    documents = {
        service: app_of(service, settings_of(service, database_url="postgresql://nobody@127.0.0.1/none")).openapi()
        for service in DATABASE_SERVICES
    }
    gateway = app_of("gateway", settings_of("gateway", development_issuer=True))
    return merge(gateway.openapi(), documents)
