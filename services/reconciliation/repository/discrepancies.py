"""The list of discrepancies as a query: today's balances, or those to an accounting date (MA-REC-02 to MA-REC-07)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import FromClause, Numeric, Select, and_, cast, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from services.reconciliation import tables
from services.reconciliation.tables import table_of
from shared.kernel.errors import Invalid
from shared.runtime.db import AMOUNT, AsyncSession

insertion = table_of(tables.Insertion)
discrepancy = table_of(tables.Discrepancy)
_entry = table_of(tables.DeductionEntry)
_entity = table_of(tables.LegalEntity)
_media = table_of(tables.Media)
_invoice = table_of(tables.MediaInvoice)
_line = table_of(tables.MediaInvoiceLine)
_client_invoice = table_of(tables.ClientInvoice)
_voucher = table_of(tables.Voucher)
_side = table_of(tables.VoucherLine)
_SUMS = (
    "client_net_amount", "client_net_net_amount", "media_net_amount", "media_net_net_amount", "written_off_amount",
    "discrepancy_net_amount", "discrepancy_net_net_amount",
)  # fmt: skip
_SHOWN = (
    "client_id", "plan_no", "campaign", "order_id", "order_no", "media_id", "media_name", "supplier_id", "owner",
    "insertion_on", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the list shows; criteria are joined by AND, several values of one by OR. Amounts in major units."""

    accounting_to: date | None = None
    client_ids: Sequence[UUID] | None = None
    legal_entity_ids: Sequence[UUID] | None = None
    owners: Sequence[str] | None = None
    codes: Sequence[int] | None = None
    plan_nos: Sequence[str] | None = None
    order_nos: Sequence[int] | None = None
    campaigns: Sequence[str] | None = None
    media_ids: Sequence[UUID] | None = None
    media_types: Sequence[str] | None = None
    supplier_ids: Sequence[UUID] | None = None
    media_invoice_nos: Sequence[str] | None = None
    insertion_from: date | None = None
    insertion_to: date | None = None
    positive: bool | None = None
    comment: str | None = None
    net_from: Decimal | None = None
    net_to: Decimal | None = None
    net_net_from: Decimal | None = None
    net_net_to: Decimal | None = None

    @property
    def only_the_date(self) -> bool:
        """Whether the total may be held against the ledger (MA-REC-06)."""
        return all(getattr(self, one.name) is None for one in fields(self) if one.name != "accounting_to")


def listed(criteria: Criteria) -> Select[Any]:
    """A row per insertion with its balance in base currency; `bad_interval` where low lies above high (MA-REC-03)."""
    balance = _balance(criteria.accounting_to)
    statement = (
        select(
            discrepancy.c.insertion_id,
            discrepancy.c.version,
            discrepancy.c.legal_entity_id,
            discrepancy.c.currency,
            *(balance.c[name] for name in _SUMS),
            discrepancy.c.reconciliation_code,
            discrepancy.c.code_by_hand,
            discrepancy.c.comment,
            discrepancy.c.commented_by,
            discrepancy.c.commented_at,
            *(insertion.c[name] for name in _SHOWN),
        )
        .join(_entity, _entity.c.id == discrepancy.c.legal_entity_id)
        .outerjoin(insertion, insertion.c.id == discrepancy.c.insertion_id)
    )
    if balance is not discrepancy:
        statement = statement.join(balance, balance.c.insertion_id == discrepancy.c.insertion_id)
    return statement.where(*_conditions(criteria), *_amounts(criteria, balance))


