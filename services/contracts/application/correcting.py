"""Corrective insertions: how they begin, and what may change on them (MA-INS-17, MA-INS-18, MA-CRD-12, MA-CRD-16)."""

from collections.abc import Mapping, Set
from dataclasses import asdict
from typing import Any

from services.contracts.application.moving import move_of, saved_debit
from services.contracts.application.pricing import amount_columns
from services.contracts.domain.insertion_price import Price
from services.contracts.repository.rows import Record
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession

_KEPT = frozenset({"price_rows", "allocation"})


def is_corrective(row: Mapping[str, Any]) -> bool:
    """Whether it is a correction, a credit or a re-debit."""
    return bool(row["correction_kind"] != "none")


def correction_of(original: Mapping[str, Any], price: Price, **stated: Any) -> Record:
    """A new insertion beside the one it corrects, billable at once; it needs no ad check of its own.

    `stated` overrides what it takes from the original: its client, allocation, status, comment.
    """
    identity = new_id()
    exclude = {name: bool(stated.get(name)) for name in ("exclude_fee", "exclude_capital_cost")}
    left = price.without(fee=exclude["exclude_fee"], capital_cost=exclude["exclude_capital_cost"])
    return {
        "id": identity,
        "version": 1,
        "edited_version": 1,
        "code": str(identity),
        "order_id": original["order_id"],
        "client_id": original["client_id"],
        "insertion_on": original["insertion_on"],
        "status": "definitive",
        "own_status": "definitive",
        "text": original["text"],
        "price_rows": [],
        "mirror": asdict(price),
        "exchange_rate": original["exchange_rate"],
        **amount_columns(left),
        "allocation": original["allocation"],
        "ad_checked": True,
        "correction_kind": "external",
        "credit": False,
        "original_id": original["id"],
        "invoice_comment": "",
        "not_before_on": None,
        "has_media_invoice": False,
        "changed_in_run": False,
        **stated,
        **exclude,
    }


async def corrected(session: AsyncSession, before: Record, after: Record, changed: Set[str]) -> Record:
    """A corrective insertion after a change: its amounts stay those it mirrors, less what is left out (MA-CRD-12).

    `keeps_amounts` when other amounts are asked for; `debit_stands` when its share is debited again already.
    """
    if _KEPT & changed:
        message = "A correction keeps its amounts; cancel it and make another."
        raise Invalid.of([Fault(f"/{min(_KEPT & changed)}", "keeps_amounts", message, entity="insertion")])
    move = await move_of(session, before["id"])
    if {"exclude_fee", "exclude_capital_cost"} & changed:
        if move and move["debit_id"]:
            raise NotAllowedNow("debit_stands", "The share is debited again; cancel the debit first.")
        price = Price(**after["mirror"])
        left = price.without(fee=after["exclude_fee"], capital_cost=after["exclude_capital_cost"])
        after = {**after, **amount_columns(left)}
    if move and move["debit_id"] == before["id"]:
        after = await saved_debit(session, move, after)
    return after
