"""Orders and their insertions: priced from their own terms or the agreement's (MA-INS-01 to MA-INS-09)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.insertion_telling import tell_insertions
from services.contracts.application.registers import by_code
from services.contracts.domain.allocation import Share, check_allocation
from services.contracts.domain.insertion import check_change
from services.contracts.domain.insertion_price import (
    Charge,
    Discount,
    Price,
    Surcharge,
    Terms,
    gross_amount,
    price_row,
)
from services.contracts.repository.media import bookings, insertion, insertions_of, one
from services.contracts.repository.numbers import draw, pass_over
from services.contracts.repository.rows import Record, change, find, insert, table_of
from shared.events.contracts import InsertionChanged
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import Currency, Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

_MONEY_OR_DATE = frozenset({"insertion_on", "terms", "allocation"})


async def create_orders(session: AsyncSession, wanted: Sequence[Mapping[str, Any]]) -> list[Record]:
    """New orders; the currency is the medium's, a foreign one needs a rate (MA-REG-12, MA-GEN-10).

    An order brought from elsewhere keeps its `order_no`; others draw theirs. `unknown_reference`, `duplicate_code`,
    `client_blocked`, `agreement_blocked`, `rate_missing`.
    """
    plans = await _known(session, tables.Plan, [one["plan_id"] for one in wanted], "plan_id")
    media = await _known(session, tables.Media, [one["media_id"] for one in wanted], "media_id")
    own = [one["agreement_id"] for one in wanted if one["agreement_id"]]
    agreements = await _known(session, tables.Agreement, own, "agreement_id")
    agreements |= await _known(
        session, tables.Agreement, [row["agreement_id"] for row in plans.values()], "agreement_id"
    )
    clients = await _known(session, tables.Client, [row["client_id"] for row in plans.values()], "client_id")
    entities = await _known(
        session, tables.LegalEntity, [row["legal_entity_id"] for row in clients.values()], "legal_entity_id"
    )
    brought = [one["order_no"] for one in wanted if one.get("order_no")]
    await pass_over(session, "order", max(brought, default=0))
    drawn = iter(await draw(session, "order", len(wanted) - len(brought)))
    numbers = [one.get("order_no") or next(drawn) for one in wanted]
    orders = []
    for values, number in zip(wanted, numbers, strict=True):
        plan = plans[values["plan_id"]]
        client = clients[plan["client_id"]]
        _check_open(client["blocked"], agreements[values["agreement_id"] or plan["agreement_id"]]["blocked"])
        code = media[values["media_id"]]["currency"]
        rate = values["exchange_rate"] or (Decimal(1) if code == entities[client["legal_entity_id"]]["currency"] else 0)
        if rate <= 0:
            raise Invalid.of([Fault("/exchange_rate", "rate_missing", "A foreign currency needs its rate.")])
        orders.append(
            {
                "id": new_id(),
                "version": 1,
                "code": values["code"] or str(number),
                "order_no": number,
                "plan_id": plan["id"],
                "media_id": values["media_id"],
                "agreement_id": values["agreement_id"],
                "client_reference": values["client_reference"],
                "currency": code,
                "exchange_rate": rate,
            }
        )
    if await by_code(session, tables.MediaOrder, [order["code"] for order in orders]):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    await insert(session, tables.MediaOrder, orders)
    return orders


async def add_insertions(session: AsyncSession, wanted: Sequence[Mapping[str, Any]]) -> list[Record]:
    """New preliminary insertions, each with its `order_id`; warnings are left to the door (MA-INS-04).

    `client_blocked` and `agreement_blocked` refuse new ones (MA-REG-06).
    """
    orders = await bookings(session, {values["order_id"] for values in wanted})
    rows = []
    for index, values in enumerate(wanted):
        order = orders.get(values["order_id"])
        if order is None:
            raise Invalid.of([Fault(f"/insertions/{index}/order_id", "unknown_reference", "There is no such order.")])
        _check_open(order["client_blocked"], order["agreement_blocked"])
        identity = new_id()
        rows.append(
            {
                "id": identity,
                "version": 1,
                "code": values["code"] or str(identity),
                "order_id": order["id"],
                "client_id": order["client_id"],
                "status": "preliminary",
                **_priced(values, order, f"/insertions/{index}"),
                "correction_kind": "none",
                "credit": False,
                "original_id": None,
                "has_media_invoice": False,
            }
        )
    await _check_clients(session, rows)
    if await by_code(session, tables.Insertion, [row["code"] for row in rows]):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    await insert(session, tables.Insertion, rows)
    return rows


async def amend_insertion(
    session: AsyncSession, insertion_id: UUID, version: int, changes: Mapping[str, Any], *, confirm: bool
) -> Record:
    """Change an insertion that is not invoiced; prices it anew (MA-INS-12, MA-INS-13)."""
    before = await one(session, tables.Insertion, insertion_id, lock=True)
    if before["version"] != version:
        raise StaleVersion
    money_or_date = bool(_MONEY_OR_DATE & set(changes))
    known = before["has_media_invoice"]
    check_change(before["status"], money_or_date=money_or_date, has_media_invoice=known, confirmed=confirm)
    order = (await bookings(session, [before["order_id"]]))[before["order_id"]]
    after = {**before, **_priced({**before, **changes}, order, ""), "version": version + 1}
    await _check_clients(session, [after])
    await change(session, tables.Insertion, [after])
    if after["status"] != "preliminary":
        await tell_insertions(session, InsertionChanged, [after])
    await audit(
        session,
        action="insertion.changed",
        entity="insertion",
        entity_id=insertion_id,
        before={name: before[name] for name in changes},
        after={name: after[name] for name in changes},
    )
    return after


async def insertions_on(session: AsyncSession, order_id: UUID) -> list[Record]:
    """The insertions of an order."""
    return await insertions_of(session, insertion.c.order_id == order_id)


def price_of(row: Mapping[str, Any]) -> Price:
    """A stored insertion's amounts as the domain's value."""
    return Price(**{one.name: row[f"{one.name}_amount"] for one in fields(Price)})


def _priced(values: Mapping[str, Any], order: Mapping[str, Any], pointer: str) -> Record:
    allocation = [Share(UUID(str(one["client_id"])), Decimal(one["percent"])) for one in values["allocation"]]
    if allocation:
        check_allocation(allocation)
    try:
        price = price_row(_terms(values["terms"], order))
    except Invalid as refusal:
        raise Invalid.of([Fault(f"{pointer}/terms", refusal.code, refusal.message, entity="insertion")]) from None
    return {
        "insertion_on": values["insertion_on"],
        "text": values["text"],
        "terms": values["terms"],
        **{f"{name}_amount": amount for name, amount in asdict(price).items()},
        "allocation": [{"client_id": str(one.client_id), "percent": str(one.percent)} for one in allocation],
        "ad_checked": values["ad_checked"],
        "invoice_comment": values["invoice_comment"],
        "not_before_on": values["not_before_on"],
    }


def _terms(terms: Mapping[str, Any], order: Mapping[str, Any]) -> Terms:
    """An insertion's own terms; where it states none, those of the nearest agreement (MA-REG-05)."""
    own = currency(order["currency"])

    def stated(name: str, agreed: Decimal) -> tuple[Decimal, ...]:
        given = terms[name]
        if given is not None:
            return tuple(Decimal(percent) for percent in given)
        return (agreed,) if agreed else ()

    fees = terms["fees"]
    if fees is None:
        fees = [{"percent": order["fee_percent"], "base": order["fee_base"]}] if order["fee_percent"] else []
    capital_cost = terms["capital_cost"]
    if capital_cost is None and order["capital_cost_percent"]:
        capital_cost = {"percent": order["capital_cost_percent"], "base": order["capital_cost_base"]}
    return Terms(
        gross=gross_amount(Decimal(terms["unit_price"]), terms["quantity"], own),
        discounts=tuple(
            Discount(_percent(row), _minor(row, own), bool(row.get("of_gross"))) for row in terms["discounts"]
        ),
        surcharges=tuple(
            Surcharge(_minor(row, own), row["by_media"], row["bears_commission"]) for row in terms["surcharges"]
        ),
        received_percents=stated("received_percents", order["received_percent"]),
        passed_on_percents=stated("passed_on_percents", order["passed_on_percent"]),
        fees=tuple(Charge(_percent(row), _minor(row, own), row["base"]) for row in fees),
        capital_cost=capital_cost and Charge(_percent(capital_cost), _minor(capital_cost, own), capital_cost["base"]),
        exclude_fee=terms["exclude_fee"],
        exclude_capital_cost=terms["exclude_capital_cost"],
    )


def _percent(row: Mapping[str, Any]) -> Decimal | None:
    return Decimal(row["percent"]) if row.get("percent") is not None else None


def _minor(row: Mapping[str, Any], of: Currency) -> int:
    return Money.parse(row["amount"], of).minor if row.get("amount") is not None else 0


def _check_open(client_blocked: bool, agreement_blocked: bool) -> None:
    if client_blocked:
        raise Invalid("client_blocked", "A blocked client takes no new bookings.")
    if agreement_blocked:
        raise Invalid("agreement_blocked", "A blocked agreement takes no new insertions.")


async def _known(session: AsyncSession, table: type[Any], ids: Sequence[UUID], field: str) -> dict[UUID, Record]:
    found = {row["id"]: row for row in await find(session, table, table_of(table).c.id.in_(set(ids)))}
    if set(ids) - set(found):
        raise Invalid.of([Fault(f"/{field}", "unknown_reference", "There is no such record.", field=field)])
    return found


async def _check_clients(session: AsyncSession, rows: Sequence[Record]) -> None:
    await _known(
        session, tables.Client, [UUID(one["client_id"]) for row in rows for one in row["allocation"]], "allocation"
    )
