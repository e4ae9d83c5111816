"""Composes the HTTP process of contracts: `mb serve contracts`."""

from fastapi import FastAPI

from services.contracts.api import contracts, logs, orders
from services.contracts.api.registers import register_routers
from services.contracts.imports import IMPORTS
from services.contracts.settings import ContractsSettings
from shared.runtime import parked_api, service
from shared.runtime.imports.api import imports_router
from shared.runtime.jobs import api as jobs_api
from shared.runtime.service import Service

SERVICE = Service(
    "contracts",
    "Contracts",
    "Registers, radio contracts with rotations and logs, orders and insertions, media campaigns.",
    [
        *register_routers(),
        contracts.router,
        logs.router,
        orders.router,
        orders.campaigns,
        imports_router(IMPORTS),
        jobs_api.router,
        parked_api.router,
    ],
)


def create_app(settings: ContractsSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
