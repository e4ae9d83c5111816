"""Media invoices on PostgreSQL: registered, changed, saved, refused, raced for."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.reconciliation.application import register_invoice as registering
from services.reconciliation.application.register_invoice import Keyed
from shared.events.contracts import InsertionCancelled, InsertionChanged
from shared.kernel.errors import BillingError, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from tests.reconciliation.words import amount, cents, october
from tests.reconciliation.world import World

DAYS_30 = timedelta(days=30)


@pytest.mark.rule("MA-MIN-12", "MA-GEN-04", "MA-GEN-06", "MA-MIN-10", "MA-MIN-06")
async def test_a_saved_invoice_posts_books_and_tells_as_in_ex_17(world: World) -> None:
    first, second = world.insertion("12 000.00", "1 800.00"), world.insertion("8 000.00", "1 200.00", day=13)
    await world.bill((first, "12 000.00", "10 200.00"), (second, "8 000.00", "6 800.00"))
    written = {"net_amount": amount("12 150.00")}
    invoice_id = await world.saved(
        world.header("17 128.00", "4 282.00"), Keyed(first.id, written=written), Keyed(second.id, marked=True)
    )
    assert await world.postings(invoice_id) == [
        ("media_deduction", cents("10 327.50")),
        ("media_deduction", cents("6 800.00")),
        ("rounding", cents("0.50")),
        ("input_vat", cents("4 282.00")),
        ("accounts_payable", cents("-21 410.00")),
    ]
    assert await world.discrepancy(first) == (cents("-150.00"), cents("-127.50"))
    assert await world.discrepancy(second) == (0, 0)
    (stored,) = await world.rows("SELECT * FROM media_invoice")
    assert (stored["state"], stored["voucher_no"], stored["due_on"]) == ("saved", "NP2026-00001", october(30) + DAYS_30)
    assert (stored["supplier_id"], stored["legal_entity_id"]) == (world.supplier_id, world.legal_entity_id)
    (told,) = await world.told_of("reconciliation.media_invoice.saved.v1")
    assert (told["voucher_no"], told["total_amount"], told["line_count"]) == ("NP2026-00001", "21410.00", 2)
    assert [line["net_net_amount"] for line in told["lines"]] == ["10327.50", "6800.00"]
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-23", "MA-GEN-10", "MA-REC-01")
async def test_an_invoice_that_agrees_in_its_own_currency_leaves_no_discrepancy_as_in_ex_18(world: World) -> None:
    rate = Decimal("11.20")
    insertion = world.insertion("5 000.00", "800.00", currency="EUR", exchange_rate=rate)
    await world.bill((insertion, "5 000.00", "4 200.00"), currency="EUR", exchange_rate=rate, deduction="47 040.00")
    header = world.header(
        "4 200.00", "0.00", currency="EUR", exchange_rate=Decimal("11.345"), total_amount=amount("4 200.00")
    )
    invoice_id = await world.saved(header, Keyed(insertion.id, marked=True))
    assert await world.postings(invoice_id) == [
        ("media_deduction", cents("47 040.00")),
        ("exchange_difference", cents("609.00")),
        ("accounts_payable", cents("-47 649.00")),
    ]
    assert await world.discrepancy(insertion) == (0, 0)
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-23", "MA-REC-01")
async def test_a_foreign_discrepancy_is_kept_at_the_order_rate(world: World) -> None:
    rate = Decimal("11.20")
    insertion = world.insertion("5 000.00", "800.00", currency="EUR", exchange_rate=rate)
    await world.bill((insertion, "5 000.00", "4 200.00"), currency="EUR", exchange_rate=rate, deduction="47 040.00")
    written = {"net_net_amount": amount("4 300.00")}
    header = world.header("4 300.00", "0.00", currency="EUR", exchange_rate=Decimal("11.00"))
    await world.saved(header, Keyed(insertion.id, written=written))
    assert await world.discrepancy(insertion) == (0, cents("-1 120.00"))
    (row,) = await world.rows("SELECT currency, billed_amount FROM discrepancy")
    assert (row["currency"], row["billed_amount"]) == ("SEK", cents("4 300.00"))
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-03")
async def test_without_a_link_the_supplier_must_be_named(world: World) -> None:
    insertion = world.insertion(supplier_id=None)
    await world.tell(insertion)
    invoice_id = await world.register(world.header("17 000.00", "0.00"), Keyed(insertion.id, marked=True))
    await refused(world, invoice_id, "supplier_required")


@pytest.mark.rule("MA-MIN-03")
async def test_a_blocked_supplier_is_refused(world: World) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    await world.hear(world.supplier(version=2, blocked=True))
    invoice_id = await world.register(world.header("17 000.00", "0.00"), Keyed(insertion.id, marked=True))
    await refused(world, invoice_id, "supplier_blocked")


@pytest.mark.rule("MA-MIN-05", "MA-MIN-09", "MA-MIN-10", "MA-MIN-11", "MA-MIN-12", "MA-GEN-10")
@pytest.mark.parametrize(
    ("changes", "marked", "code"),
    [
        ({"invoice_no": ""}, True, "invoice_number_required"),
        ({"invoice_on": None}, True, "invoice_date_required"),
        ({"accounting_on": None}, True, "accounting_date_required"),
        ({}, False, "nothing_marked"),
        ({"amount": amount("17 001.01")}, True, "amount_mismatch"),
        ({"total_amount": amount("17 000.01")}, True, "total_mismatch"),
        ({"exchange_rate": Decimal("1.1")}, True, "rate_missing"),
    ],
)
async def test_an_incomplete_or_wrong_registration_stays_pending(
    world: World, changes: dict[str, Any], marked: bool, code: str
) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    header = world.header("17 000.00", "0.00", **changes)
    invoice_id = await world.register(header, Keyed(insertion.id, marked=marked))
    await refused(world, invoice_id, code)


@pytest.mark.rule("MA-GEN-10", "MA-MIN-23")
async def test_a_foreign_invoice_needs_its_rate(world: World) -> None:
    insertion = world.insertion(currency="EUR", exchange_rate=Decimal("11.20"))
    await world.tell(insertion)
    header = world.header("17 000.00", "0.00", currency="EUR")
    invoice_id = await world.register(header, Keyed(insertion.id, marked=True))
    await refused(world, invoice_id, "rate_missing")


@pytest.mark.rule("MA-MIN-04")
async def test_one_currency_per_media_invoice(world: World) -> None:
    krona, euro = world.insertion(), world.insertion(currency="EUR", exchange_rate=Decimal("11.20"), order_no=502)
    await world.tell(krona, euro)
    with pytest.raises(Invalid) as mixed:
        await world.register(world.header("0.00", "0.00"), Keyed(krona.id), Keyed(euro.id))
    assert mixed.value.code == "mixed_currency"
    invoice_id = await world.register(world.header("0.00", "0.00"), Keyed(krona.id))
    async with world.database.transaction(world.context) as session:
        with pytest.raises(Invalid) as inserted:
            await registering.insert_order(session, invoice_id, 1, order_no=502, insertion_on=october(12))
    assert inserted.value.code == "mixed_currency"
    async with world.database.transaction(world.context) as session:
        with pytest.raises(Invalid) as changed:
            await registering.change_header(session, invoice_id, 1, {"currency": "EUR"})
    assert changed.value.code == "mixed_currency"


@pytest.mark.rule("MA-MIN-12")
async def test_one_legal_entity_per_media_invoice(world: World) -> None:
    other = world.entity(id=new_id(), code="SYD")
    await world.hear(other)
    ours, theirs = world.insertion(), world.insertion(legal_entity_id=other.id)
    await world.tell(ours, theirs)
    header = world.header("34 000.00", "0.00")
    invoice_id = await world.register(header, Keyed(ours.id, marked=True), Keyed(theirs.id, marked=True))
    await refused(world, invoice_id, "mixed_legal_entity")


@pytest.mark.rule("MA-MIN-05")
async def test_a_suppliers_number_is_saved_once_and_the_refusal_names_the_voucher(world: World) -> None:
    first, second = world.insertion(), world.insertion(day=13)
    await world.tell(first, second)
    await world.saved(world.header("17 000.00", "4 250.00"), Keyed(first.id, marked=True))
    again = await world.register(world.header("17 000.00", "4 250.00"), Keyed(second.id, marked=True))
    with pytest.raises(NotAllowedNow) as refusal:
        await world.save(again)
    assert (refusal.value.code, "NP2026-00001" in refusal.value.message) == ("duplicate_invoice", True)
    async with world.database.transaction(world.context) as session:
        await registering.change_header(session, again, 1, {"supplier_id": (await another_supplier(world))})
    await world.save(again, 2)
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-12")
async def test_number_and_date_may_be_given_only_when_saving(world: World) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    header = world.header("17 000.00", "4 250.00", invoice_no="", accounting_on=None)
    invoice_id = await world.register(header, Keyed(insertion.id, marked=True))
    await world.save(invoice_id, invoice_no="AP-77", accounting_on=october(30))
    (stored,) = await world.rows("SELECT invoice_no, accounting_on FROM media_invoice")
    assert (stored["invoice_no"], stored["accounting_on"]) == ("AP-77", october(30))


@pytest.mark.rule("MA-MIN-09")
async def test_unmarked_insertions_do_not_go_into_the_invoice(world: World) -> None:
    first, second = world.insertion(), world.insertion(day=13)
    await world.tell(first, second)
    await world.saved(world.header("17 000.00", "4 250.00"), Keyed(first.id, marked=True), Keyed(second.id))
    (told,) = await world.told_of("reconciliation.media_invoice.saved.v1")
    assert [line["insertion_id"] for line in told["lines"]] == [str(first.id)]
    assert await world.rows("SELECT 1 FROM discrepancy WHERE insertion_id = $1", second.id) == []
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-18")
@pytest.mark.parametrize("how", ["cheaper", "cancelled"])
async def test_an_insertion_that_changed_since_it_was_keyed_is_looked_at_again(world: World, how: str) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    invoice_id = await world.register(world.header("17 000.00", "4 250.00"), Keyed(insertion.id, marked=True))
    if how == "cheaper":
        changes = {"net_net_amount": amount("16 000"), "commission_amount": amount("4 000")}
        share = insertion.shares[0].model_copy(update=changes)
        await world.hear(InsertionChanged(items=[insertion.model_copy(update={"version": 2, "shares": [share]})]))
    else:
        gone = insertion.model_copy(update={"version": 2, "status": "cancelled"})
        await world.hear(InsertionCancelled(items=[gone]))
    with pytest.raises(NotAllowedNow) as refusal:
        await world.save(invoice_id)
    assert refusal.value.code == "insertion_changed"
    assert [fault.entity_id for fault in refusal.value.faults] == [str(insertion.id)]
    if how == "cheaper":
        (line,) = await world.rows("SELECT id FROM media_invoice_line")
        async with world.database.transaction(world.context) as session:
            await registering.change_line(session, invoice_id, 1, line["id"], written={}, marked=True)
        await world.save(invoice_id, 2)
        assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-19")
async def test_of_two_who_save_one_pending_invoice_the_second_is_told_so(world: World) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    invoice_id = await world.register(world.header("17 000.00", "4 250.00"), Keyed(insertion.id, marked=True))
    ended = await asyncio.gather(*(world.save(invoice_id) for _ in range(5)), return_exceptions=True)
    refusals = [one for one in ended if one is not None]
    assert len(refusals) == 4
    assert {one.code for one in refusals if isinstance(one, NotAllowedNow)} == {"already_saved"}
    assert await world.rows("SELECT count(*) AS n FROM voucher") == [{"n": 1}]
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-05")
async def test_of_two_who_save_one_number_at_once_one_is_refused(world: World) -> None:
    insertions = [world.insertion(day=day) for day in range(1, 6)]
    await world.tell(*insertions)
    ids = [
        await world.register(world.header("17 000.00", "4 250.00"), Keyed(one.id, marked=True)) for one in insertions
    ]
    ended = await asyncio.gather(*(world.save(one) for one in ids), return_exceptions=True)
    assert sorted(one.code for one in ended if isinstance(one, BillingError)) == ["duplicate_invoice"] * 4
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-20", "MA-GEN-04")
async def test_many_invoices_on_one_insertion_at_once_add_up(world: World) -> None:
    insertion = world.insertion()
    await world.bill((insertion, "20 000.00", "17 000.00"))
    ids = [
        await world.register(
            world.header("1 700.00", "425.00", invoice_no=f"AP-{number}"),
            Keyed(insertion.id, written={"net_net_amount": amount("1 700.00")}),
        )
        for number in range(12)
    ]
    await asyncio.gather(*(world.save(one) for one in ids))
    (row,) = await world.rows("SELECT billed_amount, version, discrepancy_net_net_amount FROM discrepancy")
    assert (row["billed_amount"], row["version"]) == (cents("20 400.00"), 13)
    assert row["discrepancy_net_net_amount"] == cents("-3 400.00")
    numbers = await world.rows("SELECT no FROM voucher ORDER BY no")
    assert [one["no"] for one in numbers] == list(range(1, 13))
    assert await world.broken() == {}


@pytest.mark.rule("MA-MIN-16")
async def test_an_order_is_inserted_by_number_and_date(world: World) -> None:
    listed, other = world.insertion(), world.insertion(order_no=502, day=14)
    await world.tell(listed, other)
    invoice_id = await world.register(world.header("0.00", "0.00"), Keyed(listed.id))
    async with world.database.transaction(world.context) as session:
        await registering.insert_order(session, invoice_id, 1, order_no=502, insertion_on=october(14))
    lines = await world.rows("SELECT insertion_id, marked FROM media_invoice_line ORDER BY line_no")
    assert [(line["insertion_id"], line["marked"]) for line in lines] == [(listed.id, False), (other.id, False)]
    for order_no, day, kind, code in (
        (502, 14, NotAllowedNow, "already_listed"),
        (502, 15, NotFound, "insertion_not_found"),
        (503, 14, NotFound, "insertion_not_found"),
    ):
        async with world.database.transaction(world.context) as session:
            with pytest.raises(kind) as refusal:
                await registering.insert_order(session, invoice_id, 2, order_no=order_no, insertion_on=october(day))
        assert refusal.value.code == code


@pytest.mark.rule("MA-MIN-06", "MA-MIN-08")
async def test_writing_an_amount_marks_the_line_and_unmarking_stays_possible(world: World) -> None:
    insertion = world.insertion("12 000.00", "1 800.00")
    await world.tell(insertion)
    invoice_id = await world.register(world.header("0.00", "0.00"), Keyed(insertion.id))
    (line,) = await world.rows("SELECT id FROM media_invoice_line")

    async def change(version: int, marked: bool | None = None, **written: str) -> tuple[Any, ...]:
        amounts = {name: amount(value) for name, value in written.items()}
        async with world.database.transaction(world.context) as session:
            await registering.change_line(session, invoice_id, version, line["id"], written=amounts, marked=marked)
        (stored,) = await world.rows(
            "SELECT marked, net_amount, commission_amount, other_amount, net_net_amount FROM media_invoice_line"
        )
        return tuple(stored.values())

    assert await change(1, net_amount="12 150.00") == (True, *map(cents, ("12 150.00", "1 822.50", "0", "10 327.50")))
    assert await change(2, commission_amount="1 800.00") == (
        True,
        *map(cents, ("12 150.00", "1 800.00", "0", "10 350.00")),
    )
    assert await change(3, net_net_amount="10 300.00") == (
        True,
        *map(cents, ("12 150.00", "1 800.00", "-50.00", "10 300.00")),
    )
    assert (await change(4, marked=False))[0] is False
    with pytest.raises(StaleVersion):
        await change(4, marked=True)


@pytest.mark.rule("MA-MIN-13", "MA-MIN-19", "MA-MIN-18")
async def test_a_pending_invoice_posts_nothing_and_leaves_only_a_trace_in_the_audit(world: World) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    invoice_id = await world.register(world.header("17 000.00", "4 250.00"), Keyed(insertion.id, marked=True))
    assert await world.rows("SELECT 1 FROM deduction_entry") == []
    async with world.database.transaction(world.context) as session:
        await registering.discard_invoice(session, invoice_id, 1)
    assert await world.rows("SELECT 1 FROM media_invoice UNION ALL SELECT 1 FROM media_invoice_line") == []
    audits = await world.rows("SELECT action FROM audit WHERE entity_id = $1", invoice_id)
    assert [row["action"] for row in audits] == ["media_invoice.discarded"]


@pytest.mark.rule("MA-MIN-11")
async def test_a_credit_media_invoice_is_negative_throughout(world: World) -> None:
    insertion = world.insertion()
    await world.bill((insertion, "20 000.00", "17 000.00"))
    await world.saved(world.header("17 000.00", "4 250.00"), Keyed(insertion.id, marked=True))
    written = {"net_amount": amount("-20 000.00")}
    credit = await world.saved(
        world.header("-17 000.00", "-4 250.00", invoice_no="AP-2"), Keyed(insertion.id, written=written)
    )
    assert await world.postings(credit) == [
        ("media_deduction", cents("-17 000.00")),
        ("input_vat", cents("-4 250.00")),
        ("accounts_payable", cents("21 250.00")),
    ]
    assert await world.discrepancy(insertion) == (cents("20 000.00"), cents("17 000.00"))
    assert await world.broken() == {}


async def refused(world: World, invoice_id: Any, code: str) -> None:
    """Saving is refused, and nothing has happened."""
    with pytest.raises(BillingError) as refusal:
        await world.save(invoice_id)
    assert refusal.value.code == code
    assert await world.rows("SELECT state, version FROM media_invoice WHERE id = $1", invoice_id) == [
        {"state": "pending", "version": 1}
    ]
    assert await world.rows("SELECT 1 FROM voucher UNION ALL SELECT 1 FROM deduction_entry") == []
    assert await world.told_of("reconciliation.media_invoice.saved.v1") == []


async def another_supplier(world: World) -> Any:
    """A second creditor."""
    other = world.supplier(id=new_id(), code="SKYLT")
    await world.hear(other)
    return other.id
