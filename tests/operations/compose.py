"""docker-compose.yml as docker compose reads it: merged, with the variables put in."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
# Services that are no `mb` process.
SERVERS = ("postgres", "rabbitmq")


class Missing(Exception):
    """A variable that must be set is not."""


def compose(environment: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables replaced; `Missing` where it demands one."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    replaced: dict[str, Any] = _replaced(document, environment)
    return replaced


def example(password: str = "") -> dict[str, str]:
    """What `.env.example` sets, with this in place of the empty values."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: value or password for name, value in pairs}


def processes(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: service for name, service in document["services"].items() if name not in SERVERS}


def _replaced(node: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _replaced(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [_replaced(value, environment) for value in node]
    if not isinstance(node, str):
        return node

    def value_of(match: re.Match[str]) -> str:
        name, operator, operand = match.groups()
        if value := environment.get(name):
            return value
        if operator == "-":
            return operand
        raise Missing(name)

    return _VARIABLE.sub(value_of, node)
