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
    {
        "registers": "Legal entities and clients, which all work starts from.",
        "radio registers": "What radio contracts choose from: agencies, salespeople, taxes, conflicts, stations, copy.",
        "media registers": "What plans and orders choose from: media, suppliers, agreements, prices, VAT, terms.",
        "parameters": "How a legal entity bills and posts, and its exchange rates.",
        "imports": "CSV files: validated first, then applied or discarded.",
        "contracts": "Radio contracts with their lines: drafted, changed, approved, cancelled, duplicated.",
        "corrections": "Correction mode of approved contracts, and the history of a contract.",
        "confirmations": "Confirmations of contracts, and the queue of those wanted on paper.",
        "rotations": "Which copy runs when: a contract's ordered list, and why a unit gets its copy.",
        "logs": "A station's day: opened, filled, locked, reconciled with what aired.",
        "spots": "Single units: where each stands, makegoods, what a person does to one.",
        "orders": "Bookings with one medium on a plan.",
        "insertions": "Dated appearances, priced row by row, shared among clients.",
        "credits": "Credits of insertions, corrections, shares moved to another client.",
        "campaigns": "Campaigns that are sold: items, recipient, billing terms.",
    },
)


def create_app(settings: ContractsSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
