"""Preinvoice and invoicing with a database each, and the events of either handed to the other as a broker would."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from deploy.registry import handlers_of
from services.invoicing import jobs as invoicing_jobs
from services.invoicing.repository.runs import Run
from shared.events.contracts import ClientChanged, InsertionState, PlanChanged
from shared.events.topology import topology_of
from shared.runtime.consumer import Consumer
from shared.runtime.db import Context, Database, driver
from shared.runtime.inprocess import InProcessTransport
from shared.runtime.jobs import JobLater, RunningJob
from tests.invoicing import ahead
from tests.invoicing.world import World as InvoicingWorld
from tests.preinvoice.advances import Advances
from tests.preinvoice.world import World as PreinvoiceWorld

_OTHER = {"invoicing": "preinvoice", "preinvoice": "invoicing"}


@dataclass
class Pair:
    """One tenant in both services: a legal entity, a client at 25 % VAT, and an agreement with current deduction."""

    invoicing: InvoicingWorld
    preinvoice: PreinvoiceWorld
    api: httpx.AsyncClient
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    copies: int = 1
    shuffled: bool = False
    seen: dict[str, int] = field(default_factory=lambda: {"invoicing": 0, "preinvoice": 0})

    @classmethod
    async def opened(
        cls, invoicing: Database, preinvoice: Database, context: Context, api: httpx.AsyncClient
    ) -> "Pair":
        """Both services have been told by contracts."""
        left = await InvoicingWorld(invoicing, context).open()
        right = PreinvoiceWorld(preinvoice, context, legal_entity_id=left.legal_entity_id)
        pair = cls(left, right, api)
        await right.hear(right.legal_entity(code="NORD", currency="EUR"))
        await ahead.deducting_agreement(left)
        await pair.tell_client(right.client_id)
        return pair

    @property
    def client_id(self) -> UUID:
        """The client."""
        return self.preinvoice.client_id

    @property
    def advances(self) -> Advances:
        """The doors of advance invoices."""
        return Advances(self.api, self.preinvoice)

    async def tell_client(self, client_id: UUID, code: str = "ALFA", **changes: Any) -> None:
        """Tell of a client, split by client, and of its plan."""
        values: dict[str, Any] = {
            "id": client_id, "code": code, "name": f"{code} AB", "version": 1,
            "legal_entity_id": self.invoicing.legal_entity_id, "vat_percent": Decimal(25), "currency": "EUR",
            "minimum_amount": Decimal(0), "country": "SE", "separate_by": "client",
        } | changes  # fmt: skip
        plan = PlanChanged(
            id=self.invoicing.plan_id, code="P1", name="Spring", version=1, client_id=client_id,
            agreement_id=self.invoicing.agreement_id,
        )  # fmt: skip
        for fact in (ClientChanged(**values), plan):
            await ahead.hear(self.invoicing, fact)
            await self.preinvoice.hear(fact)

    async def insertion(self, price: str, **changes: Any) -> InsertionState:
        """Tell both of a definitive insertion of the client."""
        client_id = changes.pop("client_id", self.client_id)
        told = self.invoicing.insertion(client_id, price, **changes)
        await self.invoicing.tell(told)
        await self.advances.hear_batch(told)
        return told

    async def printed(self, amount: str, invoice_on: str = "2026-01-10", **changes: Any) -> dict[str, Any]:
        """An advance invoice whose one bill invoicing has numbered."""
        of_bill = {
            name: changes.pop(name) for name in list(changes) if name in ("taxable", "currency", "exchange_rate")
        }
        opened = await self.advances.opened(**{"client_id": str(self.client_id), **changes})
        due = {"invoice_on": invoice_on, "due_on": "2026-12-31"}
        billed = await self.advances.billed(opened, amount, **(due | of_bill))
        await self.advances.asked(billed)
        await self.deliver()
        shown = await self.advances.shown(opened)
        assert shown["bills"][0]["state"] == "printed", shown
        return shown

    async def standing(self, *advances: dict[str, Any]) -> list[tuple[str, str, str, str]]:
        """Status, deducted, remaining and reserved of these as they stand now."""
        shown = [await self.advances.shown(one) for one in advances]
        return [
            (one["status"], one["deducted_amount"], one["remaining_amount"], one["reserved_amount"]) for one in shown
        ]

    async def start(self, mode: str = "live", **asked: Any) -> Run:
        """Ask for an invoice run."""
        return await self.invoicing.start(mode, **asked)

    async def work(self, run: Run) -> dict[str, Any]:
        """Work on a run as a worker that has claimed it would; `JobLater` while it waits for preinvoice."""
        async with self.invoicing.database.transaction(self.invoicing.context) as session:
            row = await (await driver(session)).fetchrow(
                "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1 WHERE id = $1 "
                "RETURNING lease_epoch, checkpoint",
                run.id,
            )
        job = RunningJob(
            id=run.id, kind="invoice_run", request={"run_id": str(run.id)}, checkpoint=row["checkpoint"],
            context=self.invoicing.context, database=self.invoicing.database, epoch=row["lease_epoch"],
        )  # fmt: skip
        done = await invoicing_jobs.JOBS["invoice_run"](job)
        await self.end_job(run)
        return done

    async def end_job(self, run: Run, state: str = "completed") -> None:
        """The job of a run has ended."""
        async with self.invoicing.database.transaction(self.invoicing.context) as session:
            await (await driver(session)).execute(
                "UPDATE job SET state = $2, ended_at = now() WHERE id = $1", run.id, state
            )

    async def run(self, mode: str = "live", **asked: Any) -> dict[str, Any]:
        """Start a run and see it through, preinvoice answering in between."""
        run = await self.start(mode, **asked)
        for _ in range(10):
            try:
                done = await self.work(run)
            except JobLater:
                await self.deliver()
            else:
                await self.deliver()
                return done
        raise AssertionError("the run waits in vain")

    async def deliver(self) -> None:
        """Hand over what either has told, until neither tells anything new."""
        while any([await self.hand_over(speaker) for speaker in _OTHER]):
            pass

    async def hand_over(self, speaker: str) -> int:
        """Hand over what a service has told since, each event so many times, in order or not; how many events."""
        events = await self.told_since(speaker)
        bodies = [body for body in events for _ in range(self.copies)]
        if self.shuffled:
            self.dice.shuffle(bodies)
        await self.receive(_OTHER[speaker], bodies)
        return len(events)

    async def told_since(self, speaker: str) -> list[bytes]:
        """The messages that the other service listens to."""
        world = self.invoicing if speaker == "invoicing" else self.preinvoice
        rows = await world.rows(
            "SELECT seq, routing_key, envelope::text AS body FROM outbox "
            "WHERE tenant_id = $1 AND seq > $2 ORDER BY seq",
            self.preinvoice.tenant,
            self.seen[speaker],
        )
        self.seen[speaker] = max((row["seq"] for row in rows), default=self.seen[speaker])
        heard = {fact.TYPE for fact in handlers_of(_OTHER[speaker])}
        return [row["body"].encode() for row in rows if row["routing_key"] in heard]

    async def receive(self, listener: str, bodies: Sequence[bytes]) -> None:
        """A listener takes messages off its queue, one at a time where the order is to matter."""
        world = self.invoicing if listener == "invoicing" else self.preinvoice
        transport = InProcessTransport(topology_of({listener: []}))
        consumer = Consumer(listener, world.database, transport, handlers_of(listener))
        for body in bodies:
            await consumer.receive([consumer.read(body)], asyncio.Event())
        parked = await world.rows("SELECT reason, error FROM parked WHERE resolved_at IS NULL")
        assert parked == []

    async def broken(self) -> dict[str, Any]:
        """The invariants of both that do not hold."""
        return {**await self.invoicing.broken(), **await self.preinvoice.broken()}

    async def voucher(self, invoice_no: str) -> list[tuple[str, int, int]]:
        """Role, debit and credit of a document's voucher, summed per role."""
        return await ahead.posted(self.invoicing, invoice_no)

    async def invoices(self) -> list[dict[str, Any]]:
        """The media invoices and credit notes, in order of their numbers."""
        return await self.invoicing.rows("SELECT * FROM invoice WHERE kind = 'media' ORDER BY no")

    async def cleared(self) -> int:
        """What stands on `client_advances`, in minor units of the base currency."""
        (row,) = await self.invoicing.rows(
            "SELECT coalesce(sum(credit - debit), 0)::bigint AS balance "
            "FROM voucher_line WHERE role = 'client_advances'"
        )
        balance: int = row["balance"]
        return balance
