"""What contracts makes of invoices it hears of, in whatever order they come."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.contracts.inbox import HANDLERS
from shared.events.envelope import Received
from shared.events.invoicing import InvoiceIssued, InvoiceReversed
from shared.kernel.ids import new_id
from shared.runtime.db import Database
from tests.words import as_clerk

Pools = Callable[[str], Awaitable[Database]]


def _told(kind: type[Any], **fields: Any) -> Received[Any]:
    zero = {name: Decimal(0) for name in kind.model_fields if name.endswith("_amount") and name != "refusal_amount"}
    data = kind(
        **{
            **zero,
            "id": new_id(),
            "version": 1,
            "kind": "media",
            "state": "issued",
            "legal_entity_id": new_id(),
            "client_id": new_id(),
            "currency": "EUR",
            "exchange_rate": Decimal(1),
            "invoice_no": "R-1",
            "invoice_on": date(2026, 10, 31),
            **fields,
        }
    )
    return Received(new_id(), data.id, 1, new_id(), new_id(), datetime(2026, 11, 1, tzinfo=UTC), data)


async def _reversed_flags(database: Database, tenant_id: UUID) -> dict[UUID, bool]:
    async with database.transaction(as_clerk(tenant_id)) as session:
        rows = await session.execute(text("SELECT id, reversed FROM issued_invoice"))
        return {row.id: row.reversed for row in rows}


@pytest.mark.rule("MA-CRD-04")
@pytest.mark.parametrize("late", ["the invoice", "the credit note"])
async def test_a_reversed_invoice_marks_nothing_whichever_news_comes_first(
    pools: Pools, tenant_id: UUID, late: str
) -> None:
    database = await pools("contracts")
    issued = _told(InvoiceIssued)
    credited = _told(InvoiceReversed, reverses_id=issued.data.id, reverses_no="R-1", invoice_no="R-2")
    news = [(InvoiceReversed, credited), (InvoiceIssued, issued)]
    for kind, one in news if late == "the invoice" else reversed(news):
        async with database.transaction(as_clerk(tenant_id)) as session:
            await HANDLERS[kind](session, [one])
    assert (await _reversed_flags(database, tenant_id))[issued.data.id] is True
