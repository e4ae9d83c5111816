"""Radio files: contracts, their lines and rotations, and as-run logs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts import tables
from services.contracts.application.drafting import add_lines, draft_contracts
from services.contracts.application.headers import header_of, parties_of, with_defaults
from services.contracts.application.line_checks import Stated, judge
from services.contracts.application.registers import by_code
from services.contracts.application.rotating import add_rotations
from services.contracts.domain.header import header_faults
from services.contracts.domain.line import check_gross
from services.contracts.imports.cells import EXISTS_OTHERWISE, Counts, Flag, Listed, References, Weekdays
from services.contracts.repository.radio import contract, gross_of, lines_of, rotations_of
from services.contracts.repository.rows import Record, TableOf, find
from services.contracts.schemas.contracts import Affidavit
from services.contracts.schemas.registers import Cycle, InvoiceType, Share
from services.contracts.schemas.rotations import Length
from services.contracts.schemas.texts import Comment, Phrase, Word
from shared.events.fields import Amount, ClockTime, Code, Day, Shape
from shared.kernel.errors import Fault, Invalid
from shared.kernel.money import Money, currency
from shared.runtime import clock
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

_EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]


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
    headers = [_header(row, references) if not references.missing(row) else {} for row in rows]
    parties = await parties_of(session, [header for header in headers if header])
    outcomes = []
    for row, header in zip(rows, headers, strict=True):
        if refused := references.missing(row):
            outcomes.append(refused)
        elif (before := present.get(row.external_id)) is None:
            faults = header_faults(header_of(with_defaults(header, parties), parties))
            outcomes.append(_refused(faults[0]) if faults else Outcome("create"))
        else:
            same = all(before[name] == value for name, value in header.items())
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
    return given


def _refused(fault: Fault) -> Outcome:
    return Outcome.refused(fault.code, fault.message, fault.pointer.rpartition("/")[2] or None)


async def _compare_lines(session: AsyncSession, rows: Sequence[ContractLineLine]) -> list[Outcome]:
    """New lines are numbered on from the last ever given, and checked as at every other door (CT-LIN-02)."""
    references = await References.of(session, rows, _OF_CONTRACT)
    known = [row for row in rows if not references.missing(row)]
    contracts = {row.contract_external_id: _contract(row, references) for row in known}
    lines = await lines_of(session, [one["id"] for one in contracts.values()])
    present = {(line["contract_id"], line["line_no"]): line for line in lines}
    stated, next_no = {}, {code: contract["last_line_no"] + 1 for code, contract in contracts.items()}
    outcomes: dict[int, Outcome] = {}
    for row in sorted(known, key=lambda one: one.line_no):
        contract = contracts[row.contract_external_id]
        if before := present.get((contract["id"], row.line_no)):
            outcomes[id(row)] = _known_line(row, before, contract["currency"])
        elif contract["state"] not in ("draft", "active"):
            outcomes[id(row)] = Outcome.refused("contract_closed", "The contract is cancelled or completed.")
        elif row.line_no != next_no[row.contract_external_id]:
            outcomes[id(row)] = Outcome.refused("line_no", "Lines are numbered on without a gap.", "line_no")
        else:
            next_no[row.contract_external_id] += 1
            stated[id(row)] = Stated(contract, _line_values(row, references), row.line_no, "")
    judged = await judge(session, list(stated.values()), clock.now()) if stated else []
    grosses = Counter(await gross_of(session, [one["id"] for one in contracts.values()]))
    for (key, one), (line, faults) in zip(stated.items(), judged, strict=True):
        outcomes[key] = _refused(faults[0]) if faults else _within_gross(line, one.contract, grosses)
    return [references.missing(row) or outcomes[id(row)] for row in rows]


def _within_gross(line: Record, contract: Mapping[str, Any], grosses: Counter[UUID]) -> Outcome:
    """A contract may take the line, which counts towards its gross from now on, or it would come to too much."""
    grosses[contract["id"]] += line["total_amount"]
    try:
        check_gross(grosses[contract["id"]], currency(contract["currency"]))
    except Invalid as refusal:
        return Outcome.refused(refusal.code, refusal.message, "rate")
    return Outcome("create")


def _contract(row: ContractLineLine, references: References) -> Record:
    return references.record("contract_external_id", row.contract_external_id)


def _known_line(row: ContractLineLine, before: Record, currency_code: str) -> Outcome:
    rate = Money.parse(row.rate, currency(currency_code)).minor
    same = (before["rate_amount"], before["start_on"], before["end_on"]) == (rate, row.start_on, row.end_on)
    return Outcome("unchanged") if same else EXISTS_OTHERWISE


async def _apply_lines(session: AsyncSession, rows: Sequence[ContractLineLine], now: datetime) -> None:
    references = await References.of(session, rows, _OF_CONTRACT)
    by_contract: dict[UUID, list[Record]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.line_no):
        by_contract[_contract(row, references)["id"]].append(_line_values(row, references))
    locked = await find(session, tables.Contract, contract.c.id.in_(set(by_contract)), lock=True)
    await add_lines(session, [(one, by_contract[one["id"]]) for one in locked], now)


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
        "direct_rotation_id": None,
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
    wanted: dict[UUID, list[Record]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.position):
        contract_id = references.id("contract_external_id", row.contract_external_id)
        assert contract_id is not None
        wanted[contract_id].append(
            {
                **row.model_dump(exclude={"contract_external_id", "position", "station_code", "items", "weekdays"}),
                "station_id": references.id("station_code", row.station_code),
                "weekdays": row.weekdays or _EVERY_DAY,
                "copies": [(references.id("items", cart), 1) for cart in row.items],
            }
        )
    await add_rotations(session, wanted)


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
)
