"""Booking a discrepancy away, whole or in part (MA-REC-15, MA-REC-16)."""

from collections.abc import Mapping
from uuid import UUID

from shared.kernel.errors import Fault, Invalid


def amount_to_write_off(open_amount: int, wanted: int | None) -> int:
    """What to book away of an open discrepancy: all of it unless less is wanted; signed like the discrepancy.

    Refuses zero with `amount_required`, and the other sign or more than is open with `exceeds_discrepancy`.
    """
    if wanted is None:
        return open_amount
    if wanted == 0:
        raise Invalid("amount_required", "Say how much to write off.")
    if (wanted > 0) != (open_amount > 0) or abs(wanted) > abs(open_amount):
        raise Invalid("exceeds_discrepancy", "The amount has another sign than the discrepancy, or exceeds it.")
    return wanted


def check_open(open_amounts: Mapping[UUID, int]) -> None:
    """Refuses the whole write-off when a row has nothing open: `no_discrepancy`, naming those rows (MA-REC-15)."""
    settled = [insertion_id for insertion_id, amount in open_amounts.items() if amount == 0]
    if settled:
        raise Invalid.of(
            [
                Fault("/rows", "no_discrepancy", "The row has no discrepancy.", "insertion", str(insertion_id))
                for insertion_id in settled
            ]
        )
