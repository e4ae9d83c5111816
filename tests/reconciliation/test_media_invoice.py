"""The billed amounts of an insertion and the sums of a media invoice (EX-17)."""

from decimal import Decimal

import pytest

from services.reconciliation.domain.media_invoice import (
    Amounts,
    Billed,
    CodeAmount,
    Ordered,
    ThisInvoice,
    Vat,
    billed,
    check_amounts,
)
from shared.kernel.errors import Invalid
from tests.reconciliation.words import SEK, cents

ORDERED = Ordered(cents("15 000.00"), cents("3 000.00"), cents("12 000.00"), cents("1 800.00"))
DISCOUNT = CodeAmount("EXTRA", "discount", cents("300.00"))
SURCHARGE = CodeAmount("COLOUR", "surcharge", cents("450.00"))


@pytest.mark.rule("MA-MIN-06")
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (ThisInvoice(), ("15 000.00", "12 000.00", "1 800.00", "0.00", "10 200.00")),
        (ThisInvoice(gross_amount=cents("16 000.00")), ("16 000.00", "12 800.00", "1 920.00", "0.00", "10 880.00")),
        (ThisInvoice(net_amount=cents("12 150.00")), ("15 000.00", "12 150.00", "1 822.50", "0.00", "10 327.50")),
        (ThisInvoice(commission_amount=cents("1 200.00")), ("15 000.00", "12 000.00", "1 200.00", "0.00", "10 800.00")),
        (ThisInvoice(net_net_amount=cents("10 150.00")), ("15 000.00", "12 000.00", "1 800.00", "-50.00", "10 150.00")),
        (
            ThisInvoice(net_amount=cents("12 150.00"), net_net_amount=cents("10 400.00")),
            ("15 000.00", "12 150.00", "1 822.50", "72.50", "10 400.00"),
        ),
    ],
    ids=["as ordered", "gross", "net", "commission", "net-net", "net and net-net"],
)
def test_what_is_written_recomputes_what_lies_below_it(written: ThisInvoice, expected: tuple[str, ...]) -> None:
    assert billed(ORDERED, written) == Billed(*map(cents, expected))


@pytest.mark.rule("MA-MIN-07")
def test_codes_change_the_billed_net_and_the_commission_follows() -> None:
    """EX-17: discount code 300.00 and surcharge code 450.00 on net 12 000.00 at 15 %."""
    this_invoice = billed(ORDERED, ThisInvoice(codes=(DISCOUNT, SURCHARGE)))
    assert this_invoice.net_amount == cents("12 150.00")
    assert this_invoice.commission_amount == cents("1 822.50")
    assert this_invoice.net_net_amount == cents("10 327.50")


@pytest.mark.rule("MA-MIN-07")
def test_a_code_that_bears_no_commission_leaves_the_commission_alone() -> None:
    plain = CodeAmount("FEE", "surcharge", cents("450.00"), bears_commission=False)
    this_invoice = billed(ORDERED, ThisInvoice(codes=(plain,)))
    assert (this_invoice.net_amount, this_invoice.commission_amount) == (cents("12 450.00"), cents("1 800.00"))


@pytest.mark.rule("MA-MIN-06")
def test_a_credit_insertion_mirrors_its_debit() -> None:
    credit = Ordered(-ORDERED.gross_amount, -ORDERED.discount_amount, -ORDERED.net_amount, -ORDERED.commission_amount)
    assert billed(credit, ThisInvoice(net_amount=cents("-12 150.00"))).net_net_amount == cents("-10 327.50")


@pytest.mark.rule("MA-MIN-06")
def test_an_insertion_ordered_at_zero_gets_no_commission() -> None:
    free = Ordered(0, 0, 0, 0)
    assert billed(free, ThisInvoice(gross_amount=cents("500.00"))).net_net_amount == cents("500.00")


def printed(amount: str, vat: str, total: str, percent: str = "25") -> Amounts:
    """The sums of an invoice with one VAT rate."""
    return Amounts(cents(amount), (Vat(Decimal(percent), cents(amount), cents(vat)),), cents(total))


