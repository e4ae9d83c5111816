"""Drafts and their lines: load many, save what a generation decided."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.preinvoice.domain.campaign import Recipient
from services.preinvoice.domain.draft import Draft, DraftHeader, DraftKey, DraftLine, LineFigures, LineKey, Manual
from services.preinvoice.tables import DRAFT, LINE, REVERSED
from shared.kernel.errors import NotFound
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession, context_of


async def drafts_of_campaigns(
    session: AsyncSession, campaign_ids: Collection[UUID], *, lock: bool = True
) -> dict[UUID, list[Draft]]:
    """Every draft of the campaigns, by campaign."""
    found: dict[UUID, list[Draft]] = defaultdict(list)
    for draft in await _load(session, DRAFT.c.campaign_id.in_(campaign_ids), lock=lock):
        found[draft.campaign_id].append(draft)
    return found


async def drafts_by_id(session: AsyncSession, ids: Collection[UUID], *, lock: bool = False) -> list[Draft]:
    """The drafts that still exist, with their lines, in order of their ids."""
    return await _load(session, DRAFT.c.id.in_(ids), lock=lock)


async def get_draft(session: AsyncSession, draft_id: UUID, *, lock: bool = False) -> Draft:
    """One draft; `NotFound`."""
    found = await drafts_by_id(session, [draft_id], lock=lock)
    if not found:
        raise NotFound("not_found", "There is no such draft pre-invoice.")
    return found[0]


async def drafts_of_invoices(session: AsyncSession, invoice_ids: Collection[UUID]) -> list[Draft]:
    """The drafts that became these invoices, locked."""
    return await _load(session, DRAFT.c.invoice_id.in_(invoice_ids), lock=True)


async def keep_reversed(session: AsyncSession, invoice_ids: Collection[UUID]) -> None:
    """Remember that credit notes have reversed these invoices."""
    tenant = context_of(session).tenant_id
    rows = [{"tenant_id": tenant, "invoice_id": invoice_id} for invoice_id in invoice_ids]
    if rows:
        await session.execute(upsert(REVERSED).values(rows).on_conflict_do_nothing())


async def reversed_of(session: AsyncSession, invoice_ids: Collection[UUID]) -> set[UUID]:
    """Of these invoices, those whose credit note was heard of."""
    found = await session.execute(select(REVERSED.c.invoice_id).where(REVERSED.c.invoice_id.in_(invoice_ids)))
    return set(found.scalars())


async def insert_drafts(session: AsyncSession, drafts: Sequence[Draft]) -> None:
    """Store new drafts with their lines."""
    if drafts:
        await session.execute(insert(DRAFT), [_row(session, draft) for draft in drafts])
        await _insert_lines(session, drafts)


async def save_drafts(session: AsyncSession, drafts: Sequence[Draft]) -> None:
    """Store changed drafts, their lines untouched."""
    if not drafts:
        return
    rows = [_row(session, draft) for draft in drafts]
    changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name not in ("tenant_id", "id")}
    values = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    statement = update(DRAFT).where(DRAFT.c.id == bindparam("new_id")).values(changed)
    await session.execute(statement, values)


async def replace_lines(session: AsyncSession, drafts: Sequence[Draft]) -> None:
    """Store the lines of changed drafts in place of those they had.

    All old lines go before the first new one comes: a line may move from one draft to another (PI-GEN-03).
    """
    if drafts:
        await session.execute(delete(LINE).where(LINE.c.draft_id.in_([draft.id for draft in drafts])))
        await _insert_lines(session, drafts)


async def delete_drafts(session: AsyncSession, drafts: Sequence[Draft]) -> None:
    """Remove drafts with their lines."""
    if drafts:
        await session.execute(delete(DRAFT).where(DRAFT.c.id.in_([draft.id for draft in drafts])))


async def _load(session: AsyncSession, which: ColumnElement[bool], *, lock: bool) -> list[Draft]:
    statement = select(DRAFT).where(which).order_by(DRAFT.c.id)
    rows = (await session.execute(statement.with_for_update() if lock else statement)).all()
    listed = (
        select(LINE)
        .where(LINE.c.draft_id.in_([row.id for row in rows]))
        .order_by(LINE.c.item_line_no, LINE.c.slice_start_on, LINE.c.plan_entry_no, LINE.c.amendment_no)
    )
    lines: dict[UUID, list[DraftLine]] = defaultdict(list)
    for line in await session.execute(listed):
        lines[line.draft_id].append(_line(line))
    return [_draft(row, lines[row.id]) for row in rows]


async def _insert_lines(session: AsyncSession, drafts: Sequence[Draft]) -> None:
    tenant = context_of(session).tenant_id
    rows = [
        {
            "tenant_id": tenant,
            "id": line.id,
            "draft_id": draft.id,
            **asdict(line.key),
            **{name: value for name, value in asdict(line.figures).items() if name != "days"},
            "slice_start_on": line.figures.days.start_on,
            "slice_end_on": line.figures.days.last_on,
            "reversed": line.reversed,
            "manual_delivered_quantity": line.manual_delivered_quantity,
        }
        for draft in drafts
        for line in draft.lines
    ]
    await session.execute(insert(LINE), rows)


def _row(session: AsyncSession, draft: Draft) -> dict[str, Any]:
    header = draft.header
    return {
        "tenant_id": context_of(session).tenant_id,
        "id": draft.id,
        "version": draft.version,
        "draft_no": draft.draft_no,
        "campaign_id": draft.campaign_id,
        "status": draft.status,
        **asdict(draft.key),
        "sequence_no": draft.sequence_no,
        "campaign_no": header.campaign_no,
        "campaign_name": header.campaign_name,
        "legal_entity_id": header.legal_entity_id,
        "recipient": asdict(header.recipient),
        "dispatch": header.dispatch,
        "payment_days": header.payment_days,
        "client_reference": header.client_reference,
        "billing_start_on": header.billing_period.start_on,
        "billing_end_on": header.billing_period.last_on,
        "service_start_on": header.service.start_on,
        "service_end_on": header.service.last_on,
        "accounting_end_on": header.accounting_end_on,
        "deferred_until_on": header.deferred_until_on,
        "manual_invoice_on": draft.manual.invoice_on,
        "text": draft.manual.text,
        "manual_payment_days": draft.manual.payment_days,
        "manual_dispatch": draft.manual.dispatch,
        "total_amount": draft.total,
        "billing_run_id": draft.billing_run_id,
        "invoice_id": draft.invoice_id,
        "invoice_no": draft.invoice_no,
    }


def _draft(row: Any, lines: Sequence[DraftLine]) -> Draft:
    return Draft(
        id=row.id,
        campaign_id=row.campaign_id,
        draft_no=row.draft_no,
        version=row.version,
        status=row.status,
        key=DraftKey(row.client_id, row.currency, row.accounting_on, row.planned_invoice_on, row.kind),
        sequence_no=row.sequence_no,
        header=DraftHeader(
            campaign_no=row.campaign_no,
            campaign_name=row.campaign_name,
            legal_entity_id=row.legal_entity_id,
            recipient=Recipient(**row.recipient),
            dispatch=row.dispatch,
            payment_days=row.payment_days,
            client_reference=row.client_reference,
            billing_period=Period.inclusive(row.billing_start_on, row.billing_end_on),
            service=Period.inclusive(row.service_start_on, row.service_end_on),
            accounting_end_on=row.accounting_end_on,
            deferred_until_on=row.deferred_until_on,
        ),
        manual=Manual(row.manual_invoice_on, row.text, row.manual_payment_days, row.manual_dispatch),
        lines=tuple(lines),
        billing_run_id=row.billing_run_id,
        invoice_id=row.invoice_id,
        invoice_no=row.invoice_no,
    )


def _line(row: Any) -> DraftLine:
    return DraftLine(
        id=row.id,
        key=LineKey(row.item_id, row.service_start_on, row.basis, row.plan_entry_no, row.amendment_no),
        figures=LineFigures(
            item_line_no=row.item_line_no,
            text=row.text,
            days=Period.inclusive(row.slice_start_on, row.slice_end_on),
            quantity=row.quantity,
            delivered_quantity=row.delivered_quantity,
            amount=row.amount,
            vat_percent=row.vat_percent,
            show_on_invoice=row.show_on_invoice,
            note=row.note,
            pending=row.pending,
        ),
        reversed=row.reversed,
        manual_delivered_quantity=row.manual_delivered_quantity,
    )
