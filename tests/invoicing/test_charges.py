"""Invoice fee, VAT on commission, cash discount, and fees on an invoice of their own, from the run to the paper."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.hear_registers import keep_records
from services.invoicing.domain.charges import Charges, invoice_fee, media_totals
from services.invoicing.domain.criteria import SignChoice, Switches
from shared.events.contracts import AgreementChanged, InsertionState
from shared.kernel.ids import new_id
from shared.kernel.money import percent_of
from tests.invoicing.builders import item
from tests.invoicing.door import door
from tests.invoicing.results import in_print, papers, posted, totals
from tests.invoicing.world import RUN_DAY, World
from tests.words import cents


def insertion(world: World, client: UUID, **amounts: str) -> InsertionState:
    """The first insertion of EX-09: net 20 000.00, client net 18 000.00, fee 600.00, capital cost 90.00."""
    told = {
        "gross_amount": "20000.00", "net_amount": "20000.00", "net_net_amount": "17000.00",
        "client_net_amount": "18000.00", "fee_amount": "600.00", "capital_cost_amount": "90.00",
    } | amounts  # fmt: skip
    exact = {name: Decimal(value) for name, value in told.items()}
    price = exact["client_net_amount"] + exact["fee_amount"] + exact["capital_cost_amount"]
    share = world.insertion(client).shares[0].model_copy(update={**exact, "price_amount": price})
    return world.insertion(client, shares=[share])


async def state(world: World, **stated: Any) -> None:
    """Tell of the legal entity's parameters."""
    async with world.database.transaction(world.context) as session:
        await world.parameters(session, **stated)


# --- invoice fee -------------------------------------------------------------------------------------------------


@pytest.mark.rule("MA-REG-21")
@pytest.mark.parametrize(
    ("prices", "on_zero", "expected"),
    [
        (["100.00"], False, [("media", "125.00", "31.25", "156.25")]),
        (["100.00", "-30.00"], False, [("media", "95.00", "23.75", "118.75")]),
        (["0.00"], False, [("media", "0.00", "0.00", "0.00")]),
        (["0.00"], True, [("media", "25.00", "6.25", "31.25")]),
        (["-100.00"], True, [("media", "-100.00", "-25.00", "-125.00")]),
    ],
)
async def test_the_invoice_fee_is_charged_taxed_posted_and_printed(
    world: World, prices: list[str], on_zero: bool, expected: list[tuple[str, ...]]
) -> None:
    await state(world, invoice_fee_amount=Decimal(25), invoice_fee_on_zero=on_zero)
    client = await world.client()
    await world.tell(*(world.insertion(client, price) for price in prices))
    preview = await world.run("test")
    (shown,) = await world.rows("SELECT net_amount, invoice_fee_amount FROM invoice_run_preview")
    await world.run("live", digest=preview["digest"])
    assert await totals(world) == expected
    has_fee = sum(map(Decimal, prices)) != Decimal(expected[0][1])
    assert (shown["net_amount"], shown["invoice_fee_amount"]) == (cents(expected[0][1]), 2500 if has_fee else 0)
    books = await posted(world)
    assert books.get("invoice_fee_revenue") == ("-25.00" if has_fee else None)
    (words,) = await papers(world)
    assert (f"Invoice fee {in_print('25.00')}" in words) == has_fee
    (told,) = await world.rows(
        "SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key LIKE '%invoice.issued%'"
    )
    assert told["data"]["invoice_fee_amount"] == ("25.00" if has_fee else "0.00")
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-21", "MA-INV-21")
async def test_the_invoice_fee_lifts_no_invoice_over_the_minimum(world: World) -> None:
    await state(world, invoice_fee_amount=Decimal(25))
    client = await world.client(minimum_amount=Decimal(100))
    await world.tell(world.insertion(client, "99.00"))
    assert (await world.run())["invoice_count"] == 0
    assert [row["reason"] for row in await world.rows("SELECT reason FROM invoice_run_left_out")] == ["below_minimum"]


