"""The vouchers of reconciliation (EX-17, EX-18, EX-19)."""

from decimal import Decimal

import pytest

from services.reconciliation.domain.posting import (
    BilledLine,
    Payable,
    Posting,
    check_account,
    media_invoice_voucher,
    reversed_voucher,
    write_off_voucher,
)
from shared.kernel.errors import Invalid
from shared.kernel.ids import derived_id
from tests.reconciliation.words import EUR, SEK, cents

FIRST, SECOND = derived_id("first"), derived_id("second")


@pytest.mark.rule("MA-GEN-06")
def test_the_voucher_of_a_media_invoice() -> None:
    """EX-17: Dr media_deduction 17 127.50, rounding 0.50, input_vat 4 282.00; Cr accounts_payable 21 410.00."""
    payable = Payable(cents("4 282.00"), cents("21 410.00"), cents("0.50"), Decimal(1))
    lines = [
        BilledLine(FIRST, cents("10 327.50"), Decimal(1)),
        BilledLine(SECOND, cents("6 800.00"), Decimal(1)),
    ]
    assert media_invoice_voucher(payable, lines, SEK, SEK) == [
        Posting("media_deduction", cents("10 327.50"), FIRST),
        Posting("media_deduction", cents("6 800.00"), SECOND),
        Posting("rounding", cents("0.50")),
        Posting("input_vat", cents("4 282.00")),
        Posting("accounts_payable", cents("-21 410.00")),
    ]


@pytest.mark.rule("MA-MIN-23", "MA-GEN-06")
def test_the_rate_of_the_order_debits_and_the_rate_of_the_invoice_credits() -> None:
    """EX-18: 4 200.00 EUR ordered at 11.20 and invoiced at 11.345, reverse charge."""
    payable = Payable(0, cents("4 200.00"), 0, Decimal("11.345"))
    lines = [BilledLine(FIRST, cents("4 200.00"), Decimal("11.20"))]
    assert media_invoice_voucher(payable, lines, EUR, SEK) == [
        Posting("media_deduction", cents("47 040.00"), FIRST),
        Posting("exchange_difference", cents("609.00")),
        Posting("accounts_payable", cents("-47 649.00")),
    ]


@pytest.mark.rule("MA-GEN-10")
def test_each_line_is_converted_once_and_the_voucher_still_balances() -> None:
    rate = Decimal("11.345678")
    lines = [BilledLine(FIRST, cents("0.33"), rate), BilledLine(SECOND, cents("0.33"), rate)]
    postings = media_invoice_voucher(Payable(0, cents("0.66"), 0, rate), lines, EUR, SEK)
    assert [posting.amount for posting in postings] == [374, 374, 1, -749]
    assert sum(posting.amount for posting in postings) == 0


@pytest.mark.rule("MA-GEN-10")
def test_a_rate_that_is_not_above_zero_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        media_invoice_voucher(Payable(0, 100, 0, Decimal(0)), [BilledLine(FIRST, 100, Decimal(1))], EUR, SEK)
    assert refusal.value.code == "rate_missing"


@pytest.mark.rule("MA-REC-15")
@pytest.mark.parametrize("amount", ["250.00", "-1 000.00"])
def test_a_write_off_debits_a_positive_discrepancy_and_credits_a_negative_one(amount: str) -> None:
    assert write_off_voucher([(FIRST, cents(amount))], "media_discrepancy") == [
        Posting("media_deduction", cents(amount), FIRST),
        Posting("media_discrepancy", -cents(amount), FIRST),
    ]


@pytest.mark.rule("MA-REC-15")
def test_several_rows_share_one_voucher() -> None:
    postings = write_off_voucher([(FIRST, cents("730.40")), (SECOND, cents("-1 000.00"))], "media_discrepancy")
    assert sum(posting.amount for posting in postings if posting.role == "media_deduction") == cents("-269.60")
    assert sum(posting.amount for posting in postings) == 0


@pytest.mark.rule("MA-MIN-21")
def test_the_voucher_of_a_cancelled_invoice_mirrors_the_first() -> None:
    postings = write_off_voucher([(FIRST, cents("250.00"))], "media_discrepancy")
    assert reversed_voucher(postings) == write_off_voucher([(FIRST, cents("-250.00"))], "media_discrepancy")


@pytest.mark.rule("MA-REC-16")
@pytest.mark.parametrize("account", ["media_deduction", "nowhere"])
def test_a_write_off_needs_another_existing_account(account: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_account(account, frozenset({"media_deduction", "media_discrepancy"}))
    assert refusal.value.code == "bad_account"
