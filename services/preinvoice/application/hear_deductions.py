"""What invoices deducted of advance invoices, and what their credit notes give back (MA-PRE-14, 22, MA-CRD-05)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.preinvoice.application.reserve import ASKED_AFTER
from services.preinvoice.application.save_changed import save_changed
from services.preinvoice.application.tell_advances import tell_advances
from services.preinvoice.domain.advance import Advance
from services.preinvoice.domain.reservation import Reservation
from services.preinvoice.repository.advances import add_entries, advances_by_id, reversed_entries
from services.preinvoice.repository.campaigns import base_currencies
from services.preinvoice.repository.reservations import reservations_by_id, save_reservations
from shared.events.invoicing import DeductedState, InvoiceState
from shared.events.preinvoice import AdvanceDeducted, AdvanceRestored, AdvanceSettled
from shared.kernel.money import Currency, Money, currency
from shared.runtime.db import AsyncSession


class _Used(NamedTuple):
    """What one document deducts of one advance invoice, in minor units; below zero it gives back."""

    invoice: InvoiceState
    deducted: DeductedState
    amount: int
    base_amount: int


async def hear_deducted(session: AsyncSession, told: Sequence[InvoiceState], *, now: datetime) -> None:
    """Held money is deducted, each document once; a settlement leaves nothing."""
    told_of = await _used_by(session, told)
    if not told_of:
        return
    known = await reservations_by_id(
        session, {one.deducted.deduction_id for one in told_of if one.deducted.deduction_id}
    )
    before = await advances_by_id(session, {one.deducted.advance_invoice_id for one in told_of}, lock=True)
    used = await _new(session, told_of)
    gone = await reversed_entries(session, {one.invoice.id for one in used})
    advances, reservations = dict(before), dict(known)
    for one in used:
        advance_id, deduction_id = one.deducted.advance_invoice_id, one.deducted.deduction_id
        reservation = reservations.get(deduction_id) if deduction_id else None
        advances[advance_id], reservation = _deduct(advances[advance_id], reservation, one, reversed_ids=gone)
        if reservation:
            reservations[reservation.id] = reservation
    changed = [replace(one, version=one.version + 1) for id_, one in reservations.items() if one != known[id_]]
    await save_reservations(session, changed, expires_at=now + ASKED_AFTER)
    stored = await save_changed(session, before, advances)
    settled = [one for one in stored if one.settled_by_id != before[one.id].settled_by_id]
    await tell_advances(session, AdvanceSettled, settled)
    await tell_advances(session, AdvanceDeducted, [one for one in stored if one not in settled])


async def hear_given_back(session: AsyncSession, told: Sequence[InvoiceState]) -> None:
    """Each advance invoice gets its amount back; one that the reversed invoice settled is open again (MA-CRD-05)."""
    told_of = await _used_by(session, told)
    before = await advances_by_id(session, {one.deducted.advance_invoice_id for one in told_of}, lock=True)
    advances = dict(before)
    for one in await _new(session, told_of):
        advance = advances[one.deducted.advance_invoice_id].less(one.amount, one.base_amount)
        if advance.settled_by_id == one.invoice.reverses_id:
            advance = replace(advance, settled_by_id=None)
        advances[advance.id] = advance
    await tell_advances(session, AdvanceRestored, await save_changed(session, before, advances))


def _deduct(
    advance: Advance, reservation: Reservation | None, used: _Used, *, reversed_ids: set[UUID]
) -> tuple[Advance, Reservation | None]:
    advance = advance.less(used.amount, used.base_amount)
    take = reservation.take_of(advance.id) if reservation else None
    if reservation and take:
        amount, base_amount = min(used.amount, take.open_amount), min(used.base_amount, take.open_base_amount)
        return advance.holding(-amount, -base_amount), reservation.deducted(advance.id, amount, base_amount)
    settlement = advance.settlement
    if settlement is None or settlement.id != used.invoice.wish_id or settlement.state != "requested":
        return advance, reservation
    invoice = used.invoice
    issued = replace(settlement, state="issued", invoice_id=invoice.id, invoice_no=invoice.invoice_no)
    advance = replace(advance, settlement=issued).holding(-settlement.amount, -settlement.base_amount)
    # A credit note that was heard of first has opened it again already.
    return (advance if invoice.id in reversed_ids else replace(advance, settled_by_id=invoice.id)), reservation


async def _used_by(session: AsyncSession, told: Iterable[InvoiceState]) -> list[_Used]:
    documents = [one for one in told if one.deductions]
    bases = await base_currencies(session, {one.legal_entity_id for one in documents}) if documents else {}
    return [_used(one, deducted, bases) for one in documents for deducted in one.deductions]


async def _new(session: AsyncSession, told_of: Sequence[_Used]) -> list[_Used]:
    """What has not taken effect yet; the advance invoices are locked."""
    new = await add_entries(session, [_entry(one) for one in told_of])
    return [one for one in told_of if (one.deducted.advance_invoice_id, one.invoice.id) in new]


def _used(invoice: InvoiceState, deducted: DeductedState, bases: Mapping[UUID, Currency]) -> _Used:
    amount = Money.parse(deducted.amount, currency(invoice.currency)).minor
    base_amount = Money.parse(deducted.base_amount, bases[invoice.legal_entity_id]).minor
    return _Used(invoice, deducted, amount, base_amount)


def _entry(used: _Used) -> dict[str, object]:
    return {
        "advance_id": used.deducted.advance_invoice_id,
        "invoice_id": used.invoice.id,
        "invoice_no": used.invoice.invoice_no,
        "reverses_id": used.invoice.reverses_id,
        "amount": used.amount,
        "base_amount": used.base_amount,
    }
