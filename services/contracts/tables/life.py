"""What happens to a contract beside its own row: corrections, confirmations, how a user lists its lines."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlmodel import Field

from services.contracts.tables.base import Json, Key, KeyNumber, KeyWords, MaybeAt, Row, Words
from shared.runtime.db import MOMENT

At = Annotated[datetime, Field(sa_type=MOMENT)]


class Correction(Row, table=True):
    """A wish to correct an approved contract and what became of it; `changes` wait until it is saved (CT-LIF-13)."""

    __tablename__ = "correction"

    tenant_id: Key
    id: Key
    version: int
    contract_id: UUID
    state: Words
    reason: Words
    requested_by: Words
    requested_at: At
    expires_at: At
    opened_at: MaybeAt
    changes: Json
    closed_by: Words
    closed_at: MaybeAt
    blocked_by: Json


class Confirmation(Row, table=True):
    """What the confirmation of a revision says, word for word; rows are only ever added (CT-DOC-04)."""

    __tablename__ = "confirmation"

    tenant_id: Key
    contract_id: Key
    revision: KeyNumber
    made_at: At
    content: Json


class ConfirmationQueue(Row, table=True):
    """A confirmation that waits to be printed (CT-DOC-07)."""

    __tablename__ = "confirmation_queue"

    tenant_id: Key
    id: Key
    contract_id: UUID
    revision: int
    queued_at: At


class ConfirmationPrint(Row, table=True):
    """A print of queued confirmations; `content` is its PDF once a worker has made it."""

    __tablename__ = "confirmation_print"

    tenant_id: Key
    id: Key
    entries: Json
    printed_by: Words
    printed_at: At
    content: bytes | None


class LineList(Row, table=True):
    """How a user likes the list of lines: columns in their order, sorting, grouping, filters (CT-LIN-29)."""

    __tablename__ = "line_view"

    tenant_id: Key
    owner: KeyWords
    version: int
    view: Json
