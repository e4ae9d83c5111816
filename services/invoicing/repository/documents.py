"""Printed documents, and the issued invoices that wait for theirs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.runtime.db import AsyncSession, context_of, driver

Record = dict[str, Any]

_UNPRINTED = """
SELECT i.*, v.voucher_no FROM invoice i
LEFT JOIN voucher v ON v.tenant_id = i.tenant_id AND v.source = 'invoice' AND v.source_id = i.id
WHERE i.tenant_id = $1 AND i.no IS NOT NULL AND (i.invoice_run_id = $2 OR i.id = ANY($3::uuid[]))
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


async def unprinted(
    session: AsyncSession, run_id: UUID | None, invoice_ids: Sequence[UUID], limit: int
) -> list[tuple[Record, list[Record]]]:
    """The next issued invoices without a document, each with its lines."""
    connection, tenant_id = await driver(session), context_of(session).tenant_id
    headers = [dict(row) for row in await connection.fetch(_UNPRINTED, tenant_id, run_id, list(invoice_ids), limit)]
    lines: dict[UUID, list[Record]] = {header["id"]: [] for header in headers}
    for row in await connection.fetch(_LINES, tenant_id, list(lines)):
        lines[row["invoice_id"]].append(dict(row))
    return [(header, lines[header["id"]]) for header in headers]


async def store(session: AsyncSession, documents: Sequence[tuple[UUID, int, bytes, bytes]]) -> None:
    """Keep documents (invoice id, template version, SHA-256, content); one that is there stays as it is."""
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
