"""Orders: bookings with one medium on a plan, and what changing one does to its insertions (MA-REG-05, MA-REG-12)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.exchange_rates import Rates, rates_until
from services.contracts.application.rebooking import Rebooked, rebook
from services.contracts.application.registers import by_code
from services.contracts.domain.register import past_credit_limit
from services.contracts.repository.media import insertion, insertions_of, one
from services.contracts.repository.numbers import draw, pass_over
from services.contracts.repository.rows import Record, change, find, insert, table_of
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

_MONEY = frozenset({"agreement_id", "exchange_rate"})


async def create_orders(session: AsyncSession, wanted: Sequence[Mapping[str, Any]], on: date) -> list[Record]:
    """New orders; the currency is the medium's, a foreign one has a rate or takes the day's (MA-REG-12, MA-GEN-10).

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
    rates = await rates_until(session, entities, on)
    numbers = await _numbers(session, wanted)
    orders = []
    for values, number in zip(wanted, numbers, strict=True):
        plan = plans[values["plan_id"]]
        client = clients[plan["client_id"]]
        check_open(client, agreements[values["agreement_id"] or plan["agreement_id"]])
        code = media[values["media_id"]]["currency"]
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
                "exchange_rate": _rate(values["exchange_rate"], code, entities[client["legal_entity_id"]], rates, on),
                "not_before_on": values["not_before_on"],
                "alteration": False,
            }
        )
    if await by_code(session, tables.MediaOrder, [order["code"] for order in orders]):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    await insert(session, tables.MediaOrder, orders)
    return orders


async def amend_order(
    session: AsyncSession, order_id: UUID, version: int, changes: Mapping[str, Any], *, confirm: bool
) -> Record:
    """Change an order and what its insertions take from it.

    `insertion_invoiced` when agreement or rate would change what is invoiced (MA-INS-12), `in_invoice_run`,
    `media_invoice_exists` for an alteration, or a change of what it costs, that is not confirmed (MA-INS-13).
    """
    before = await one(session, tables.MediaOrder, order_id, lock=True)
    if before["version"] != version:
        raise StaleVersion
    if changes.get("agreement_id"):
        (agreement,) = (await _known(session, tables.Agreement, [changes["agreement_id"]], "agreement_id")).values()
        check_open({"blocked": False, "credit_limit_amount": None}, agreement)
    after = {**before, **changes, "version": version + 1}
    if after["exchange_rate"] <= 0:
        raise Invalid.of([Fault("/exchange_rate", "rate_missing", "A rate is above zero.", field="exchange_rate")])
    rows = await insertions_of(session, insertion.c.order_id == order_id, lock=True)
    changed = {name for name in changes if before[name] != after[name]}
    warned = changed & _MONEY or (after["alteration"] and not before["alteration"])
    if warned and not confirm and any(row["has_media_invoice"] for row in rows):
        raise NotAllowedNow("media_invoice_exists", "A media invoice is registered; confirm the change.")
    await change(session, tables.MediaOrder, [{name: value for name, value in after.items() if name != "tenant_id"}])
    await rebook(session, rows, Rebooked(money=bool(changed & _MONEY)))
    await audit(
        session,
        action="order.changed",
        entity="order",
        entity_id=order_id,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return after


def check_open(client: Mapping[str, Any], agreement: Mapping[str, Any]) -> None:
    """`client_blocked`, also past its credit limit, and `agreement_blocked` (MA-REG-06)."""
    if client["blocked"] or past_credit_limit(client):
        raise Invalid("client_blocked", "A client that is blocked or past its credit limit takes no new bookings.")
    if agreement["blocked"]:
        raise Invalid("agreement_blocked", "A blocked agreement takes no new insertions.")


async def _numbers(session: AsyncSession, wanted: Sequence[Mapping[str, Any]]) -> list[int]:
    brought = [one["order_no"] for one in wanted if one.get("order_no")]
    await pass_over(session, "order", max(brought, default=0))
    drawn = iter(await draw(session, "order", len(wanted) - len(brought)))
    return [one.get("order_no") or next(drawn) for one in wanted]


def _rate(stated: Decimal | None, code: str, entity: Record, rates: Rates, on: date) -> Decimal:
    if stated is None:
        stated = Decimal(1) if code == entity["currency"] else rates.on(entity["id"], code, on)
    if stated is None or stated <= 0:
        raise Invalid.of([Fault("/exchange_rate", "rate_missing", "A foreign currency needs its rate.")])
    return stated


async def _known(session: AsyncSession, table: type[Any], ids: Sequence[UUID], field: str) -> dict[UUID, Record]:
    found = {row["id"]: row for row in await find(session, table, table_of(table).c.id.in_(set(ids)))}
    if set(ids) - set(found):
        raise Invalid.of([Fault(f"/{field}", "unknown_reference", "There is no such record.", field=field)])
    return found
