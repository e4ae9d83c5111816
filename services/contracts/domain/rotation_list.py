"""A contract's rotation list as people arrange it: what a new entry begins with, and moving one up or down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.contracts.domain.rotation import Copy
from shared.kernel.period import Period

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class SpotOrder:
    """What a spot line asks of copy: when its units run, in which window and at what length."""

    flight: Period
    start_minute: int
    end_minute: int
    length_seconds: int


def suits(copy: Copy, order: SpotOrder) -> bool:
    """Whether a copy can serve a line at all: its length, and run dates that meet the flight (CT-ROT-19, CT-ROT-21)."""
    return copy.active and copy.length_seconds == order.length_seconds and copy.run.overlap(order.flight) is not None


def whole(orders: Iterable[SpotOrder]) -> SpotOrder:
    """Dates, window and length of the whole contract, which a new rotation begins with (CT-ROT-20).

    With lines of several lengths it is the first line's.
    """
    every = list(orders)
    return SpotOrder(
        Period(min(one.flight.start_on for one in every), max(one.flight.end_on for one in every)),
        min(one.start_minute for one in every),
        max(one.end_minute for one in every),
        every[0].length_seconds,
    )


def moved(order: Sequence[UUID], rotation_id: UUID, direction: Direction) -> list[UUID]:
    """The list with one entry a place higher or lower; at the list's end nothing changes (CT-ROT-15)."""
    after = list(order)
    at = after.index(rotation_id)
    to = at - 1 if direction == "up" else at + 1
    if 0 <= to < len(after):
        after[at], after[to] = after[to], after[at]
    return after
