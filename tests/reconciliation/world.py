"""A small agency in the database: told to reconciliation the way contracts and invoicing tell it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.reconciliation.application import register_invoice as registering
from services.reconciliation.application.register_invoice import Header, Keyed, StatedVat
from services.reconciliation.application.save_invoices import save_invoice
from services.reconciliation.application.write_off import write_off
from services.reconciliation.inbox import HANDLERS
from services.reconciliation.invariants import INVARIANTS
from shared.events.contracts import (
    ClientChanged,
    InsertionDefinitive,
    InsertionState,
    LegalEntityChanged,
    MediaChanged,
    ShareState,
    SupplierChanged,
)
from shared.events.envelope import Fact, Received
from shared.events.invoicing import InvoiceIssued, InvoiceLineState, InvoiceReversed
from shared.kernel.ids import new_id
from shared.runtime.clock import now
from shared.runtime.db import Context, Database, driver
from tests.reconciliation.words import amount, october


@dataclass
class World:
    """The test's tenant: a legal entity in SEK, a client, and a medium with its supplier."""

    database: Database
    context: Context
    legal_entity_id: UUID = field(default_factory=new_id)
    client_id: UUID = field(default_factory=new_id)
    supplier_id: UUID = field(default_factory=new_id)
    media_id: UUID = field(default_factory=new_id)
    told: list[Fact] = field(default_factory=list)

    async def open(self) -> "World":
        """Tell of the registers."""
        await self.hear(self.entity(), self.supplier(), self.media(), self.client())
        return self

    def entity(self, **changes: Any) -> LegalEntityChanged:
        """Nord Media AB, in SEK."""
        values: dict[str, Any] = {
            "id": self.legal_entity_id, "code": "NORD", "name": "Nord Media AB", "version": 1, "currency": "SEK",
            "country": "SE", "vat_percent": Decimal(25), "number_prefix": "N",
        } | changes  # fmt: skip
        return LegalEntityChanged(**values)

    def supplier(self, **changes: Any) -> SupplierChanged:
        """Aftonposten AB, 30 days."""
        values: dict[str, Any] = {
            "id": self.supplier_id, "code": "AFTON", "name": "Aftonposten AB", "version": 1, "currency": "SEK",
        } | changes  # fmt: skip
        return SupplierChanged(**values)

    def media(self, **changes: Any) -> MediaChanged:
        """Aftonposten print."""
        values: dict[str, Any] = {
            "id": self.media_id, "code": "AFTON-P", "name": "Aftonposten print", "version": 1, "currency": "SEK",
            "supplier_id": self.supplier_id, "media_type": "print",
        } | changes  # fmt: skip
        return MediaChanged(**values)

    def client(self, **changes: Any) -> ClientChanged:
        """Eken."""
        values: dict[str, Any] = {
            "id": self.client_id, "code": "EKEN", "name": "Eken AB", "version": 1, "currency": "SEK", "country": "SE",
            "legal_entity_id": self.legal_entity_id, "vat_percent": Decimal(25), "minimum_amount": Decimal(0),
        } | changes  # fmt: skip
        return ClientChanged(**values)

    def insertion(
        self, net: str = "20 000.00", commission: str = "3 000.00", *, day: int = 12, **changes: Any
    ) -> InsertionState:
        """A definitive insertion of October; its gross is its net, its net-net what the commission leaves."""
        values: dict[str, Any] = {
            "id": new_id(), "version": 1, "legal_entity_id": self.legal_entity_id, "client_id": self.client_id,
            "plan_id": new_id(), "plan_no": "P-1", "order_id": self.media_id, "order_no": 501,
            "media_id": self.media_id, "media_name": "Aftonposten print", "supplier_id": self.supplier_id,
            "agreement_id": new_id(), "owner": "maria", "insertion_on": october(day), "status": "definitive",
            "currency": "SEK", "exchange_rate": Decimal(1), "text": "Half page",
            "shares": [share(self.client_id, amount(net), amount(commission))],
        } | changes  # fmt: skip
        return InsertionState(**values)

    def invoice(
        self, *lines: tuple[InsertionState, str, str], deduction: str | None = None, **changes: Any
    ) -> InvoiceIssued:
        """An invoice to the client with lines of (insertion, net, net-net); the deduction amount is theirs."""
        zero = Decimal(0)
        kind = changes.pop("event", InvoiceIssued)
        stated = [
            InvoiceLineState(
                id=new_id(), line_no=number, billable_item_id=one.id, origin="insertion", origin_id=one.id,
                net_amount=amount(net), net_net_amount=amount(net_net), client_net_amount=amount(net),
                fee_amount=zero, capital_cost_amount=zero, amount=amount(net),
            )
            for number, (one, net, net_net) in enumerate(lines, 1)
        ]  # fmt: skip
        values: dict[str, Any] = {
            "id": new_id(), "version": 1, "kind": "media", "state": "issued", "client_id": self.client_id,
            "legal_entity_id": self.legal_entity_id, "invoice_no": "N2026-00001", "invoice_on": october(31),
            "accounting_on": october(31), "currency": "SEK", "exchange_rate": Decimal(1),
            **dict.fromkeys(
                ("gross_amount", "discount_amount", "agency_commission_amount", "net_amount", "vat_amount",
                 "total_amount", "sales_commission_amount"), zero,
            ),
            "media_deduction_amount": amount(deduction)
            if deduction
            else sum((line.net_net_amount for line in stated), zero),
            "line_count": len(stated), "lines": stated,
        } | changes  # fmt: skip
        made: InvoiceIssued = kind(**values)
        return made

    async def hear(self, *facts: Fact) -> None:
        """Let the inbox handle facts, each in a transaction of its own, as a consumer would."""
        for fact in facts:
            async with self.database.transaction(self.context) as session:
                await HANDLERS[type(fact)](session, [received(fact, self.context)])

    async def tell(self, *insertions: InsertionState) -> None:
        """Tell of definitive insertions."""
        await self.hear(InsertionDefinitive(items=list(insertions)))

    async def bill(self, *lines: tuple[InsertionState, str, str], **changes: Any) -> InvoiceIssued:
        """Tell of insertions and of the invoice that bills them to the client."""
        await self.tell(*(one for one, _, _ in lines))
        invoice = self.invoice(*lines, **changes)
        await self.hear(invoice)
        return invoice

    def header(self, ex_vat: str, vat: str, **changes: Any) -> Header:
        """What the supplier's invoice of 30 October says, at 25 % VAT."""
        values: dict[str, Any] = {
            "currency": "SEK", "invoice_no": "AP-1", "invoice_on": october(30), "accounting_on": october(31),
            "amount": amount(ex_vat), "vat": [StatedVat(Decimal(25), amount(ex_vat), amount(vat))],
            "total_amount": amount(ex_vat) + amount(vat),
        } | changes  # fmt: skip
        return Header(**values)

    async def register(self, header: Header, *keyed: Keyed) -> UUID:
        """Begin a registration."""
        async with self.database.transaction(self.context) as session:
            return await registering.register_invoice(session, header, keyed, now=now())

    async def save(self, invoice_id: UUID, version: int = 1, **given: Any) -> None:
        """Save a registration."""
        async with self.database.transaction(self.context) as session:
            await save_invoice(session, invoice_id, version, **given)

    async def saved(self, header: Header, *keyed: Keyed) -> UUID:
        """Register and save at once."""
        invoice_id = await self.register(header, *keyed)
        await self.save(invoice_id)
        return invoice_id

    async def write_off(
        self, *insertions: InsertionState, on: date | None = None, account: str = "media_discrepancy", **parts: Any
    ) -> UUID:
        """Book insertions' discrepancies away; `amount` for a part of the first."""
        part = amount(parts["amount"]) if "amount" in parts else None
        wanted = {one.id: part if number == 0 else None for number, one in enumerate(insertions)}
        async with self.database.transaction(self.context) as session:
            return await write_off(session, wanted, account=account, on=on or october(31), reason="agreed", now=now())

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What a query finds in this tenant."""
        async with self.database.transaction(self.context) as session:
            return [dict(row) for row in await (await driver(session)).fetch(query, *values)]

    async def discrepancy(self, insertion: InsertionState) -> tuple[int, int]:
        """An insertion's discrepancy at net and at net-net, in minor units of base currency."""
        (row,) = await self.rows(
            "SELECT discrepancy_net_amount, discrepancy_net_net_amount FROM discrepancy WHERE insertion_id = $1",
            insertion.id,
        )
        return row["discrepancy_net_amount"], row["discrepancy_net_net_amount"]

    async def postings(self, source_id: UUID, source: str = "media_invoice") -> list[tuple[str, int]]:
        """The lines of a document's voucher, debits positive."""
        found = await self.rows(
            "SELECT l.role, l.debit - l.credit AS amount FROM voucher v JOIN voucher_line l ON l.voucher_id = v.id "
            "WHERE v.source_id = $1 AND v.source = $2 ORDER BY l.line_no",
            source_id,
            source,
        )
        return [(row["role"], row["amount"]) for row in found]

    async def told_of(self, routing_key: str) -> list[dict[str, Any]]:
        """The data of the events of a type, in the order they were told."""
        found = await self.rows(
            "SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key = $1 ORDER BY seq", routing_key
        )
        return [row["data"] for row in found]

    async def broken(self) -> dict[str, list[dict[str, Any]]]:
        """The invariants that do not hold, with the rows that break them."""
        found = {name: await self.rows(query) for name, query in INVARIANTS.items()}
        return {name: rows for name, rows in found.items() if rows}


