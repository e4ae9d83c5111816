"""What an open invoice run may take, told by what it looks at (MA-INV-26).

A run says what it chooses, not what it found: a million insertions need one sentence, and one that is booked or made
definitive while it works is covered as well. Where the run's own decision needs more than an insertion says of itself,
it counts as taken: it waits a moment longer than it had to.
"""

from collections.abc import Mapping, Set
from datetime import date, timedelta
from typing import Any, NamedTuple


class Reach(NamedTuple):
    """What a run looks at: a period with both its days, and values by criterion, none of which chooses all."""

    from_on: date | None
    to_on: date | None
    looks_ahead: bool
    chosen: Mapping[str, Set[str]]

    @classmethod
    def of(cls, criteria: Mapping[str, Any], *, looks_ahead: bool) -> "Reach":
        """A run's criteria as they were told."""
        days = {name: criteria[name] and date.fromisoformat(criteria[name]) for name in ("from_on", "to_on")}
        chosen = {name: frozenset(values) for name, values in criteria.items() if name not in days}
        return cls(**days, looks_ahead=looks_ahead, chosen=chosen)


class Choosable(NamedTuple):
    """An insertion as runs choose it: values by criterion, several where it has several clients.

    `own_day` is False where its agreement bills it by a date of its plan or order (MA-REG-07).
    """

    insertion_on: date
    own_day: bool
    look_ahead_days: int
    values: Mapping[str, Set[str]]


def may_take(run: Reach, one: Choosable) -> bool:
    """Whether the run may bill the insertion."""
    if one.own_day and not _in_period(run, one):
        return False
    return all(values & one.values[criterion] for criterion, values in run.chosen.items() if values)


def _in_period(run: Reach, one: Choosable) -> bool:
    ahead = timedelta(days=one.look_ahead_days if run.looks_ahead else 0)
    if run.from_on and one.insertion_on < run.from_on:
        return False
    return not run.to_on or one.insertion_on <= run.to_on + ahead
