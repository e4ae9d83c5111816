"""Put a contract invoice together as it would be issued now: lines, amounts, and the copies its document prints."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.invoicing.application.billing_terms import Parties
from services.invoicing.application.settle_contracts import terms_of
from services.invoicing.application.upfront_lines import upfront_items
from services.invoicing.domain.comment import with_months
from services.invoicing.domain.deductions import contract_amounts
from services.invoicing.domain.due_date import due_on
from services.invoicing.domain.ready import Amounts, Line, ReadyInvoice
from services.invoicing.domain.voucher import contract_voucher
from services.invoicing.repository import contracts as contract_rows
from services.invoicing.repository import open_invoices
from services.invoicing.repository.contracts import ContractRow
from services.invoicing.repository.items import ItemRow
from services.invoicing.repository.layouts import Layout, layouts_of
from services.invoicing.repository.registers import parties as records
from shared.kernel.errors import NotAllowedNow
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession

Record = Mapping[str, Any]


class Ready(NamedTuple):
    """The invoice, the number prefixes of its legal entity, items to keep with it, and the codes of its warnings."""

    invoice: ReadyInvoice
    prefixes: dict[UUID, str]
    new_items: Sequence[ItemRow]
    warnings: tuple[str, ...]


class _Registers(NamedTuple):
    """The records that the document copies."""

    parties: Parties
    tax: dict[str, Any] | None
    stations: dict[UUID, dict[str, Any]]
    copies: dict[UUID, dict[str, Any]]
    agency: str
    lines: Sequence[dict[str, Any]]
    layout: Layout


async def ready_contract_invoice(session: AsyncSession, contract: ContractRow, stored: Record, now: datetime) -> Ready:
    """The invoice; `NotAllowedNow("unknown_reference")` before its parties are known."""
    new_items = await upfront_items(session, contract, stored) if stored["variant"] == "upfront" else []
    items = await _items(session, contract, stored, new_items)
    registers = await _registers(session, contract, items)
    seller = registers.parties.legal_entities[contract.legal_entity_id]
    client = registers.parties.clients[contract.client_id]
    is_upfront = stored["variant"] == "upfront"
    on = now.astimezone(ZoneInfo(seller["time_zone"])).date() if is_upfront else stored["period_to"]
    percent = registers.tax["percent"] if registers.tax else Decimal(0)
    is_zero = stored["variant"] == "zero"
    lines = [_line(item, registers, percent, stored["period_to"], is_zero=is_zero) for item in items]
    amounts = contract_amounts(sum(line.amount for line in lines), terms_of(contract, percent))
    ready = ReadyInvoice(
        id=stored["id"],
        version=stored["version"] + 1,
        kind="contract",
        variant=stored["variant"],
        legal_entity_id=contract.legal_entity_id,
        client_id=contract.client_id,
        contract_id=contract.id,
        station_id=stored["station_id"],
        period_from=stored["period_from"],
        period_to=stored["period_to"],
        invoice_on=on,
        accounting_on=on,
        due_on=due_on(on, client["payment_days"], from_month_end=client["from_month_end"]),
        currency=contract.currency,
        base_currency=seller["currency"],
        exchange_rate=Decimal(1),
        amounts=Amounts.of_contract(amounts, percent),
        lines=lines,
        postings=contract_voucher(amounts),
        frozen=_frozen(contract, registers, stored["period_to"]),
        client_reference=contract.po_no,
        text=with_months(contract.comment, stored["period_to"]),
        own_credit_series=seller["credit_series"],
    )
    return Ready(ready, registers.parties.prefixes, new_items, _warnings(contract, items))


async def _items(
    session: AsyncSession, contract: ContractRow, stored: Record, new_items: Sequence[ItemRow]
) -> list[dict[str, Any]]:
    if stored["variant"] == "upfront":
        return [{**item._asdict(), "details": None} for item in new_items]
    period = Period.inclusive(stored["period_from"], stored["period_to"])
    return await open_invoices.executed_items(session, contract.id, period, stored["station_id"])


async def _registers(session: AsyncSession, contract: ContractRow, items: Sequence[Record]) -> _Registers:
    parties = await Parties.load(session, {contract.legal_entity_id}, {contract.client_id})
    if contract.legal_entity_id not in parties.legal_entities or contract.client_id not in parties.clients:
        raise NotAllowedNow("unknown_reference", "The legal entity's or the client's record has not arrived yet.")
    taxes = await contract_rows.tax_percents(session, [contract.tax_id] if contract.tax_id else [])
    copy_ids = {UUID(item["details"]["copy_id"]) for item in items if (item["details"] or {}).get("copy_id")}
    agencies = await records(session, "agency", [contract.agency_id] if contract.agency_id else [])
    return _Registers(
        parties,
        next(iter(taxes.values()), None),
        await records(session, "station", [item["media_id"] for item in items]),
        await records(session, "copy", copy_ids),
        agencies[contract.agency_id]["name"] if contract.agency_id in agencies else "",
        (await contract_rows.lines_of(session, [contract.id]))[contract.id],
        (await layouts_of(session, [contract.id]))[contract.id],
    )


def _line(item: Record, registers: _Registers, percent: Decimal, end_on: date, *, is_zero: bool) -> Line:
    """A line at its amounts, or at zero on an affidavit of what was billed up front (CT-CYC-09)."""
    station = registers.stations.get(item["media_id"], {"name": ""})
    amounts = (0,) * 7 if is_zero else (
        item["gross_amount"], item["net_amount"], item["net_net_amount"], item["client_net_amount"],
        item["fee_amount"], item["capital_cost_amount"], item["price_amount"],
    )  # fmt: skip
    return Line(
        item["id"], item["origin"], item["origin_id"], "whole", item["order_no"], item["media_id"], station["name"],
        _text(item, registers, end_on), orjson.dumps(item["details"]).decode() if item["details"] else None,
        item["dated_on"], percent, *amounts,
    )  # fmt: skip


def _text(item: Record, registers: _Registers, end_on: date) -> str:
    """The copy of a unit; the comment of an occurrence, whose tokens mean its own date (CT-COM-07)."""
    text: str = item["text"]
    if item["origin"] == "off_air":
        comment = next((line["comment"] for line in registers.lines if line["id"] == item["order_id"]), text)
        return with_months(comment, item["dated_on"])
    return with_months(text, end_on) if item["origin"] == "contract_line" else text


def _frozen(contract: ContractRow, registers: _Registers, end_on: date) -> dict[str, Any]:
    shown = ("code", "name", "affidavit_text", "notarized_text")
    return {
        **registers.parties.frozen(contract.legal_entity_id, contract.client_id),
        "contract_no": contract.contract_no,
        "invoice_type": contract.invoice_type,
        "affidavit": contract.affidavit,
        "po_no": contract.po_no,
        "product": contract.product,
        "estimate": contract.estimate,
        "agency": registers.agency,
        "discount_percent": f"{contract.discount_percent.normalize():f}",
        "agency_commission_percent": f"{contract.agency_commission_percent.normalize():f}",
        "tax": _frozen_tax(registers.tax),
        # In a unit's comment the tokens refer to the invoice's end date (CT-COM-07).
        "lines": {
            f"{line['line_no']:03d}": {
                "kind": line["kind"],
                "start_on": line["start_on"].isoformat(),
                "end_on": line["end_on"].isoformat(),
                "quantity": line["quantity"],
                "rate_amount": line["rate_amount"],
                "start_minute": line["start_minute"],
                "end_minute": line["end_minute"],
                "length_seconds": line["length_seconds"],
                "comment": with_months(line["comment"], end_on),
            }
            for line in registers.lines
        },
        "stations": {str(id_): {name: one[name] for name in shown} for id_, one in registers.stations.items()},
        "copies": {
            str(id_): {name: one[name] for name in ("name", "cart_no", "script")}
            for id_, one in registers.copies.items()
        },
        "layout": registers.layout.frozen(),
    }


def _frozen_tax(tax: dict[str, Any] | None) -> dict[str, Any] | None:
    """The tax as it prints, with the parts it names."""
    return {"name": tax["name"], "percent": f"{tax['percent']:f}", "parts": tax["parts"]} if tax else None


def _warnings(contract: ContractRow, items: Sequence[Record]) -> tuple[str, ...]:
    """A co-op affidavit with an aired unit of no known copy is worth a look before it goes out (CT-ITY-10)."""
    without = any(item["origin"] == "spot" and not (item["details"] or {}).get("copy_name") for item in items)
    return ("no_copy",) if contract.invoice_type == "co_op_notarized_affidavit" and without else ()
