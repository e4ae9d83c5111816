"""Contracts, logs, units and occurrences: what ran becomes billable, and open invoices follow (CT-CYC-01)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import orjson

from services.invoicing.application.settle_contracts import settle_contracts
from services.invoicing.domain.comment import with_months
from services.invoicing.repository import contracts as contract_rows
from services.invoicing.repository.contracts import ContractDayRow, ContractRow, LogRow
from services.invoicing.repository.items import ItemRow, save_items
from shared.events.contracts import ContractState, LogState, OccurrenceState, SpotState
from shared.events.fields import clock_text
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession


class ContractUnknown(Exception):
    """An item arrived before its contract; the event is tried again after it."""


async def keep_contracts(session: AsyncSession, contracts: Iterable[ContractState]) -> None:
    """Record contracts and their ordered days, and open, complete or remove their invoices."""
    newest = {one.id: one for one in sorted(contracts, key=lambda one: one.version)}
    known = [one for one in newest.values() if one.state != "draft"]
    await contract_rows.save_contracts(
        session, [_contract(one) for one in known], list({day for one in known for day in _days(one)})
    )
    await settle_contracts(session, [one.id for one in known])


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


async def keep_occurrences(session: AsyncSession, occurrences: Iterable[OccurrenceState]) -> None:
    """Record off-air amounts that fell due."""
    newest = {one.id: one for one in sorted(occurrences, key=lambda one: one.version)}
    contracts = await _contracts_of(session, [one.contract_id for one in newest.values()])
    await save_items(session, [_occurrence(one, contracts[one.contract_id]) for one in newest.values()])
    await settle_contracts(session, contracts)


async def _keep_spots(session: AsyncSession, spots: Sequence[tuple[SpotState, date]]) -> set[UUID]:
    newest = {spot.id: (spot, on) for spot, on in sorted(spots, key=lambda pair: pair[0].version)}
    contracts = await _contracts_of(session, [spot.contract_id for spot, _ in newest.values()])
    await save_items(session, [_spot(spot, on, contracts[spot.contract_id]) for spot, on in newest.values()])
    return set(contracts)


async def _contracts_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, ContractRow]:
    wanted = set(ids)
    found = await contract_rows.lock_contracts(session, wanted)
    if wanted - set(found):
        raise ContractUnknown
    return found


def _contract(one: ContractState) -> ContractRow:
    return ContractRow(
        id=one.id,
        version=one.version,
        contract_no=one.contract_no,
        state=one.state,
        legal_entity_id=one.legal_entity_id,
        client_id=one.client_id,
        currency=one.currency,
        billing_cycle=one.billing_cycle,
        invoice_type=one.invoice_type,
        discount_percent=one.discount_percent,
        agency_commission_percent=one.agency_commission_percent,
        sales_commission_percent=one.sales_commission_percent,
        tax_id=one.tax_id,
        comment=one.comment,
        po_no=one.po_no,
        product=one.product,
        start_on=min((line.start_on for line in one.lines), default=None),
        end_on=max((line.end_on for line in one.lines), default=None),
        cancelled_on=one.cancelled_at.date() if one.cancelled_at else None,
    )


def _days(one: ContractState) -> Iterable[ContractDayRow]:
    for line in one.lines:
        for day in line.ordered:
            yield ContractDayRow(one.id, line.station_id, line.kind, day)


def _spot(spot: SpotState, on: date, contract: ContractRow) -> ItemRow:
    details = {
        "air_time": clock_text(spot.air_time) if spot.air_time is not None else "",
        "length_seconds": spot.length_seconds,
        "copy_name": spot.copy_name,
        "cart_no": spot.cart_no,
        "avail_type": spot.avail_type,
    }
    return _item(contract, spot, on, spot.rate_amount)._replace(
        origin="spot", text=spot.copy_name, details=orjson.dumps(details).decode()
    )


def _occurrence(one: OccurrenceState, contract: ContractRow) -> ItemRow:
    return _item(contract, one, one.due_on, one.amount)._replace(
        origin="off_air", text=with_months(one.comment, one.due_on)
    )


def _item(contract: ContractRow, of: SpotState | OccurrenceState, on: date, price: Decimal) -> ItemRow:
    """What a unit and an occurrence have in common; its order number is the contract's line."""
    amount = Money.parse(price, currency(contract.currency)).minor
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
