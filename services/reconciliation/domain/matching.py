"""Finding the insertion behind each line of a media invoice: exactly, nearly, or billed once more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

NEAR_DAYS = 3
NEAR_PERCENT = 2


class Match(IntEnum):
    """How a line found its insertion."""

    EXACT = 1
    NEAR = 2
    SAME_DAY = 3
    AGAIN = 4


class Line(NamedTuple):
    """A line of a media invoice: an order, a date and the net-net amount billed."""

    order_no: int
    insertion_on: date
    net_net_amount: int


class Insertion(NamedTuple):
    """An insertion that may be billed; `matched` when media invoices already cover it (MA-MIN-02).

    `net_net_amount` is what of it was not billed yet, or all of it when it is matched.
    """

    id: UUID
    order_no: int
    insertion_on: date
    net_net_amount: int
    matched: bool


Found = tuple[UUID, Match]


def match(lines: Sequence[Line], insertions: Iterable[Insertion]) -> list[Found | None]:
    """For each line the insertion it bills and how it was found, or None.

    The passes, each over what the one before left: the same order, date and amount; the same order within three days
    and two per cent, the nearest amount first; the same order and day, when one line and one insertion are left on it;
    the same order, date and amount of an insertion that is covered already, which is then billed again (MA-MIN-20).
    """
    open_by_key: defaultdict[Line, list[UUID]] = defaultdict(list)
    covered_by_key: dict[Line, UUID] = {}
    by_order: defaultdict[int, list[Insertion]] = defaultdict(list)
    for insertion in insertions:
        key = Line(insertion.order_no, insertion.insertion_on, insertion.net_net_amount)
        covered_by_key.setdefault(key, insertion.id)
        if not insertion.matched:
            open_by_key[key].append(insertion.id)
            by_order[insertion.order_no].append(insertion)
    for ids in open_by_key.values():
        ids.reverse()
    found: list[Found | None] = [
        (waiting.pop(), Match.EXACT) if (waiting := open_by_key.get(line)) else None for line in lines
    ]
    used = {pair[0] for pair in found if pair}
    _match_near(lines, found, by_order, used)
    _match_same_day(lines, found, by_order, used)
    for index, line in enumerate(lines):
        if found[index] is None and line in covered_by_key:
            found[index] = covered_by_key[line], Match.AGAIN
    return found


def _left(lines: Sequence[Line], found: Sequence[Found | None]) -> list[tuple[int, Line]]:
    return [(index, line) for index, line in enumerate(lines) if found[index] is None]


def _match_near(
    lines: Sequence[Line], found: list[Found | None], by_order: dict[int, list[Insertion]], used: set[UUID]
) -> None:
    near = sorted(
        (abs(insertion.net_net_amount - line.net_net_amount), days, index, insertion.id)
        for index, line in _left(lines, found)
        for insertion in by_order.get(line.order_no, ())
        if insertion.id not in used
        and (days := abs((insertion.insertion_on - line.insertion_on).days)) <= NEAR_DAYS
        and abs(insertion.net_net_amount - line.net_net_amount) * 100 <= abs(insertion.net_net_amount) * NEAR_PERCENT
    )
    for _, _, index, insertion_id in near:
        if found[index] is None and insertion_id not in used:
            found[index] = insertion_id, Match.NEAR
            used.add(insertion_id)


def _match_same_day(
    lines: Sequence[Line], found: list[Found | None], by_order: dict[int, list[Insertion]], used: set[UUID]
) -> None:
    waiting: defaultdict[tuple[int, date], list[int]] = defaultdict(list)
    for index, line in _left(lines, found):
        waiting[line.order_no, line.insertion_on].append(index)
    orders = {order_no for order_no, _ in waiting}
    free: defaultdict[tuple[int, date], list[UUID]] = defaultdict(list)
    for insertion in (insertion for order_no in orders for insertion in by_order.get(order_no, ())):
        if insertion.id not in used:
            free[insertion.order_no, insertion.insertion_on].append(insertion.id)
    for key, indexes in waiting.items():
        if len(indexes) == len(free.get(key, ())) == 1:
            found[indexes[0]] = free[key][0], Match.SAME_DAY
            used.update(free[key])
