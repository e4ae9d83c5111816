"""Flexible payment plans: explicit invoice dates and shares that replace interval cutting for an item (PI-FPP)."""

from collections.abc import Sequence
from decimal import Decimal

from services.preinvoice.domain.campaign import PlanEntry
from shared.kernel.money import percent_of

_WHOLE = Decimal(100)


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