def share(client_id: UUID, net: Decimal, commission: Decimal, percent: str = "100") -> ShareState:
    """A client's share of an insertion without fees."""
    zero = Decimal(0)
    return ShareState(
        client_id=client_id, percent=Decimal(percent), gross_amount=net, discount_amount=zero, net_amount=net,
        commission_amount=commission, net_net_amount=net - commission, client_net_amount=net, fee_amount=zero,
        capital_cost_amount=zero, surcharge_amount=zero, price_amount=net,
    )  # fmt: skip


def credited(invoice: InvoiceIssued, **changes: Any) -> InvoiceReversed:
    """The credit note that mirrors an invoice."""
    turned = [
        line.model_copy(update={"id": new_id(), "net_amount": -line.net_amount, "net_net_amount": -line.net_net_amount})
        for line in invoice.lines
    ]
    values = {
        **dict(invoice), "id": new_id(), "invoice_no": "N2026-00002", "reverses_id": invoice.id,
        "media_deduction_amount": -invoice.media_deduction_amount, "lines": turned,
    }  # fmt: skip
    return InvoiceReversed(**(values | changes))


def received(fact: Fact, context: Context) -> Received[Any]:
    """A fact as the inbox gets it."""
    assert context.tenant_id is not None
    occurred_at: datetime = now()
    return Received(new_id(), new_id(), 1, context.tenant_id, new_id(), occurred_at, fact)
