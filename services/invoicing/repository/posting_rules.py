"""Accounts by role, accounting periods, and the media types that have accounts of their own (MA-GEN-07)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.domain.accounts import AccountPlan, Area, OwnAccounts
from services.invoicing.domain.charges import Charges
from shared.kernel.money import Money, currency
from shared.kernel.period import Period
from shared.runtime.bulk import exact
from shared.runtime.db import AsyncSession, context_of, driver

Record = dict[str, Any]
_LOCK = "hashtextextended('accounting_periods' || $1, 0)"


async def hold_periods(session: AsyncSession, legal_entity_ids: Iterable[UUID]) -> None:
    """Until the transaction ends nobody closes a period of these; others may post meanwhile."""
    connection = await driver(session)
    for one in sorted(legal_entity_ids):
        await connection.execute(f"SELECT pg_advisory_xact_lock_shared({_LOCK})", str(one))


async def keep_others_from_posting(session: AsyncSession, legal_entity_id: UUID) -> None:
    """Wait for the postings under way; until the transaction ends no other begins."""
    connection = await driver(session)
    await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})", str(legal_entity_id))


async def closed_periods(session: AsyncSession, legal_entity_ids: Iterable[UUID]) -> dict[UUID, list[Period]]:
    """The closed periods of each legal entity; its parameter may close every day up to one."""
    ids = list(legal_entity_ids)
    connection, tenant = await driver(session), context_of(session).tenant_id
    rows = await connection.fetch(
        "SELECT legal_entity_id, from_on, to_on FROM accounting_period "
        "WHERE tenant_id = $1 AND legal_entity_id = ANY($2) AND state = 'closed' "
        "UNION ALL SELECT id, '0001-01-01', (stated ->> 'closed_through')::date FROM parameter "
        "WHERE tenant_id = $1 AND id = ANY($2) AND stated ->> 'closed_through' IS NOT NULL",
        tenant,
        ids,
    )
    closed: dict[UUID, list[Period]] = {}
    for legal_entity_id, from_on, to_on in rows:
        closed.setdefault(legal_entity_id, []).append(Period.inclusive(from_on, to_on))
    return closed


async def account_plans(session: AsyncSession, legal_entity_ids: Iterable[UUID]) -> dict[UUID, AccountPlan]:
    """The accounts of these legal entities, as their parameters and the media types state them."""
    ids = list(legal_entity_ids)
    connection, tenant = await driver(session), context_of(session).tenant_id
    own = {
        row[0]: OwnAccounts(row[1], row[2])
        for row in await connection.fetch(
            "SELECT id, sales_account, cost_account FROM media_type WHERE tenant_id = $1", tenant
        )
    }
    rows = await connection.fetch("SELECT id, stated FROM parameter WHERE tenant_id = $1 AND id = ANY($2)", tenant, ids)
    stated = {row[0]: row[1] for row in rows}
    return {id_: _plan(stated.get(id_, {}), own) for id_ in ids}


async def charges(session: AsyncSession) -> dict[UUID, Charges]:
    """What each legal entity's parameters make of its media invoices."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT e.id, e.currency, e.vat_percent, p.stated FROM legal_entity e "
        "JOIN parameter p ON p.tenant_id = e.tenant_id AND p.id = e.id WHERE e.tenant_id = $1",
        context_of(session).tenant_id,
    )
    return {row["id"]: _charges(row["currency"], exact(row["vat_percent"]), row["stated"]) for row in rows}


async def keeps_general_text(session: AsyncSession, legal_entity_ids: Iterable[UUID]) -> bool:
    """Whether all of these legal entities, or without any all of the tenant's, keep the general text of selections."""
    connection = await driver(session)
    kept: bool = await connection.fetchval(
        "SELECT coalesce(bool_and(coalesce((stated ->> 'keep_general_text')::boolean, true)), true) FROM parameter "
        "WHERE tenant_id = $1 AND (cardinality($2::uuid[]) = 0 OR id = ANY($2))",
        context_of(session).tenant_id,
        list(legal_entity_ids),
    )
    return kept


async def media_types(session: AsyncSession, media_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The media type of each medium that has one."""
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT id, media_type_id FROM media WHERE tenant_id = $1 AND id = ANY($2) AND media_type_id IS NOT NULL",
        context_of(session).tenant_id,
        list(media_ids),
    )
    return {row[0]: row[1] for row in rows}


async def add_period(session: AsyncSession, id_: UUID, legal_entity_id: UUID, period: Period) -> bool:
    """Add an open period; False when it has a day of another one. Postings are kept away by the caller."""
    connection, tenant = await driver(session), context_of(session).tenant_id
    overlaps: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM accounting_period WHERE tenant_id = $1 AND legal_entity_id = $2 "
        "AND from_on <= $4 AND to_on >= $3)",
        tenant,
        legal_entity_id,
        period.start_on,
        period.last_on,
    )
    if not overlaps:
        await connection.execute(
            "INSERT INTO accounting_period (tenant_id, id, version, legal_entity_id, from_on, to_on, state) "
            "VALUES ($1, $2, 1, $3, $4, $5, 'open')",
            tenant,
            id_,
            legal_entity_id,
            period.start_on,
            period.last_on,
        )
    return not overlaps


async def find_period(session: AsyncSession, id_: UUID) -> Record | None:
    """One period as stored."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "SELECT * FROM accounting_period WHERE tenant_id = $1 AND id = $2", context_of(session).tenant_id, id_
    )
    return dict(row) if row else None


async def move_period(session: AsyncSession, id_: UUID, state: str) -> Record:
    """Close a period, or open it again; the moment of closing lies after everything posted in it."""
    connection = await driver(session)
    row = await connection.fetchrow(
        "UPDATE accounting_period SET state = $3, version = version + 1, "
        "closed_at = CASE $3 WHEN 'closed' THEN clock_timestamp() END WHERE tenant_id = $1 AND id = $2 RETURNING *",
        context_of(session).tenant_id,
        id_,
        state,
    )
    return dict(row)


def _charges(code: str, vat_percent: Decimal, stated: Record) -> Charges:
    return Charges(
        code,
        Money.parse(stated.get("invoice_fee_amount", "0"), currency(code)).minor,
        stated.get("invoice_fee_on_zero", False),
        stated.get("fee_on_own_invoice", False),
        vat_percent if stated.get("vat_on_commission_without_vat") else None,
        stated.get("cash_discount_with_vat", True),
    )


def _plan(stated: Record, own: Mapping[UUID, OwnAccounts]) -> AccountPlan:
    return AccountPlan(
        stated.get("accounts", {}),
        own,
        {(Decimal(one["vat_percent"]), Area(one["area"])): one["ending"] for one in stated.get("sales_endings", [])},
    )
