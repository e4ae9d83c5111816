"""Saving a contract: header, lines and rotations together, in one transaction (CT-LIF-02, CT-LIF-18, CT-LIN-31)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from services.contracts import tables
from services.contracts.application.approval import complete_contracts
from services.contracts.application.drafting import check_open, public
from services.contracts.application.headers import (
    Parties,
    changed_of,
    header_of,
    local_day,
    parties_of,
    with_changes,
    with_defaults,
)
from services.contracts.application.line_checks import Stated, check_grosses, checked_rows
from services.contracts.application.lines import patched, values_of
from services.contracts.application.rotating import check_once, save_rotations
from services.contracts.application.telling import tell_contracts
from services.contracts.domain.header import header_faults
from services.contracts.repository.radio import contract_locked, line, lines_of
from services.contracts.repository.rows import Record, change, insert, upsert
from shared.events.contracts import (
    ContractConflictsChanged,
    ContractDrafted,
    ContractPresentationChanged,
    ContractState,
)
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

Values = Mapping[str, Any]
# What changes on an approved contract without correction mode, and what then is told (CT-LIF-18, CT-HDR-21).
_PRESENTATION = frozenset({"invoice_type", "affidavit"})
_CONFLICTS = frozenset({"secondary_conflict_id"})
_UNTOLD = frozenset({"notes", "tfn"})
# What an approved line takes without correction mode (CT-LIN-31); `placement` is one of its terms.
_LINE_EDITABLE = frozenset({"direct_rotation_id", "override_advertiser", "override_conflict"})


async def save_contract(
    session: AsyncSession,
    contract_id: UUID,
    version: int | None,
    changes: Values,
    now: datetime,
    *,
    lines: Sequence[Values] | None = None,
    rotations: Sequence[Values] | None = None,
) -> None:
    """Commit all changes of header, lines and rotations, or none of them.

    `lines` and `rotations` are whole lists: a line with an `id` replaces that one, one left out is deleted.
    `StaleVersion`; `NotAllowedNow` with `customer_is_fixed`, `requires_correction_mode`, `contract_closed`; `Invalid`.
    """
    before = await contract_locked(session, contract_id, version)
    after = await _header(session, before, changes)
    await _keep_header(session, before, after)
    if after["client_id"] != before["client_id"]:
        after = await _drop_rotations(session, after)
    if lines is not None:
        await _keep_lines(session, after, lines, now)
    if rotations is not None:
        await save_rotations(session, contract_id, None, rotations)


async def change_line(
    session: AsyncSession, contract_id: UUID, line_id: UUID, version: int | None, changes: Values, now: datetime
) -> None:
    """Change one line; refusals as for `save_contract`."""
    contract = await contract_locked(session, contract_id, version)
    present = await lines_of(session, [contract_id])
    chosen = _one(present, line_id)
    stated = [{**values_of(one, contract["currency"]), "id": one["id"]} for one in present]
    at = present.index(chosen)
    stated[at] = patched(stated[at], changes)
    await _keep_lines(session, contract, stated, now, whole=False)


async def delete_line(
    session: AsyncSession, contract_id: UUID, line_id: UUID, version: int | None, now: datetime
) -> None:
    """Delete one pending line; its number is not given again (CT-LIN-02, CT-LIN-31)."""
    contract = await contract_locked(session, contract_id, version)
    present = await lines_of(session, [contract_id])
    gone = _one(present, line_id)
    stated = [{**values_of(one, contract["currency"]), "id": one["id"]} for one in present if one is not gone]
    await _keep_lines(session, contract, stated, now, whole=False)


async def _header(session: AsyncSession, before: Record, changes: Values) -> Record:
    """The header after the changes, checked; a draft's other customer brings its own defaults (CT-HDR-05)."""
    if not changes:
        return dict(before)
    parties = await parties_of(session, [before, changes])
    swapped = changes.get("client_id", before["client_id"]) != before["client_id"]
    if swapped and before["state"] != "draft":
        raise NotAllowedNow("customer_is_fixed", "The customer is fixed by approval.")
    if swapped:
        after = {**before, **with_defaults({"notes": before["notes"], **changes}, parties)}
        await _move_rates(session, before, after)
    else:
        after = with_changes(before, changes, parties)
    changed = changed_of(before, after, after)
    _check_editable(before, changed)
    faults = header_faults(header_of(after, await _with_current(session, parties, after)), changed)
    if faults:
        raise Invalid.of(faults)
    return after


async def _with_current(session: AsyncSession, parties: Parties, after: Record) -> Parties:
    """The parties of the header as it now stands; a swap may have brought others than the changes name."""
    known = all(
        after[field] is None or after[field] in parties.records[field] for field in ("client_id", "agency_id", "tax_id")
    )
    return parties if known else await parties_of(session, [after])


def _check_editable(before: Record, changed: set[str]) -> None:
    """Of an approved contract; type none takes the billing cycle along, which needs a correction (CT-ITY-11)."""
    if before["state"] != "draft" and not changed <= _UNTOLD | _PRESENTATION | _CONFLICTS:
        raise NotAllowedNow("requires_correction_mode", "An approved contract changes this in correction mode only.")


async def _keep_header(session: AsyncSession, before: Record, after: Record) -> None:
    changed = changed_of(before, after, after)
    if not changed:
        return
    for told in _told(before, changed):
        after["version"] += 1
        await change(session, tables.Contract, [{name: value for name, value in after.items() if name != "tenant_id"}])
        if told is not None:
            await tell_contracts(session, told, [after])
    await audit(
        session,
        action="contract.changed",
        entity="contract",
        entity_id=before["id"],
        before={name: value for name, value in public(before).items() if name in changed},
        after={name: value for name, value in public(after).items() if name in changed},
    )


