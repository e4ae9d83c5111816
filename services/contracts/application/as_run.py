"""As-run lines: kept from a file, matched with a log's units, and decided on by a person where doubtful (CT-LOG-10)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.logs import held_log
from services.contracts.domain.as_run import Expected, Judged, Played, judge
from services.contracts.repository.logs import line_by_id, logs_of, units_on
from services.contracts.repository.logs import played as lines_table
from services.contracts.repository.rows import Record, change, find, insert
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

MINUTE = 60
DECIDED = ("accepted", "ignored")


async def add_as_run(session: AsyncSession, lines: Sequence[Record]) -> None:
    """Keep lines of an as-played file, each with its `log_id`, and match all lines of those logs with their units."""
    kept = [{"id": new_id(), "spot_id": None, "state": "unknown", **line} for line in lines]
    await insert(session, tables.AsRunLine, kept)
    await match_lines(session, {line["log_id"] for line in lines})


async def decide(session: AsyncSession, line_id: UUID, *, to: str, spot_id: UUID | None) -> Record:
    """A person's decision on a line: it is this unit, it is nobody's, or it is open again; the others match anew.

    `log_not_locked`; `unit_taken` when another line was accepted to the unit; `unknown_reference` for a unit that is
    not on the log.
    """
    line = await line_by_id(session, line_id)
    here, _ = await held_log(session, line["log_id"], None)
    if here["state"] != "locked":
        raise NotAllowedNow("log_not_locked", "Only the lines of a locked log are decided on.")
    if to == "accepted":
        if spot_id not in {row["id"] for row in await units_on(session, [here], "locked")}:
            raise Invalid.of([Fault("/spot_id", "unknown_reference", "The unit is not on this log.")])
        taken = lines_table.c.spot_id == spot_id, lines_table.c.state == "accepted", lines_table.c.id != line_id
        if await find(session, tables.AsRunLine, *taken):
            raise NotAllowedNow("unit_taken", "Another line is accepted to the unit.")
    state = "unknown" if to == "open" else to
    await change(session, tables.AsRunLine, [{"id": line_id, "state": state, "spot_id": spot_id}])
    await match_lines(session, {here["id"]})
    await audit(
        session,
        action=f"as_run_line.{state}",
        entity="as_run_line",
        entity_id=line_id,
        before={"state": line["state"], "spot_id": line["spot_id"]},
        after={"state": state, "spot_id": spot_id},
    )
    return await line_by_id(session, line_id)


async def match_lines(session: AsyncSession, log_ids: Iterable[UUID]) -> None:
    """Match the undecided lines of these logs with their units, a few queries for all of them."""
    lines: dict[UUID, list[Record]] = defaultdict(list)
    for row in await find(session, tables.AsRunLine, lines_table.c.log_id.in_(set(log_ids))):
        lines[row["log_id"]].append(row)
    if not lines:
        return
    logs = await logs_of(session, lines)
    units: dict[tuple[UUID, date], list[Record]] = defaultdict(list)
    for row in await units_on(session, logs, "locked", lock=False):
        units[row["station_id"], row["log_on"]].append(row)
    changed: list[Record] = []
    for here in logs:
        own = lines[here["id"]]
        judged = judged_lines(own, units[here["station_id"], here["air_on"]])
        changed += [after for row in own if (after := _matched(row, judged)) is not None]
    await change(session, tables.AsRunLine, changed)


def judged_lines(lines: Sequence[Mapping[str, Any]], units: Sequence[Mapping[str, Any]]) -> Judged:
    """What a log's lines come to beside its units."""
    decided = {row["id"]: row["spot_id"] for row in lines if row["state"] in DECIDED}
    return judge([_played(row) for row in lines], [_expected(row) for row in units], decided)


def _matched(row: Record, judged: Judged) -> Record | None:
    """A line's new state and unit, or None when nothing changes."""
    if row["state"] in DECIDED:
        return None
    spot_id = judged.units.get(row["id"])
    state = "matched" if spot_id else "doubtful" if row["id"] in judged.doubtful_lines else "unknown"
    if (row["state"], row["spot_id"]) == (state, spot_id):
        return None
    return {"id": row["id"], "state": state, "spot_id": spot_id}


def _played(row: Mapping[str, Any]) -> Played:
    return Played(row["id"], row["air_second"], row["cart_no"], row["length_seconds"], row["contract_no"])


def _expected(row: Mapping[str, Any]) -> Expected:
    scheduled = row["scheduled_minute"] * MINUTE
    return Expected(row["id"], scheduled, row["cart_no"] or "", row["length_seconds"], row["contract_no"])
