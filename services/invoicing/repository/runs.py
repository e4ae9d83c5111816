"""Invoice runs: what was asked, what came of it, what was left out, what a test run would issue."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from services.invoicing.domain.billing import PreparedInvoice
from services.invoicing.domain.criteria import Corrections, Criteria, SignChoice, Switches
from services.invoicing.domain.item import Item
from services.invoicing.domain.selection import Reason
from services.invoicing.repository.invoices import vat_json
from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it was asked for, with its counts so far; totals are minor units by currency."""

    id: UUID
    version: int
    run_no: int
    mode: str
    state: str
    criteria: Criteria
    switches: Switches
    invoice_on: date
    accounting_on: date
    text: str
    digest: str
    bound_digest: str
    invoice_count: int
    item_count: int
    left_out_count: int
    total_amounts: dict[str, int]
    created_by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether it issues, or only shows (MA-INV-05)."""
        return self.mode == "live"


_COLUMNS = (
    "id, version, run_no, mode, state, criteria, switches, invoice_on, accounting_on, text, digest, bound_digest, "
    "invoice_count, item_count, left_out_count, total_amounts, created_by, created_at, ended_at"
)
_ENDED = "('completed', 'completed_with_errors', 'failed', 'cancelled')"


async def add_run(session: AsyncSession, run: Run) -> Run:
    """Store a run with the tenant's next run number; runs start one after the other, so that each knows the earlier."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('invoice_run' || $1::text, 0))", str(tenant)
    )
    run_no = await connection.fetchval(
        "SELECT coalesce(max(run_no), 0) + 1 FROM invoice_run WHERE tenant_id = $1", tenant
    )
    numbered = replace(run, run_no=run_no)
    await connection.execute(
        f"INSERT INTO invoice_run (tenant_id, {_COLUMNS}) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        tenant,
        *_values(numbered),
    )
    await connection.execute("INSERT INTO invoice_run_open (tenant_id, run_id) VALUES ($1, $2)", tenant, run.id)
    return numbered


async def find_run(session: AsyncSession, run_id: UUID, *, lock: bool = False) -> Run | None:
    """A run by id, locked when it is about to change."""
    connection = await driver(session)
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM invoice_run WHERE tenant_id = $1 AND id = $2" + (" FOR UPDATE" if lock else ""),
        context_of(session).tenant_id,
        run_id,
    )
    return _run(row) if row else None


async def job_of(session: AsyncSession, run_id: UUID) -> tuple[str, dict[str, Any]]:
    """State and checkpoint of a run's job."""
    row = await (await driver(session)).fetchrow(
        "SELECT state, checkpoint FROM job WHERE tenant_id = $1 AND id = $2", context_of(session).tenant_id, run_id
    )
    return row["state"], row["checkpoint"]


async def abandoned_runs(session: AsyncSession) -> list[tuple[UUID, UUID]]:
    """Tenant and id of the runs, of every tenant, whose job ended without ending them."""
    rows = await (await driver(session)).fetch(
        "SELECT o.tenant_id, o.run_id FROM invoice_run_open o "
        "JOIN job j ON j.tenant_id = o.tenant_id AND j.id = o.run_id WHERE j.ended_at IS NOT NULL"
    )
    return [(row[0], row[1]) for row in rows]


async def save_run(session: AsyncSession, run: Run) -> None:
    """Store state, counts and digest."""
    connection = await driver(session)
    if run.ended_at is not None:
        await connection.execute(
            "DELETE FROM invoice_run_open WHERE tenant_id = $1 AND run_id = $2", context_of(session).tenant_id, run.id
        )
    await connection.execute(
        "UPDATE invoice_run SET version = $3, state = $4, digest = $5, invoice_count = $6, item_count = $7, "
        "left_out_count = $8, total_amounts = $9, ended_at = $10 WHERE tenant_id = $1 AND id = $2",
        context_of(session).tenant_id,
        run.id,
        run.version,
        run.state,
        run.digest,
        run.invoice_count,
        run.item_count,
        run.left_out_count,
        orjson.dumps(run.total_amounts).decode(),
        run.ended_at,
    )


