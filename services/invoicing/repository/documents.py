"""Printed documents, and the issued invoices that wait for theirs."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.repository.registers import parties
from shared.runtime.db import AsyncSession, context_of, driver

Record = dict[str, Any]

_UNPRINTED = """
SELECT i.*, v.voucher_no, v.currency AS base_currency FROM invoice i
LEFT JOIN voucher v ON v.tenant_id = i.tenant_id AND v.source = 'invoice' AND v.source_id = i.id
WHERE i.tenant_id = $1 AND i.no IS NOT NULL AND (i.invoice_run_id = $2 OR i.id = ANY($3::uuid[]))
  AND i.id <> ALL($5::uuid[])
  AND NOT EXISTS (SELECT FROM document d WHERE d.tenant_id = i.tenant_id AND d.invoice_id = i.id)
ORDER BY i.series_id, i.no LIMIT $4
"""
_LINES = """
SELECT * FROM invoice_line WHERE tenant_id = $1 AND invoice_id = ANY($2::uuid[]) ORDER BY invoice_id, line_no
"""
_STORE = """
INSERT INTO document (tenant_id, invoice_id, template_version, sha256, content, created_at)
SELECT $1, d.*, clock_timestamp() FROM unnest($2::uuid[], $3::int[], $4::bytea[], $5::bytea[]) AS d
ON CONFLICT DO NOTHING
"""


class Paper(NamedTuple):
    """An invoice to print: its header and lines as stored, and its stations' affidavit texts as they are now."""

    header: Record
    lines: list[Record]
    texts: dict[str, Record]


async def unprinted(
    session: AsyncSession, run_id: UUID | None, invoice_ids: Sequence[UUID], limit: int, refused: Sequence[UUID] = ()
) -> list[Paper]:
    """The next issued invoices without a document, leaving out those whose printing was refused."""
    connection, tenant_id = await driver(session), context_of(session).tenant_id
    rows = await connection.fetch(_UNPRINTED, tenant_id, run_id, list(invoice_ids), limit, list(refused))
    headers = [dict(row) for row in rows]
    lines: dict[UUID, list[Record]] = {header["id"]: [] for header in headers}
    for row in await connection.fetch(_LINES, tenant_id, list(lines)):
        lines[row["invoice_id"]].append(dict(row))
    texts = await texts_of(session, [station_id for one in headers for station_id in one["frozen"].get("stations", ())])
    return [Paper(header, lines[header["id"]], texts) for header in headers]


async def texts_of(session: AsyncSession, station_ids: Iterable[str]) -> dict[str, Record]:
    """The affidavit texts of stations as they are now, by station id."""
    stations = await parties(session, "station", {UUID(one) for one in station_ids})
    return {str(id_): station for id_, station in stations.items()}


async def store(session: AsyncSession, documents: Sequence[tuple[UUID, int, bytes, bytes]]) -> None:
    """Keep documents (invoice id, template version, SHA-256, content); one that is there stays as it is."""
    if not documents:
        return
    ids, versions, hashes, contents = (list(column) for column in zip(*documents, strict=True))
    await (await driver(session)).execute(_STORE, context_of(session).tenant_id, ids, versions, hashes, contents)


async def content_of(session: AsyncSession, invoice_id: UUID) -> bytes | None:
    """A document's bytes, or None while it is not printed."""
    content: bytes | None = await (await driver(session)).fetchval(
        "SELECT content FROM document WHERE tenant_id = $1 AND invoice_id = $2",
        context_of(session).tenant_id,
        invoice_id,
    )
    return content
