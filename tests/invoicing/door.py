"""Invoicing's HTTP door, as a caller of a test's tenant meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.invoicing.main import create_app
from services.invoicing.settings import InvoicingSettings
from shared.kernel.ids import new_id
from shared.runtime.db import Context, Database
from tests.tokens import JWKS, bearer

FINANCE = (
    "accounting_period:read", "accounting_period:write",
    "accounting_period:close", "voucher:read",
)  # fmt: skip


@asynccontextmanager
async def door(
    database: Database, context: Context, *permissions: str, subject: str = "clerk"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client signed in with these permissions; every POST without a key of its own gets one."""
    app = create_app(InvoicingSettings(database_url=database.url, jwks=JWKS, pool_size=3))
    headers = bearer(*permissions, tenant_id=context.tenant_id, subject=subject)

    async def keyed(request: httpx.Request) -> None:
        if request.method == "POST":
            request.headers.setdefault("Idempotency-Key", str(new_id()))

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", headers=headers, event_hooks={"request": [keyed]}
    ) as client:
        try:
            yield client
        finally:
            await app.state.doorway.database.close()
