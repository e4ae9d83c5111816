"""Composes the HTTP process of invoicing: `mb serve invoicing`."""

from fastapi import FastAPI

from services.invoicing.api import (
    advance_settlements,
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
        advance_settlements.router,
        distribution.router,
        credit_proposals.router,
        payments.router,
        ledger.router,
        periods.router,
        voucher_exports.router,
        jobs_api.router,
        parked_api.router,
    ],
    {
        "invoice runs": "What is due, looked at in a test run and issued by a live one; saved selections.",
        "invoices": "Invoices and credit notes with their documents.",
        "invoice distribution": "Which invoices are sent, where to, and what became of it.",
        "credit proposals": "Credits of what was billed up front and will not run.",
        "advance invoices": "What settling an advance invoice would give.",
        "payments": "Money received, applied to invoices; what clients owe.",
        "ledger": "Billable items, vouchers and their exports, number series, accounting periods.",
    },
)


def create_app(settings: InvoicingSettings) -> FastAPI:
    """The service as an ASGI application."""
    return service.create_app(SERVICE, settings)
