"""Composes the HTTP process of reconciliation: `mb serve reconciliation`."""

from fastapi import FastAPI

from services.reconciliation.api import candidates, discrepancies, media_invoices, vouchers, write_offs
from services.reconciliation.imports import IMPORTS
from services.reconciliation.settings import ReconciliationSettings
from shared.runtime import parked_api, service
from shared.runtime.imports.api import imports_router
from shared.runtime.jobs import api as jobs_api
from shared.runtime.service import Service

SERVICE = Service(
    "reconciliation",
    "Reconciliation",
    "Media invoices and their postings in the purchase ledger, discrepancies, write-offs.",
    [
        media_invoices.router,
        candidates.router,
        discrepancies.router,
        write_offs.router,
        vouchers.router,
        imports_router(IMPORTS),
        jobs_api.router,
        parked_api.router,
    ],
    {
        "media invoices": "Suppliers' invoices: registered, matched with insertions, posted.",
        "discrepancies": "What clients paid beside what the media billed, held against the ledger.",
        "write-offs": "Discrepancies booked away, and their undoing.",
        "vouchers": "Postings of the purchase ledger.",
        "imports": "CSV files: validated first, then applied or discarded.",
    },
)


def create_app(settings: ReconciliationSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
