"""Radio files: contracts, their lines and rotations, and as-run logs."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field
from sqlalchemy import tuple_

from services.contracts import tables
from services.contracts.application.drafting import add_lines, draft_contracts
from services.contracts.application.lines import line_of_values
from services.contracts.application.reconciling import add_as_run
from services.contracts.application.registers import by_code
from services.contracts.application.rotating import add_rotations
from services.contracts.imports.cells import EXISTS_OTHERWISE, Counts, Flag, Listed, Number, References, Weekdays
from services.contracts.repository.logs import log, played
from services.contracts.repository.radio import contract_by_id, lines_of, rotations_of
from services.contracts.repository.rows import Record, TableOf, find
from services.contracts.schemas.contracts import Affidavit, Length
from services.contracts.schemas.registers import Cycle, InvoiceType, Share
from services.contracts.schemas.texts import Comment, Phrase, Word
from shared.events.fields import Amount, ClockTime, Code, Day, Shape
from shared.kernel.errors import Invalid
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

_EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]


def _seconds(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    hours, minutes, seconds = cell.split(":")
    if not (0 <= int(hours) < 24 and 0 <= int(minutes) < 60 and 0 <= int(seconds) < 60):
        raise ValueError("no time of day")
    return (int(hours) * 60 + int(minutes)) * 60 + int(seconds)


class ContractLine(Shape):
    """contracts.csv: a header; blank cells take the client's defaults (CT-HDR-03)."""

    external_id: Code
    client_code: Code
    agency_code: str = ""
    salesperson_code: str = ""
    product: Phrase = ""
    po_no: Annotated[str, Field(max_length=50)] = ""
    estimate_no: Phrase = ""
    billing_cycle: Cycle | None = None
    invoice_type: InvoiceType | None = None
    affidavit: Affidavit | None = None
    discount_percent: Share | None = None
    agency_commission_percent: Share | None = None
    sales_commission_percent: Share | None = None
    tax_code: str = ""
    pre_pay: Flag | None = None
    comment: Comment = ""


class ContractLineLine(Shape):
    """contract_lines.csv"""

    contract_external_id: Code
    line_no: Annotated[int, Field(ge=1, le=500)]
    kind: Literal["spots", "off_air"]
    station_code: Code
    avail_type: str = ""
    start_on: Day
    end_on: Day
    start_time: ClockTime | None = None
    end_time: ClockTime | None = None
    length_seconds: Length | None = None
    schedule: Counts | None = None
    skip_weeks: Annotated[int, Field(ge=0, le=52)] = 0
    override_start_date: Flag = False
    rate: Amount
    placement: Annotated[int, Field(ge=1, le=10)] = 5
    frequency: Literal["daily", "weekly", "monthly", "single"] | None = None
    income_account: Word = ""
    comment: Comment = ""


class RotationLine(Shape):
    """rotations.csv: `items` are cart numbers in sequence (CT-ROT-24)."""

    contract_external_id: Code
    position: Annotated[int, Field(ge=1, le=200)]
    name: Phrase = ""
    station_code: str = ""
    length_seconds: Length
    start_on: Day
    end_on: Day
    start_time: ClockTime = 0
    end_time: ClockTime = 24 * 60
    weekdays: Weekdays = []
    items: Listed


class AsRunLine(Shape):
    """as_run.csv: one airing as the automation tells it (CT-LOG-10)."""

    station_code: Code
    air_on: Day
    air_time: Annotated[int, BeforeValidator(_seconds)]
    cart_no: Word
    length_seconds: Length
    contract_no: Number | None = None
    title: Phrase = ""


_PARTIES: dict[str, TableOf] = {
    "client_code": tables.Client,
    "agency_code": tables.Agency,
    "salesperson_code": tables.Salesperson,
    "tax_code": tables.Tax,
}
_OF_CONTRACT: dict[str, TableOf] = {"contract_external_id": tables.Contract, "station_code": tables.Station}


async def _compare_contracts(session: AsyncSession, rows: Sequence[ContractLine]) -> list[Outcome]:
    references = await References.of(session, rows, _PARTIES)
    present = await by_code(session, tables.Contract, [row.external_id for row in rows])
    outcomes = []
    for row in rows:
        if refused := references.missing(row):
            outcomes.append(refused)
        elif (before := present.get(row.external_id)) is None:
            outcomes.append(Outcome("create"))
        else:
            same = all(before[name] == value for name, value in _header(row, references).items())
            outcomes.append(Outcome("unchanged") if same else EXISTS_OTHERWISE)
    return outcomes


async def _apply_contracts(session: AsyncSession, rows: Sequence[ContractLine], _now: datetime) -> None:
    references = await References.of(session, rows, _PARTIES)
    await draft_contracts(session, [_header(row, references) for row in rows])


def _header(row: ContractLine, references: References) -> Record:
    given: Record = row.model_dump(exclude_none=True, exclude={"external_id", *_PARTIES})
    given["code"] = row.external_id
    for column in _PARTIES:
        if code := getattr(row, column):
            given[column.removesuffix("_code") + "_id"] = references.id(column, code)
    return given | {"agency_id": given.get("agency_id")}


async def _compare_lines(session: AsyncSession, rows: Sequence[ContractLineLine]) -> list[Outcome]:
    references = await References.of(session, rows, _OF_CONTRACT)
    ids = {
        references.id("contract_external_id", row.contract_external_id) for row in rows if not references.missing(row)
    }
    lines = await lines_of(session, [one for one in ids if one])
    present = {(line["contract_id"], line["line_no"]): line for line in lines}
    return [references.missing(row) or _line_outcome(row, references, present) for row in rows]


