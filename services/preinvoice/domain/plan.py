"""The lines an item should have: one per service slice or plan entry, and what an amendment still owes (PI-GEN-22)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.preinvoice.domain import payment_plan
from services.preinvoice.domain.campaign import CampaignItem
from services.preinvoice.domain.delivery import Billed, DeliveredSlice, ItemDelivery, bill_delivery
from services.preinvoice.domain.distribution import distribute, weigh
from services.preinvoice.domain.draft import DraftLine, LineBasis, LineFigures, LineKey
from services.preinvoice.domain.intervals import (
    Slice,
    Terms,
    accounting_interval,
    accounting_interval_on,
    day_counts,
    planned_invoice_on,
    slices,
)
from shared.kernel.period import Period

_SHARE_NOTE = "The amount is the share of the booked quantity that falls on these days."


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line that follows from the data, with the accounting interval and invoice date that place it on a draft."""

    key: LineKey
    figures: LineFigures
    accounting: Period
    planned_invoice_on: date
    deferred_until_on: date | None = None


def planned_lines(
    item: CampaignItem,
    terms: Terms,
    *,
    vat_percent: Decimal,
    frozen: Sequence[DraftLine],
    delivery: ItemDelivery,
    typed: Mapping[LineKey, int] | None = None,
) -> list[PlannedLine]:
    """The lines of a checked item that are not on an issued invoice, in order of their service days.

    `frozen` are its lines on issued invoices that no credit note has reversed: their days and plan entries are billed.
    `typed` are delivered quantities that somebody typed; each outranks what was recorded for its slice (PI-DEL-05).
    """
    if item.amount is None or item.runtime is None:
        raise ValueError("the item has not passed its prerequisites")
    taken = {line.key for line in frozen}
    if item.payment_plan:
        lines = _plan_lines(item, item.runtime, item.amount, vat_percent)
    elif item.billing_basis == "delivery":
        lines = _delivery_lines(
            item,
            item.runtime,
            item.amount,
            terms=terms,
            vat_percent=vat_percent,
            frozen=frozen,
            delivery=delivery,
            typed=typed or {},
        )
    else:
        lines = _linear_lines(item, item.runtime, item.amount, terms=terms, vat_percent=vat_percent, frozen=frozen)
    return [line for line in lines if line.key not in taken]


def adjustment(
    item: CampaignItem,
    terms: Terms,
    planned: Sequence[PlannedLine],
    frozen: Sequence[DraftLine],
    *,
    vat_percent: Decimal,
    invoice_no: str,
    today: date,
    standing: Period | None,
) -> PlannedLine | None:
    """What an amended, partly invoiced item still owes or gets back: new − frozen − open amounts (PI-GEN-22).

    It goes to the item's earliest open draft; when none is open, to the accounting interval of the generation day,
    `today`, or to the one where it stands already from an earlier run.
    """
    if not frozen or item.billing_basis == "delivery" or item.amount is None or item.runtime is None:
        return None
    difference = item.amount - sum(line.figures.amount for line in frozen) - sum(one.figures.amount for one in planned)
    if not difference:
        return None
    earliest = min(planned, key=lambda line: (line.accounting.start_on, line.planned_invoice_on), default=None)
    accounting = earliest.accounting if earliest else standing or accounting_interval_on(today, terms)
    return PlannedLine(
        LineKey(
            item.id,
            item.runtime.start_on,
            "adjustment",
            amendment_no=1 + sum(line.key.basis == "adjustment" for line in frozen),
        ),
        _figures(
            item,
            earliest.figures.days if earliest else item.runtime,
            vat_percent,
            amount=difference,
            note=f"Adjusts invoice {invoice_no}.",
        ),
        accounting,
        earliest.planned_invoice_on if earliest else planned_invoice_on(accounting, terms.due_at),
    )


def _linear_lines(
    item: CampaignItem,
    runtime: Period,
    amount: int,
    *,
    terms: Terms,
    vat_percent: Decimal,
    frozen: Sequence[DraftLine],
) -> Iterator[PlannedLine]:
    parts = _around(slices(runtime, terms), frozen, runtime)
    if item.distribution_period == "day_based" and not frozen:
        weights = day_counts(runtime, terms)
    else:
        weights = weigh([part.days for part in parts], item.distribution_period)
    shares = distribute(amount, item.booked_quantity, weights, item.distribution_unit)
    note = _SHARE_NOTE if item.distribution_unit == "amount" and item.booked_quantity and len(parts) > 1 else ""
    columns = zip(parts, shares.amounts, shares.quantities, shares.delivered_quantities, strict=True)
    for part, share, quantity, delivered_quantity in columns:
        figures = _figures(
            item,
            part.days,
            vat_percent,
            amount=share,
            quantity=quantity,
            delivered_quantity=delivered_quantity,
            note=note,
        )
        yield _placed(item, part, terms, "linear", figures)


