"""Flexible payment plans: explicit invoice dates and shares that replace interval cutting for an item (PI-FPP)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from services.preinvoice.domain.campaign import PlanEntry
from shared.kernel.errors import Fault, NotAllowedNow
from shared.kernel.money import percent_of
from shared.kernel.period import Period, calendar_month

_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What somebody settled for one item: own entries, or how its entries are made (PI-FPP-01, PI-FPP-07…09)."""

    version: int = 0
    entries: tuple[PlanEntry, ...] = ()
    publication_dates: tuple[date, ...] = ()
    at_end_of_runtime: bool = False
    at_start_of_runtime: bool = False
    defer_days: int = 0
    keep_fiscal_month: bool = False


def entries_of(settings: PlanSettings, runtime: Period | None, *, prepaid: bool) -> tuple[PlanEntry, ...]:
    """The entries that bill the item, none when its intervals do.

    Own entries outrank publication dates, these the switches of the runtime (PI-FPP-10). A prepaid campaign gets no
    automatic plan (PI-FPP-11). The switches follow the runtime as it is now (PI-FPP-08).
    """
    if settings.entries:
        return settings.entries
    if prepaid:
        return ()
    if settings.publication_dates:
        return _by_publication(sorted(settings.publication_dates))
    if runtime is None or not (settings.at_end_of_runtime or settings.at_start_of_runtime):
        return ()
    if settings.at_start_of_runtime:
        return (PlanEntry(1, runtime.start_on, _WHOLE, None),)
    return (_deferred(runtime.last_on, settings.defer_days, keep_fiscal_month=settings.keep_fiscal_month),)


def settings_faults(settings: PlanSettings) -> list[Fault]:
    """What no plan may say, whatever the item: `pi_e_25` each."""
    return [Fault(f"/{field}", "pi_e_25", f"{field}: {reason}.", field=field) for field, reason in _wrong(settings)]


def check_locked(
    before: Sequence[PlanEntry], after: Sequence[PlanEntry], *, line_no: int, frozen: bool, invoiced: frozenset[int]
) -> None:
    """Refuse to touch what is invoiced: `NotAllowedNow("pi_e_36")` (PI-FPP-13).

    `frozen` says that the item has a frozen line, `invoiced` which entries have; a plan is then neither added nor
    removed, and an invoiced entry stays as it is.
    """
    kept = {entry.entry_no: entry for entry in after}
    changed = [entry for entry in before if entry.entry_no in invoiced and kept.get(entry.entry_no) != entry]
    if changed or (frozen and bool(before) != bool(after)):
        message = f"Item {line_no} is already (partly) invoiced; payment_plan is locked."
        raise NotAllowedNow(
            "pi_e_36", message, faults=[Fault("", "pi_e_36", message, "campaign_item", None, "payment_plan")]
        )


def by_percent(entries: Sequence[PlanEntry]) -> bool:
    """Whether the plan states percentages; a plan states either percentages or amounts."""
    return all(entry.percent is not None for entry in entries)


def incomplete_entries(entries: Sequence[PlanEntry]) -> list[tuple[int, str]]:
    """Entries without a date or without a share, as entry number and the name of what is missing (PI-FPP-01)."""
    missing = [(entry.entry_no, "invoice_on") for entry in entries if entry.invoice_on is None]
    if not by_percent(entries):
        missing += [(entry.entry_no, "amount") for entry in entries if entry.amount is None]
    return sorted(missing)


def plan_total(entries: Sequence[PlanEntry]) -> Decimal | int:
    """What the entries add up to: percentages as a decimal, amounts in minor units (PI-FPP-02)."""
    if by_percent(entries):
        return sum((entry.percent or Decimal(0) for entry in entries), Decimal(0))
    return sum(entry.amount or 0 for entry in entries)


def adds_up(entries: Sequence[PlanEntry], amount: int) -> bool:
    """Percentages add up to exactly 100, amounts to exactly the item's net amount (PI-FPP-02)."""
    return plan_total(entries) == (_WHOLE if by_percent(entries) else amount)


def entry_amounts(entries: Sequence[PlanEntry], amount: int) -> list[int]:
    """Each entry's amount in minor units; of percentages the last entry takes the rest (PI-FPP-06).

    >>> thirds = [PlanEntry(no, None, Decimal(percent), None) for no, percent in ((1, 33), (2, 33), (3, 34))]
    >>> entry_amounts(thirds, 99999)
    [33000, 33000, 33999]
    """
    if not by_percent(entries):
        return [entry.amount or 0 for entry in entries]
    parts = [percent_of(amount, entry.percent or Decimal(0)) for entry in entries]
    parts[-1] = amount - sum(parts[:-1])
    return parts


def _by_publication(dates: Sequence[date]) -> tuple[PlanEntry, ...]:
    """Equal whole percentages rounded down, the rest on the last date (PI-FPP-07)."""
    each = 100 // len(dates)
    rest = 100 - each * (len(dates) - 1)
    shares = [each] * (len(dates) - 1) + [rest]
    return tuple(
        PlanEntry(number, on, Decimal(share), None)
        for number, (on, share) in enumerate(zip(dates, shares, strict=True), 1)
    )


def _deferred(end_on: date, days: int, *, keep_fiscal_month: bool) -> PlanEntry:
    """All of it some days after the end; the invoice date may stop at the end of its month (PI-FPP-09)."""
    deferred_on = end_on + timedelta(days=days)
    invoice_on = min(deferred_on, calendar_month(end_on).last_on) if keep_fiscal_month else deferred_on
    return PlanEntry(1, invoice_on, _WHOLE, None, deferred_on if days else None)


def _wrong(settings: PlanSettings) -> Iterator[tuple[str, str]]:
    if settings.at_end_of_runtime and settings.at_start_of_runtime:
        yield "at_end_of_runtime", "the start is chosen too"
    if settings.defer_days < 0:
        yield "defer_days", "negative"
    if settings.defer_days > 0 and not settings.at_end_of_runtime:
        yield "defer_days", "only an invoice at the end of the runtime is deferred"
    if len({entry.entry_no for entry in settings.entries}) < len(settings.entries):
        yield "entries", "an entry number stands twice"
    for entry in settings.entries:
        if entry.percent is not None and entry.amount is not None:
            yield "entries", f"entry {entry.entry_no} has a percentage and an amount"
        if (entry.percent or 0) < 0 or (entry.amount or 0) < 0:
            yield "entries", f"entry {entry.entry_no} is negative"
