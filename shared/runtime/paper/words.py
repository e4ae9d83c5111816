"""How documents write amounts, days, clock times and lengths."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.kernel.money import Money, currency

# English whatever the process's locale is.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def amount(minor: int, of: str) -> str:
    """An amount as documents print it: thousands apart, the currency's places, a true minus sign."""
    text = f"{Money(minor, currency(of)).decimal:,}".replace(",", "\u202f")
    return text.replace("-", "\u2212")


def day_of_month(on: date) -> str:
    """A day in words that no reader takes for another: 12 Jan."""
    return f"{on.day}\u00a0{_MONTHS[on.month - 1]}"


def day(on: date | None) -> str:
    """The same with its year."""
    return f"{day_of_month(on)}\u00a0{on.year}" if on else ""


def weekday(on: date) -> str:
    """The day of the week in two letters."""
    return _WEEKDAYS[on.weekday()]


def days(first: date | None, last: date | None) -> str:
    """A period with both its ends."""
    return f"{day(first)} – {day(last)}" if first else ""


def window(span: Sequence[int] | None) -> str:
    """A clock span: 06:00–10:00, and 00:00–24:00 in full."""
    return "–".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in span) if span else ""


def seconds(length: int | None) -> str:
    """A spot's length."""
    return f"{length}\u00a0s" if length else ""


def number(order_no: str) -> str:
    """A line's or order's number without the zeros it is sorted by."""
    return order_no.lstrip("0") or order_no


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{count}\u00a0{one if count == 1 else many}"


def joined(*parts: Any) -> str:
    """The parts that say something, with a dot between them."""
    return " · ".join(str(part) for part in parts if part)