def _balance(accounting_to: date | None) -> FromClause:
    """The balances of the rows, as the table keeps them or added up to a date."""
    if accounting_to is None:
        return discrepancy

    def total(column: ColumnElement[Any], kind: str, sign: int) -> ColumnElement[int]:
        added = func.sum(column * sign).filter(_entry.c.kind == kind)
        return cast(func.coalesce(added, 0), AMOUNT)

    return (
        select(
            _entry.c.insertion_id,
            total(_entry.c.net_amount, "client", 1).label("client_net_amount"),
            total(_entry.c.net_net_amount, "client", 1).label("client_net_net_amount"),
            total(_entry.c.net_amount, "media", -1).label("media_net_amount"),
            total(_entry.c.net_net_amount, "media", -1).label("media_net_net_amount"),
            total(_entry.c.net_net_amount, "write_off", -1).label("written_off_amount"),
            cast(func.sum(_entry.c.net_amount), AMOUNT).label("discrepancy_net_amount"),
            cast(func.sum(_entry.c.net_net_amount), AMOUNT).label("discrepancy_net_net_amount"),
        )
        .where(_entry.c.accounting_on <= accounting_to)
        .group_by(_entry.c.insertion_id)
        .subquery("balance")
    )


def _conditions(criteria: Criteria) -> list[ColumnElement[bool]]:
    chosen: tuple[tuple[ColumnElement[Any], Sequence[Any] | None], ...] = (
        (insertion.c.client_id, criteria.client_ids),
        (discrepancy.c.legal_entity_id, criteria.legal_entity_ids),
        (insertion.c.owner, criteria.owners),
        (discrepancy.c.reconciliation_code, criteria.codes),
        (insertion.c.plan_no, criteria.plan_nos),
        (insertion.c.order_no, criteria.order_nos),
        (insertion.c.campaign, criteria.campaigns),
        (insertion.c.media_id, criteria.media_ids),
        (insertion.c.supplier_id, criteria.supplier_ids),
    )
    found: list[ColumnElement[bool]] = [column.in_(values) for column, values in chosen if values is not None]
    if criteria.media_types is not None:
        typed = select(_media.c.id).where(_media.c.media_type.in_(criteria.media_types))
        found.append(insertion.c.media_id.in_(typed))
    if criteria.media_invoice_nos is not None:
        billed = (
            select(_line.c.insertion_id)
            .join(_invoice, _invoice.c.id == _line.c.media_invoice_id)
            .where(_invoice.c.state == "saved", _invoice.c.invoice_no.in_(criteria.media_invoice_nos))
        )
        found.append(discrepancy.c.insertion_id.in_(billed))
    if criteria.insertion_from is not None:
        found.append(insertion.c.insertion_on >= criteria.insertion_from)
    if criteria.insertion_to is not None:
        found.append(insertion.c.insertion_on <= criteria.insertion_to)
    if criteria.comment is not None:
        found.append(discrepancy.c.comment.icontains(criteria.comment, autoescape=True))
    return found


def _amounts(criteria: Criteria, balance: FromClause) -> list[ColumnElement[bool]]:
    """Intervals on absolute values; without both of them rows that were written off in full are hidden (MA-REC-05)."""
    net, net_net = balance.c.discrepancy_net_amount, balance.c.discrepancy_net_net_amount
    found: list[ColumnElement[bool]] = []
    for column, low, high in (
        (net, criteria.net_from, criteria.net_to),
        (net_net, criteria.net_net_from, criteria.net_net_to),
    ):
        if low is not None and high is not None and low > high:
            raise Invalid("bad_interval", "The lower bound of an interval lies above the upper bound.")
        if low is not None:
            found.append(func.abs(column) >= _minor(low))
            # In the words of the index over what is open.
            found += [column != 0] if low > 0 else []
        if high is not None:
            found.append(func.abs(column) <= _minor(high))
    if criteria.positive is not None:
        found.append(net_net > 0 if criteria.positive else net_net < 0)
    net_given = criteria.net_from is not None or criteria.net_to is not None
    net_net_given = criteria.net_net_from is not None or criteria.net_net_to is not None
    if not (net_given and net_net_given):
        found.append(or_(balance.c.written_off_amount == 0, net_net != 0))
    return found


def _minor(amount: Decimal) -> ColumnElement[Decimal]:
    """A bound in minor units of the row's own base currency."""
    return literal(amount, Numeric) * func.power(cast(10, Numeric), _entity.c.currency_places)


