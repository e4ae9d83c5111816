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
    Subquery,
    Text,
    Uuid,
    case,
    false,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy import cast as as_type

from services.contracts import tables
from services.contracts.repository.rows import table_of

spot = table_of(tables.Spot)
occurrence = table_of(tables.OffAirOccurrence)
contract = table_of(tables.Contract)
line = table_of(tables.ContractLine)
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
    cart_no: Sequence[str] | None = None
    invoice_id: Sequence[UUID] | None = None
    invoice_no: Sequence[str] | None = None
    invoiced: bool | None = None
    off_air: bool | None = None
    target_on: tuple[date | None, date | None] = (None, None)
    log_on: tuple[date | None, date | None] = (None, None)

    @property
    def few(self) -> bool:
        """Whether only the units of some contracts, copies or invoices are asked for, however old the house is."""
        named = (self.contract_id, self.contract_no, self.client_id, self.line_id)
        carried = (self.copy_id, self.cart_no, self.invoice_id, self.invoice_no)
        return any(ids is not None for ids in (*named, *carried))

    @property
    def on_log(self) -> bool:
        """Whether something is asked that occurrences do not have: a copy, or a place on a log."""
        return self.copy_id is not None or self.cart_no is not None or any(self.log_on)


def spots_listed(wanted: Wanted) -> list[Select[Any]]:
    """Units and occurrences, as far as they are wanted, with what their own row says, in the same columns."""
    parts = [] if wanted.off_air else [_units(wanted)]
    if wanted.off_air is not False and not wanted.on_log:
        parts.append(_occurrences(wanted))
    parts = parts or [_units(wanted).where(false())]
    return [_gathered(part) for part in parts] if wanted.few else parts


def whole_spot_detail(wanted: Wanted, rows_max: int) -> Select[Any]:
    """The first rows of all that are wanted, with everything that is shown of them."""
    rows = union_all(*spots_listed(wanted)).order_by("target_on", "id").limit(rows_max)
    return with_surroundings(rows.subquery("narrow"))


def with_surroundings(rows: Subquery) -> Select[Any]:
    """The rows of a page with what spot detail shows of their contract, break, copy and invoice, by target date."""
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
        .order_by(rows.c.target_on, rows.c.id)
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


def _gathered(part: Select[Any]) -> Select[Any]:
    """Rows that are found by what is asked, then sorted; but for OFFSET, PostgreSQL may walk all dates to find them."""
    return select(part.offset(literal_column("0")).subquery("found"))


def _units(wanted: Wanted) -> Select[Any]:
    return select(
        *(spot.c[name] for name in (*_OF_BOTH, *_OF_UNITS)),
        spot.c.target_on,
        spot.c.rate_amount,
        literal(False).label("off_air"),
    ).where(*_shared(spot, spot.c.target_on, wanted), *_of_units(wanted))


def _occurrences(wanted: Wanted) -> Select[Any]:
    return select(
        *(occurrence.c[name] for name in _OF_BOTH),
        *(as_type(null(), kind).label(name) for name, kind in _OF_UNITS.items()),
        occurrence.c.due_on.label("target_on"),
        occurrence.c.amount.label("rate_amount"),
        literal(True).label("off_air"),
    ).where(*_shared(occurrence, occurrence.c.due_on, wanted))


def _shared(table: Any, on: ColumnElement[Any], wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [
        table.c[name].in_(values)
        for name in ("contract_id", "station_id", "line_id", "state", "invoice_id")
        if (values := getattr(wanted, name)) is not None
    ]
    of_contract = [
        select(contract.c.id).where(contract.c[name].in_(values))
        for name in ("client_id", "contract_no")
        if (values := getattr(wanted, name)) is not None
    ]
    if wanted.line_id is not None:
        # Units are found by their contract.
        of_contract.append(select(line.c.contract_id).where(line.c.id.in_(wanted.line_id)))
    found += [table.c.contract_id.in_(ids) for ids in of_contract]
    if wanted.invoice_no is not None:
        numbered = select(invoice.c.id).where(invoice.c.invoice_no.in_(wanted.invoice_no))
        found.append(table.c.invoice_id.in_(numbered))
    if wanted.invoiced is not None:
        found.append(table.c.invoice_id.is_not(None) if wanted.invoiced else table.c.invoice_id.is_(None))
    return found + _between(on, wanted.target_on)


def _of_units(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [] if wanted.copy_id is None else [spot.c.copy_id.in_(wanted.copy_id)]
    if wanted.cart_no is not None:
        found.append(spot.c.copy_id.in_(select(copy.c.id).where(copy.c.cart_no.in_(wanted.cart_no))))
    return found + _between(spot.c.log_on, wanted.log_on)


def _between(on: ColumnElement[Any], bounds: tuple[date | None, date | None]) -> list[ColumnElement[bool]]:
    first, last = bounds
    return ([on >= first] if first else []) + ([on <= last] if last else [])
