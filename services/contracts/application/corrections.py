"""Corrections: what was billed too little or too much, billed to the client or moved between insertions (MA-INS-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from services.contracts import tables
from services.contracts.application.booking import check_clients
from services.contracts.application.correcting import correction_of, is_corrective
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.application.shares import allocation_of
from services.contracts.domain.allocation import allocate
from services.contracts.domain.correction import Kind, Part, check_internal, comment_of, correction_price
from services.contracts.repository.media import bookings, insertion, insertions_of
from services.contracts.repository.rows import Record, insert
from services.contracts.repository.shares import shares_of
from shared.events.contracts import InsertionDefinitive
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

# A correction is open until it is billed, or will never be.
_CLOSED = ("invoiced", "cancelled")


@dataclass(frozen=True, slots=True)
class Correction:
    """An amount beside an insertion, in major units of its currency; without a client it is split as that is."""

    insertion_id: UUID
    amount: Decimal
    client_id: UUID | None = None


async def correct(session: AsyncSession, kind: Kind, wanted: Sequence[Correction], reason: str) -> list[Record]:
    """New corrections, definitive at once, each naming the earlier invoice.

    `unknown_reference`, `is_correction`, `amount_required`, `correction_open` (MA-REC-13), `internal_not_zero`.
    """
    ids = [one.insertion_id for one in wanted]
    originals = {row["id"]: row for row in await insertions_of(session, insertion.c.id.in_(set(ids)), lock=True)}
    orders = await bookings(session, {row["order_id"] for row in originals.values()})
    invoiced = await shares_of(session, ids)
    await _check_none_open(session, ids)
    rows, parts = [], []
    for index, one in enumerate(wanted):
        original = originals.get(one.insertion_id)
        _check(original, one, f"/corrections/{index}")
        assert original is not None
        code = orders[original["order_id"]]["currency"]
        amount = Money.parse(one.amount, currency(code), f"/corrections/{index}/amount").minor
        stated = {"client_id": one.client_id, "allocation": []} if one.client_id else {}
        numbers = (row["invoice_no"] for row in invoiced.get(one.insertion_id, []) if not row["reversed"])
        row = correction_of(
            original,
            correction_price(amount),
            correction_kind=kind,
            invoice_comment=comment_of("Corrects", numbers),
            **stated,
        )
        rows.append(row)
        parts += _parts(row, code, amount)
    if kind == "internal":
        check_internal(parts)
    await check_clients(session, rows, [f"/corrections/{index}/client_id" for index in range(len(rows))])
    await insert(session, tables.Insertion, rows)
    await tell_insertions(session, InsertionDefinitive, rows)
    for row in rows:
        await audit(
            session,
            action="insertion.corrected",
            entity="insertion",
            entity_id=row["original_id"],
            after={"correction_id": row["id"], "kind": kind, "price_amount": row["price_amount"]},
            reason=reason,
        )
    return rows


def _check(original: Record | None, wanted: Correction, pointer: str) -> None:
    if original is None:
        raise Invalid.of([Fault(f"{pointer}/insertion_id", "unknown_reference", "There is no such insertion.")])
    if is_corrective(original):
        message = "Correct the original insertion, not its correction."
        raise Invalid.of([Fault(f"{pointer}/insertion_id", "is_correction", message)])
    if wanted.amount == 0:
        raise Invalid.of([Fault(f"{pointer}/amount", "amount_required", "A correction has an amount.")])


async def _check_none_open(session: AsyncSession, ids: Sequence[UUID]) -> None:
    found = await insertions_of(
        session,
        insertion.c.original_id.in_(set(ids)),
        insertion.c.correction_kind != "none",
        insertion.c.credit.is_(False),
        insertion.c.status.not_in(_CLOSED),
    )
    if found or len(set(ids)) < len(ids):
        raise NotAllowedNow("correction_open", "A correction of the insertion is open.")


def _parts(row: Record, code: str, amount: int) -> list[Part]:
    shares = allocation_of(row)
    if not shares:
        return [Part(row["client_id"], code, amount)]
    split = zip(shares, allocate(amount, shares), strict=True)
    return [Part(share.client_id, code, part) for share, part in split]
