"""How tests speak: amounts, periods and callers in a few words."""

from decimal import Decimal
from uuid import UUID

from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.db import Context
from tests.tokens import TENANT


def cents(text: str) -> int:
    """An amount with two places as minor units: cents("1 234.50") is 123450."""
    return Money.parse(text.replace(" ", ""), currency("EUR")).minor


def percent(text: str) -> Decimal:
    """A percentage as the domain takes it."""
    return Decimal(text)


def as_clerk(tenant_id: UUID = TENANT) -> Context:
    """On behalf of a clerk of the tests' tenant."""
    return Context(tenant_id, "clerk", new_id())
