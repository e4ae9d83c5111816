"""Issue: number, freeze, post, tell. One way for a run, a contract, a draft and a credit note."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.invoicing.application.telling import InvoiceEvent, tell_invoices
from services.invoicing.domain.ready import ReadyInvoice
from services.invoicing.repository import invoices as invoice_rows
from services.invoicing.repository.series import SeriesKey, draw, printed
from shared.kernel.ids import derived_id
from shared.runtime.db import AsyncSession


class Issued(NamedTuple):
    """What a document is called once it is issued."""

    id: UUID
    invoice_no: str


async def issue(
    session: AsyncSession, ready: Sequence[ReadyInvoice], *, prefixes: dict[UUID, str], event: InvoiceEvent
) -> list[Issued]:
    """Issue documents in the order given, all or none: numbers come last, so that no failure can leave a gap.

    `prefixes` are the number prefixes of the legal entities. Raises the driver's unique violation when an item is
    already on a live invoice: the last defence against billing twice. Without any amount there is no voucher.
    """
    if not ready:
        return []
    await invoice_rows.save_pending(session, ready)
    keys = [SeriesKey(one.legal_entity_id, one.series_kind, one.invoice_on.year) for one in ready]
    posted = [one for one in ready if one.postings]
    voucher_keys = [SeriesKey(one.legal_entity_id, "voucher", one.accounting_on.year) for one in posted]
    blocks = await draw(session, [*keys, *voucher_keys], prefixes)
    taken = dict.fromkeys(blocks, 0)

    def next_of(key: SeriesKey) -> int:
        taken[key] += 1
        return blocks[key].first_no + taken[key] - 1

    numbered = []
    for one, key in zip(ready, keys, strict=True):
        block, no = blocks[key], next_of(key)
        numbered.append((one.id, block.series_id, no, printed(block.prefix, no), block.drawn_at))
    await invoice_rows.number(session, numbered)
    vouchers, lines = [], []
    for one, key in zip(posted, voucher_keys, strict=True):
        block, no = blocks[key], next_of(key)
        voucher_id = derived_id("voucher", one.id)
        vouchers.append(
            (
                voucher_id,
                one.legal_entity_id,
                "invoice",
                one.id,
                block.series_id,
                no,
                printed(block.prefix, no),
                one.accounting_on,
                one.client_id,
                one.base_currency,
            )
        )
        lines += [(voucher_id, line_no, one.base_currency, *row) for line_no, row in enumerate(one.postings, 1)]
    await invoice_rows.post(session, vouchers, lines)
    await tell_invoices(session, ready, numbered, event)
    return [Issued(row[0], row[3]) for row in numbered]
