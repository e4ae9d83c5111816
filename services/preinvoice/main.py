"""Composes the HTTP process of preinvoice: `mb serve preinvoice`."""

from fastapi import FastAPI

from services.preinvoice.api import advances, drafts, items, runs, schedules
from services.preinvoice.imports import IMPORTS
from services.preinvoice.settings import PreinvoiceSettings
from shared.runtime import parked_api, service
from shared.runtime.imports.api import imports_router
from shared.runtime.jobs import api as jobs_api
from shared.runtime.service import Service

SERVICE = Service(
    "preinvoice",
    "Preinvoice",
    "Draft pre-invoices of campaigns, payment plans, delivery data, the billing runs that make invoices of drafts, and "
    "advance invoices: money billed ahead, deducted later.",
    [
        drafts.router,
        schedules.router,
        runs.router,
        advances.router,
        *schedules.schedule_routers(),
        items.statuses,
        items.plans,
        items.deliveries,
        imports_router(IMPORTS),
        jobs_api.router,
        parked_api.router,
    ],
    {
        "draft pre-invoices": "What a campaign will be billed, interval by interval, to be reviewed before a run.",
        "billing runs": "Drafts turned into invoices, and retried where that failed.",
        "schedules": "Generations and billing runs that time starts.",
        "payment plans": "Entries that bill an item instead of its intervals.",
        "delivery data": "What was delivered, as ad servers and people report it.",
        "billing status": "How far campaigns are billed.",
        "advance invoices": "Money billed ahead: its bills, what it may be deducted from, its settlement.",
        "imports": "CSV files: validated first, then applied or discarded.",
    },
)


def create_app(settings: PreinvoiceSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
