"""Confirmations: what a revision of a contract says, frozen when it is made, queued where wanted on paper (CT-DOC)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.headers import Parties, local_day, parties_of
from services.contracts.application.line_checks import stations_of
from services.contracts.application.lines import line_of
from services.contracts.application.telling import printed_codes
from services.contracts.domain.line import SpotTerms
from services.contracts.domain.wording import comment_words, cycle_words, schedule_words, summary_words
from services.contracts.repository.radio import contract_by_id, lines_of
from services.contracts.repository.rows import Record, find, insert, insert_new, table_of
from shared.events.fields import clock_text
from shared.kernel.errors import NotFound
from shared.kernel.ids import new_id
from shared.kernel.money import Currency, Money, currency, major_text, percent_of
from shared.runtime.db import AsyncSession
from shared.runtime.paper.words import days

_confirmation = table_of(tables.Confirmation)
_NO_LAYOUT: Record = {
    "logo_svg": "", "remit_address": "", "footer_text": "", "confirmation_columns": [], "rates": "gross",
}  # fmt: skip


async def confirm(session: AsyncSession, contracts: Sequence[Record], now: datetime) -> None:
    """Freeze the confirmations of these new revisions, and queue those wanted on paper (CT-DOC-04, 05, 07)."""
    contents = await _contents(session, contracts, now, approved_only=True)
    made = [
        {"contract_id": one["id"], "revision": one["revision"], "made_at": now, "content": contents[one["id"]]}
        for one in contracts
    ]
    await insert(session, tables.Confirmation, made)
    client = table_of(tables.Client)
    on_paper = await find(
        session, tables.Client, client.c.id.in_({one["client_id"] for one in contracts}), client.c.prints_confirmations
    )
    wanting = {row["id"] for row in on_paper}
    queued = [
        {"id": new_id(), "contract_id": one["id"], "revision": one["revision"], "queued_at": now}
        for one in contracts
        if one["client_id"] in wanting
    ]
    await insert_new(session, tables.ConfirmationQueue, queued)


async def confirmation_of(session: AsyncSession, contract_id: UUID, revision: int | None, now: datetime) -> Record:
    """What the newest confirmation says, or that of a revision; a draft's is made up as it stands (CT-DOC-04 to 06).

    `NotFound` for a revision that does not exist.
    """
    contract = await contract_by_id(session, contract_id)
    if contract["revision"] == 0 and revision is None:
        return (await _contents(session, [contract], now, approved_only=False))[contract_id]
    wanted = contract["revision"] if revision is None else revision
    found = await find(
        session,
        tables.Confirmation,
        _confirmation.c.contract_id == contract_id,
        _confirmation.c.revision == wanted,
    )
    if not found:
        raise NotFound("not_found", "The contract has no such revision.")
    content: Record = found[0]["content"]
    return content


async def _contents(
    session: AsyncSession, contracts: Sequence[Record], now: datetime, *, approved_only: bool
) -> dict[UUID, Record]:
    parties = await parties_of(session, contracts)
    lines: dict[UUID, list[Record]] = {one["id"]: [] for one in contracts}
    for line in await lines_of(session, lines):
        if line["status"] == "approved" or not approved_only:
            lines[line["contract_id"]].append(line)
    stations = await stations_of(session, {line["station_id"] for each in lines.values() for line in each})
    groups = await _groups(session, stations)
    return {
        one["id"]: _content(one, parties, lines[one["id"]], stations, groups)
        | {"standing": _standing(one, now), "dated_on": local_day(now, one, parties).isoformat()}
        for one in contracts
    }


async def _groups(session: AsyncSession, stations: Mapping[UUID, Record]) -> dict[UUID, Record]:
    ids = {station["group_id"] for station in stations.values() if station["group_id"]}
    group = table_of(tables.StationGroup)
    return {row["id"]: row for row in await find(session, tables.StationGroup, group.c.id.in_(ids))} if ids else {}


def _content(
    contract: Record,
    parties: Parties,
    lines: Sequence[Record],
    stations: Mapping[UUID, Record],
    groups: Mapping[UUID, Record],
) -> Record:
    """Every fact of the document; never the notes (CT-NOT-02), the comment of invoices (CT-COM-01) or sales
    commission (CT-CMN-05)."""
    of, seller = currency(contract["currency"]), parties.of("legal_entity_id", contract)
    group_id = stations[lines[0]["station_id"]]["group_id"] if lines else None
    layout = groups[group_id] if group_id else _NO_LAYOUT
    shown = partial(_net, contract) if layout["rates"] == "net" else int
    gross, total = (sum(each(line["total_amount"]) for line in lines) for each in (int, shown))
    count = sum(line["quantity"] for line in lines)
    return {
        "contract_no": contract["contract_no"],
        "code": contract["code"],
        "revision": contract["revision"],
        "currency": of.code,
        "seller": {name: seller[name] for name in ("name", "address", "vat_no")},
        "buyer": _buyer(parties.of("client_id", contract)),
        "facts": [*_facts(contract, parties, lines, stations), *_rates(layout)],
        "lines": [_line(line, stations, of, shown) for line in lines],
        "item_count": count,
        "gross_amount": major_text(gross, of),
        "total_amount": major_text(total, of),
        "summary": summary_words(count, Money(total, of)),
        "layout": {name: layout[name] for name in _NO_LAYOUT},
    }


def _standing(contract: Mapping[str, Any], now: datetime) -> str:
    """A draft, or what made the revision: an approval, or a correction of what was approved before (CT-DOC-05, 06)."""
    if contract["approved_at"] is None:
        return "draft"
    return "approved" if contract["approved_at"] == now else "corrected"


def _buyer(client: Record) -> Record:
    return {name: client[name] for name in ("name", "address", "country", "vat_no")}


def _facts(
    contract: Record, parties: Parties, lines: Sequence[Record], stations: Mapping[UUID, Record]
) -> list[list[str]]:
    def name_of(field: str) -> str:
        party = parties.get(field, contract)
        return party["name"] if party else ""

    def percent(field: str) -> str:
        value = contract[field]
        return f"{value:.2f} %" if value else ""

    first, last = (
        min((one["start_on"] for one in lines), default=None),
        max((one["end_on"] for one in lines), default=None),
    )
    facts = [
        ("Product", contract["product"]),
        ("Estimate", printed_codes(contract)["estimate"].strip("/")),
        ("P.O. number", contract["po_no"]),
        ("Agency", name_of("agency_id")),
        ("Salesperson", name_of("salesperson_id")),
        ("Stations", ", ".join(sorted({stations[line["station_id"]]["name"] for line in lines}))),
        ("Flight", days(first, last)),
        ("Invoiced", cycle_words(contract["billing_cycle"])),
        ("Discount", percent("discount_percent")),
        ("Agency commission", percent("agency_commission_percent")),
        ("Tax", name_of("tax_id")),
        ("Pre-pay", "yes" if contract["pre_pay"] else ""),
    ]
    return [[name, value] for name, value in facts if value]


def _rates(layout: Mapping[str, Any]) -> list[list[str]]:
    return [["Rates", "net of discount and agency commission"]] if layout["rates"] == "net" else []


def _line(row: Record, stations: Mapping[UUID, Record], of: Currency, shown: Callable[[int], int]) -> Record:
    line = line_of(row)
    terms = line.terms if isinstance(line.terms, SpotTerms) else None
    return {
        "line_no": row["line_no"],
        "station": stations[row["station_id"]]["name"],
        "avail_type": terms.avail_type if terms else "",
        "start_on": row["start_on"].isoformat(),
        "end_on": row["end_on"].isoformat(),
        "start_time": clock_text(terms.start_minute) if terms else "",
        "end_time": clock_text(terms.end_minute) if terms else "",
        "length": terms.length_seconds if terms else None,
        "schedule": schedule_words(line),
        "rate": major_text(shown(row["rate_amount"]), of),
        "quantity": row["quantity"],
        "total": major_text(shown(row["total_amount"]), of),
        "comment": comment_words(row["comment"]),
    }


def _net(contract: Mapping[str, Any], minor: int) -> int:
    """After discount and agency commission, each rounded on its own (CT-DSC-04, CT-ITY-14)."""
    discounted = minor - percent_of(minor, contract["discount_percent"])
    return discounted - percent_of(discounted, contract["agency_commission_percent"])
