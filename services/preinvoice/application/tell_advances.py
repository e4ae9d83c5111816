"""What preinvoice tells of advance invoices, each with its whole state."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from services.preinvoice.domain.advance import Advance, Bill
from services.preinvoice.repository.campaigns import base_currencies
from shared.events.preinvoice import AdvanceInvoiceState
from shared.kernel.money import Currency, Money, currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many


async def tell_advances(session: AsyncSession, told: type[AdvanceInvoiceState], advances: Sequence[Advance]) -> None:
    """One fact for each, at its version; no advance invoice twice."""
    if not advances:
        return
    bases = await base_currencies(session, {one.legal_entity_id for one in advances})
    await record_many(session, [told.model_validate(state_of(one, bases[one.legal_entity_id])) for one in advances])


def state_of(advance: Advance, base: Currency) -> dict[str, Any]:
    """The public state of an advance invoice."""
    of = currency(advance.currency)
    settlement = advance.settlement
    return {
        "id": advance.id,
        "version": advance.version,
        "advance_no": advance.advance_no,
        "legal_entity_id": advance.legal_entity_id,
        "client_id": advance.client_id,
        "status": advance.status,
        "owner": advance.owner,
        "product": advance.product,
        "heading": advance.heading,
        "blocked": advance.blocked,
        "deduct_all": advance.deduct_all,
        "scopes": [asdict(scope) for scope in advance.scopes],
        "scope_version": advance.scope_version,
        "currency": advance.currency,
        "taxable": advance.taxable,
        "vat_percent": advance.vat_percent,
        "aged_on": advance.aged_on,
        "printed_amount": _major(advance.printed_amount, of),
        "deducted_amount": _major(advance.deducted_amount, of),
        "remaining_amount": _major(advance.remaining_amount, of),
        "reserved_amount": _major(advance.reserved_amount, of),
        "settlement": settlement
        and {
            **asdict(settlement),
            "amount": _major(settlement.amount, of),
            "base_amount": _major(settlement.base_amount, base),
        },
        "bills": [_bill(bill, of) for bill in advance.bills],
    }


def _bill(bill: Bill, of: Currency) -> dict[str, Any]:
    return {
        **asdict(bill),
        "rows": [{"text": row.text, "amount": _major(row.amount, of)} for row in bill.rows],
        "amount": _major(bill.amount, of),
        "reversal_on": bill.reversal and bill.reversal.invoice_on,
        "reversal_reason": bill.reversal.reason if bill.reversal else "",
    }


def _major(minor: int, of: Currency) -> Decimal:
    return Money(minor, of).decimal
