"""How lines and totals read on documents: schedules in words, the summary under the list (CT-LIN-21, CT-LIN-28)."""

from typing import assert_never

from services.contracts.domain.line import Line, SpotTerms
from services.contracts.domain.schedule import DailySchedule, Frequency, Schedule, WeeklySchedule, repeated
from shared.kernel.money import Money
from shared.kernel.period import Weekday

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


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


def _spots(schedule: Schedule) -> str:
    match schedule:
        case DailySchedule(counts):
            return ", ".join(f"{day.day} {day:%b} × {counts[day]}" for day in sorted(counts) if counts[day])
        case WeeklySchedule(counts, skip_weeks, any_day):
            ran = [(name, count) for name, count in zip(_DAYS, counts, strict=True) if count]
            days = " ".join(name if any_day else f"{name} {count}" for name, count in ran)
            words = f"{sum(counts)} a week, {days}" if any_day else days
            return f"{words}, {repeated(skip_weeks)}" if skip_weeks else words
        case _:
            assert_never(schedule)


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
