"""A contract copied into a new draft on other dates (CT-LIF-27)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.drafting import add_lines, draft_contracts
from services.contracts.application.lines import line_of_values, values_of
from services.contracts.application.rotating import save_rotations
from services.contracts.application.rotation_checks import has_related_copy
from services.contracts.domain.rotation import ratios_of
from services.contracts.repository.radio import contract_by_id, lines_of, rotations_of
from services.contracts.repository.rows import Record, change
from shared.events.fields import FIRST_DAY, LAST_DAY
from shared.kernel.errors import Fault, Invalid
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

# What makes the copy its own contract; notes stay with the original, and so does what happened to it.
_ITS_OWN = frozenset(
    {
        "tenant_id", "id", "version", "code", "contract_no", "last_line_no", "state", "revision", "correction",
        "correction_id", "corrected_fields", "notes", "approved_at", "cancelled_at", "completed_on",
    }
)  # fmt: skip


async def duplicate_contract(
    session: AsyncSession, contract_id: UUID, *, start_on: date, end_on: date | None, code: str | None, now: datetime
) -> tuple[UUID, list[int]]:
    """The new draft, and the numbers of the original's lines that were left without units and dropped.

    Every flight moves by as many days as the first; no line runs beyond `end_on`. Weekly schedules move along, counts
    set date by date stay only on dates still inside the flight (CT-LIN-10). Refusals are those of a new draft.
    """
    if end_on is not None and end_on < start_on:
        raise Invalid.of([Fault("/end_on", "date_order", "The end date lies before the start date.", field="end_on")])
    source = await contract_by_id(session, contract_id)
    lines = await lines_of(session, [contract_id])
    header = {name: value for name, value in source.items() if name not in _ITS_OWN}
    (drafted,) = await draft_contracts(session, [header | ({"code": code} if code else {})])
    moved = _moved(lines, source["currency"], start_on, end_on)
    kept = [line for line in lines if line["line_no"] in moved]
    rows: list[Record] = []
    if kept:
        stated = [{**moved[line["line_no"]], "direct_rotation_id": None} for line in kept]
        rows = await add_lines(session, [(drafted, stated)], now, drafting=True)
        await _copy_rotations(session, drafted, source, start_on - _first(lines), kept, rows)
    await audit(
        session,
        action="contract.duplicated",
        entity="contract",
        entity_id=drafted["id"],
        before={"contract_id": contract_id, "contract_no": source["contract_no"]},
    )
    return drafted["id"], [line["line_no"] for line in lines if line["line_no"] not in moved]


def _moved(
    lines: Sequence[Record], currency_code: str, start_on: date, end_on: date | None
) -> dict[int, dict[str, Any]]:
    """The lines' values on their new dates, by number; without those that would order nothing."""
    moved: dict[int, dict[str, Any]] = {}
    for line in lines:
        values = values_of(line, currency_code) | {"override_start_date": False}
        shift = start_on - _first(lines)
        values["start_on"] += shift
        values["end_on"] = min(values["end_on"] + shift, end_on or LAST_DAY)
        if values["dates"]:
            inside = {day: n for day, n in values["dates"].items() if values["start_on"] <= day <= values["end_on"]}
            values["dates"] = inside
        if _orders_something(values, currency_code):
            moved[line["line_no"]] = values
    return moved


def _orders_something(values: Mapping[str, Any], currency_code: str) -> bool:
    try:
        return line_of_values(values, 1, currency_code).quantity > 0
    except Invalid:
        return False


def _first(lines: Sequence[Record]) -> date:
    first: date = min(line["start_on"] for line in lines)
    return first


def _in_the_calendar(day: date) -> date:
    return max(FIRST_DAY, min(day, LAST_DAY))


async def _copy_rotations(
    session: AsyncSession,
    drafted: Record,
    source: Record,
    shift: timedelta,
    kept: Sequence[Record],
    rows: Sequence[Record],
) -> None:
    """Rotations move along and lines stay bound to theirs; where no copy would suit the new dates none are copied."""
    originals = await rotations_of(session, [source["id"]])
    if not originals or not await has_related_copy(session, drafted):
        return
    wanted = [
        {
            **{name: one[name] for name in ("name", "station_id", "length_seconds", "weekdays")},
            "start_on": _in_the_calendar(one["start_on"] + shift),
            "end_on": _in_the_calendar(one["end_on"] + shift),
            "start_time": one["start_minute"],
            "end_time": one["end_minute"],
            "copies": ratios_of(one["sequence"]),
        }
        for one in originals
    ]
    saved = (await save_rotations(session, drafted["id"], None, wanted)).rows
    bound = {old["id"]: new["id"] for old, new in zip(originals, saved, strict=True)}
    await change(
        session,
        tables.ContractLine,
        [
            {"id": row["id"], "direct_rotation_id": bound[line["direct_rotation_id"]]}
            for line, row in zip(kept, rows, strict=True)
            if line["direct_rotation_id"]
        ],
    )
