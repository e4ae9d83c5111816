"""An insertion as a person sees it: its price rows, its shares, and the invoices they stand on."""

from dataclasses import asdict
from uuid import UUID

from services.contracts.application.shares import states_of
from services.contracts.repository.media import bookings, insertion, insertions_listed
from services.contracts.repository.rows import Record, fetch
from services.contracts.repository.shares import shares_of
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession


async def shown_insertion(session: AsyncSession, insertion_id: UUID) -> Record:
    """One insertion, or `NotFound("not_found")`; amounts in minor units beside the currency."""
    found = await fetch(session, insertions_listed().where(insertion.c.id == insertion_id))
    if not found:
        raise NotFound("not_found", "There is no such insertion.")
    row = found[0]
    order = (await bookings(session, [row["order_id"]]))[row["order_id"]]
    invoiced = (await shares_of(session, [insertion_id])).get(insertion_id, [])
    shares = [
        {
            "client_id": one.share.client_id,
            "percent": one.share.percent,
            "currency": row["currency"],
            "status": one.status,
            **{f"{name}_amount": amount for name, amount in asdict(one.price).items()},
            "invoice_ids": [invoice["invoice_id"] for invoice in one.live],
        }
        for one in states_of(row, invoiced, order)
    ]
    return {**row, "shares": shares}
