"""A contract's header checks and its states."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from services.contracts.domain.contract import Contract
from services.contracts.domain.header import (
    Agency,
    Estimate,
    Header,
    approval_faults,
    header_faults,
)
from shared.kernel.errors import NotAllowedNow

NOW = datetime(2026, 1, 9, 10, tzinfo=UTC)
NORTHLINE = Agency(active=True, edi_requires_all_codes=True)
HEADER = Header(
    client_active=True,
    agency=None,
    edi_no="",
    has_salesperson=True,
    estimate=Estimate("881"),
    po_no="",
    product="",
    discount_percent=Decimal(0),
    agency_commission_percent=Decimal(0),
    sales_commission_percent=Decimal("12.50"),
    billing_cycle="calendar",
    invoice_type="detail",
    affidavit="none",
)
EDI = replace(
    HEADER,
    agency=NORTHLINE,
    edi_no="4711",
    estimate=Estimate(agency_code="881", advertiser_code="OAK", product_code="SPR"),
    product="Spring",
    agency_commission_percent=Decimal(15),
)


@pytest.mark.rule(
    "CT-HDR-05", "CT-HDR-06", "CT-HDR-08", "CT-HDR-11", "CT-HDR-14", "CT-HDR-15", "CT-HDR-16", "CT-HDR-17", "CT-ITY-02",
    "CT-ITY-04", "CT-ITY-07", "CT-CMN-06",
)  # fmt: skip
@pytest.mark.parametrize(
    ("header", "codes"),
    [
        (HEADER, []),
        (EDI, []),
        (replace(HEADER, client_active=False), ["customer_inactive"]),
        (replace(EDI, agency=replace(NORTHLINE, active=False)), ["agency_inactive"]),
        (replace(HEADER, tax_active=False), ["tax_inactive"]),
        (replace(HEADER, estimate=Estimate("881", product_code="SPR")), ["estimate_mode"]),
        (replace(EDI, estimate=Estimate("881")), ["estimate_mode"]),
        (replace(HEADER, po_no="A|B"), []),
        (replace(HEADER, po_no="A|B|C"), ["po_number"]),
        (replace(HEADER, po_no="x" * 51), ["po_number"]),
        (replace(HEADER, discount_percent=Decimal("100.01")), ["discount_range"]),
        (replace(HEADER, agency_commission_percent=Decimal(15)), ["no_agency"]),
        (replace(EDI, agency_commission_percent=Decimal("15.001")), ["commission_range"]),
        (replace(HEADER, sales_commission_percent=Decimal("-1")), ["commission_range"]),
        (replace(HEADER, invoice_type="none"), ["cycle_conflicts_with_invoice_type"]),
        (replace(HEADER, invoice_type="none", billing_cycle="none"), []),
        (replace(HEADER, invoice_type="summary", affidavit="notarized"), ["affidavit_not_available"]),
        (replace(HEADER, invoice_type="co_op_notarized_affidavit"), ["affidavit_not_available"]),
        (replace(HEADER, invoice_type="co_op_notarized_affidavit", affidavit="notarized"), []),
    ],
)
def test_what_no_header_may_hold(header: Header, codes: list[str]) -> None:
    assert [fault.code for fault in header_faults(header)] == codes


@pytest.mark.rule("CT-LIF-04", "CT-HDR-07", "CT-HDR-09", "CT-HDR-13", "CT-LIN-01", "CT-LIN-14")
@pytest.mark.parametrize(
    ("header", "quantities", "codes"),
    [
        (HEADER, [55], []),
        (EDI, [55], []),
        (replace(HEADER, has_salesperson=False), [], ["salesperson_required", "no_lines"]),
        (replace(EDI, product=""), [1, 0], ["product_required", "line_has_no_units"]),
        (replace(EDI, estimate=Estimate(agency_code="881", advertiser_code="OAK")), [1], ["edi_codes_incomplete"]),
        (
            replace(EDI, estimate=Estimate(), agency=replace(NORTHLINE, edi_requires_all_codes=False)),
            [1],
            [],
        ),
        (
            replace(HEADER, client_active=False, has_salesperson=False),
            [0],
            ["customer_inactive", "salesperson_required", "line_has_no_units"],
        ),
    ],
)
def test_approval_lists_every_failing_check_at_once(header: Header, quantities: list[int], codes: list[str]) -> None:
    assert [fault.code for fault in approval_faults(header, quantities)] == codes


@pytest.mark.rule("CT-HDR-09")
def test_the_empty_estimate_codes_are_named() -> None:
    faults = approval_faults(replace(EDI, estimate=Estimate(agency_code="881", advertiser_code="OAK")), [1])
    assert [fault.pointer for fault in faults] == ["/agency_product_code"]


@pytest.mark.rule("CT-HDR-08")
def test_three_codes_are_shown_joined_one_number_alone() -> None:
    assert EDI.estimate.shown(edi=EDI.edi) == "881/OAK/SPR"
    assert HEADER.estimate.shown(edi=HEADER.edi) == "881"


@pytest.mark.rule("CT-LIF-01", "CT-LIF-05", "CT-DOC-05")
def test_approving_makes_it_active_and_numbers_the_revision() -> None:
    first = Contract("draft").approve(pending_lines=1, now=NOW)
    assert (first.state, first.revision, first.approved_at) == ("active", 1, NOW)
    assert first.approve(pending_lines=1, now=NOW).revision == 2
    with pytest.raises(NotAllowedNow, match="nothing_to_approve"):
        first.approve(pending_lines=0, now=NOW)
    for closed in ("completed", "cancelled"):
        with pytest.raises(NotAllowedNow, match=r"^state"):
            Contract(closed).approve(pending_lines=1, now=NOW)  # type: ignore[arg-type]


@pytest.mark.rule("CT-LIF-08", "CT-LIF-10", "CT-LIF-12")
def test_cancelling_and_completing() -> None:
    cancelled = Contract("active").cancel(NOW)
    assert (cancelled.state, cancelled.cancelled_at) == ("cancelled", NOW)
    assert cancelled.cancel(NOW.replace(hour=12)) == cancelled, "cancelling twice changes nothing"
    assert Contract("draft").cancel(NOW).state == "cancelled"
    with pytest.raises(NotAllowedNow, match=r"^state"):
        Contract("completed").cancel(NOW)
    assert Contract("active").complete().state == "completed"
    assert cancelled.complete() == cancelled
