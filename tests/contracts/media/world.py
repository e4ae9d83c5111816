"""A small agency as its clerks and the other services know it: booked through HTTP, told of invoices by events."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from services.contracts.inbox import HANDLERS
from services.contracts.invariants import INVARIANTS
from services.gateway.roles import PERMISSIONS
from shared.events.contracts import InsertionBatch, InsertionState
from shared.events.envelope import Fact, Received
from shared.events.invoicing import InvoiceIssued, InvoiceLineState, InvoiceReversed
from shared.kernel.ids import new_id
from shared.runtime.db import Database, driver
from tests.tokens import bearer
from tests.words import as_clerk

Json = dict[str, Any]
INVOICE_DAY = date(2026, 10, 31)
# EX-09: net less 15 per cent received and 10 passed on, fee 3 per cent of net, capital cost 0.5 of client net.
EX_09: Json = {
    "received_percents": ["15"],
    "passed_on_percents": ["10"],
    "fees": [{"percent": "3", "base": "net"}],
    "capital_cost": {"percent": "0.5"},
}


class Refused(AssertionError):
    """An answer that a test did not expect."""


@dataclass
class World:
    """The test's tenant."""

    api: httpx.AsyncClient
    database: Database
    tenant_id: UUID
    entity_id: str = ""
    agreement_id: str = ""
    media_id: str = ""
    client_id: str = ""
    plan_id: str = ""
    order_id: str = ""
    _codes: int = 0
    invoice_lines: dict[UUID, list[InvoiceLineState]] = field(default_factory=dict)

    async def open(self) -> "World":
        """One legal entity in SEK, an agreement without terms, a medium, a client with a plan and an order."""
        entity = {"currency": "SEK", "country": "SE", "vat_percent": "25"}
        self.entity_id = (await self.register("legal-entities", **entity))["id"]
        self.agreement_id = (await self.register("agreements"))["id"]
        self.media_id = (await self.register("media", currency="SEK"))["id"]
        self.client_id = (await self.client())["id"]
        self.plan_id = (await self.plan())["id"]
        self.order_id = (await self.order())["id"]
        return self

    # --- HTTP ------------------------------------------------------------------------------------------------------

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request of a clerk with every permission."""
        sent = {**bearer(*PERMISSIONS["operator"], tenant_id=self.tenant_id), **headers}
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(new_id()))
        return await self.api.request(method, f"/v1{path}", json=body, headers=sent)

    async def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Json:
        """The answer of a request that is not refused."""
        answer = await self.send(method, path, body, **headers)
        if answer.status_code >= 300:
            raise Refused(f"{answer.status_code} {answer.text}")
        return dict(answer.json())

    async def get(self, path: str) -> Json:
        """What is at a path."""
        return await self.ok("GET", path)

    async def change(self, path: str, body: Json) -> httpx.Response:
        """A change of the newest version."""
        version = (await self.get(path))["version"]
        return await self.send("PATCH", path, body, **{"If-Match": f'"{version}"'})

    async def changed(self, path: str, body: Json) -> Json:
        """A change that is not refused."""
        answer = await self.change(path, body)
        if answer.status_code != 200:
            raise Refused(f"{answer.status_code} {answer.text}")
        return dict(answer.json())

    async def move(self, insertion_id: str, to: str, **more: Any) -> httpx.Response:
        """A transition of an insertion's newest version."""
        version = (await self.get(f"/insertions/{insertion_id}"))["version"]
        path = f"/insertions/{insertion_id}/transitions"
        return await self.send("POST", path, {"to": to, **more}, **{"If-Match": f'"{version}"'})

    async def register(self, path: str, **values: Any) -> Json:
        """A new register record with a code of its own."""
        self._codes += 1
        return await self.ok("POST", f"/{path}", {"code": f"C{self._codes}", "name": f"Record {self._codes}", **values})

    async def client(self, **values: Any) -> Json:
        """A client in SEK at 25 per cent VAT."""
        usual = {"legal_entity_id": self.entity_id, "currency": "SEK", "vat_percent": "25"}
        return await self.register("clients", **(usual | values))

    async def plan(self, **values: Any) -> Json:
        """A plan of the client under the agreement."""
        return await self.register(
            "plans", **({"client_id": self.client_id, "agreement_id": self.agreement_id} | values)
        )

    async def order(self, **values: Any) -> Json:
        """An order with the medium on the plan."""
        return await self.ok("POST", "/orders", {"plan_id": self.plan_id, "media_id": self.media_id} | values)

    async def insertion(self, net: str = "100.00", *, definitive: bool = True, **values: Any) -> Json:
        """One insertion at a unit price, definitive unless said otherwise; `row` adds to its price row."""
        row = {"unit_price": net, **values.pop("row", {})}
        order_id = values.pop("order_id", self.order_id)
        wanted = {"insertion_on": "2026-10-12", "price_rows": [row], **values}
        found = await self.ok("POST", f"/orders/{order_id}/insertions", {"insertions": [wanted]})
        (made,) = found["items"]
        if definitive:
            order = await self.get(f"/orders/{order_id}")
            match = {"If-Match": f'"{order["version"]}"'}
            await self.ok("POST", f"/orders/{order_id}/transitions", {"to": "definitive"}, **match)
        return await self.get(f"/insertions/{made['id']}")

    async def status(self, insertion_id: str) -> str:
        """An insertion's status."""
        return str((await self.get(f"/insertions/{insertion_id}"))["status"])

    # --- events ----------------------------------------------------------------------------------------------------

    async def hear(self, *facts: Fact) -> None:
        """News arrive, each in a transaction of its own."""
        for fact in facts:
            async with self.database.transaction(as_clerk(self.tenant_id)) as session:
                await HANDLERS[type(fact)](session, [received(fact, self.tenant_id)])

    async def told(self, routing_key: str) -> list[Json]:
        """The data of what was told under a key, the oldest first."""
        rows = await self.rows(
            "SELECT envelope -> 'data' AS data FROM outbox WHERE routing_key = $1 ORDER BY seq", routing_key
        )
        return [row["data"] for row in rows]

    async def told_insertions(self, insertion_id: str) -> list[InsertionState]:
        """What was told of an insertion, by version."""
        keys = [kind.TYPE for kind in InsertionBatch.__subclasses__()]
        found = [item for key in keys for data in await self.told(key) for item in data["items"]]
        states = [InsertionState.model_validate(item) for item in found if item["id"] == str(insertion_id)]
        return sorted(states, key=lambda state: state.version)

    async def rows(self, query: str, *values: Any) -> list[Json]:
        """What a query finds in this tenant."""
        async with self.database.transaction(as_clerk(self.tenant_id)) as session:
            return [dict(row) for row in await (await driver(session)).fetch(query, *values)]

    async def broken(self) -> Json:
        """The invariants that do not hold, with the rows that break them."""
        found = {name: await self.rows(query) for name, query in INVARIANTS.items()}
        return {name: rows for name, rows in found.items() if rows}

    async def invoice(
        self, *insertions: Json, client_id: str | None = None, no: str = "1001", **more: Any
    ) -> InvoiceIssued:
        """An invoice of one client on insertions as they stand, heard by contracts."""
        issued = invoice_of(insertions, client_id or self.client_id, self.entity_id, no, **more)
        await self.hear(issued)
        return issued