def _delivery_lines(
    item: CampaignItem,
    runtime: Period,
    amount: int,
    *,
    terms: Terms,
    vat_percent: Decimal,
    frozen: Sequence[DraftLine],
    delivery: ItemDelivery,
    typed: Mapping[LineKey, int],
) -> Iterator[PlannedLine]:
    parts = _around(slices(runtime, terms), frozen, runtime)
    by_hand = [typed.get(LineKey(item.id, part.service.start_on, "delivery")) for part in parts]
    billed = {line.key.service_start_on: line.figures for line in frozen}
    delivered = [
        DeliveredSlice(
            delivery.within(part.days) if stated is None else stated,
            Billed(figures.quantity or 0, figures.amount) if (figures := billed.get(part.service.start_on)) else None,
        )
        for part, stated in zip(parts, by_hand, strict=True)
    ]
    lines = bill_delivery(amount, item.booked_quantity or 1, delivered, unlimited=item.unlimited)
    for part, line, recorded, stated in zip(parts, lines, delivered, by_hand, strict=True):
        figures = _figures(
            item,
            part.days,
            vat_percent,
            amount=line.amount,
            quantity=line.quantity,
            delivered_quantity=recorded.delivered,
            pending=stated is None and not delivery.covers(part.days),
        )
        yield _placed(item, part, terms, "delivery", figures)


def _plan_lines(item: CampaignItem, runtime: Period, amount: int, vat_percent: Decimal) -> Iterator[PlannedLine]:
    """One line per entry, over the item's whole runtime; all its dates are the entry's (PI-FPP-03…05, PI-FPP-14)."""
    amounts = payment_plan.entry_amounts(item.payment_plan, amount)
    for entry, part in zip(item.payment_plan, amounts, strict=True):
        if entry.invoice_on is None:
            raise ValueError("the plan has not passed its prerequisites")
        figures = _figures(item, runtime, vat_percent, amount=part, quantity=item.booked_quantity)
        key = LineKey(item.id, runtime.start_on, "plan", plan_entry_no=entry.entry_no)
        on = Period.inclusive(entry.invoice_on, entry.invoice_on)
        yield PlannedLine(key, figures, on, entry.invoice_on, entry.deferred_until_on)


def _placed(item: CampaignItem, part: Slice, terms: Terms, basis: LineBasis, figures: LineFigures) -> PlannedLine:
    accounting = accounting_interval(part.service, terms, item.payment_start or terms.payment_start)
    key = LineKey(item.id, part.service.start_on, basis)
    return PlannedLine(key, figures, accounting, planned_invoice_on(accounting, terms.due_at))


def _around(cut: Sequence[Slice], frozen: Sequence[DraftLine], runtime: Period) -> list[Slice]:
    """The slices of the runtime where frozen days of another cut stay whole, never billed again (PI-INT-14)."""
    calendar = {part.service.start_on for part in cut}
    moved = [
        Slice(days, Period(line.key.service_start_on, days.end_on))
        for line in frozen
        if line.key.basis in ("linear", "delivery") and line.key.service_start_on not in calendar
        if (days := line.figures.days.overlap(runtime))
    ]
    parts = [Slice(days, part.service) for part in cut if (days := _without(part.days, [one.days for one in moved]))]
    return sorted(parts + moved)


def _without(days: Period, billed: Sequence[Period]) -> Period | None:
    """The last unbroken run of days that are not billed."""
    left: Period | None = days
    for other in sorted(billed):
        if left and (both := left.overlap(other)):
            if both.end_on < left.end_on:
                left = Period(both.end_on, left.end_on)
            else:
                left = Period(left.start_on, both.start_on) if left.start_on < both.start_on else None
    return left


def _figures(
    item: CampaignItem,
    days: Period,
    vat_percent: Decimal,
    *,
    amount: int,
    quantity: int | None = None,
    delivered_quantity: int | None = None,
    note: str = "",
    pending: bool = False,
) -> LineFigures:
    return LineFigures(
        item_line_no=item.line_no,
        text=item.name,
        days=days,
        quantity=quantity,
        delivered_quantity=delivered_quantity,
        amount=amount,
        vat_percent=vat_percent,
        show_on_invoice=item.show_on_invoice,
        note=note,
        pending=pending,
    )
