"""Which items are due, and the first reason why one is not, in the order of MA-INV-06."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.advance import Scope, fits_any
from services.invoicing.domain.criteria import Corrections, Switches
from services.invoicing.domain.item import Item
from shared.kernel.errors import Fault, Invalid


class Reason(StrEnum):
    """Why an item is not on an invoice."""

    NOT_DEFINITIVE = "not_definitive"
    NOT_AD_CHECKED = "not_ad_checked"
    NOT_CURRENT_INVOICING = "not_current_invoicing"
    IS_CURRENT_INVOICING = "is_current_invoicing"
    CLIENT_WITHOUT_REFERENCE_RULE = "client_without_reference_rule"
    REFERENCE_MISSING = "reference_missing"
    HAS_REFERENCE = "has_reference"
    NOT_BEFORE_DATE = "not_before_date"
    NOT_DUE = "not_due"
    RESERVED_FOR_ADVANCE = "reserved_for_advance"
    IS_CORRECTION = "is_correction"
    NOT_INTERNAL_CORRECTION = "not_internal_correction"
    OTHER_SIGN = "other_sign"
    BELOW_MINIMUM = "below_minimum"
    IN_ANOTHER_RUN = "in_another_run"


class Agreement(NamedTuple):
    """The flags of an agreement that concern a whole insertion (MA-REG-04, MA-REG-05)."""

    current_invoicing: bool
    current_deduction: bool
    # When its fees fall due where they have an invoice of their own; None where the client's terms hold (MA-REG-09).
    fee_payment_days: int | None = None
    fee_from_month_end: bool = False


NO_AGREEMENT = Agreement(current_invoicing=False, current_deduction=False)


def before_reference(item: Item, agreement: Agreement, switches: Switches) -> Reason | None:
    """Status, ad check and current invoicing: what is left after these makes a client count as billable (MA-INV-14)."""
    if item.status != "definitive":
        return Reason.NOT_DEFINITIVE
    if item.ad_check_missing and not switches.also_not_checked:
        return Reason.NOT_AD_CHECKED
    wanted = switches.current_invoicing
    if wanted is not None and wanted != agreement.current_invoicing:
        return Reason.NOT_CURRENT_INVOICING if wanted else Reason.IS_CURRENT_INVOICING
    return None


def reference_reason(*, no_reference: bool | None, required: bool, reference: str) -> Reason | None:
    """The cells of MA-INV-12 that leave an item out; blanks count as a missing reference."""
    if no_reference is None:
        return None
    if not required:
        return Reason.CLIENT_WITHOUT_REFERENCE_RULE
    has_reference = bool(reference.strip())
    if no_reference and has_reference:
        return Reason.HAS_REFERENCE
    if not no_reference and not has_reference:
        return Reason.REFERENCE_MISSING
    return None


def correction_reason(kind: str, corrections: Corrections) -> Reason | None:
    """Which corrections a run takes (MA-INV-17)."""
    if corrections is Corrections.NO and kind != "none":
        return Reason.IS_CORRECTION
    if corrections is Corrections.INTERNAL and kind != "internal":
        return Reason.NOT_INTERNAL_CORRECTION
    return None


def reason_left_out(
    item: Item,
    agreement: Agreement,
    switches: Switches,
    *,
    reference_required: bool,
    invoice_on: date,
    kept_out: Sequence[Scope] = (),
) -> Reason | None:
    """None when the item is due, else the first reason in the order of MA-INV-06.

    `kept_out` are the scopes of its client's advance invoices: without current deduction it waits for a controlled one.
    """
    return (
        before_reference(item, agreement, switches)
        or reference_reason(
            no_reference=switches.no_reference_number, required=reference_required, reference=item.reference
        )
        or (Reason.NOT_BEFORE_DATE if item.not_before_on and invoice_on < item.not_before_on else None)
        or (None if item.is_due else Reason.NOT_DUE)
        or correction_reason(item.correction_kind, switches.corrections)
        or (kept_out and not agreement.current_deduction and fits_any(kept_out, item) and Reason.RESERVED_FOR_ADVANCE)
        or None
    )


def check_references(
    switches: Switches, *, live: bool, required_by_billable_client: Mapping[UUID, bool], named: Set[UUID]
) -> None:
    """Stop the whole run on a wrong combination of the switch and the clients' rule (MA-INV-12 to 14).

    `required_by_billable_client` holds each client with at least one billable item and whether it requires a reference;
    `named` the clients the selection names, also through a plan or an order.
    """
    if switches.no_reference_number is None:
        if live:
            _refuse(
                "reference_choice_required",
                "Say whether insertions without a reference number are to be invoiced.",
                (client for client, required in required_by_billable_client.items() if required),
            )
    else:
        _refuse(
            "reference_not_required_by_client",
            "The client does not require a reference number.",
            (client for client, required in required_by_billable_client.items() if not required and client in named),
        )


def _refuse(code: str, message: str, clients: Iterable[UUID]) -> None:
    faults = [
        Fault("/switches/no_reference_number", code, message, "client", str(client), "no_reference_number")
        for client in sorted(clients)
    ]
    if faults:
        raise Invalid.of(faults)
