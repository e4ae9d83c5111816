"""How far units of one customer, or of one conflict, are kept apart on a log (CT-LOG-05)."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Method = Literal["none", "minutes", "avails"]
Kind = Literal["advertiser", "conflict"]


@dataclass(frozen=True, slots=True)
class Separation:
    """So many minutes either side, or so many avails between; minutes are real elapsed ones (CT-LOG-18)."""

    method: Method = "none"
    distance: int = 0

    def keeps(self, one: "Spot", other: "Spot") -> bool:
        """Whether two places lie far enough apart; avails are not counted across two logs."""
        if self.method == "minutes":
            return abs(one.elapsed_minute - other.elapsed_minute) >= self.distance
        if self.method == "avails" and one.avail is not None and other.avail is not None:
            return abs(one.avail - other.avail) > self.distance
        return True


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in time: minutes elapsed since the log's midnight, and which avail of the log it is, counted through."""

    elapsed_minute: int
    avail: int | None


@dataclass(frozen=True, slots=True)
class Apart:
    """From whom a unit keeps its distance: a customer or a conflict, by its id, and how far."""

    kind: Kind
    of: UUID
    by: Separation


@dataclass(frozen=True, slots=True)
class Belongs:
    """Whose unit it is, and its contract's conflicts: what other units keep their distance from."""

    client_id: UUID
    conflict_ids: tuple[UUID, ...] = ()

    def parties(self) -> tuple[UUID, ...]:
        """Customer and conflicts."""
        return (self.client_id, *self.conflict_ids)
