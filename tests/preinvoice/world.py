"""A small seller in the database: told to preinvoice the way contracts and invoicing tell it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.preinvoice.application.end_run import give_up
from services.preinvoice.application.generate import Generation, generate_drafts
from services.preinvoice.application.start_run import Asked, start_run
from services.preinvoice.domain.billing_run import Run
from services.preinvoice.domain.draft import Draft
from services.preinvoice.inbox import HANDLERS
from services.preinvoice.invariants import INVARIANTS
from services.preinvoice.jobs import JOBS
from services.preinvoice.repository.drafts import drafts_of_campaigns
from services.preinvoice.repository.runs import entries_of_run, get_run
from shared.events.contracts import CampaignBooked, ClientChanged, LegalEntityChanged, Recipient
from shared.events.envelope import Fact, Received
from shared.events.invoicing import InvoiceIssued, InvoiceRefused, InvoiceReversed
from shared.kernel.ids import derived_id, new_id
from shared.runtime.clock import now as clock_now
from shared.runtime.db import Context, Database, driver
from shared.runtime.jobs import RunningJob
from tests.preinvoice.builders import days

NOW = datetime(2019, 11, 20, 9, tzinfo=UTC)
_OUTCOMES = ("waiting", "locked", "invoiced", "refused", "skipped_zero", "timed_out", "not_run")


@dataclass
class World:
    """The test's tenant."""

    database: Database
    context: Context
    legal_entity_id: UUID = field(default_factory=new_id)
    client_id: UUID = field(default_factory=new_id)
    issued: int = 0

    async def open(self) -> "World":
        """Tell of the legal entity, whose weeks begin on Sunday, and of the client."""
        await self.hear(
            self.legal_entity(),
            ClientChanged(
                id=self.client_id, code="ACME", name="ACME AG", version=1, legal_entity_id=self.legal_entity_id,
                vat_percent=Decimal(19), currency="EUR", minimum_amount=Decimal(0),
            ),
        )  # fmt: skip
        return self

    def legal_entity(self, **changes: Any) -> LegalEntityChanged:
        """The selling company as contracts tells it."""
        plain: dict[str, Any] = {
            "id": self.legal_entity_id, "code": "NORD", "name": "Nord GmbH", "version": 1, "currency": "EUR",
            "country": "DE", "start_of_week": 6, "time_zone": "Europe/Berlin", "vat_percent": Decimal(19),
            "daily_delivery": True,
        }  # fmt: skip
        return LegalEntityChanged(**(plain | changes))

    async def hear(self, *facts: Fact) -> None:
        """Handle facts the way the consumer does, each class on its own."""
        for fact in facts:
            received = Received(new_id(), fact.id, 1, self.tenant, new_id(), NOW, fact)  # type: ignore[attr-defined]
            async with self.database.transaction(self.context) as session:
                await HANDLERS[type(fact)](session, [received])

    @property
    def tenant(self) -> UUID:
        """Whose rows these are."""
        assert self.context.tenant_id
        return self.context.tenant_id

    def item(
        self, line_no: int = 1, runtime: str = "2019-12-01..2019-12-09", amount: str = "9000.00", **changes: Any
    ) -> dict[str, Any]:
        """A linear, day-based item, as the event writes it."""
        run = days(runtime)
        plain = {
            "id": derived_id(self.tenant, "item", line_no), "line_no": line_no, "name": f"Position {line_no}",
            "start_on": run.start_on, "end_on": run.last_on, "amount": Decimal(amount), "currency": "EUR",
            "vat_percent": Decimal(19),
        }  # fmt: skip
        return plain | changes

    def campaign(
        self, *items: dict[str, Any], period: str = "2019-12-01..2019-12-09", **changes: Any
    ) -> CampaignBooked:
        """A booked campaign billed weekly, before or during, due at the interval's start: that of EX-01."""
        run = days(period)
        plain: dict[str, Any] = {
            "id": derived_id(self.tenant, "campaign"), "version": 1, "code": "C-100", "campaign_no": 100,
            "name": "Winter", "stage": "booked", "legal_entity_id": self.legal_entity_id, "client_id": self.client_id,
            "recipient": Recipient(
                name="ACME", street="Hauptstr. 1", city="Berlin", country="DE", email="billing@acme.example"
            ),
            "dispatch": "email", "currency": "EUR", "payment_interval": "weekly", "payment_start": "before_during",
            "due_at": "interval_start", "billing_start_on": run.start_on, "billing_end_on": run.last_on,
            "items": list(items) or [self.item()],
        }  # fmt: skip
        return CampaignBooked(**(plain | changes))

    async def book(self, *items: dict[str, Any], **changes: Any) -> UUID:
        """Tell of a campaign; its id."""
        told = self.campaign(*items, **changes)
        await self.hear(told)
        return told.id

    async def generate(self, campaign_id: UUID, now: datetime = NOW) -> Generation:
        """The command on one campaign."""
        async with self.database.transaction(self.context) as session:
            return await generate_drafts(session, campaign_id, now=now)

    async def drafts(self, campaign_id: UUID) -> list[Draft]:
        """The campaign's drafts as stored, by planned date."""
        async with self.database.transaction(self.context) as session:
            found = (await drafts_of_campaigns(session, [campaign_id])).get(campaign_id, [])
        return sorted(found, key=lambda draft: (draft.key.planned_invoice_on, draft.draft_no))

    async def start(self, draft_ids: Iterable[UUID], now: datetime = NOW, **asked: Any) -> Run:
        """A queued billing run."""
        async with self.database.transaction(self.context) as session:
            return await start_run(session, Asked(list(draft_ids), **asked), by="clerk", now=now)

    async def run(self, draft_ids: Iterable[UUID], now: datetime = NOW, **asked: Any) -> Run:
        """A run whose drafts were handed over, and that waits for answers."""
        run = await self.start(draft_ids, now, **asked)
        await self.work(run.id)
        return await self.found(run.id)

    async def work(self, run_id: UUID) -> dict[str, Any]:
        """Do a run's job in this process."""
        async with self.database.transaction(self.context) as session:
            connection = await driver(session)
            await connection.execute("UPDATE job SET state = 'running', lease_epoch = 1 WHERE id = $1", run_id)
        job = RunningJob(run_id, "billing_run", {"run_id": str(run_id)}, {}, self.context, self.database, 1)
        done = await JOBS["billing_run"](job)
        async with self.database.transaction(self.context) as session:
            connection = await driver(session)
            await connection.execute("UPDATE job SET state = 'completed', ended_at = now() WHERE id = $1", run_id)
        return done

    async def found(self, run_id: UUID) -> Run:
        """A run as stored."""
        async with self.database.transaction(self.context) as session:
            return await get_run(session, run_id)

    async def outcomes(self, run_id: UUID) -> dict[int, tuple[str, str]]:
        """Outcome and code by draft number."""
        async with self.database.transaction(self.context) as session:
            entries = await entries_of_run(session, run_id, *_OUTCOMES)  # type: ignore[arg-type]
        return {entry.draft_no: (entry.outcome, entry.code) for entry in entries}

    async def time_out(self, run_id: UUID) -> None:
        """The run's time has come."""
        async with self.database.transaction(self.context) as session:
            await give_up(session, run_id, now=clock_now())

    def invoice(self, draft: Draft, **changes: Any) -> InvoiceIssued:
        """Invoicing's answer: the draft's invoice, with the next number."""
        self.issued += 1
        return InvoiceIssued(**(self._answer(draft) | {"invoice_no": f"2019-{self.issued:04d}"} | changes))

    def refusal(self, draft: Draft, code: str, **changes: Any) -> InvoiceRefused:
        """Invoicing's answer: it cannot be."""
        return InvoiceRefused(**(self._answer(draft) | {"state": "removed", "refusal_code": code} | changes))

    def reversal(self, invoice: InvoiceIssued, **changes: Any) -> InvoiceReversed:
        """The credit note that mirrors an invoice."""
        note = {"id": new_id(), "reverses_id": invoice.id, "reverses_no": invoice.invoice_no, "draft_id": None}
        return InvoiceReversed(**(dict(invoice) | note | {"document": "credit_note", "invoice_no": "CN-1"} | changes))

    async def told(self, like: str) -> list[dict[str, Any]]:
        """The data of outbox rows whose routing key ends so, in order."""
        rows = await self.rows(
            "SELECT envelope -> 'data' AS data FROM outbox WHERE tenant_id = $1 AND routing_key LIKE $2 ORDER BY seq",
            self.tenant,
            f"%{like}",
        )
        return [row["data"] for row in rows]

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What a query finds in the test's tenant."""
        async with self.database.transaction(self.context) as session:
            connection = await driver(session)
            return [dict(row) for row in await connection.fetch(sql, *values)]

    async def broken(self) -> dict[str, list[dict[str, Any]]]:
        """The invariants that do not hold."""
        found = {name: await self.rows(query) for name, query in INVARIANTS.items()}
        return {name: rows for name, rows in found.items() if rows}

    def _answer(self, draft: Draft) -> dict[str, Any]:
        zero = {name: Decimal(0) for name in InvoiceIssued.model_fields if name.endswith("_amount")}
        return {
            **zero, "id": new_id(), "version": 1, "kind": "campaign", "state": "issued",
            "legal_entity_id": self.legal_entity_id, "client_id": self.client_id, "campaign_id": draft.campaign_id,
            "draft_id": draft.id, "billing_run_id": draft.billing_run_id, "currency": "EUR",
            "exchange_rate": Decimal(1), "invoice_on": date(2019, 12, 1),
        }  # fmt: skip
