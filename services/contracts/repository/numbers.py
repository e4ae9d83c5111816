"""Numbers of contracts, orders and campaigns: they rise and are never used again (CT-HDR-01)."""

from shared.runtime.db import AsyncSession, context_of, driver

_DRAW = """
INSERT INTO counter AS c (tenant_id, name, last_no) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, name) DO UPDATE SET last_no = c.last_no + excluded.last_no RETURNING last_no
"""


async def draw(session: AsyncSession, name: str, count: int) -> range:
    """The next `count` numbers of a counter, which stays locked until the transaction ends."""
    connection = await driver(session)
    last = await connection.fetchval(_DRAW, context_of(session).tenant_id, name, count)
    return range(last - count + 1, last + 1)
