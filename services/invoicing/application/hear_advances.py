"""Keep what preinvoice tells of advance invoices (MA-INV-28)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson

from services.invoicing.repository.advances import save_advances
from shared.events.preinvoice import AdvanceInvoiceState
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession


async def keep_advances(session: AsyncSession, told: Iterable[AdvanceInvoiceState]) -> None:
    """Advance invoices as they stand; of several versions of one the newest stays."""
    newest = {one.id: one for one in sorted(told, key=lambda one: one.version)}
    await save_advances(session, [_row(one) for one in newest.values()])


def _row(told: AdvanceInvoiceState) -> dict[str, Any]:
    of = currency(told.currency)
    return {
        **{name: getattr(told, name) for name in ("id", "version", "advance_no", "client_id", "status", "blocked")},
        "deduct_all": told.deduct_all,
        "scopes": orjson.dumps([scope.model_dump(mode="json") for scope in told.scopes]).decode(),
        "scope_version": told.scope_version,
        "currency": told.currency,
        # Before it has a bill there is nothing to deduct, taxed or not.
        "taxable": bool(told.taxable),
        "vat_percent": told.vat_percent or Decimal(0),
        "aged_on": told.aged_on,
        "remaining_amount": Money.parse(told.remaining_amount, of).minor,
        "reserved_amount": Money.parse(told.reserved_amount, of).minor,
    }
