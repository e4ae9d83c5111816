"""A firm with as many clients as a test has events to lose: one event each, and one row each in every listener."""

import asyncio
from pathlib import Path
from typing import Any

from tests.faults.stage import Clerk, Stage, until

LISTENERS = ("invoicing", "preinvoice", "reconciliation")
_IMPORTS = "/v1/contracts/imports"
_ENTITY = {"code": "NORD", "name": "Nord", "currency": "SEK", "country": "SE", "vat_percent": "25"}
# Counts each time a client's row is written, in the transaction that writes it.
_COUNTER = """
CREATE TABLE IF NOT EXISTS zz_test_effect (client_id uuid NOT NULL);
CREATE OR REPLACE FUNCTION zz_test_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO public.zz_test_effect VALUES (NEW.id); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER zz_test_count AFTER INSERT OR UPDATE ON client FOR EACH ROW EXECUTE FUNCTION zz_test_count();
"""
_UNCOUNT = "DROP TABLE zz_test_effect; DROP FUNCTION zz_test_count CASCADE"


class Firm:
    """One tenant of the stage, with a legal entity and clients that are registered when a test asks."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.api: Clerk = stage.clerk()

    async def open(self) -> "Firm":
        """A legal entity, as everybody has heard."""
        await asyncio.to_thread(self.api.post, "/v1/contracts/legal-entities", _ENTITY)
        for service in LISTENERS:
            await self.stage.execute(service, _COUNTER)
        return self

    async def close(self) -> None:
        """Nothing of the test's own stays in the databases."""
        for service in LISTENERS:
            await self.stage.execute(service, _UNCOUNT)
        self.api.close()

    async def register(self, count: int, folder: Path, letter: str = "C") -> None:
        """So many clients, whose events wait in the outbox."""
        file = folder / f"clients-{letter}.csv"
        lines = [f"{letter}{number},Client {letter}{number},NORD,SE,25,SEK" for number in range(count)]
        file.write_text("\n".join(["code,name,legal_entity_code,country,vat_percent,currency", *lines]) + "\n")
        await asyncio.to_thread(self.api.imported, _IMPORTS, file, "clients")

    async def unpublished(self) -> int:
        """Events of contracts that the broker does not have for sure."""
        [count] = await self._sql(
            "contracts", "SELECT count(*) FROM outbox WHERE tenant_id = $1 AND published_at IS NULL"
        )
        return int(count)

    async def all_published(self) -> None:
        """The broker has every event of this tenant."""

        async def published() -> bool:
            return await self.unpublished() == 0

        await until(published, "the relay of contracts")

    async def noted(self, service: str) -> int:
        """Events that a listener has taken in."""
        [count] = await self._sql(service, "SELECT count(*) FROM inbox WHERE tenant_id = $1")
        return int(count)

    async def clients(self, service: str) -> int:
        """Clients that a listener knows."""
        [count] = await self._sql(service, "SELECT count(*) FROM client WHERE tenant_id = $1")
        return int(count)

    async def parked(self, service: str) -> list[str]:
        """Why messages of this tenant wait for a person, one reason each."""
        query = "SELECT reason FROM parked WHERE tenant_id = $1 AND resolved_at IS NULL ORDER BY reason"
        return await self._sql(service, query)

    async def all_told_once(self) -> None:
        """Every client stands in every listener, written once, and every invariant holds."""
        await self.stage.settled()
        clients = sorted(await self._sql("contracts", "SELECT id FROM client WHERE tenant_id = $1"))
        for service in LISTENERS:
            written = (
                "SELECT e.client_id FROM zz_test_effect e JOIN client c ON c.id = e.client_id AND c.tenant_id = $1"
            )
            assert sorted(await self._sql(service, written)) == clients, service

    async def _sql(self, service: str, query: str) -> list[Any]:
        return await self.stage.sql(service, query, self.api.tenant_id)