def received(fact: Fact, tenant_id: UUID) -> Received[Any]:
    """A fact as a handler gets it."""
    subject = new_id() if fact.BATCH else getattr(fact, fact.SUBJECT)
    return Received(new_id(), subject, 1, tenant_id, new_id(), datetime(2026, 11, 1, tzinfo=UTC), fact)


def invoice_of(insertions: Any, client_id: str, entity_id: str, no: str = "1001", **more: Any) -> InvoiceIssued:
    """An issued invoice of a client on its shares of insertions."""
    lines = [line_of(one, client_id) for one in insertions]
    zero = {name: Decimal(0) for name in InvoiceIssued.model_fields if name.endswith("_amount")}
    fields = {
        "id": new_id(), "version": 1, "kind": "media", "state": "issued", "legal_entity_id": entity_id,
        "client_id": client_id, "currency": "SEK", "exchange_rate": Decimal(1), "invoice_no": no,
        "invoice_on": INVOICE_DAY, "lines": lines,
    }  # fmt: skip
    return InvoiceIssued(**(zero | fields | more))


def line_of(insertion: Json, client_id: str) -> InvoiceLineState:
    """The line of one client's share of an insertion, at the version it stands."""
    (share,) = [one for one in insertion["shares"] if one["client_id"] == client_id] or insertion["shares"][:1]
    amounts = {name: share[name] for name in InvoiceLineState.model_fields if name in share}
    return InvoiceLineState(
        id=new_id(), line_no=1, billable_item_id=insertion["id"], origin="insertion", origin_id=insertion["id"],
        item_version=insertion["version"], amount=share["price_amount"], **amounts,
    )  # fmt: skip


def reversal_of(issued: InvoiceIssued, *, block: bool = False, no: str = "1002") -> InvoiceReversed:
    """The credit note that mirrors an invoice."""
    fields = issued.model_dump() | {
        "id": new_id(), "invoice_no": no, "reverses_id": issued.id, "reverses_no": issued.invoice_no,
        "document": "credit_note", "block_items": block,
    }  # fmt: skip
    return InvoiceReversed.model_validate(fields)
