"""Issue: number, freeze, post, tell. One way for a run, a contract, a draft and a credit note."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from services.invoicing.application.deduction_lines import save_deduction_items
from services.invoicing.application.ledger import Ledger
from services.invoicing.application.telling import InvoiceEvent, tell_invoices
from services.invoicing.domain.ready import ReadyInvoice
from services.invoicing.repository import invoices as invoice_rows
from services.invoicing.repository.item_postings import VoucherItems, post_items
from shared.kernel.ids import derived_id
from shared.runtime.db import AsyncSession
from shared.runtime.series import Block, SeriesKey, draw, printed

# How the kinds of series are told apart in print.
_LETTERS = {"invoice": "", "credit_note": "C", "voucher": "V"}


class Issued(NamedTuple):
    """What a document is called once it is issued."""

    id: UUID
    invoice_no: str


async def issue(
    session: AsyncSession,
    ready: Sequence[ReadyInvoice],
    *,
    prefixes: Mapping[UUID, str],
    event: InvoiceEvent,
    lines_json: Mapping[UUID, bytes] = MappingProxyType({}),
) -> list[Issued]:
    """Issue documents in the order given, all or none: numbers come last, so that no failure can leave a gap.

    `prefixes` are the number prefixes of the legal entities, `lines_json` what of the events is written already.
    Without any amount there is no voucher. Raises the driver's unique violation when an item is already on a live
    invoice: the last defence against billing twice.
    `Invalid`: `period_closed`, `account_not_configured`, before anything is written (MA-GEN-07).
    """
    if not ready:
        return []
    ledger = await Ledger.load(session, ready)
    for one in ready:
        if refused := ledger.refusal(one):
            raise refused
    await save_deduction_items(session, ready)
    await invoice_rows.save_pending(session, ready)
    keys = [SeriesKey(one.legal_entity_id, one.series_kind, one.invoice_on.year) for one in ready]
    posted = [one for one in ready if one.is_posted]
    voucher_keys = [SeriesKey(one.legal_entity_id, "voucher", one.accounting_on.year) for one in posted]
    blocks = await draw(session, [*keys, *voucher_keys], prefixes, _LETTERS)
    taken = dict.fromkeys(blocks, 0)

    def next_of(key: SeriesKey) -> int:
        taken[key] += 1
        return blocks[key].first_no + taken[key] - 1

    numbered = []
    for one, key in zip(ready, keys, strict=True):
        block, no = blocks[key], next_of(key)
        numbered.append((one.id, block.series_id, no, printed(block.prefix, no), block.drawn_at))
    await invoice_rows.number(session, numbered)
    drawn = [(one, blocks[key], next_of(key)) for one, key in zip(posted, voucher_keys, strict=True)]
    await _post(session, ledger, drawn)
    await tell_invoices(session, ready, numbered, event, lines_json)
    return [Issued(row[0], row[3]) for row in numbered]


async def _post(session: AsyncSession, ledger: Ledger, drawn: Sequence[tuple[ReadyInvoice, Block, int]]) -> None:
    """The vouchers of these documents under the numbers drawn for them, their rows with their accounts."""
    vouchers, lines, of_items = [], [], []
    for one, block, no in drawn:
        voucher_id = derived_id("voucher", one.id)
        vouchers.append(
            (
                voucher_id, one.legal_entity_id, "invoice", one.id, block.series_id, no, printed(block.prefix, no),
                one.accounting_on, one.client_id, one.base_currency,
            )
        )  # fmt: skip
        accounts = ledger.accounts(one)
        lines += [
            (voucher_id, line_no, one.base_currency, *row[:-1], row.account_no or accounts[row.role, row.media_id])
            for line_no, row in enumerate(one.postings, 1)
        ]
        if one.item_postings:
            row_count, chart = one.item_postings.row_count, ledger.chart(one)
            # Deductions come last, and are rows of the document.
            item_ids = [line.billable_item_id for line in one.lines[: len(one.lines) - len(one.deductions)]]
            of_items.append(
                VoucherItems(voucher_id, item_ids, one.base_currency, row_count, chart, accounts, one.portion)
            )
    await invoice_rows.post(session, vouchers, lines)
    await post_items(session, of_items)
