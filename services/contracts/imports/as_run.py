"""As-run files: what a station's automation system says it played (CT-LOG-10)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator
from sqlalchemy import tuple_

from services.contracts import tables
from services.contracts.application.as_run import add_as_run
from services.contracts.domain.station_time import exists, is_repeated
from services.contracts.imports.cells import Flag, Number, References
from services.contracts.repository.logs import log, played
from services.contracts.repository.rows import Record, find
from services.contracts.schemas.rotations import Length
from services.contracts.schemas.texts import Phrase, Word
from shared.events.examples import example
from shared.events.fields import Code, Day, Shape
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:]\d{1,6})?)?(?: ?([AaPp])\.?[Mm]\.?)?")
_LENGTH = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,4})(?:[.,]\d{1,6})?")


def _seconds(cell: Any) -> Any:
    """Seconds after midnight of 07:20:05, 07:20:05.12, 07:20 or 7:20:05 PM; fractions are dropped."""
    if not isinstance(cell, str):
        return cell
    found = _CLOCK.fullmatch(cell)
    if not found:
        raise ValueError("no time of day")
    hours, minutes, seconds = (int(part or 0) for part in found.group(1, 2, 3))
    if half := found[4]:
        if not 1 <= hours <= 12:
            raise ValueError("no time of day")
        hours = hours % 12 + (12 if half in "Pp" else 0)
    if not (hours < 24 and minutes < 60 and seconds < 60):
        raise ValueError("no time of day")
    return (hours * 60 + minutes) * 60 + seconds


def _length(cell: Any) -> Any:
    """Seconds of 30, 30.0, 00:30 or 0:00:30."""
    if not isinstance(cell, str):
        return cell
    found = _LENGTH.fullmatch(cell)
    if not found:
        raise ValueError("no length")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return (hours * 60 + minutes) * 60 + seconds


class AsRunLine(Shape):
    """as_run.csv: one airing as the automation tells it; `second_pass` in the repeated hour of a clock change."""

    model_config = example(
        station_code="KAAA",
        air_on="2026-10-05",
        air_time="07:21:08",
        cart_no="4711",
        length_seconds="30",
        title="Autumn buns",
    )

    station_code: Code
    air_on: Day
    air_time: Annotated[int, BeforeValidator(_seconds)]
    cart_no: Word
    length_seconds: Annotated[Length, BeforeValidator(_length)]
    contract_no: Number | None = None
    title: Phrase = ""
    second_pass: Flag = False


_OF: dict[str, Any] = {"station_code": tables.Station}


async def _compare(session: AsyncSession, rows: Sequence[AsRunLine]) -> list[Outcome]:
    references = await References.of(session, rows, _OF)
    logs = await _logs(session, rows, references)
    ids = [one["id"] for one in logs.values()]
    known = {
        (one["log_id"], one["air_second"], one["cart_no"], one["second_pass"])
        for one in await find(session, tables.AsRunLine, played.c.log_id.in_(ids))
    }
    outcomes = []
    for row in rows:
        if refused := references.missing(row):
            outcomes.append(refused)
            continue
        station = references.record("station_code", row.station_code)
        here = logs.get((station["id"], row.air_on))
        outcomes.append(_outcome(row, station, here, known))
    return outcomes


def _outcome(row: AsRunLine, station: Record, here: Record | None, known: set[tuple[Any, ...]]) -> Outcome:
    if here is None:
        return Outcome.refused("not_found", "The station has no log for this date.", "air_on")
    if (here["id"], row.air_time, row.cart_no, row.second_pass) in known:
        return Outcome("unchanged")
    if here["state"] != "locked":
        return Outcome.refused("log_not_locked", "Only a locked log takes an as-run file.", "air_on")
    minute, zone = row.air_time // 60, station["time_zone"]
    if not exists(row.air_on, minute, zone) or (row.second_pass and not is_repeated(row.air_on, minute, zone)):
        return Outcome.refused("no_such_time", "The station's clock does not show this time on that day.", "air_time")
    return Outcome("create")


async def _apply(session: AsyncSession, rows: Sequence[AsRunLine], _now: datetime) -> None:
    references = await References.of(session, rows, _OF)
    logs = await _logs(session, rows, references)
    await add_as_run(
        session,
        [
            {
                "log_id": logs[references.id("station_code", row.station_code), row.air_on]["id"],
                "air_second": row.air_time,
                "cart_no": row.cart_no,
                "length_seconds": row.length_seconds,
                "contract_no": row.contract_no,
                "note": row.title,
                "second_pass": row.second_pass,
            }
            for row in rows
        ],
    )


async def _logs(
    session: AsyncSession, rows: Sequence[AsRunLine], references: References
) -> dict[tuple[UUID | None, date], Record]:
    wanted = {
        (references.id("station_code", row.station_code), row.air_on) for row in rows if not references.missing(row)
    }
    found = await find(session, tables.Log, tuple_(log.c.station_id, log.c.air_on).in_(wanted))
    return {(one["station_id"], one["air_on"]): one for one in found}


AS_RUN = ImportKind(
    "as_run", AsRunLine, ("station_code", "air_on", "air_time", "cart_no", "second_pass"), _compare, _apply
)
