"""What an invoice type makes of the same items: rows per unit, line, time or time and rate, and per copy (CT-ITY)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from shared.kernel.money import rounded_ratio, split_largest_remainder

NO_COPY = "no copy"
_Key = TypeVar("_Key")


class Unit(NamedTuple):
    """An aired unit, or an occurrence when it is off air; amounts in minor units as the invoice bills them.

    `window` is the line's ordered clock span in minutes after midnight; `text` is the comment of an occurrence.
    """

    line_no: str
    is_off_air: bool
    station_id: str
    station: str
    dated_on: date
    air_time: str
    window: tuple[int, int] | None
    length_seconds: int | None
    avail_type: str
    copy_id: str
    copy_name: str
    cart_no: str
    text: str
    rate_amount: int
    amount: int


class LineRow(NamedTuple):
    """A contract line with its count and amount in the period (CT-ITY-04)."""

    line_no: str
    units: tuple[Unit, ...]
    amount: int


class TimeRow(NamedTuple):
    """Units of one station, ordered window and length, and of one rate where rates are shown (CT-ITY-05, CT-ITY-06)."""

    station_id: str
    station: str
    window: tuple[int, int] | None
    length_seconds: int | None
    rate_amount: int | None
    units: tuple[Unit, ...]
    amount: int


class CopyRow(NamedTuple):
    """A piece of copy with its airings, how many at each rate, and their sum (CT-ITY-10)."""

    copy_id: str
    copy_name: str
    cart_no: str
    airing_count: int
    rates: tuple[tuple[int, int], ...]
    amount: int


def line_rows(units: Sequence[Unit]) -> list[LineRow]:
    """One row per contract line, occurrences among them (CT-ITY-04)."""
    return [LineRow(line_no, tuple(members), _sum(members)) for line_no, members in _by(units, lambda one: one.line_no)]


def time_rows(units: Sequence[Unit], *, with_rates: bool = False) -> list[TimeRow]:
    """Units by station, ordered time window and length; a rate of its own only where `with_rates` says so.

    Stations go by their id: two of them may share a name.
    """

    def key(one: Unit) -> tuple[str, str, tuple[int, int], int, int | None]:
        return (
            one.station, one.station_id, one.window or (0, 0), one.length_seconds or 0,
            -one.rate_amount if with_rates else None,
        )  # fmt: skip

    rows = []
    for (station, id_, window, length, rate), members in _by([one for one in units if not one.is_off_air], key):
        aired = sorted(members, key=lambda one: (one.dated_on, one.air_time))
        rows.append(TimeRow(id_, station, window, length, None if rate is None else -rate, tuple(aired), _sum(aired)))
    return sorted(
        rows,
        key=lambda row: (
            row.station, row.station_id, row.window or (0, 0), row.length_seconds, -(row.rate_amount or 0)
        ),
    )  # fmt: skip


def occurrences(units: Iterable[Unit]) -> list[Unit]:
    """Off-air amounts, single rows in every type but the summary."""
    return [one for one in units if one.is_off_air]


def copy_rows(units: Iterable[Unit]) -> list[CopyRow]:
    """Aired units per piece of copy, by name; those of no known copy come last, and the sums add up to the spot gross.

    Copies go by their id: two commercials may share a name.
    """
    aired = [one for one in units if not one.is_off_air]
    rows = []
    for (_, _, copy_id), members in sorted(_by(aired, lambda one: (not one.copy_name, one.copy_name, one.copy_id))):
        first = members[0]
        rates = {rate: len(of_rate) for rate, of_rate in _by(members, lambda one: one.rate_amount)}
        rows.append(
            CopyRow(
                copy_id,
                first.copy_name or NO_COPY,
                first.cart_no,
                len(members),
                tuple(sorted(rates.items(), reverse=True)),
                _sum(members),
            )
        )
    return rows


def net_shares(gross_amounts: Sequence[int], net_amount: int) -> list[int]:
    """The invoice's net over rows of these gross amounts, for groups that print net rates; they add up to it exactly.

    Rows of both signs stand on a reversal of a partly credited invoice: there the largest takes what rounding leaves.
    """
    gross = sum(gross_amounts)
    if not gross:
        return [0] * len(gross_amounts)
    if min(gross_amounts) >= 0 or max(gross_amounts) <= 0:
        return split_largest_remainder(net_amount, [abs(one) for one in gross_amounts])
    sign = 1 if gross > 0 else -1
    shares = [rounded_ratio(one * net_amount * sign, abs(gross)) for one in gross_amounts]
    largest = max(range(len(shares)), key=lambda index: abs(shares[index]))
    shares[largest] += net_amount - sum(shares)
    return shares


def _by(units: Iterable[Unit], key: Callable[[Unit], _Key]) -> list[tuple[_Key, list[Unit]]]:
    """Groups in the order they are first met."""
    groups: dict[_Key, list[Unit]] = {}
    for one in units:
        groups.setdefault(key(one), []).append(one)
    return list(groups.items())


def _sum(units: Iterable[Unit]) -> int:
    return sum(one.amount for one in units)
