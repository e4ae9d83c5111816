"""Booking a discrepancy away, whole or in part (MA-REC-15, MA-REC-16)."""

from collections.abc import Mapping
from uuid import UUID

from shared.kernel.errors import Fault, Invalid


def amount_to_write_off(open_amount: int, wanted: int | None) -> int:
    """What to book away of an open discrepancy: all of it unless less is wanted; signed like the discrepancy.

    Refuses zero with `amount_required`, and the other sign or more than is open with `exceeds_discrepancy`.
    """
    return _part_of(open_amount, wanted, "exceeds_discrepancy", "another sign than the discrepancy, or exceeds it")


def amount_to_undo(left_amount: int, wanted: int | None) -> int:
    """What to take back of a write-off: all that is left of it unless less is wanted, signed like it (MA-REC-17).

    Refuses zero with `amount_required`, and the other sign or more than is left with `exceeds_write_off`.
    """
    return _part_of(left_amount, wanted, "exceeds_write_off", "another sign than the write-off, or exceeds it")


def _part_of(whole: int, wanted: int | None, code: str, fault: str) -> int:
    if wanted is None and whole:
        return whole
    if not wanted:
        raise Invalid("amount_required", "The amount is missing, or zero.")
    if (wanted > 0) != (whole > 0) or abs(wanted) > abs(whole):
        raise Invalid(code, f"The amount has {fault}.")
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
