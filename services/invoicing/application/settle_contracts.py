"""Bring the open invoices of contracts in line with what is ordered, what ran and what is still awaited."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from uuid import UUID

from services.invoicing.application.park_payments import release_payments
from services.invoicing.application.telling import tell_open
from services.invoicing.domain.cycle import Cycle
from services.invoicing.domain.deductions import ContractTerms, contract_amounts
from services.invoicing.domain.gathering import Executed, OpenInvoice, open_invoices
from services.invoicing.domain.ready import Amounts
from services.invoicing.repository import contracts as contract_rows
from services.invoicing.repository.contracts import ContractRow
from services.invoicing.repository.layouts import layouts_of
from services.invoicing.repository.open_invoices import OpenRow, StoredInvoice, invoices_of, save_open
from services.invoicing.repository.standings import standings
from shared.events.invoicing import InvoiceOpened, InvoicePending, InvoiceRemoved
from shared.kernel.errors import NotAllowedNow, NotFound
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession


async def settle_contracts(
    session: AsyncSession, contract_ids: Iterable[UUID], *, anew: Collection[UUID] = ()
) -> list[OpenRow]:
    """Open, fill, complete and remove unnumbered invoices (CT-CYC-08 to 18); issued ones are never touched.

    Those of the contracts in `anew`, whose billing cycle changed, are all removed before others are opened
    (CT-LIF-21). Answers the invoices that were opened.
    """
    contracts = await contract_rows.lock_contracts(session, contract_ids)
    if not contracts:
        return []
    standing = await standings(session, list(contracts.values()))
    stored = await invoices_of(session, list(contracts))
    taxes = await contract_rows.tax_percents(session, [one.tax_id for one in contracts.values() if one.tax_id])
    layouts = await layouts_of(session, contracts)
    opened: list[OpenRow] = []
    pending: list[OpenRow] = []
    changed: list[OpenRow] = []
    removed: list[OpenRow] = []
    for id_, contract in contracts.items():
        tax = taxes[contract.tax_id]["percent"] if contract.tax_id in taxes else Decimal(0)
        issued = {one.slot for one in stored[id_] if one.state == "issued"}
        there = [one for one in stored[id_] if one.state != "issued"]
        if id_ in anew:
            removed += [_removed(contract, old, tax, "billing_cycle_changed") for old in there]
            there = []
        for want in open_invoices(standing[id_], issued, by_station=layouts[id_].split_by_station):
            old = _take(there, contract, want)
            row = _row(contract, want, tax, old)
            if old is None:
                opened.append(row)
            if want.state == "pending" and (old is None or old.state != "pending"):
                pending.append(row)
            elif old is not None and _same(old, row):
                continue
            changed.append(row)
        removed += [_removed(contract, old, tax, "no_items") for old in there]
    await save_open(session, [*removed, *changed])
    await tell_open(session, InvoiceOpened, [row._replace(state="gathering") for row in opened])
    await tell_open(session, InvoicePending, pending)
    await tell_open(session, InvoiceRemoved, removed)
    await release_payments(session, [row.id for row in removed])
    return opened


async def gather(session: AsyncSession, contract_id: UUID) -> None:
    """Bring one contract's open invoices in line because a person asks for it.

    `NotFound("not_found")`; `NotAllowedNow("cycle_is_none")`: such a contract is never invoiced (CT-CYC-02).
    """
    contract = await contract_rows.find_contract(session, contract_id)
    if contract is None:
        raise NotFound("not_found", "There is no such approved contract.")
    if contract.billing_cycle == Cycle.NONE:
        raise NotAllowedNow("cycle_is_none", "The contract's billing cycle is none: it is never invoiced.")
    await settle_contracts(session, [contract_id])


def terms_of(contract: ContractRow, tax_percent: Decimal) -> ContractTerms:
    """The percentages that hold on a contract's invoices now."""
    return ContractTerms(
        contract.discount_percent, contract.agency_commission_percent, tax_percent, contract.sales_commission_percent
    )


def _take(there: list[StoredInvoice], contract: ContractRow, want: OpenInvoice) -> StoredInvoice | None:
    """The open invoice that stands for one that is wanted; End of Schedule and upfront ones may have grown since."""
    like = [one for one in there if one.slot._replace(period=want.period) == want.slot]
    found = [one for one in like if one.slot == want.slot]
    if not found and contract.billing_cycle == Cycle.END_OF_SCHEDULE:
        found = like
    if not found and want.slot.is_upfront:
        found = [one for one in like if one.slot.period.start_on == want.period.start_on]
    if found:
        there.remove(found[0])
    return found[0] if found else None


def _same(old: StoredInvoice, row: OpenRow) -> bool:
    """Whether nothing has changed that a document or an event would show."""
    amounts = row.amounts
    return (
        old.state, old.slot.period.start_on, old.slot.period.last_on, old.variant, old.line_count, old.gross_amount,
        old.net_amount, old.total_amount, old.sales_commission_amount,
    ) == (
        row.state, row.period_from, row.period_to, row.variant, row.line_count, amounts.gross_amount,
        amounts.net_amount, amounts.total_amount, amounts.sales_commission_amount,
    )  # fmt: skip


def _row(
    contract: ContractRow, want: OpenInvoice, tax: Decimal, old: StoredInvoice | None, reason: str = ""
) -> OpenRow:
    amounts = contract_amounts(want.executed.gross_amount, terms_of(contract, tax))
    return OpenRow(
        id=old.id if old else new_id(),
        version=old.version + 1 if old else 1,
        variant=want.variant,
        state=want.state,
        legal_entity_id=contract.legal_entity_id,
        client_id=contract.client_id,
        contract_id=contract.id,
        station_id=want.slot.station_id,
        period_from=want.period.start_on,
        period_to=want.period.last_on,
        currency=contract.currency,
        line_count=want.executed.item_count,
        amounts=Amounts.of_contract(amounts, tax),
        reason=reason,
    )


def _removed(contract: ContractRow, old: StoredInvoice, tax: Decimal, reason: str) -> OpenRow:
    gone = OpenInvoice(old.slot, old.variant, "removed", Executed(0, 0))
    return _row(contract, gone, tax, old, reason)
