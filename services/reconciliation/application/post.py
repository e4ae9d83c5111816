"""Post: vouchers get their gapless numbers and are written, as the last thing a transaction does (MA-GEN-04)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.reconciliation.domain.posting import Posting
from services.reconciliation.repository.registers import LegalEntity
from services.reconciliation.repository.vouchers import NumberedVoucher, save_vouchers
from shared.kernel.ids import derived_id
from shared.runtime.db import AsyncSession, context_of
from shared.runtime.series import SeriesKey, draw, printed

_LETTERS = {"voucher": "P"}


@dataclass(frozen=True, slots=True)
class Voucher:
    """What is to be posted, in minor units of the legal entity's currency; `source` and `source_id` say for what."""

    source: str
    source_id: UUID
    legal_entity: LegalEntity
    accounting_on: date
    postings: Sequence[Posting]

    @property
    def id(self) -> UUID:
        """One voucher for one source, however often it is posted."""
        return derived_id("voucher", self.source, self.source_id)


class Posted(NamedTuple):
    """A voucher's id and printed number."""

    id: UUID
    voucher_no: str


async def post(session: AsyncSession, vouchers: Sequence[Voucher]) -> Mapping[UUID, Posted]:
    """The vouchers by the id of their source; lines of zero are left out, and what has no other line has no voucher.

    Numbers are drawn last, so that no failure can leave a gap: nothing that may fail should follow.
    """
    posted = [(one, [posting for posting in one.postings if posting.amount]) for one in vouchers]
    posted = [(one, postings) for one, postings in posted if postings]
    if not posted:
        return {}
    keys = [SeriesKey(one.legal_entity.id, "voucher", one.accounting_on.year) for one, _ in posted]
    prefixes = {one.legal_entity.id: one.legal_entity.number_prefix for one, _ in posted}
    blocks = await draw(session, keys, prefixes, _LETTERS)
    next_no = {key: block.first_no for key, block in blocks.items()}
    numbered = []
    for (one, _), key in zip(posted, keys, strict=True):
        block, no = blocks[key], next_no[key]
        next_no[key] += 1
        numbered.append(
            NumberedVoucher(
                one.id, one.legal_entity.id, one.source, one.source_id, block.series_id, no,
                printed(block.prefix, no), one.accounting_on, one.legal_entity.currency, context_of(session).actor,
            )
        )  # fmt: skip
    await save_vouchers(session, numbered, [postings for _, postings in posted])
    return {voucher.source_id: Posted(voucher.id, voucher.voucher_no) for voucher in numbered}
