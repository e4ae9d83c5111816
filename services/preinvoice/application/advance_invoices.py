"""Keep advance invoices: whose they are, and what they may be deducted from (MA-PRE-05 to 07, MA-PRE-11 to 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.preinvoice.application.tell_advances import tell_advances
from services.preinvoice.domain.advance import Advance, Scope, check_open, check_scope
from services.preinvoice.domain.campaign import Client
from services.preinvoice.repository.advances import get_advance, save_advances
from services.preinvoice.repository.campaigns import find_client
from services.preinvoice.repository.insertions import fitting
from services.preinvoice.repository.numbers import draw
from shared.events.preinvoice import AdvanceScopeChanged
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

# What decides about deductions; nothing else may not change once the advance invoice is settled.
_DECIDING = ("client_id", "deduct_all", "scopes")


async def open_advance(session: AsyncSession, asked: Mapping[str, Any]) -> Advance:
    """A new advance invoice with the tenant's next number.

    `NotFound("client_not_found")`; `Invalid`: `deduct_all_excludes_scope`, `other_client`, `unknown_reference`.
    """
    client = await known_client(session, asked["client_id"])
    advance = Advance(
        id=new_id(),
        version=1,
        advance_no=0,
        legal_entity_id=client.legal_entity_id,
        currency=client.currency,
        **asked,
    )
    await _check_scope(session, advance)
    (advance_no,) = await draw(session, "advance", 1)
    advance = replace(advance, advance_no=advance_no)
    await save_advances(session, [advance])
    await tell_advances(session, AdvanceScopeChanged, [advance])
    await audit(
        session, action="advance_invoice.opened", entity="advance_invoice", entity_id=advance.id, after={**asked}
    )
    return advance


async def change_advance(session: AsyncSession, advance_id: UUID, version: int, changes: Mapping[str, Any]) -> Advance:
    """Put other values in place; what is not given stays.

    `NotFound`: `advance_invoice_not_found`, `client_not_found`; `StaleVersion`; `NotAllowedNow`: `bill_printed` for
    another client once a bill is printed, `already_settled` and `advance_invoice_locked` for another scope;
    `Invalid` as for a new one.
    """
    before = await get_advance(session, advance_id, lock=True)
    if before.version != version:
        raise StaleVersion
    after = replace(before, **changes)
    if after == before:
        return before
    if any(getattr(after, name) != getattr(before, name) for name in _DECIDING):
        check_open(before)
        after = await _rescoped(session, before, after)
    if after.blocked != before.blocked:
        after = replace(after, scope_version=before.scope_version + 1)
    after = replace(after, version=version + 1)
    await save_advances(session, [after])
    await tell_advances(session, AdvanceScopeChanged, [after])
    await audit(
        session,
        action="advance_invoice.changed",
        entity="advance_invoice",
        entity_id=advance_id,
        before={name: getattr(before, name) for name in changes},
        after=dict(changes),
    )
    return after


async def known_client(session: AsyncSession, client_id: UUID) -> Client:
    """A client; `NotFound("client_not_found")` (MA-PRE-05)."""
    client = await find_client(session, client_id)
    if client is None:
        raise NotFound("client_not_found", "There is no such client.")
    return client


async def _rescoped(session: AsyncSession, before: Advance, after: Advance) -> Advance:
    if after.client_id != before.client_id:
        if any(bill.state != "registered" for bill in before.bills):
            raise NotAllowedNow("bill_printed", "A bill is printed: the client does not change any more.")
        client = await known_client(session, after.client_id)
        after = replace(
            after,
            legal_entity_id=client.legal_entity_id,
            currency=after.currency if after.bills else client.currency,
        )
    await _check_scope(session, after)
    return replace(after, scope_version=before.scope_version + 1)


async def _check_scope(session: AsyncSession, advance: Advance) -> None:
    """The scope is sound and names nothing but what the client has part in (MA-PRE-06, MA-PRE-12)."""
    check_scope(advance.scopes, deduct_all=advance.deduct_all)
    named = [one for position, scope in enumerate(advance.scopes) for one in _named(position, scope)]
    found = await fitting(session, advance.client_id, [(kind, id_, word) for _, kind, id_, word in named])
    faults: Sequence[Fault] = [
        _unknown(position, kind) if not known else _others(position, kind)
        for (position, kind, _, _), (known, fits) in zip(named, found, strict=True)
        if not fits
    ]
    if faults:
        raise Invalid.of(faults)


def _named(position: int, scope: Scope) -> list[tuple[int, str, UUID | None, str]]:
    named: list[tuple[int, str, UUID | None, str]] = []
    if scope.plan_id:
        named.append((position, "plan_id", scope.plan_id, ""))
    if scope.order_id:
        named.append((position, "order_id", scope.order_id, ""))
    if scope.campaign:
        named.append((position, "campaign", None, scope.campaign))
    return named


def _unknown(position: int, kind: str) -> Fault:
    return Fault(f"/scopes/{position}/{kind}", "unknown_reference", "There is no such record.", field=kind)


def _others(position: int, kind: str) -> Fault:
    return Fault(f"/scopes/{position}/{kind}", "other_client", "It belongs to another client.", field=kind)
