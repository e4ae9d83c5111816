"""Discrepancies, their codes and what of them may be written off (EX-19)."""

import pytest

from services.reconciliation.domain.discrepancy import Balance, Interval, reconciliation_code, usual_codes
from services.reconciliation.domain.write_off import amount_to_write_off, check_open
from shared.kernel.errors import Invalid
from shared.kernel.ids import derived_id
from tests.reconciliation.words import cents


def balance(client: str | None, media: str | None, written_off: str = "0.00") -> Balance:
    """The balance of an insertion by its net-net amounts; None where that side has no invoice."""
    return Balance(
        client_net_net_amount=cents(client or "0"),
        media_net_net_amount=cents(media or "0"),
        written_off_amount=cents(written_off),
    )


@pytest.mark.rule("MA-REC-01")
def test_net_may_agree_where_net_net_does_not() -> None:
    """EX-19: the client paid commission at 15 %, the medium billed with 10 %."""
    insertion = Balance(cents("20 000.00"), cents("17 000.00"), cents("20 000.00"), cents("18 000.00"))
    assert insertion.discrepancy_net_amount == 0
    assert insertion.discrepancy_net_net_amount == cents("-1 000.00")


@pytest.mark.rule("MA-REC-01")
@pytest.mark.parametrize(
    ("client", "media", "written_off", "net_net"),
    [
        ("8 500.00", None, "0.00", "8 500.00"),
        (None, "4 000.00", "0.00", "-4 000.00"),
        ("17 000.00", "16 500.00", "500.00", "0.00"),
        ("17 000.00", "18 000.00", "-400.00", "-600.00"),
        ("0.00", "17 000.00", "0.00", "-17 000.00"),
    ],
    ids=["only client", "only media", "written off", "written off in part", "reversed"],
)
def test_the_discrepancy_is_client_less_media_less_written_off(
    client: str | None, media: str | None, written_off: str, net_net: str
) -> None:
    assert balance(client, media, written_off).discrepancy_net_net_amount == cents(net_net)


@pytest.mark.rule("MA-REC-01")
def test_a_write_off_leaves_the_net_discrepancy_alone() -> None:
    insertion = Balance(cents("900.00"), cents("800.00"), cents("600.00"), cents("500.00"), cents("300.00"))
    assert (insertion.discrepancy_net_amount, insertion.discrepancy_net_net_amount) == (cents("300.00"), 0)


@pytest.mark.rule("MA-REC-09")
@pytest.mark.parametrize(
    ("client", "media", "code"),
    [
        ("17 000.00", "17 000.00", 1),
        ("17 000.00", "16 900.00", 2),
        ("17 000.00", "17 100.00", 2),
        ("50.00", None, 2),
        ("8 500.00", None, 3),
        (None, "4 000.00", 4),
        ("17 000.00", "16 899.00", 5),
        ("17 000.00", "16 899.50", None),
        ("17 000.00", "18 000.00", None),
    ],
)
def test_the_first_code_that_fits_is_set(client: str | None, media: str | None, code: int | None) -> None:
    assert reconciliation_code(balance(client, media), usual_codes(100)) == code


@pytest.mark.rule("MA-REC-09")
def test_a_written_off_row_needs_no_further_attention() -> None:
    assert reconciliation_code(balance("8 500.00", None, "8 500.00"), usual_codes(100)) == 1


@pytest.mark.rule("MA-REG-19", "MA-REC-03")
def test_an_interval_whose_bounds_are_swapped_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        Interval(2, 1)
    assert refusal.value.code == "bad_interval"


@pytest.mark.rule("MA-REG-19")
def test_an_interval_of_zero_to_zero_accepts_nothing() -> None:
    assert 0 not in Interval()
    assert 1 not in Interval()


@pytest.mark.rule("MA-REC-16")
def test_parts_are_written_off_until_nothing_is_open() -> None:
    """EX-19: 730.40, of it 250.00, then the remaining 480.40."""
    first = amount_to_write_off(cents("730.40"), cents("250.00"))
    assert first == cents("250.00")
    assert amount_to_write_off(cents("480.40"), cents("480.40")) == cents("480.40")


@pytest.mark.rule("MA-REC-15")
@pytest.mark.parametrize("open_amount", ["730.40", "-1 000.00"])
def test_the_whole_discrepancy_is_written_off_unless_told_otherwise(open_amount: str) -> None:
    assert amount_to_write_off(cents(open_amount), None) == cents(open_amount)


@pytest.mark.rule("MA-REC-16")
@pytest.mark.parametrize(
    ("open_amount", "wanted", "code"),
    [
        ("480.40", "500.00", "exceeds_discrepancy"),
        ("480.40", "-100.00", "exceeds_discrepancy"),
        ("-480.40", "100.00", "exceeds_discrepancy"),
        ("-480.40", "-480.41", "exceeds_discrepancy"),
        ("480.40", "0.00", "amount_required"),
    ],
)
def test_no_more_than_is_open_and_never_the_other_sign(open_amount: str, wanted: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        amount_to_write_off(cents(open_amount), cents(wanted))
    assert refusal.value.code == code


@pytest.mark.rule("MA-REC-15")
def test_rows_without_discrepancy_are_named() -> None:
    settled, unsettled = derived_id("settled"), derived_id("unsettled")
    check_open({unsettled: 1})
    with pytest.raises(Invalid) as refusal:
        check_open({unsettled: 1, settled: 0})
    assert refusal.value.code == "no_discrepancy"
    assert [fault.entity_id for fault in refusal.value.faults] == [str(settled)]
