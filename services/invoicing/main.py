"""Composes the HTTP process of invoicing: `mb serve invoicing`."""

from fastapi import FastAPI

from services.invoicing.api import invoices, ledger, runs
from services.invoicing.settings import InvoicingSettings
from shared.runtime import parked_api, service
from shared.runtime.jobs import api as jobs_api
from shared.runtime.service import Service

SERVICE = Service(
    "invoicing",
    "Invoicing",
    "Billable items, invoice runs, invoices and credit notes, number series, vouchers, documents.",
    [runs.router, invoices.router, ledger.router, jobs_api.router, parked_api.router],
)


def create_app(settings: InvoicingSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
