"""Save media invoices: checked, booked on their insertions, posted, told (MA-MIN-09 to MA-MIN-12, MA-MIN-23)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from services.reconciliation.application.book import book
from services.reconciliation.application.post import Voucher, post
from services.reconciliation.application.register_invoice import lock_pending
from services.reconciliation.application.telling import tell_invoices
from services.reconciliation.domain.posting import BilledLine, Payable, media_invoice_voucher
from services.reconciliation.domain.saving import Marked, Registration, check_saving, rate_of
from services.reconciliation.repository import media_invoices as rows
from services.reconciliation.repository.ledger import Entry
from services.reconciliation.repository.media_invoices import Invoice, Line, Numbered
from services.reconciliation.repository.registers import (
    Insertion,
    LegalEntity,
    Supplier,
    insertions,
    legal_entities,
    suppliers,
)
from shared.events.reconciliation import MediaInvoiceSaved
from shared.kernel.errors import BillingError, Blocker, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import derived_id
from shared.kernel.money import converted, currency
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class _Known:
    """What the registers say about some registrations."""

    lines: Mapping[UUID, Sequence[Line]]
    insertions: Mapping[UUID, Insertion]
    suppliers: Mapping[UUID, Supplier]
    legal_entities: Mapping[UUID, LegalEntity]
    earlier: Mapping[rows.Number, Numbered]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A registration that may be saved: complete, with the marked lines only."""

    invoice: Invoice
    lines: Sequence[Line]
    dropped: Sequence[Line]
    insertions: Mapping[UUID, Insertion]
    legal_entity: LegalEntity


async def save_invoice(
    session: AsyncSession,
    invoice_id: UUID,
    version: int,
    *,
    invoice_no: str | None = None,
    accounting_on: date | None = None,
) -> None:
    """Save one registration; number and accounting date may be given only now (MA-MIN-12).

    Refuses as `check_saving` does, and with `NotAllowedNow`: `already_saved`, `duplicate_invoice`; `StaleVersion`.
    """
    invoice = await lock_pending(session, invoice_id)
    if invoice.version != version:
        raise StaleVersion
    given = replace(
        invoice,
        invoice_no=invoice.invoice_no if invoice_no is None else invoice_no,
        accounting_on=accounting_on or invoice.accounting_on,
    )
    known = await _look_up(session, [given])
    await _save(session, [_weighed(given, known)])


async def save_what_is_right(session: AsyncSession, invoice_ids: Sequence[UUID]) -> dict[UUID, BillingError]:
    """Save every registration that may be; the others stay pending, each with the reason."""
    locked = await rows.lock_invoices(session, invoice_ids)
    known = await _look_up(session, list(locked.values()))
    weighed: list[Weighed] = []
    refused: dict[UUID, BillingError] = {}
    for invoice in locked.values():
        try:
            weighed.append(_weighed(invoice, known))
        except BillingError as error:
            refused[invoice.id] = error
    await _save(session, weighed)
    return refused


async def _look_up(session: AsyncSession, invoices: Sequence[Invoice]) -> _Known:
    numbers = [(one.supplier_id, one.invoice_no) for one in invoices if one.supplier_id and one.invoice_no]
    await rows.lock_numbers(session, numbers)
    lines = await rows.lines_of(session, [one.id for one in invoices])
    billed = {line.insertion_id for of_one in lines.values() for line in of_one if line.insertion_id}
    found = await insertions(session, billed)
    return _Known(
        lines,
        found,
        await suppliers(session, [one.supplier_id for one in invoices if one.supplier_id]),
        await legal_entities(session, [one.legal_entity_id for one in found.values()]),
        await rows.by_number(session, numbers),
    )


def _weighed(invoice: Invoice, known: _Known) -> Weighed:
    listed = known.lines.get(invoice.id, [])
    lines = [line for line in listed if line.marked]
    supplier = known.suppliers.get(invoice.supplier_id) if invoice.supplier_id else None
    registration = Registration(
        supplier.blocked if supplier else None,
        invoice.invoice_no,
        invoice.invoice_on,
        invoice.accounting_on,
        currency(invoice.currency),
        invoice.amounts,
    )
    rounding = check_saving(registration, [_marked(line, known.insertions) for line in lines])
    assert supplier is not None
    assert invoice.invoice_on is not None
    _check_number(known.earlier.get((supplier.id, invoice.invoice_no)))
    entity_id = next(known.insertions[line.insertion_id].legal_entity_id for line in lines if line.insertion_id)
    if entity_id not in known.legal_entities:
        raise NotAllowedNow("unknown_reference", "The legal entity's record has not arrived yet.")
    entity = known.legal_entities[entity_id]
    complete = replace(
        invoice,
        version=invoice.version + 1,
        state="saved",
        legal_entity_id=entity.id,
        due_on=invoice.due_on or invoice.invoice_on + timedelta(days=supplier.payment_days),
        exchange_rate=rate_of(invoice.exchange_rate, invoice.currency, entity.currency),
        rounding_amount=rounding,
        line_count=len(lines),
    )
    return Weighed(complete, lines, [line for line in listed if not line.marked], known.insertions, entity)


