"""A small radio group behind the service's own app: registers, contracts, logs, all made through its doors."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from sqlalchemy import text

from services.contracts.inbox import HANDLERS
from services.contracts.invariants import INVARIANTS
from services.contracts.main import create_app
from services.contracts.settings import ContractsSettings
from services.gateway.roles import PERMISSIONS
from shared.events.envelope import Fact, Received
from shared.events.invoicing import InvoiceIssued, InvoiceLineState, InvoiceReversed
from shared.kernel.ids import new_id
from shared.runtime.db import Database
from shared.runtime.http import present
from tests.database import MakeDatabase
from tests.tokens import JWKS, bearer
from tests.words import as_clerk

Body = dict[str, Any]
ALL_DAY = [{"time": f"{hour:02d}:00", "avail_type": "A", "avails": 4, "seconds": 240} for hour in range(6, 22)]
_codes = count(1)


@dataclass
class Traffic:
    """A tenant's traffic desk: every call goes through HTTP, and says what it expects."""

    http: httpx.AsyncClient
    database: Database
    tenant_id: UUID
    legal_entity_id: str = ""
    salesperson_id: str = ""
    now: datetime = datetime(2026, 1, 2, 9, tzinfo=UTC)
    versions: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200, **params: Any) -> Body:
        """One call; `If-Match` is the newest version this desk has seen of the record, given as `version` otherwise."""
        headers = {}
        version = params.pop("version", None)
        if method in ("PATCH", "PUT", "DELETE", "POST"):
            headers["If-Match"] = f'"{version}"' if version is not None else self.versions.get(_record(path), "")
            headers = {name: value for name, value in headers.items() if value}
        answer = await self.http.request(method, path, json=body, headers=headers, params=params)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        if "etag" in answer.headers:
            made: Body = answer.json()
            path = f"{path}/{made['id']}" if method == "POST" and _record(path).count("/") == 2 else path
            self.versions[_record(path)] = answer.headers["etag"]
        found: Body = answer.json() if answer.content else {}
        return found

    async def refused(self, status: int, code: str, method: str, path: str, body: Any = None, **params: Any) -> Body:
        """One call that is refused with a code."""
        problem = await self.ask(method, path, body, status, **params)
        assert problem["code"] == code, problem
        return problem

    async def open(self) -> "Traffic":
        """A legal entity and a salesperson."""
        entity = {"code": "LE", "name": "Radio Group", "currency": "EUR", "country": "SE", "vat_percent": "25"}
        self.legal_entity_id = (await self.ask("POST", "/v1/legal-entities", entity, 201))["id"]
        kim = {"code": "KIM", "name": "Kim", "commission_percent": "12"}
        self.salesperson_id = (await self.ask("POST", "/v1/salespeople", kim, 201))["id"]
        return self

    async def client(self, code: str = "OAK", **changes: Any) -> str:
        """A customer, its id."""
        body = {
            "code": code, "name": f"{code} Motors", "legal_entity_id": self.legal_entity_id, "vat_percent": "25",
            "currency": "EUR", "salesperson_id": self.salesperson_id, **changes,
        }  # fmt: skip
        made: str = (await self.ask("POST", "/v1/clients", body, 201))["id"]
        return made

    async def station(self, code: str = "KAAA", **changes: Any) -> str:
        """A station with a break every hour from 06:00 to 21:00, its id."""
        body = {
            "code": code, "name": f"Radio {code}", "legal_entity_id": self.legal_entity_id, "time_zone": "UTC",
            "breaks": ALL_DAY, **changes,
        }  # fmt: skip
        made: str = (await self.ask("POST", "/v1/stations", body, 201))["id"]
        return made

    async def copy(self, client_id: str, name: str, length: int = 30, **changes: Any) -> str:
        """A commercial of the client, its id; the cart number is its name."""
        body = {
            "code": f"{name.replace(' ', '-')}-{next(_codes)}", "name": name, "client_id": client_id, "cart_no": name,
            "length_seconds": length, **changes,
        }  # fmt: skip
        made: str = (await self.ask("POST", "/v1/copies", body, 201))["id"]
        return made

    async def contract(self, client_id: str, *lines: Body, approve: bool = True, **header: Any) -> Body:
        """A contract with lines, approved unless said otherwise."""
        drafted = await self.ask("POST", "/v1/contracts", {"client_id": client_id, "lines": lines, **header}, 201)
        return await self.approve(drafted["id"]) if approve else drafted

    async def approve(self, contract_id: str) -> Body:
        """Approve a contract; answers it with its lines."""
        await self.ask("POST", f"/v1/contracts/{contract_id}/transitions", {"to": "approved"})
        return await self.show(contract_id)

    async def show(self, contract_id: str) -> Body:
        """A contract with lines and rotations."""
        return await self.ask("GET", f"/v1/contracts/{contract_id}", expand="lines")

    async def rotations(self, contract_id: str, *entries: Body) -> Body:
        """Save a contract's list."""
        return await self.ask("PUT", f"/v1/contracts/{contract_id}/rotations", {"rotations": entries})

    async def log(self, station_id: str, day: str, *, fill: bool = True) -> Body:
        """Open a log, and fill it."""
        opened = await self.ask("POST", "/v1/logs", {"station_id": station_id, "air_on": day}, 201)
        if fill:
            await self.ask("POST", f"/v1/logs/{opened['id']}/placements", {}, 201)
        return await self.show_log(opened["id"])

    async def show_log(self, log_id: str) -> Body:
        """A log as it stands."""
        return await self.ask("GET", f"/v1/logs/{log_id}")

    async def move(self, log: Body, to: str, **word: Any) -> Body:
        """Lock, unlock, reconcile or reverse a log."""
        return await self.ask("POST", f"/v1/logs/{log['id']}/transitions", {"to": to, **word})

    async def air(self, station_id: str, *days: str, **word: Any) -> list[Body]:
        """Open, fill, lock and reconcile logs; nothing is missed unless said."""
        logs = []
        for day in days:
            log = await self.log(station_id, day)
            await self.move(log, "locked")
            logs.append(await self.move(log, "reconciled", **word))
        return logs

    async def spots(self, **filters: Any) -> list[Body]:
        """Spot detail, every page."""
        found: list[Body] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.ask("GET", "/v1/spots", limit=500, **filters, **cursor)
            found += page["items"]
            if not page["next_cursor"]:
                return found
            cursor = {"cursor": page["next_cursor"]}

    async def told(self, kind: str) -> list[Body]:
        """The data of every event of a kind this tenant's desk caused, in order."""
        rows = await self.rows(
            "SELECT envelope->'data' AS data FROM outbox WHERE routing_key = :kind AND tenant_id = :tenant "
            "ORDER BY seq",
            kind=kind,
            tenant=self.tenant_id,
        )
        return [row["data"] for row in rows]

    async def hear(self, *facts: Fact) -> None:
        """Tell contracts of facts of other services."""
        async with self.database.transaction(as_clerk(self.tenant_id)) as session:
            for fact in facts:
                at = datetime(2026, 1, 1, tzinfo=UTC)
                told = Received(new_id(), getattr(fact, fact.SUBJECT), 1, new_id(), new_id(), at, fact)
                await HANDLERS[type(fact)](session, [told])

    async def issue(self, invoice_no: str, spots: Sequence[Body], invoice_on: str) -> InvoiceIssued:
        """Tell that invoicing issued an invoice over units of one contract."""
        zero = Decimal(0)
        amounts = {name: zero for name in InvoiceIssued.model_fields if name.endswith("_amount")}
        lines = [
            InvoiceLineState(
                id=new_id(), line_no=number, billable_item_id=new_id(), origin="off_air" if one["off_air"] else "spot",
                origin_id=UUID(one["id"]), net_amount=zero, net_net_amount=zero, client_net_amount=zero,
                fee_amount=zero, capital_cost_amount=zero, amount=zero,
            )
            for number, one in enumerate(spots, 1)
        ]  # fmt: skip
        on = date.fromisoformat(invoice_on)
        told = InvoiceIssued(
            id=new_id(), version=1, kind="contract", state="issued", legal_entity_id=UUID(self.legal_entity_id),
            client_id=UUID(spots[0]["client_id"]), contract_id=UUID(spots[0]["contract_id"]), currency="EUR",
            exchange_rate=Decimal(1), invoice_no=invoice_no, invoice_on=on,
            issued_at=datetime(on.year, on.month, on.day, 12, tzinfo=UTC), lines=lines, **amounts,
        )  # fmt: skip
        await self.hear(told)
        return told

    async def reverse(self, invoice: InvoiceIssued) -> None:
        """Tell that a credit note mirrors an invoice."""
        given = {**dict(invoice), "id": new_id(), "reverses_id": invoice.id, "reverses_no": invoice.invoice_no}
        await self.hear(InvoiceReversed(**given))

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """What a query finds in this tenant."""
        async with self.database.transaction(as_clerk(self.tenant_id)) as session:
            return [dict(row) for row in (await session.execute(text(query), values)).mappings()]

    async def broken(self) -> dict[str, list[Any]]:
        """The invariants that do not hold."""
        found = {name: await self.rows(query) for name, query in INVARIANTS.items()}
        return {name: rows for name, rows in found.items() if rows}


