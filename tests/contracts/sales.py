"""A sales desk beside the traffic desk: the customer of EX-CT-22, refusals that write nothing, the gateway's door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.contracts.main import create_app
from services.contracts.settings import ContractsSettings
from services.gateway.roles import PERMISSIONS, Role
from shared.runtime.http import present
from tests.contracts.traffic import Body, Traffic, spot_line
from tests.database import MakeDatabase
from tests.gateway.servers import gateway, serving
from tests.tokens import JWKS, bearer

# Everything a request about a contract could write, what it tells and draws included.
_WRITTEN = (
    "contract", "contract_line", "rotation", "rotation_item", "spot", "off_air_occurrence", "counter", "correction",
    "confirmation", "confirmation_queue", "confirmation_print", "line_view", "outbox", "audit", "job",
)  # fmt: skip
_FINGERPRINT = " UNION ALL ".join(
    f"SELECT '{table}' AS name, count(*) AS n, coalesce(sum(hashtext(t::text)), 0) AS content FROM {table} t "
    "WHERE tenant_id = :tenant"
    for table in _WRITTEN
)
PUBLIC = "/v1/contracts"


@dataclass
class Sales:
    """Station KAAA, agency Northline (EDI, 15 %), salesperson Kim (12 %), customer Oak Motors who buys through both."""

    traffic: Traffic
    station_id: str = ""
    agency_id: str = ""
    client_id: str = ""

    async def open(self) -> "Sales":
        """Make them."""
        self.station_id = await self.traffic.station()
        self.agency_id = await self.record("agencies", "NORTHLINE", commission_percent="15", edi_no="4711")
        self.client_id = await self.customer("OAK")
        return self

    async def customer(self, code: str, **changes: Any) -> str:
        """A customer with the defaults of EX-CT-22, its id."""
        usual = {"agency_id": self.agency_id, "billing_cycle": "broadcast", "invoice_type": "time"}
        return await self.traffic.client(code, **usual | changes)

    async def direct(self, code: str = "ELM", **changes: Any) -> str:
        """A customer that buys without an agency, with no more defaults than its salesperson; its id."""
        return await self.traffic.client(code, **changes)

    async def record(self, register: str, code: str, **values: Any) -> str:
        """A record of a register, its id."""
        body = {"code": code, "name": code.title(), **values}
        made: str = (await self.traffic.ask("POST", f"/v1/{register}", body, 201))["id"]
        return made

    async def amend(self, register: str, record_id: str, **values: Any) -> Body:
        """Change a record of a register."""
        return await self.traffic.ask("PATCH", f"/v1/{register}/{record_id}", values)

    async def draft(self, *lines: Body, client_id: str = "", **header: Any) -> Body:
        """A draft; of Oak Motors unless said otherwise."""
        return await self.traffic.contract(client_id or self.client_id, *lines, approve=False, **header)

    async def live(self, *lines: Body, **header: Any) -> Body:
        """An approved contract of a direct customer; one spot a day in June unless lines are given."""
        client_id = header.pop("client_id", "") or await self.direct(f"C{len(self.traffic.versions)}")
        return await self.traffic.contract(client_id, *(lines or (self.line(),)), **header)

    def line(self, **changes: Any) -> Body:
        """One spot a day in June on KAAA."""
        return {**spot_line(self.station_id), **changes}

    def off_air(self, **changes: Any) -> Body:
        """A banner on the 24th of each month from May to July on KAAA."""
        return {
            "kind": "off_air", "station_id": self.station_id, "start_on": "2026-05-01", "end_on": "2026-07-31",
            "rate_amount": "350.00", "frequency": "monthly", **changes,
        }  # fmt: skip

    async def save(self, contract: Body, **changes: Any) -> Body:
        """Save changes of a contract."""
        return await self.traffic.ask("PATCH", at(contract), changes)

    async def cancel(self, contract: Body, **word: Any) -> Body:
        """Cancel a contract."""
        return await self.traffic.ask("POST", at(contract, "transitions"), {"to": "cancelled", **word})

    async def refused(self, status: int, code: str, method: str, path: str, body: Any = None, **params: Any) -> Body:
        """A refusal by status and code that leaves every table as it was."""
        before = await self.written()
        problem = await self.traffic.refused(status, code, method, path, body, **params)
        assert await self.written() == before, f"{method} {path} wrote although it was refused"
        return problem

    async def written(self) -> list[dict[str, Any]]:
        """What the tables of contracts hold and tell, as a fingerprint."""
        return await self.traffic.rows(_FINGERPRINT, tenant=self.traffic.tenant_id)


@dataclass
class Public:
    """The gateway's door, as somebody of a role reaches it."""

    http: httpx.AsyncClient
    traffic: Traffic

    async def send(self, role: Role, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        """One call below `/v1/contracts`; `version` is its `If-Match`, `subject` who of the role it is."""
        version, subject = params.pop("version", None), params.pop("subject", role)
        headers = bearer(*PERMISSIONS[role], tenant_id=self.traffic.tenant_id, subject=subject)
        headers |= {"If-Match": f'"{version}"'} if version is not None else {}
        return await self.http.request(method, f"{PUBLIC}{path}", json=body, headers=headers, params=params)


@asynccontextmanager
async def opened_gateway(traffic: Traffic, provisioned: MakeDatabase) -> AsyncIterator[Public]:
    """Contracts behind a gateway, both served for real, on the traffic desk's day."""
    app = create_app(ContractsSettings(database_url=(await provisioned("contracts")).app_url, jwks=JWKS))
    app.dependency_overrides[present] = lambda: traffic.now
    async with serving(app) as upstream, gateway(upstream) as url, httpx.AsyncClient(base_url=url, timeout=60) as http:
        yield Public(http, traffic)


def at(contract: Body, *rest: str) -> str:
    """The path of a contract, or of something below it."""
    return "/".join(("/v1/contracts", contract["id"], *rest))


def codes(problem: Body) -> list[tuple[str, str]]:
    """Pointer and code of everything a refusal names."""
    return [(one["pointer"], one["code"]) for one in problem["errors"]]
