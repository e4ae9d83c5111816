"""An invoice to look at: the document that is kept, one printed now, or a proof of what is still open."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from services.invoicing.application.ready_contract_invoice import ready_contract_invoice
from services.invoicing.documents import missing_texts, render
from services.invoicing.domain.ready import Line, ReadyInvoice
from services.invoicing.printing.paper import keep, printed
from services.invoicing.repository import open_invoices
from services.invoicing.repository.contracts import find_contract
from services.invoicing.repository.documents import content_of, texts_of, unprinted
from shared.kernel.errors import BillingError, NotAllowedNow, NotFound
from shared.runtime.db import AsyncSession


async def print_now(session: AsyncSession, invoice_id: UUID) -> bytes:
    """The document of an issued invoice, printed and kept if it is not yet.

    `NotFound("invoice_not_found")`; `NotAllowedNow`: `not_approved`, `station_text_missing` (CT-ITY-08).
    """
    content = await content_of(session, invoice_id)
    if content is not None:
        return content
    header = await open_invoices.lock_invoice(session, invoice_id)
    if header is None:
        raise NotFound("invoice_not_found", "There is no such invoice.")
    if header["no"] is None:
        raise NotAllowedNow("not_approved", "Only an approved invoice is printed for good; look at its proof.")
    (paper,) = await unprinted(session, None, [invoice_id], 1)
    done = await printed(paper)
    if isinstance(done, BillingError):
        raise done
    await keep(session, {invoice_id: done})
    return done


async def shown(session: AsyncSession, invoice_id: UUID, now: datetime) -> bytes:
    """The document as it can be looked at: the one kept, or a proof of an open contract invoice as it stands now.

    `NotFound`: `invoice_not_found`, `not_printed`; `NotAllowedNow("station_text_missing")`.
    """
    content = await content_of(session, invoice_id)
    if content is not None:
        return content
    header = await open_invoices.find_invoice(session, invoice_id)
    if header is None:
        raise NotFound("invoice_not_found", "There is no such invoice.")
    if header["no"] is not None:
        for paper in await unprinted(session, None, [invoice_id], 1):
            missing_texts(paper.header, paper.lines, paper.texts)
    contract = await find_contract(session, header["contract_id"]) if header["contract_id"] else None
    if header["no"] is not None or header["state"] == "removed" or contract is None:
        raise NotFound("not_printed", "The invoice has no document yet.")
    ready = (await ready_contract_invoice(session, contract, header, now)).invoice
    texts = await texts_of(session, ready.frozen["stations"])
    return await asyncio.to_thread(render, _as_stored(ready), _stored_lines(ready), "", texts=texts)


def _as_stored(ready: ReadyInvoice) -> dict[str, Any]:
    """An invoice that is not stored yet, as its header would read."""
    vat = [{**rate._asdict(), "percent": f"{rate.percent:f}"} for rate in ready.amounts.vat]
    names = ("kind", "variant", "document", "invoice_on", "due_on", "period_from", "period_to", "currency", "frozen")
    return {
        **{name: getattr(ready, name) for name in names},
        **ready.amounts._asdict(),
        "vat": vat,
        "invoice_no": "",
        "base_currency": ready.base_currency,
        "exchange_rate": ready.exchange_rate,
        "client_reference": ready.client_reference,
        "text": ready.text,
    }


def _stored_lines(ready: ReadyInvoice) -> list[dict[str, Any]]:
    return [
        {**line._asdict(), "details": orjson.loads(line.details) if line.details else None}
        for line in ready.lines
        if isinstance(line, Line)
    ]
