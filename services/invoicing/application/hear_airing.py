"""Logs, units and occurrences: what ran becomes billable, and open invoices follow (CT-CYC-01, CT-CYC-18)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import orjson

from services.invoicing.application.propose_credits import propose_credits
from services.invoicing.application.settle_contracts import settle_contracts
from services.invoicing.repository import contracts as contract_rows
from services.invoicing.repository.contracts import ContractRow, LogRow
from services.invoicing.repository.items import ItemRow, save_items
from shared.events.contracts import LogState, OccurrenceState, SpotState
from shared.events.fields import clock_text
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession


class ContractUnknown(Exception):
    """An item arrived before its contract; the event is tried again after it."""


class _Known(NamedTuple):
    """Contracts, and the rates of their lines in minor units."""

    contracts: dict[UUID, ContractRow]
    rates: dict[UUID, int]


async def keep_logs(session: AsyncSession, logs: Sequence[LogState]) -> None:
    """Record logs; the units of reconciled ones become billable where they aired (CT-CYC-18)."""
    newest = {one.id: one for one in sorted(logs, key=lambda one: one.version)}
    await contract_rows.save_logs(
        session, [LogRow(one.id, one.version, one.station_id, one.air_on, one.state) for one in newest.values()]
    )
    spots = [(spot, one.air_on) for one in newest.values() for spot in one.spots]
    contract_ids = await _keep_spots(session, spots)
    waiting = await contract_rows.contracts_waiting_for(session, [one.station_id for one in newest.values()])
    await settle_contracts(session, {*contract_ids, *waiting})


async def keep_spots(session: AsyncSession, spots: Iterable[SpotState]) -> None:
    """Record units that were missed, trashed or taken off their log: they bill nowhere until they air."""
    contract_ids = await _keep_spots(session, [(spot, spot.log_on or spot.target_on) for spot in spots])
    await settle_contracts(session, contract_ids)
    await propose_credits(session, contract_ids)


async def keep_occurrences(session: AsyncSession, occurrences: Iterable[OccurrenceState]) -> None:
    """Record off-air amounts that fell due, or never will."""
    newest = {one.id: one for one in sorted(occurrences, key=lambda one: one.version)}
    known = await _known(session, [one.contract_id for one in newest.values()])
    await save_items(session, [_occurrence(one, known) for one in newest.values()])
    await settle_contracts(session, known.contracts)
    await propose_credits(session, known.contracts)


async def _keep_spots(session: AsyncSession, spots: Sequence[tuple[SpotState, date]]) -> set[UUID]:
    newest = {spot.id: (spot, on) for spot, on in sorted(spots, key=lambda pair: pair[0].version)}
    known = await _known(session, [spot.contract_id for spot, _ in newest.values()])
    await save_items(session, [_spot(spot, on, known) for spot, on in newest.values()])
    return set(known.contracts)


async def _known(session: AsyncSession, ids: Iterable[UUID]) -> _Known:
    wanted = set(ids)
    found = await contract_rows.lock_contracts(session, wanted)
    if wanted - set(found):
        raise ContractUnknown
    lines = await contract_rows.lines_of(session, wanted)
    return _Known(found, {line["id"]: line["rate_amount"] for of_one in lines.values() for line in of_one})


def _spot(spot: SpotState, on: date, known: _Known) -> ItemRow:
    details = {
        "air_time": clock_text(spot.air_time) if spot.air_time is not None else "",
        "length_seconds": spot.length_seconds,
        "copy_id": str(spot.copy_id) if spot.copy_id else "",
        "copy_name": spot.copy_name,
        "cart_no": spot.cart_no,
        "avail_type": spot.avail_type,
    }
    return _item(known, spot, on, spot.rate_amount)._replace(
        origin="spot", text=spot.copy_name, details=orjson.dumps(details).decode()
    )


def _occurrence(one: OccurrenceState, known: _Known) -> ItemRow:
    return _item(known, one, one.due_on, one.amount)._replace(origin="off_air", text=one.comment)


def _item(known: _Known, of: SpotState | OccurrenceState, on: date, price: Decimal) -> ItemRow:
    """What a unit and an occurrence have in common; its order is the contract's line.

    The line's rate as it was last corrected counts, whichever of the two news comes last (CT-LIF-17).
    """
    contract = known.contracts[of.contract_id]
    told = Money.parse(price, currency(contract.currency)).minor
    amount = known.rates.get(of.line_id, told)
    return ItemRow(
        id=of.id,
        version=of.version,
        origin="",
        origin_id=of.id,
        legal_entity_id=contract.legal_entity_id,
        client_id=contract.client_id,
        contract_id=contract.id,
        dated_on=on,
        status=of.state,
        currency=contract.currency,
        order_id=of.line_id,
        order_no=f"{of.line_no:03d}",
        media_id=of.station_id,
        gross_amount=amount,
        net_amount=amount,
        net_net_amount=0,
        client_net_amount=amount,
        fee_amount=0,
        capital_cost_amount=0,
        price_amount=amount,
    )
