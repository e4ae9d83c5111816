"""The same month for another tenant: every id of its events changed in the same way, and back again to compare."""

import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from deploy.registry import handlers_of
from deploy.workers import topology
from shared.events.topology import matches, patterns_of
from shared.runtime.rabbit import RabbitTransport
from shared.runtime.transport import Message
from tests.faults.agency import Agency
from tests.faults.firm import LISTENERS
from tests.faults.stage import until

_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_AT_ONCE = 100
# How a service came to its books, rather than what stands in them.
_PLUMBING = {"audit", "idempotency", "stream", "outbox", "inbox", "parked", "job", "job_error", "import", "import_line"}
_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
_BILLED = {
    "invoices": """
        SELECT no::text, client_id::text, gross_amount, net_amount, vat_amount, total_amount, line_count
        FROM invoice
        WHERE tenant_id = $1 ORDER BY no""",
    "lines": """
        SELECT i.no::text, b.origin_id::text, l.amount FROM invoice_line l
        JOIN invoice i ON i.tenant_id = l.tenant_id AND i.id = l.invoice_id
        JOIN billable_item b ON b.tenant_id = l.tenant_id AND b.id = l.billable_item_id
        WHERE l.tenant_id = $1 ORDER BY i.no, b.origin_id, l.amount""",
    "postings": """
        SELECT role, media_id::text, sum(debit), sum(credit) FROM voucher_line WHERE tenant_id = $1
        GROUP BY role, media_id ORDER BY role, media_id""",
}
_DISCREPANCIES = """
SELECT insertion_id::text, discrepancy_net_amount, discrepancy_net_net_amount, billed_amount FROM discrepancy
WHERE tenant_id = $1 ORDER BY insertion_id
"""


class Twin:
    """A tenant whose ids differ from an agency's in their last bits only: they sort alike, and map back."""

    def __init__(self, agency: Agency, mask: int) -> None:
        self._agency = agency
        self.stage = agency.stage
        self._mask = mask
        self.tenant_id = UUID(self.changed(str(agency.api.tenant_id)))
        self._known = {*_ID.findall(" ".join(body for _, body in agency.booked))}
        self._told = [(key, json.loads(self.changed(body))) for key, body in agency.booked]

    def changed(self, text: str) -> str:
        """The text with every id changed, or changed back."""
        return _ID.sub(lambda found: str(UUID(int=UUID(found[0]).int ^ self._mask)), text)

    def messages(self) -> list[Message]:
        """What contracts told of the month, as if it had told it of this tenant."""
        return [
            Message(UUID(told["id"]), key, told["source"], UUID(told["subject"]), json.dumps(told).encode())
            for key, told in self._told
        ]

    async def hear(self, messages: Sequence[Message]) -> None:
        """Put messages into the listeners' queues in this order, and wait until they have been taken off."""
        transport = RabbitTransport(self.stage.rabbit.url, topology())
        async with transport.publisher() as publisher:
            for first in range(0, len(messages), _AT_ONCE):
                part = messages[first : first + _AT_ONCE]
                assert await publisher.publish(part) == len(part)
        for service in LISTENERS:
            patterns = patterns_of(handlers_of(service))
            heard = {told["id"] for key, told in self._told if any(matches(one, key) for one in patterns)}

            async def all_noted(service: str = service, count: int = len(heard)) -> bool:
                return await self._sql(service, "SELECT count(*) FROM inbox WHERE tenant_id = $1") == [count]

            await until(all_noted, f"{service} to hear everything")
        await self.stage.drained()

    async def books(self) -> dict[str, list[str]]:
        """Every row of the listeners' tables, as the agency itself would have it."""
        found = {}
        for service in LISTENERS:
            for table in await self.stage.sql(service, _TABLES):
                if table not in _PLUMBING:
                    rows = await self._sql(service, f"SELECT to_jsonb(t)::text FROM {table} t WHERE tenant_id = $1")
                    found[f"{service}.{table}"] = sorted(map(self._back, rows))
        return found

    async def billed(self) -> dict[str, list[Any]]:
        """What the invoices say and what they posted, as the agency itself would have it."""
        found = {name: await self._sql("invoicing", query) for name, query in _BILLED.items()}
        found["discrepancies"] = await self._sql("reconciliation", _DISCREPANCIES)
        return {name: [self._back(str(row)) for row in rows] for name, rows in found.items()}

    def entity(self, code: str) -> str:
        """The id of a legal entity."""
        return self.changed(self._agency.entities[code])

    def _back(self, text: str) -> str:
        """The text with the agency's own ids; those that listeners derive from them are of no account."""
        return _ID.sub(lambda found: found[0] if found[0] in self._known else "derived", self.changed(text))

    async def _sql(self, service: str, query: str) -> list[Any]:
        return await self.stage.sql(service, query, self.tenant_id)