LINES = [cents("10 327.50"), cents("6 800.00")]


@pytest.mark.rule("MA-MIN-10")
def test_a_small_rounding_difference_passes() -> None:
    """EX-17: the lines add up to 17 127.50, the invoice says 17 128.00."""
    assert check_amounts(printed("17 128.00", "4 282.00", "21 410.00"), LINES, SEK) == cents("0.50")


@pytest.mark.rule("MA-MIN-10")
@pytest.mark.parametrize(("amount", "passes"), [("17 128.50", True), ("17 126.50", True), ("17 128.51", False)])
def test_the_tolerance_is_one_unit_of_currency(amount: str, passes: bool) -> None:
    reverse_charge = printed(amount, "0.00", amount)
    if passes:
        assert check_amounts(reverse_charge, LINES, SEK) == cents(amount) - sum(LINES)
        return
    with pytest.raises(Invalid) as refusal:
        check_amounts(reverse_charge, LINES, SEK)
    assert refusal.value.code == "amount_mismatch"


@pytest.mark.rule("MA-MIN-10")
def test_a_larger_gap_is_refused_with_both_sums() -> None:
    """EX-17: with 17 129.00 the gap is 1.50."""
    with pytest.raises(Invalid) as refusal:
        check_amounts(printed("17 129.00", "4 282.25", "21 411.25"), LINES, SEK)
    assert refusal.value.code == "amount_mismatch"
    assert "17129.00" in refusal.value.message
    assert "17127.50" in refusal.value.message


@pytest.mark.rule("MA-MIN-11")
@pytest.mark.parametrize(
    ("vat", "code"),
    [
        ("4 282.00", None),
        ("4 283.00", None),
        ("4 281.00", None),
        ("4 283.01", "vat_mismatch"),
        ("4 280.99", "vat_mismatch"),
        ("0.00", None),
    ],
)
def test_vat_may_stray_by_one_or_be_zero(vat: str, code: str | None) -> None:
    invoice = printed("17 128.00", vat, "0.00")
    invoice = Amounts(invoice.amount, invoice.vat, invoice.amount + cents(vat))
    if code is None:
        assert check_amounts(invoice, LINES, SEK) == cents("0.50")
        return
    with pytest.raises(Invalid) as refusal:
        check_amounts(invoice, LINES, SEK)
    assert refusal.value.code == code


@pytest.mark.rule("MA-MIN-11")
def test_vat_bases_add_up_to_the_amount() -> None:
    half = Amounts(cents("17 128.00"), (Vat(Decimal(25), cents("17 000.00"), cents("4 250.00")),), cents("21 378.00"))
    with pytest.raises(Invalid) as refusal:
        check_amounts(half, LINES, SEK)
    assert refusal.value.code == "vat_mismatch"


@pytest.mark.rule("MA-MIN-11")
def test_without_vat_no_rate_need_be_stated() -> None:
    assert check_amounts(Amounts(cents("17 127.50"), (), cents("17 127.50")), LINES, SEK) == 0


@pytest.mark.rule("MA-MIN-11")
def test_the_total_is_the_sum() -> None:
    with pytest.raises(Invalid) as refusal:
        check_amounts(printed("17 128.00", "4 282.00", "21 410.01"), LINES, SEK)
    assert refusal.value.code == "total_mismatch"


@pytest.mark.rule("MA-MIN-11")
def test_a_credit_invoice_is_negative_throughout() -> None:
    credit = printed("-10 327.50", "-2 581.88", "-12 909.38")
    assert check_amounts(credit, [cents("-10 327.50")], SEK) == 0
    with pytest.raises(Invalid) as refusal:
        check_amounts(credit, [cents("-11 327.50"), cents("1 000.00")], SEK)
    assert refusal.value.code == "credit_sign"


@pytest.mark.rule("MA-MIN-09")
def test_an_invoice_without_marked_insertions_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        check_amounts(printed("0.00", "0.00", "0.00"), [], SEK)
    assert refusal.value.code == "nothing_marked"
