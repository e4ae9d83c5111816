"""Movements of the deduction account become discrepancies: added up, classed by code, told (MA-REC-01, MA-REC-09)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from services.reconciliation.domain.discrepancy import reconciliation_code, usual_codes
from services.reconciliation.repository import ledger
from services.reconciliation.repository.ledger import Entry, Moved, Sums
from shared.events.reconciliation import DiscrepancyChanged, DiscrepancyState, DiscrepancyWrittenOff
from shared.kernel.money import currency
from shared.runtime.db import AsyncSession
from shared.runtime.outbox import record_batch

DiscrepancyEvent = type[DiscrepancyChanged] | type[DiscrepancyWrittenOff]


async def book(
    session: AsyncSession,
    entries: Sequence[Entry],
    currencies: Mapping[UUID, str],
    event: DiscrepancyEvent = DiscrepancyChanged,
) -> None:
    """Add movements, each once however often it is given, and bring the discrepancies of their rows up to date.

    `currencies` are the base currencies of the legal entities.
    """
    if not entries:
        return
    added = await ledger.add_entries(session, entries)
    sums = _summed((entry for entry in entries if entry.id in added), currencies)
    if sums:
        await class_and_tell(session, await ledger.move(session, sums), event)


async def class_and_tell(session: AsyncSession, moved: Sequence[Moved], event: DiscrepancyEvent) -> None:
    """Set anew the codes that nobody set by hand, and tell the discrepancies as they now stand."""
    codes = {one.insertion_id: _code(one) for one in moved}
    stale = [one.insertion_id for one in moved if one.reconciliation_code != codes[one.insertion_id]]
    await ledger.set_codes(session, {insertion_id: codes[insertion_id] for insertion_id in stale})
    await record_batch(session, event, [_state(one, codes[one.insertion_id]) for one in moved])


def _code(one: Moved) -> int | None:
    if one.code_by_hand:
        return one.reconciliation_code
    return reconciliation_code(one.balance, usual_codes(10 ** currency(one.currency).places))


def _summed(entries: Iterable[Entry], currencies: Mapping[UUID, str]) -> list[Sums]:
    sums: dict[UUID, list[int]] = {}
    entity_of: dict[UUID, UUID] = {}
    for entry in entries:
        entity_of[entry.insertion_id] = entry.legal_entity_id
        row = sums.setdefault(entry.insertion_id, [0] * 6)
        match entry.kind:
            case "client":
                row[0] += entry.net_amount
                row[1] += entry.net_net_amount
            case "media":
                row[2] -= entry.net_amount
                row[3] -= entry.net_net_amount
                row[5] += entry.billed_amount
            case _:
                row[4] -= entry.net_net_amount
    return [Sums(id_, entity_of[id_], currencies[entity_of[id_]], *row) for id_, row in sums.items()]


def _state(one: Moved, code: int | None) -> DiscrepancyState:
    exponent = -currency(one.currency).places
    return DiscrepancyState(
        id=one.insertion_id,
        version=one.version,
        insertion_id=one.insertion_id,
        client_id=one.client_id,
        discrepancy_net_amount=Decimal(one.balance.discrepancy_net_amount).scaleb(exponent),
        discrepancy_net_net_amount=Decimal(one.balance.discrepancy_net_net_amount).scaleb(exponent),
        reconciliation_code=code,
    )
