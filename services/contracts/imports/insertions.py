"""The file of insertions: each with one price row, and with its clients' shares where several divide it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from services.contracts import tables
from services.contracts.application.booking import add_insertions, drafted
from services.contracts.application.pricing import price_book
from services.contracts.application.registers import by_code, plain
from services.contracts.domain.allocation import Share as ClientShare
from services.contracts.domain.allocation import check_allocation
from services.contracts.imports.cells import EXISTS_OTHERWISE, Flag
from services.contracts.repository.media import bookings
from services.contracts.repository.rows import Record
from services.contracts.schemas.orders import PriceRowShape
from services.contracts.schemas.registers import Share
from services.contracts.schemas.texts import Phrase
from shared.events.fields import Code, Day, Percent, Rate, Shape
from shared.kernel.errors import Invalid
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Outcome

# Numbers from here on belong to temporary orders (MA-MIN-14).
ORDER_NO_MAX = 899_999


class SharePart(Shape):
    """A client's part of an insertion."""

    client_code: Code
    percent: Percent


def _shares(cell: Any) -> Any:
    """`ALFA 60;BETA 40`, the head client first (MA-INS-15)."""
    if not isinstance(cell, str):
        return cell
    parts = (one.strip().rpartition(" ") for one in cell.split(";") if one.strip())
    return [{"client_code": code.strip(), "percent": percent} for code, _, percent in parts]


Allocation = Annotated[list[SharePart], BeforeValidator(_shares), Field(max_length=50)]


class InsertionLine(Shape):
    """insertions.csv"""

    order_no: Annotated[int, Field(ge=1, le=ORDER_NO_MAX)]
    insertion_no: Annotated[int, Field(ge=1, le=1_000_000)]
    insertion_on: Day
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    unit_price: Rate
    discount_percent: Share | None = None
    discount_code: str = ""
    surcharge_code: str = ""
    received_commission_percent: Share | None = None
    passed_on_commission_percent: Share | None = None
    exclude_fee: Flag = False
    exclude_capital_cost: Flag = False
    ad_checked: Flag = False
    text: Phrase = ""
    allocation: Allocation = []


def _code(row: InsertionLine) -> str:
    return f"{row.order_no}/{row.insertion_no}"


async def _compare(session: AsyncSession, rows: Sequence[InsertionLine]) -> list[Outcome]:
    orders = await by_code(session, tables.MediaOrder, sorted({str(row.order_no) for row in rows}))
    present = await by_code(session, tables.Insertion, [_code(row) for row in rows])
    clients = await _clients(session, rows)
    codes = await by_code(session, tables.PriceCode, sorted({code for row in rows for code in _codes(row).values()}))

    def unknown(row: InsertionLine) -> Outcome | None:
        if str(row.order_no) not in orders:
            return Outcome.refused("unknown_reference", "There is no such order.", "order_no")
        if any(share.client_code not in clients for share in row.allocation):
            return Outcome.refused("unknown_reference", "There is no such client.", "allocation")
        for column, code in _codes(row).items():
            if code not in codes:
                return Outcome.refused("unknown_reference", "There is no such code.", column)
        return _refused_shares(row, clients)

    refused = {id(row): no for row in rows if (no := unknown(row))}
    new = [row for row in rows if id(row) not in refused and _code(row) not in present]
    refused |= await _refused_prices(session, {id(row): _values(row, orders, clients) for row in new})

    def outcome(row: InsertionLine) -> Outcome:
        if id(row) in refused:
            return refused[id(row)]
        before = present.get(_code(row))
        if before is None:
            return Outcome("create")
        wanted = (row.insertion_on, plain(_price_rows(row)), plain(_allocation(row, clients)))
        same = (before["insertion_on"], before["price_rows"], before["allocation"]) == wanted
        return Outcome("unchanged") if same else EXISTS_OTHERWISE

    return [outcome(row) for row in rows]


def _refused_shares(row: InsertionLine, clients: Mapping[str, Record]) -> Outcome | None:
    """`allocation_not_100`, `duplicate_client` (MA-INS-15)."""
    shares = [ClientShare(clients[share.client_code]["id"], share.percent) for share in row.allocation]
    try:
        if shares:
            check_allocation(shares)
    except Invalid as refusal:
        return Outcome.refused(refusal.code, refusal.message, "allocation")
    return None


async def _refused_prices(session: AsyncSession, wanted: Mapping[int, Record]) -> dict[int, Outcome]:
    """New insertions that could not be priced or booked as they stand, by key: what would be refused when applied."""
    orders = await bookings(session, {values["order_id"] for values in wanted.values()})
    book = await price_book(session, orders.values(), list(wanted.values()))
    refused = {}
    for key, values in wanted.items():
        try:
            drafted(book, orders[values["order_id"]], values, "")
        except Invalid as refusal:
            refused[key] = Outcome.refused(refusal.code, refusal.message)
    return refused


def _codes(row: InsertionLine) -> dict[str, str]:
    """The codes that a line names, by column."""
    stated = {"discount_code": row.discount_code, "surcharge_code": row.surcharge_code}
    return {column: code for column, code in stated.items() if code}


async def _clients(session: AsyncSession, rows: Sequence[InsertionLine]) -> Mapping[str, Record]:
    named = {share.client_code for row in rows for share in row.allocation}
    return await by_code(session, tables.Client, sorted(named))


def _allocation(row: InsertionLine, clients: Mapping[str, Record]) -> list[Record]:
    return [{"client_id": clients[share.client_code]["id"], "percent": share.percent} for share in row.allocation]


async def _apply(session: AsyncSession, rows: Sequence[InsertionLine], _now: datetime) -> None:
    orders = await by_code(session, tables.MediaOrder, sorted({str(row.order_no) for row in rows}))
    clients = await _clients(session, rows)
    await add_insertions(session, [_values(row, orders, clients) for row in rows])


def _values(row: InsertionLine, orders: Mapping[str, Record], clients: Mapping[str, Record]) -> Record:
    return {
        "order_id": orders[str(row.order_no)]["id"],
        "code": _code(row),
        "insertion_on": row.insertion_on,
        "text": row.text,
        "price_rows": _price_rows(row),
        "exclude_fee": row.exclude_fee,
        "exclude_capital_cost": row.exclude_capital_cost,
        "allocation": _allocation(row, clients),
        "ad_checked": row.ad_checked,
        "invoice_comment": "",
        "not_before_on": None,
    }


def _price_rows(row: InsertionLine) -> list[Record]:
    def stated(percent: Any) -> list[Any] | None:
        return None if percent is None else [percent]

    discounts = [{"percent": row.discount_percent}] if row.discount_percent else []
    discounts += [{"code": row.discount_code}] if row.discount_code else []
    return [
        PriceRowShape(
            unit_price=row.unit_price,
            quantity=row.quantity,
            discounts=discounts,
            surcharges=[{"code": row.surcharge_code}] if row.surcharge_code else [],
            received_percents=stated(row.received_commission_percent),
            passed_on_percents=stated(row.passed_on_commission_percent),
        ).model_dump()
    ]


INSERTIONS = ImportKind("insertions", InsertionLine, ("order_no", "insertion_no"), _compare, _apply)
