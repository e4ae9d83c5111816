"""Reading an issued invoice whole, to mirror it, and marking it as reversed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from services.invoicing.domain.ready import Amounts, Deducted, Line
from services.invoicing.domain.totals import Vat
from services.invoicing.domain.voucher import Posting
from shared.runtime.bulk import exact
from shared.runtime.db import AsyncSession, context_of, driver


@dataclass(frozen=True, slots=True)
class Stored:
    """An issued invoice: its header as stored, amounts, lines, postings and deductions as the domain knows them."""

    header: dict[str, Any]
    amounts: Amounts
    lines: list[Line]
    postings: list[Posting]
    base_currency: str
    deductions: list[Deducted]


_LINES = """
SELECT l.billable_item_id, i.origin, i.origin_id, l.portion, l.order_no, l.media_id, l.media_name, l.text, l.details,
  l.dated_on, l.vat_percent, l.gross_amount, l.net_amount, l.net_net_amount, l.client_net_amount, l.fee_amount,
  l.capital_cost_amount, l.amount
FROM invoice_line l JOIN billable_item i ON i.tenant_id = l.tenant_id AND i.id = l.billable_item_id
WHERE l.tenant_id = $1 AND l.invoice_id = $2 ORDER BY l.line_no
"""


async def read_issued(session: AsyncSession, header: dict[str, Any]) -> Stored:
    """The rest of an invoice whose locked header is given."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    lines = [
        Line(*row)._replace(
            details=orjson.dumps(row["details"]).decode() if row["details"] else None,
            vat_percent=exact(row["vat_percent"]),
        )
        for row in await connection.fetch(_LINES, tenant, header["id"])
    ]
    posted = await connection.fetch(
        "SELECT p.role, p.media_id, p.debit, p.credit, p.plan_id, p.order_id, p.insertion_id, p.account_no, p.currency "
        "FROM voucher_line p JOIN voucher v "
        "ON v.tenant_id = p.tenant_id AND v.id = p.voucher_id "
        "WHERE v.tenant_id = $1 AND v.source = 'invoice' AND v.source_id = $2 ORDER BY p.line_no",
        tenant,
        header["id"],
    )
    deducted = await connection.fetch(
        f"SELECT {', '.join(Deducted._fields)} FROM invoice_deduction "
        "WHERE tenant_id = $1 AND invoice_id = $2 ORDER BY line_no",
        tenant,
        header["id"],
    )
    return Stored(
        header,
        Amounts(
            header["gross_amount"],
            header["discount_amount"],
            header["agency_commission_amount"],
            header["net_amount"],
            tuple(Vat(Decimal(rate["percent"]), rate["base_amount"], rate["vat_amount"]) for rate in header["vat"]),
            header["vat_amount"],
            header["total_amount"],
            header["sales_commission_amount"],
        ),
        lines,
        [Posting(*row[:-1]) for row in posted],
        posted[0]["currency"] if posted else header["currency"],
        [Deducted(*row) for row in deducted],
    )


async def credits_of(session: AsyncSession, invoice_id: UUID) -> list[dict[str, Any]]:
    """The headers of the credit notes given on an invoice below its whole."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT * FROM invoice WHERE tenant_id = $1 AND credits_id = $2 AND no IS NOT NULL ORDER BY no",
        context_of(session).tenant_id,
        invoice_id,
    )
    return [dict(row) for row in rows]


async def mark_reversed(session: AsyncSession, invoice_id: UUID, *, by: UUID, block: bool) -> None:
    """The marks an issued invoice may carry; its lines give their items free."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    await connection.execute(
        "UPDATE invoice SET reversed_by_id = $3, block_items = $4, version = version + 1 "
        "WHERE tenant_id = $1 AND id = $2",
        tenant,
        invoice_id,
        by,
        block,
    )
    await connection.execute(
        "UPDATE invoice_line SET reversed = true WHERE tenant_id = $1 AND invoice_id = $2 AND NOT reversed",
        tenant,
        invoice_id,
    )
