"""What the database itself refuses: unbalanced vouchers, changed books, another tenant's rows."""

from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError

from services.reconciliation.application.post import Voucher, post
from services.reconciliation.application.register_invoice import Keyed
from services.reconciliation.domain.posting import Posting
from services.reconciliation.repository.registers import LegalEntity
from services.reconciliation.tables import Row
from shared.kernel.errors import NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database, driver
from tests.reconciliation.words import october
from tests.reconciliation.world import World


async def run(world: World, statement: str, *values: object) -> None:
    """A statement in a transaction of its own, as the service's own role."""
    async with world.database.transaction(world.context) as session:
        await (await driver(session)).execute(statement, *values)


async def post_lines(world: World, *amounts: int) -> None:
    """A voucher with lines of these signed amounts."""
    entity = LegalEntity(world.legal_entity_id, "SEK", "N")
    postings = [Posting("media_deduction", amount) for amount in amounts]
    async with world.database.transaction(world.context) as session:
        await post(session, [Voucher("write_off", new_id(), entity, october(31), postings)])


@pytest.mark.rule("MA-GEN-04")
@pytest.mark.parametrize("amounts", [(100, -99), (100,), (-100, -100)])
async def test_an_unbalanced_voucher_cannot_be_stored_and_leaves_no_gap(world: World, amounts: tuple[int, ...]) -> None:
    await post_lines(world, 100, -100)
    with pytest.raises(IntegrityError, match="out of balance"):
        await post_lines(world, *amounts)
    await post_lines(world, 100, -60, -40, 0)
    numbers = await world.rows("SELECT no FROM voucher ORDER BY no")
    assert [row["no"] for row in numbers] == [1, 2]
    assert await world.broken() == {}


@pytest.mark.rule("MA-GEN-04")
async def test_a_posted_voucher_takes_no_more_lines(world: World) -> None:
    await post_lines(world, 100, -100)
    (voucher,) = await world.rows("SELECT id FROM voucher")
    with pytest.raises(asyncpg.RestrictViolationError):
        await run(
            world,
            "INSERT INTO voucher_line (tenant_id, voucher_id, line_no, role, debit, credit) "
            "VALUES ($1, $2, 3, 'rounding', 1, 0)",
            world.context.tenant_id,
            voucher["id"],
        )


@pytest.mark.rule("MA-GEN-04")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE voucher SET accounting_on = accounting_on + 1",
        "DELETE FROM voucher_line",
        "UPDATE deduction_entry SET net_amount = 0",
        "DELETE FROM client_invoice",
        "UPDATE write_off_row SET amount = 1",
        "DELETE FROM series",
    ],
)
async def test_books_are_only_ever_added_to(world: World, statement: str) -> None:
    await post_lines(world, 100, -100)
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
        await run(world, statement)


@pytest.mark.rule("MA-MIN-19", "MA-MIN-21")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE media_invoice SET total_amount = total_amount + 1",
        "UPDATE media_invoice SET invoice_no = 'AP-2'",
        "UPDATE media_invoice SET state = 'pending', voucher_id = NULL",
        "DELETE FROM media_invoice",
    ],
)
async def test_a_saved_media_invoice_never_changes(world: World, statement: str) -> None:
    insertion = world.insertion()
    await world.tell(insertion)
    await world.saved(world.header("17 000.00", "4 250.00"), Keyed(insertion.id, marked=True))
    with pytest.raises(asyncpg.RestrictViolationError):
        await run(world, statement)


@pytest.mark.rule("MA-GEN-07")
async def test_a_blocked_series_stops_saving(world: World) -> None:
    first, second = world.insertion(), world.insertion(day=13)
    await world.tell(first, second)
    await world.saved(world.header("17 000.00", "4 250.00"), Keyed(first.id, marked=True))
    await run(world, "UPDATE series SET status = 'blocked' WHERE tenant_id = $1", world.context.tenant_id)
    with pytest.raises(NotAllowedNow) as refusal:
        await world.saved(world.header("17 000.00", "4 250.00", invoice_no="AP-2"), Keyed(second.id, marked=True))
    assert refusal.value.code == "series_blocked"
    assert await world.broken() == {}


async def test_another_tenant_sees_nothing(world: World, database: Database) -> None:
    insertion = world.insertion()
    await world.bill((insertion, "20 000.00", "18 000.00"))
    await world.saved(world.header("17 000.00", "4 250.00"), Keyed(insertion.id, marked=True))
    await world.write_off(insertion)
    await world.hear(world.invoice((world.insertion(), "1.00", "1.00")))
    stranger = World(database, Context(new_id(), "stranger", new_id()))
    for table in Row.metadata.tables:
        assert await world.rows(f"SELECT 1 FROM {table} LIMIT 1"), table
        assert await stranger.rows(f"SELECT 1 FROM {table}") == [], table


async def test_tables_are_as_the_migrations_make_them(world: World) -> None:
    for name, table in Row.metadata.tables.items():
        columns = await world.rows(
            "SELECT column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns WHERE table_name = $1",
            name,
        )
        made = {row["column_name"]: row["nullable"] for row in columns}
        assert made == {column.name: bool(column.nullable) for column in table.columns}, name


def test_a_voucher_of_one_source_has_one_id() -> None:
    entity, source_id = LegalEntity(UUID(int=1), "SEK", ""), UUID(int=2)
    first = Voucher("write_off", source_id, entity, october(1), [])
    assert first.id == Voucher("write_off", source_id, entity, october(2), []).id
    assert first.id != Voucher("media_invoice", source_id, entity, october(1), []).id