async def earlier_live_runs(session: AsyncSession, run_no: int) -> list[Run]:
    """Live runs that began before this one and whose job has not ended: their items are theirs (MA-INV-26)."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {', '.join('r.' + column for column in _COLUMNS.split(', '))} FROM invoice_run r "
        "JOIN job j ON j.tenant_id = r.tenant_id AND j.id = r.id WHERE r.tenant_id = $1 AND r.mode = 'live' "
        f"AND r.run_no < $2 AND r.state NOT IN {_ENDED} AND j.state IN ('queued', 'running') ORDER BY r.run_no",
        context_of(session).tenant_id,
        run_no,
    )
    return [_run(row) for row in rows]


_LEFT_OUT = insert_statement(
    "invoice_run_left_out",
    {"run_id": "uuid", "billable_item_id": "uuid", "client_id": "uuid", "reason": "text"},
    on_conflict="ON CONFLICT (tenant_id, run_id, billable_item_id) DO UPDATE SET reason = excluded.reason",
)


async def add_left_out(session: AsyncSession, run_id: UUID, left_out: Sequence[tuple[Item, Reason]]) -> None:
    """Report items that this run does not bill, each with its first reason."""
    await write(session, _LEFT_OUT, [(run_id, item.id, item.client_id, reason) for item, reason in left_out])


async def add_previews(session: AsyncSession, run_id: UUID, first: int, invoices: Sequence[PreparedInvoice]) -> None:
    """Keep what a test run would issue, `first` being the position of the first one in the run."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    await connection.executemany(
        "INSERT INTO invoice_run_preview (tenant_id, run_id, position, client_id, currency, invoice_on, due_on, "
        "client_reference, net_amount, vat, vat_amount, total_amount, billable_item_ids, deductions) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        [
            (
                tenant, run_id, position, one.client.id, one.key.currency, one.key.invoice_on, one.due_on,
                one.reference, one.totals.net_amount, vat_json(one.totals.vat), one.totals.vat_amount,
                one.totals.total_amount, [item.id for item in one.items], _deductions(one),
            )
            for position, one in enumerate(invoices, first)
        ],
    )  # fmt: skip


def _deductions(invoice: PreparedInvoice) -> str:
    return orjson.dumps(
        [
            {"advance_invoice_id": one.advance.id, "advance_no": one.advance.advance_no, "amount": one.amount}
            for one in invoice.deductions
        ],
        default=str,
    ).decode()


def _values(run: Run) -> list[Any]:
    return [
        run.id, run.version, run.run_no, run.mode, run.state, _json(run.criteria), _json(run.switches), run.invoice_on,
        run.accounting_on, run.text, run.digest, run.bound_digest, run.invoice_count, run.item_count,
        run.left_out_count, orjson.dumps(run.total_amounts).decode(), run.created_by, run.created_at, run.ended_at,
    ]  # fmt: skip


def _json(value: Criteria | Switches) -> str:
    return orjson.dumps(asdict(value)).decode()


def _run(row: Any) -> Run:
    values = dict(row)
    values["criteria"] = criteria_of(values["criteria"])
    values["switches"] = switches_of(values["switches"])
    return Run(**values)


def criteria_of(stored: dict[str, Any]) -> Criteria:
    """Criteria from their JSON."""
    typed: dict[str, Any] = {}
    for name, value in stored.items():
        if name in ("from_on", "to_on"):
            typed[name] = date.fromisoformat(value) if value else None
        else:
            typed[name] = tuple(map(UUID, value) if name.endswith("_ids") else value)
    return Criteria(**typed)


def switches_of(stored: dict[str, Any]) -> Switches:
    """Switches from their JSON."""
    sign = stored["sign"]
    return Switches(
        **{**stored, "sign": SignChoice(sign) if sign else None, "corrections": Corrections(stored["corrections"])}
    )
