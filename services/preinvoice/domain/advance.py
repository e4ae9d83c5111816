"""The advance invoice: money billed ahead to one client, its bills, and where it stands (MA-PRE-01 to MA-PRE-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared.kernel.errors import Fault, Invalid, NotAllowedNow

Status = Literal["registered", "printed", "partly_deducted", "deducted"]
# `printing` and `reversing` await invoicing's answer.
BillState = Literal["registered", "printing", "printed", "reversing", "reversed"]


@dataclass(frozen=True, slots=True)
class Scope:
    """One alternative of "deduction from": every field that is given must fit; both days included (MA-PRE-11)."""

    plan_id: UUID | None = None
    order_id: UUID | None = None
    campaign: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class BillRow:
    """A text with its amount ex VAT in minor units."""

    text: str
    amount: int


@dataclass(frozen=True, slots=True)
class Reversal:
    """The day and the reason that a bill is to be reversed with."""

    invoice_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill; `vat_percent` is settled when it is printed, `base_amount` is in the seller's currency.

    `wish_id` is the newest wish for its number or its credit note.
    """

    id: UUID
    bill_no: int
    currency: str
    taxable: bool
    invoice_on: date
    due_on: date
    rows: tuple[BillRow, ...]
    base_amount: int
    exchange_rate: Decimal = Decimal(1)
    state: BillState = "registered"
    wish_id: UUID | None = None
    vat_percent: Decimal | None = None
    invoice_id: UUID | None = None
    invoice_no: str = ""
    refusal_code: str = ""
    reversal: Reversal | None = None

    @property
    def amount(self) -> int:
        """The bill ex VAT."""
        return sum(row.amount for row in self.rows)

    @property
    def is_printed(self) -> bool:
        """Whether it has its number and counts."""
        return self.state in ("printed", "reversing")


@dataclass(frozen=True, slots=True)
class Settlement:
    """A controlled deduction of the whole remaining amount, or its payment back without use (MA-PRE-22, MA-PRE-25)."""

    id: UUID
    state: Literal["requested", "issued", "refused"]
    without_deduction: bool
    invoice_on: date
    accounting_on: date
    amount: int
    base_amount: int
    text: str = ""
    code: str = ""
    invoice_id: UUID | None = None
    invoice_no: str = ""


@dataclass(frozen=True, slots=True)
class Advance:
    """An advance invoice; amounts are ex VAT of taxable bills, else full, in minor units of `currency`.

    `reserved` is what deductions under way, a settlement and reversals of bills hold of what remains.
    """

    id: UUID
    version: int
    advance_no: int
    legal_entity_id: UUID
    client_id: UUID
    currency: str
    owner: str = ""
    product: str = ""
    heading: str = ""
    description: str = ""
    blocked: bool = False
    deduct_all: bool = False
    scopes: tuple[Scope, ...] = ()
    scope_version: int = 1
    taxable: bool | None = None
    vat_percent: Decimal | None = None
    aged_on: date | None = None
    printed_amount: int = 0
    printed_base_amount: int = 0
    deducted_amount: int = 0
    deducted_base_amount: int = 0
    reserved_amount: int = 0
    reserved_base_amount: int = 0
    settled_by_id: UUID | None = None
    settlement: Settlement | None = None
    bills: tuple[Bill, ...] = ()

    @property
    def remaining_amount(self) -> int:
        """Printed less deducted, always (MA-PRE-01)."""
        return self.printed_amount - self.deducted_amount

    @property
    def available_amount(self) -> int:
        """What of the remaining amount nobody holds."""
        return self.remaining_amount - self.reserved_amount

    @property
    def available_base_amount(self) -> int:
        """The same as it stands on `client_advances`, in the seller's currency (MA-PRE-27)."""
        return self.printed_base_amount - self.deducted_base_amount - self.reserved_base_amount

    @property
    def status(self) -> Status:
        """Derived from bills and deductions (MA-PRE-02)."""
        if self.settled_by_id or (self.deducted_amount > 0 and self.remaining_amount == 0):
            return "deducted"
        if self.deducted_amount > 0:
            return "partly_deducted"
        live = [bill for bill in self.bills if bill.state != "reversed"]
        return "printed" if live and all(bill.is_printed for bill in live) else "registered"

    @property
    def is_settling(self) -> bool:
        """Whether a controlled deduction is under way."""
        return self.settlement is not None and self.settlement.state == "requested"

    def bill(self, bill_id: UUID) -> Bill | None:
        """One of its bills."""
        return next((bill for bill in self.bills if bill.id == bill_id), None)

    def with_bill(self, bill: Bill) -> "Advance":
        """The same with this bill in place of the one of its id, or added; currency and taxability follow."""
        others = [one for one in self.bills if one.id != bill.id]
        return self._with_bills(tuple(sorted((*others, bill), key=lambda one: one.bill_no)))

    def without_bill(self, bill_id: UUID) -> "Advance":
        """The same without a bill."""
        return self._with_bills(tuple(one for one in self.bills if one.id != bill_id))

    def _with_bills(self, bills: tuple[Bill, ...]) -> "Advance":
        live = [bill for bill in bills if bill.state != "reversed"]
        printed = [bill for bill in live if bill.is_printed]
        first = printed[0] if printed else None
        return replace(
            self,
            bills=bills,
            currency=live[0].currency if live else self.currency,
            taxable=live[0].taxable if live else None,
            vat_percent=next((bill.vat_percent for bill in live if bill.vat_percent is not None), None),
            aged_on=(self.aged_on or first.invoice_on) if first else None,
            printed_amount=sum(bill.amount for bill in printed),
            printed_base_amount=sum(bill.base_amount for bill in printed),
        )

    def holding(self, amount: int, base_amount: int) -> "Advance":
        """The same with so much more held, or less where the amounts are below zero."""
        return replace(
            self,
            reserved_amount=self.reserved_amount + amount,
            reserved_base_amount=self.reserved_base_amount + base_amount,
        )

    def less(self, amount: int, base_amount: int) -> "Advance":
        """The same with so much more deducted, or given back where the amounts are below zero."""
        return replace(
            self,
            deducted_amount=self.deducted_amount + amount,
            deducted_base_amount=self.deducted_base_amount + base_amount,
        )


