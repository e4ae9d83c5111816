"""The one invoice of a controlled deduction: all that fits, less all that remains (MA-PRE-22, 23, MA-PRE-25)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from services.invoicing.domain.advance import Advance
from services.invoicing.domain.charges import Charges, invoice_fee, media_totals
from services.invoicing.domain.deduction import Deduction, Due
from services.invoicing.domain.due_date import due_on
from services.invoicing.domain.grouping import ClientTerms, GroupKey
from services.invoicing.domain.item import Item
from services.invoicing.domain.prepared import PreparedInvoice, in_reading_order, references_of, with_discount
from services.invoicing.domain.totals import Totals


def taken_by(advance: Advance, items: Iterable[Item]) -> list[Item]:
    """What a controlled deduction takes: definitive and `pre_inv` insertions in its currency that passed ad check.

    Whether their agreement has current deduction makes no difference (MA-PRE-23).
    """
    return in_reading_order(
        item
        for item in items
        if item.status in ("definitive", "pre_inv")
        and not item.ad_check_missing
        and item.currency == advance.currency
        and advance.covers(item)
    )


def settled(
    client: ClientTerms,
    advance: Advance,
    amount: int,
    items: list[Item],
    *,
    charges: Charges,
    invoice_on: date,
    exchange_rate: Decimal,
) -> PreparedInvoice:
    """The invoice that leaves nothing of an advance invoice, even if it turns the base of its rate negative.

    The sign of the total says debit or credit (MA-PRE-23). Without items the money is paid back. `exchange_rate` is for
    that case: with items the first one's counts.
    """
    rate = items[0].exchange_rate if items else exchange_rate
    sums = _less(advance, amount, media_totals(items, client.vat_percent, charges))
    fee = invoice_fee(sums.total_amount, charges, advance.currency, rate) if items else 0
    if fee:
        sums = _less(advance, amount, media_totals(items, client.vat_percent, charges, invoice_fee=fee))
    invoice = PreparedInvoice(
        client,
        GroupKey(advance.currency, None, invoice_on, current_deduction=False, is_correction=None, is_debit=None),
        items,
        sums,
        due_on(invoice_on, client.payment_days, from_month_end=client.from_month_end),
        references_of(items),
        rate,
        client.vat_percent,
        invoice_fee_amount=fee,
        deductions=(Deduction(advance, amount),),
    )
    return with_discount(invoice, charges)


def _less(advance: Advance, amount: int, sums: Totals) -> Totals:
    due = Due({rate.percent: rate.base_amount for rate in sums.vat})
    due.take(advance, amount)
    return due.totals
