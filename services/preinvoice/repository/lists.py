"""Drafts, runs and their items as lists show them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from services.preinvoice.tables import CLIENT, DRAFT, LINE, RUN, RUN_DRAFT
from shared.runtime.db import AsyncSession

Record = dict[str, Any]
_OF_DRAFT = [column for column in DRAFT.c if column.name not in ("tenant_id", "dispatch", "payment_days")]


def drafts_listed() -> Select[Any]:
    """Columns of a draft with what was typed over what was calculated, and its client's code and name."""
    pending = exists().where(LINE.c.draft_id == DRAFT.c.id, LINE.c.pending)
    return select(
        *_OF_DRAFT,
        func.coalesce(DRAFT.c.manual_dispatch, DRAFT.c.dispatch).label("dispatch"),
        func.coalesce(DRAFT.c.manual_payment_days, DRAFT.c.payment_days).label("payment_days"),
        pending.label("pending"),
        func.coalesce(CLIENT.c.code, "").label("client_code"),
        func.coalesce(CLIENT.c.name, "").label("client_name"),
    ).select_from(DRAFT.outerjoin(CLIENT, CLIENT.c.id == DRAFT.c.client_id))


async def drafts_shown(session: AsyncSession, ids: Collection[UUID]) -> list[Record]:
    """These drafts, by planned date and number."""
    statement = drafts_listed().where(DRAFT.c.id.in_(ids)).order_by(DRAFT.c.planned_invoice_on, DRAFT.c.draft_no)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def lines_shown(session: AsyncSession, draft_id: UUID) -> list[Record]:
    """A draft's lines in the order they read."""
    statement = (
        select(*(column for column in LINE.c if column.name != "amount"), LINE.c.amount.label("net_amount"))
        .where(LINE.c.draft_id == draft_id)
        .order_by(LINE.c.item_line_no, LINE.c.slice_start_on, LINE.c.plan_entry_no, LINE.c.amendment_no)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


def runs_listed() -> Select[Any]:
    """Columns of a billing run."""
    return select(RUN)


async def phases_of_run(session: AsyncSession, run_id: UUID) -> list[Record]:
    """Per phase how many drafts went through it and how many came out well (PI-RUN-14)."""
    handed_over, outcome = RUN_DRAFT.c.phase == "issue", RUN_DRAFT.c.outcome
    statement = select(
        func.count().filter(outcome.not_in(("waiting", "not_run"))),
        func.count().filter(handed_over | (outcome == "skipped_zero")),
        func.count().filter(handed_over, outcome != "locked"),
        func.count().filter(handed_over, outcome.in_(("invoiced", "skipped_zero"))),
    ).where(RUN_DRAFT.c.run_id == run_id)
    lock_done, lock_well, issue_done, issue_well = (await session.execute(statement)).one()
    return [
        {"phase": "lock", "processed_count": lock_done, "successful_count": lock_well},
        {"phase": "issue", "processed_count": issue_done, "successful_count": issue_well},
    ]
