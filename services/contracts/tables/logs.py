"""Logs with their breaks, the units on them, and what the automation says ran."""

from datetime import date
from uuid import UUID

from services.contracts.tables.base import Json, Key, MaybeAt, MaybeDay, MaybeId, Minor, Row, Words


class Log(Row, table=True):
    """One station's schedule for one date; `cursors_before` is what unlocking restores (CT-LOG-01, CT-ROT-28)."""

    __tablename__ = "log"

    tenant_id: Key
    id: Key
    version: int
    station_id: UUID
    air_on: date
    state: Words
    cursors_before: Json


class LogBreak(Row, table=True):
    """A timed group of avails on a log."""

    __tablename__ = "log_break"

    tenant_id: Key
    id: Key
    log_id: UUID
    start_minute: int
    avail_types: Json
    avail_count: int
    seconds: int


class Spot(Row, table=True):
    """One unit with its own identity for life (CT-LIN-32); times in minutes after the station's midnight."""

    __tablename__ = "spot"

    tenant_id: Key
    id: Key
    version: int
    contract_id: UUID
    line_id: UUID
    line_no: int
    station_id: UUID
    state: Words
    original_target_on: date
    target_on: date
    length_seconds: int
    rate_amount: Minor
    avail_type: Words
    log_on: MaybeDay
    break_id: MaybeId
    break_position: int | None
    scheduled_minute: int | None
    air_minute: int | None
    aired_at: MaybeAt
    copy_id: MaybeId
    invoice_id: MaybeId


class AsRunLine(Row, table=True):
    """A line of an as-played file; `state` says whether it was matched, is doubtful, or was decided on (CT-LOG-10)."""

    __tablename__ = "as_run_line"

    tenant_id: Key
    id: Key
    log_id: UUID
    air_second: int
    cart_no: Words
    length_seconds: int
    contract_no: int | None
    note: Words
    second_pass: bool
    state: Words
    spot_id: MaybeId


class IssuedInvoice(Row, table=True):
    """An issued invoice as far as units and insertions show it; a reversed one marks nothing any more."""

    __tablename__ = "issued_invoice"

    tenant_id: Key
    id: Key
    contract_id: MaybeId
    credit: bool
    invoice_no: Words
    invoice_on: MaybeDay
    issued_at: MaybeAt
    reversed: bool
    blocks: bool
