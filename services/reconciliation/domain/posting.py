"""The vouchers of reconciliation: balanced, in base currency, one line per insertion on the deduction account."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shared.kernel.errors import Invalid
from shared.kernel.money import Currency, converted

MEDIA_DEDUCTION = "media_deduction"
MEDIA_DISCREPANCY = "media_discrepancy"
# The accounts a discrepancy may be booked away to (MA-REC-16).
WRITE_OFF_ACCOUNTS = frozenset({MEDIA_DISCREPANCY, "media_cost", "media_sales", "rounding", "exchange_difference"})


@dataclass(frozen=True, slots=True)
class Posting:
    """One voucher line: an account role and an amount in minor units of base currency, debits positive."""

    role: str
    amount: int
    insertion_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of a media invoice to post: net-net in invoice currency, and the order's exchange rate."""

    insertion_id: UUID
    net_net_amount: int
    order_rate: Decimal


@dataclass(frozen=True, slots=True)
class Payable:
    """The header of a media invoice to post; `rounding_amount` is what its lines lack (see `check_amounts`)."""

    vat_amount: int
    total_amount: int
    rounding_amount: int
    exchange_rate: Decimal


def media_invoice_voucher(payable: Payable, lines: Sequence[BilledLine], of: Currency, base: Currency) -> list[Posting]:
    """The voucher of a saved media invoice (MA-GEN-06, MA-MIN-23).

    The deduction account is debited at the order's rate, the payable credited at the invoice's; what lies between is
    the exchange difference. An invoice that agrees in its own currency therefore leaves no discrepancy. Each line is
    converted once (MA-GEN-10); `rate_missing` when a rate is not above zero.
    """
    rate = payable.exchange_rate
    deductions = [
        Posting(MEDIA_DEDUCTION, converted(line.net_net_amount, line.order_rate, of, base), line.insertion_id)
        for line in lines
    ]
    rounding = converted(payable.rounding_amount, rate, of, base)
    vat = converted(payable.vat_amount, rate, of, base)
    total = converted(payable.total_amount, rate, of, base)
    difference = total - vat - rounding - sum(posting.amount for posting in deductions)
    rest = [
        Posting("rounding", rounding),
        Posting("exchange_difference", difference),
        Posting("input_vat", vat),
        Posting("accounts_payable", -total),
    ]
    return [*deductions, *(posting for posting in rest if posting.amount)]


def write_off_voucher(amounts: Sequence[tuple[UUID, int]], account: str) -> list[Posting]:
    """The one voucher of a write-off: positive amounts debit the deduction account, negative credit it (MA-REC-15).

    `amounts` are what is booked away per insertion, signed like its discrepancy; `account` takes the other side.
    """
    away = [Posting(MEDIA_DEDUCTION, amount, insertion_id) for insertion_id, amount in amounts]
    return [*away, *(Posting(account, -posting.amount, posting.insertion_id) for posting in away)]


def reversed_voucher(postings: Sequence[Posting]) -> list[Posting]:
    """The mirror of a voucher, line by line (MA-MIN-21)."""
    return [Posting(posting.role, -posting.amount, posting.insertion_id) for posting in postings]


def check_account(account: str, accounts: frozenset[str]) -> None:
    """Refuses an account that does not exist or is the deduction account itself with `bad_account` (MA-REC-16)."""
    if account == MEDIA_DEDUCTION or account not in accounts:
        raise Invalid("bad_account", "The account does not exist, or it is the deduction account itself.")
