"""A contract line: what it orders, on which days, and what that comes to (CT-LIN)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.contracts.domain.limits import DIGITS_MAX, is_beyond
from services.contracts.domain.schedule import Frequency, Schedule, occurrences, units_per_day
from shared.kernel.errors import Fault, Invalid
from shared.kernel.money import Currency
from shared.kernel.period import Period

DAY_MINUTES = 24 * 60
LENGTH_SECONDS_MAX = 3600
COMMENT_LENGTH_MAX = 500
PLACEMENTS = range(1, 11)


@dataclass(frozen=True, slots=True)
class SpotTerms:
    """What only a spot line has: kind of avail, clock window in minutes after midnight, length and schedule."""

    avail_type: str
    start_minute: int
    end_minute: int
    length_seconds: int
    schedule: Schedule
    placement: int = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a contract; `terms` tells spots from off-air revenue, `rate` is in minor units (CT-LIN-13)."""

    line_no: int
    flight: Period
    rate: int
    terms: SpotTerms | Frequency
    comment: str = ""

    @property
    def ordered(self) -> dict[date, int]:
        """How many units or occurrences each date holds; read-only for everybody outside (CT-LIN-14)."""
        if isinstance(self.terms, SpotTerms):
            return units_per_day(self.flight, self.terms.schedule)
        return dict.fromkeys(occurrences(self.flight, self.terms), 1)

    @property
    def quantity(self) -> int:
        """Units or occurrences that flight and schedule yield (CT-LIN-14)."""
        return sum(self.ordered.values())

    @property
    def total(self) -> int:
        """Gross of the line in minor units, before discount, commission and tax (CT-LIN-15)."""
        return self.quantity * self.rate


def line_faults(line: Line, pointer: str, *, today: date, override_start: bool = False) -> list[Fault]:
    """Everything wrong with a line on its own (CT-LIN-04, 06 to 08, 13, 17, 20)."""
    found: list[Fault] = []

    def check(sound: bool, code: str, message: str, field: str) -> None:
        if not sound:
            found.append(Fault(f"{pointer}/{field}", code, message, entity="contract_line", field=field))

    check(line.flight.start_on >= today or override_start, "start_in_past", "The line starts before today.", "start_on")
    check(line.rate >= 0, "rate", "A rate is at least zero.", "rate_amount")
    check(len(line.comment) <= COMMENT_LENGTH_MAX, "comment_length", "A comment has at most 500 characters.", "comment")
    if isinstance(line.terms, SpotTerms):
        terms = line.terms
        check(bool(terms.avail_type), "avail_type_required", "A spot line names its avail type.", "avail_type")
        check(
            0 <= terms.start_minute < terms.end_minute <= DAY_MINUTES,
            "time_order",
            "The end time lies after the start time; an overnight order is two lines.",
            "end_time",
        )
        check(
            1 <= terms.length_seconds <= LENGTH_SECONDS_MAX,
            "length",
            "A length is a whole number of 1 to 3600 seconds.",
            "length_seconds",
        )
        check(terms.placement in PLACEMENTS, "placement", "A placement weight lies between 1 and 10.", "placement")
    return found


def check_gross(gross: int, of: Currency) -> None:
    """Refuse a contract whose gross, in minor units, documents could not state with what comes on top."""
    if is_beyond(gross, of):
        message = f"The gross of a contract has at most {DIGITS_MAX} digits before the point."
        raise Invalid.of([Fault("/lines", "invalid_value", message, entity="contract", field="lines")])


def summary(lines: Iterable[Line]) -> tuple[int, int]:
    """Items and gross of all lines: the two totals under the list (CT-LIN-28)."""
    counted = [(line.quantity, line.total) for line in lines]
    return sum(quantity for quantity, _ in counted), sum(total for _, total in counted)