@pytest.mark.rule("MA-REG-21", "MA-GEN-10")
async def test_the_invoice_fee_is_stated_in_base_currency_and_charged_in_the_invoices(world: World) -> None:
    await state(world, invoice_fee_amount=Decimal(25))
    client = await world.client()
    await world.tell(world.insertion(client, "1000.00", currency="SEK", exchange_rate=Decimal("0.08")))
    await world.run()
    assert await totals(world) == [("media", "1312.50", "328.13", "1640.63")]
    assert (await posted(world))["invoice_fee_revenue"] == "-25.00"
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-21", "MA-CRD-01")
async def test_a_reversal_gives_the_invoice_fee_back(world: World) -> None:
    await state(world, invoice_fee_amount=Decimal(25))
    await world.tell(world.insertion(await world.client()))
    await world.run()
    (invoice,) = await world.rows("SELECT id FROM invoice")
    async with world.database.transaction(world.context) as session:
        await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=RUN_DAY)
    assert [one[1:] for one in await totals(world)] == [("125.00", "31.25", "156.25"), ("-125.00", "-31.25", "-156.25")]
    assert await posted(world) == {}
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-21")
def test_without_the_parameter_there_is_no_fee() -> None:
    assert invoice_fee(10000, Charges("EUR"), "EUR", Decimal(1)) == 0


# --- VAT on commission -------------------------------------------------------------------------------------------


@pytest.mark.rule("MA-REG-23")
@pytest.mark.parametrize(
    ("parameter", "client_percent", "vat"),
    [
        (False, "0", [("0", 18690_00, 0)]),
        # 2 000.00 of commission passed on is deducted, 600.00 of fee is charged: 25 % of -1 400.00.
        (True, "0", [("25", -1400_00, -350_00), ("0", 20090_00, 0)]),
        (True, "12", [("12", 18690_00, 2242_80)]),
    ],
)
async def test_a_client_without_vat_may_bear_it_on_commission_parts(
    world: World, parameter: bool, client_percent: str, vat: list[tuple[str, int, int]]
) -> None:
    await state(world, vat_on_commission_without_vat=parameter)
    client = await world.client(vat_percent=Decimal(client_percent))
    await world.tell(insertion(world, client))
    await world.run()
    (invoice,) = await world.rows("SELECT vat, net_amount, total_amount FROM invoice")
    found = [(rate["percent"], rate["base_amount"], rate["vat_amount"]) for rate in invoice["vat"]]
    assert found == vat
    assert invoice["net_amount"] == 18690_00
    assert invoice["total_amount"] == 18690_00 + sum(amount for _, _, amount in vat)
    books = await posted(world)
    assert cents(books.get("output_vat", "0.00")) == -sum(amount for _, _, amount in vat)
    if parameter and client_percent == "0":
        (words,) = await papers(world)
        assert f"VAT 25 % on commission {in_print('-1400.00')} {in_print('-350.00')}" in words
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-23")
def test_a_charged_commission_bears_vat_and_a_deducted_one_takes_it_back() -> None:
    charges = Charges("EUR", commission_vat_percent=Decimal(25))
    charged = item("100.00", fee_amount=1000, price_amount=11000)
    deducted = item("100.00", client_net_amount=9000, price_amount=9000)
    assert media_totals([charged], Decimal(0), charges).vat_amount == percent_of(1000, Decimal(25))
    assert media_totals([deducted], Decimal(0), charges).vat_amount == -percent_of(1000, Decimal(25))
    assert [rate.percent for rate in media_totals([item()], Decimal(0), charges).vat] == [0]


# --- cash discount -----------------------------------------------------------------------------------------------


@pytest.mark.rule("MA-REG-21")
@pytest.mark.parametrize(("with_vat", "amount"), [(True, "2.50"), (False, "2.00")])
async def test_a_cash_discount_is_of_the_total_with_or_without_vat(world: World, with_vat: bool, amount: str) -> None:
    await state(world, cash_discount_with_vat=with_vat)
    client = await world.client(cash_discount_percent=Decimal(2), cash_discount_days=10)
    await world.tell(world.insertion(client, "100.00"))
    await world.run()
    assert await totals(world) == [("media", "100.00", "25.00", "125.00")]
    (words,) = await papers(world)
    assert f"Paid by 10 Nov 2026: less 2 % cash discount, {amount} EUR." in words
    (invoice,) = await world.rows("SELECT id FROM invoice")
    async with door(world.database, world.context, "invoice:read") as api:
        view = (await api.get(f"/v1/invoices/{invoice['id']}")).json()
    assert view["cash_discount"] == {"percent": "2", "until_on": "2026-11-10", "amount": amount}


@pytest.mark.rule("MA-REG-21")
async def test_nothing_is_taken_off_a_credit_note_or_without_terms(world: World) -> None:
    with_terms = await world.client("ALFA", cash_discount_percent=Decimal(2), cash_discount_days=10)
    await world.tell(world.insertion(with_terms, "-100.00"), world.insertion(await world.client("BETA"), "100.00"))
    await world.run()
    assert [row["frozen"].get("cash_discount") for row in await world.rows("SELECT frozen FROM invoice")] == [None] * 2
    assert not any("cash discount" in words for words in await papers(world))


# --- fees on an invoice of their own -----------------------------------------------------------------------------


