"""Approve upfront invoices together with their contract: ready to send, and to take a pre-payment (CT-CYC-08)."""

from collections.abc import Iterable

from services.invoicing.application.issue_contract_invoice import issue_contract_invoice
from services.invoicing.repository.contracts import find_contract
from services.invoicing.repository.open_invoices import OpenRow
from shared.kernel.errors import BillingError
from shared.runtime.clock import now
from shared.runtime.db import AsyncSession


class PartyUnknown(Exception):
    """A contract arrived before its client or legal entity; the event is tried again after them."""


async def issue_upfront(session: AsyncSession, opened: Iterable[OpenRow]) -> None:
    """Issue those among the opened invoices that are upfront; one that is refused stays pending, for a person."""
    for row in sorted(opened, key=lambda one: one.id):
        if row.variant != "upfront":
            continue
        contract = await find_contract(session, row.contract_id)
        approved_at = contract.approved_at if contract else None
        try:
            async with session.begin_nested():
                await issue_contract_invoice(session, row.id, now=approved_at or now())
        except BillingError as refused:
            if refused.code == "unknown_reference":
                raise PartyUnknown from refused
