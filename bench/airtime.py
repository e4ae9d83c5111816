"""A radio group's month: contracts with rotations, copy and units on the logs of four stations, always the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from services.contracts.domain.rotation import Copy, Rotation, sequence_of
from shared.kernel.ids import derived_id, nth_id
from shared.kernel.period import Period

FIRST, DAYS = date(2026, 6, 1), 30
STATIONS = [derived_id("station", number) for number in range(4)]
LENGTHS = (30, 15)
_SEED, _UNITS_OF_CONTRACT, _COPIES = 11, 200, 6
_MONTH = Period(FIRST, FIRST + timedelta(DAYS))
_DAYPARTS = ((0, 1440), (360, 600), (600, 900), (690, 810), (900, 1140), (1140, 1440), (1320, 360))
_EVERY_DAY, _WORKDAYS, _WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset((5, 6))
# The first id of the units; theirs rise with time, as those of stored ones do.
_UNITS = UUID("01800000-0000-7000-8000-000000000000")


class Unit(NamedTuple):
    """A unit on a log, in the order in which it is served."""

    id: UUID
    contract_id: UUID
    station_id: UUID
    air_on: date
    minute: int
    position: int
    length_seconds: int


@dataclass
class Month:
    """`count` units of as many contracts as it takes, with up to twelve rotations each."""

    count: int
    lists: dict[UUID, list[Rotation]] = field(default_factory=dict)
    copies: dict[UUID, Copy] = field(default_factory=dict)
    logs: dict[tuple[UUID, date], list[Unit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dice = Random(_SEED)
        for number in range(max(1, self.count // _UNITS_OF_CONTRACT)):
            contract_id = derived_id("contract", number)
            own = {length: list(self._copies(dice, contract_id, length)) for length in LENGTHS}
            self.lists[contract_id] = list(_rotations(dice, contract_id, own))
        self._fill(dice)

    @property
    def units(self) -> Iterator[Unit]:
        """All units, station by station in the order of dates."""
        return (unit for log in self.logs.values() for unit in log)

    def _copies(self, dice: Random, contract_id: UUID, length: int) -> Iterator[UUID]:
        """Commercials of the contract's client; four in ten run a part of the month only, one in ten on one station."""
        for number in range(_COPIES):
            copy_id = derived_id(contract_id, length, number)
            run = _part(dice) if dice.random() < 0.4 else Period(date(2026, 1, 1), date(2027, 1, 1))
            where = frozenset([dice.choice(STATIONS)]) if dice.random() < 0.1 else frozenset[UUID]()
            self.copies[copy_id] = Copy(copy_id, length, run, True, where)
            yield copy_id

    def _fill(self, dice: Random) -> None:
        contracts, made = list(self.lists), 0
        places = [(station_id, FIRST + timedelta(day)) for station_id in STATIONS for day in range(DAYS)]
        for number, (station_id, air_on) in enumerate(places, 1):
            upto = self.count * number // len(places)
            minutes = sorted(dice.randrange(360, 1440, 10) for _ in range(upto - made))
            self.logs[station_id, air_on] = [
                Unit(nth_id(_UNITS, made + at), dice.choice(contracts), station_id, air_on, minute, at,
                     dice.choices(LENGTHS, (4, 1))[0])
                for at, minute in enumerate(minutes)
            ]  # fmt: skip
            made = upto


def _rotations(dice: Random, contract_id: UUID, copies: dict[int, list[UUID]]) -> Iterator[Rotation]:
    """One to ten particular ones first; at the end an entry per length for the whole month, which few lack."""
    for number in range(dice.randint(1, 10)):
        length = dice.choices(LENGTHS, (4, 1))[0]
        chosen = dice.sample(copies[length], dice.randint(1, 4))
        sequence = sequence_of([(copy_id, dice.randint(1, 3)) for copy_id in chosen])
        start, end = dice.choice(_DAYPARTS)
        days = dice.choices((_EVERY_DAY, _WORKDAYS, _WEEKEND), (6, 3, 1))[0]
        station_id = None if dice.random() < 0.7 else dice.choice(STATIONS)
        rotation_id = derived_id(contract_id, "rotation", number)
        yield Rotation(rotation_id, station_id, length, _part(dice), start, end, days, sequence)
    for length in LENGTHS:
        if dice.random() < 0.98:
            rotation_id, every = derived_id(contract_id, "all day", length), tuple(copies[length])
            yield Rotation(rotation_id, None, length, _MONTH, 0, 1440, _EVERY_DAY, every)


def _part(dice: Random) -> Period:
    start = FIRST + timedelta(dice.randrange(DAYS - 7))
    return Period(start, start + timedelta(dice.randint(7, DAYS)))
