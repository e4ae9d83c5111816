"""Insertions as the events state them, with every share's amounts (MA-INS-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts.application.telling import major
from services.contracts.domain.allocation import Share, allocate_price
from services.contracts.domain.insertion_price import Price
from services.contracts.repository.media import bookings
from services.contracts.repository.rows import Record
from shared.events.contracts import InsertionBatch, InsertionState, ShareState
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch


async def tell_insertions(session: AsyncSession, told: type[InsertionBatch], rows: Sequence[Record]) -> None:
    """Tell insertions in batches, each whole; one query for all their orders."""
    orders = await bookings(session, {row["order_id"] for row in rows})
    await record_batch(session, told, [insertion_state(row, orders[row["order_id"]]) for row in rows])


def insertion_state(row: Mapping[str, Any], order: Mapping[str, Any]) -> InsertionState:
    """An insertion with the facts of its order, plan and medium that others decide on."""
    inherited = ("legal_entity_id", "plan_id", "plan_no", "order_no", "media_id", "media_name", "supplier_id")
    stated = ("campaign", "product", "owner", "ad_check_required", "currency", "exchange_rate")
    return InsertionState.model_validate(
        {
            **row,
            **{name: order[name] for name in inherited + stated},
            "agreement_id": order["nearest_agreement_id"],
            "client_reference": order["client_reference"] or order["plan_reference"],
            "not_before_on": row["not_before_on"] or order["not_before_on"],
            "shares": _shares(row, order["currency"]),
        }
    )


def _shares(row: Mapping[str, Any], currency_code: str) -> list[ShareState]:
    whole = Price(**{one.name: row[f"{one.name}_amount"] for one in fields(Price)})
    shares = [Share(UUID(one["client_id"]), Decimal(one["percent"])) for one in row["allocation"]]
    parts = allocate_price(whole, shares) if shares else [whole]
    named = shares or [Share(row["client_id"], Decimal(100))]
    return [
        ShareState.model_validate(
            {
                "client_id": share.client_id,
                "percent": share.percent,
                **{f"{name}_amount": major(amount, currency_code) for name, amount in asdict(part).items()},
            }
        )
        for share, part in zip(named, parts, strict=True)
    ]
