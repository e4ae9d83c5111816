"""Begin of Schedule: billed up front at approval, listed at zero as it runs, credited for what will not run."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.invoicing.application.decide_proposal import decide_proposal
from services.invoicing.application.issue_upfront import PartyUnknown
from services.invoicing.domain.deductions import ContractAmounts
from services.invoicing.domain.shortfall import shortfall_credit
from shared.events.contracts import ContractBillingCycleChanged, ContractPresentationChanged, TaxChanged
from shared.kernel.errors import NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from tests.invoicing.builders import minor
from tests.invoicing.radio import FEBRUARY, JANUARY, Radio, february, january

WHOLE = (january(12), february(15))
NAMES = ("gross", "discount", "agency_commission", "net", "vat", "total")
UPFRONT = ContractAmounts(*map(minor, ("3025.00", "302.50", "408.38", "2314.12", "138.85", "2452.97", "0.00")))


async def with_terms(radio: Radio) -> None:
    """The terms of EX-CT-08: discount 10 %, agency 15 %, tax 6 %."""
    tax = new_id()
    await radio.record(TaxChanged(id=tax, code="VAT", name="Sales tax", version=1, percent=Decimal(6)))
    radio.terms = {
        "billing_cycle": "begin_of_schedule", "discount_percent": Decimal(10),
        "agency_commission_percent": Decimal(15), "tax_id": tax,
    }  # fmt: skip


async def amounts(radio: Radio, where: str) -> list[str]:
    (row,) = await radio.world.rows(f"SELECT * FROM invoice WHERE {where}")
    return [f"{Decimal(row[f'{name}_amount']).scaleb(-2)}" for name in NAMES]


async def proposals(radio: Radio) -> list[dict[str, Any]]:
    return await radio.world.rows("SELECT * FROM credit_proposal ORDER BY id")


async def decide(radio: Radio, to: str, *, version: int | None = None) -> None:
    row = (await proposals(radio))[-1]
    async with radio.world.database.transaction(radio.world.context) as session:
        await decide_proposal(
            session, row["id"], to=to, reason="cancelled", version=version or row["version"],
            now=datetime(2026, 2, 5, 9, tzinfo=UTC),
        )  # fmt: skip


async def cancel(radio: Radio) -> None:
    """Trash the 14 units of 6 to 14 February, as in EX-CT-19."""
    days = [february(6) + timedelta(days=offset) for offset in range(9)]
    await radio.trash(*[unit for day in days for unit in radio.units(day)])


@pytest.mark.rule("CT-CYC-08", "CT-CYC-12", "CT-CYC-09", "CT-ITY-15")
async def test_the_upfront_invoice_is_approved_with_the_contract_as_in_ex_ct_08(radio: Radio) -> None:
    await with_terms(radio)
    await radio.tell()
    assert await radio.invoices() == [
        ("gathering", "zero", *JANUARY, 0, 0),
        ("issued", "upfront", *WHOLE, 1, 302500),
        ("gathering", "zero", *FEBRUARY, 0, 0),
    ]
    assert await amounts(radio, "variant = 'upfront'") == [
        "3025.00", "302.50", "408.38", "2314.12", "138.85", "2452.97",
    ]  # fmt: skip
    (upfront,) = await radio.world.rows("SELECT invoice_on, invoice_no FROM invoice WHERE variant = 'upfront'")
    assert (upfront["invoice_on"], upfront["invoice_no"]) == (january(9), "N2026-00001")
    await radio.reconcile(january(12), february(15))
    assert [one[:2] + one[4:] for one in await radio.invoices()] == [
        ("pending", "zero", 33, 0), ("issued", "upfront", 1, 302500), ("pending", "zero", 22, 0),
    ]  # fmt: skip
    assert await radio.issue() == "N2026-00002"
    assert await amounts(radio, "variant = 'zero' AND no IS NOT NULL") == ["0.00"] * 6
    (lines,) = await radio.world.rows(
        "SELECT count(*), sum(l.amount) FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id "
        "WHERE variant = 'zero'"
    )
    assert tuple(lines.values()) == (33, 0)
    assert [what for what, _ in await radio.told()][:5] == ["opened", "opened", "opened", "pending", "issued"]
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-CYC-08")
async def test_told_once_more_or_changed_otherwise_nothing_is_billed_twice(radio: Radio) -> None:
    await with_terms(radio)
    await radio.tell()
    before = await radio.invoices()
    radio.version -= 1
    await radio.tell()
    await radio.tell(ContractPresentationChanged, invoice_type="summary")
    assert await radio.invoices() == before


@pytest.mark.rule("CT-CYC-08")
async def test_news_that_overtakes_the_approval_bills_up_front_in_its_place(radio: Radio) -> None:
    await with_terms(radio)
    radio.version = 1
    await radio.tell(ContractPresentationChanged, invoice_type="summary")
    radio.version = 0
    await radio.tell()
    upfront = await radio.world.rows("SELECT state, gross_amount FROM invoice WHERE variant = 'upfront'")
    assert [(one["state"], one["gross_amount"]) for one in upfront] == [("issued", 302500)]


@pytest.mark.rule("CT-CYC-08")
async def test_a_contract_told_before_its_client_waits_for_it(radio: Radio) -> None:
    await with_terms(radio)
    with pytest.raises(PartyUnknown):
        await radio.tell(client_id=new_id())
    assert await radio.invoices() == []


@pytest.mark.rule("CT-CYC-10", "CT-CYC-12")
async def test_lines_approved_later_are_billed_up_front_alone(radio: Radio) -> None:
    await with_terms(radio)
    await radio.tell()
    approved_at = datetime(2026, 1, 20, 9, tzinfo=UTC)
    more = radio.extra(2, {february(20): 4}, "100.00", approved_at=approved_at)
    await radio.tell(lines=[more], approved_at=approved_at)
    upfront = await radio.world.rows("SELECT * FROM invoice WHERE variant = 'upfront' ORDER BY no")
    assert [(one["gross_amount"], one["invoice_on"], one["period_from"]) for one in upfront] == [
        (302500, january(9), january(12)),
        (40000, january(20), february(20)),
    ]
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-CYC-11")
@pytest.mark.parametrize(
    ("credited", "gross", "expected"),
    [
        ("", "770.00", ("770.00", "77.00", "103.95", "589.05", "35.34", "624.39")),
        ("770.00", "2255.00", ("2255.00", "225.50", "304.43", "1725.07", "103.51", "1828.58")),
        ("", "3025.00", ("3025.00", "302.50", "408.38", "2314.12", "138.85", "2452.97")),
    ],
)
def test_the_last_credit_takes_the_remainder(credited: str, gross: str, expected: tuple[str, ...]) -> None:
    nothing = ContractAmounts(0, 0, 0, 0, 0, 0, 0)
    before = shortfall_credit(UPFRONT, nothing, minor(credited)) if credited else nothing
    found = shortfall_credit(UPFRONT, before, minor(gross))
    assert found[:6] == tuple(map(minor, expected))


@pytest.mark.rule("CT-CYC-11")
def test_three_thirds_are_the_whole() -> None:
    billed, credited, found = ContractAmounts(300, 100, 20, 180, 10, 190, 22), ContractAmounts(*[0] * 7), []
    for _ in range(3):
        credit = shortfall_credit(billed, credited, 100)
        found.append(credit.discount_amount)
        credited = ContractAmounts(*map(sum, zip(credited, credit, strict=True)))
    assert (found, credited) == ([33, 33, 34], billed)


@pytest.mark.rule("CT-CYC-11", "CT-CYC-09")
async def test_a_cancel_proposes_a_credit_as_in_ex_ct_20(radio: Radio) -> None:
    await with_terms(radio)
    await radio.tell()
    await radio.reconcile(january(12), february(5))
    await cancel(radio)
    (proposal,) = await proposals(radio)
    assert [f"{Decimal(proposal[f'{name}_amount']).scaleb(-2)}" for name in NAMES] == [
        "770.00", "77.00", "103.95", "589.05", "35.34", "624.39",
    ]  # fmt: skip
    ((what, told),) = await radio.told("invoicing.credit_note.")
    assert (what, told["state"], told["total_amount"], len(told["unit_ids"])) == ("proposed", "proposed", "624.39", 14)
    assert (await radio.invoices())[-1] == ("pending", "zero", *FEBRUARY, 8, 0)
    assert not await radio.world.rows("SELECT FROM invoice WHERE credits_id IS NOT NULL")
    with pytest.raises(StaleVersion):
        await decide(radio, "approved", version=7)
    await decide(radio, "approved")
    assert await amounts(radio, "credits_id IS NOT NULL") == [
        "-770.00", "-77.00", "-103.95", "-589.05", "-35.34", "-624.39",
    ]  # fmt: skip
    with pytest.raises(NotAllowedNow) as again:
        await decide(radio, "declined")
    assert again.value.code == "state"
    assert (await radio.told())[-1][1]["document"] == "credit_note"
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-CYC-11")
async def test_further_trashed_units_join_the_open_proposal_and_a_declined_unit_is_not_proposed_again(
    radio: Radio,
) -> None:
    await with_terms(radio)
    await radio.tell()
    first, second, third = radio.units(february(6))[0], radio.units(february(9))[0], radio.units(february(10))[0]
    await radio.trash(first)
    await radio.trash(second)
    await radio.trash(second)
    (proposal,) = await proposals(radio)
    assert (proposal["gross_amount"], proposal["version"]) == (11000, 2)
    await decide(radio, "declined")
    await radio.trash(third)
    assert [(one["state"], one["gross_amount"]) for one in await proposals(radio)] == [
        ("declined", 11000),
        ("proposed", 5500),
    ]
    assert not await radio.world.rows("SELECT FROM invoice WHERE credits_id IS NOT NULL")


@pytest.mark.rule("CT-CYC-11", "CT-LIF-09")
async def test_occurrences_that_a_cancel_took_back_are_credited_too(radio: Radio) -> None:
    await with_terms(radio)
    await radio.tell(lines=[radio.extra(2, {january(24): 1, february(24): 1}, "100.00", kind="off_air")])
    await radio.fall_due(february(24), "100.00", state="trashed")
    (proposal,) = await proposals(radio)
    assert proposal["gross_amount"] == 10000


@pytest.mark.rule("CT-LIF-16", "CT-CYC-11")
async def test_reversing_mirrors_the_invoice_less_the_credits_already_given(radio: Radio) -> None:
    await with_terms(radio)
    await radio.tell()
    await cancel(radio)
    await decide(radio, "approved")
    await radio.trash(radio.units(february(4))[0])
    assert await radio.reverse("N2026-00001") == "N2026-00003"
    assert await amounts(radio, "reverses_id IS NOT NULL") == [
        "-2255.00", "-225.50", "-304.43", "-1725.07", "-103.51", "-1828.58",
    ]  # fmt: skip
    (left,) = await radio.world.rows(
        "SELECT sum(total_amount) AS total, sum(net_amount) AS net FROM invoice WHERE no IS NOT NULL"
    )
    assert tuple(left.values()) == (0, 0)
    assert [one["state"] for one in await proposals(radio)] == ["approved", "withdrawn"]
    assert ("pending", "upfront", *WHOLE, 1, 302500) in await radio.invoices()
    assert await radio.world.broken() == {}
    # Approved again, it bills the whole again, and what will not run is proposed against it again.
    await radio.issue(1)
    assert [one["gross_amount"] for one in await proposals(radio) if one["state"] == "proposed"] == [82500]


@pytest.mark.rule("CT-LIF-24")
async def test_into_begin_of_schedule_everything_awaits_a_person(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), january(31))
    await radio.tell(ContractBillingCycleChanged, billing_cycle="begin_of_schedule")
    assert await radio.invoices() == [
        ("pending", "zero", *JANUARY, 33, 0),
        ("pending", "upfront", *WHOLE, 1, 302500),
        ("gathering", "zero", *FEBRUARY, 0, 0),
    ]


@pytest.mark.rule("CT-LIF-24")
async def test_out_of_begin_of_schedule_upfront_and_zero_dollar_invoices_both_go(radio: Radio) -> None:
    await with_terms(radio)
    await radio.tell()
    await radio.reconcile(january(12), january(31))
    await radio.reverse("N2026-00001")
    await radio.tell(ContractBillingCycleChanged, billing_cycle="calendar")
    assert await radio.invoices() == [
        ("pending", "normal", *JANUARY, 33, 181500),
        ("gathering", "normal", *FEBRUARY, 0, 0),
    ]
    assert [(what, one["variant"], one["reason"]) for what, one in await radio.told() if what == "removed"] == [
        ("removed", variant, "billing_cycle_changed") for variant in ("zero", "zero", "upfront")
    ]
