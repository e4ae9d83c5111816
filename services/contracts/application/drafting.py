"""Drafting contracts with their lines, one or a file's worth at once (CT-HDR, CT-LIN-24)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.contracts import tables
from services.contracts.application.headers import header_of, parties_of, with_defaults
from services.contracts.application.line_checks import Stated, check_grosses, checked_rows
from services.contracts.application.telling import tell_contracts
from services.contracts.domain.header import header_faults
from services.contracts.repository.numbers import draw
from services.contracts.repository.rows import Record, change, find, insert, table_of
from shared.events.contracts import ContractDrafted
from shared.kernel.errors import Invalid, NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.audit import Change, audit_all
from shared.runtime.db import AsyncSession

Lines = Sequence[Mapping[str, Any]]


async def draft_contracts(session: AsyncSession, drafts: Sequence[Mapping[str, Any]]) -> list[Record]:
    """New drafts with numbers of their own; `code` is the caller's, unique, and defaults to the number (CT-HDR-01).

    Refuses what no header may hold, records that do not exist, and `NotAllowedNow("duplicate_code")`.
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
            "last_line_no": 0,
            "state": "draft",
            "revision": 0,
            "correction": "none",
            "correction_id": None,
            "corrected_fields": [],
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
    await _audit(session, "contract.drafted", [Change(one["id"], None, public(one)) for one in contracts])
    return contracts


async def add_lines(
    session: AsyncSession, wanted: Sequence[tuple[Record, Lines]], now: datetime, *, drafting: bool = False
) -> list[Record]:
    """Pending lines on draft or active contracts (locked); numbers go on from the last ever given (CT-LIN-02, 22, 24).

    All faults of all lines come at once; `NotAllowedNow("contract_closed")` on a cancelled or completed contract. The
    contracts' versions rise, unless they are being drafted in the same request.
    """
    for contract, _ in wanted:
        check_open(contract)
    rows = await checked_rows(
        session,
        [
            Stated(contract, values, contract["last_line_no"] + step, f"/lines/{step - 1}")
            for contract, lines in wanted
            for step, values in enumerate(lines, 1)
        ],
        now,
    )
    await insert(session, tables.ContractLine, rows)
    await check_grosses(session, [contract for contract, _ in wanted])
    for contract, lines in wanted:
        contract["last_line_no"] += len(lines)
        contract["version"] += not drafting
    await change(session, tables.Contract, [_counted(contract) for contract, _ in wanted])
    made: dict[Any, list[int]] = {contract["id"]: [] for contract, _ in wanted}
    for row in rows:
        made[row["contract_id"]].append(row["line_no"])
    await _audit(session, "contract.lines_added", [Change(id_, None, {"lines": nos}) for id_, nos in made.items()])
    return rows


def check_open(contract: Mapping[str, Any]) -> None:
    """Refuse a closed contract what only an open one takes (CT-LIN-24)."""
    if contract["state"] not in ("draft", "active"):
        raise NotAllowedNow("contract_closed", "The contract is cancelled or completed.")


def public(contract: Mapping[str, Any]) -> Record:
    """A header without the notes, which no history shows either (CT-NOT-03)."""
    return {name: value for name, value in contract.items() if name not in ("tenant_id", "notes")}


def _counted(contract: Mapping[str, Any]) -> Record:
    return {name: contract[name] for name in ("id", "version", "last_line_no")}


async def _audit(session: AsyncSession, action: str, changes: Sequence[Change]) -> None:
    await audit_all(session, action=action, entity="contract", changes=changes)
