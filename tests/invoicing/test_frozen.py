"""What was issued and posted, against raw SQL in the service's own role: the database itself refuses."""

from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError

from shared.kernel.ids import new_id
from shared.runtime.db import driver
from tests.invoicing.working import work_off
from tests.invoicing.world import World

_REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError, IntegrityError)


async def issued(world: World) -> dict[str, Any]:
    """One issued and printed invoice over two insertions: its ids by what they are of."""
    client = await world.client()
    await world.tell(world.insertion(client, "120.00"), world.insertion(client, "80.00"))
    await world.run()
    await work_off(world, "print_documents")
    (ids,) = await world.rows(
        "SELECT i.id AS invoice, i.series_id AS series, v.id AS voucher, v.series_id AS voucher_series, "
        "i.client_id AS client, i.legal_entity_id AS entity, i.tenant_id AS tenant, "
        "(SELECT billable_item_id FROM invoice_line WHERE invoice_id = i.id AND line_no = 1) AS item "
        "FROM invoice i JOIN voucher v ON v.source_id = i.id"
    )
    return ids


async def books(world: World) -> list[list[dict[str, Any]]]:
    """Everything that must not have changed."""
    tables = ("invoice", "invoice_line", "voucher", "voucher_line", "document", "series")
    return [await world.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]


_LINE = (
    "INSERT INTO invoice_line (tenant_id, invoice_id, line_no, billable_item_id, portion, reversed, order_no, "
    "media_name, text, dated_on, vat_percent, gross_amount, net_amount, net_net_amount, client_net_amount, fee_amount, "
    "capital_cost_amount, amount) SELECT tenant_id, {invoice}, 99, {item}, 'whole', false, '', '', '', dated_on, 0, 0, "
    "0, 0, 0, 0, 0, 0 FROM invoice_line LIMIT 1"
)


@pytest.mark.rule("MA-INV-24", "PI-RUN-08", "MA-GEN-04")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET total_amount = total_amount + 1, vat_amount = vat_amount + 1",
        "UPDATE invoice SET net_amount = net_amount - 1, gross_amount = gross_amount - 1, "
        "total_amount = total_amount - 1",
        "UPDATE invoice SET invoice_no = 'N2026-00002'",
        "UPDATE invoice SET no = 2",
        "UPDATE invoice SET no = NULL, state = 'pending'",
        "UPDATE invoice SET state = 'removed'",
        "UPDATE invoice SET due_on = due_on + 10",
        "UPDATE invoice SET frozen = '{}'",
        "UPDATE invoice SET client_id = gen_random_uuid()",
        "UPDATE invoice SET text = 'in haste'",
        "DELETE FROM invoice",
        "TRUNCATE invoice CASCADE",
        "UPDATE invoice_line SET amount = amount + 1",
        "UPDATE invoice_line SET vat_percent = 0",
        "UPDATE invoice_line SET billable_item_id = gen_random_uuid()",
        "UPDATE invoice_line SET text = 'Full page'",
        "DELETE FROM invoice_line",
        _LINE.format(invoice="invoice_id", item="gen_random_uuid()"),
        "UPDATE voucher SET accounting_on = accounting_on + 1",
        "UPDATE voucher SET voucher_no = 'X'",
        "DELETE FROM voucher",
        "UPDATE voucher_line SET debit = debit + 1 WHERE debit > 0",
        "UPDATE voucher_line SET account_no = '9999'",
        "DELETE FROM voucher_line",
        "UPDATE document SET content = 'x'",
        "DELETE FROM document",
        "DELETE FROM series",
    ],
)
async def test_nothing_issued_or_posted_can_be_changed_or_removed(world: World, statement: str) -> None:
    await issued(world)
    before = await books(world)
    with pytest.raises(_REFUSED):
        await world.rows(statement)
    assert await books(world) == before