def _told(before: Record, changed: set[str]) -> list[type[ContractState] | None]:
    """What is told of a change, one version each; notes and the reminder flag are told to nobody (CT-NOT-03)."""
    if changed <= _UNTOLD:
        return [None]
    if before["state"] == "draft":
        return [ContractDrafted]
    kinds: list[tuple[frozenset[str], type[ContractState]]] = [
        (_PRESENTATION, ContractPresentationChanged),
        (_CONFLICTS, ContractConflictsChanged),
    ]
    return [kind for fields, kind in kinds if fields & changed]


async def _move_rates(session: AsyncSession, before: Record, after: Record) -> None:
    """Rates stay as they read when the other customer has another currency; `amount_precision` where they cannot."""
    if before["currency"] == after["currency"]:
        return
    old, new = currency(before["currency"]), currency(after["currency"])
    moved = []
    for one in await lines_of(session, [before["id"]]):
        try:
            rate = Money.parse(Money(one["rate_amount"], old).decimal, new).minor
        except Invalid as refusal:
            raise Invalid.of([Fault("/client_id", refusal.code, refusal.message, field="client_id")]) from None
        moved.append({"id": one["id"], "rate_amount": rate, "total_amount": rate * one["quantity"]})
    await change(session, tables.ContractLine, moved)
    await check_grosses(session, [after])


async def _drop_rotations(session: AsyncSession, contract: Record) -> Record:
    """Another customer's draft keeps its lines, but not the rotations of the old customer's copy (CT-HDR-05)."""
    bound = [one for one in await lines_of(session, [contract["id"]]) if one["direct_rotation_id"]]
    await change(session, tables.ContractLine, [{"id": one["id"], "direct_rotation_id": None} for one in bound])
    return (await save_rotations(session, contract["id"], None, [])).contract


async def _keep_lines(
    session: AsyncSession, contract: Record, stated: Sequence[Values], now: datetime, *, whole: bool = True
) -> None:
    """Store a whole list of lines: changed and new ones are checked, those left out deleted."""
    check_once([values.get("id") for values in stated], "lines")
    present = {one["id"]: one for one in await lines_of(session, [contract["id"]])}
    last = contract["last_line_no"]
    wanted: list[Stated] = []
    for index, values in enumerate(stated):
        pointer = f"/lines/{index}" if whole else ""
        known = values.get("id")
        if known is not None and known not in present:
            raise Invalid.of([Fault(f"{pointer}/id", "unknown_reference", "The contract has no such line.")])
        before = present.get(known) if known else None
        if before is not None and _same(values, values_of(before, contract["currency"])):
            continue
        last += before is None
        wanted.append(Stated(contract, values, before["line_no"] if before else last, pointer, before))
    gone = [one for id_, one in present.items() if id_ not in {values.get("id") for values in stated}]
    if not wanted and not gone:
        return
    check_open(contract)
    rows = await checked_rows(session, wanted, now) if wanted else []
    _check_lines(rows, present, gone)
    await session.execute(delete(line).where(line.c.id.in_([one["id"] for one in gone])))
    await upsert(session, tables.ContractLine, [row for row in rows if row["id"] in present])
    await insert(session, tables.ContractLine, [row for row in rows if row["id"] not in present])
    await check_grosses(session, [contract])
    contract |= {"version": contract["version"] + 1, "last_line_no": last}
    kept = {name: contract[name] for name in ("id", "version", "last_line_no")}
    await change(session, tables.Contract, [kept])
    await audit(
        session,
        action="contract.lines_changed",
        entity="contract",
        entity_id=contract["id"],
        before={"lines": [_shown(present[row["id"]]) for row in rows if row["id"] in present] + [*map(_shown, gone)]},
        after={"lines": [_shown(row) for row in rows]},
    )
    parties = await parties_of(session, [contract])
    await complete_contracts(session, {contract["id"]: local_day(now, contract, parties)})


def _check_lines(rows: Sequence[Record], present: Mapping[UUID, Record], gone: Sequence[Record]) -> None:
    """An approved line outside correction mode takes a few changes only, and stays (CT-LIN-31)."""
    locked = [one for one in gone if one["status"] == "approved"]
    for row in rows:
        before = present.get(row["id"])
        if before is None or before["status"] == "pending":
            continue
        changed = changed_of(before, row, [name for name in row if name != "terms"])
        if not changed <= _LINE_EDITABLE or _ordered(before) != _ordered(row):
            locked.append(before)
    if locked:
        raise NotAllowedNow("requires_correction_mode", "An approved line changes this in correction mode only.")


def _ordered(row: Record) -> Record:
    """The terms of a line but for its weight when units compete (CT-LIN-20)."""
    return {name: value for name, value in row["terms"].items() if name != "placement"}


def _same(stated: Values, kept: Values) -> bool:
    return all(stated.get(name) == value for name, value in kept.items())


def _shown(row: Record) -> Record:
    return {name: value for name, value in row.items() if name not in ("tenant_id", "contract_id")}


def _one(lines: Sequence[Record], line_id: UUID) -> Record:
    for one in lines:
        if one["id"] == line_id:
            return one
    raise NotFound("not_found", "The contract has no such line.")
