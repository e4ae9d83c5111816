"""What a run looks at: criteria that choose its items, switches that say how it treats them (MA-INV-02, 07 to 22)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import Fault, Invalid


class SignChoice(StrEnum):
    """Debit/credit: which invoices are made, or both signs kept apart (MA-INV-15, MA-INV-16)."""

    DEBIT = "debit"
    CREDIT = "credit"
    SEPARATE = "separate"


class Corrections(StrEnum):
    """What happens to insertions marked as corrections (MA-INV-17)."""

    YES = "yes"
    NO = "no"
    SEPARATE = "separate"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Joined by AND; several values of one criterion by OR; both days included (MA-INV-02)."""

    from_on: date | None = None
    to_on: date | None = None
    legal_entity_ids: tuple[UUID, ...] = ()
    client_ids: tuple[UUID, ...] = ()
    client_categories: tuple[str, ...] = ()
    plan_ids: tuple[UUID, ...] = ()
    order_ids: tuple[UUID, ...] = ()
    campaigns: tuple[str, ...] = ()
    media_ids: tuple[UUID, ...] = ()
    media_type_ids: tuple[UUID, ...] = ()
    products: tuple[str, ...] = ()
    agreement_ids: tuple[UUID, ...] = ()
    owners: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing at all was chosen."""
        return self == Criteria()


@dataclass(frozen=True, slots=True)
class Switches:
    """None is a switch left blank."""

    current_invoicing: bool | None = None
    also_not_checked: bool = False
    no_reference_number: bool | None = None
    sign: SignChoice | None = None
    corrections: Corrections = Corrections.YES
    one_invoice_per_client: bool = False


def check_selection(criteria: Criteria, switches: Switches, *, live: bool) -> None:
    """`bad_date_range`, `selection_empty`, `also_not_checked_needs_number`: what no run can do (MA-INV-02, 03, 08)."""
    if criteria.from_on and criteria.to_on and criteria.from_on > criteria.to_on:
        raise _fault("/criteria/from_on", "bad_date_range", "The from-date lies after the to-date.")
    if live and criteria.is_empty:
        raise _fault("/criteria", "selection_empty", "A live run needs at least one criterion.")
    if switches.also_not_checked and not (criteria.plan_ids or criteria.order_ids):
        message = "Taking unchecked insertions needs a plan or an order."
        raise _fault("/switches/also_not_checked", "also_not_checked_needs_number", message)


def _fault(pointer: str, code: str, message: str) -> Invalid:
    return Invalid.of([Fault(pointer, code, message, field=pointer.rpartition("/")[2])])
