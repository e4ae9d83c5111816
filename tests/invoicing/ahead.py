"""Money billed ahead, told to invoicing the way preinvoice tells it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.inbox import HANDLERS
from shared.events.contracts import AgreementChanged
from shared.events.envelope import Fact, Received
from shared.events.preinvoice import (
    AdvanceBillRequested,
    AdvanceBillRow,
    AdvanceBillState,
    AdvanceScopeChanged,
    ScopeState,
)
from shared.kernel.ids import derived_id, new_id
from shared.runtime.clock import now
from tests.invoicing.world import World


async def hear(world: World, *facts: Fact) -> None:
    """Handle facts the way the consumer does, each on its own."""
    for fact in facts:
        received = Received(new_id(), fact.id, 1, world.context.tenant_id, new_id(), now(), fact)  # type: ignore[attr-defined, arg-type]
        async with world.database.transaction(world.context) as session:
            await HANDLERS[type(fact)](session, [received])


def advance_state(world: World, client_id: UUID, no: int = 101, amount: str = "0.00", **changes: Any) -> dict[str, Any]:
    """Taxable money at 25 % with so much left, as the event writes it."""
    return {
        "id": derived_id(world.context.tenant_id, "advance", no), "version": 1, "advance_no": no,
        "legal_entity_id": world.legal_entity_id, "client_id": client_id, "status": "printed", "scope_version": 1,
        "currency": "EUR", "taxable": True, "vat_percent": Decimal(25), "aged_on": date(2026, 1, 10),
        "printed_amount": Decimal(amount), "deducted_amount": Decimal(0), "remaining_amount": Decimal(amount),
        "reserved_amount": Decimal(0),
    } | changes  # fmt: skip


def money(
    world: World, client_id: UUID, no: int = 101, amount: str = "40000.00", **changes: Any
) -> AdvanceScopeChanged:
    """Money that invoicing may deduct."""
    return AdvanceScopeChanged(**advance_state(world, client_id, no, amount, **changes))


def plan_scope(world: World, **changes: Any) -> list[ScopeState]:
    """The scope that names the world's plan."""
    return [ScopeState(**({"plan_id": world.plan_id} | changes))]


async def deducting_agreement(world: World, *, current: bool = True) -> UUID:
    """Tell that the world's agreement deducts as it invoices, or no longer does."""
    fact = AgreementChanged(
        id=world.agreement_id, code="A", name="A", version=2 if current else 3, current_deduction=current
    )
    await hear(world, fact)
    return world.agreement_id


def bill_state(*amounts: str, state: str = "printing", **changes: Any) -> AdvanceBillState:
    """A bill with these rows, as the event writes it."""
    values: dict[str, Any] = {
        "id": new_id(), "bill_no": 1, "state": state, "wish_id": new_id(), "taxable": True,
        "vat_percent": Decimal(25), "exchange_rate": Decimal(1), "invoice_on": date(2026, 10, 1),
        "due_on": date(2026, 10, 31),
        "rows": [AdvanceBillRow(text=f"Row {no}", amount=Decimal(one)) for no, one in enumerate(amounts, 1)],
        "amount": sum(map(Decimal, amounts)),
    } | changes  # fmt: skip
    return AdvanceBillState(**values)


def bill_wish(world: World, client_id: UUID, bills: Sequence[AdvanceBillState], **changes: Any) -> AdvanceBillRequested:
    """Bills that await their number or their credit note."""
    return AdvanceBillRequested(**advance_state(world, client_id, **{"bills": list(bills), **changes}))


async def told(world: World, like: str) -> list[dict[str, Any]]:
    """The data of outbox rows whose routing key ends so, in order."""
    rows = await world.rows(
        "SELECT envelope -> 'data' AS data FROM outbox WHERE tenant_id = $1 AND routing_key LIKE $2 ORDER BY seq",
        world.context.tenant_id,
        f"%{like}",
    )
    return [row["data"] for row in rows]


async def posted(world: World, invoice_no: str) -> list[tuple[str, int, int]]:
    """Role, debit and credit of a document's voucher, summed per role."""
    rows = await world.rows(
        "SELECT l.role, sum(l.debit)::bigint AS debit, sum(l.credit)::bigint AS credit FROM voucher_line l "
        "JOIN voucher v ON v.id = l.voucher_id JOIN invoice i ON i.id = v.source_id "
        "WHERE i.invoice_no = $1 GROUP BY l.role ORDER BY min(l.line_no)",
        invoice_no,
    )
    return [tuple(row.values()) for row in rows]  # type: ignore[misc]