async def agreement(world: World, **terms: Any) -> UUID:
    """Tell of an agreement with fee terms."""
    told = AgreementChanged(id=new_id(), code="F", name="F", version=1, **terms)
    async with world.database.transaction(world.context) as session:
        await keep_records(session, [told])
    return told.id


@pytest.mark.rule("MA-REG-09")
async def test_fees_go_on_an_invoice_of_their_own_with_the_agreements_terms(world: World) -> None:
    await state(world, fee_on_own_invoice=True)
    of = await agreement(world, fee_payment_days=10, fee_from_month_end=True)
    client = await world.client(payment_days=30)
    timed = insertion(world, client).model_copy(update={"agreement_id": of})
    free = world.insertion(client, "10.00", agreement_id=of)
    await world.tell(timed, free)
    preview = await world.run("test")
    shown = await world.rows("SELECT kind, net_amount FROM invoice_run_preview ORDER BY position")
    assert [tuple(row.values()) for row in shown] == [("media", 18100_00), ("fee", 600_00)]
    done = await world.run("live", digest=preview["digest"])
    assert (done["invoice_count"], done["item_count"], done["total_amounts"]) == (2, 2, {"EUR": 23375_00})
    assert await totals(world) == [
        ("media", "18100.00", "4525.00", "22625.00"),
        ("fee", "600.00", "150.00", "750.00"),
    ]
    due = await world.rows("SELECT due_on FROM invoice ORDER BY no")
    assert [row["due_on"] for row in due] == [date(2026, 11, 30), date(2026, 11, 10)]
    media, fee = await world.rows("SELECT id FROM invoice ORDER BY no")
    books = await posted(world, media["id"])
    assert books == {
        "accounts_receivable": "22625.00", "output_vat": "-4525.00", "media_sales": "-18010.00",
        "capital_cost_revenue": "-90.00", "media_cost": "17008.50", "media_deduction": "-17008.50",
    }  # fmt: skip
    assert await posted(world, fee["id"]) == {
        "accounts_receivable": "750.00", "output_vat": "-150.00", "fee_revenue": "-600.00",
    }  # fmt: skip
    lines = await world.rows(
        "SELECT portion, net_net_amount, fee_amount, amount FROM invoice_line JOIN invoice i ON i.id = invoice_id "
        "ORDER BY i.no, amount DESC"
    )
    assert [tuple(row.values()) for row in lines] == [
        ("media", 17000_00, 0, 18090_00),
        ("media", 850, 0, 1000),
        ("commission", 0, 600_00, 600_00),
    ]
    told = await world.rows("SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key LIKE '%invoice.issued%'")
    by_kind = {row["data"]["kind"]: row["data"] for row in told}
    assert [(line["fee_amount"], line["net_net_amount"]) for line in by_kind["fee"]["lines"]] == [("600.00", "0.00")]
    assert by_kind["media"]["media_deduction_amount"] == "17008.50"
    printed = await papers(world)
    assert in_print("600.00") in printed[1]
    assert "Capital" not in printed[1]
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-09")
@pytest.mark.parametrize(
    ("stated", "fee"),
    [({"fee_on_own_invoice": False}, "600.00"), ({}, "600.00"), ({"fee_on_own_invoice": True}, "0.00")],
)
async def test_without_the_parameter_or_without_fees_there_is_one_invoice(
    world: World, stated: dict[str, Any], fee: str
) -> None:
    await state(world, **stated)
    await world.tell(insertion(world, await world.client(), fee_amount=fee))
    assert (await world.run())["invoice_count"] == 1


@pytest.mark.rule("MA-REG-09")
async def test_agreements_with_other_fee_terms_have_fee_invoices_of_their_own(world: World) -> None:
    await state(world, fee_on_own_invoice=True)
    client = await world.client(payment_days=30, separate_by="client")
    soon, late = await agreement(world, fee_payment_days=10), await agreement(world, fee_payment_days=60)
    usual = await agreement(world)
    await world.tell(
        *(insertion(world, client).model_copy(update={"agreement_id": of}) for of in (soon, late, usual, soon))
    )
    await world.run()
    rows = await world.rows("SELECT kind, due_on - invoice_on AS days, line_count FROM invoice ORDER BY kind, due_on")
    assert [tuple(row.values()) for row in rows] == [("fee", 10, 2), ("fee", 30, 1), ("fee", 60, 1), ("media", 30, 4)]
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-09", "MA-INV-15", "MA-INV-21")
@pytest.mark.parametrize(
    ("client", "switches", "count"),
    [
        # The fee alone is below the minimum, both together are not.
        ({"minimum_amount": Decimal("18690.00")}, {}, 2),
        ({"minimum_amount": Decimal("18690.01")}, {}, 0),
        ({}, {"sign": SignChoice.CREDIT}, 0),
        ({}, {"sign": SignChoice.DEBIT}, 2),
    ],
)
async def test_both_invoices_are_made_or_neither(
    world: World, client: dict[str, Any], switches: dict[str, Any], count: int
) -> None:
    await state(world, fee_on_own_invoice=True)
    await world.tell(insertion(world, await world.client(**client)))
    assert (await world.run(switches=Switches(**switches)))["invoice_count"] == count


