"""Composes the HTTP process of invoicing: `mb serve invoicing`."""

from fastapi import FastAPI

from services.invoicing.api import (
    credit_proposals,
    distribution,
    invoices,
    ledger,
    payments,
    periods,
    runs,
    selections,
    voucher_exports,
)
from services.invoicing.settings import InvoicingSettings
from shared.runtime import parked_api, service
from shared.runtime.jobs import api as jobs_api
from shared.runtime.service import Service

SERVICE = Service(
    "invoicing",
    "Invoicing",
    "Billable items, invoice runs, invoices and credit notes, payments, number series, vouchers, documents.",
    [
        runs.router,
        selections.router,
        invoices.router,
        distribution.router,
        credit_proposals.router,
        payments.router,
        ledger.router,
        periods.router,
        voucher_exports.router,
        jobs_api.router,
        parked_api.router,
    ],
)


def create_app(settings: InvoicingSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
