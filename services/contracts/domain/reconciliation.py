"""What a reconciliation starts with, and what a person's word makes of it (CT-LOG-10, CT-LOG-11)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.contracts.domain.as_run import Judged

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Due:
    """A unit of the locked log and the minute it is due at."""

    spot_id: UUID
    scheduled_minute: int


@dataclass(frozen=True, slots=True)
class Ran:
    """A line of an as-run file: when it ran, and the cart that was heard."""

    line_id: UUID
    air_second: int
    second_pass: bool
    cart_no: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whether and when a unit aired as far as is known; a doubtful one is left to a person, ticked until then."""

    spot_id: UUID
    air_minute: int | None
    second_pass: bool = False
    doubtful: bool = False
    ran: Ran | None = None

    @property
    def aired(self) -> bool:
        """Ticked."""
        return self.air_minute is not None


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of units: corrected times, the second pass of a repeated hour, units that did not run."""

    air_minutes: Mapping[UUID, int] = field(default_factory=dict)
    second_pass: Collection[UUID] = ()
    missed: Collection[UUID] = ()

    @property
    def spot_ids(self) -> set[UUID]:
        """Every unit it speaks of."""
        return {*self.air_minutes, *self.second_pass, *self.missed}


def proposals(units: Iterable[Due], lines: Iterable[Ran], judged: Judged, *, with_file: bool) -> list[Proposal]:
    """Without a file every unit ran as scheduled; with one, what it says, doubtful units still ticked."""
    by_unit = {judged.units[line.line_id]: line for line in lines if line.line_id in judged.units}
    proposed = []
    for unit in units:
        line = by_unit.get(unit.spot_id)
        if line:
            proposed.append(Proposal(unit.spot_id, line.air_second // MINUTE, line.second_pass, ran=line))
        elif not with_file or unit.spot_id in judged.doubtful_units:
            proposed.append(Proposal(unit.spot_id, unit.scheduled_minute, doubtful=with_file))
        else:
            proposed.append(Proposal(unit.spot_id, None))
    return proposed


def corrected(proposed: Iterable[Proposal], word: Word) -> list[Proposal]:
    """The proposals with a person's word above them."""
    return [_corrected(one, word) for one in proposed]


def _corrected(one: Proposal, word: Word) -> Proposal:
    if one.spot_id in word.missed:
        return replace(one, air_minute=None, doubtful=False)
    if one.spot_id in word.air_minutes:
        one = replace(one, air_minute=word.air_minutes[one.spot_id], second_pass=False, doubtful=False)
    return replace(one, second_pass=True) if one.spot_id in word.second_pass else one
