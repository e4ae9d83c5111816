"""Whether a registration is complete and right, so that it may be posted (MA-MIN-03 to MA-MIN-05, MA-MIN-18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.reconciliation.domain.media_invoice import Amounts, check_amounts
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.kernel.money import Currency


@dataclass(frozen=True, slots=True)
class Registration:
    """What was keyed of an invoice; `supplier_blocked` is None while no supplier is named."""

    supplier_blocked: bool | None
    invoice_no: str
    invoice_on: date | None
    accounting_on: date | None
    currency: Currency
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked line and the insertion behind it as it stands now; `then` is what was ordered when it was keyed.

    Without an insertion the line is not ready; `billable` is False when the insertion was cancelled meanwhile.
    """

    line_no: int
    net_net_amount: int
    insertion_id: UUID | None
    billable: bool
    ordered_then: int
    ordered_now: int
    currency: str
    legal_entity_id: UUID | None


def check_saving(registration: Registration, lines: Sequence[Marked]) -> int:
    """The rounding difference of an invoice that may be saved.

    `Invalid`: `supplier_required`, `supplier_blocked`, `invoice_number_required`, `invoice_date_required`,
    `accounting_date_required`, `line_without_insertion`, `mixed_currency`, `mixed_legal_entity`, and those of
    `check_amounts`. `NotAllowedNow("insertion_changed")` when an insertion is no longer as it was keyed (MA-MIN-18).
    """
    _check_header(registration)
    if not lines:
        raise Invalid("nothing_marked", "No insertion is marked; mark what the invoice bills.")
    if faults := [_fault("line_without_insertion", line) for line in lines if line.insertion_id is None]:
        raise Invalid.of(faults)
    if faults := [_fault("insertion_changed", line) for line in lines if _has_changed(line)]:
        raise NotAllowedNow("insertion_changed", faults[0].message, faults=faults)
    if any(line.currency != registration.currency.code for line in lines):
        raise Invalid("mixed_currency", "A media invoice and all its insertions are in one currency.")
    if len({line.legal_entity_id for line in lines}) > 1:
        raise Invalid("mixed_legal_entity", "All insertions of a media invoice belong to one legal entity.")
    return check_amounts(registration.amounts, [line.net_net_amount for line in lines], registration.currency)


def rate_of(stated: Decimal | None, of: str, base: str) -> Decimal:
    """The rate an invoice is posted at: as stated, 1 in base currency; `rate_missing` otherwise (MA-GEN-10)."""
    if stated is None and of == base:
        return Decimal(1)
    if stated is None or stated <= 0 or (of == base and stated != 1):
        raise Invalid("rate_missing", "An invoice in a foreign currency needs its rate; in base currency it is 1.")
    return stated


def _check_header(registration: Registration) -> None:
    if registration.supplier_blocked is None:
        raise Invalid("supplier_required", "The supplier of the invoice is not named.")
    if registration.supplier_blocked:
        raise Invalid("supplier_blocked", "The supplier is blocked.")
    if not registration.invoice_no:
        raise Invalid("invoice_number_required", "The supplier's invoice number is missing.")
    if registration.invoice_on is None:
        raise Invalid("invoice_date_required", "The date of the invoice is missing.")
    if registration.accounting_on is None:
        raise Invalid("accounting_date_required", "The accounting date is missing.")


def _has_changed(line: Marked) -> bool:
    return not line.billable or line.ordered_then != line.ordered_now


_MESSAGES = {
    "line_without_insertion": "Nobody has said which insertion the line bills.",
    "insertion_changed": "The insertion has changed since it was keyed; look at the line again.",
}


def _fault(code: str, line: Marked) -> Fault:
    entity_id = str(line.insertion_id) if line.insertion_id else None
    return Fault(f"/lines/{line.line_no}", code, _MESSAGES[code], "insertion", entity_id)
