"""Correction mode: the hold, the cycle that changes, the money that is parked, revived or set free (EX-CT-17)."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.invoicing.application.apply_payments import apply_payment, record_payment, unapply_payment
from services.invoicing.repository import payments
from shared.events.contracts import (
    ContractApproved,
    ContractBillingCycleChanged,
    ContractCorrected,
    ContractCorrectionAbandoned,
    ContractCorrectionOpened,
    ContractCorrectionRequested,
    ContractPresentationChanged,
    LegalEntityChanged,
)
from shared.kernel.errors import BillingError, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from tests.invoicing.radio import FEBRUARY, JANUARY, Radio, february, january

NO_MONEY = ["0.00", "0.00", "0.00", "0.00"]


@pytest_asyncio.fixture(loop_scope="session")
async def approved(radio: Radio) -> Radio:
    """Step 1 of EX-CT-17 without the payments: all aired, January and February approved at 15 % agency commission."""
    world = radio.world
    await radio.record(
        LegalEntityChanged(
            id=world.legal_entity_id, code="NORD", name="Nord Media AB", version=2, currency="EUR", country="SE",
            vat_percent=Decimal(25), number_prefix="N", credit_series=True,
        )
    )  # fmt: skip
    radio.terms = {"agency_commission_percent": Decimal(15)}
    await radio.tell()
    await radio.reconcile(january(12), february(15))
    assert [await radio.issue(), await radio.issue()] == ["N2026-00001", "N2026-00002"]
    return radio


async def pay(radio: Radio, amount: str, invoice_no: str | None = None) -> UUID:
    """Record a payment, and apply all of it when an invoice is named."""
    values = {
        "legal_entity_id": radio.world.legal_entity_id, "client_id": radio.client_id, "currency": "EUR",
        "amount": Decimal(amount), "received_on": date(2026, 3, 1), "reference": "",
    }  # fmt: skip
    async with radio.world.database.transaction(radio.world.context) as session:
        payment_id = await record_payment(session, values)
    if invoice_no:
        await apply(radio, payment_id, invoice_no, amount)
    return payment_id


async def apply(radio: Radio, payment_id: UUID, invoice: str | UUID, amount: str) -> None:
    invoice_id = await radio.id_of(invoice) if isinstance(invoice, str) else invoice
    async with radio.world.database.transaction(radio.world.context) as session:
        await apply_payment(session, payment_id, invoice_id, Decimal(amount))


async def applications(radio: Radio, payment_id: UUID) -> list[tuple[str, str, str]]:
    """State, amount and invoice state of each application of a payment."""
    rows = await radio.world.rows(
        "SELECT a.state, a.amount, i.state AS invoice FROM payment_application a JOIN invoice i ON i.id = a.invoice_id "
        "WHERE a.payment_id = $1 ORDER BY a.id",
        payment_id,
    )
    return [(row["state"], f"{Decimal(row['amount']).scaleb(-2)}", row["invoice"]) for row in rows]


async def balance(radio: Radio) -> list[str]:
    """Invoiced, received, unapplied and balance of the client."""
    async with radio.world.database.transaction(radio.world.context, read_only=True) as session:
        found = await payments.balances(session, radio.client_id)
    names = ("invoiced", "received", "unapplied", "balance")
    return [f"{Decimal(found[0][f'{name}_amount']).scaleb(-2)}" for name in names] if found else NO_MONEY


async def ask(radio: Radio) -> UUID:
    """Tell that somebody wants to correct the contract."""
    correction_id = new_id()
    await radio.tell(ContractCorrectionRequested, correction="requested", correction_id=correction_id)
    return correction_id


async def money_of_open(radio: Radio) -> list[tuple[Any, ...]]:
    rows = await radio.world.rows(
        "SELECT line_count, gross_amount, net_amount FROM invoice WHERE state = 'pending' ORDER BY period_from"
    )
    return [tuple(row.values()) for row in rows]


async def owed(radio: Radio) -> dict[str, int]:
    rows = await radio.world.rows("SELECT invoice_no, total_amount - paid_amount FROM invoice WHERE paid_amount > 0")
    return dict(tuple(row.values()) for row in rows)


async def refused(code: str, action: Any) -> None:
    with pytest.raises(BillingError) as refusal:
        await action
    assert refusal.value.code == code


@pytest.mark.rule("CT-LIF-14", "CT-LIF-16", "CT-LIF-19", "CT-LIF-21", "CT-LIF-22", "CT-LIF-23", "CT-CYC-19")
async def test_calendar_to_broadcast_as_in_ex_ct_17(approved: Radio) -> None:
    radio = approved
    # 1. Two invoices, two payments.
    assert [one["net_amount"] for _, one in await radio.told() if one["state"] == "issued"] == ["1542.75", "1028.50"]
    first, second = await pay(radio, "1542.75", "N2026-00001"), await pay(radio, "500.00", "N2026-00002")
    assert await balance(radio) == ["2571.25", "2042.75", "0.00", "528.50"]
    # 2. Correction is refused while invoices stand.
    await ask(radio)
    ((what, hold),) = await radio.told("invoicing.correction_hold.")
    assert (what, [one["invoice_no"] for one in hold["invoices"]]) == ("refused", ["N2026-00001", "N2026-00002"])
    # 3. Both reversed: applications are parked on the pending invoices, their money is unapplied.
    assert [await radio.reverse(f"N2026-0000{no}") for no in (1, 2)] == ["NC2026-00001", "NC2026-00002"]
    notes = [one for _, one in await radio.told() if one["reverses_id"]]
    assert [(one["net_amount"], one["reverses_no"], one["reason"]) for one in notes] == [
        ("-1542.75", "N2026-00001", "to correct"),
        ("-1028.50", "N2026-00002", "to correct"),
    ]
    assert [one[:1] + one[4:] for one in await radio.invoices()] == [("pending", 33, 181500), ("pending", 22, 121000)]
    assert await applications(radio, first) == [("parked", "1542.75", "pending")]
    assert await balance(radio) == ["0.00", "2042.75", "2042.75", "-2042.75"]
    correction = await ask(radio)
    assert [what for what, _ in await radio.told("invoicing.correction_hold.")] == ["refused", "placed"]
    await radio.tell(ContractCorrectionOpened, correction="open", correction_id=correction)
    await refused("correction_open", radio.issue())
    # 4. The cycle changes: the pending invoices go, the money is free, new ones stand in the new periods.
    await radio.tell(ContractBillingCycleChanged, billing_cycle="broadcast")
    assert await radio.invoices() == [
        ("pending", "normal", date(2025, 12, 29), january(25), 22, 121000),
        ("pending", "normal", january(26), february(22), 33, 181500),
    ]
    assert await money_of_open(radio) == [(22, 121000, 102850), (33, 181500, 154275)]
    assert await applications(radio, first) == [("unapplied", "1542.75", "removed")]
    assert await applications(radio, second) == [("unapplied", "500.00", "removed")]
    gone = [one for what, one in await radio.told() if what == "removed"]
    assert [(one["period_from"], one["reason"]) for one in gone] == [
        ("2026-01-01", "billing_cycle_changed"),
        ("2026-02-01", "billing_cycle_changed"),
    ]
    # 5. Approved again under new numbers; nothing is applied by itself.
    assert [await radio.issue(), await radio.issue()] == ["N2026-00003", "N2026-00004"]
    assert await balance(radio) == ["2571.25", "2042.75", "2042.75", "528.50"]
    await apply(radio, first, "N2026-00004", "1542.75")
    await apply(radio, second, "N2026-00003", "500.00")
    assert await balance(radio) == ["2571.25", "2042.75", "0.00", "528.50"]
    assert await owed(radio) == {"N2026-00003": 52850, "N2026-00004": 0}
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-LIF-16", "CT-LIF-20", "CT-CMN-07")
async def test_only_the_agency_commission_is_corrected_as_in_the_variant_of_ex_ct_17(approved: Radio) -> None:
    radio = approved
    first, second = await pay(radio, "1542.75", "N2026-00001"), await pay(radio, "500.00", "N2026-00002")
    for no in (1, 2):
        await radio.reverse(f"N2026-0000{no}")
    correction = await ask(radio)
    await radio.tell(ContractCorrectionOpened, correction="open", correction_id=correction)
    await radio.tell(ContractCorrected, agency_commission_percent=Decimal(10))
    assert await money_of_open(radio) == [(33, 181500, 163350), (22, 121000, 108900)]
    assert [await radio.issue(), await radio.issue()] == ["N2026-00003", "N2026-00004"]
    assert await applications(radio, first) == [("applied", "1542.75", "issued")]
    assert await applications(radio, second) == [("applied", "500.00", "issued")]
    assert await owed(radio) == {"N2026-00003": 9075, "N2026-00004": 58900}
    assert (await balance(radio))[3] == "679.75"
    told = [(what, one["unapplied_amount"]) for what, one in await radio.told("invoicing.payment.")]
    assert told == [
        ("applied", "0.00"), ("applied", "0.00"), ("unapplied", "1542.75"), ("unapplied", "500.00"),
        ("applied", "0.00"), ("applied", "0.00"),
    ]  # fmt: skip
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-LIF-16", "CT-LIF-20")
async def test_a_rate_that_is_corrected_reprices_what_is_not_invoiced_and_parked_money_fills_what_is_due(
    approved: Radio,
) -> None:
    radio = approved
    first = await pay(radio, "1542.75", "N2026-00001")
    for no in (1, 2):
        await radio.reverse(f"N2026-0000{no}")
    radio.line_changes = {"rate_amount": Decimal("20.00"), "total_amount": Decimal("1100.00")}
    await radio.tell(ContractCorrected, agency_commission_percent=Decimal(0))
    assert await money_of_open(radio) == [(33, 66000, 66000), (22, 44000, 44000)]
    await radio.issue()
    assert await applications(radio, first) == [("applied", "660.00", "issued")]
    assert (await balance(radio))[2] == "882.75"
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-LIF-17")
async def test_news_of_a_unit_that_was_late_does_not_bring_its_old_rate_back(radio: Radio) -> None:
    await radio.tell()
    radio.line_changes = {"rate_amount": Decimal("20.00"), "total_amount": Decimal("1100.00")}
    await radio.tell(ContractCorrected)
    await radio.reconcile(january(12), january(31))
    assert (await radio.invoices())[0] == ("pending", "normal", *JANUARY, 33, 66000)


@pytest.mark.rule("CT-LIF-14", "CT-LIF-19")
async def test_a_hold_ends_with_its_correction_and_logs_go_on_meanwhile(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), january(30))
    correction = await ask(radio)
    await radio.reconcile(january(31), february(3))
    assert (await radio.invoices())[0] == ("pending", "normal", *JANUARY, 33, 181500)
    await refused("correction_open", radio.issue())
    # Told once more, the wish is not answered once more.
    radio.version -= 1
    await radio.tell(ContractCorrectionRequested, correction="requested", correction_id=correction)
    assert len(await radio.told("invoicing.correction_hold.")) == 1
    await radio.tell(ContractCorrectionAbandoned)
    assert await radio.issue() == "N2026-00001"


@pytest.mark.rule("CT-LIF-24")
async def test_into_and_out_of_none(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), january(31))
    await radio.tell(ContractBillingCycleChanged, billing_cycle="none")
    assert await radio.invoices() == []
    await radio.tell(ContractBillingCycleChanged, billing_cycle="calendar")
    assert await radio.invoices() == [
        ("pending", "normal", *JANUARY, 33, 181500),
        ("gathering", "normal", *FEBRUARY, 0, 0),
    ]


@pytest.mark.rule("CT-LIF-21")
async def test_the_same_cycle_once_more_changes_nothing(radio: Radio) -> None:
    await radio.tell()
    before = await radio.world.rows("SELECT id, version FROM invoice ORDER BY id")
    await radio.tell(ContractBillingCycleChanged)
    await radio.tell(ContractPresentationChanged)
    assert await radio.world.rows("SELECT id, version FROM invoice ORDER BY id") == before


@pytest.mark.rule("CT-LIF-16", "CT-LIF-15")
async def test_what_cannot_be_reversed(approved: Radio) -> None:
    (pending,) = await approved.world.rows("SELECT id FROM invoice WHERE invoice_no = 'N2026-00001'")
    await approved.reverse("N2026-00001")
    await refused("already_reversed", approved.reverse("N2026-00001"))
    await refused("is_reversal", approved.reverse("NC2026-00001"))
    assert pending


@pytest.mark.rule("CT-LIF-23", "CT-CYC-09")
async def test_money_is_refused_where_nothing_is_due(radio: Radio) -> None:
    radio.terms = {"billing_cycle": "begin_of_schedule"}
    await radio.tell()
    await radio.reconcile(january(12), february(15))
    (waiting, *_) = await radio.world.rows("SELECT id FROM invoice WHERE state = 'pending' ORDER BY period_from")
    payment = await pay(radio, "3025.00")
    await refused("invoice_not_approved", apply(radio, payment, waiting["id"], "1.00"))
    await radio.issue()
    await refused("nothing_due", apply(radio, payment, waiting["id"], "1.00"))
    await refused("exceeds_invoice", apply(radio, payment, "N2026-00001", "3025.01"))
    await refused("unknown_reference", apply(radio, payment, new_id(), "1.00"))
    await refused("invalid_value", apply(radio, payment, "N2026-00001", "0.00"))
    small = await pay(radio, "10.00", "N2026-00001")
    await refused("exceeds_payment", apply(radio, small, "N2026-00001", "0.01"))
    stranger = Radio(radio.world, await radio.world.client("ELM"))
    await refused("other_account", apply(stranger, await pay(stranger, "5.00"), "N2026-00001", "5.00"))
    await apply(radio, payment, "N2026-00001", "3015.00")
    await refused("nothing_due", apply(radio, payment, "N2026-00001", "0.01"))
    # Paid ahead in full: a pre-payment, as the upfront invoice is meant to take.
    what, paid = (await radio.told())[-1]
    assert (what, paid["paid_amount"], paid["paid_on"], len(paid["lines"])) == ("paid", "3025.00", "2026-03-01", 1)
    assert await radio.world.broken() == {}


@pytest.mark.rule("CT-LIF-23")
async def test_a_person_takes_money_off_an_invoice(approved: Radio) -> None:
    payment = await pay(approved, "1542.75", "N2026-00001")
    (application,) = await approved.world.rows("SELECT id FROM payment_application")

    async def take_off(version: int) -> None:
        async with approved.world.database.transaction(approved.world.context) as session:
            await unapply_payment(session, payment, application["id"], version=version)

    with pytest.raises(StaleVersion):
        await take_off(1)
    await take_off(2)
    assert (await balance(approved))[2] == "1542.75"
    await refused("state", take_off(3))
    assert [what for what, _ in await approved.told() if what == "paid"] == ["paid", "paid"]
    assert (await approved.told())[-1][1]["paid_on"] is None
    assert await approved.world.broken() == {}


@pytest.mark.rule("CT-LIF-22")
async def test_an_end_of_schedule_invoice_that_grew_keeps_the_money_parked_on_it(radio: Radio) -> None:
    radio.terms = {"billing_cycle": "end_of_schedule"}
    await radio.tell()
    await radio.reconcile(january(12), february(15))
    await radio.issue()
    payment = await pay(radio, "3025.00", "N2026-00001")
    await radio.reverse("N2026-00001")
    await radio.makegood(radio.spot(february(14), 0, version=2, state="missed"), february(18))
    assert await applications(radio, payment) == [("parked", "3025.00", "pending")]
    await radio.issue()
    assert await applications(radio, payment) == [("applied", "3025.00", "issued")]


@pytest.mark.rule("CT-LIF-20")
async def test_newest_word_counts_in_whatever_order_it_comes(radio: Radio) -> None:
    await radio.tell()
    await radio.reconcile(january(12), january(31))
    radio.version = 4
    await radio.tell(ContractCorrected, agency_commission_percent=Decimal(10))
    radio.version = 2
    await radio.tell(ContractApproved, agency_commission_percent=Decimal(50))
    assert (await money_of_open(radio))[0] == (33, 181500, 163350)


@pytest.mark.rule("CT-LIF-14")
async def test_none_slips_in_between_question_and_hold(radio: Radio) -> None:
    """Approving and asking at once: either the hold names the invoice, or the approval is refused."""
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    done = await asyncio.gather(radio.issue(now=datetime(2026, 2, 3, tzinfo=UTC)), ask(radio), return_exceptions=True)
    ((what, _),) = await radio.told("invoicing.correction_hold.")
    if isinstance(done[0], NotAllowedNow):
        assert (done[0].code, what) == ("correction_open", "placed")
    else:
        assert (done[0], what) == ("N2026-00001", "refused")
