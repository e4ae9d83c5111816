"""A contract's header: what it may hold, and what approval asks of it (CT-HDR)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shared.kernel.errors import Fault

PO_NO_LENGTH_MAX = 50
_RANGE = "A percentage lies between 0 and 100 and has two decimals."


@dataclass(frozen=True, slots=True)
class Agency:
    """What a contract asks of its agency's record as it stands now (CT-HDR-06, CT-HDR-09)."""

    active: bool
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

    def switched(self, *, edi: bool) -> "Estimate":
        """In the other mode: the agency's code and the single number carry over into each other (CT-HDR-10)."""
        if edi:
            return Estimate(agency_code=self.number)
        return Estimate(number=self.agency_code)


@dataclass(frozen=True, slots=True)
class Header:
    """The header as far as rules look at it; percentages are exact, `edi_no` was copied when the agency was chosen."""

    client_active: bool
    agency: Agency | None
    edi_no: str
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
    primary_conflict_id: UUID | None = None
    secondary_conflict_id: UUID | None = None

    @property
    def edi(self) -> bool:
        """Whether the contract is in three-code mode."""
        return bool(self.edi_no)


def order_numbers(po_no: str) -> tuple[str, str]:
    """Rep and station order number for electronic invoices; without a bar both get the whole text (CT-HDR-11).

    >>> order_numbers("R-77|S-12"), order_numbers("4711")
    (('R-77', 'S-12'), ('4711', '4711'))
    """
    rep, bar, station = po_no.partition("|")
    return (rep, station) if bar else (po_no, po_no)


def affidavit_of(invoice_type: str, before: str) -> str:
    """The affidavit option a type leaves or brings: none it cannot carry stays, co-op is notarized (CT-ITY-07)."""
    if invoice_type == "co_op_notarized_affidavit":
        return "notarized"
    return before if invoice_type in ("detail", "time", "time_rates") else "none"


def header_faults(header: Header, changed: Collection[str] | None = None) -> list[Fault]:
    """What no header may hold, draft or not (CT-HDR-05, 06, 08, 11, 14 to 17, 21, CT-ITY-02, CT-ITY-07).

    Whether a party is active is asked when it is chosen: of the `changed` fields, or of all when these are not named.
    """
    chosen = {"client_id", "agency_id", "tax_id"} if changed is None else set(changed)
    agency_active = header.agency is None or header.agency.active
    checks = (
        (
            header.client_active or "client_id" not in chosen,
            "client_id",
            "customer_inactive",
            "Not an active customer.",
        ),
        (agency_active or "agency_id" not in chosen, "agency_id", "agency_inactive", "Not an active agency."),
        (header.tax_active or "tax_id" not in chosen, "tax_id", "tax_inactive", "Not an active tax."),
        *_estimate_checks(header),
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
            header.primary_conflict_id is None or header.primary_conflict_id != header.secondary_conflict_id,
            "secondary_conflict_id",
            "conflicts_equal",
            "The secondary conflict is another than the primary.",
        ),
        (
            header.invoice_type != "none" or header.billing_cycle == "none",
            "billing_cycle",
            "cycle_conflicts_with_invoice_type",
            "With invoice type none the billing cycle is none.",
        ),
        (
            affidavit_of(header.invoice_type, header.affidavit) == header.affidavit,
            "affidavit",
            "affidavit_not_available",
            "The invoice type does not carry this affidavit.",
        ),
    )
    return _failed(checks)


def approval_faults(
    header: Header, line_quantities: Sequence[int], changed: Collection[str] | None = None
) -> list[Fault]:
    """Every check that approval fails, all at once; quantities are those of the pending lines (CT-LIF-04).

    A correction asks the same of what it leaves, and whether parties are active of those it has `changed`.
    """
    codes = (
        ("agency_estimate_code", header.estimate.agency_code),
        ("agency_advertiser_code", header.estimate.advertiser_code),
        ("agency_product_code", header.estimate.product_code),
    )
    all_codes = header.edi and header.agency is not None and header.agency.edi_requires_all_codes
    checks = [
        (header.has_salesperson, "salesperson_id", "salesperson_required", "Approval needs a salesperson."),
        (bool(line_quantities), "lines", "no_lines", "Approval needs a line."),
        *(
            (bool(code) or not all_codes, field, "edi_codes_incomplete", "The agency's electronic invoices need it.")
            for field, code in codes
        ),
        (
            bool(header.product) or not header.edi,
            "product",
            "product_required",
            "The agency's electronic invoices name a product.",
        ),
        *(
            (quantity > 0, f"lines/{index}", "line_has_no_units", "The line yields no unit.")
            for index, quantity in enumerate(line_quantities)
        ),
    ]
    return header_faults(header, changed) + _failed(checks)


def _estimate_checks(header: Header) -> list[tuple[bool, str, str, str]]:
    """A code of the other mode is refused where it stands (CT-HDR-08)."""
    estimate = header.estimate
    foreign = (
        [("estimate_no", estimate.number)]
        if header.edi
        else [
            ("agency_estimate_code", estimate.agency_code),
            ("agency_advertiser_code", estimate.advertiser_code),
            ("agency_product_code", estimate.product_code),
        ]
    )
    return [
        (not code, field, "estimate_mode", "The code belongs to the other estimate mode.") for field, code in foreign
    ]


def _failed(checks: Sequence[tuple[bool, str, str, str]]) -> list[Fault]:
    return [
        Fault(f"/{field}", code, message, entity="contract", field=field)
        for sound, field, code, message in checks
        if not sound
    ]


def _percent(percent: Decimal) -> bool:
    return 0 <= percent <= 100 and percent == round(percent, 2)