@pytest.mark.rule("MA-INV-26")
async def test_an_item_on_a_live_invoice_cannot_stand_on_another(world: World) -> None:
    ids = await issued(world)
    pending = new_id()
    columns = [
        row["column_name"]
        for row in await world.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'invoice' "
            "AND column_name NOT IN ('id', 'no', 'series_id', 'state', 'invoice_no')"
        )
    ]
    await world.rows(
        f"INSERT INTO invoice (id, state, invoice_no, {', '.join(columns)}) "
        f"SELECT $1, 'pending', '', {', '.join(columns)} FROM invoice WHERE id = $2",
        pending,
        ids["invoice"],
    )
    free = _LINE.format(invoice=f"'{pending}'", item="gen_random_uuid()")
    with pytest.raises(asyncpg.UniqueViolationError, match="invoice_line_media_once"):
        await world.rows(_LINE.format(invoice=f"'{pending}'", item=f"'{ids['item']}'"))
    await world.rows(free)


VOUCHER = (
    "INSERT INTO voucher (tenant_id, id, legal_entity_id, source, source_id, series_id, no, voucher_no, accounting_on, "
    "client_id, currency) VALUES ($1, $2, $3, 'test', $2, $4, 99, 'V99', '2026-10-31', $5, 'EUR')"
)
ROW = (
    "INSERT INTO voucher_line (tenant_id, voucher_id, line_no, role, currency, debit, credit) "
    "VALUES ($1, $2, $3, 'rounding', $4, $5, $6)"
)


@pytest.mark.rule("MA-GEN-04")
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([("EUR", 100, 0), ("EUR", 0, 99)], id="debits are not credits"),
        pytest.param([("EUR", 100, 0), ("SEK", 0, 100)], id="balanced in no currency"),
        pytest.param([("EUR", 100, 0), ("EUR", 0, 100), ("SEK", 5, 0)], id="one currency hangs over"),
        pytest.param([], id="no rows"),
        pytest.param([("EUR", 0, 0), ("EUR", 0, 0)], id="rows of nothing"),
        pytest.param([("EUR", 100, 100), ("EUR", 100, 100)], id="both sides at once"),
        pytest.param([("EUR", -100, 0), ("EUR", 0, -100)], id="negative sides"),
    ],
)
async def test_an_unbalanced_voucher_cannot_be_stored(world: World, rows: list[tuple[str, int, int]]) -> None:
    ids = await issued(world)
    before = await books(world)
    with pytest.raises(_REFUSED):
        await store(world, ids, rows)
    assert await books(world) == before


@pytest.mark.rule("MA-GEN-04")
async def test_a_balanced_voucher_is_stored_and_takes_no_more_rows_afterwards(world: World) -> None:
    ids = await issued(world)
    voucher = await store(world, ids, [("EUR", 100, 0), ("EUR", 0, 100)])
    before = await books(world)
    for of in (voucher, new_id()):
        with pytest.raises(_REFUSED):
            async with world.database.transaction(world.context) as session:
                connection = await driver(session)
                await connection.execute(ROW, ids["tenant"], of, 3, "EUR", 7, 0)
                await connection.execute(ROW, ids["tenant"], of, 4, "EUR", 0, 7)
    with pytest.raises(asyncpg.UniqueViolationError):
        await store(world, ids, [("EUR", Decimal(1), 0), ("EUR", 0, Decimal(1))])
    assert await books(world) == before


async def store(world: World, ids: dict[str, Any], rows: list[Any]) -> Any:
    """Write a voucher with these rows in one transaction, past all of our code."""
    voucher = new_id()
    async with world.database.transaction(world.context) as session:
        connection = await driver(session)
        await connection.execute(VOUCHER, ids["tenant"], voucher, ids["entity"], ids["voucher_series"], ids["client"])
        for line_no, (currency, debit, credit) in enumerate(rows, 1):
            await connection.execute(ROW, ids["tenant"], voucher, line_no, currency, int(debit), int(credit))
    return voucher
