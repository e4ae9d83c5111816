"""Credit a whole invoice: a credit note that mirrors it to the cent (MA-CRD-01 to 04, CT-LIF-16, CT-CMN-07)."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from services.invoicing.application.billing_terms import Parties
from services.invoicing.application.decide_proposal import withdraw_proposal
from services.invoicing.application.issue import Issued, issue
from services.invoicing.application.park_payments import park_payments
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.settle_contracts import settle_contracts
from services.invoicing.application.stored_invoice import as_issued
from services.invoicing.domain.ready import ReadyInvoice
from services.invoicing.domain.voucher import mirrored
from services.invoicing.repository import open_invoices, reversals
from services.invoicing.repository.contracts import lock_contracts
from services.invoicing.repository.items import credited_on_their_own, reopen_items
from services.invoicing.repository.reversals import Stored
from shared.events.invoicing import InvoiceReversed
from shared.kernel.errors import Blocker, Fault, Invalid, NotAllowedNow, NotFound
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession


async def credit_invoice(
    session: AsyncSession, invoice_id: UUID, *, block: bool, reason: str, on: date, wish_id: UUID | None = None
) -> Issued:
    """The credit note's number. Its items are billable again, or blocked when `block` says so.

    An invoice of media and those of their fees are credited together, each by a note of its own: neither is made
    without the other (MA-REG-09), and neither stands without it.

    `NotFound("invoice_not_found")`; `NotAllowedNow`: `not_approved` without a number, `already_reversed`,
    `is_reversal`, `partly_credited`, `advance_bill` for what is reversed at the wish of its advance invoice only, as
    its money may be used (MA-PRE-10); `Invalid("pi_e_25")` when dated before the invoice (PI-CAN-09).
    """
    contract_id = await open_invoices.contract_of(session, invoice_id)
    await lock_contracts(session, [contract_id] if contract_id else [])
    together = [invoice_id, *await reversals.billed_beside(session, invoice_id)]
    headers = {one: await _reversible(session, one, on, wish_id) for one in sorted(together)}
    asked = headers[invoice_id]
    parties = await Parties.load(session, {asked["legal_entity_id"]}, {asked["client_id"]})
    own_series = parties.legal_entities[asked["legal_entity_id"]]["credit_series"]
    notes = []
    for header in (headers[one] for one in together):
        stored = await _less_credits(session, await reversals.read_issued(session, header))
        note = _mirror(stored, on=on, block=block, reason=reason, wish_id=wish_id, own_series=own_series)
        await reversals.mark_reversed(session, header["id"], by=note.id, block=block)
        await reopen_items(session, header["id"], blocked=block)
        notes.append(note)
    pending_id = None
    if contract_id:
        await withdraw_proposal(session, invoice_id)
        await settle_contracts(session, [contract_id])
        pending_id = await open_invoices.standing_in_for(session, asked)
    for one in together:
        await park_payments(session, one, pending_id)
    issued = await issue(session, notes, prefixes=parties.prefixes, event=InvoiceReversed)
    for one, done in zip(together, issued, strict=True):
        await audit(
            session,
            action="invoice.reversed",
            entity="invoice",
            entity_id=one,
            after={"credit_note": done.invoice_no, "block": block},
            reason=reason,
        )
    await queue_documents(session, invoice_ids=[note.id for note in notes])
    return issued[0]


async def _reversible(session: AsyncSession, invoice_id: UUID, on: date, wish_id: UUID | None) -> dict[str, Any]:
    """The locked header of an invoice that may be reversed on a day, a bill only at the wish of its advance invoice."""
    header = await open_invoices.lock_invoice(session, invoice_id)
    if header is None:
        raise NotFound("invoice_not_found", "There is no such invoice.")
    if header["no"] is None:
        raise NotAllowedNow("not_approved", "An invoice without a number cannot be reversed.")
    if header["reverses_id"] is not None or header["credits_id"] is not None:
        raise NotAllowedNow("is_reversal", "A credit note cannot be reversed.")
    if header["reversed_by_id"] is not None:
        raise NotAllowedNow("already_reversed", "The invoice is reversed already.")
    if header["advance_bill_id"] is not None and wish_id is None:
        link = f"/v1/preinvoice/advance-invoices/{header['advance_invoice_id']}"
        blocker = Blocker("advance_bill", "The advance invoice knows whether it is used.", link)
        raise NotAllowedNow("advance_bill", "A bill is reversed at its advance invoice.", blockers=[blocker])
    if await credited_on_their_own(session, invoice_id):
        raise NotAllowedNow("partly_credited", "An insertion of the invoice has been credited on its own.")
    if on < header["invoice_on"]:
        message = "A credit note is not dated before the invoice it reverses."
        raise Invalid.of([Fault("/invoice_on", "pi_e_25", message, field="invoice_on")])
    return header


async def _less_credits(session: AsyncSession, stored: Stored) -> Stored:
    """The invoice together with the credit notes already given on it, so that its reversal brings the sum to zero."""
    for header in await reversals.credits_of(session, stored.header["id"]):
        credit = await reversals.read_issued(session, header)
        stored = replace(
            stored,
            amounts=stored.amounts.plus(credit.amounts),
            lines=[*stored.lines, *credit.lines],
            postings=[*stored.postings, *credit.postings],
        )
    return stored


def _mirror(
    stored: Stored, *, on: date, block: bool, reason: str, wish_id: UUID | None, own_series: bool
) -> ReadyInvoice:
    header = stored.header
    return replace(
        as_issued(stored),
        id=new_id(),
        version=1,
        draft_id=None,
        billing_run_id=None,
        invoice_run_id=None,
        wish_id=wish_id,
        invoice_on=on,
        accounting_on=on,
        due_on=on,
        amounts=stored.amounts.mirrored(),
        lines=[line.mirrored() for line in stored.lines],
        deductions=[one.mirrored() for one in stored.deductions],
        postings=mirrored(stored.postings),
        frozen={
            **{name: one for name, one in header["frozen"].items() if name != "cash_discount"},
            "credits_no": header["invoice_no"],
        },
        reverses_id=header["id"],
        reverses_no=header["invoice_no"],
        block_items=block,
        reason=reason,
        own_credit_series=own_series,
    )
