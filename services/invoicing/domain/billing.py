"""Select, price, group and total the items of one client: the road that a test run and a live run share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.advance import Advance, candidates, keeping_out
from services.invoicing.domain.charges import NO_CHARGES, Charges, media_totals
from services.invoicing.domain.criteria import Switches
from services.invoicing.domain.deduction import Due, deduct_from_invoice, deduct_from_rows
from services.invoicing.domain.grouping import ClientTerms, GroupKey, group_items, reason_not_made
from services.invoicing.domain.item import Item
from services.invoicing.domain.prepared import PreparedInvoice, Terms, prepare, with_discount
from services.invoicing.domain.rates import NO_RATES, Rates, check_recent, in_clients_currency
from services.invoicing.domain.selection import NO_AGREEMENT, Agreement, Reason, reason_left_out
from services.invoicing.domain.totals import Totals


@dataclass(frozen=True, slots=True)
class RunTerms:
    """What holds for a whole run beside its criteria; plans may carry an invoice date of their own (MA-INV-09).

    `advances` are those of each client that are not used up; `deducted_per_row` names legal entities (MA-REG-18).
    """

    switches: Switches
    invoice_on: date
    agreements: Mapping[UUID, Agreement] = field(default_factory=dict)
    plan_invoice_dates: Mapping[UUID, date] = field(default_factory=dict)
    charges: Mapping[UUID, Charges] = field(default_factory=dict)
    advances: Mapping[UUID, Sequence[Advance]] = field(default_factory=dict)
    deducted_per_row: frozenset[UUID] = frozenset()
    rates: Rates = NO_RATES


class ClientBill(NamedTuple):
    """What a run makes of one client's items."""

    invoices: list[PreparedInvoice]
    left_out: list[tuple[Item, Reason]]


def bill_client(items: Iterable[Item], client: ClientTerms, run: RunTerms) -> ClientBill:
    """The invoices of one client and, for every item on none of them, the first reason why (MA-INV-06).

    `Invalid("rate_missing")` where a rate is too old to invoice with, or missing for the client's minimum (MA-GEN-10).
    """
    left_out: list[tuple[Item, Reason]] = []
    due: list[Item] = []
    advances = run.advances.get(client.id, ())
    kept_out = keeping_out(advances)
    for item in items:
        reason = reason_left_out(
            item,
            _agreement_of(item, run),
            run.switches,
            reference_required=client.reference_required,
            invoice_on=run.invoice_on,
            kept_out=kept_out,
        )
        if reason is None:
            due.append(item)
        else:
            left_out.append((item, reason))
    groups = group_items(
        due,
        client,
        run.switches,
        invoice_on=lambda item: (
            run.plan_invoice_dates.get(item.plan_id, run.invoice_on) if item.plan_id else run.invoice_on
        ),
        deducted=lambda item: _agreement_of(item, run).current_deduction,
    )
    invoices: list[PreparedInvoice] = []
    charges = run.charges.get(client.legal_entity_id, NO_CHARGES)

    def fee_terms(item: Item) -> Terms:
        agreement = _agreement_of(item, run)
        if agreement.fee_payment_days is None:
            return Terms(client.payment_days, client.from_month_end)
        return Terms(agreement.fee_payment_days, agreement.fee_from_month_end)

    for key, members in groups.items():
        # What a client holds back or a switch leaves is decided on the items as a whole, before any invoice fee.
        sums = media_totals(members, client.vat_percent, charges)
        not_made = _not_made(key, members, sums, client, run)
        if not_made is None:
            invoices += prepare(client, key, members, sums, charges, fee_terms)
        else:
            left_out.extend((item, not_made) for item in members)
    check_recent(run.rates, client, (one.key.currency for one in invoices), run.invoice_on)
    if advances:
        per_row = client.legal_entity_id in run.deducted_per_row
        invoices = [
            with_discount(one, charges) if one.cash_discount and one.deductions else one
            for one in _deducted(invoices, advances, per_row=per_row)
        ]
    return ClientBill(invoices, left_out)


def _not_made(
    key: GroupKey, members: Sequence[Item], sums: Totals, client: ClientTerms, run: RunTerms
) -> Reason | None:
    net_amount = sums.net_amount
    if client.minimum_amount:
        net_amount = in_clients_currency(net_amount, key.currency, members, client, run.rates)
    return reason_not_made(net_amount=net_amount, total_amount=sums.total_amount, client=client, switches=run.switches)


def _deducted(
    invoices: Iterable[PreparedInvoice], advances: Sequence[Advance], *, per_row: bool
) -> list[PreparedInvoice]:
    """The same after current deduction, one after the other: what one uses the next does not find (MA-PRE-14)."""
    left = {one.id: one.available_amount for one in advances}
    done = []
    for invoice in invoices:
        wanted = invoice.key.current_deduction and invoice.totals.total_amount > 0
        usable = candidates(advances, invoice.key.currency) if wanted else []
        done.append(_less(invoice, usable, left, per_row=per_row) if usable else invoice)
    return done


def _less(
    invoice: PreparedInvoice, usable: Sequence[Advance], left: dict[UUID, int], *, per_row: bool
) -> PreparedInvoice:
    due = Due({rate.percent: rate.base_amount for rate in invoice.totals.vat})
    if per_row:
        taken = deduct_from_rows(due, invoice.items, invoice.vat_percent, usable, left)
    else:
        taken = deduct_from_invoice(due, invoice.items, usable, left)
    return invoice._replace(totals=due.totals, deductions=tuple(taken)) if taken else invoice


def _agreement_of(item: Item, run: RunTerms) -> Agreement:
    return run.agreements.get(item.agreement_id, NO_AGREEMENT) if item.agreement_id else NO_AGREEMENT
