"""A small agency in the database: told to invoicing the way contracts tells it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.application.hear_insertions import keep_insertions
from services.invoicing.application.hear_registers import keep_parameters, keep_records
from services.invoicing.application.start_run import Asked, start_run
from services.invoicing.domain.accounts import ROLES
from services.invoicing.domain.criteria import Criteria, Switches
from services.invoicing.invariants import INVARIANTS
from services.invoicing.jobs import JOBS
from services.invoicing.repository.runs import Run
from shared.events.contracts import (
    AgreementChanged,
    ClientChanged,
    InsertionState,
    LegalEntityChanged,
    ParameterChanged,
    PlanChanged,
    ShareState,
)
from shared.kernel.ids import new_id
from shared.runtime.clock import now
from shared.runtime.db import AsyncSession, Context, Database, driver
from shared.runtime.jobs import RunningJob

RUN_DAY = date(2026, 10, 31)
# Account numbers that a reader of a failed test can take back to their roles.
ACCOUNTS = {role: str(1000 + 100 * position) for position, role in enumerate(ROLES)}


@dataclass
class World:
    """The test's tenant: one legal entity, clients and insertions as told."""

    database: Database
    context: Context
    legal_entity_id: UUID = field(default_factory=new_id)
    agreement_id: UUID = field(default_factory=new_id)
    plan_id: UUID = field(default_factory=new_id)
    parameter_version: int = 0
    stated: dict[str, Any] = field(default_factory=dict)

    async def open(self) -> "World":
        """Tell of the legal entity, its accounts, and the agreement."""
        async with self.database.transaction(self.context) as session:
            await keep_records(
                session,
                [
                    LegalEntityChanged(
                        id=self.legal_entity_id, code="NORD", name="Nord Media AB", version=1, currency="EUR",
                        country="SE", vat_percent=Decimal(25), number_prefix="N",
                    )
                ],
            )  # fmt: skip
            await keep_records(session, [AgreementChanged(id=self.agreement_id, code="A", name="A", version=1)])
            await self.account(session, **ACCOUNTS)
        return self

    async def parameters(self, session: AsyncSession, **stated: Any) -> None:
        """Tell of the legal entity's parameters as they stand now; what is not stated stays."""
        self.parameter_version += 1
        self.stated |= stated
        told = ParameterChanged(id=self.legal_entity_id, version=self.parameter_version, currency="EUR", **self.stated)
        await keep_parameters(session, [told])

    async def account(self, session: AsyncSession, **numbers: str) -> None:
        """Tell of the legal entity's accounts."""
        await self.parameters(session, accounts=numbers)

    async def client(self, code: str = "ALFA", **changes: Any) -> UUID:
        """Tell of a client at 25 % VAT with 30 days to pay."""
        values: dict[str, Any] = {
            "id": new_id(), "code": code, "name": f"{code} AB", "version": 1, "legal_entity_id": self.legal_entity_id,
            "vat_percent": Decimal(25), "currency": "EUR", "minimum_amount": Decimal(0), "country": "SE",
        } | changes  # fmt: skip
        async with self.database.transaction(self.context) as session:
            await keep_records(session, [ClientChanged(**values)])
            await keep_records(
                session,
                [
                    PlanChanged(
                        id=self.plan_id, code="P1", name="Spring", version=1, client_id=values["id"],
                        agreement_id=self.agreement_id,
                    )
                ],
            )  # fmt: skip
        return values["id"]

    def insertion(self, client_id: UUID, price: str = "100.00", **changes: Any) -> InsertionState:
        """A definitive insertion whose price is all client net; net-net is 85 % of it."""
        amount = Decimal(price)
        zero, net_net = Decimal(0), (amount * Decimal("0.85")).quantize(Decimal("0.01"))
        share = ShareState(
            client_id=client_id, percent=Decimal(100), gross_amount=amount, discount_amount=zero, net_amount=amount,
            commission_amount=amount - net_net, net_net_amount=net_net,
            client_net_amount=amount, fee_amount=zero, capital_cost_amount=zero, surcharge_amount=zero,
            price_amount=amount,
        )  # fmt: skip
        values: dict[str, Any] = {
            "id": new_id(), "version": 1, "legal_entity_id": self.legal_entity_id, "client_id": client_id,
            "plan_id": self.plan_id, "plan_no": "1", "order_id": self.plan_id, "order_no": 501,
            "media_id": self.agreement_id, "media_name": "Dagbladet", "agreement_id": self.agreement_id,
            "insertion_on": date(2026, 10, 12), "status": "definitive", "currency": "EUR",
            "exchange_rate": Decimal(1), "text": "Half page", "shares": [share],
        } | changes  # fmt: skip
        return InsertionState(**values)

    async def tell(self, *insertions: InsertionState) -> None:
        """Tell of insertions."""
        async with self.database.transaction(self.context) as session:
            await keep_insertions(session, insertions)

    async def start(self, mode: str = "live", *, digest: str = "", **chosen: Any) -> Run:
        """Ask for a run over the legal entity."""
        switches = chosen.pop("switches", Switches())
        criteria = Criteria(**({"legal_entity_ids": (self.legal_entity_id,)} | chosen))
        async with self.database.transaction(self.context) as session:
            return await start_run(
                session, Asked(mode, criteria, switches, RUN_DAY, digest=digest), by="clerk", now=now()
            )

    async def work(self, run: Run, *, checkpoint: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a run's job here and now, as a worker that has claimed it would."""
        return await self.work_off(run.id, checkpoint=checkpoint)

    async def work_off(self, run_id: UUID | str, *, checkpoint: dict[str, Any] | None = None) -> dict[str, Any]:
        """The same of a run known by its id."""
        run_id = UUID(str(run_id))
        async with self.database.transaction(self.context) as session:
            connection = await driver(session)
            epoch = await connection.fetchval(
                "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1 WHERE id = $1 RETURNING lease_epoch",
                run_id,
            )
        job = RunningJob(
            id=run_id, kind="invoice_run", request={"run_id": str(run_id)}, checkpoint=checkpoint or {},
            context=self.context, database=self.database, epoch=epoch,
        )  # fmt: skip
        result = await JOBS["invoice_run"](job)
        await self.rows("UPDATE job SET state = 'completed', ended_at = now() WHERE id = $1", run_id)
        return result

    async def run(self, mode: str = "live", **chosen: Any) -> dict[str, Any]:
        """Start a run and work it off."""
        return await self.work(await self.start(mode, **chosen))

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """What a query finds in this tenant."""
        async with self.database.transaction(self.context) as session:
            return [dict(row) for row in await (await driver(session)).fetch(query, *values)]

    async def broken(self) -> dict[str, list[dict[str, Any]]]:
        """The invariants that do not hold, with the rows that break them."""
        found = {name: await self.rows(query) for name, query in INVARIANTS.items()}
        return {name: rows for name, rows in found.items() if rows}
