"""Files of the registers that radio contracts name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from services.contracts import tables
from services.contracts.application import registers
from services.contracts.application.registers import by_code, save_all
from services.contracts.domain.tax import tax_faults
from services.contracts.imports.cells import Flag, Listed, OneWeekday, References, Weekdays
from services.contracts.imports.register_files import RecordLine, as_is, register_kind, with_ids
from services.contracts.repository.rows import Record
from services.contracts.schemas import registers as shapes
from services.contracts.schemas.texts import Lines, Script, Word
from shared.events.fields import Code, CountryCode, CurrencyCode, Day, Name, Shape, rule_error
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

Share = shapes.Share
_ZERO: Any = Field("0", validate_default=True)


def _tax_parts(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    pairs = [one.partition("=") for one in cell.split(";") if one.strip()]
    return [{"name": name.strip(), "percent": percent.strip()} for name, _, percent in pairs]


class LegalEntityLine(RecordLine):
    """legal_entities.csv"""

    currency: CurrencyCode
    country: CountryCode
    address: Lines = ""
    vat_no: Word = ""
    start_of_week: OneWeekday | None = None
    time_zone: shapes.TimeZone = "UTC"
    vat_percent: Share
    number_prefix: Word = ""
    credit_series: Flag = False
    daily_delivery: Flag = False


class TaxLine(RecordLine):
    """taxes.csv"""

    percent: shapes.TaxRate
    parts: Annotated[list[shapes.TaxPartShape], BeforeValidator(_tax_parts)] = []

    @model_validator(mode="after")
    def _add_up(self) -> "TaxLine":
        for fault in tax_faults(self.percent, [part.percent for part in self.parts]):
            raise rule_error(fault.code, fault.message)
        return self


class AgencyLine(RecordLine):
    """agencies.csv"""

    commission_percent: shapes.UsualCommission = _ZERO
    edi_no: Word = ""
    edi_requires_all_codes: Flag = True


class SalespersonLine(RecordLine):
    """salespeople.csv"""

    commission_percent: shapes.UsualCommission = _ZERO


class StationLine(RecordLine):
    """stations.csv"""

    legal_entity_code: Code
    time_zone: shapes.TimeZone
    feeds_automation: Flag = False
    no_logs: Flag = False
    affidavit_text: Lines = ""
    notarized_text: Lines = ""


class CopyLine(Shape):
    """copies.csv; the cart number is the copy's code."""

    cart_no: Code
    name: Name
    client_code: Code
    length_seconds: Annotated[int, Field(ge=1, le=3600)]
    start_on: Day | None = None
    end_on: Day | None = None
    station_codes: Listed = []
    script: Script = ""


class BreakLine(Shape):
    """break_templates.csv: the breaks of a station's day, the same on every weekday."""

    station_code: Code
    start_time: shapes.BreakTime
    weekdays: Weekdays = Field([], max_length=0)
    avail_type: shapes.AvailTypes
    avail_count: Annotated[int, Field(ge=1, le=99)]
    seconds: Annotated[int, Field(ge=1, le=3600)]


def _copy(one: CopyLine, references: References) -> Record:
    made: Record = one.model_dump(exclude={"client_code", "station_codes"})
    stations = [references.id("station_codes", code) for code in one.station_codes]
    return {
        **made,
        "code": one.cart_no,
        "client_id": references.id("client_code", one.client_code),
        "station_ids": stations,
    }


async def _compare_breaks(session: AsyncSession, rows: Sequence[BreakLine]) -> list[Outcome]:
    references = await References.of(session, rows, {"station_code": tables.Station})
    outcomes = []
    for row in rows:
        if refused := references.missing(row):
            outcomes.append(refused)
            continue
        breaks = references.record("station_code", row.station_code)["breaks"]
        present = {one["time"]: one for one in breaks}
        wanted = _break(row)
        verdict = "create" if row.start_time not in present else "update"
        outcomes.append(Outcome("unchanged") if present.get(row.start_time) == wanted else Outcome(verdict))  # type: ignore[arg-type]
    return outcomes


async def _apply_breaks(session: AsyncSession, rows: Sequence[BreakLine], _now: datetime) -> None:
    stations = await by_code(session, tables.Station, [row.station_code for row in rows])
    changed = []
    for code, station in stations.items():
        breaks = {one["time"]: one for one in station["breaks"]}
        breaks |= {row.start_time: _break(row) for row in rows if row.station_code == code}
        record = {**station, "breaks": [breaks[time] for time in sorted(breaks)], "version": station["version"] + 1}
        changed.append({field: value for field, value in record.items() if field != "tenant_id"})
    await save_all(session, registers.STATION, [], changed)


def _break(row: BreakLine) -> Record:
    return {"time": row.start_time, "avail_type": row.avail_type, "avails": row.avail_count, "seconds": row.seconds}


REGISTERS: tuple[ImportKind, ...] = (
    register_kind("legal_entities", registers.LEGAL_ENTITY, LegalEntityLine, {}, as_is, new={"four_eyes_amount": None}),
    register_kind("taxes", registers.TAX, TaxLine, {}, as_is, new={"merged_into_id": None}),
    register_kind("agencies", registers.AGENCY, AgencyLine, {}, as_is),
    register_kind("salespeople", registers.SALESPERSON, SalespersonLine, {}, as_is),
    register_kind(
        "stations",
        registers.STATION,
        StationLine,
        {"legal_entity_code": tables.LegalEntity},
        with_ids("legal_entity_code"),
        new={"breaks": [], "group_id": None},
    ),
    ImportKind(
        "break_templates", BreakLine, ("station_code", "start_time"), _compare_breaks, _apply_breaks, ("station_code",)
    ),
    register_kind(
        "copies",
        registers.COPY,
        CopyLine,
        {"client_code": tables.Client, "station_codes": tables.Station},
        _copy,
        key="cart_no",
    ),
)
