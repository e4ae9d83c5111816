"""Confirmations at the door: revisions, what waits to be printed, prints."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.examples import QUEUED_PRINT, example
from shared.events.fields import Moment, Shape, View, ruled

Format = Annotated[
    Literal["pdf", "html", "csv", "json"], ruled("format", "A confirmation comes as pdf, html, csv or json.")
]


class RevisionRow(View):
    """A revision of a contract whose confirmation can be printed (CT-DOC-05)."""

    contract_id: UUID
    revision: int
    made_at: Moment


class QueuedRow(View):
    """A confirmation that waits to be printed (CT-DOC-07)."""

    id: UUID
    contract_id: UUID
    contract_no: int
    client_id: UUID
    revision: int
    queued_at: Moment


class PrintShape(Shape):
    """Which queued confirmations to print; all that wait, at most 500, when none is named."""

    model_config = example(entry_ids=[QUEUED_PRINT])

    entry_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = None


class PrintEntry(View):
    """A confirmation in a print."""

    contract_id: UUID
    revision: int


class PrintView(View):
    """A print of queued confirmations: one PDF, each of them on pages of its own."""

    id: UUID
    entries: list[PrintEntry]
    printed_by: str
    printed_at: Moment
    ready: bool
    document_url: str


class HistoryRow(View):
    """One action on a contract: who did what when and why, and for corrections each old and new value (CT-LIF-25)."""

    id: UUID
    at: Moment
    actor: str
    action: Annotated[str, Field(examples=["contract.approved"])]
    before: dict[str, object] | None
    after: dict[str, object] | None
    reason: str