def check_open(advance: Advance) -> None:
    """`NotAllowedNow`: `already_settled`, or `advance_invoice_locked` while it is being settled (MA-PRE-22, 26)."""
    if advance.settled_by_id:
        raise NotAllowedNow("already_settled", "The advance invoice is settled.")
    if advance.is_settling:
        raise NotAllowedNow("advance_invoice_locked", "The advance invoice is being settled.")


def check_scope(scopes: Sequence[Scope], *, deduct_all: bool) -> None:
    """`deduct_all_excludes_scope` (MA-PRE-12), and scopes that say nothing or end before they begin."""
    if deduct_all and scopes:
        raise _invalid("/scopes", "deduct_all_excludes_scope", '"Deduct all" leaves no room for "deduction from".')
    for position, scope in enumerate(scopes):
        if scope == Scope():
            raise _invalid(f"/scopes/{position}", "invalid_value", "The scope names nothing.")
        if scope.from_on and scope.to_on and scope.from_on > scope.to_on:
            raise _invalid(f"/scopes/{position}", "bad_date_range", "The from-date lies after the to-date.")


def check_bill(advance: Advance, bill: Bill) -> None:
    """`bad_due_date`, `amount_not_positive` (MA-PRE-08), `mixed_taxability`, `mixed_currency` (MA-PRE-09)."""
    faults = []
    if bill.due_on < bill.invoice_on:
        faults.append(Fault("/due_on", "bad_due_date", "The bill falls due before its invoice date."))
    if bill.amount <= 0:
        faults.append(Fault("/rows", "amount_not_positive", "The rows come to nothing above 0."))
    others = [one for one in advance.bills if one.id != bill.id and one.state != "reversed"]
    if any(one.taxable != bill.taxable for one in others):
        faults.append(Fault("/taxable", "mixed_taxability", "The other bills are taxed otherwise."))
    if any(one.currency != bill.currency for one in others):
        faults.append(Fault("/currency", "mixed_currency", "The other bills have another currency."))
    if faults:
        raise Invalid.of(faults)


def to_print(advance: Advance, bill: Bill, client_vat_percent: Decimal, wish_id: UUID) -> Bill:
    """The bill as invoicing is asked to number it: at the client's VAT rate if taxable, else at none (MA-PRE-08).

    `NotAllowedNow("bill_printed")`; `Invalid("mixed_taxability")` when bills of another rate were printed (MA-PRE-09).
    """
    check_unprinted(bill)
    percent = client_vat_percent if bill.taxable else Decimal(0)
    settled = [one.vat_percent for one in advance.bills if one.id != bill.id and one.state != "reversed"]
    if any(one is not None and one != percent for one in settled):
        raise Invalid("mixed_taxability", "The other bills were printed at another VAT rate.")
    return replace(bill, state="printing", wish_id=wish_id, vat_percent=percent, refusal_code="")


def check_unprinted(bill: Bill) -> None:
    """`NotAllowedNow("bill_printed")` for a bill that has its number, or is about to get it (MA-PRE-10)."""
    if bill.state != "registered":
        raise NotAllowedNow("bill_printed", "The bill is printed and does not change any more.")


def to_reverse(advance: Advance, bill: Bill, reversal: Reversal, wish_id: UUID) -> Bill:
    """The bill as invoicing is asked to reverse it.

    `NotAllowedNow`: `bill_not_printed`, `already_reversed`, `bill_deducted` when what remains free does not cover it
    (MA-PRE-10); `Invalid("bad_date_range")` before its own date.
    """
    if bill.state in ("registered", "printing"):
        raise NotAllowedNow("bill_not_printed", "The bill has no number to reverse yet.")
    if bill.state != "printed":
        raise NotAllowedNow("already_reversed", "The bill is reversed already.")
    if bill.amount > advance.available_amount:
        raise NotAllowedNow("bill_deducted", "What remains of the advance invoice does not cover the bill.")
    if reversal.invoice_on < bill.invoice_on:
        raise _invalid("/invoice_on", "bad_date_range", "A credit note is not dated before the bill it reverses.")
    return replace(bill, state="reversing", wish_id=wish_id, reversal=reversal, refusal_code="")


def _invalid(pointer: str, code: str, message: str) -> Invalid:
    return Invalid.of([Fault(pointer, code, message)])
