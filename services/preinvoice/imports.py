"""The CSV files preinvoice takes: delivery reports, a line a record."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.preinvoice.application.record_delivery import record_delivery
from services.preinvoice.domain.campaign import Metric
from services.preinvoice.domain.delivery_report import Per, Report, Source, report_faults
from services.preinvoice.repository.campaigns import items_by_code
from services.preinvoice.repository.deliveries import ReportKey, revisions
from shared.events.examples import example
from shared.events.fields import Code, Day, Shape, Text
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession
from shared.runtime.imports import ImportKind, Imports, Outcome

_OF_REPORT = ("campaign_code", "item_line_no", "metric", "source", "report_no")
_HEADER = ("revision", "per", "covers_from", "covers_through")
# Lax on purpose: every cell is text. What is below zero is told by its rule.
_Count = Annotated[int, Field(ge=-(10**12), le=10**12)]


class DeliveryLine(Shape):
    """delivery.csv: a line without a day says only what its report covers."""

    model_config = example(
        campaign_code="2026-114-W",
        item_line_no="1",
        metric="impressions",
        source="ad_server",
        report_no="2026-10",
        covers_from="2026-10-01",
        covers_through="2026-10-31",
        on="2026-10-01",
        quantity="48210",
    )

    campaign_code: Code
    item_line_no: Annotated[int, Field(ge=1, le=1_000_000)]
    metric: Metric
    source: Source
    report_no: Text(100, 1)  # type: ignore[valid-type]
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] = 1
    per: Per = "day"
    covers_from: Day
    covers_through: Day
    on: Day | None = None
    quantity: _Count | None = None


Records = Mapping[tuple[str, ...], list[DeliveryLine]]


async def _compare(session: AsyncSession, rows: Sequence[DeliveryLine]) -> list[Outcome]:
    items = await _items(session, rows)
    known = await revisions(session, list(items.values()))
    faults = {key: _fault(lines) for key, lines in _by_report(rows).items()}

    def outcome(row: DeliveryLine) -> Outcome:
        item_id = items.get((row.campaign_code, row.item_line_no))
        if item_id is None:
            return Outcome.refused("unknown_reference", "There is no such campaign item.", "item_line_no")
        if fault := faults[_key(row)]:
            return fault
        before = known.get(_stored_key(item_id, row))
        if before is None:
            return Outcome("create")
        return Outcome("update") if before < row.revision else Outcome("unchanged")

    return [outcome(row) for row in rows]


async def _apply(session: AsyncSession, rows: Sequence[DeliveryLine], now: datetime) -> None:
    items = await _items(session, rows)
    reports = [
        (items[lines[0].campaign_code, lines[0].item_line_no], _report(lines)) for lines in _by_report(rows).values()
    ]
    await record_delivery(session, reports, now=now)


async def _items(session: AsyncSession, rows: Sequence[DeliveryLine]) -> dict[tuple[str, int], UUID]:
    return await items_by_code(session, {row.campaign_code for row in rows})


def _by_report(rows: Sequence[DeliveryLine]) -> Records:
    found: dict[tuple[str, ...], list[DeliveryLine]] = {}
    for row in rows:
        found.setdefault(_key(row), []).append(row)
    return found


def _key(row: DeliveryLine) -> tuple[str, ...]:
    return tuple(str(getattr(row, column)) for column in _OF_REPORT)


def _stored_key(item_id: UUID, row: DeliveryLine) -> ReportKey:
    return item_id, row.metric, row.source, row.report_no


def _fault(lines: Sequence[DeliveryLine]) -> Outcome | None:
    """What is wrong with a report: its lines disagree about it, a day lacks its quantity, or what no report may say."""
    for column in _HEADER:
        if len({getattr(line, column) for line in lines}) > 1:
            return Outcome.refused("pi_e_25", f"{column}: the lines of one report disagree.", column)
    if any((line.on is None) != (line.quantity is None) for line in lines):
        return Outcome.refused("pi_e_25", "A day goes with a quantity.", "quantity")
    found = report_faults(lines[0].covers_from, lines[0].covers_through, lines[0].per, _records(lines))
    return Outcome.refused(found[0].code, found[0].message, found[0].field) if found else None


def _report(lines: Sequence[DeliveryLine]) -> Report:
    first = lines[0]
    covers = Period.inclusive(first.covers_from, first.covers_through)
    return Report(first.metric, first.source, first.report_no, first.revision, first.per, covers, dict(_records(lines)))


def _records(lines: Sequence[DeliveryLine]) -> list[tuple[date, int]]:
    return [(line.on, line.quantity) for line in lines if line.on is not None and line.quantity is not None]


IMPORTS: Imports = {"delivery": ImportKind("delivery", DeliveryLine, (*_OF_REPORT, "on"), _compare, _apply, _OF_REPORT)}