def spot_line(station_id: str, **changes: Any) -> Body:
    """A line of one 30-second spot a day in June 2026, all day, at 55.00."""
    return {
        "station_id": station_id, "start_on": "2026-06-01", "end_on": "2026-06-28", "rate_amount": "55.00",
        "avail_type": "A", "start_time": "00:00", "end_time": "24:00", "length_seconds": 30,
        "counts": [1, 1, 1, 1, 1, 1, 1], **changes,
    }  # fmt: skip


def rotation(name: str, copies: Sequence[str | tuple[str, int]], **changes: Any) -> Body:
    """An entry for all stations, all day in June 2026."""
    turns = [(one, 1) if isinstance(one, str) else one for one in copies]
    return {
        "name": name, "length_seconds": 30, "start_on": "2026-06-01", "end_on": "2026-06-28",
        "copies": [{"copy_id": copy_id, "ratio": ratio} for copy_id, ratio in turns], **changes,
    }  # fmt: skip


def breaks_at(*times: str, avails: int = 2, seconds: int = 120, avail_type: str = "A") -> list[Body]:
    """A station's breaks."""
    return [{"time": time, "avail_type": avail_type, "avails": avails, "seconds": seconds} for time in times]


def day(text_: str) -> date:
    """A date."""
    return date.fromisoformat(text_)


@pytest_asyncio.fixture(loop_scope="session")
async def traffic(provisioned: MakeDatabase, tenant_id: UUID) -> AsyncIterator[Traffic]:
    """The desk of a tenant of its own, with every right, on 2 January 2026."""
    app = create_app(ContractsSettings(database_url=(await provisioned("contracts")).app_url, jwks=JWKS))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = bearer(*PERMISSIONS["operator"], tenant_id=tenant_id)
    async with httpx.AsyncClient(transport=transport, base_url="http://contracts", headers=headers) as http:
        desk = Traffic(http, app.state.doorway.database, tenant_id)
        app.dependency_overrides[present] = lambda: desk.now
        yield await desk.open()
        assert await desk.broken() == {}
    await app.state.doorway.database.close()


def _record(path: str) -> str:
    """The record behind a path: the resource and its id."""
    return "/".join(path.split("/")[:4])
