"""Issue a pending contract invoice: its items, texts and amounts are frozen (CT-CYC-16, CT-CYC-19)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from services.invoicing.application.billing_terms import Parties
from services.invoicing.application.issue import Issued, issue
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.settle_contracts import terms_of
from services.invoicing.domain.comment import with_months
from services.invoicing.domain.deductions import contract_amounts, tax_parts
from services.invoicing.domain.due_date import due_on
from services.invoicing.domain.ready import Amounts, Line, ReadyInvoice
from services.invoicing.domain.voucher import contract_voucher
from services.invoicing.repository import contracts as contract_rows
from services.invoicing.repository import open_invoices
from services.invoicing.repository.contracts import ContractRow
from services.invoicing.repository.registers import parties as parties_of
from shared.events.invoicing import InvoiceIssued
from shared.kernel.errors import NotAllowedNow, NotFound, StaleVersion
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession


async def issue_contract_invoice(session: AsyncSession, invoice_id: UUID, *, version: int | None = None) -> Issued:
    """The number of the invoice, which is dated on the end of its period (CT-CYC-12).

    `NotFound("invoice_not_found")`; `NotAllowedNow("invoice_incomplete")` while it gathers, `NotAllowedNow("state")`
    when it is issued or removed; `StaleVersion` when `version` is not its own.
    """
    stored = await open_invoices.lock_invoice(session, invoice_id)
    if stored is None or stored["contract_id"] is None:
        raise NotFound("invoice_not_found", "There is no such contract invoice.")
    if version is not None and stored["version"] != version:
        raise StaleVersion
    if stored["state"] == "gathering":
        raise NotAllowedNow("invoice_incomplete", "Logs or occurrences of the period are still awaited.")
    if stored["state"] != "pending":
        raise NotAllowedNow("state", "Only a pending invoice can be issued.")
    contract = (await contract_rows.lock_contracts(session, [stored["contract_id"]]))[stored["contract_id"]]
    parties = await Parties.load(session, {contract.legal_entity_id}, {contract.client_id})
    taxes = await contract_rows.tax_percents(session, [contract.tax_id] if contract.tax_id else [])
    items = await open_invoices.executed_items(session, contract.id, stored["period_from"], stored["period_to"])
    stations = await parties_of(session, "station", [item["media_id"] for item in items])
    named = [{**item, "media_name": stations.get(item["media_id"], {"name": ""})["name"]} for item in items]
    ready = _ready(stored, contract, parties, next(iter(taxes.values()), None), named)
    (issued,) = await issue(session, [ready], prefixes=parties.prefixes, event=InvoiceIssued)
    await queue_documents(session, invoice_ids=[invoice_id])
    return issued


def _ready(
    stored: dict[str, Any],
    contract: ContractRow,
    parties: Parties,
    tax: dict[str, Any] | None,
    items: Sequence[dict[str, Any]],
) -> ReadyInvoice:
    seller, client = parties.legal_entities[contract.legal_entity_id], parties.clients[contract.client_id]
    percent = tax["percent"] if tax else Decimal(0)
    amounts = contract_amounts(sum(item["price_amount"] for item in items), terms_of(contract, percent))
    on = stored["period_to"]
    return ReadyInvoice(
        id=stored["id"],
        version=stored["version"] + 1,
        kind="contract",
        variant=stored["variant"],
        legal_entity_id=contract.legal_entity_id,
        client_id=contract.client_id,
        contract_id=contract.id,
        period_from=stored["period_from"],
        period_to=on,
        invoice_on=on,
        accounting_on=on,
        due_on=due_on(on, client["payment_days"], from_month_end=client["from_month_end"]),
        currency=contract.currency,
        base_currency=seller["currency"],
        exchange_rate=Decimal(1),
        amounts=Amounts.of_contract(amounts, percent),
        lines=[_line(item, percent) for item in items],
        postings=contract_voucher(amounts),
        frozen={
            **parties.frozen(contract.legal_entity_id, contract.client_id),
            "contract_no": contract.contract_no,
            "invoice_type": contract.invoice_type,
            "po_no": contract.po_no,
            "product": contract.product,
            "discount_percent": f"{contract.discount_percent.normalize():f}",
            "agency_commission_percent": f"{contract.agency_commission_percent.normalize():f}",
            "tax": _frozen_tax(tax, amounts.tax_amount, contract.currency),
        },
        client_reference=contract.po_no,
        text=with_months(contract.comment, on),
        own_credit_series=seller["credit_series"],
    )


def _line(item: dict[str, Any], percent: Decimal) -> Line:
    return Line(
        item["id"], item["origin"], item["origin_id"], "whole", item["order_no"], item["media_id"], item["media_name"],
        item["text"], orjson.dumps(item["details"]).decode() if item["details"] else None, item["dated_on"], percent,
        item["gross_amount"], item["net_amount"], item["net_net_amount"], item["client_net_amount"],
        item["fee_amount"], item["capital_cost_amount"], item["price_amount"],
    )  # fmt: skip


def _frozen_tax(tax: dict[str, Any] | None, amount: int, code: str) -> dict[str, Any] | None:
    """The tax as it prints: its parts one below the other, adding up to it (CT-TAX-04)."""
    if tax is None:
        return None
    parts = tax["parts"]
    exponent = -currency(code).places
    shares = tax_parts(amount, [Decimal(part["percent"]) for part in parts]) if parts else []
    return {
        "name": tax["name"],
        "percent": f"{tax['percent']:f}",
        "parts": [
            {**part, "amount": f"{Decimal(share).scaleb(exponent):f}"}
            for part, share in zip(parts, shares, strict=True)
        ],
    }
