"""Book discrepancies away, and undo it: one voucher for all rows, the rows and the voucher name each other."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.reconciliation.application.book import book
from services.reconciliation.application.post import Voucher, post
from services.reconciliation.domain.posting import WRITE_OFF_ACCOUNTS, check_account, write_off_voucher
from services.reconciliation.domain.write_off import amount_to_undo, amount_to_write_off, check_open
from services.reconciliation.repository import ledger, write_offs
from services.reconciliation.repository.ledger import Entry, Moved
from services.reconciliation.repository.registers import LegalEntity, legal_entities
from services.reconciliation.repository.write_offs import WriteOff
from shared.events.reconciliation import DiscrepancyWrittenOff
from shared.kernel.errors import Fault, Invalid, NotAllowedNow
from shared.kernel.ids import derived_id, new_id
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession, context_of


async def write_off(
    session: AsyncSession,
    wanted: Mapping[UUID, Decimal | None],
    *,
    account: str,
    on: date,
    reason: str,
    now: datetime,
) -> UUID:
    """Book away what is open of these insertions, or less where an amount in major units is given (MA-REC-15, 16).

    `Invalid`: `unknown_reference`, `no_discrepancy` naming the rows, `amount_required`, `exceeds_discrepancy`,
    `bad_account`, `mixed_legal_entity`. A refusal books nothing.
    """
    check_account(account, WRITE_OFF_ACCOUNTS)
    found = await ledger.lock_discrepancies(session, wanted)
    _check_known(wanted, found)
    check_open({id_: one.balance.discrepancy_net_net_amount for id_, one in found.items()})
    amounts = {
        id_: amount_to_write_off(one.balance.discrepancy_net_net_amount, _minor(wanted[id_], one.currency))
        for id_, one in found.items()
    }
    entity = await _entity(session, [one.legal_entity_id for one in found.values()])
    return await _book_away(session, amounts, entity, account=account, on=on, reason=reason, now=now)


async def undo_write_off(
    session: AsyncSession,
    write_off_id: UUID,
    wanted: Mapping[UUID, Decimal | None] | None,
    *,
    on: date,
    reason: str,
    now: datetime,
) -> UUID:
    """The opposite booking on its own date: all that is left of a write-off, or some rows and amounts (MA-REC-17).

    `NotAllowedNow`: `is_reversal`, `already_reversed`; `Invalid`: `unknown_reference`, `amount_required`,
    `exceeds_write_off`.
    """
    original = await write_offs.lock(session, write_off_id)
    if original is None:
        raise Invalid.of([Fault("/write_off_id", "unknown_reference", "There is no such write-off.", "write_off")])
    if original.reverses_id is not None:
        raise NotAllowedNow("is_reversal", "The undoing of a write-off is not undone again; write off anew.")
    left = await write_offs.left_of(session, write_off_id)
    if not any(left.values()):
        raise NotAllowedNow("already_reversed", "All of the write-off is undone already.")
    if wanted is None:
        wanted = {id_: None for id_, amount in left.items() if amount}
    if unknown := [id_ for id_ in wanted if id_ not in left]:
        raise Invalid.of([_unknown(id_) for id_ in unknown])
    await ledger.lock_discrepancies(session, wanted)
    amounts = {id_: -amount_to_undo(left[id_], _minor(amount, original.currency)) for id_, amount in wanted.items()}
    entity = await _entity(session, [original.legal_entity_id])
    return await _book_away(
        session, amounts, entity, account=original.account, on=on, reason=reason, now=now, reverses_id=write_off_id
    )


async def _book_away(
    session: AsyncSession,
    amounts: Mapping[UUID, int],
    entity: LegalEntity,
    *,
    account: str,
    on: date,
    reason: str,
    now: datetime,
    reverses_id: UUID | None = None,
) -> UUID:
    write_off_id = new_id()
    entries = [_entry(write_off_id, insertion_id, amount, entity, on) for insertion_id, amount in amounts.items()]
    await book(session, entries, {entity.id: entity.currency}, DiscrepancyWrittenOff)
    postings = write_off_voucher(sorted(amounts.items()), account)
    posted = await post(session, [Voucher("write_off", write_off_id, entity, on, postings)])
    stored = WriteOff(
        write_off_id, entity.id, on, account, entity.currency, reason, posted[write_off_id].id, reverses_id,
        context_of(session).actor, now,
    )  # fmt: skip
    await write_offs.add(session, stored, amounts)
    return write_off_id


def _entry(write_off_id: UUID, insertion_id: UUID, amount: int, entity: LegalEntity, on: date) -> Entry:
    return Entry(
        id=derived_id("write_off", write_off_id, insertion_id),
        insertion_id=insertion_id,
        legal_entity_id=entity.id,
        kind="write_off",
        source_id=write_off_id,
        accounting_on=on,
        net_amount=0,
        net_net_amount=-amount,
    )


def _minor(amount: Decimal | None, code: str) -> int | None:
    return None if amount is None else Money.parse(amount, currency(code)).minor


def _check_known(wanted: Mapping[UUID, object], found: Mapping[UUID, Moved]) -> None:
    if unknown := [id_ for id_ in wanted if id_ not in found]:
        raise Invalid.of([_unknown(id_) for id_ in unknown])


def _unknown(insertion_id: UUID) -> Fault:
    message = "There is no such row."
    return Fault("/rows", "unknown_reference", message, "insertion", str(insertion_id))


async def _entity(session: AsyncSession, ids: Sequence[UUID]) -> LegalEntity:
    if len(set(ids)) > 1:
        raise Invalid("mixed_legal_entity", "All rows of a write-off belong to one legal entity.")
    return (await legal_entities(session, ids))[ids[0]]
