"""The shares of an insertion as they stand: amounts, status, invoices (MA-INS-15)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts.domain.allocation import Share, allocate_price
from services.contracts.domain.insertion import BILLABLE, Billed, share_status
from services.contracts.domain.insertion_price import Price
from services.contracts.repository.rows import Record

# Invoices that bill fees or commission apart do not bill the insertion itself.
BESIDE = frozenset({"fee", "commission"})


@dataclass(frozen=True, slots=True)
class ShareState:
    """One client's share of an insertion as it stands."""

    share: Share
    price: Price
    status: str
    live: Sequence[Record]


def price_of(row: Mapping[str, Any]) -> Price:
    """A stored insertion's amounts as the domain's value."""
    return Price(**{one.name: row[f"{one.name}_amount"] for one in fields(Price)})


def allocation_of(row: Mapping[str, Any]) -> list[Share]:
    """A stored insertion's allocation, the head client first; empty when one client pays it all."""
    return [Share(UUID(one["client_id"]), Decimal(one["percent"])) for one in row["allocation"]]


def states_of(row: Mapping[str, Any], invoiced: Sequence[Record], order: Mapping[str, Any]) -> list[ShareState]:
    """Each client's share of an insertion: its amounts, its status, the live invoices it stands on."""
    whole, allocation = price_of(row), allocation_of(row)
    shares = allocation or [Share(row["client_id"], Decimal(100))]
    prices = allocate_price(whole, shares) if allocation else [whole]
    # The head client's invoice bills the others' shares too, unless each client gets its own (MA-INS-16).
    by_head = order["allocation_invoicing"] != "per_client"

    def billing(share: Share) -> list[Record]:
        payers = {share.client_id, shares[0].client_id} if by_head else {share.client_id}
        return [one for one in invoiced if not allocation or one["client_id"] in payers]

    return [
        _state(row["own_status"], share, price, billing(share)) for share, price in zip(shares, prices, strict=True)
    ]


def bills_media(share: ShareState) -> bool:
    """Whether an invoice that is not reversed bills the share itself, whatever its insertion's status says."""
    return any(one["kind"] not in BESIDE for one in share.live)


def standing(invoiced: Iterable[Record]) -> bool:
    """Whether any share stands on an invoice that is not reversed."""
    return any(not one["reversed"] for one in invoiced)


def _state(own: str, share: Share, price: Price, invoiced: Sequence[Record]) -> ShareState:
    live = [one for one in invoiced if not one["reversed"]]
    undecided = [one for one in invoiced if one["reversed"] and not one["released"]]
    billed = Billed(
        live=any(one["kind"] not in BESIDE for one in live),
        reopened=bool(undecided),
        blocked=any(one["blocks"] for one in undecided),
    )
    return ShareState(share, price, share_status(own, billed), live)


def changed_in_run(row: Mapping[str, Any], shares: Sequence[ShareState], order: Mapping[str, Any]) -> bool:
    """Whether an invoice bills it otherwise than it stands, which is for a person to credit (MA-INV-26)."""
    live = [(share, one) for share in shares for one in share.live if one["kind"] not in BESIDE]
    if live and row["own_status"] not in BILLABLE:
        return True
    return any(_stale(row["edited_version"], share, one, order) for share, one in live)


def _stale(edited_version: int, share: ShareState, billed: Record, order: Mapping[str, Any]) -> bool:
    """Whether an invoice bills a share as it stood before a later change; without a version its amounts tell."""
    if billed["item_version"] is not None:
        return bool(edited_version > billed["item_version"])
    alike = (billed["client_id"], billed["currency"]) == (share.share.client_id, order["currency"])
    if not alike or order["allocation_invoicing"] != "per_client":
        return False
    stated = (billed["net_amount"], billed["net_net_amount"], billed["client_net_amount"])
    return stated != (share.price.net, share.price.net_net, share.price.client_net)
