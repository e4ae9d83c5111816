"""How large amounts may be, so that every document and event can still state what comes of them."""

from shared.kernel.money import Currency

# In digits before the point: one less than doors and events can say of an amount, which leaves room for tax and sums.
DIGITS_MAX = 12


def is_beyond(amount: int, of: Currency) -> bool:
    """Whether an amount in minor units has more digits than can be stated."""
    too_much: int = 10 ** (DIGITS_MAX + of.places)
    return abs(amount) >= too_much
