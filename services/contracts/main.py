"""Composes the HTTP process of contracts: `mb serve contracts`."""

from fastapi import FastAPI

from services.contracts.api import (
    as_run,
    campaigns,
    confirmations,
    contracts,
    corrections,
    credits,
    insertions,
    line_lists,
    logs,
    orders,
    parameters,
    rotations,
    spots,
)
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
        parameters.router,
        contracts.router,
        line_lists.router,
        corrections.router,
        confirmations.router,
        rotations.router,
        logs.router,
        as_run.router,
        spots.router,
        orders.router,
        insertions.router,
        credits.router,
        campaigns.router,
        imports_router(IMPORTS),
        jobs_api.router,
        parked_api.router,
    ],
)


def create_app(settings: ContractsSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
