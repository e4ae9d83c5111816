"""A radio contract in the database: told to invoicing the way contracts tells it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.application.hear_contracts import keep_contracts, keep_logs, keep_occurrences, keep_spots
from services.invoicing.application.hear_registers import keep_records
from shared.events.contracts import (
    ContractApproved,
    ContractLineState,
    LogReconciled,
    OccurrenceState,
    SpotState,
    StationChanged,
)
from shared.kernel.ids import derived_id, new_id
from shared.kernel.period import Period
from tests.invoicing.world import World

FLIGHT = Period.inclusive(date(2026, 1, 12), date(2026, 2, 15))
PER_WEEKDAY = (2, 2, 2, 2, 2, 1, 0)


@dataclass
class Radio:
    """Station KAAA and the contract of EX-CT-06: 55 units at 55.00, 12 January to 15 February 2026."""

    world: World
    client_id: UUID
    station_id: UUID = field(default_factory=new_id)
    contract_id: UUID = field(default_factory=new_id)
    line_id: UUID = field(default_factory=new_id)
    terms: dict[str, Any] = field(default_factory=dict)
    version: int = 0

    async def open(self) -> "Radio":
        """Tell of the station."""
        station = StationChanged(
            id=self.station_id, code="KAAA", name="Radio KAAA", version=1,
            legal_entity_id=self.world.legal_entity_id, time_zone="UTC",
        )  # fmt: skip
        async with self.world.database.transaction(self.world.context) as session:
            await keep_records(session, [station])
        return self

    async def tell(self, *, lines: Iterable[ContractLineState] = (), **changes: Any) -> None:
        """Tell of the contract as it stands now."""
        self.version += 1
        ordered = {day: PER_WEEKDAY[day.weekday()] for day in FLIGHT.days() if PER_WEEKDAY[day.weekday()]}
        line = ContractLineState(
            id=self.line_id, line_no=1, kind="spots", station_id=self.station_id, start_on=FLIGHT.start_on,
            end_on=FLIGHT.last_on, rate_amount=Decimal("55.00"), quantity=55, total_amount=Decimal("3025.00"),
            ordered=ordered,
        )  # fmt: skip
        values: dict[str, Any] = {
            "id": self.contract_id, "version": self.version, "contract_no": 7001, "state": "active",
            "legal_entity_id": self.world.legal_entity_id, "client_id": self.client_id, "currency": "EUR",
            "billing_cycle": "calendar", "invoice_type": "detail", "discount_percent": Decimal(0),
            "agency_commission_percent": Decimal(0), "sales_commission_percent": Decimal(0),
            "lines": [line, *lines],
        } | self.terms | changes  # fmt: skip
        async with self.world.database.transaction(self.world.context) as session:
            await keep_contracts(session, [ContractApproved(**values)])

    def spot(self, day: date, number: int, **changes: Any) -> SpotState:
        """A unit as ordered, aired at 07:00 on its day."""
        values: dict[str, Any] = {
            "id": derived_id(self.contract_id, day, number), "version": 1, "contract_id": self.contract_id,
            "line_id": self.line_id, "line_no": 1, "station_id": self.station_id, "state": "aired", "target_on": day,
            "log_on": day, "air_time": 420, "length_seconds": 30, "rate_amount": Decimal("55.00"),
        } | changes  # fmt: skip
        return SpotState(**values)

    async def reconcile(self, first: date, last: date, *, version: int = 1, **states: str) -> None:
        """Tell that the logs of these days are reconciled; `states` names units that did not air as "DD_N"."""
        logs = []
        for day in Period.inclusive(first, last).days():
            spots = [
                self.spot(day, number, version=version, state=states.get(f"d{day:%m%d}_{number}", "aired"))
                for number in range(PER_WEEKDAY[day.weekday()] if day in FLIGHT else 0)
            ]
            logs.append(
                LogReconciled(
                    id=derived_id(self.station_id, day), version=version, station_id=self.station_id, air_on=day,
                    state="reconciled", spots=spots,
                )
            )  # fmt: skip
        async with self.world.database.transaction(self.world.context) as session:
            await keep_logs(session, logs)

    async def makegood(self, unit: SpotState, day: date) -> None:
        """Tell that a missed unit aired on another day."""
        aired = unit.model_copy(update={"state": "aired", "log_on": day, "version": unit.version + 1})
        log = LogReconciled(
            id=derived_id(self.station_id, day), version=9, station_id=self.station_id, air_on=day, state="reconciled",
            spots=[aired],
        )  # fmt: skip
        async with self.world.database.transaction(self.world.context) as session:
            await keep_logs(session, [log])

    async def trash(self, unit: SpotState) -> None:
        """Tell that a unit will never run."""
        gone = unit.model_copy(update={"state": "trashed", "version": unit.version + 1})
        async with self.world.database.transaction(self.world.context) as session:
            await keep_spots(session, [gone])

    async def fall_due(self, day: date, amount: str, comment: str = "") -> None:
        """Tell of an off-air amount."""
        one = OccurrenceState(
            id=new_id(), version=1, contract_id=self.contract_id, line_id=self.line_id, line_no=2,
            station_id=self.station_id, due_on=day, state="due", amount=Decimal(amount), comment=comment,
        )  # fmt: skip
        async with self.world.database.transaction(self.world.context) as session:
            await keep_occurrences(session, [one])

    async def invoices(self) -> list[tuple[Any, ...]]:
        """State, variant, period, items and gross of the contract's invoices that are not removed."""
        rows = await self.world.rows(
            "SELECT state, variant, period_from, period_to, line_count, gross_amount FROM invoice "
            "WHERE contract_id = $1 AND state <> 'removed' AND reverses_id IS NULL AND reversed_by_id IS NULL "
            "ORDER BY period_from, variant",
            self.contract_id,
        )
        return [tuple(row.values()) for row in rows]


def january(day: int) -> date:
    """A day of the contract's first month."""
    return date(2026, 1, day)


def february(day: int) -> date:
    """A day of its second month."""
    return date(2026, 1, 31) + timedelta(days=day)
