"""An API that dies between its commit and its answer: the caller repeats with the same key and gets one effect."""

import asyncio
import signal
from uuid import UUID

import httpx
import pytest

from services.gateway.roles import PERMISSIONS
from shared.kernel.ids import new_id
from tests.faults.stage import Stage
from tests.tokens import bearer

_MADE = """
SELECT (SELECT count(*) FROM legal_entity WHERE tenant_id = $1),
  (SELECT count(*) FROM outbox WHERE tenant_id = $1), (SELECT count(*) FROM idempotency WHERE tenant_id = $1)
"""
_ENTITY = {"code": "NORD", "name": "Nord", "currency": "SEK", "country": "SE", "vat_percent": "25"}


@pytest.mark.parametrize(("point", "done"), [("door.before_commit", 0), ("door.after_commit", 1)])
async def test_a_command_whose_answer_was_lost_is_repeated_and_takes_effect_once(
    stage: Stage, point: str, done: int
) -> None:
    tenant_id, key = new_id(), str(new_id())

    async def asked() -> httpx.Response:
        headers = {**bearer(*PERMISSIONS["operator"], tenant_id=tenant_id), "Idempotency-Key": key}
        async with httpx.AsyncClient(base_url=stage.suite.gateway_url, timeout=60, trust_env=False) as client:
            return await client.post("/v1/contracts/legal-entities", json=_ENTITY, headers=headers)

    stage.suite.stop("serve contracts")
    stage.suite.start("serve contracts", MB_TEST_FAILPOINTS=f"{point}=1")
    await asyncio.to_thread(stage.suite.wait_ready, "contracts")
    try:
        lost = await asked()
        assert (lost.status_code, lost.json()["code"]) == (503, "unavailable")
        assert await asyncio.to_thread(stage.suite.died, "serve contracts") == -signal.SIGKILL
        assert await _made(stage, tenant_id) == (done, done, done)
    finally:
        stage.suite.start("serve contracts")
        await asyncio.to_thread(stage.suite.wait_ready, "contracts")
    repeated = [await asked() for _ in range(2)]
    assert [answer.status_code for answer in repeated] == [201, 201]
    assert [answer.headers.get("Idempotency-Replayed") for answer in repeated] == ["true" if done else None, "true"]
    assert repeated[0].json() == repeated[1].json()
    assert await _made(stage, tenant_id) == (1, 1, 1)
    await stage.settled()


async def _made(stage: Stage, tenant_id: UUID) -> tuple[int, int, int]:
    [counts] = await stage.sql("contracts", _MADE, tenant_id)
    return counts
