"""What is known of contracts, put together as the domain looks at it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.invoicing.domain.cycle import Cycle
from services.invoicing.domain.standing import Items, Log, OrderedLine, Standing
from services.invoicing.repository.contracts import ContractRow, lines_of
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession, context_of, driver

# No period begins more than a month before the first line.
_LOGS = """
SELECT c.contract_id, g.station_id, g.air_on, g.state = 'reconciled' AS is_reconciled
FROM (SELECT contract_id, station_id, min(start_on) - 31 AS since FROM contract_line
  WHERE tenant_id = $1 AND contract_id = ANY($2) AND kind = 'spots' GROUP BY contract_id, station_id) c
JOIN station_log g ON g.tenant_id = $1 AND g.station_id = c.station_id AND g.air_on >= c.since
"""
_ITEMS = """
SELECT i.contract_id, i.media_id, i.origin, i.dated_on, i.status, l.invoice_id IS NOT NULL AS is_billed,
  count(*)::int, sum(i.price_amount)::bigint
FROM billable_item i LEFT JOIN invoice_line l ON l.tenant_id = $1 AND l.billable_item_id = i.id AND NOT l.reversed
  AND l.portion <> 'commission'
WHERE i.tenant_id = $1 AND i.contract_id = ANY($2) AND i.origin IN ('spot', 'off_air')
GROUP BY 1, 2, 3, 4, 5, 6
"""
_BILLED_LINES = """
SELECT i.origin_id FROM billable_item i JOIN invoice_line l ON l.tenant_id = $1 AND l.billable_item_id = i.id
  AND NOT l.reversed
WHERE i.tenant_id = $1 AND i.contract_id = ANY($2) AND i.origin = 'contract_line' AND NOT i.credit
"""


async def standings(session: AsyncSession, contracts: Sequence[ContractRow]) -> dict[UUID, Standing]:
    """Where each of these contracts stands."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    ids = [one.id for one in contracts]
    lines = await lines_of(session, ids)
    billed = {row[0] for row in await connection.fetch(_BILLED_LINES, tenant, ids)}
    logs: dict[UUID, list[Log]] = {id_: [] for id_ in ids}
    for contract_id, *log in await connection.fetch(_LOGS, tenant, ids):
        logs[contract_id].append(Log(*log))
    items: dict[UUID, list[Items]] = {id_: [] for id_ in ids}
    for contract_id, *group in await connection.fetch(_ITEMS, tenant, ids):
        items[contract_id].append(Items(*group))
    return {
        one.id: Standing(
            Cycle(one.billing_cycle),
            [
                OrderedLine(
                    line["id"],
                    line["line_no"],
                    line["kind"],
                    line["station_id"],
                    Period.inclusive(line["start_on"], line["end_on"]),
                    {date.fromisoformat(day): count for day, count in line["ordered"].items()},
                    line["total_amount"],
                    line["approved_at"],
                    line["id"] in billed,
                )
                for line in lines[one.id]
            ],
            logs[one.id],
            items[one.id],
        )
        for one in contracts
    }
