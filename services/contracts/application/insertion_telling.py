"""Insertions as the events state them, with every share's amounts and status (MA-INS-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.contracts.application.shares import ShareState as Standing
from services.contracts.application.shares import states_of
from services.contracts.application.telling import major
from services.contracts.repository.media import bookings
from services.contracts.repository.rows import Record
from services.contracts.repository.shares import shares_of
from shared.events.contracts import InsertionBatch, InsertionState, ShareState
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch


async def tell_insertions(session: AsyncSession, told: type[InsertionBatch], rows: Sequence[Record]) -> None:
    """Tell insertions in batches, each whole; one query for all their orders, one for their invoices."""
    if not rows:
        return
    orders = await bookings(session, {row["order_id"] for row in rows})
    invoiced = await shares_of(session, [row["id"] for row in rows])
    await record_batch(
        session, told, [insertion_state(row, orders[row["order_id"]], invoiced.get(row["id"], [])) for row in rows]
    )


def insertion_state(row: Mapping[str, Any], order: Mapping[str, Any], invoiced: Sequence[Record]) -> InsertionState:
    """An insertion with the facts of its order, plan and medium that others decide on."""
    inherited = ("legal_entity_id", "plan_id", "plan_no", "order_no", "media_id", "media_name", "supplier_id")
    stated = ("campaign", "product", "owner", "ad_check_required", "currency", "allocation_invoicing")
    return InsertionState.model_validate(
        {
            **row,
            **{name: order[name] for name in inherited + stated},
            "agreement_id": order["nearest_agreement_id"],
            "client_reference": order["client_reference"].strip() or order["plan_reference"].strip(),
            "not_before_on": row["not_before_on"] or order["not_before_on"],
            "shares": [_told(one, order["currency"]) for one in states_of(row, invoiced, order)],
        }
    )


def _told(one: Standing, currency_code: str) -> ShareState:
    return ShareState.model_validate(
        {
            "client_id": one.share.client_id,
            "percent": one.share.percent,
            "status": one.status,
            **{f"{name}_amount": major(amount, currency_code) for name, amount in asdict(one.price).items()},
        }
    )
