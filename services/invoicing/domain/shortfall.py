"""What comes back of an upfront invoice when units it billed will not run (CT-CYC-11)."""

from services.invoicing.domain.deductions import ContractAmounts
from shared.kernel.money import rounded_ratio


def shortfall_credit(billed: ContractAmounts, credited: ContractAmounts, gross_amount: int) -> ContractAmounts:
    """The credit for units of this gross: in proportion of it to the invoice's stored amounts.

    `credited` is what was credited before; the credit that completes the invoice takes the remainder. Amounts are above
    zero here, the credit note turns them.
    """
    if credited.gross_amount + gross_amount >= billed.gross_amount:
        return ContractAmounts(*(whole - before for whole, before in zip(billed, credited, strict=True)))

    def share(whole: int) -> int:
        return rounded_ratio(whole * gross_amount, billed.gross_amount)

    discount = share(billed.discount_amount)
    commission = share(billed.agency_commission_amount)
    net = gross_amount - discount - commission
    tax = share(billed.tax_amount)
    return ContractAmounts(
        gross_amount, discount, commission, net, tax, net + tax, share(billed.sales_commission_amount)
    )
