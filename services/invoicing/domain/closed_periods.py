"""Closed accounting periods: nothing is posted on a day in one (MA-GEN-07)."""

from collections.abc import Iterable
from datetime import date

from shared.kernel.errors import Invalid
from shared.kernel.period import Period


def is_closed(day: date, closed: Iterable[Period]) -> bool:
    """Whether a day lies in one of these closed periods."""
    return any(day in period for period in closed)


def period_closed() -> Invalid:
    """The refusal of an accounting date in a closed period."""
    return Invalid("period_closed", "The accounting date lies in a closed period.")