def by_order(criteria: Criteria) -> FromClause:
    """The list's rows added up per order."""
    rows = listed(criteria).subquery("rows")
    grouped = [
        rows.c[name] for name in ("order_id", "order_no", "plan_no", "media_name", "legal_entity_id", "currency")
    ]
    return (
        select(*grouped, func.count().label("row_count"), *_totals(rows, _SUMS))
        .where(rows.c.order_id.is_not(None))
        .group_by(*grouped)
        .subquery("orders")
    )


async def totals(session: AsyncSession, criteria: Criteria) -> list[dict[str, Any]]:
    """The list's total per legal entity and, where it may be compared, the deduction account's (MA-REC-06, 07)."""
    rows = listed(criteria).subquery("rows")
    summed = select(
        rows.c.legal_entity_id, rows.c.currency, func.count().label("row_count"), *_totals(rows, _SUMS)
    ).group_by(rows.c.legal_entity_id, rows.c.currency)
    found = [dict(row) for row in (await session.execute(summed.order_by(rows.c.legal_entity_id))).mappings()]
    if not criteria.only_the_date:
        return [{**row, "comparable_with_ledger": False} for row in found]
    ledger = await _ledger(session, criteria.accounting_to)
    listed_ids = {row["legal_entity_id"] for row in found}
    nothing = dict.fromkeys(_SUMS, 0) | {"row_count": 0}
    found += [
        {**nothing, "legal_entity_id": id_, "currency": code}
        for id_, (code, amount) in ledger.items()
        if amount and id_ not in listed_ids
    ]
    return [
        {
            **row,
            "comparable_with_ledger": True,
            "ledger_amount": amount,
            "difference_amount": row["discrepancy_net_net_amount"] - amount,
        }
        for row in found
        for amount in [ledger[row["legal_entity_id"]][1]]
    ]


def _totals(rows: FromClause, names: Sequence[str]) -> list[ColumnElement[int]]:
    return [cast(func.sum(rows.c[name]), AMOUNT).label(name) for name in names]


async def _ledger(session: AsyncSession, accounting_to: date | None) -> dict[UUID, tuple[str, int]]:
    """Currency and credit balance of the deduction account per legal entity, from vouchers and client invoices."""
    until = [accounting_to] if accounting_to else []
    own = (
        select(func.coalesce(func.sum(_side.c.credit - _side.c.debit), 0))
        .join(_voucher, _voucher.c.id == _side.c.voucher_id)
        .where(_side.c.role == "media_deduction", _voucher.c.legal_entity_id == _entity.c.id)
        .where(*(_voucher.c.accounting_on <= day for day in until))
        .scalar_subquery()
    )
    clients = (
        select(func.coalesce(func.sum(_client_invoice.c.media_deduction_amount), 0))
        .where(_client_invoice.c.legal_entity_id == _entity.c.id)
        .where(*(_client_invoice.c.accounting_on <= day for day in until))
        .scalar_subquery()
    )
    places = func.power(cast(10, Numeric), _entity.c.currency_places)
    statement = select(_entity.c.id, _entity.c.currency, cast(own + clients * places, AMOUNT))
    return {row[0]: (row[1], row[2]) for row in await session.execute(statement)}


def entries_of(insertion_id: UUID) -> Select[Any]:
    """What moved an insertion's balance, each with the number of its document."""
    return (
        select(
            _entry.c.id,
            _entry.c.kind,
            _entry.c.source_id,
            func.coalesce(_client_invoice.c.invoice_no, _invoice.c.invoice_no, "").label("document_no"),
            _entry.c.accounting_on,
            _entry.c.net_amount,
            _entry.c.net_net_amount,
        )
        .outerjoin(_client_invoice, _client_invoice.c.id == _entry.c.source_id)
        .outerjoin(_invoice, and_(_invoice.c.id == _entry.c.source_id, _entry.c.kind == "media"))
        .where(_entry.c.insertion_id == insertion_id)
        .order_by(_entry.c.accounting_on, _entry.c.kind, _entry.c.id)
    )
