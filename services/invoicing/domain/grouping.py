"""Which items share an invoice, and which invoices a run makes (MA-INV-15, 16, 18, 20, 21, 22)."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.criteria import Corrections, SignChoice, Switches
from services.invoicing.domain.item import Item
from services.invoicing.domain.selection import Reason


class ClientTerms(NamedTuple):
    """What a client's record says about its invoices (MA-REG-01, MA-REG-02); the minimum in minor units."""

    id: UUID
    legal_entity_id: UUID
    separate_by: str
    reference_required: bool
    minimum_amount: int
    vat_percent: Decimal
    payment_days: int
    from_month_end: bool
    cash_discount_percent: Decimal = Decimal(0)
    cash_discount_days: int = 0
    # What its minimum is stated in, and what its legal entity keeps its books in.
    currency: str = ""
    base_currency: str = ""


class GroupKey(NamedTuple):
    """Items of one client with the same key share an invoice; payment terms are the client's and need no place here."""

    currency: str
    split: Any
    invoice_on: date
    current_deduction: bool
    is_correction: bool | None
    is_debit: bool | None


_SPLIT: dict[str, Callable[[Item], Any]] = {
    "client": lambda _: None,
    "campaign": attrgetter("campaign"),
    "plan": attrgetter("plan_id"),
    "order": attrgetter("order_id"),
    "product": attrgetter("product"),
}


def group_items(
    items: Iterable[Item],
    client: ClientTerms,
    switches: Switches,
    *,
    invoice_on: Callable[[Item], date],
    deducted: Callable[[Item], bool],
) -> dict[GroupKey, list[Item]]:
    """Items by invoice, in the order they came.

    Force ignores the client's split level, but neither currency nor a Separate switch (MA-INV-22); Separate in both
    switches gives up to four invoices per group (MA-INV-18).
    """
    split = _SPLIT["client" if switches.one_invoice_per_client else client.separate_by]
    by_kind = switches.corrections is Corrections.SEPARATE
    by_sign = switches.sign is SignChoice.SEPARATE
    groups: dict[GroupKey, list[Item]] = {}
    for item in items:
        key = GroupKey(
            item.currency,
            split(item),
            invoice_on(item),
            deducted(item),
            item.correction_kind != "none" if by_kind else None,
            item.is_debit if by_sign else None,
        )
        groups.setdefault(key, []).append(item)
    return groups


def reason_not_made(*, net_amount: int, total_amount: int, client: ClientTerms, switches: Switches) -> Reason | None:
    """Why the invoice of a group is not made, its items staying billable.

    The sign is that of the total incl. VAT, zero counting as debit (MA-INV-15); the minimum is compared with the
    absolute amount ex VAT, equal passes, and is overruled by force (MA-INV-21, MA-INV-22).
    """
    if switches.sign is SignChoice.DEBIT and total_amount < 0:
        return Reason.OTHER_SIGN
    if switches.sign is SignChoice.CREDIT and total_amount >= 0:
        return Reason.OTHER_SIGN
    if not switches.one_invoice_per_client and abs(net_amount) < client.minimum_amount:
        return Reason.BELOW_MINIMUM
    return None
