"""Insertions become billable items, one per share of an allocation that has an invoice of its own (MA-INS-15, 16)."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from services.invoicing.repository.items import ItemRow, drop_shares, save_items
from shared.events.contracts import InsertionState, ShareState
from shared.kernel.ids import derived_id
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession

_WHOLE = Decimal(100)


async def keep_insertions(session: AsyncSession, insertions: Iterable[InsertionState]) -> None:
    """Record insertions as they stand; of several versions of one the newest stays."""
    newest = {one.id: one for one in sorted(insertions, key=lambda one: one.version)}
    await save_items(session, [row for one in newest.values() for row in _rows(one)])
    await drop_shares(session, list(newest))


def item_id(insertion_id: UUID, client_id: UUID, position: int) -> UUID:
    """The head client's item has the insertion's id; the others' are derived, so that a repeat finds them again."""
    return insertion_id if position == 0 else derived_id(insertion_id, client_id)


def _rows(insertion: InsertionState) -> list[ItemRow]:
    return [_row(insertion, share, position) for position, share in enumerate(invoiced_shares(insertion))]


def invoiced_shares(insertion: InsertionState) -> list[ShareState]:
    """Each client's share, the head client's alone where the media bills the others, or the whole as its share."""
    head = insertion.shares[0]
    if insertion.allocation_invoicing == "head_only":
        return [head]
    if insertion.allocation_invoicing == "total":
        names = [name for name in ShareState.model_fields if name.endswith("_amount")]
        sums = {name: sum((getattr(share, name) for share in insertion.shares), Decimal(0)) for name in names}
        return [head.model_copy(update={**sums, "percent": _WHOLE})]
    return insertion.shares


def _text(insertion: InsertionState, share: ShareState) -> str:
    """What the line says; a client that pays a part of an insertion reads which."""
    part = "" if share.percent == _WHOLE else f"{share.percent.normalize():f}\u00a0% share"
    return " · ".join(filter(None, (insertion.text, part, insertion.invoice_comment)))


def _row(insertion: InsertionState, share: ShareState, position: int) -> ItemRow:
    of = currency(insertion.currency)

    def minor(amount: Decimal) -> int:
        return Money.parse(amount, of).minor

    return ItemRow(
        id=item_id(insertion.id, share.client_id, position),
        version=insertion.version,
        origin="insertion",
        origin_id=insertion.id,
        legal_entity_id=insertion.legal_entity_id,
        client_id=share.client_id,
        plan_id=insertion.plan_id,
        order_id=insertion.order_id,
        order_no=str(insertion.order_no),
        campaign=insertion.campaign,
        product=insertion.product,
        owner=insertion.owner,
        agreement_id=insertion.agreement_id,
        media_id=insertion.media_id,
        media_name=insertion.media_name,
        text=_text(insertion, share),
        dated_on=insertion.insertion_on,
        status=share.status or insertion.status,
        ad_check_missing=insertion.ad_check_required and not insertion.ad_checked,
        correction_kind=insertion.correction_kind,
        credit=insertion.credit,
        original_id=insertion.original_id,
        client_reference=insertion.client_reference,
        not_before_on=insertion.not_before_on,
        currency=insertion.currency,
        exchange_rate=insertion.exchange_rate,
        gross_amount=minor(share.gross_amount),
        net_amount=minor(share.net_amount),
        net_net_amount=minor(share.net_net_amount),
        client_net_amount=minor(share.client_net_amount),
        fee_amount=minor(share.fee_amount),
        capital_cost_amount=minor(share.capital_cost_amount),
        price_amount=minor(share.price_amount),
    )
