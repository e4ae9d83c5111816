"""The items a run looks at: those its criteria choose and no live invoice holds, client by client."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from asyncpg import Record

from services.invoicing.domain.criteria import Criteria
from services.invoicing.domain.item import Item
from services.invoicing.repository.timing import Reach, is_due, is_looked_at
from shared.runtime.db import AsyncSession, context_of, driver

_FETCH = 2_000
_COLUMNS = ", ".join(
    f"i.{column}"
    for column in (
        *(
            "id",
            "version",
            "revision",
            "origin_id",
            "client_id",
            "plan_id",
            "order_id",
            "order_no",
            "campaign",
            "product",
        ),
        *("agreement_id", "media_id", "dated_on", "status", "ad_check_missing"),
        *("correction_kind", "credit", "client_reference", "not_before_on", "currency", "exchange_rate"),
        *("net_amount", "net_net_amount", "client_net_amount", "fee_amount", "capital_cost_amount"),
        "price_amount",
    )
)
ITEM_WIDTH = len(Item._fields)
# The predicate of the open items' index, in its words.
_OPEN = "i.origin = 'insertion' AND i.status NOT IN ('invoiced', 'cancelled')"
# A look into the claims' index per item, whatever PostgreSQL believes of a tenant's first lines: LIMIT keeps it from
# becoming a join, and only row security names the tenant, because a tenant without lines yet would plan a scan.
_NOT_BILLED = (
    "(SELECT l.line_no FROM invoice_line l WHERE l.billable_item_id = i.id "
    "AND NOT l.reversed AND l.portion <> 'commission' LIMIT 1) IS NULL"
)


@dataclass
class _Bound:
    """Collects values while conditions are written."""

    values: list[Any] = field(default_factory=list)

    def __call__(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


def _conditions(scope: Reach, bound: _Bound) -> str:
    """The criteria as SQL: AND between criteria, OR within one (MA-INV-02)."""
    criteria, found = scope.criteria, [is_looked_at(scope, bound)]
    chosen: tuple[tuple[str, Sequence[Any]], ...] = (
        ("i.legal_entity_id", criteria.legal_entity_ids),
        ("i.client_id", criteria.client_ids),
        ("i.plan_id", criteria.plan_ids),
        ("i.order_id", criteria.order_ids),
        ("i.campaign", criteria.campaigns),
        ("i.media_id", criteria.media_ids),
        ("i.product", criteria.products),
        ("i.agreement_id", criteria.agreement_ids),
        ("i.owner", criteria.owners),
        ("i.currency", criteria.currencies),
    )
    found += [f"{column} = ANY({bound(list(values))})" for column, values in chosen if values]
    if criteria.media_type_ids:
        types = bound(list(criteria.media_type_ids))
        found.append(
            "i.media_id IN (SELECT m.id FROM media m WHERE m.tenant_id = i.tenant_id "
            f"AND m.media_type_id = ANY({types}))"
        )
    if criteria.client_categories:
        categories = bound(list(criteria.client_categories))
        found.append(
            "i.client_id IN (SELECT c.id FROM client c WHERE c.tenant_id = i.tenant_id "
            f"AND c.category = ANY({categories}))"
        )
    return " AND ".join(found)


class Candidate(NamedTuple):
    """An item, and for each other run whether its criteria choose it too."""

    item: Item
    chosen_by_others: tuple[bool, ...]


async def stream(
    session: AsyncSession,
    scope: Reach,
    *,
    after: UUID | None,
    only: Sequence[UUID] | None,
    others: Sequence[Reach],
) -> AsyncIterator[list[Candidate]]:
    """One client's candidates after another, in the order of client ids, through a server-side cursor.

    `after` is the last client already done, `only` limits to some clients.
    """
    connection = await driver(session)
    bound = _Bound()
    tenant = bound(context_of(session).tenant_id)
    where = f"i.tenant_id = {tenant} AND {_OPEN} AND {_conditions(scope, bound)} AND {_NOT_BILLED}"
    if after is not None:
        where += f" AND i.client_id > {bound(after)}"
    if only is not None:
        where += f" AND i.client_id = ANY({bound(list(only))})"
    flags = "".join(f", ({_conditions(other, bound)} AND {is_due(other, bound)})" for other in others)
    # The open items' index gives the order; a sort would read everything before the first row.
    await connection.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off")
    cursor = await connection.cursor(
        f"SELECT {_COLUMNS}, {is_due(scope, bound)}{flags} FROM billable_item i WHERE {where} "
        "ORDER BY i.client_id, i.dated_on, i.id",
        *bound.values,
    )
    gathered: list[Candidate] = []
    while rows := await cursor.fetch(_FETCH):
        for row in rows:
            candidate = _candidate(row)
            if gathered and gathered[0].item.client_id != candidate.item.client_id:
                yield gathered
                gathered = []
            gathered.append(candidate)
    if gathered:
        yield gathered


def _candidate(row: Record) -> Candidate:
    values = tuple(row)
    return Candidate(Item._make(values[:ITEM_WIDTH]), values[ITEM_WIDTH:])


async def open_items_of(session: AsyncSession, client_id: UUID) -> list[Item]:
    """Every open item of a client, whenever it is due, by date."""
    connection = await driver(session)
    rows = await connection.fetch(
        f"SELECT {_COLUMNS}, true FROM billable_item i "
        f"WHERE i.tenant_id = $1 AND {_OPEN} AND i.client_id = $2 AND {_NOT_BILLED} ORDER BY i.dated_on, i.id",
        context_of(session).tenant_id,
        client_id,
    )
    return [Item._make(tuple(row)) for row in rows]


async def clients_with_billable_items(session: AsyncSession, scope: Reach) -> dict[UUID, bool]:
    """Each client with an item left after status, ad check and current invoicing: does it require references?"""
    connection = await driver(session)
    bound = _Bound()
    tenant = bound(context_of(session).tenant_id)
    where = f"i.tenant_id = {tenant} AND {_OPEN} AND i.status = 'definitive' AND {_conditions(scope, bound)}"
    if not scope.switches.also_not_checked:
        where += " AND NOT i.ad_check_missing"
    if scope.switches.current_invoicing is not None:
        where += f" AND coalesce(a.current_invoicing, false) = {bound(scope.switches.current_invoicing)}"
    rows = await connection.fetch(
        "SELECT c.id, c.reference_required FROM client c WHERE EXISTS (SELECT FROM billable_item i "
        "LEFT JOIN agreement a ON a.tenant_id = i.tenant_id AND a.id = i.agreement_id "
        f"WHERE {where} AND i.client_id = c.id AND {_NOT_BILLED}) AND c.tenant_id = {tenant}",
        *bound.values,
    )
    return {row[0]: row[1] for row in rows}


async def clients_named(session: AsyncSession, criteria: Criteria) -> set[UUID]:
    """The clients a selection names, also as that of a plan or of an order's plan (MA-INV-14).

    Who only bears a share of an allocation is not named.
    """
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT client_id FROM plan WHERE tenant_id = $1 AND (id = ANY($2) OR id IN "
        "(SELECT plan_id FROM billable_item WHERE tenant_id = $1 AND order_id = ANY($3)))",
        context_of(session).tenant_id,
        list(criteria.plan_ids),
        list(criteria.order_ids),
    )
    return {row[0] for row in rows} | set(criteria.client_ids)


async def unknown_orders(session: AsyncSession, criteria: Criteria) -> set[UUID]:
    """The orders of a selection of which no insertion has ever been told."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT DISTINCT order_id FROM billable_item WHERE tenant_id = $1 AND order_id = ANY($2)",
        context_of(session).tenant_id,
        list(criteria.order_ids),
    )
    return set(criteria.order_ids) - {row[0] for row in rows}


async def splits_by_other_than_campaign(session: AsyncSession, scope: Reach) -> bool:
    """Whether the selection has clients and none of them has its invoices split by campaign (MA-INV-03)."""
    connection = await driver(session)
    bound = _Bound()
    tenant = bound(context_of(session).tenant_id)
    found: bool = await connection.fetchval(
        f"SELECT coalesce(bool_and(c.separate_by <> 'campaign'), false) FROM client c WHERE c.tenant_id = {tenant} "
        f"AND EXISTS (SELECT FROM billable_item i WHERE i.tenant_id = {tenant} AND i.client_id = c.id "
        f"AND {_conditions(scope, bound)})",
        *bound.values,
    )
    return found
