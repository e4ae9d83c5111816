"""A contract as a correction would leave it (CT-LIF-17)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts.application.headers import header_of, parties_of, with_changes
from services.contracts.application.lines import line_of
from services.contracts.domain.contract_correction import (
    CORRECTABLE_HEADER,
    CORRECTABLE_LINE,
    Corrected,
    check_correctable,
    corrected,
)
from services.contracts.domain.header import approval_faults
from services.contracts.domain.line import check_gross, line_faults
from services.contracts.repository.radio import lines_of
from services.contracts.repository.rows import Record
from shared.kernel.errors import BillingError, Fault, Invalid, NotAllowedNow
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class CorrectedState:
    """Header and changed lines as they will be, and every field that differs from what was approved."""

    header: Record
    lines: list[Record]
    fields: list[Corrected]


def merged(prepared: Mapping[str, Any], changes: Mapping[str, Any]) -> Record:
    """More changes on top of prepared ones: header fields by name, lines by id. All of it fit for JSON.

    The lines of these changes come first, so that what is refused of one is told of its place among them.
    """
    before, lines = prepared.get("lines", {}), dict[str, Record]()
    for line in changes.get("lines", ()):
        given = {name: _plain(value) for name, value in line.items() if name != "id"}
        check_correctable((), given)
        id_ = str(line["id"])
        lines[id_] = {**before.get(id_, {}), **lines.get(id_, {}), **given}
    lines |= {id_: kept for id_, kept in before.items() if id_ not in lines}
    given = {name: _plain(value) for name, value in changes.get("header", {}).items()}
    check_correctable(given, ())
    return {"header": {**prepared.get("header", {}), **given}, "lines": lines}


async def corrected_state(session: AsyncSession, contract: Record, prepared: Mapping[str, Any]) -> CorrectedState:
    """The contract after prepared changes; `Invalid` with everything it could not hold.

    `NotAllowedNow("not_correctable")` for another invoice type than None, which is changed directly (CT-ITY-11).
    """
    changes = {name: _typed(name, value) for name, value in prepared.get("header", {}).items()}
    parties = await parties_of(session, [contract, changes])
    try:
        after = with_changes(contract, changes, parties)
    except BillingError as refusal:
        raise type(refusal)(refusal.code, refusal.message, faults=_of_header(refusal.faults)) from None
    if after["invoice_type"] not in (contract["invoice_type"], "none"):
        raise NotAllowedNow("not_correctable", "Another invoice type needs no correction: change it directly.")
    fields = corrected(contract, after, CORRECTABLE_HEADER)
    faults = _of_header(approval_faults(header_of(after, parties), [1], {one.field for one in fields}))
    present = await lines_of(session, [contract["id"]])
    approved = {one["id"]: one for one in present if one["status"] == "approved"}
    lines = []
    for index, (line_id, given) in enumerate(prepared.get("lines", {}).items()):
        before = approved.get(UUID(line_id))
        if before is None:
            faults.append(Fault(f"/lines/{index}/id", "unknown_reference", "The contract has no such approved line."))
            continue
        try:
            line = _line(before, given, contract["currency"])
        except Invalid as refusal:
            faults.append(Fault(f"/lines/{index}/rate_amount", refusal.code, refusal.message, field="rate_amount"))
            continue
        faults += [
            replace(fault, pointer=f"/lines/{index}{fault.pointer}")
            for fault in line_faults(line_of(line), "", today=line["start_on"])
        ]
        lines.append(line)
        fields += _line_fields(before, line, contract["currency"])
    if faults:
        raise Invalid.of(faults)
    totals = {one["id"]: one["total_amount"] for one in [*present, *lines]}
    check_gross(sum(totals.values()), currency(contract["currency"]))
    return CorrectedState(after, lines, fields)


def _of_header(faults: Iterable[Fault]) -> list[Fault]:
    """The same faults where a correction states its header."""
    return [replace(fault, pointer=f"/header{fault.pointer}") for fault in faults]


def _line(before: Record, given: Mapping[str, Any], currency_code: str) -> Record:
    line = {**before, **given}
    if "rate_amount" in given:
        line["rate_amount"] = Money.parse(given["rate_amount"], currency(currency_code)).minor
    return {**line, "total_amount": line["quantity"] * line["rate_amount"]}


def _line_fields(before: Record, after: Record, currency_code: str) -> list[Corrected]:
    def shown(line: Record) -> Record:
        return {**line, "rate_amount": Money(line["rate_amount"], currency(currency_code))}

    return corrected(shown(before), shown(after), CORRECTABLE_LINE, before["line_no"])


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID | Decimal) else value


def _typed(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith("_id"):
        return UUID(value)
    return Decimal(value) if name.endswith("_percent") else value