def _marked(line: Line, known: Mapping[UUID, Insertion]) -> Marked:
    insertion = known.get(line.insertion_id) if line.insertion_id else None
    return Marked(
        line_no=line.line_no,
        net_net_amount=line.net_net_amount,
        insertion_id=line.insertion_id,
        billable=insertion is not None and insertion.billable,
        ordered_then=line.ordered_net_net_amount,
        ordered_now=insertion.net_net_amount if insertion else 0,
        currency=insertion.currency if insertion else "",
        legal_entity_id=insertion.legal_entity_id if insertion else None,
    )


def _check_number(earlier: Numbered | None) -> None:
    if earlier is not None and earlier.state == "saved":
        message = f"The supplier's invoice number is saved already, with voucher {earlier.voucher_no}."
        link = f"/v1/reconciliation/media-invoices/{earlier.id}"
        raise NotAllowedNow("duplicate_invoice", message, blockers=[Blocker("duplicate_invoice", message, link)])


async def _save(session: AsyncSession, weighed: Sequence[Weighed]) -> None:
    """Book, then post and number, then tell."""
    if not weighed:
        return
    await rows.drop_lines(session, [line.id for one in weighed for line in one.dropped])
    entries = [entry for one in weighed for entry in _entries(one)]
    await book(session, entries, {one.legal_entity.id: one.legal_entity.currency for one in weighed})
    posted = await post(session, [_voucher(one) for one in weighed])
    saved = [
        replace(one.invoice, voucher_id=posted[one.invoice.id].id, voucher_no=posted[one.invoice.id].voucher_no)
        if one.invoice.id in posted
        else one.invoice
        for one in weighed
    ]
    await rows.save_invoices(session, saved)
    await tell_invoices(session, MediaInvoiceSaved, saved, {one.invoice.id: one.lines for one in weighed})


def _billed_lines(one: Weighed) -> list[tuple[Line, Insertion]]:
    return [(line, one.insertions[line.insertion_id]) for line in one.lines if line.insertion_id]


def _entries(one: Weighed) -> list[Entry]:
    return [media_entry(line, insertion, one.invoice, one.legal_entity) for line, insertion in _billed_lines(one)]


def media_entry(line: Line, insertion: Insertion, invoice: Invoice, legal_entity: LegalEntity) -> Entry:
    """What a saved line does to its insertion's balance, at the order's rate like the client side (MA-MIN-23)."""
    assert invoice.accounting_on is not None
    of, base = currency(invoice.currency), currency(legal_entity.currency)
    return Entry(
        id=derived_id("media", line.id, line.insertion_id),
        insertion_id=insertion.row_id,
        legal_entity_id=legal_entity.id,
        kind="media",
        source_id=invoice.id,
        accounting_on=invoice.accounting_on,
        net_amount=-converted(line.net_amount, insertion.exchange_rate, of, base),
        net_net_amount=-converted(line.net_net_amount, insertion.exchange_rate, of, base),
        billed_amount=line.net_net_amount,
    )


def _voucher(one: Weighed) -> Voucher:
    invoice = one.invoice
    if invoice.exchange_rate is None or invoice.accounting_on is None:
        raise Invalid("rate_missing", "An invoice is posted at its rate on its accounting date.")
    payable = Payable(
        invoice.amounts.vat_amount, invoice.amounts.total_amount, invoice.rounding_amount, invoice.exchange_rate
    )
    lines = [
        BilledLine(insertion.id, line.net_net_amount, insertion.exchange_rate) for line, insertion in _billed_lines(one)
    ]
    postings = media_invoice_voucher(payable, lines, currency(invoice.currency), currency(one.legal_entity.currency))
    return Voucher("media_invoice", invoice.id, one.legal_entity, invoice.accounting_on, postings)
