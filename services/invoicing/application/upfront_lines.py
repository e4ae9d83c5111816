"""The lines of a contract as items of an upfront invoice: one row per line, at its total (CT-CYC-08)."""

from collections.abc import Mapping
from typing import Any

from services.invoicing.domain.gathering import Slot, open_invoices
from services.invoicing.repository.contracts import ContractRow, lines_of
from services.invoicing.repository.items import ItemRow
from services.invoicing.repository.open_invoices import invoices_of
from services.invoicing.repository.standings import standings
from shared.kernel.ids import derived_id
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession


async def upfront_items(session: AsyncSession, contract: ContractRow, stored: Mapping[str, Any]) -> list[ItemRow]:
    """The items of a pending upfront invoice, as they are kept once it is issued."""
    slot = Slot(Period.inclusive(stored["period_from"], stored["period_to"]), stored["station_id"], is_upfront=True)
    standing = (await standings(session, [contract]))[contract.id]
    issued = {one.slot for one in (await invoices_of(session, [contract.id]))[contract.id] if one.state == "issued"}
    wanted = open_invoices(standing, issued, by_station=stored["station_id"] is not None)
    ids = next((one.line_ids for one in wanted if one.slot == slot), ())
    return [
        _item(contract, line) for line in (await lines_of(session, [contract.id]))[contract.id] if line["id"] in ids
    ]


def _item(contract: ContractRow, line: Mapping[str, Any]) -> ItemRow:
    amount = line["total_amount"]
    return ItemRow(
        id=derived_id("upfront", line["id"]),
        version=contract.version,
        origin="contract_line",
        origin_id=line["id"],
        legal_entity_id=contract.legal_entity_id,
        client_id=contract.client_id,
        contract_id=contract.id,
        dated_on=line["start_on"],
        status="ordered",
        currency=contract.currency,
        order_id=line["id"],
        order_no=f"{line['line_no']:03d}",
        media_id=line["station_id"],
        text=line["comment"],
        gross_amount=amount,
        net_amount=amount,
        net_net_amount=0,
        client_net_amount=amount,
        fee_amount=0,
        capital_cost_amount=0,
        price_amount=amount,
    )