def _line_outcome(row: ContractLineLine, references: References, present: dict[tuple[UUID, int], Record]) -> Outcome:
    contract = references.record("contract_external_id", row.contract_external_id)
    try:
        line = line_of_values(_line_values(row, references), row.line_no, contract["currency"])
    except Invalid as refused:
        return Outcome.refused(refused.code, refused.message)
    before = present.get((contract["id"], row.line_no))
    if before is None:
        return Outcome("create")
    same = (before["rate_amount"], before["quantity"], before["start_on"]) == (line.rate, line.quantity, row.start_on)
    return Outcome("unchanged") if same else EXISTS_OTHERWISE


async def _apply_lines(session: AsyncSession, rows: Sequence[ContractLineLine], now: datetime) -> None:
    references = await References.of(session, rows, _OF_CONTRACT)
    by_contract: dict[UUID, list[Record]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.line_no):
        contract_id = references.id("contract_external_id", row.contract_external_id)
        assert contract_id is not None
        by_contract[contract_id].append(_line_values(row, references))
    for contract_id, lines in sorted(by_contract.items()):
        await add_lines(session, await contract_by_id(session, contract_id, lock=True), lines, now)


def _line_values(row: ContractLineLine, references: References) -> Record:
    return {
        **row.model_dump(exclude={"contract_external_id", "line_no", "station_code", "schedule", "rate"}),
        "station_id": references.id("station_code", row.station_code),
        "avail_type": row.avail_type or None,
        "counts": row.schedule,
        "rate_amount": row.rate,
        "spots_per_week": None,
        "days": [],
        "dates": None,
        "weekday": 0,
        "month_day": 24,
    }


_OF_ROTATION: dict[str, TableOf] = {
    "contract_external_id": tables.Contract,
    "station_code": tables.Station,
    "items": tables.Copy,
}


async def _compare_rotations(session: AsyncSession, rows: Sequence[RotationLine]) -> list[Outcome]:
    references = await References.of(session, rows, _OF_ROTATION)
    ids = {
        references.id("contract_external_id", row.contract_external_id) for row in rows if not references.missing(row)
    }
    present = {
        (one["contract_id"], one["position"]): one for one in await rotations_of(session, [one for one in ids if one])
    }
    outcomes = []
    for row in rows:
        if refused := references.missing(row):
            outcomes.append(refused)
            continue
        contract_id = references.id("contract_external_id", row.contract_external_id)
        before = present.get((contract_id, row.position)) if contract_id else None
        copies = [references.id("items", cart) for cart in row.items]
        same = before is not None and before["sequence"] == copies and before["start_on"] == row.start_on
        outcomes.append(Outcome("create") if before is None else Outcome("unchanged") if same else EXISTS_OTHERWISE)
    return outcomes


async def _apply_rotations(session: AsyncSession, rows: Sequence[RotationLine], _now: datetime) -> None:
    references = await References.of(session, rows, _OF_ROTATION)
    contracts: dict[UUID, Record] = {}
    wanted: dict[UUID, list[Record]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.position):
        contract = references.record("contract_external_id", row.contract_external_id)
        contracts[contract["id"]] = contract
        wanted[contract["id"]].append(
            {
                **row.model_dump(exclude={"contract_external_id", "position", "station_code", "items", "weekdays"}),
                "station_id": references.id("station_code", row.station_code),
                "weekdays": row.weekdays or _EVERY_DAY,
                "copies": [(references.id("items", cart), 1) for cart in row.items],
            }
        )
    await add_rotations(session, contracts, wanted)


async def _compare_as_run(session: AsyncSession, rows: Sequence[AsRunLine]) -> list[Outcome]:
    references = await References.of(session, rows, {"station_code": tables.Station})
    logs = await _logs(session, rows, references)
    known = {
        (one["log_id"], one["air_second"], one["cart_no"])
        for one in await find(session, tables.AsRunLine, played.c.log_id.in_([one["id"] for one in logs.values()]))
    }
    outcomes = []
    for row in rows:
        if refused := references.missing(row):
            outcomes.append(refused)
            continue
        here = logs.get((references.id("station_code", row.station_code), row.air_on))
        if here is None:
            outcomes.append(Outcome.refused("not_found", "The station has no log for this date.", "air_on"))
        elif (here["id"], row.air_time, row.cart_no) in known:
            outcomes.append(Outcome("unchanged"))
        elif here["state"] != "locked":
            outcomes.append(Outcome.refused("log_not_locked", "Only a locked log takes an as-run file.", "air_on"))
        else:
            outcomes.append(Outcome("create"))
    return outcomes


async def _apply_as_run(session: AsyncSession, rows: Sequence[AsRunLine], _now: datetime) -> None:
    references = await References.of(session, rows, {"station_code": tables.Station})
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


RADIO: tuple[ImportKind, ...] = (
    ImportKind("contracts", ContractLine, ("external_id",), _compare_contracts, _apply_contracts),
    ImportKind(
        "contract_lines",
        ContractLineLine,
        ("contract_external_id", "line_no"),
        _compare_lines,
        _apply_lines,
        ("contract_external_id",),
    ),
    ImportKind(
        "rotations",
        RotationLine,
        ("contract_external_id", "position"),
        _compare_rotations,
        _apply_rotations,
        ("contract_external_id",),
    ),
    ImportKind("as_run", AsRunLine, ("station_code", "air_on", "air_time", "cart_no"), _compare_as_run, _apply_as_run),
)
