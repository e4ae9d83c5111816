"""Register files: created or updated by code."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from services.contracts import tables
from services.contracts.application import registers
from services.contracts.application.registers import Register, by_code, save_all, stored
from services.contracts.imports.cells import Flag, Listed, Number, OneWeekday, References, Weekdays
from services.contracts.repository.rows import Record, TableOf
from services.contracts.schemas import registers as shapes
from services.contracts.schemas.texts import Lines, Phrase, Script, Word
from shared.events.fields import Amount, ClockTime, Code, CountryCode, CurrencyCode, Day, Name, Shape
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

Share = shapes.Share
_ZERO: Any = Field("0", validate_default=True)


def _tax_parts(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    pairs = [one.partition("=") for one in cell.split(";") if one.strip()]
    return [{"name": name.strip(), "percent": percent.strip()} for name, _, percent in pairs]


class _Record(Shape):
    code: Code
    name: Name


class LegalEntityLine(_Record):
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


class TaxLine(_Record):
    """taxes.csv"""

    percent: Share
    parts: Annotated[list[shapes.TaxPartShape], BeforeValidator(_tax_parts)] = []


class AgencyLine(_Record):
    """agencies.csv"""

    commission_percent: Share = _ZERO
    edi_no: Word = ""
    edi_requires_all_codes: Flag = True


class SalespersonLine(_Record):
    """salespeople.csv"""

    commission_percent: Share = _ZERO


class SupplierLine(_Record):
    """suppliers.csv"""

    currency: CurrencyCode
    payment_days: Number = 30


class MediaLine(_Record):
    """media.csv"""

    supplier_code: str = ""
    currency: CurrencyCode
    media_type: Word = ""
    ad_check_required: Flag = False
    look_ahead_days: Number = 0
    default_status: shapes.DefaultStatus = ""


class StationLine(_Record):
    """stations.csv"""

    legal_entity_code: Code
    time_zone: shapes.TimeZone
    feeds_automation: Flag = False
    no_logs: Flag = False
    affidavit_text: Lines = ""
    notarized_text: Lines = ""


class AgreementLine(_Record):
    """agreements.csv"""

    current_invoicing: Flag = False
    current_deduction: Flag = False
    timing: str = Field("insertion", pattern="^(insertion|plan_first|plan_last|order_last)$")
    default_status: shapes.DefaultStatus = ""
    received_percent: Share = _ZERO
    passed_on_percent: Share = _ZERO
    fee_percent: Share = _ZERO
    fee_base: shapes.FeeBase = "net"
    capital_cost_percent: Share = _ZERO
    capital_cost_base: shapes.FeeBase = "client_net"


class ClientLine(_Record):
    """clients.csv"""

    legal_entity_code: Code
    category: Word = ""
    address: Lines = ""
    country: Word = ""
    vat_no: Word = ""
    email: Phrase = ""
    vat_percent: Share
    currency: CurrencyCode
    language: Word = "en"
    payment_days: Number = 30
    from_month_end: Flag = False
    separate_by: str = Field("plan", pattern="^(client|campaign|plan|order|product)$")
    reference_required: Flag = False
    minimum_amount: Amount = _ZERO
    agency_code: str = ""
    salesperson_code: str = ""
    tax_code: str = ""
    discount_percent: Share = _ZERO
    billing_cycle: shapes.Cycle = "calendar"
    invoice_type: shapes.InvoiceType = "detail"
    pre_pay: Flag = False


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


class PlanLine(_Record):
    """plans.csv"""

    client_code: Code
    agreement_code: Code
    owner: Phrase = ""
    client_reference: Phrase = ""
    campaign: Phrase = ""
    product: Phrase = ""
    invoice_on: Day | None = None


class BreakLine(Shape):
    """break_templates.csv: the breaks of a station's day, the same on every weekday."""

    station_code: Code
    start_time: ClockTime
    weekdays: Weekdays = Field([], max_length=0)
    avail_type: Code
    avail_count: Annotated[int, Field(ge=1, le=99)]
    seconds: Annotated[int, Field(ge=1, le=3600)]


_Values = Callable[[Any, References], Record]


