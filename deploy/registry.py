"""The services by name, found by the shape they share: settings, main, worker, inbox, invariants."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from fastapi import FastAPI

from shared.runtime.handlers import Handlers
from shared.runtime.settings import ServiceSettings

DATABASE_SERVICES = ("contracts", "preinvoice", "invoicing", "reconciliation")
SERVICES = (*DATABASE_SERVICES, "gateway")


def settings_of(name: str, **given: Any) -> Any:
    """The settings of a service from the environment; `given` wins."""
    module = import_module(f"services.{name}.settings")
    made: Callable[..., ServiceSettings] = getattr(module, f"{name.capitalize()}Settings")
    return made(**given)


def app_of(name: str, settings: Any) -> FastAPI:
    """The HTTP application of a service."""
    app: FastAPI = import_module(f"services.{name}.main").create_app(settings)
    return app


def handlers_of(name: str) -> Handlers:
    """What a service listens to."""
    handlers: Handlers = import_module(f"services.{name}.inbox").HANDLERS
    return handlers


def invariants_of(name: str) -> Mapping[str, str]:
    """What must hold in a service's own tables."""
    invariants: Mapping[str, str] = import_module(f"services.{name}.invariants").INVARIANTS
    return invariants
