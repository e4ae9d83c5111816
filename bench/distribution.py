"""Distribution: campaign items over their months by our integers, against a Decimal rounded per part."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from bench.measure import Stopwatch, compare, peak_mebibytes
from services.preinvoice.domain.distribution import distribute
from services.preinvoice.domain.intervals import Terms, day_counts
from shared.kernel.period import Period

_SEED, _FIRST = 3, date(2026, 1, 1)
_TWO_YEARS = Period(_FIRST, date(2028, 1, 1))
_CENT = Decimal("0.01")


class Sold(NamedTuple):
    """An item: its days and its amount in cents."""

    runtime: Period
    amount: int


def sold(count: int) -> list[Sold]:
    """Items of up to 300 days within two years, the same ones each time."""
    dice = random.Random(_SEED)
    found = []
    for _ in range(count):
        start = _FIRST + timedelta(days=dice.randrange(365))
        found.append(Sold(Period(start, start + timedelta(days=dice.randint(1, 300))), dice.randint(100, 10_000_000)))
    return found


def by_decimal(items: Sequence[Sold]) -> int:
    """The floor, as one would write it by hand: each month's share rounded, the rest put on the last."""
    parts_made = 0
    for item in items:
        amount, day, parts = Decimal(item.amount) / 100, item.runtime.start_on, []
        while day < item.runtime.end_on:
            following = min(item.runtime.end_on, (day.replace(day=28) + timedelta(days=4)).replace(day=1))
            share = amount * (following - day).days / item.runtime.day_count
            parts.append(share.quantize(_CENT, ROUND_HALF_UP))
            day = following
        parts[-1] += amount - sum(parts, Decimal(0))
        assert sum(parts) == amount
        parts_made += len(parts)
    return parts_made


def by_domain(items: Sequence[Sold]) -> int:
    """Ours, as generation does it: the item's days in each month of the calendar, its amount spread over them."""
    parts_made, terms = 0, Terms("monthly", "before_during", "interval_start", _TWO_YEARS)
    for item in items:
        amounts = distribute(item.amount, None, day_counts(item.runtime, terms), "amount").amounts
        assert sum(amounts) == item.amount
        parts_made += len(amounts)
    return parts_made


async def distribution(count: int, runs: int) -> None:
    """G8 of docs/performance.md: cutting into months and comparing the sum included, on both sides."""
    items = sold(count)
    parts = by_domain(items)

    async def floor() -> float:
        watch = Stopwatch()
        made = by_decimal(items)
        rate = watch.rate(count)
        assert made == parts
        return rate

    async def ours() -> float:
        watch = Stopwatch()
        by_domain(items)
        return watch.rate(count)

    await compare("G8 distribution", floor, ours, runs=runs, goal=4)
    peak = peak_mebibytes()
    print(f"G8 distribution: {count} items, {parts} parts, peak {peak:.0f} MiB", flush=True)
