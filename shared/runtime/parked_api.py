"""The HTTP door of parked messages, the same in every service."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field
from sqlalchemy import Integer, Text, Uuid, column, select, table

from shared.events.examples import example
from shared.events.fields import Moment, Shape, View
from shared.events.fields import Text as TextField
from shared.kernel.errors import NotFound
from shared.runtime import parked
from shared.runtime.audit import audit
from shared.runtime.db import MOMENT, AsyncSession
from shared.runtime.http import Db, Router, Who, needs
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["parked"])

# A read-only stand-in: the migration is the one description of this table.
_PARKED = table(
    "parked",
    column("event_id", Uuid()),
    column("event_type", Text()),
    column("aggregate_id", Uuid()),
    column("sequence", Integer()),
    column("reason", Text()),
    column("error", Text()),
    column("attempts", Integer()),
    column("next_attempt_at", MOMENT),
    column("parked_at", MOMENT),
    column("resolved_at", MOMENT),
    column("resolution", Text()),
    column("discard_asked_by", Text()),
    column("discard_reason", Text()),
)


class ParkedQuery(ListQuery):
    """Filters of the list of parked messages."""

    reason: list[TextField(40)] | None = None  # type: ignore[valid-type]
    open: bool | None = Field(None, description="Still parked, or dealt with.")


class ParkedView(View):
    """A message that could not be handled when it came; the error never shows its content."""

    event_id: UUID
    event_type: str
    aggregate_id: UUID | None
    sequence: int | None
    reason: Literal["error", "refused", "unreadable", "unknown_type", "bad_schema", "gap", "blocked", "dead_letter"]
    error: str
    attempts: int
    next_attempt_at: Moment | None
    parked_at: Moment
    resolved_at: Moment | None
    resolution: Literal["handled", "superseded", "discarded"] | None
    discard_asked_by: str | None
    discard_reason: str | None


class DiscardRequest(Shape):
    """Why the message is given up; the second person's reason is kept in the audit trail."""

    model_config = example(reason="The sender has corrected it in a later message.")

    reason: TextField(500, 1)  # type: ignore[valid-type]


@router.get("/v1/parked", summary="List parked messages")
@needs("parked:read")
async def list_parked(session: Db, query: Annotated[ParkedQuery, Query()]) -> Page[ParkedView]:
    """Parked messages of the tenant, newest first."""
    statement = select(_PARKED)
    if query.reason is not None:
        statement = statement.where(_PARKED.c.reason.in_(query.reason))
    if query.open is not None:
        statement = statement.where(_PARKED.c.resolved_at.is_(None) == query.open)
    keys = (_PARKED.c.parked_at, _PARKED.c.event_id)
    return await page(session, statement, keys=keys, query=query, shape=ParkedView, descending=True)


@router.get("/v1/parked/{event_id}", summary="Show parked message")
@needs("parked:read")
async def show_parked(event_id: UUID, session: Db) -> ParkedView:
    """One parked message."""
    return await _view(session, event_id)


@router.post("/v1/parked/{event_id}/replays", summary="Replay parked message", status_code=202)
@needs("parked:write")
async def replay_parked(event_id: UUID, session: Db) -> ParkedView:
    """Let the message go through its handler again, with all its attempts."""
    await parked.replay(session, event_id)
    await audit(session, action="parked.replayed", entity="parked", entity_id=event_id)
    return await _view(session, event_id)


@router.post("/v1/parked/{event_id}/discards", summary="Discard parked message")
@needs("parked:write")
async def discard_parked(event_id: UUID, body: DiscardRequest, session: Db, who: Who) -> ParkedView:
    """Give the message up: the first person asks, a second one confirms."""
    done = await parked.discard(session, event_id, who=who.subject, reason=body.reason)
    action = "parked.discarded" if done else "parked.discard_asked"
    await audit(session, action=action, entity="parked", entity_id=event_id, reason=body.reason)
    return await _view(session, event_id)


async def _view(session: AsyncSession, event_id: UUID) -> ParkedView:
    found = (await session.execute(select(_PARKED).where(_PARKED.c.event_id == event_id))).one_or_none()
    if found is None:
        raise NotFound("parked_message_unknown", "There is no such parked message.")
    return ParkedView.model_validate(found)