@pytest.mark.rule("MA-REG-09", "MA-INV-25")
async def test_where_one_of_them_cannot_be_posted_neither_is(world: World) -> None:
    await state(world, fee_on_own_invoice=True)
    await world.tell(insertion(world, await world.client()))
    async with world.database.transaction(world.context) as session:
        accounts = {role: no for role, no in world.stated["accounts"].items() if role != "fee_revenue"}
        await world.account(session, **accounts)
    assert (await world.run())["invoice_count"] == 0
    assert await world.rows("SELECT id FROM invoice") == []
    (refused,) = await world.rows("SELECT code FROM job_error")
    assert refused["code"] == "account_not_configured"


@pytest.mark.rule("MA-REG-09", "MA-CRD-01", "MA-CRD-04")
@pytest.mark.parametrize("credited", ["media", "fee"])
async def test_they_are_credited_together_and_billed_anew(world: World, credited: str) -> None:
    await state(world, fee_on_own_invoice=True, invoice_fee_amount=Decimal(25))
    client = await world.client(separate_by="client")
    soon, late = await agreement(world, fee_payment_days=10), await agreement(world, fee_payment_days=60)
    await world.tell(
        *(insertion(world, client).model_copy(update={"agreement_id": of}) for of in (soon, late)),
        insertion(world, await world.client("BETA")),
    )
    await world.run()
    (asked,) = await world.rows(
        "SELECT id FROM invoice WHERE kind = $1 AND client_id = $2 ORDER BY no LIMIT 1", credited, client
    )
    async with world.database.transaction(world.context) as session:
        note = await credit_invoice(session, asked["id"], block=False, reason="wrong", on=RUN_DAY)
    (named,) = await world.rows("SELECT reverses_id, kind FROM invoice WHERE id = $1", note.id)
    assert tuple(named.values()) == (asked["id"], credited)
    notes = await world.rows("SELECT kind FROM invoice WHERE reverses_id IS NOT NULL ORDER BY kind")
    assert [row["kind"] for row in notes] == ["fee", "fee", "media"]
    untouched = await world.rows("SELECT id FROM invoice WHERE reversed_by_id IS NULL AND reverses_id IS NULL")
    assert len(untouched) == 2
    assert (await world.run())["invoice_count"] == 3
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-09", "MA-REG-23")
async def test_fees_of_a_client_without_vat_bear_that_of_commission(world: World) -> None:
    await state(world, fee_on_own_invoice=True, vat_on_commission_without_vat=True)
    await world.tell(insertion(world, await world.client(vat_percent=Decimal(0))))
    await world.run()
    assert await totals(world) == [
        ("media", "18090.00", "-500.00", "17590.00"),
        ("fee", "600.00", "150.00", "750.00"),
    ]
    (line,) = await world.rows("SELECT vat_percent FROM invoice_line WHERE portion = 'commission'")
    assert line["vat_percent"] == 25
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-09", "MA-GEN-10")
async def test_in_a_foreign_currency_the_parts_are_posted_in_base_currency(world: World) -> None:
    await state(world, fee_on_own_invoice=True)
    told = insertion(world, await world.client()).model_copy(
        update={"currency": "SEK", "exchange_rate": Decimal("0.0871")}
    )
    await world.tell(told)
    await world.run()
    assert await totals(world) == [
        ("media", "18090.00", "4522.50", "22612.50"),
        ("fee", "600.00", "150.00", "750.00"),
    ]
    books = await posted(world)
    assert (books["fee_revenue"], books["media_deduction"]) == ("-52.26", "-1480.70")
    assert await world.broken() == {}


@pytest.mark.rule("MA-REG-09", "MA-INV-26")
async def test_two_runs_at_once_bill_both_parts_once(world: World) -> None:
    await state(world, fee_on_own_invoice=True)
    await world.tell(insertion(world, await world.client()))
    first, second = await world.start(), await world.start()
    assert (await world.work(second))["invoice_count"] == 0
    assert (await world.work(first))["invoice_count"] == 2
    assert await world.broken() == {}
