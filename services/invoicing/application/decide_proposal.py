"""Approve or decline a proposed credit; a reversal of its invoice withdraws it (CT-CYC-11)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.invoicing.application.billing_terms import Parties
from services.invoicing.application.issue import issue
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.propose_credits import tell_proposal
from services.invoicing.domain.deductions import ContractAmounts
from services.invoicing.domain.ready import Amounts, Line, ReadyInvoice
from services.invoicing.domain.voucher import contract_voucher
from services.invoicing.repository import open_invoices, proposals
from services.invoicing.repository.contracts import lock_contracts
from services.invoicing.repository.items import ItemRow, save_items
from services.invoicing.repository.proposals import AMOUNTS, Record
from shared.events.invoicing import InvoiceIssued
from shared.kernel.errors import NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import derived_id, new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


async def decide_proposal(
    session: AsyncSession, proposal_id: UUID, *, to: str, reason: str, version: int, now: datetime
) -> None:
    """Approve (which issues the credit note) or decline; `NotAllowedNow("state")` when it is decided already."""
    contract_id = await proposals.contract_of_proposal(session, proposal_id)
    await lock_contracts(session, [contract_id] if contract_id else [])
    proposal = await proposals.lock_proposal(session, proposal_id)
    if proposal is None:
        raise NotFound("not_found", "There is no such proposal.")
    if proposal["version"] != version:
        raise StaleVersion
    if proposal["state"] != "proposed":
        raise NotAllowedNow("state", "The proposal is decided already.")
    note_id = await _issue_note(session, proposal, reason, now) if to == "approved" else None
    await _close(session, proposal, to, note_id)
    await audit(
        session,
        action=f"credit_proposal.{to}",
        entity="credit_proposal",
        entity_id=proposal_id,
        after={"credit_note_id": note_id},
        reason=reason,
    )


async def withdraw_proposal(session: AsyncSession, invoice_id: UUID) -> None:
    """Whoever reverses an upfront invoice credits all of it; what was proposed falls away."""
    proposal = await proposals.open_proposal(session, invoice_id)
    if proposal:
        await _close(session, proposal, "withdrawn", None)


async def _close(session: AsyncSession, proposal: Record, state: str, note_id: UUID | None) -> None:
    proposal |= {"state": state, "credit_note_id": note_id, "version": proposal["version"] + 1}
    await proposals.save(session, proposal)
    await tell_proposal(session, proposal)


async def _issue_note(session: AsyncSession, proposal: Record, reason: str, now: datetime) -> UUID:
    invoice = await open_invoices.lock_invoice(session, proposal["invoice_id"])
    assert invoice is not None
    parties = await Parties.load(session, {invoice["legal_entity_id"]}, {invoice["client_id"]})
    seller = parties.legal_entities[invoice["legal_entity_id"]]
    on = max(now.astimezone(ZoneInfo(seller["time_zone"])).date(), invoice["invoice_on"])
    items = _items(proposal, await proposals.items_of(session, proposal["id"]), on)
    await save_items(session, items)
    percent = Decimal(invoice["vat"][0]["percent"]) if invoice["vat"] else Decimal(0)
    note = _note(invoice, proposal, items, on=on, percent=percent, reason=reason, seller=seller)
    await issue(session, [note], prefixes=parties.prefixes, event=InvoiceIssued)
    await queue_documents(session, invoice_ids=[note.id])
    return note.id


def _items(proposal: Record, units: Sequence[Record], on: date) -> list[ItemRow]:
    """One item per contract line: so many of its units will not run."""
    found = []
    for order_no, members in groupby(units, key=lambda unit: unit["order_no"]):
        of_line = list(members)
        first, gross = of_line[0], -sum(unit["price_amount"] for unit in of_line)
        found.append(
            ItemRow(
                id=derived_id(proposal["id"], order_no),
                version=1,
                origin="contract_line",
                origin_id=first["order_id"],
                legal_entity_id=proposal["legal_entity_id"],
                client_id=proposal["client_id"],
                contract_id=proposal["contract_id"],
                dated_on=on,
                status="ordered",
                currency=proposal["currency"],
                order_id=first["order_id"],
                order_no=order_no,
                media_id=first["media_id"],
                text=f"{len(of_line)} × not run",
                credit=True,
                gross_amount=gross,
                net_amount=gross,
                net_net_amount=0,
                client_net_amount=gross,
                fee_amount=0,
                capital_cost_amount=0,
                price_amount=gross,
            )
        )
    return found


def _note(
    invoice: Record,
    proposal: Record,
    items: Sequence[ItemRow],
    *,
    on: date,
    percent: Decimal,
    reason: str,
    seller: Mapping[str, Any],
) -> ReadyInvoice:
    amounts = ContractAmounts(*(-proposal[name] for name in AMOUNTS))
    stations = invoice["frozen"]["stations"]
    return ReadyInvoice(
        id=new_id(),
        version=1,
        kind="contract",
        variant="upfront",
        legal_entity_id=invoice["legal_entity_id"],
        client_id=invoice["client_id"],
        contract_id=invoice["contract_id"],
        station_id=invoice["station_id"],
        period_from=invoice["period_from"],
        period_to=invoice["period_to"],
        invoice_on=on,
        accounting_on=on,
        due_on=on,
        currency=invoice["currency"],
        base_currency=seller["currency"],
        exchange_rate=invoice["exchange_rate"],
        amounts=Amounts.of_contract(amounts, percent),
        lines=[
            Line(
                item.id, item.origin, item.origin_id, "whole", item.order_no, item.media_id,
                stations.get(str(item.media_id), {"name": ""})["name"], item.text, None, item.dated_on, percent,
                item.gross_amount, item.net_amount, 0, item.client_net_amount, 0, 0, item.price_amount,
            )
            for item in items
        ],
        postings=contract_voucher(amounts),
        frozen={**invoice["frozen"], "credits_no": invoice["invoice_no"]},
        client_reference=invoice["client_reference"],
        credits_id=invoice["id"],
        reason=reason,
        own_credit_series=seller["credit_series"],
    )  # fmt: skip
