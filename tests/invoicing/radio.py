"""A radio contract in the database: told to invoicing the way contracts tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.hear_airing import keep_logs, keep_occurrences, keep_spots
from services.invoicing.application.hear_contracts import keep_contracts
from services.invoicing.application.hear_registers import keep_records
from services.invoicing.application.issue_contract_invoice import issue_contract_invoice
from shared.events.contracts import (
    ContractApproved,
    ContractLineState,
    ContractState,
    LogReconciled,
    LogState,
    OccurrenceState,
    RegisterFact,
    SpotState,
    StationChanged,
    TaxChanged,
)
from shared.kernel.ids import derived_id, new_id
from shared.kernel.period import Period
from tests.invoicing.world import World

FLIGHT = Period.inclusive(date(2026, 1, 12), date(2026, 2, 15))
PER_WEEKDAY = (2, 2, 2, 2, 2, 1, 0)
APPROVED_AT = datetime(2026, 1, 9, 10, tzinfo=UTC)


@dataclass
class Radio:
    """Station KAAA and the contract of EX-CT-06: 55 units at 55.00, 12 January to 15 February 2026."""

    world: World
    client_id: UUID
    station_id: UUID = field(default_factory=new_id)
    contract_id: UUID = field(default_factory=new_id)
    line_id: UUID = field(default_factory=new_id)
    terms: dict[str, Any] = field(default_factory=dict)
    line_changes: dict[str, Any] = field(default_factory=dict)
    version: int = 0

    async def open(self, **texts: str) -> "Radio":
        """Tell of the station."""
        await self.record(
            StationChanged(
                id=self.station_id, code="KAAA", name="Radio KAAA", version=1,
                legal_entity_id=self.world.legal_entity_id, time_zone="UTC", **texts,
            )
        )  # fmt: skip
        return self

    async def record(self, *facts: RegisterFact) -> None:
        """Tell of records of registers, each of another one."""
        for fact in facts:
            async with self.world.database.transaction(self.world.context) as session:
                await keep_records(session, [fact])

    def line(self, **changes: Any) -> ContractLineState:
        """The line of EX-CT-06."""
        ordered = {day: PER_WEEKDAY[day.weekday()] for day in FLIGHT.days() if PER_WEEKDAY[day.weekday()]}
        values: dict[str, Any] = {
            "id": self.line_id, "line_no": 1, "kind": "spots", "station_id": self.station_id,
            "start_on": FLIGHT.start_on, "end_on": FLIGHT.last_on, "start_time": 360, "end_time": 600,
            "length_seconds": 30, "rate_amount": Decimal("55.00"), "quantity": 55, "total_amount": Decimal("3025.00"),
            "ordered": ordered, "approved_at": APPROVED_AT,
        }  # fmt: skip
        return ContractLineState(**values | changes)

    def extra(self, line_no: int, ordered: Mapping[date, int], rate: str, **changes: Any) -> ContractLineState:
        """A further line; its id follows from its number."""
        quantity = sum(ordered.values())
        return self.line(
            id=derived_id(self.contract_id, line_no), line_no=line_no, start_on=min(ordered), end_on=max(ordered),
            rate_amount=Decimal(rate), quantity=quantity, total_amount=Decimal(rate) * quantity, ordered=dict(ordered),
            **changes,
        )  # fmt: skip

    async def tell(
        self, told: type[ContractState] = ContractApproved, *, lines: Sequence[ContractLineState] = (), **changes: Any
    ) -> None:
        """Tell of the contract as it stands now."""
        self.version += 1
        values: dict[str, Any] = {
            "id": self.contract_id, "version": self.version, "contract_no": 7001, "state": "active",
            "legal_entity_id": self.world.legal_entity_id, "client_id": self.client_id, "currency": "EUR",
            "billing_cycle": "calendar", "invoice_type": "detail", "discount_percent": Decimal(0),
            "agency_commission_percent": Decimal(0), "sales_commission_percent": Decimal(0),
            "approved_at": APPROVED_AT, "lines": [self.line(**self.line_changes), *lines],
        } | self.terms | changes  # fmt: skip
        async with self.world.database.transaction(self.world.context) as session:
            await keep_contracts(session, [told(**values)])

    def spot(self, day: date, number: int, **changes: Any) -> SpotState:
        """A unit as ordered, aired at 07:00 on its day."""
        values: dict[str, Any] = {
            "id": derived_id(self.contract_id, day, number), "version": 1, "contract_id": self.contract_id,
            "line_id": self.line_id, "line_no": 1, "station_id": self.station_id, "state": "aired", "target_on": day,
            "log_on": day, "air_time": 420, "length_seconds": 30, "rate_amount": Decimal("55.00"),
        } | changes  # fmt: skip
        return SpotState(**values)

    def units(self, day: date) -> list[SpotState]:
        """The units ordered for a day, aired."""
        return [self.spot(day, number) for number in range(PER_WEEKDAY[day.weekday()] if day in FLIGHT else 0)]

    async def reconcile(self, first: date, last: date, *, version: int = 1, **states: str) -> None:
        """Tell that the logs of these days are reconciled; `states` names units that did not air as "dMMDD_N"."""
        for day in Period.inclusive(first, last).days():
            spots = [
                self.spot(day, number, version=version, state=states.get(f"d{day:%m%d}_{number}", "aired"))
                for number, _ in enumerate(self.units(day))
            ]
            await self.tell_log(day, spots, version=version)

    async def tell_log(
        self, day: date, spots: Sequence[SpotState], *, version: int = 1, state: str = "reconciled"
    ) -> None:
        """Tell of one log; as reconciled, unless said otherwise."""
        values = {
            "id": derived_id(self.station_id, day), "version": version, "station_id": self.station_id, "air_on": day,
            "spots": spots,
        }  # fmt: skip
        log = LogReconciled(**values, state=state) if state == "reconciled" else LogState(**values, state=state)
        async with self.world.database.transaction(self.world.context) as session:
            await keep_logs(session, [log])

    async def makegood(self, unit: SpotState, day: date) -> None:
        """Tell that a missed unit aired on another day, together with what was ordered for that day."""
        aired = unit.model_copy(update={"state": "aired", "log_on": day, "version": unit.version + 1})
        await self.tell_log(day, [*self.units(day), aired], version=9)

    async def trash(self, *units: SpotState) -> None:
        """Tell that units will never run."""
        gone = [unit.model_copy(update={"state": "trashed", "version": unit.version + 1}) for unit in units]
        async with self.world.database.transaction(self.world.context) as session:
            await keep_spots(session, gone)

    async def fall_due(self, day: date, amount: str, comment: str = "", **changes: Any) -> None:
        """Tell of an off-air amount of line 2."""
        values: dict[str, Any] = {
            "id": derived_id(self.contract_id, "occurrence", day), "version": 1, "contract_id": self.contract_id,
            "line_id": derived_id(self.contract_id, 2), "line_no": 2, "station_id": self.station_id, "due_on": day,
            "state": "due", "amount": Decimal(amount), "comment": comment,
        } | changes  # fmt: skip
        async with self.world.database.transaction(self.world.context) as session:
            await keep_occurrences(session, [OccurrenceState(**values)])

    async def issue(self, position: int = 0, *, now: datetime = APPROVED_AT) -> str:
        """Approve the contract's open invoice at this position by period; its number."""
        open_ones = await self.world.rows(
            "SELECT id FROM invoice WHERE contract_id = $1 AND state IN ('gathering', 'pending') "
            "ORDER BY period_from, period_to",
            self.contract_id,
        )
        async with self.world.database.transaction(self.world.context) as session:
            return (await issue_contract_invoice(session, open_ones[position]["id"], now=now)).invoice_no

    async def reverse(self, invoice_no: str, *, on: date = date(2026, 3, 2)) -> str:
        """Reverse an approved invoice; the credit note's number."""
        async with self.world.database.transaction(self.world.context) as session:
            return (
                await credit_invoice(session, await self.id_of(invoice_no), block=False, reason="to correct", on=on)
            ).invoice_no

    async def id_of(self, invoice_no: str) -> UUID:
        """The id of a numbered document."""
        (row,) = await self.world.rows("SELECT id FROM invoice WHERE invoice_no = $1", invoice_no)
        return row["id"]

    async def invoices(self) -> list[tuple[Any, ...]]:
        """State, variant, period, items and gross of the contract's invoices that are not removed."""
        rows = await self.world.rows(
            "SELECT state, variant, period_from, period_to, line_count, gross_amount FROM invoice "
            "WHERE contract_id = $1 AND state <> 'removed' AND reverses_id IS NULL AND reversed_by_id IS NULL "
            "AND credits_id IS NULL ORDER BY period_from, period_to, variant",
            self.contract_id,
        )
        return [tuple(row.values()) for row in rows]

    async def told(self, prefix: str = "invoicing.invoice.") -> list[tuple[str, dict[str, Any]]]:
        """The events told so far whose type begins so: what happened, and the data."""
        rows = await self.world.rows(
            "SELECT routing_key, envelope -> 'data' AS data FROM outbox WHERE starts_with(routing_key, $1) "
            "AND routing_key NOT LIKE '%invoice_line%' ORDER BY seq",
            prefix,
        )
        return [(row["routing_key"].split(".")[2], row["data"]) for row in rows]


def january(day: int) -> date:
    """A day of the contract's first month."""
    return date(2026, 1, day)


def february(day: int) -> date:
    """A day of its second month."""
    return date(2026, 1, 31) + timedelta(days=day)


JANUARY, FEBRUARY = (january(1), january(31)), (february(1), february(28))


def sales_tax(id_: UUID, version: int, percent: str) -> TaxChanged:
    """A tax at a percentage."""
    return TaxChanged(id=id_, code="QC", name="Sales tax", version=version, percent=Decimal(percent))
