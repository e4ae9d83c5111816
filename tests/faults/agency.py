"""An agency's month on the buy side: the example's insertions, some shared by two clients, and runs over them."""

import asyncio
from typing import Any

from rich.console import Console

from deploy.demo.books import set_accounts
from deploy.demo.month_end import EXAMPLES, rows
from deploy.demo.report import Report
from tests.faults.stage import Clerk, Stage, until

# What a run needs, in the order in which one names the other.
_FILES = (
    "legal_entities", "taxes", "agencies", "salespeople", "suppliers", "media_types", "media", "agreements", "clients",
    "plans", "orders", "insertions",
)  # fmt: skip
_ORDERS_SHARED = {5006: "BERG", 6006: "HAFEN"}
_DAYS_SHARED = ("2026-10-05", "2026-10-09")
# What a run of each legal entity bills: eight orders of 155 insertions, and the second shares of those that are split.
ITEMS = 8 * 155 + 25
_NOT_ONCE = """
SELECT id FROM billable_item i WHERE tenant_id = $1 AND legal_entity_id = $2
  AND (SELECT count(*) FROM invoice_line l WHERE l.tenant_id = i.tenant_id AND l.billable_item_id = i.id
       AND NOT l.reversed) <> 1
"""
_SUMS = """
SELECT (SELECT sum(gross_amount) FROM invoice WHERE tenant_id = $1 AND legal_entity_id = $2 AND no IS NOT NULL),
  (SELECT sum(price_amount) FROM billable_item WHERE tenant_id = $1 AND legal_entity_id = $2)
"""
_OPEN = "SELECT id FROM insertion WHERE tenant_id = $1 AND client_id = ANY($2) AND status <> 'invoiced'"
_WAITING = """
SELECT count(*) FROM billable_item WHERE tenant_id = $1 AND legal_entity_id = $2 AND status = 'definitive'
"""
_CREDITED = 12
_RETOLD = 3
_TOLD = "SELECT routing_key, envelope::text FROM outbox WHERE tenant_id = $1 ORDER BY seq"


class Agency:
    """One tenant of the stage. What asks the gateway blocks: it belongs on a thread of its own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.api: Clerk = stage.clerk()
        self.clients: dict[str, str] = {}
        self.entities: dict[str, str] = {}
        self._entity_of: dict[str, str] = {}
        # What contracts had told when the month was booked and nothing was billed yet.
        self.booked: list[tuple[str, str]] = []

    def book(self) -> None:
        """Import the month, share some insertions, make all definitive."""
        for kind in _FILES:
            self.api.imported("/v1/contracts/imports", EXAMPLES / f"{kind}.csv", kind)
        set_accounts(self.api, Report(Console(quiet=True)), rows("accounts"))
        self.entities = {one["code"]: one["id"] for one in self.api.all("/v1/contracts/legal-entities")}
        clients = list(self.api.all("/v1/contracts/clients"))
        self.clients = {one["code"]: one["id"] for one in clients}
        self._entity_of = {one["id"]: one["legal_entity_id"] for one in clients}
        for order in self.api.all("/v1/contracts/orders"):
            if order["order_no"] in _ORDERS_SHARED:
                self._share(order["id"], _ORDERS_SHARED[order["order_no"]])
            self.api.move(f"/v1/contracts/orders/{order['id']}", "definitive")
        for client_id in self.clients.values():
            self._tell_again(client_id)

    def _tell_again(self, client_id: str) -> None:
        """Change a client and some of its insertions after everybody has heard of them."""
        self.api.patch(f"/v1/contracts/clients/{client_id}", {"address": "Another street"})
        for one in self.insertions(client_id=client_id)[:_RETOLD]:
            self.api.patch(f"/v1/contracts/insertions/{one['id']}", {"text": "Another page"})

    def _share(self, order_id: str, other: str) -> None:
        first, last = _DAYS_SHARED
        days = {"insertion_on.gte": first, "insertion_on.lte": last}
        for one in self.insertions(order_id=order_id, **days):
            shares = [(one["client_id"], "60"), (self.clients[other], "40")]
            allocation = [{"client_id": client_id, "percent": percent} for client_id, percent in shares]
            self.api.patch(f"/v1/contracts/insertions/{one['id']}", {"allocation": allocation})

    def insertions(self, **query: Any) -> list[dict[str, Any]]:
        """Insertions as contracts has them."""
        return list(self.api.all("/v1/contracts/insertions", **query))

    def start_run(self, entity: str, **switches: Any) -> str:
        """A live run over a legal entity's October."""
        criteria = {"from_on": "2026-10-01", "to_on": "2026-10-31", "legal_entity_ids": [self.entities[entity]]}
        asked = {"mode": "live", "criteria": criteria, "switches": switches, "invoice_on": "2026-10-31"}
        started: str = self.api.post("/v1/invoicing/invoice-runs", asked)["id"]
        return started

    def credit_some(self, entity: str) -> int:
        """Credit a whole invoice, and insertions of another one; how many items the next run has to bill."""
        issued = self.api.all("/v1/invoicing/invoices", state="issued")
        whole, *others = (one for one in issued if self._entity_of[one["client_id"]] == self.entities[entity])
        wanted = {"invoice_id": whole["id"], "reason": "Wrong address", "invoice_on": "2026-10-31"}
        self.api.post("/v1/invoicing/credit-notes", wanted)
        client_id = next(one["client_id"] for one in others if one["client_id"] != whole["client_id"])
        for one in self.insertions(client_id=client_id)[:_CREDITED]:
            self.api.post(f"/v1/contracts/insertions/{one['id']}/credits", {"with_invoice_no": True})
        return int(whole["line_count"]) + _CREDITED

    async def heard(self, entity: str, items: int) -> None:
        """Invoicing knows of as many items that wait to be billed."""

        async def all_there() -> bool:
            found: list[int] = await self._sql("invoicing", _WAITING, self.entities[entity])
            return found == [items]

        await until(all_there, f"{items} billable items")

    async def note_told(self) -> None:
        """Keep routing key and body of every event that booking the month led to, in their order."""
        self.booked = await self._sql("contracts", _TOLD)

    async def ended(self, run_id: str) -> dict[str, Any]:
        """The run, once its books are closed: that of a job that failed a few seconds later."""
        path = f"/v1/invoicing/invoice-runs/{run_id}"
        ended: dict[str, Any] = await asyncio.to_thread(
            self.api.until, lambda: self.api.get(path), lambda run: run["ended_at"] is not None, "the run's end"
        )
        return ended

    async def issued_count(self) -> int:
        """Invoices with a number."""
        [count] = await self._sql("invoicing", "SELECT count(*) FROM invoice WHERE tenant_id = $1 AND no IS NOT NULL")
        return int(count)

    async def billed_once(self, entity: str) -> None:
        """Every item stands on one live line, to the cent, contracts knows it, and every invariant holds."""
        await self.stage.settled()
        assert await self._sql("invoicing", _NOT_ONCE, self.entities[entity]) == []
        [(invoiced, booked)] = await self._sql("invoicing", _SUMS, self.entities[entity])
        assert invoiced == booked
        ids = [client_id for client_id, of in self._entity_of.items() if of == self.entities[entity]]
        assert await self._sql("contracts", _OPEN, ids) == []

    async def _sql(self, service: str, query: str, *values: Any) -> list[Any]:
        return await self.stage.sql(service, query, self.api.tenant_id, *values)
