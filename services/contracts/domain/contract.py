"""A radio contract's header, its states and what approval demands (CT-HDR, CT-LIF)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from shared.kernel.errors import Fault, NotAllowedNow

State = Literal["draft", "active", "completed", "cancelled"]
PO_NO_LENGTH_MAX = 50


@dataclass(frozen=True, slots=True)
class Agency:
    """What a contract takes from its agency (CT-HDR-06, CT-HDR-08, CT-HDR-09)."""

    active: bool
    edi_no: str
    edi_requires_all_codes: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """Three codes of an agency with an EDI number, else one number alone (CT-HDR-08)."""

    number: str = ""
    agency_code: str = ""
    advertiser_code: str = ""
    product_code: str = ""

    def shown(self, *, edi: bool) -> str:
        """As confirmation and invoice print it: three codes joined with "/", or the single number."""
        return "/".join((self.agency_code, self.advertiser_code, self.product_code)) if edi else self.number


@dataclass(frozen=True, slots=True)
class Header:
    """The header as far as rules look at it; percentages with at most two decimals."""

    client_active: bool
    agency: Agency | None
    has_salesperson: bool
    estimate: Estimate
    po_no: str
    product: str
    discount_percent: Decimal
    agency_commission_percent: Decimal
    sales_commission_percent: Decimal
    billing_cycle: str
    invoice_type: str
    affidavit: str
    tax_active: bool = True

    @property
    def edi(self) -> bool:
        """Whether the contract is in three-code mode."""
        return self.agency is not None and bool(self.agency.edi_no)


@dataclass(frozen=True, slots=True)
class Contract:
    """Where a contract stands; `revision` counts its approvals (CT-DOC-05)."""

    state: State
    revision: int = 0
    approved_at: datetime | None = None
    cancelled_at: datetime | None = None

    def approve(self, *, pending_lines: int, now: datetime) -> "Contract":
        """Make it live; `NotAllowedNow("state")` when closed, `("nothing_to_approve")` with no line pending."""
        if self.state not in ("draft", "active"):
            raise NotAllowedNow("state", "A completed or cancelled contract is not approved again.")
        if self.state == "active" and not pending_lines:
            raise NotAllowedNow("nothing_to_approve", "No line of the contract is pending.")
        return replace(self, state="active", revision=self.revision + 1, approved_at=now)

    def cancel(self, now: datetime) -> "Contract":
        """End it at once; cancelling twice changes nothing, a completed one is refused (CT-LIF-08, CT-LIF-10)."""
        if self.state == "cancelled":
            return self
        if self.state == "completed":
            raise NotAllowedNow("state", "A completed contract cannot be cancelled.")
        return replace(self, state="cancelled", cancelled_at=now)

    def complete(self) -> "Contract":
        """Everything ordered has run or will never run (CT-LIF-12)."""
        return replace(self, state="completed") if self.state == "active" else self


def header_faults(header: Header) -> list[Fault]:
    """What no header may hold, draft or not (CT-HDR-05, 08, 11, 14 to 17, CT-ITY-02, CT-ITY-07)."""
    checks = (
        (header.client_active, "client_id", "customer_inactive", "The customer is not active."),
        (header.agency is None or header.agency.active, "agency_id", "agency_inactive", "The agency is not active."),
        (header.tax_active, "tax_id", "tax_inactive", "The tax is not active."),
        (_one_mode(header), "estimate_no", "estimate_mode", "The estimate belongs to the other mode."),
        (
            header.po_no.count("|") <= 1 and len(header.po_no) <= PO_NO_LENGTH_MAX,
            "po_no",
            "po_number",
            "A P.O. number has at most 50 characters and one bar.",
        ),
        (_percent(header.discount_percent), "discount_percent", "discount_range", _RANGE),
        (_percent(header.agency_commission_percent), "agency_commission_percent", "commission_range", _RANGE),
        (_percent(header.sales_commission_percent), "sales_commission_percent", "commission_range", _RANGE),
        (
            header.agency is not None or header.agency_commission_percent == 0,
            "agency_commission_percent",
            "no_agency",
            "Without an agency there is no agency commission.",
        ),
        (
            header.invoice_type != "none" or header.billing_cycle == "none",
            "billing_cycle",
            "cycle_conflicts_with_invoice_type",
            "With invoice type none the billing cycle is none.",
        ),
        (
            _affidavit_is_available(header),
            "affidavit",
            "affidavit_not_available",
            "The invoice type does not carry this affidavit.",
        ),
    )
    return _failed(checks)


def approval_faults(header: Header, line_quantities: Sequence[int]) -> list[Fault]:
    """Every check that approval fails, all at once; quantities are those of the pending lines (CT-LIF-04)."""
    edi = header.edi
    missing = [
        name
        for name, code in (
            ("agency_estimate_code", header.estimate.agency_code),
            ("agency_advertiser_code", header.estimate.advertiser_code),
            ("agency_product_code", header.estimate.product_code),
        )
        if not code
    ]
    all_codes = header.agency is not None and header.agency.edi_requires_all_codes
    checks = [
        (header.has_salesperson, "salesperson_id", "salesperson_required", "Approval needs a salesperson."),
        (bool(line_quantities), "lines", "no_lines", "Approval needs a line."),
        (
            not (edi and all_codes and missing),
            missing[0] if missing else "",
            "edi_codes_incomplete",
            f"The agency's electronic invoices need: {', '.join(missing)}.",
        ),
        (bool(header.product) or not edi, "product", "product_required", "The agency's EDI invoices name a product."),
        *(
            (quantity > 0, f"lines/{index}", "line_has_no_units", "The line yields no unit.")
            for index, quantity in enumerate(line_quantities)
        ),
    ]
    return header_faults(header) + _failed(checks)


_RANGE = "A percentage lies between 0 and 100 and has two decimals."


def _failed(checks: Sequence[tuple[bool, str, str, str]]) -> list[Fault]:
    return [
        Fault(f"/{field}", code, message, entity="contract", field=field)
        for sound, field, code, message in checks
        if not sound
    ]


def _percent(percent: Decimal) -> bool:
    return 0 <= percent <= 100 and percent == round(percent, 2)


def _one_mode(header: Header) -> bool:
    estimate = header.estimate
    if header.edi:
        return not estimate.number
    return not (estimate.agency_code or estimate.advertiser_code or estimate.product_code)


def _affidavit_is_available(header: Header) -> bool:
    if header.invoice_type == "co_op_notarized_affidavit":
        return header.affidavit == "notarized"
    return header.affidavit == "none" or header.invoice_type in ("detail", "time", "time_rates")
