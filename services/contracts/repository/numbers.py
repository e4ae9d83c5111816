"""Numbers of contracts, orders and campaigns: they rise and are never used again (CT-HDR-01)."""

from shared.runtime.db import AsyncSession, context_of, driver

_DRAW = """
INSERT INTO counter AS c (tenant_id, name, last_no) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, name) DO UPDATE SET last_no = c.last_no + excluded.last_no RETURNING last_no
"""

_KEEP_ABOVE = """
INSERT INTO counter AS c (tenant_id, name, last_no) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, name) DO UPDATE SET last_no = greatest(c.last_no, excluded.last_no)
"""


async def draw(session: AsyncSession, name: str, count: int) -> range:
    """The next `count` numbers of a counter, which stays locked until the transaction ends."""
    connection = await driver(session)
    last = await connection.fetchval(_DRAW, context_of(session).tenant_id, name, count)
    return range(last - count + 1, last + 1)


async def pass_over(session: AsyncSession, name: str, highest: int) -> None:
    """Numbers up to `highest` are taken, as records brought from elsewhere keep theirs."""
    connection = await driver(session)
    await connection.execute(_KEEP_ABOVE, context_of(session).tenant_id, name, highest)
