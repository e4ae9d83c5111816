"""Contracts, lines, units and occurrences as the events state them; never the notes (CT-NOT-03)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.contracts import tables
from services.contracts.application.lines import line_of
from services.contracts.domain.header import Estimate, order_numbers
from services.contracts.domain.line import SpotTerms
from services.contracts.repository.corrections import last_corrections
from services.contracts.repository.radio import contract as contracts
from services.contracts.repository.radio import lines_of, trashed_of
from services.contracts.repository.rows import Record, fetch, find, table_of
from shared.events.contracts import ContractLineState, ContractState, OccurrenceState, SpotState
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many


def estimate_of(contract: Mapping[str, Any]) -> Estimate:
    """The estimate codes of a stored header."""
    return Estimate(
        contract["estimate_no"],
        contract["agency_estimate_code"],
        contract["agency_advertiser_code"],
        contract["agency_product_code"],
    )


async def tell_contracts(
    session: AsyncSession,
    told: type[ContractState],
    headers: Sequence[Record],
) -> None:
    """Tell the whole public state of contracts: header, approved lines, and what a cancelled one lost."""
    by_contract: dict[UUID, list[Record]] = {header["id"]: [] for header in headers}
    for line in await lines_of(session, by_contract):
        if line["status"] == "approved":
            by_contract[line["contract_id"]].append(line)
    trashed = await trashed_of(session, [header["id"] for header in headers if header["state"] == "cancelled"])
    wishes = await last_corrections(session, [header["id"] for header in headers if header["state"] != "draft"])
    await record_many(
        session,
        [
            told.model_validate(
                {
                    **header,
                    **printed_codes(header),
                    "trashed_ids": trashed.get(header["id"], []),
                    **wishes.get(header["id"], {}),
                    "lines": [line_state(line, header["currency"]) for line in by_contract[header["id"]]],
                }
            )
            for header in headers
        ],
    )


def printed_codes(header: Mapping[str, Any]) -> Record:
    """The estimate as documents print it, and the two order numbers of electronic invoices (CT-HDR-08, CT-HDR-11)."""
    rep, station = order_numbers(header["po_no"])
    estimate = estimate_of(header).shown(edi=bool(header["edi_no"]))
    return {"estimate": estimate, "rep_order_no": rep, "station_order_no": station}


def line_state(row: Mapping[str, Any], currency_code: str) -> ContractLineState:
    """A line with what it ordered on each date (CT-CYC-13)."""
    line = line_of(row)
    terms = line.terms if isinstance(line.terms, SpotTerms) else None
    return ContractLineState(
        id=row["id"],
        line_no=line.line_no,
        kind=row["kind"],
        station_id=row["station_id"],
        start_on=row["start_on"],
        end_on=row["end_on"],
        start_time=terms and terms.start_minute,
        end_time=terms and terms.end_minute,
        length_seconds=terms and terms.length_seconds,
        rate_amount=major(line.rate, currency_code),
        quantity=row["quantity"],
        total_amount=major(row["total_amount"], currency_code),
        comment=row["comment"],
        income_account=row["income_account"],
        ordered=line.ordered,
        approved_at=row["approved_at"],
    )


async def spot_states(session: AsyncSession, spots: Sequence[Record]) -> list[SpotState]:
    """Units as told, with the name and cart number of their copy."""
    currencies = await _currencies(session, {spot["contract_id"] for spot in spots})
    copies = await _copies(session, {spot["copy_id"] for spot in spots if spot["copy_id"]})
    nothing: Record = {"name": "", "cart_no": ""}
    states = []
    for spot in spots:
        copy = copies.get(spot["copy_id"], nothing)
        states.append(
            SpotState.model_validate(
                {
                    **spot,
                    "air_time": spot["air_minute"],
                    "rate_amount": major(spot["rate_amount"], currencies[spot["contract_id"]]),
                    "copy_name": copy["name"],
                    "cart_no": copy["cart_no"],
                }
            )
        )
    return states


async def occurrence_states(session: AsyncSession, occurrences: Sequence[Record]) -> list[OccurrenceState]:
    """Off-air occurrences as told."""
    currencies = await _currencies(session, {one["contract_id"] for one in occurrences})
    return [
        OccurrenceState.model_validate({**one, "amount": major(one["amount"], currencies[one["contract_id"]])})
        for one in occurrences
    ]


def major(amount: int, currency_code: str) -> Decimal:
    """Minor units as the exact amount that doors and events show."""
    return Money(amount, currency(currency_code)).decimal


async def _currencies(session: AsyncSession, ids: set[UUID]) -> dict[UUID, str]:
    rows = await fetch(session, select(contracts.c.id, contracts.c.currency).where(contracts.c.id.in_(ids)))
    return {row["id"]: row["currency"] for row in rows}


async def _copies(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Record]:
    return {row["id"]: row for row in await find(session, tables.Copy, table_of(tables.Copy).c.id.in_(ids))}
