"""The buy side as a front end reaches it: through the gateway, refusals unchanged (MA-GEN-09)."""

import httpx
import pytest

from services.contracts.main import create_app
from services.contracts.settings import ContractsSettings
from services.gateway.roles import PERMISSIONS
from tests.contracts.media.world import World
from tests.database import MakeDatabase
from tests.gateway.servers import gateway, serving
from tests.tokens import JWKS, bearer


@pytest.mark.rule("MA-GEN-09", "MA-CRD-08", "MA-REG-16")
async def test_what_a_buyer_and_a_finance_clerk_may_do(world: World, provisioned: MakeDatabase) -> None:
    made = await world.insertion()
    await world.invoice(made)
    made_app = create_app(ContractsSettings(database_url=(await provisioned("contracts")).app_url, jwks=JWKS))
    async with serving(made_app) as upstream, gateway(upstream) as url, httpx.AsyncClient(base_url=url) as client:

        async def send(role: str, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
            rights = bearer(*PERMISSIONS[role], tenant_id=world.tenant_id)  # type: ignore[index]
            return await client.request(method, f"/v1/contracts{path}", json=body, headers={**rights, **headers})

        path = f"/insertions/{made['id']}/credits"
        keyless = await send("buyer", "POST", path, {})
        assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
        created = await send("buyer", "POST", path, {}, **{"Idempotency-Key": "1"})
        assert (created.status_code, created.json()["price_amount"]) == (201, "-100.00")
        again = await send("buyer", "POST", path, {}, **{"Idempotency-Key": "2"})
        assert (again.status_code, again.json()["code"]) == (409, "already_credited")
        parameters = f"/legal-entities/{world.entity_id}/parameters"
        assert (await send("buyer", "GET", parameters)).headers["ETag"] == '"0"'
        change = {"joint_billing": True}
        forbidden = await send("buyer", "PATCH", parameters, change, **{"If-Match": '"0"'})
        assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
        allowed = await send("finance", "PATCH", parameters, change, **{"If-Match": '"0"'})
        assert (allowed.status_code, allowed.json()["joint_billing"]) == (200, True)
        nobody = await client.get(f"/v1/contracts{parameters}")
        assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
        for listed in ("/allocation-moves?open=true", "/exchange-rates", "/price-codes", "/claim-texts"):
            assert (await send("auditor", "GET", listed)).status_code == 200
