"""Batches of vouchers for a ledger: choosing what is not yet in one, reading what is in one, keeping its files."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.accounts import AccountPlan
from services.invoicing.domain.exported import ExportedRow, ExportedVoucher
from shared.runtime.db import AsyncSession, context_of, driver

# Of the series that vouchers are numbered in; numbers start anew each year, and a batch holds one year.
SERIES = "V"
_READ_AT_ONCE = 2_000

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('voucher_export' || $1, 0))"
_WAITING = """
FROM voucher v WHERE v.tenant_id = $1 AND v.legal_entity_id = $2 AND v.accounting_on BETWEEN $3 AND $4
  AND NOT EXISTS (SELECT FROM voucher_export_item e WHERE e.tenant_id = v.tenant_id AND e.voucher_id = v.id)
"""
_CHOICE = f"SELECT v.id {_WAITING} ORDER BY v.no LIMIT $5"
_SUMS = """
SELECT count(DISTINCT v.id)::int AS voucher_count, min(v.accounting_on) AS first_on, max(v.accounting_on) AS last_on,
  sum(l.debit)::bigint AS debit_amount, sum(l.credit)::bigint AS credit_amount
FROM voucher v JOIN voucher_line l ON l.tenant_id = v.tenant_id AND l.voucher_id = v.id
WHERE v.tenant_id = $1 AND v.id = ANY($2)
"""
_CLAIM = """
INSERT INTO voucher_export_item (tenant_id, voucher_id, export_id) SELECT $1, id, $2 FROM unnest($3::uuid[]) AS id
"""
_ADD = """
INSERT INTO voucher_export (tenant_id, id, legal_entity_id, export_no, year, currency, first_on, last_on, voucher_count,
  debit_amount, credit_amount, created_by, created_at)
SELECT $1, $2, $3, 1 + coalesce((SELECT max(export_no) FROM voucher_export WHERE tenant_id = $1
  AND legal_entity_id = $3), 0), $4, $5, $6, $7, $8, $9, $10, $11, $12
"""
_UNMAPPED = """
SELECT DISTINCT l.role, m.media_type_id FROM voucher_line l
LEFT JOIN media m ON m.tenant_id = l.tenant_id AND m.id = l.media_id
WHERE l.tenant_id = $1 AND l.voucher_id = ANY($2) AND l.account_no = ''
"""
_VOUCHERS = """
SELECT v.id, v.no, v.voucher_no, v.accounting_on, (v.created_at AT TIME ZONE 'UTC')::date AS registered_on,
  i.invoice_no, i.frozen -> 'buyer' ->> 'code' AS client_code, i.frozen -> 'buyer' ->> 'name' AS client_name
FROM voucher_export_item e
JOIN voucher v ON v.tenant_id = e.tenant_id AND v.id = e.voucher_id
JOIN invoice i ON i.tenant_id = v.tenant_id AND i.id = v.source_id
WHERE e.tenant_id = $1 AND e.export_id = $2 AND v.no > $3 ORDER BY v.no LIMIT $4
"""
_ROWS = """
SELECT l.voucher_id, l.account_no, l.role, m.media_type_id, coalesce(m.code, '') AS media_code,
  coalesce(p.code, '') AS plan_code, sum(l.debit)::bigint AS debit, sum(l.credit)::bigint AS credit
FROM voucher_line l
LEFT JOIN media m ON m.tenant_id = l.tenant_id AND m.id = l.media_id
LEFT JOIN plan p ON p.tenant_id = l.tenant_id AND p.id = l.plan_id
WHERE l.tenant_id = $1 AND l.voucher_id = ANY($2)
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY l.voucher_id, min(l.line_no)
"""


class Waiting(NamedTuple):
    """The years and currencies of what a batch would take."""

    years: list[int]
    currencies: list[str]


class Batch(NamedTuple):
    """A batch as stored."""

    id: UUID
    legal_entity_id: UUID
    export_no: int
    year: int
    currency: str
    voucher_count: int
    debit_amount: int
    credit_amount: int
    created_by: str
    created_at: datetime


async def lock_exports(session: AsyncSession, legal_entity_id: UUID) -> None:
    """Two exports of one legal entity at once would choose the same vouchers: one waits."""
    await (await driver(session)).execute(_LOCK, str(legal_entity_id))


async def waiting(session: AsyncSession, legal_entity_id: UUID, first_on: date, last_on: date) -> Waiting:
    """What is dated on these days and in no batch yet."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT DISTINCT extract(year FROM v.accounting_on)::int, v.currency {_WAITING}",
        context_of(session).tenant_id,
        legal_entity_id,
        first_on,
        last_on,
    )
    return Waiting(sorted({row[0] for row in rows}), sorted({row[1] for row in rows}))


