"""Vouchers of the purchase ledger: written whole, never changed."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.reconciliation.domain.posting import Posting
from shared.runtime.bulk import insert_statement, write
from shared.runtime.db import AsyncSession, context_of, driver


class NumberedVoucher(NamedTuple):
    """A voucher's header as it is stored."""

    id: UUID
    legal_entity_id: UUID
    source: str
    source_id: UUID
    series_id: UUID
    no: int
    voucher_no: str
    accounting_on: date
    currency: str
    created_by: str


_VOUCHER = {
    "id": "uuid", "legal_entity_id": "uuid", "source": "text", "source_id": "uuid", "series_id": "uuid",
    "no": "bigint", "voucher_no": "text", "accounting_on": "date", "currency": "text", "created_by": "text",
}  # fmt: skip
_LINE = {
    "voucher_id": "uuid", "line_no": "int", "role": "text", "insertion_id": "uuid", "debit": "bigint",
    "credit": "bigint",
}  # fmt: skip
_INSERT_VOUCHER = insert_statement("voucher", _VOUCHER)
_INSERT_LINE = insert_statement("voucher_line", _LINE)


async def save_vouchers(
    session: AsyncSession, vouchers: Sequence[NumberedVoucher], postings: Sequence[Sequence[Posting]]
) -> None:
    """Write vouchers with their lines; the database refuses what does not balance."""
    await write(session, _INSERT_VOUCHER, vouchers)
    lines = [
        (voucher.id, line_no, posting.role, posting.insertion_id, max(posting.amount, 0), max(-posting.amount, 0))
        for voucher, of_one in zip(vouchers, postings, strict=True)
        for line_no, posting in enumerate(of_one, 1)
    ]
    await write(session, _INSERT_LINE, lines)


async def postings_of(session: AsyncSession, voucher_ids: Iterable[UUID]) -> dict[UUID, list[Posting]]:
    """The lines of vouchers, in their order."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT voucher_id, role, debit - credit, insertion_id FROM voucher_line "
        "WHERE tenant_id = $1 AND voucher_id = ANY($2) ORDER BY voucher_id, line_no",
        context_of(session).tenant_id,
        list(voucher_ids),
    )
    found: dict[UUID, list[Posting]] = {}
    for voucher_id, *posting in rows:
        found.setdefault(voucher_id, []).append(Posting(*posting))
    return found
