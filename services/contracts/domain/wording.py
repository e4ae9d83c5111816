"""How lines, their comments and totals read on documents (CT-LIN-21, CT-LIN-28, CT-COM-07, CT-DOC-01)."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import assert_never

from services.contracts.domain.line import Line, SpotTerms
from services.contracts.domain.schedule import DailySchedule, Frequency, Schedule, WeeklySchedule, repeated
from shared.kernel.money import Money
from shared.kernel.period import Weekday

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
# English whatever the process's locale is.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
# ASCII: without it a dotless i would match as well, and name no token.
_TOKEN = re.compile(r"<(month|priormonth|nextmonth)>", re.IGNORECASE | re.ASCII)
_TOKEN_WORDS = {"month": "(month)", "priormonth": "(prior month)", "nextmonth": "(next month)"}
_CYCLES = {
    "none": "not invoiced",
    "calendar": "each calendar month",
    "broadcast": "each broadcast month",
    "weekly": "each week",
    "end_of_schedule": "once, when all has run",
    "begin_of_schedule": "once, in advance",
}


def schedule_words(line: Line) -> str:
    """When a line's units run or fall due.

    >>> from datetime import date
    >>> from shared.kernel.period import Period
    >>> may = Period.inclusive(date(2026, 5, 1), date(2026, 5, 31))
    >>> schedule_words(Line(1, may, 35000, Frequency("monthly")))
    'monthly on the 24th'
    """
    if isinstance(line.terms, SpotTerms):
        return _spots(line.terms.schedule)
    return _off_air(line.terms)


def summary_words(count: int, gross: Money) -> str:
    """The message under the list of lines (CT-LIN-28).

    >>> from shared.kernel.money import currency
    >>> summary_words(169, Money(768500, currency("EUR")))
    '169 item(s), total 7,685.00'
    """
    return f"{count} item(s), total {gross.decimal:,.{gross.currency.places}f}"


def cycle_words(billing_cycle: str) -> str:
    """When the customer is invoiced."""
    return _CYCLES[billing_cycle]


def comment_words(comment: str) -> str:
    """A line's comment where no invoice's month is known yet: each token reads as its name (CT-COM-07).

    >>> comment_words("Web banner <Month>, not <year>")
    'Web banner (month), not <year>'
    """
    return _TOKEN.sub(lambda token: _TOKEN_WORDS[token[1].lower()], comment)


def _spots(schedule: Schedule) -> str:
    match schedule:
        case DailySchedule(counts):
            return _dated(counts)
        case WeeklySchedule(counts, skip_weeks, any_day):
            words = f"{sum(counts)} a week, {_weekdays(map(bool, counts))}" if any_day else _weekdays(counts)
            return f"{words}, {repeated(skip_weeks)}" if skip_weeks else words
        case _:
            assert_never(schedule)


def _weekdays(counts: Iterable[int]) -> str:
    """Neighbouring days with one count read as a span; of days that are only ticked no count is said.

    >>> _weekdays([2, 2, 2, 2, 2, 1, 0]), _weekdays([1, 0, 0, 0, 0, 6, 6])
    ('Mo–Fr 2, Sa 1', 'Mo 1, Sa 6, Su 6')
    >>> _weekdays([True, True, True, False, True, False, False])
    'Mo–We, Fr'
    """
    words = []
    for count, run in groupby(zip(_DAYS, counts, strict=True), key=lambda one: one[1]):
        names = [name for name, _ in run]
        spans = [f"{names[0]}–{names[-1]}"] if len(names) > 2 else names
        words += [name if count is True else f"{name} {count}" for name in spans if count]
    return ", ".join(words)


def _dated(counts: Mapping[date, int]) -> str:
    """The dates of each month with one count together; the year is said where there are several.

    >>> _dated({date(2026, 6, 1): 2, date(2026, 6, 5): 2, date(2026, 6, 6): 1, date(2026, 7, 1): 2})
    '2 on 1, 5 Jun; 1 on 6 Jun; 2 on 1 Jul'
    """
    ran = [day for day in sorted(counts) if counts[day]]
    several = ran[0].year != ran[-1].year
    words = []
    for (year, month, count), run in groupby(ran, key=lambda day: (day.year, day.month, counts[day])):
        days = ", ".join(str(day.day) for day in run)
        words.append(f"{count} on {days} {_MONTHS[month - 1]}" + (f" {year}" if several else ""))
    return "; ".join(words)


def _off_air(frequency: Frequency) -> str:
    match frequency.name:
        case "daily":
            return "daily"
        case "weekly":
            return f"weekly on {Weekday(frequency.weekday).name.title()}"
        case "monthly":
            return f"monthly on the {_ordinal(frequency.month_day)}"
        case "single":
            return "once"
        case _:
            assert_never(frequency.name)


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"
