"""Spot detail: every unit and occurrence of contracts with where it stands, to be listed (CT-LOG-13, CT-LOG-16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    case,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import cast as as_type
from sqlalchemy.sql.selectable import FromClause

from services.contracts import tables
from services.contracts.repository.rows import table_of

spot = table_of(tables.Spot)
occurrence = table_of(tables.OffAirOccurrence)
contract = table_of(tables.Contract)
copy = table_of(tables.Copy)
slot = table_of(tables.LogBreak)
invoice = table_of(tables.IssuedInvoice)
salesperson = table_of(tables.Salesperson)
client = table_of(tables.Client)
station = table_of(tables.Station)

# What a unit has and an occurrence has not.
_OF_UNITS: dict[str, Any] = {
    "original_target_on": Date(),
    "log_on": Date(),
    "scheduled_minute": Integer(),
    "air_minute": Integer(),
    "aired_at": DateTime(timezone=True),
    "length_seconds": Integer(),
    "avail_type": Text(),
    "break_id": Uuid(),
    "copy_id": Uuid(),
}
_OF_BOTH = ("id", "version", "contract_id", "line_id", "line_no", "station_id", "state", "invoice_id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows; None is any. Bounds are inclusive."""

    contract_id: Sequence[UUID] | None = None
    contract_no: Sequence[int] | None = None
    client_id: Sequence[UUID] | None = None
    station_id: Sequence[UUID] | None = None
    line_id: Sequence[UUID] | None = None
    state: Sequence[str] | None = None
    copy_id: Sequence[UUID] | None = None
    invoice_id: Sequence[UUID] | None = None
    invoiced: bool | None = None
    off_air: bool | None = None
    target_on: tuple[date | None, date | None] = (None, None)
    log_on: tuple[date | None, date | None] = (None, None)


def spots_listed(wanted: Wanted) -> Select[Any]:
    """Units and occurrences with what spot detail shows of their contract, break, copy and invoice."""
    rows = _rows(wanted)
    return (
        select(
            rows,
            contract.c.contract_no,
            contract.c.client_id,
            contract.c.pre_pay,
            contract.c.currency,
            station.c.code.label("station"),
            copy.c.name.label("copy_name"),
            copy.c.cart_no,
            slot.c.avail_types.label("log_avail_types"),
            invoice.c.invoice_no,
            invoice.c.invoice_on,
            invoice.c.issued_at.label("invoice_at"),
            case((invoice.c.id.is_(None), null()), (invoice.c.reversed, "reversed"), else_="issued").label(
                "invoice_state"
            ),
        )
        .join(contract, contract.c.id == rows.c.contract_id)
        .join(station, station.c.id == rows.c.station_id)
        .outerjoin(copy, copy.c.id == rows.c.copy_id)
        .outerjoin(slot, slot.c.id == rows.c.break_id)
        .outerjoin(invoice, invoice.c.id == rows.c.invoice_id)
    )


def makegoods_listed() -> Select[Any]:
    """Missed units by contract, with customer, salesperson, dates, count and revenue (CT-LOG-13)."""
    missed = (
        select(
            spot.c.contract_id,
            func.min(spot.c.target_on).label("first_on"),
            func.max(spot.c.target_on).label("last_on"),
            func.count().label("missed_count"),
            func.sum(spot.c.rate_amount).cast(spot.c.rate_amount.type).label("revenue_amount"),
            func.array_agg(func.distinct(spot.c.station_id)).label("station_ids"),
        )
        .where(spot.c.state == "missed")
        .group_by(spot.c.contract_id)
        .subquery()
    )
    return (
        select(
            missed,
            contract.c.contract_no,
            contract.c.client_id,
            contract.c.currency,
            client.c.name.label("client_name"),
            contract.c.salesperson_id,
            salesperson.c.name.label("salesperson_name"),
        )
        .join(contract, contract.c.id == missed.c.contract_id)
        .join(client, client.c.id == contract.c.client_id)
        .outerjoin(salesperson, salesperson.c.id == contract.c.salesperson_id)
    )


def _rows(wanted: Wanted) -> FromClause:
    units = select(
        *(spot.c[name] for name in (*_OF_BOTH, *_OF_UNITS)),
        spot.c.target_on,
        spot.c.rate_amount,
        literal(False).label("off_air"),
    ).where(*_shared(spot, spot.c.target_on, wanted), *_of_units(wanted))
    only_units = wanted.copy_id is not None or any(wanted.log_on)
    if wanted.off_air is False or only_units:
        return (units.where(literal(wanted.off_air is not True))).subquery("row")
    others = select(
        *(occurrence.c[name] for name in _OF_BOTH),
        *(as_type(null(), kind).label(name) for name, kind in _OF_UNITS.items()),
        occurrence.c.due_on.label("target_on"),
        occurrence.c.amount.label("rate_amount"),
        literal(True).label("off_air"),
    ).where(*_shared(occurrence, occurrence.c.due_on, wanted))
    return others.subquery("row") if wanted.off_air else union_all(units, others).subquery("row")


def _shared(table: Any, on: ColumnElement[Any], wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [
        table.c[name].in_(values)
        for name in ("contract_id", "station_id", "line_id", "state", "invoice_id")
        if (values := getattr(wanted, name)) is not None
    ]
    if wanted.client_id is not None:
        of_client = select(contract.c.id).where(contract.c.client_id.in_(wanted.client_id))
        found.append(table.c.contract_id.in_(of_client))
    if wanted.contract_no is not None:
        numbered = select(contract.c.id).where(contract.c.contract_no.in_(wanted.contract_no))
        found.append(table.c.contract_id.in_(numbered))
    if wanted.invoiced is not None:
        found.append(table.c.invoice_id.is_not(None) if wanted.invoiced else table.c.invoice_id.is_(None))
    return found + _between(on, wanted.target_on)


def _of_units(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [] if wanted.copy_id is None else [spot.c.copy_id.in_(wanted.copy_id)]
    return found + _between(spot.c.log_on, wanted.log_on)


def _between(on: ColumnElement[Any], bounds: tuple[date | None, date | None]) -> list[ColumnElement[bool]]:
    first, last = bounds
    return ([on >= first] if first else []) + ([on <= last] if last else [])
