"""Drafting contracts with their lines, one or a file's worth at once (CT-HDR, CT-LIF-02)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.headers import header_of, local_day, parties_of, with_defaults
from services.contracts.application.lines import at, line_of_values, stored_line
from services.contracts.application.telling import tell_contracts
from services.contracts.domain.contract import header_faults
from services.contracts.domain.line import line_faults
from services.contracts.repository.numbers import draw
from services.contracts.repository.radio import contract_by_id, lines_of
from services.contracts.repository.rows import Record, change, find, insert, table_of
from shared.events.contracts import ContractDrafted, ContractPresentationChanged
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

# What changes on an active contract without correction mode (CT-LIF-18).
_ALWAYS_EDITABLE = frozenset({"notes", "tfn"})
_PRESENTATION = frozenset({"invoice_type", "affidavit"})


async def draft_contracts(session: AsyncSession, drafts: Sequence[Mapping[str, Any]]) -> list[Record]:
    """New drafts with numbers of their own; `code` is the caller's, unique, and defaults to the number.

    Refuses what no header may hold, `unknown_reference`, and `NotAllowedNow("duplicate_code")`.
    """
    parties = await parties_of(session, drafts)
    headers = [with_defaults(values, parties) for values in drafts]
    faults = [fault for header in headers for fault in header_faults(header_of(header, parties))]
    if faults:
        raise Invalid.of(faults)
    numbers = await draw(session, "contract", len(drafts))
    contracts = [
        {
            "id": new_id(),
            "version": 1,
            "code": values.get("code") or str(number),
            "contract_no": number,
            "state": "draft",
            "revision": 0,
            **header,
            "approved_at": None,
            "cancelled_at": None,
            "completed_on": None,
        }
        for values, header, number in zip(drafts, headers, numbers, strict=True)
    ]
    taken = table_of(tables.Contract).c.code.in_([one["code"] for one in contracts])
    if await find(session, tables.Contract, taken):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    await insert(session, tables.Contract, contracts)
    await tell_contracts(session, ContractDrafted, contracts)
    return contracts


async def add_lines(
    session: AsyncSession, contract: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], now: datetime
) -> list[Record]:
    """Pending lines on a draft or active contract; numbers go on from the last one ever given (CT-LIN-02, CT-LIN-24).

    All faults of all lines come at once.
    """
    if contract["state"] not in ("draft", "active"):
        raise NotAllowedNow("contract_closed", "The contract is cancelled or completed.")
    last = max((line["line_no"] for line in await lines_of(session, [contract["id"]])), default=0)
    parties = await parties_of(session, [contract])
    today = local_day(now, contract, parties)
    stations = await _stations(session, {line["station_id"] for line in lines})
    rows, faults = [], []
    for index, values in enumerate(lines):
        row, found = _checked(values, last + index + 1, contract, stations.get(values["station_id"]), today)
        found = [replace(fault, pointer=f"/lines/{index}{fault.pointer}") for fault in found]
        faults += found
        rows += [row] if row else []
    if faults:
        raise Invalid.of(faults)
    await insert(session, tables.ContractLine, rows)
    return rows


async def amend_contract(
    session: AsyncSession, contract_id: UUID, version: int | None, changes: Mapping[str, Any]
) -> Record:
    """Change a header: a draft's freely, an active contract's only where no correction mode is needed (CT-LIF-18)."""
    before = await contract_by_id(session, contract_id, lock=True)
    if version is not None and before["version"] != version:
        raise StaleVersion
    _check_editable(before, changes)
    parties = await parties_of(session, [{**before, **changes}])
    if "client_id" in changes:
        kept = {name: before[name] for name in ("comment", "notes")}
        after = {**before, **with_defaults({**kept, **changes}, parties)}
    else:
        after = {**before, **_agency_defaults(before, changes, parties), **changes}
        if changes.get("invoice_type") == "none" and "billing_cycle" not in changes:
            after["billing_cycle"] = "none"
        if after["invoice_type"] == "summary":
            after["affidavit"] = changes.get("affidavit", "none")
    faults = header_faults(header_of(after, parties))
    if faults:
        raise Invalid.of(faults)
    after["version"] = before["version"] + 1
    await change(session, tables.Contract, [after])
    told = ContractDrafted if before["state"] == "draft" else ContractPresentationChanged
    await tell_contracts(session, told, [after])
    await audit(
        session,
        action="contract.changed",
        entity="contract",
        entity_id=contract_id,
        before={name: before[name] for name in changes if name != "notes"},
        after={name: after[name] for name in changes if name != "notes"},
    )
    return after


def _agency_defaults(before: Record, changes: Mapping[str, Any], parties: Mapping[UUID, Record]) -> Record:
    """Another agency resets its commission and the estimate mode, another salesperson theirs (CT-HDR-06, 07, 10)."""
    reset: Record = {}
    if changes.get("agency_id", before["agency_id"]) != before["agency_id"]:
        old, new = parties.get(before["agency_id"]), parties.get(changes["agency_id"])
        reset["agency_commission_percent"] = new["commission_percent"] if new else 0
        was_edi, is_edi = bool(old and old["edi_no"]), bool(new and new["edi_no"])
        if was_edi and not is_edi:
            reset |= {"estimate_no": before["agency_estimate_code"], "agency_estimate_code": ""}
            reset |= {"agency_advertiser_code": "", "agency_product_code": ""}
        elif is_edi and not was_edi:
            reset |= {"agency_estimate_code": before["estimate_no"], "estimate_no": ""}
    if changes.get("salesperson_id", before["salesperson_id"]) != before["salesperson_id"]:
        new = parties.get(changes["salesperson_id"])
        reset["sales_commission_percent"] = new["commission_percent"] if new else 0
    return reset


def _check_editable(contract: Record, changes: Mapping[str, Any]) -> None:
    named = set(changes)
    if contract["state"] == "draft" or named <= _ALWAYS_EDITABLE:
        return
    if "client_id" in named:
        raise NotAllowedNow("customer_is_fixed", "The customer is fixed by approval.")
    to_none = changes.get("invoice_type") == "none" and contract["billing_cycle"] != "none"
    if to_none or contract["state"] != "active" or not named <= _ALWAYS_EDITABLE | _PRESENTATION:
        raise NotAllowedNow("requires_correction_mode", "An approved contract changes this in correction mode only.")


async def _stations(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Record]:
    return {row["id"]: row for row in await find(session, tables.Station, table_of(tables.Station).c.id.in_(ids))}


def _checked(
    values: Mapping[str, Any], line_no: int, contract: Mapping[str, Any], station: Record | None, today: date
) -> tuple[Record | None, list[Fault]]:
    if station is None:
        return None, [Fault("/station_id", "unknown_reference", "There is no such station.")]
    if station["blocked"]:
        return None, [Fault("/station_id", "station_inactive", "The station is not active.")]
    if station["no_logs"] and values["kind"] == "spots":
        return None, [Fault("/station_id", "station_has_no_logs", "The station has no logs.")]
    try:
        line = line_of_values(values, line_no, contract["currency"])
        found = line_faults(line, "", today=today, override_start=values["override_start_date"])
        return (None, found) if found else (stored_line(line, values, contract["id"]), [])
    except Invalid as refusal:
        return None, at("", refusal)
