"""A tiny service behind the real door, for tests of the door itself: notes with an amount."""

from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Query, Response
from pydantic import Field
from sqlalchemy import Text, Uuid, column, select, table, text

from shared.events.fields import Amount, Day, Shape, View
from shared.kernel.errors import NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.http import Db, Router, Version, Who, needs, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.service import Service, create_app
from shared.runtime.settings import ServiceSettings
from tests.tokens import JWKS

_AUDIT = table("audit", column("id", Uuid), column("action", Text))
router = Router(tags=["notes"])


class NoteDraft(Shape):
    """A note as its writer sends it."""

    amount: Amount
    on: Day
    outcome: str = "fine"


class NoteView(View):
    """A note as it was kept."""

    id: UUID
    amount: Amount
    on: Day


class NoteRow(View):
    """A note in a list."""

    id: UUID
    action: str


class NoteQuery(ListQuery):
    """What notes can be filtered by."""

    action: list[str] | None = None
    on_gte: Day | None = Field(None, alias="on.gte")


@router.post("/v1/notes", status_code=201)
@needs("note:write", key="required")
async def write_note(body: NoteDraft, session: Db, who: Who, response: Response) -> NoteView:
    """Keep a note, or fail in the way the note asks for."""
    note_id = new_id()
    await audit(session, action=f"note.{who.subject}", entity="note", entity_id=note_id)
    if body.outcome == "refused":
        raise NotAllowedNow("no_notes_now", "Notes are closed.")
    if body.outcome == "overflow":
        await session.execute(text("SELECT CAST(:n AS int)"), {"n": 2**40})
    if body.outcome == "broken":
        raise RuntimeError
    if body.outcome == "slow":
        await session.execute(text("SELECT pg_sleep(0.4)"))
    tag(response, 1)
    return NoteView(id=note_id, amount=body.amount, on=body.on)


@router.get("/v1/notes")
@needs("note:read")
async def list_notes(session: Db, query: Annotated[NoteQuery, Query()]) -> Page[NoteRow]:
    """The notes kept so far."""
    statement = select(_AUDIT.c.id, _AUDIT.c.action)
    return await page(session, statement, keys=(_AUDIT.c.id,), query=query, shape=NoteRow)


@router.get("/v1/notes/{note_id}")
@needs("note:read")
async def show_note(note_id: UUID, session: Db) -> NoteRow:
    """One note, which is never there."""
    raise NotFound("not_found", "There is no such note.")


@router.patch("/v1/notes/{note_id}")
@needs("note:write")
async def change_note(note_id: UUID, body: NoteDraft, version: Version, session: Db) -> NoteView:
    """Change a note that always has a newer version."""
    raise StaleVersion


def notes_app(database_url: str) -> FastAPI:
    """The service over a database that has the plumbing."""
    service = Service("notes", "Notes", "Notes for tests.", [router], {"notes": "Notes to be kept."})
    return create_app(service, ServiceSettings(database_url=database_url, jwks=JWKS))
