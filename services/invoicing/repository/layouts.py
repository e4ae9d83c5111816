"""The options of station groups, as contracts' invoices follow them (CT-ITY-14, CT-CYC-20)."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from shared.runtime.db import AsyncSession, context_of, driver

# The group of the first line's station speaks for the whole contract.
_LAYOUTS = """
SELECT DISTINCT ON (l.contract_id) l.contract_id, g.split_by_station, g.logo_svg, g.remit_address, g.footer_text,
  g.invoice_columns, g.rates
FROM contract_line l JOIN station s ON s.tenant_id = $1 AND s.id = l.station_id
JOIN station_group g ON g.tenant_id = $1 AND g.id = s.group_id
WHERE l.tenant_id = $1 AND l.contract_id = ANY($2) ORDER BY l.contract_id, l.line_no
"""
_OPEN_OF_GROUPS = """
SELECT DISTINCT l.contract_id FROM station s
JOIN contract_line l ON l.tenant_id = $1 AND l.station_id = s.id
JOIN invoice i ON i.tenant_id = $1 AND i.contract_id = l.contract_id AND i.state IN ('gathering', 'pending')
WHERE s.tenant_id = $1 AND s.group_id = ANY($2)
"""
_OPEN_OF_TAXES = """
WITH RECURSIVE named AS (
  SELECT id FROM tax WHERE tenant_id = $1 AND id = ANY($2)
  UNION SELECT t.id FROM named n JOIN tax t ON t.tenant_id = $1 AND t.merged_into_id = n.id
)
SELECT DISTINCT c.id FROM contract c JOIN named n ON c.tax_id = n.id
JOIN invoice i ON i.tenant_id = $1 AND i.contract_id = c.id AND i.state IN ('gathering', 'pending')
WHERE c.tenant_id = $1
"""


class Layout(NamedTuple):
    """What the stations' group says of a contract's invoices; without a group nothing is special."""

    split_by_station: bool = False
    logo_svg: str = ""
    remit_address: str = ""
    footer_text: str = ""
    invoice_columns: tuple[str, ...] = ()
    rates: str = "gross"

    def frozen(self) -> dict[str, Any]:
        """As the document prints it."""
        return {**self._asdict(), "invoice_columns": list(self.invoice_columns)}


async def layouts_of(session: AsyncSession, contract_ids: Iterable[UUID]) -> dict[UUID, Layout]:
    """The layout of each of these contracts."""
    ids = list(contract_ids)
    connection = await driver(session)
    rows = await connection.fetch(_LAYOUTS, context_of(session).tenant_id, ids)
    found = dict.fromkeys(ids, Layout())
    for contract_id, split, logo, remit, footer, columns, rates in rows:
        found[contract_id] = Layout(split, logo, remit, footer, tuple(columns), rates)
    return found


async def open_contracts_of(session: AsyncSession, register: str, ids: Iterable[UUID]) -> list[UUID]:
    """Contracts with open invoices that a changed `station_group` or `tax` bears on."""
    query = {"station_group": _OPEN_OF_GROUPS, "tax": _OPEN_OF_TAXES}[register]
    connection = await driver(session)
    return [row[0] for row in await connection.fetch(query, context_of(session).tenant_id, list(ids))]
