"""Bring the open invoices of contracts in line with what is ordered, what ran and what is still awaited."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from services.invoicing.application.telling import tell_open
from services.invoicing.domain.cycle import Cycle
from services.invoicing.domain.deductions import ContractTerms, contract_amounts
from services.invoicing.domain.gathering import Executed, OpenInvoice, Schedule, open_invoices
from services.invoicing.domain.ready import Amounts
from services.invoicing.repository import contracts as contract_rows
from services.invoicing.repository.contracts import ContractRow, Days, StoredInvoice
from services.invoicing.repository.open_invoices import OpenRow, save_open
from shared.events.invoicing import InvoiceOpened, InvoicePending, InvoiceRemoved
from shared.kernel.ids import new_id
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession


async def settle_contracts(session: AsyncSession, contract_ids: Iterable[UUID]) -> None:
    """Open, fill, complete and remove unnumbered invoices (CT-CYC-13 to 18); issued ones are never touched."""
    contracts = await contract_rows.lock_contracts(session, contract_ids)
    billed = {id_: one for id_, one in contracts.items() if _is_gathered(one)}
    if not billed:
        return
    days = await contract_rows.days_of(session, list(billed))
    stored = await contract_rows.invoices_of(session, list(billed))
    taxes = await contract_rows.tax_percents(session, [one.tax_id for one in billed.values() if one.tax_id])
    opened: list[OpenRow] = []
    pending: list[OpenRow] = []
    removed: list[OpenRow] = []
    changed: list[OpenRow] = []
    for id_, contract in billed.items():
        tax = taxes[contract.tax_id]["percent"] if contract.tax_id in taxes else Decimal(0)
        wanted = open_invoices(_schedule(contract, days[id_]), days[id_].executed, _issued(stored[id_]))
        there = [one for one in stored[id_] if one.state != "issued"]
        for want in wanted:
            old = _take(there, contract, want.period)
            row = _row(contract, want, tax, old)
            if old is None:
                opened.append(row)
            if want.state == "pending" and (old is None or old.state != "pending"):
                pending.append(row)
            elif old is not None and _same(old, want):
                continue
            changed.append(row)
        removed += [_removed(contract, old, tax) for old in there]
    await save_open(session, [*removed, *changed])
    await tell_open(session, InvoiceOpened, [row._replace(state="gathering") for row in opened])
    await tell_open(session, InvoicePending, pending)
    await tell_open(session, InvoiceRemoved, removed)


def terms_of(contract: ContractRow, tax_percent: Decimal) -> ContractTerms:
    """The percentages that hold on a contract's invoices now."""
    return ContractTerms(
        contract.discount_percent, contract.agency_commission_percent, tax_percent, contract.sales_commission_percent
    )


def _is_gathered(contract: ContractRow) -> bool:
    """Begin of Schedule is billed by other documents, None by none at all (CT-CYC-02, CT-CYC-08)."""
    return (
        contract.billing_cycle not in (Cycle.NONE, Cycle.BEGIN_OF_SCHEDULE)
        and contract.state != "draft"
        and contract.start_on is not None
    )


def _schedule(contract: ContractRow, days: Days) -> Schedule:
    assert contract.start_on is not None
    assert contract.end_on is not None
    return Schedule(
        Cycle(contract.billing_cycle),
        Period.inclusive(contract.start_on, contract.end_on),
        is_over=contract.state == "completed",
        ordered=days.ordered,
        outstanding=days.outstanding,
    )


def _issued(stored: list[StoredInvoice]) -> set[Period]:
    return {one.period for one in stored if one.state == "issued"}


def _take(there: list[StoredInvoice], contract: ContractRow, period: Period) -> StoredInvoice | None:
    """The open invoice that stands for a period; that of End of Schedule may have grown since."""
    whole = contract.billing_cycle == Cycle.END_OF_SCHEDULE
    for position, one in enumerate(there):
        if whole or one.period == period:
            return there.pop(position)
    return None


def _same(old: StoredInvoice, want: OpenInvoice) -> bool:
    return (old.state, old.period, old.variant, old.line_count, old.gross_amount) == (
        want.state,
        want.period,
        want.variant,
        want.executed.item_count,
        want.executed.gross_amount,
    )


def _row(contract: ContractRow, want: OpenInvoice, tax: Decimal, old: StoredInvoice | None) -> OpenRow:
    amounts = contract_amounts(want.executed.gross_amount, terms_of(contract, tax))
    return OpenRow(
        id=old.id if old else new_id(),
        version=old.version + 1 if old else 1,
        variant=want.variant,
        state=want.state,
        legal_entity_id=contract.legal_entity_id,
        client_id=contract.client_id,
        contract_id=contract.id,
        period_from=want.period.start_on,
        period_to=want.period.last_on,
        currency=contract.currency,
        line_count=want.executed.item_count,
        amounts=Amounts.of_contract(amounts, tax),
    )


def _removed(contract: ContractRow, old: StoredInvoice, tax: Decimal) -> OpenRow:
    return _row(contract, OpenInvoice(old.period, old.variant, "removed", Executed(0, 0)), tax, old)
