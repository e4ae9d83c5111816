"""The list of a contract's lines as its user likes it, and what is kept of that (CT-LIN-29)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.line_checks import stations_of
from services.contracts.application.lines import line_of
from services.contracts.domain.line import SpotTerms
from services.contracts.domain.line_list import LineList
from services.contracts.domain.schedule import WeeklySchedule, repeated
from services.contracts.domain.wording import schedule_words
from services.contracts.repository.radio import contract_by_id, lines_of, rotations_of, trashed_counts
from services.contracts.repository.rows import Record, find, table_of, upsert
from shared.events.fields import clock_text
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession, context_of

AUTOMATIC = "Automatic"
_view = table_of(tables.LineList)


async def line_rows(session: AsyncSession, contract_id: UUID) -> list[Record]:
    """Every line with every column of the list, by line number."""
    header = await contract_by_id(session, contract_id)
    lines = await lines_of(session, [contract_id])
    stations = await stations_of(session, {line["station_id"] for line in lines})
    trashed = await trashed_counts(session, contract_id)
    rotations = {one["id"]: one["name"] for one in await rotations_of(session, [contract_id])}
    return [_row(line, header["currency"], stations, rotations, trashed) for line in lines]


async def own_list(session: AsyncSession) -> LineList:
    """The caller's saved view, or the standard one."""
    found = await find(session, tables.LineList, _view.c.owner == context_of(session).actor)
    return view_of(found[0]["view"]) if found else LineList()


async def save_own_list(session: AsyncSession, view: LineList) -> None:
    """Keep the caller's view."""
    kept = {
        "columns": list(view.columns),
        "sort": list(view.sort),
        "group_by": view.group_by,
        "filters": {name: list(values) for name, values in (view.filters or {}).items()},
    }
    await upsert(session, tables.LineList, [{"owner": context_of(session).actor, "version": 1, "view": kept}])


async def reset_own_list(session: AsyncSession) -> None:
    """Back to the standard columns."""
    await session.execute(_view.delete().where(_view.c.owner == context_of(session).actor))


def view_of(stated: Mapping[str, Any]) -> LineList:
    """A view as it is stated or kept; `Invalid("column")` for a column the list does not have."""
    standard = LineList()
    return LineList(
        tuple(dict.fromkeys(stated["columns"] or standard.columns)),
        tuple(stated["sort"] or standard.sort),
        stated["group_by"],
        stated["filters"] or None,
    )


def _row(
    row: Record,
    currency_code: str,
    stations: Mapping[UUID, Record],
    rotations: Mapping[UUID, str],
    trashed: Mapping[UUID, int],
) -> Record:
    line, of = line_of(row), currency(currency_code)
    terms = line.terms if isinstance(line.terms, SpotTerms) else None
    weekly = terms is not None and isinstance(terms.schedule, WeeklySchedule)
    return {
        "line": row["line_no"],
        "station": stations[row["station_id"]]["code"],
        "avail_type": terms.avail_type if terms else None,
        "start_date": row["start_on"],
        "end_date": row["end_on"],
        "start_time": clock_text(terms.start_minute) if terms else None,
        "end_time": clock_text(terms.end_minute) if terms else None,
        "length": terms.length_seconds if terms else None,
        "schedule": schedule_words(line),
        "rate": Money(row["rate_amount"], of).decimal,
        "qty": row["quantity"],
        "total": Money(row["total_amount"], of).decimal,
        "rotation": rotations.get(row["direct_rotation_id"], AUTOMATIC) if terms else None,
        "comment": row["comment"],
        "override_advertiser": row["override_advertiser"],
        "override_conflict": row["override_conflict"],
        "placement": terms.placement if terms else None,
        "repeated": repeated(row["terms"]["skip_weeks"]) if weekly else None,
        "status": row["status"],
        "trashed": trashed.get(row["id"], 0),
    }
