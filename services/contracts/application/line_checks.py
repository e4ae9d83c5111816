"""Lines as callers state them, checked with their stations and made into rows, of many contracts at once (CT-LIN)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.headers import Parties, local_day, parties_of
from services.contracts.application.lines import at, line_of, line_of_values, stored_line
from services.contracts.application.rotation_checks import binding_faults
from services.contracts.domain.line import check_gross, line_faults
from services.contracts.repository.radio import gross_of
from services.contracts.repository.rows import Record, find, table_of
from shared.kernel.errors import Fault, Invalid
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession

# What the customer prefills on a new spot line; of an off-air line only the station (CT-LIN-24).
_PREFILLED = ("avail_type", "start_time", "end_time")
_NO_ROW: Record = {"direct_rotation_id": None}


@dataclass(frozen=True, slots=True)
class Stated:
    """A line as a caller states it, for a contract, at a place in the request; `before` is the row it replaces."""

    contract: Mapping[str, Any]
    values: Mapping[str, Any]
    line_no: int
    pointer: str
    before: Record | None = None


async def checked_rows(session: AsyncSession, stated: Sequence[Stated], now: datetime) -> list[Record]:
    """The rows of these lines, in their order; `Invalid` with every fault of every line."""
    judged = await judge(session, stated, now)
    faults = [fault for _, found in judged for fault in found]
    if faults:
        raise Invalid.of(faults)
    return [row for row, _ in judged]


async def check_grosses(session: AsyncSession, contracts: Iterable[Mapping[str, Any]]) -> None:
    """Refuse lines, stored by now, that bring a contract to more than can be stated."""
    currencies = {one["id"]: one["currency"] for one in contracts}
    for contract_id, gross in (await gross_of(session, currencies)).items():
        check_gross(gross, currency(currencies[contract_id]))


async def judge(session: AsyncSession, stated: Sequence[Stated], now: datetime) -> list[tuple[Record, list[Fault]]]:
    """Each line's row, or what is wrong with it; a few queries for any number of lines."""
    contracts = {one.contract["id"]: one.contract for one in stated}
    parties = await parties_of(session, list(contracts.values()))
    today = {id_: local_day(now, contract, parties) for id_, contract in contracts.items()}
    wanted = [replace(one, values=_prefilled(one, parties)) for one in stated]
    stations = await stations_of(session, {one.values["station_id"] for one in wanted})
    judged = [_judged(one, stations.get(one.values["station_id"]), today[one.contract["id"]]) for one in wanted]
    unbound = await binding_faults(session, [row or _NO_ROW for row, _ in judged])
    return [
        (row, [replace(fault, pointer=one.pointer + fault.pointer) for fault in [*found, *foreign]])
        for one, (row, found), foreign in zip(wanted, judged, unbound, strict=True)
    ]


async def stations_of(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Record]:
    """Station records by id."""
    return {row["id"]: row for row in await find(session, tables.Station, table_of(tables.Station).c.id.in_(ids))}


def station_faults(station: Record | None, kind: str) -> list[Fault]:
    """What is wrong with the station of a line (CT-LIN-03)."""
    if station is None:
        return [Fault("/station_id", "unknown_reference", "There is no such station.")]
    if station["blocked"]:
        return [Fault("/station_id", "station_inactive", "The station is not active.")]
    if station["no_logs"] and kind == "spots":
        return [Fault("/station_id", "station_has_no_logs", "The station has no logs.")]
    return []


def stored_faults(row: Mapping[str, Any], station: Record | None, today: date) -> list[Fault]:
    """What is wrong with a stored line on the day it is to be approved (CT-LIF-04)."""
    override: bool = row["override_start_date"]
    return station_faults(station, row["kind"]) + line_faults(line_of(row), "", today=today, override_start=override)


def _prefilled(one: Stated, parties: Parties) -> Record:
    client, values = parties.of("client_id", one.contract), dict(one.values)
    if values["station_id"] is None:
        values["station_id"] = client["line_station_id"]
    if values["kind"] == "spots" and one.before is None:
        values |= {
            name: usual
            for name in _PREFILLED
            if values[name] is None and (usual := client[f"line_{name}"]) not in (None, "")
        }
    return values


def _judged(one: Stated, station: Record | None, today: date) -> tuple[Record, list[Fault]]:
    values = one.values
    # A station closed since its line was approved is no fault of the line; another is refused as its own change.
    approved = one.before is not None and one.before["status"] == "approved"
    if not approved and (faults := station_faults(station, values["kind"])):
        return {}, faults
    try:
        line = line_of_values(values, one.line_no, one.contract["currency"])
        row = stored_line(line, values, one.contract["id"])
    except Invalid as refusal:
        return {}, at("", refusal)
    if one.before:
        row |= {name: one.before[name] for name in ("id", "status", "approved_at")}
    if approved:
        return row, []
    return row, line_faults(line, "", today=today, override_start=values["override_start_date"])
