"""Numbers of drafts, runs and advance invoices: rising per tenant, never from an invoice number series (PI-GEN-05)."""

from typing import Literal

from sqlalchemy import text

from shared.runtime.db import AsyncSession, context_of

_DRAW = text(
    "INSERT INTO counter AS c (tenant_id, name, last_no) VALUES (:tenant, :name, :count) "
    "ON CONFLICT (tenant_id, name) DO UPDATE SET last_no = c.last_no + excluded.last_no RETURNING last_no"
)


async def draw(session: AsyncSession, name: Literal["draft", "run", "advance"], count: int) -> range:
    """The next `count` numbers; the counter's row stays locked until the transaction ends, so draw last."""
    found = await session.execute(_DRAW, {"tenant": context_of(session).tenant_id, "name": name, "count": count})
    last: int = found.scalar_one()
    return range(last - count + 1, last + 1)
