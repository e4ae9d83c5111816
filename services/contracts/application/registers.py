"""Creating, changing and importing register records; each tells its whole record (MA-REG)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.taxes import check_tax, close_merged, follow_merger
from services.contracts.domain.register import check_copy
from services.contracts.repository.rows import Record, TableOf, change, find, insert, insert_new, table_of
from shared.events import contracts as told
from shared.kernel.errors import BillingError, Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many

# Records of other registers that a record names, by id.
Named = Mapping[UUID, Record]
Sound = Callable[[Mapping[str, Any]], None]
Allowed = Callable[[AsyncSession, Record | None, Record, Named], Awaitable[None]]
Followed = Callable[[AsyncSession, Record, Record], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Taken:
    """Values a record takes from the record it names: own field → field of that record.

    While none is named the values of `otherwise` hold; a field that is not among them is the record's own to state.
    """

    values: Mapping[str, str]
    otherwise: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Register:
    """One register: its table, what it tells, which fields name records of other registers, and its rules."""

    name: str
    table: TableOf
    told: type[told.RegisterFact]
    references: Mapping[str, TableOf] = field(default_factory=dict)
    taken: Mapping[str, Taken] = field(default_factory=dict)
    # The refusal of an unknown reference, where a rule has its own.
    unknown: Mapping[str, Callable[[], BillingError]] = field(default_factory=dict)
    # Refuses values that no saved record may hold.
    sound: Sound | None = None
    # Refuses a change from one record to another, or completes it; a new record has none before it.
    allowed: Allowed | None = None
    # Carries a change on to what depends on the record.
    followed: Followed | None = None


LEGAL_ENTITY = Register("legal_entity", tables.LegalEntity, told.LegalEntityChanged)
AGENCY = Register("agency", tables.Agency, told.AgencyChanged)
SALESPERSON = Register("salesperson", tables.Salesperson, told.SalespersonChanged)
TAX = Register(
    "tax",
    tables.Tax,
    told.TaxChanged,
    {"merged_into_id": tables.Tax},
    sound=check_tax,
    allowed=close_merged,
    followed=follow_merger,
)
CONFLICT = Register("conflict", tables.Conflict, told.ConflictChanged)
REVENUE_SOURCE = Register("revenue_source", tables.RevenueSource, told.RevenueSourceChanged)
REVENUE_TYPE = Register("revenue_type", tables.RevenueType, told.RevenueTypeChanged)
STATION_GROUP = Register("station_group", tables.StationGroup, told.StationGroupChanged)
STATION = Register(
    "station",
    tables.Station,
    told.StationChanged,
    {"legal_entity_id": tables.LegalEntity, "group_id": tables.StationGroup},
)
COPY = Register(
    "copy",
    tables.Copy,
    told.CopyChanged,
    {"client_id": tables.Client, "station_ids": tables.Station},
    sound=check_copy,
)


def shown(row: Mapping[str, Any]) -> Record:
    """A stored record as doors and events show it: amounts in major units of the record's currency."""
    return {
        name: Money(value, currency(row["currency"])).decimal if _is_amount(name, value) else value
        for name, value in row.items()
    }


def stored(values: Mapping[str, Any]) -> Record:
    """The opposite; `Invalid("amount_precision")`. Lists and parts are as the database gives them back."""
    return {
        name: _minor(name, value, values) if _is_amount(name, value) else plain(value) for name, value in values.items()
    }


def plain(value: Any) -> Any:
    """A value as it comes back from a JSON column, where decimals and ids are text; any other stays."""
    if isinstance(value, dict):
        return {name: _text(member) for name, member in value.items()}
    return [_text(member) for member in value] if isinstance(value, list) else value


async def create(session: AsyncSession, register: Register, values: Mapping[str, Any], given: Set[str]) -> Record:
    """A new record; `given` are the fields its caller stated. `NotAllowedNow("duplicate_code")` for a taken code."""
    record = {"id": new_id(), "version": 1, **await completed(session, register, None, values, given)}
    if not await insert_new(session, register.table, [record]):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    await tell(session, register, [record])
    await audit(session, action=f"{register.name}.created", entity=register.name, entity_id=record["id"], after=record)
    return record


