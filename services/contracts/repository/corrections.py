"""Corrections under way, the invoices that stand against one, and the history of a contract."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, column, select, table
from sqlalchemy.dialects.postgresql import distinct_on

from services.contracts import tables
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.runtime.db import JSON, MOMENT, AsyncSession

correction = table_of(tables.Correction)
invoice = table_of(tables.IssuedInvoice)
# A read-only stand-in: the plumbing's migration describes the table.
audit = table(
    "audit",
    column("id", Uuid()),
    column("at", MOMENT),
    column("actor", Text()),
    column("action", Text()),
    column("entity", Text()),
    column("entity_id", Uuid()),
    column("before", JSON),
    column("after", JSON),
    column("reason", Text()),
)


async def under_way(session: AsyncSession, *criteria: Any) -> list[Record]:
    """Corrections that meet the criteria, in the order of their contracts."""
    return await find(session, tables.Correction, *criteria, order=(correction.c.contract_id,))


async def last_corrections(session: AsyncSession, contract_ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Who asked for the last correction of each contract, and why."""
    if not contract_ids:
        return {}
    statement = (
        select(
            correction.c.contract_id,
            correction.c.requested_by.label("correction_by"),
            correction.c.reason.label("correction_reason"),
        )
        .where(correction.c.contract_id.in_(contract_ids))
        .order_by(correction.c.contract_id, correction.c.id.desc())
        .ext(distinct_on(correction.c.contract_id))
    )
    return {row.pop("contract_id"): row for row in await fetch(session, statement)}


async def live_invoices(session: AsyncSession, contract_id: UUID) -> list[Record]:
    """The contract's issued invoices that are not reversed, by number, as far as contracts has heard (CT-LIF-14)."""
    return await find(
        session,
        tables.IssuedInvoice,
        invoice.c.contract_id == contract_id,
        invoice.c.reversed.is_(False),
        invoice.c.credit.is_(False),
        order=(invoice.c.invoice_no,),
    )


def history_listed(contract_id: UUID) -> Select[Any]:
    """Every action on a contract (CT-LIF-25)."""
    return select(audit).where(audit.c.entity == "contract", audit.c.entity_id == contract_id)
