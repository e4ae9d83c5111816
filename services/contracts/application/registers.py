"""Creating, changing and importing register records; each tells its whole record (MA-REG)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.repository.rows import Record, TableOf, change, find, insert, insert_new, table_of
from shared.events import contracts as told
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.kernel.money import Money, currency
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_many


@dataclass(frozen=True, slots=True)
class Register:
    """One register: its table, what it tells, and which fields name records of other registers."""

    name: str
    table: TableOf
    told: type[told.RegisterFact]
    references: Mapping[str, TableOf] = field(default_factory=dict)


LEGAL_ENTITY = Register("legal_entity", tables.LegalEntity, told.LegalEntityChanged)
AGENCY = Register("agency", tables.Agency, told.AgencyChanged)
SALESPERSON = Register("salesperson", tables.Salesperson, told.SalespersonChanged)
TAX = Register("tax", tables.Tax, told.TaxChanged)
CLIENT = Register(
    "client",
    tables.Client,
    told.ClientChanged,
    {
        "legal_entity_id": tables.LegalEntity,
        "agency_id": tables.Agency,
        "salesperson_id": tables.Salesperson,
        "tax_id": tables.Tax,
    },
)
STATION = Register("station", tables.Station, told.StationChanged, {"legal_entity_id": tables.LegalEntity})
SUPPLIER = Register("supplier", tables.Supplier, told.SupplierChanged)
MEDIA = Register("media", tables.Media, told.MediaChanged, {"supplier_id": tables.Supplier})
AGREEMENT = Register("agreement", tables.Agreement, told.AgreementChanged)
COPY = Register("copy", tables.Copy, told.CopyChanged, {"client_id": tables.Client})
PLAN = Register("plan", tables.Plan, told.PlanChanged, {"client_id": tables.Client, "agreement_id": tables.Agreement})


def shown(row: Mapping[str, Any]) -> Record:
    """A stored record as doors and events show it: amounts in major units of the record's currency."""
    return {
        name: Money(value, currency(row["currency"])).decimal if name.endswith("_amount") else value
        for name, value in row.items()
    }


def stored(values: Mapping[str, Any]) -> Record:
    """The opposite; `Invalid("amount_precision")` or `Invalid("negative_minimum")` (MA-REG-03)."""
    kept = {
        name: Money.parse(value, currency(values["currency"])).minor if name.endswith("_amount") else value
        for name, value in values.items()
    }
    if kept.get("minimum_amount", 0) < 0:
        raise Invalid.of([Fault("/minimum_amount", "negative_minimum", "A minimum amount is not negative.")])
    return kept


async def create(session: AsyncSession, register: Register, values: Mapping[str, Any]) -> Record:
    """A new record; `NotAllowedNow("duplicate_code")` when the code is taken."""
    record = {"id": new_id(), "version": 1, **stored(values)}
    await _check_references(session, register, record)
    if not await insert_new(session, register.table, [record]):
        raise NotAllowedNow("duplicate_code", "The code is taken.")
    await _tell(session, register, [record])
    await audit(session, action=f"{register.name}.created", entity=register.name, entity_id=record["id"], after=record)
    return record


async def amend(
    session: AsyncSession, register: Register, record_id: UUID, version: int, values: Mapping[str, Any]
) -> Record:
    """Replace a record's values; refuses a stale version, a taken code and unknown references."""
    before = await get(session, register, record_id, lock=True)
    if before["version"] != version:
        raise StaleVersion
    record = {"id": record_id, "version": version + 1, **stored(values)}
    await _check_references(session, register, record)
    if record["code"] != before["code"]:
        table = table_of(register.table)
        if await find(session, register.table, table.c.code == record["code"]):
            raise NotAllowedNow("duplicate_code", "The code is taken.")
    await change(session, register.table, [record])
    await _tell(session, register, [record])
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
    await insert(session, register.table, created)
    await change(session, register.table, changed)
    await _tell(session, register, created + changed)


async def _check_references(session: AsyncSession, register: Register, record: Record) -> None:
    for name, table in register.references.items():
        wanted = record[name]
        if wanted is not None and not await find(session, table, table_of(table).c.id == wanted):
            raise Invalid.of([Fault(f"/{name}", "unknown_reference", "There is no such record.", field=name)])


async def _tell(session: AsyncSession, register: Register, records: Sequence[Record]) -> None:
    await record_many(session, [register.told.model_validate(shown(one)) for one in records])