async def amend(
    session: AsyncSession, register: Register, record_id: UUID, version: int, given: Mapping[str, Any]
) -> Record:
    """Change the given values of a record; refuses a stale version, a taken code and unknown references."""
    before = await get(session, register, record_id, lock=True)
    if before["version"] != version:
        raise StaleVersion
    values = {name: value for name, value in shown(before).items() if name not in ("tenant_id", "id", "version")}
    record = {
        "id": record_id,
        "version": version + 1,
        **await completed(session, register, before, {**values, **given}, set(given)),
    }
    if record["code"] != before["code"]:
        table = table_of(register.table)
        if await find(session, register.table, table.c.code == record["code"]):
            raise NotAllowedNow("duplicate_code", "The code is taken.")
    await change(session, register.table, [record])
    await tell(session, register, [record])
    if register.followed:
        await register.followed(session, before, record)
    changed = {name for name, value in record.items() if before[name] != value}
    await audit(
        session,
        action=f"{register.name}.changed",
        entity=register.name,
        entity_id=record_id,
        before={name: before[name] for name in changed},
        after={name: record[name] for name in changed},
    )
    return record


async def completed(
    session: AsyncSession, register: Register, before: Record | None, values: Mapping[str, Any], given: Set[str]
) -> Record:
    """The values as they are stored, with what is taken from other records; refused where a rule refuses them."""
    named = await _named(session, register, values)
    record = complete(register, values, given, named)
    if register.allowed:
        await register.allowed(session, before, record, named)
    return record


def complete(register: Register, values: Mapping[str, Any], given: Set[str], named: Named) -> Record:
    """The values as they are stored, with what they take from the records they name."""
    made = dict(values)
    for name, taken in register.taken.items():
        if made[name] is None:
            made |= taken.otherwise
            continue
        source = named[made[name]]
        for own, theirs in taken.values.items():
            if own in given and made[own] not in (None, source[theirs]):
                message = "The value comes from the record that is named beside it."
                raise Invalid.of([Fault(f"/{own}", "invalid_value", message, field=own)])
            made[own] = source[theirs]
    record = stored(made)
    if register.sound:
        register.sound(record)
    return record


async def get(session: AsyncSession, register: Register, record_id: UUID, *, lock: bool = False) -> Record:
    """One record, or `NotFound("not_found")`."""
    found = await find(session, register.table, table_of(register.table).c.id == record_id, lock=lock)
    if not found:
        raise NotFound("not_found", "There is no such record.")
    return found[0]


async def by_code(session: AsyncSession, table: TableOf, codes: Sequence[str]) -> dict[str, Record]:
    """The records with these codes."""
    return {row["code"]: row for row in await find(session, table, table_of(table).c.code.in_(set(codes)))}


async def save_all(session: AsyncSession, register: Register, created: list[Record], changed: list[Record]) -> None:
    """New records, and changed ones with their ids and versions, as a file brings them."""
    table = table_of(register.table)
    before = {row["id"]: row for row in await find(session, register.table, table.c.id.in_([r["id"] for r in changed]))}
    await insert(session, register.table, created)
    await change(session, register.table, changed)
    await tell(session, register, created + changed)
    if register.followed:
        for record in changed:
            await register.followed(session, before[record["id"]], record)


async def tell(session: AsyncSession, register: Register, records: Sequence[Record]) -> None:
    """Tell whole records."""
    await record_many(session, [register.told.model_validate(shown(one)) for one in records])


async def _named(session: AsyncSession, register: Register, values: Mapping[str, Any]) -> dict[UUID, Record]:
    named: dict[UUID, Record] = {}
    for name, table in register.references.items():
        value = values[name]
        wanted = {UUID(str(one)) for one in (value if isinstance(value, list) else [value]) if one is not None}
        found = await find(session, table, table_of(table).c.id.in_(wanted)) if wanted else []
        if len(found) < len(wanted):
            if name in register.unknown:
                raise register.unknown[name]()
            raise Invalid.of([Fault(f"/{name}", "unknown_reference", "There is no such record.", field=name)])
        named |= {row["id"]: row for row in found}
    return named


def _is_amount(name: str, value: Any) -> bool:
    return name.endswith("_amount") and value is not None


def _minor(name: str, value: Any, values: Mapping[str, Any]) -> int:
    if not values["currency"]:
        raise Invalid.of([Fault(f"/{name}", "invalid_value", "An amount needs its currency.", field=name)])
    return Money.parse(value, currency(values["currency"]), f"/{name}").minor


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, UUID) else plain(value)
