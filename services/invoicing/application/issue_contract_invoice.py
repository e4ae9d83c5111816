"""Issue a pending contract invoice: its items, texts and amounts are frozen (CT-CYC-16, CT-CYC-19)."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.application.issue import issue
from services.invoicing.application.park_payments import revive_payments
from services.invoicing.application.print_documents import queue_documents
from services.invoicing.application.propose_credits import propose_credits
from services.invoicing.application.ready_contract_invoice import ready_contract_invoice
from services.invoicing.repository import holds, open_invoices
from services.invoicing.repository.contracts import ContractRow, lock_contracts
from services.invoicing.repository.items import save_items
from shared.events.invoicing import InvoiceIssued
from shared.kernel.errors import NotAllowedNow, NotFound, StaleVersion
from shared.runtime.db import AsyncSession


class Approved(NamedTuple):
    """An invoice with its number, and the codes of what is odd about it."""

    id: UUID
    invoice_no: str
    warnings: tuple[str, ...]


async def issue_contract_invoice(
    session: AsyncSession, invoice_id: UUID, *, now: datetime, version: int | None = None
) -> Approved:
    """The invoice is dated on the end of its period, an upfront one on the day of its approval (CT-CYC-12).

    `NotFound("invoice_not_found")`; `NotAllowedNow`: `invoice_incomplete` while it gathers, `correction_open` while its
    contract is being corrected, `state` when it is issued or removed; `StaleVersion` when `version` is not its own.
    """
    contract, stored = await lock_with_contract(session, invoice_id)
    if version is not None and stored["version"] != version:
        raise StaleVersion
    if stored["state"] == "gathering":
        raise NotAllowedNow("invoice_incomplete", "Logs or occurrences of the period are still awaited.")
    if stored["state"] != "pending":
        raise NotAllowedNow("state", "Only a pending invoice can be issued.")
    if await holds.is_placed(session, contract.correction_id):
        raise NotAllowedNow("correction_open", "The contract is being corrected; save or abandon that first.")
    ready = await ready_contract_invoice(session, contract, stored, now)
    await save_items(session, ready.new_items)
    (issued,) = await issue(session, [ready.invoice], prefixes=ready.prefixes, event=InvoiceIssued)
    await revive_payments(session, invoice_id, ready.invoice.amounts.total_amount)
    await propose_credits(session, [contract.id])
    await queue_documents(session, invoice_ids=[invoice_id])
    return Approved(*issued, ready.warnings)


async def lock_with_contract(session: AsyncSession, invoice_id: UUID) -> tuple[ContractRow, dict[str, Any]]:
    """A contract invoice and its contract, locked in the order everybody locks them."""
    contract_id = await open_invoices.contract_of(session, invoice_id)
    if contract_id is None:
        raise NotFound("invoice_not_found", "There is no such contract invoice.")
    contracts = await lock_contracts(session, [contract_id])
    stored = await open_invoices.lock_invoice(session, invoice_id)
    assert stored is not None
    return contracts[contract_id], stored