async def choose(session: AsyncSession, legal_entity_id: UUID, first_on: date, last_on: date, limit: int) -> list[UUID]:
    """The vouchers dated on these days that are in no batch, lowest numbers first."""
    connection = await driver(session)
    rows = await connection.fetch(_CHOICE, context_of(session).tenant_id, legal_entity_id, first_on, last_on, limit)
    return [row[0] for row in rows]


async def sums(session: AsyncSession, voucher_ids: Sequence[UUID]) -> dict[str, Any]:
    """Control totals and the first and last day of these vouchers."""
    connection = await driver(session)
    return dict(await connection.fetchrow(_SUMS, context_of(session).tenant_id, voucher_ids))


async def unmapped(session: AsyncSession, voucher_ids: Sequence[UUID]) -> list[tuple[str, UUID | None]]:
    """(role, media type) of their rows that were posted without an account."""
    connection = await driver(session)
    return [tuple(row) for row in await connection.fetch(_UNMAPPED, context_of(session).tenant_id, voucher_ids)]


async def add(session: AsyncSession, values: Sequence[Any], voucher_ids: Sequence[UUID]) -> None:
    """Store a batch under the legal entity's next export number, and what is in it.

    Values: id, legal entity, year, currency, first and last day, vouchers, debit, credit, by whom, when.
    """
    connection, tenant = await driver(session), context_of(session).tenant_id
    await connection.execute(_ADD, tenant, *values)
    await connection.execute(_CLAIM, tenant, values[0], voucher_ids)


async def find(session: AsyncSession, export_id: UUID) -> Batch:
    """One batch, which is known to exist."""
    row = await (await driver(session)).fetchrow(
        f"SELECT {', '.join(Batch._fields)} FROM voucher_export WHERE tenant_id = $1 AND id = $2",
        context_of(session).tenant_id,
        export_id,
    )
    return Batch(*row)


async def some_vouchers(
    session: AsyncSession, export_id: UUID, plan: AccountPlan, after_no: int
) -> list[ExportedVoucher]:
    """The next vouchers of a batch with their rows, in the order of their numbers; none after the last.

    A row that was posted without an account gets the one that the parameters have now.
    """
    connection, tenant = await driver(session), context_of(session).tenant_id
    headers = await connection.fetch(_VOUCHERS, tenant, export_id, after_no, _READ_AT_ONCE)
    rows: dict[UUID, list[ExportedRow]] = {header["id"]: [] for header in headers}
    for voucher_id, account_no, role, media_type_id, *rest in await connection.fetch(_ROWS, tenant, list(rows)):
        rows[voucher_id].append(ExportedRow(account_no or plan.account_of(role, media_type_id), role, *rest))
    return [
        ExportedVoucher(
            SERIES, row["no"], row["voucher_no"], row["accounting_on"], row["registered_on"], row["invoice_no"],
            row["client_code"], row["client_name"], rows[row["id"]],
        )
        for row in headers
    ]  # fmt: skip


async def store_file(session: AsyncSession, export_id: UUID, form: str, file_name: str, content: bytes) -> None:
    """Keep a file; one that is there stays as it is."""
    await (await driver(session)).execute(
        "INSERT INTO voucher_export_file (tenant_id, export_id, format, file_name, sha256, content, created_at) "
        "VALUES ($1, $2, $3, $4, sha256($5), $5, clock_timestamp()) ON CONFLICT DO NOTHING",
        context_of(session).tenant_id,
        export_id,
        form,
        file_name,
        content,
    )
