"""Credit an insertion, or one client's share of it, and debit that share again (MA-CRD-08 to MA-CRD-17)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts import tables
from services.contracts.application.correcting import correction_of, is_corrective
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.application.invoiced_shares import credits_of, restate
from services.contracts.application.moving import moves_from, step
from services.contracts.application.shares import ShareState, bills_media, price_of, states_of
from services.contracts.domain.correction import check_creditable, comment_of
from services.contracts.domain.insertion_price import Price
from services.contracts.repository.media import bookings, one
from services.contracts.repository.rows import Record, insert
from services.contracts.repository.shares import shares_of
from shared.events.contracts import InsertionDefinitive
from shared.kernel.errors import Invalid, NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an insertion is credited."""

    # Whether the earlier invoice's number is printed with the credit (MA-CRD-09).
    with_invoice_no: bool = False
    exclude_fee: bool = False
    exclude_capital_cost: bool = False
    reason: str = ""


async def credit_insertion(session: AsyncSession, insertion_id: UUID, wanted: Wanted) -> Record:
    """A credit insertion that mirrors a whole invoiced one, to be billed in the next run (MA-CRD-08 to MA-CRD-11).

    `is_credit`, `not_invoiced`, `already_credited`.
    """
    original, shares = await _original(session, insertion_id)
    check_creditable(
        is_credit=original["credit"],
        invoiced=all(map(bills_media, shares)),
        credited=bool(await credits_of(session, [insertion_id])),
    )
    stands = sum(map(_billed, shares), Price()) if original["changed_in_run"] else None
    credit = _credit(original, stands or price_of(original), wanted, (row for one in shares for row in one.live))
    return await _added(session, original, credit, "insertion.credited", wanted.reason)


async def credit_share(
    session: AsyncSession, insertion_id: UUID, invoice_id: UUID, wanted: Wanted, *, by: str, now: datetime
) -> Record:
    """CREDIT ALLOCATION: a credit of the share that stands on one of the insertion's invoices; the move it begins.

    `not_allocated`, `invoice_not_of_allocation`, `already_credited`, `is_credit` (MA-CRD-14).
    """
    original, shares = await _original(session, insertion_id)
    if not original["allocation"]:
        raise Invalid("not_allocated", "The insertion has one client only.")
    picked = [one for one in shares if any(row["invoice_id"] == invoice_id for row in one.live)]
    if not picked or not bills_media(picked[0]):
        raise Invalid("invoice_not_of_allocation", "Pick an invoice of the insertion that is not reversed.")
    share = picked[0]
    before = await credits_of(session, [insertion_id])
    check_creditable(
        is_credit=original["credit"],
        invoiced=True,
        credited=any(row["allocation"] or row["client_id"] == share.share.client_id for row in before),
    )
    price = _billed(share) if original["changed_in_run"] else share.price
    credit = _credit(original, price, wanted, share.live) | {"client_id": share.share.client_id, "allocation": []}
    await _added(session, original, credit, "insertion.share_credited", wanted.reason)
    begun = {
        "id": new_id(),
        "version": 1,
        "insertion_id": insertion_id,
        "invoice_id": invoice_id,
        "from_client_id": share.share.client_id,
        "to_client_id": None,
        "credit_id": credit["id"],
        "debit_id": None,
        "step": "credited",
        "started_at": now,
        "started_by": by,
    }
    await insert(session, tables.AllocationMove, [begun])
    return begun


async def debit_share(session: AsyncSession, insertion_id: UUID, client_id: UUID) -> Record:
    """DEBIT ALLOCATION: the credited share debited again, to be saved with another client; the move it belongs to.

    `debit_needs_original`, `nothing_credited`, `already_debited` (MA-CRD-15, MA-CRD-17).
    """
    original = await one(session, tables.Insertion, insertion_id, lock=True)
    if is_corrective(original):
        raise Invalid("debit_needs_original", "Debit on the original insertion, not on its credit.")
    moves = await moves_from(session, insertion_id, client_id)
    if not moves:
        raise NotAllowedNow("nothing_credited", "No share of that client has been credited.")
    (moved,) = moves
    if moved["debit_id"]:
        raise NotAllowedNow("already_debited", "The credited share has been debited.")
    credit = await one(session, tables.Insertion, moved["credit_id"], lock=True)
    # Not billable while the credited client stands on it: saving it with another makes it definitive.
    debit = correction_of(
        original, -price_of(credit), client_id=client_id, allocation=[], status="preliminary", own_status="preliminary"
    )
    await insert(session, tables.Insertion, [debit])
    await audit(
        session,
        action="insertion.share_debited",
        entity="insertion",
        entity_id=insertion_id,
        after={"debit_id": debit["id"], "price_amount": debit["price_amount"]},
    )
    return await step(session, moved, "debited", debit_id=debit["id"])


async def _original(session: AsyncSession, insertion_id: UUID) -> tuple[Record, list[ShareState]]:
    row = await one(session, tables.Insertion, insertion_id, lock=True)
    order = (await bookings(session, [row["order_id"]]))[row["order_id"]]
    invoiced = await shares_of(session, [insertion_id])
    return row, states_of(row, invoiced.get(insertion_id, []), order)


def _credit(original: Record, price: Price, wanted: Wanted, invoices: Iterable[Record]) -> Record:
    numbers = [row["invoice_no"] for row in invoices] if wanted.with_invoice_no else []
    return correction_of(
        original,
        -price,
        credit=True,
        invoice_comment=comment_of("Credits", numbers),
        exclude_fee=wanted.exclude_fee,
        exclude_capital_cost=wanted.exclude_capital_cost,
    )


def _billed(share: ShareState) -> Price:
    """What a share was billed, where it has changed since: the invoice says it, without gross and discount."""
    rows: Sequence[Record] = share.live
    sums = {
        name: sum(row[f"{name}_amount"] for row in rows)
        for name in ("net", "net_net", "client_net", "fee", "capital_cost")
    }
    charged = sums["client_net"] + sums["fee"] + sums["capital_cost"]
    amount = sum(row["amount"] for row in rows)
    return Price(
        **sums,
        gross=sums["net"],
        commission=sums["net"] - sums["net_net"],
        surcharge=amount - charged,
        price=amount,
    )


async def _added(session: AsyncSession, original: Record, credit: Record, action: str, reason: str) -> Record:
    await insert(session, tables.Insertion, [credit])
    await tell_insertions(session, InsertionDefinitive, [credit])
    if original["changed_in_run"]:
        await restate(session, [original])
    await audit(
        session,
        action=action,
        entity="insertion",
        entity_id=original["id"],
        after={"credit_id": credit["id"], "price_amount": credit["price_amount"]},
        reason=reason,
    )
    return credit
