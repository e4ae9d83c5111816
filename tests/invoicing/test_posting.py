"""Closed periods, charts of accounts, and the rows of vouchers (MA-GEN-04 to 07)."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.invoicing.application.change_periods import add_period, move_period
from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.hear_registers import keep_records
from services.invoicing.application.issue_contract_invoice import issue_contract_invoice
from services.invoicing.domain.accounts import AccountPlan, Area, OwnAccounts, area_of
from services.invoicing.domain.closed_periods import is_closed
from services.invoicing.domain.voucher import media_voucher
from shared.events.contracts import MediaChanged, MediaTypeChanged
from shared.kernel.errors import Invalid
from shared.kernel.ids import new_id
from shared.kernel.money import currency
from shared.kernel.period import Period, calendar_month
from shared.runtime.clock import now
from shared.runtime.db import Context, Database
from tests.invoicing.builders import item, named
from tests.invoicing.door import FINANCE, door
from tests.invoicing.radio import Radio, february, january
from tests.invoicing.test_drafts import draft, lock
from tests.invoicing.world import ACCOUNTS, RUN_DAY, World
from tests.words import cents

PRESS, RADIO = named("PRESS"), named("RADIO")
PLAN = AccountPlan(
    {"media_sales": "3000", "media_cost": "4000", "output_vat": "2610"},
    {PRESS: OwnAccounts("3100", "")},
    {(Decimal(25), Area.DOMESTIC): "01", (Decimal(0), Area.EU): "03"},
)


@pytest.mark.rule("MA-GEN-07")
@pytest.mark.parametrize(
    ("role", "media_type", "ending", "account"),
    [
        ("media_sales", None, "", "3000"),
        ("media_sales", PRESS, "", "3100"),
        ("media_sales", RADIO, "", "3000"),
        ("media_cost", PRESS, "", "4000"),
        ("media_sales", None, "01", "3001"),
        ("media_sales", PRESS, "03", "3103"),
        ("output_vat", PRESS, "01", "2610"),
        ("rounding", None, "", ""),
        ("campaign_sales", None, "01", ""),
    ],
)
def test_a_media_types_own_account_wins_and_sales_accounts_take_their_ending(
    role: str, media_type: UUID | None, ending: str, account: str
) -> None:
    assert PLAN.account_of(role, media_type, ending) == account


@pytest.mark.rule("MA-GEN-07")
@pytest.mark.parametrize(
    ("seller", "buyer", "area"),
    [
        ("SE", "SE", "domestic"),
        ("SE", "", "domestic"),
        ("SE", "DE", "eu"),
        ("SE", "NO", "other"),
        ("NO", "SE", "other"),
    ],
)
def test_where_a_buyer_is(seller: str, buyer: str, area: str) -> None:
    assert area_of(seller, buyer) == area


@pytest.mark.rule("MA-GEN-07")
def test_both_days_of_a_period_are_closed() -> None:
    october = [calendar_month(RUN_DAY)]
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]
    assert [is_closed(day, october) for day in days] == [False, True, True, False]


async def close(world: World, period: Period) -> Any:
    async with world.database.transaction(world.context) as session:
        period_id = await add_period(session, world.legal_entity_id, period)
        await move_period(session, period_id, "closed", version=1, reason="month end")
    return period_id


@pytest.mark.rule("MA-GEN-04", "MA-GEN-05")
async def test_a_voucher_has_a_row_per_insertion_that_names_it(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    first, second = world.insertion(client, "120.00"), world.insertion(client, "80.00", order_id=new_id())
    await world.tell(first, second)
    await world.run()
    rows = await world.rows(
        "SELECT l.role, l.account_no, v.client_id, l.plan_id, l.order_id, l.insertion_id, l.debit, l.credit "
        "FROM voucher_line l JOIN voucher v ON v.id = l.voucher_id WHERE l.role IN ('media_deduction', 'output_vat') "
        "ORDER BY l.debit, l.credit DESC"
    )
    assert [tuple(row.values()) for row in rows] == [
        (
            "media_deduction", ACCOUNTS["media_deduction"], client, world.plan_id, first.order_id, first.id, 0, 10200,
        ),
        (
            "media_deduction", ACCOUNTS["media_deduction"], client, world.plan_id, second.order_id, second.id, 0, 6800,
        ),
        ("output_vat", ACCOUNTS["output_vat"], client, None, None, None, 0, 5000),
    ]  # fmt: skip


@pytest.mark.rule("MA-GEN-04", "MA-GEN-05", "MA-GEN-10")
@pytest.mark.parametrize("currency_code", ["EUR", "SEK"])
async def test_the_tables_post_what_the_domain_says(database: Database, context: Context, currency_code: str) -> None:
    world = await World(database, context).open()
    client = await world.client(minimum_amount=Decimal(0))
    prices = [("48000.00", "1003.20", "211.88"), ("-120.55", "0.00", "-0.60"), ("0.00", "65.00", "0.00")]
    told = []
    for price, fee, capital in prices:
        rate = Decimal("1" if currency_code == "EUR" else "0.0871")
        one = world.insertion(client, price, currency=currency_code, exchange_rate=rate)
        extra = Decimal(fee) + Decimal(capital)
        amounts = {"fee_amount": Decimal(fee), "capital_cost_amount": Decimal(capital)}
        share = one.shares[0].model_copy(update={**amounts, "price_amount": Decimal(price) + extra})
        told.append(one.model_copy(update={"shares": [share]}))
    await world.tell(*told)
    await world.run()
    (invoice,) = await world.rows("SELECT vat_amount, exchange_rate FROM invoice")
    items = [
        item(
            price, origin_id=one.id, plan_id=one.plan_id, order_id=one.order_id, media_id=one.media_id,
            exchange_rate=one.exchange_rate, net_net_amount=cents(str(one.shares[0].net_net_amount)),
            fee_amount=cents(fee), capital_cost_amount=cents(capital),
            price_amount=cents(str(one.shares[0].price_amount)),
        )
        for one, (price, fee, capital) in zip(told, prices, strict=True)
    ]  # fmt: skip
    said = media_voucher(
        items, vat_amount=invoice["vat_amount"], exchange_rate=invoice["exchange_rate"],
        currency=currency(currency_code), base=currency("EUR"),
    )  # fmt: skip
    posted = await world.rows(
        "SELECT role, media_id, debit, credit, plan_id, order_id, insertion_id FROM voucher_line ORDER BY line_no"
    )
    by_text = sorted(str(tuple(row.values())) for row in posted)
    assert by_text == sorted(str(tuple(row[:-1])) for row in said)
    assert await world.broken() == {}


@pytest.mark.rule("MA-GEN-07")
async def test_a_media_types_own_accounts_are_posted_to_and_mirrored_after_they_have_changed(
    database: Database, context: Context
) -> None:
    world = await World(database, context).open()
    client = await world.client()
    press = MediaTypeChanged(id=new_id(), code="PRESS", name="Press", version=1, sales_account="3999")
    media = MediaChanged(id=new_id(), code="DN", name="DN", version=1, currency="EUR", media_type_id=press.id)
    async with database.transaction(context) as session:
        await keep_records(session, [press])
        await keep_records(session, [media])
    await world.tell(world.insertion(client, media_id=media.id), world.insertion(client))
    await world.run()
    sold = "SELECT account_no, sum(credit - debit) AS sold FROM voucher_line WHERE role = 'media_sales' GROUP BY 1"
    assert {row["account_no"]: row["sold"] for row in await world.rows(sold)} == {
        "3999": 10000,
        ACCOUNTS["media_sales"]: 10000,
    }
    async with database.transaction(context) as session:
        await world.account(session, **dict.fromkeys(ACCOUNTS, "8888"))
    (invoice,) = await world.rows("SELECT id FROM invoice")
    async with database.transaction(context) as session:
        await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=RUN_DAY)
    balances = await world.rows("SELECT account_no, sum(debit - credit) AS left FROM voucher_line GROUP BY 1")
    assert {row["left"] for row in balances} == {0}
    assert "8888" not in {row["account_no"] for row in balances}


@pytest.mark.rule("MA-GEN-07")
@pytest.mark.parametrize(
    ("percent", "country", "ending"), [("25", "SE", "01"), ("0", "DE", "03"), ("0", "US", "00"), ("6", "SE", "00")]
)
async def test_sales_accounts_end_by_rate_and_country(
    database: Database, context: Context, percent: str, country: str, ending: str
) -> None:
    world = await World(database, context).open()
    endings = [
        {"vat_percent": "25.0", "area": "domestic", "ending": "01"},
        {"vat_percent": "0", "area": "eu", "ending": "03"},
    ]
    async with database.transaction(context) as session:
        await world.parameters(session, sales_endings=endings)
    client = await world.client(vat_percent=Decimal(percent), country=country)
    await world.tell(world.insertion(client))
    await world.run()
    (row,) = await world.rows("SELECT account_no FROM voucher_line WHERE role = 'media_sales'")
    assert row["account_no"] == ACCOUNTS["media_sales"][:-2] + ending


@pytest.mark.rule("MA-GEN-07", "MA-INV-25")
async def test_a_run_refuses_a_client_whose_accounts_are_missing_and_draws_no_number(
    database: Database, context: Context
) -> None:
    world = await World(database, context).open()
    client, free = await world.client(), await world.client("BETA")
    numbers = {role: no for role, no in ACCOUNTS.items() if role != "media_cost"}
    async with database.transaction(context) as session:
        await world.account(session, **numbers)
    await world.tell(world.insertion(client), world.insertion(free, "0.00"))
    done = await world.run()
    assert done["invoice_count"] == 1
    refused = await world.rows("SELECT item_id, code, message FROM job_error")
    assert [tuple(row.values()) for row in refused] == [
        (str(client), "account_not_configured", "The parameters have no account for media_cost.")
    ]
    assert await world.broken() == {}


@pytest.mark.rule("MA-GEN-07")
async def test_every_way_to_post_refuses_a_closed_period(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    radio = await Radio(world, await world.client("OAK")).open()
    await radio.tell()
    await radio.reconcile(january(12), february(3))
    await world.tell(world.insertion(client))
    await world.run()
    (invoice,) = await world.rows("SELECT id FROM invoice WHERE no IS NOT NULL")
    (pending,) = await world.rows("SELECT id FROM invoice WHERE state = 'pending'")
    before = await world.rows("SELECT * FROM series ORDER BY id")
    await close(world, calendar_month(RUN_DAY))
    await close(world, calendar_month(january(1)))

    await world.tell(world.insertion(client))
    assert (await world.run())["invoice_count"] == 0
    (refused,) = await world.rows("SELECT code FROM job_error")
    assert refused["code"] == "period_closed"
    with pytest.raises(Invalid, match="period_closed"):
        async with database.transaction(context) as session:
            await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=RUN_DAY)
    with pytest.raises(Invalid, match="period_closed"):
        async with database.transaction(context) as session:
            await issue_contract_invoice(session, pending["id"], now=now())
    await lock(world, draft(world, client, ("100.00", "25"), accounting_date_on=RUN_DAY))
    (told,) = await world.rows("SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key LIKE '%refused%'")
    assert told["data"]["refusal_code"] == "period_closed"
    assert await world.rows("SELECT * FROM series ORDER BY id") == before
    assert len(await world.rows("SELECT id FROM voucher")) == 1
    async with database.transaction(context) as session:
        await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=date(2026, 11, 1))
    assert await world.broken() == {}


@pytest.mark.rule("MA-GEN-07")
async def test_closing_waits_for_the_posting_under_way(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    await world.tell(world.insertion(await world.client()))
    await world.run()
    (invoice,) = await world.rows("SELECT id FROM invoice")
    async with database.transaction(context) as session:
        await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=RUN_DAY)
        closing = asyncio.create_task(close(world, calendar_month(RUN_DAY)))
        await asyncio.sleep(0.3)
        assert not closing.done()
    await closing
    assert await world.broken() == {}


@pytest.mark.rule("MA-GEN-07")
async def test_periods_are_added_closed_and_opened_again_at_the_door(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    month = {"legal_entity_id": str(world.legal_entity_id), "from_on": "2026-10-01", "to_on": "2026-10-31"}
    async with door(database, context, *FINANCE) as api:
        made = await api.post("/v1/accounting-periods", json=month)
        assert (made.status_code, made.json()["state"]) == (201, "open")
        url = f"/v1/accounting-periods/{made.json()['id']}"
        shut = {"to": "closed", "reason": "reported"}
        assert (await api.post(f"{url}/transitions", json=shut)).status_code == 428
        closed = await api.post(f"{url}/transitions", json=shut, headers={"If-Match": made.headers["etag"]})
        assert (closed.status_code, closed.json()["state"], closed.headers["etag"]) == (200, "closed", '"2"')
        again = await api.post(f"{url}/transitions", json=shut, headers={"If-Match": '"2"'})
        assert (again.status_code, again.json()["code"]) == (409, "state")
        late = await api.post(f"{url}/transitions", json={**shut, "to": "open"}, headers={"If-Match": '"1"'})
        assert (late.status_code, late.json()["code"]) == (412, "stale_version")
        opened = await api.post(f"{url}/transitions", json={**shut, "to": "open"}, headers={"If-Match": '"2"'})
        assert opened.json()["closed_at"] is None
        listed = (await api.get("/v1/accounting-periods", params={"state": "open"})).json()["items"]
        assert [one["id"] for one in listed] == [made.json()["id"]]
        for changes, status, code in (
            ({"from_on": "2026-10-31", "to_on": "2026-11-30"}, 422, "period_overlaps"),
            ({"from_on": "2026-11-30", "to_on": "2026-11-01"}, 422, "bad_date_range"),
            ({"from_on": "2026-11-31"}, 422, "invalid_date"),
            ({"legal_entity_id": str(new_id())}, 422, "unknown_reference"),
        ):
            refused = await api.post("/v1/accounting-periods", json={**month, **changes})
            assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert (await api.get(f"/v1/accounting-periods/{new_id()}")).status_code == 404
    async with door(database, context, "accounting_period:write") as clerk:
        refused = await clerk.post(f"{url}/transitions", json=shut, headers={"If-Match": '"3"'})
        assert refused.status_code == 403
    told = await world.rows(
        "SELECT routing_key, envelope -> 'data' ->> 'state' AS state FROM outbox WHERE routing_key LIKE '%period%' "
        "ORDER BY seq"
    )
    assert [tuple(one.values()) for one in told] == [
        ("invoicing.accounting_period.closed.v1", "closed"),
        ("invoicing.accounting_period.reopened.v1", "open"),
    ]
    reasons = await world.rows("SELECT reason FROM audit WHERE entity = 'accounting_period' AND reason <> ''")
    assert [one["reason"] for one in reasons] == ["reported", "reported"]


@pytest.mark.rule("MA-GEN-07")
async def test_a_parameter_closes_every_day_up_to_one(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    client = await world.client()
    async with database.transaction(context) as session:
        await world.parameters(session, closed_through=RUN_DAY)
    await world.tell(world.insertion(client))
    assert (await world.run())["invoice_count"] == 0
    async with database.transaction(context) as session:
        await world.parameters(session, closed_through=date(2026, 10, 30))
    assert (await world.run())["invoice_count"] == 1
