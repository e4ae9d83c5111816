"""When insertions fall in a period, as SQL: by their own date, or by the first or last of their plan or order.

MA-REG-07, MA-REG-10, MA-INV-10. A condition is only as long as the tenant's agreements and media make it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.criteria import Criteria, Switches
from shared.runtime.db import AsyncSession, context_of, driver

Bind = Callable[[Any], str]
_OF_GROUP = (
    "(SELECT g.dated_on FROM billable_item g WHERE g.tenant_id = i.tenant_id AND g.{group} = i.{group} "
    "AND g.origin = 'insertion' AND g.status <> 'cancelled' ORDER BY g.dated_on {order} LIMIT 1)"
)
# The date that decides, by the agreement's timing.
_DECIDING = {
    "plan_first": _OF_GROUP.format(group="plan_id", order="ASC"),
    "plan_last": _OF_GROUP.format(group="plan_id", order="DESC"),
    "order_last": _OF_GROUP.format(group="order_id", order="DESC"),
}


class Calendar(NamedTuple):
    """Agreements that do not bill each insertion when due, by their timing; media by the days they look ahead."""

    agreements: Mapping[str, Sequence[UUID]]
    media: Mapping[int, Sequence[UUID]]


class Reach(NamedTuple):
    """What a run looks at: its criteria, its switches, and the calendar they are read by."""

    criteria: Criteria
    switches: Switches
    calendar: Calendar


async def calendar(session: AsyncSession) -> Calendar:
    """The tenant's calendar as its registers stand now."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    agreements = await connection.fetch(
        "SELECT timing, array_agg(id) FROM agreement WHERE tenant_id = $1 AND timing <> 'insertion' GROUP BY timing",
        tenant,
    )
    media = await connection.fetch(
        "SELECT look_ahead_days, array_agg(id) FROM media WHERE tenant_id = $1 AND look_ahead_days > 0 "
        "GROUP BY look_ahead_days",
        tenant,
    )
    return Calendar(dict(map(tuple, agreements)), dict(map(tuple, media)))


def is_due(scope: Reach, bind: Bind) -> str:
    """Whether item `i`, which the run looks at, is due by the date that its agreement's timing goes by."""
    if not _bends(scope):
        return "true"
    timed = [
        f"WHEN i.agreement_id = ANY({bind(list(ids))}) THEN {_in_period(_DECIDING[timing], scope, bind)}"
        for timing, ids in scope.calendar.agreements.items()
    ]
    return f"CASE {' '.join(timed)} ELSE {_in_period('i.dated_on', scope, bind)} END"


def is_looked_at(scope: Reach, bind: Bind) -> str:
    """Whether a run looks at item `i`: its own date lies in the period, or it is due by its plan's or order's.

    What lies in the period and is not due yet is told with its reason, not passed over.
    """
    own = _in_period("i.dated_on", scope, bind)
    return f"({own} OR {is_due(scope, bind)})" if _bends(scope) else own


def _bends(scope: Reach) -> bool:
    """Whether any agreement goes by other dates, and there is a period to compare them with."""
    return bool(scope.calendar.agreements and (scope.criteria.from_on or scope.criteria.to_on))


def _in_period(day: str, scope: Reach, bind: Bind) -> str:
    criteria, found = scope.criteria, []
    if criteria.from_on:
        found.append(f"{day} >= {bind(criteria.from_on)}")
    if criteria.to_on:
        found.append(_until(day, criteria.to_on, scope, bind))
    return " AND ".join(found) or "true"


def _until(day: str, to_on: date, scope: Reach, bind: Bind) -> str:
    """Current invoicing reaches further for media that look ahead."""
    ends = [f"{day} <= {bind(to_on)}"]
    if scope.switches.current_invoicing:
        ends += [
            f"(i.media_id = ANY({bind(list(ids))}) AND {day} <= {bind(to_on + timedelta(days=days))})"
            for days, ids in scope.calendar.media.items()
        ]
    return ends[0] if len(ends) == 1 else f"({' OR '.join(ends)})"
