"""How the reconciliation tests write amounts: as the catalogue prints them."""

from datetime import date
from decimal import Decimal

from shared.kernel.money import Money, currency

EUR = currency("EUR")
SEK = currency("SEK")


def cents(text: str) -> int:
    """Minor units of an amount written with spaces between the thousands: `cents("17 127.50")`."""
    return Money.parse(Decimal(text.replace(" ", "")), SEK).minor


def october(day: int) -> date:
    """A day of the month every example plays in."""
    return date(2026, 10, day)


def amount(text: str) -> Decimal:
    """An amount in major units, as events and doors carry it: `amount("17 127.50")`."""
    return Decimal(text.replace(" ", ""))
