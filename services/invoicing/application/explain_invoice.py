"""Why an invoice is not approved yet, item by item, and what it holds so far (CT-CYC-15, CT-LIF-19)."""

from collections.abc import Mapping
from typing import Any

from services.invoicing.domain.standing import Waiting
from services.invoicing.repository import holds
from services.invoicing.repository.contracts import find_contract
from services.invoicing.repository.open_invoices import executed_items
from services.invoicing.repository.standings import standings
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession


async def waiting_for(session: AsyncSession, stored: Mapping[str, Any]) -> list[Waiting]:
    """What a gathering contract invoice waits for, by date; nothing for any other."""
    if stored["state"] != "gathering" or stored["contract_id"] is None:
        return []
    contract = await find_contract(session, stored["contract_id"])
    if contract is None:
        return []
    standing = (await standings(session, [contract]))[contract.id]
    if stored["station_id"]:
        standing = standing.of_station(stored["station_id"])
    return standing.waiting(_period(stored))


async def is_held(session: AsyncSession, stored: Mapping[str, Any]) -> bool:
    """Whether a correction of its contract keeps an open invoice from being approved."""
    if stored["state"] not in ("gathering", "pending") or stored["contract_id"] is None:
        return False
    contract = await find_contract(session, stored["contract_id"])
    return contract is not None and await holds.is_placed(session, contract.correction_id)


async def gathered_lines(session: AsyncSession, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items an open contract invoice holds so far, as its lines would read."""
    if stored["contract_id"] is None or stored["variant"] == "upfront":
        return []
    items = await executed_items(session, stored["contract_id"], _period(stored), stored["station_id"])
    is_zero = stored["variant"] == "zero"
    return [
        {
            **item,
            "line_no": number,
            "billable_item_id": item["id"],
            "amount": 0 if is_zero else item["price_amount"],
            **({name: 0 for name in item if name.endswith("_amount")} if is_zero else {}),
        }
        for number, item in enumerate(items, 1)
    ]


def _period(stored: Mapping[str, Any]) -> Period:
    return Period.inclusive(stored["period_from"], stored["period_to"])