def _register_kind(
    name: str, register: Register, row: type[Shape], codes: Mapping[str, TableOf], values: _Values, key: str = "code"
) -> ImportKind:
    async def outcomes(session: AsyncSession, rows: Sequence[Any]) -> list[tuple[Outcome, Record]]:
        references = await References.of(session, rows, codes)
        present = await by_code(session, register.table, [getattr(one, key) for one in rows])
        found: list[tuple[Outcome, Record]] = []
        for one in rows:
            if refused := references.missing(one):
                found.append((refused, {}))
                continue
            wanted = stored({"blocked": False, **values(one, references)})
            before = present.get(wanted["code"])
            if before is None:
                found.append((Outcome("create"), {"id": new_id(), "version": 1, **wanted}))
                continue
            same = all(_plain(before[field]) == _plain(value) for field, value in wanted.items() if field != "breaks")
            kept = {"breaks": before["breaks"]} if "breaks" in before else {}
            after = {**before, **wanted, **kept, "id": before["id"], "version": before["version"] + 1}
            after = {field: value for field, value in after.items() if field != "tenant_id"}
            found.append((Outcome("unchanged" if same else "update"), after))
        return found

    async def compare(session: AsyncSession, rows: Sequence[Any]) -> list[Outcome]:
        return [outcome for outcome, _ in await outcomes(session, rows)]

    async def apply(session: AsyncSession, rows: Sequence[Any], _now: datetime) -> None:
        found = await outcomes(session, rows)
        created = [record for outcome, record in found if outcome.verdict == "create"]
        changed = [record for outcome, record in found if outcome.verdict == "update"]
        await save_all(session, register, created, changed)

    return ImportKind(name, row, (key,), compare, apply)


def _as_is(one: Any, _references: References) -> Record:
    return dict(one.model_dump())


def _with(*columns: str) -> _Values:
    """The row's values, its `…_code` columns turned into the `…_id` fields they stand for."""

    def values(one: Any, references: References) -> Record:
        made: Record = one.model_dump(exclude=set(columns))
        for column in columns:
            made[column.removesuffix("_code") + "_id"] = references.id(column, getattr(one, column))
        return made

    return values


def _copy(one: CopyLine, references: References) -> Record:
    made: Record = one.model_dump(exclude={"client_code", "station_codes"})
    stations = [references.id("station_codes", code) for code in one.station_codes]
    return {
        **made,
        "code": one.cart_no,
        "client_id": references.id("client_code", one.client_code),
        "station_ids": stations,
    }


def _station(one: StationLine, references: References) -> Record:
    return {**_with("legal_entity_code")(one, references), "breaks": []}


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


def _plain(value: Any) -> Any:
    return (
        [str(one) for one in value]
        if isinstance(value, list) and not any(isinstance(x, dict) for x in value)
        else value
    )


_CLIENT_CODES = ("legal_entity_code", "agency_code", "salesperson_code", "tax_code")
REGISTERS: tuple[ImportKind, ...] = (
    _register_kind("legal_entities", registers.LEGAL_ENTITY, LegalEntityLine, {}, _as_is),
    _register_kind("taxes", registers.TAX, TaxLine, {}, _as_is),
    _register_kind("agencies", registers.AGENCY, AgencyLine, {}, _as_is),
    _register_kind("salespeople", registers.SALESPERSON, SalespersonLine, {}, _as_is),
    _register_kind("suppliers", registers.SUPPLIER, SupplierLine, {}, _as_is),
    _register_kind("media", registers.MEDIA, MediaLine, {"supplier_code": tables.Supplier}, _with("supplier_code")),
    _register_kind("stations", registers.STATION, StationLine, {"legal_entity_code": tables.LegalEntity}, _station),
    ImportKind(
        "break_templates", BreakLine, ("station_code", "start_time"), _compare_breaks, _apply_breaks, ("station_code",)
    ),
    _register_kind("agreements", registers.AGREEMENT, AgreementLine, {}, _as_is),
    _register_kind(
        "clients",
        registers.CLIENT,
        ClientLine,
        {
            "legal_entity_code": tables.LegalEntity,
            "agency_code": tables.Agency,
            "salesperson_code": tables.Salesperson,
            "tax_code": tables.Tax,
        },
        _with(*_CLIENT_CODES),
    ),
    _register_kind(
        "copies",
        registers.COPY,
        CopyLine,
        {"client_code": tables.Client, "station_codes": tables.Station},
        _copy,
        key="cart_no",
    ),
    _register_kind(
        "plans",
        registers.PLAN,
        PlanLine,
        {"client_code": tables.Client, "agreement_code": tables.Agreement},
        _with("client_code", "agreement_code"),
    ),
)
