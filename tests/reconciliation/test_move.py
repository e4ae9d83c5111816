"""Moving a media invoice line to another insertion (EX-20b)."""

import pytest

from services.reconciliation.domain.move import LineAmounts, split_line
from shared.kernel.errors import Invalid
from tests.reconciliation.words import cents


def line(net: str, commission: str, net_net: str) -> LineAmounts:
    """A line as the catalogue prints it."""
    return LineAmounts(cents(net), cents(commission), cents(net_net))


@pytest.mark.rule("MA-REC-19")
@pytest.mark.parametrize(
    ("whole", "amount", "moved", "rest"),
    [
        (
            line("20 000.00", "2 000.00", "18 000.00"),
            "7 200.00",
            line("8 000.00", "800.00", "7 200.00"),
            line("12 000.00", "1 200.00", "10 800.00"),
        ),
        (
            line("9 411.76", "1 411.76", "8 000.00"),
            "2 500.00",
            line("2 941.18", "441.18", "2 500.00"),
            line("6 470.58", "970.58", "5 500.00"),
        ),
    ],
    ids=["even", "odd"],
)
def test_net_and_commission_move_in_proportion(
    whole: LineAmounts, amount: str, moved: LineAmounts, rest: LineAmounts
) -> None:
    assert split_line(whole, cents(amount), whole.net_net_amount) == (moved, rest)


@pytest.mark.rule("MA-REC-19")
@pytest.mark.parametrize("sign", ["", "-"])
def test_without_an_amount_the_whole_line_moves(sign: str) -> None:
    whole = line(sign + "20 000.00", sign + "2 000.00", sign + "18 000.00")
    assert split_line(whole, None, whole.net_net_amount) == (whole, LineAmounts(0, 0, 0))


@pytest.mark.rule("MA-REC-19")
@pytest.mark.parametrize("amount", ["0.00", "-1.00", "18 000.01"])
def test_the_amount_is_above_zero_and_within_the_line(amount: str) -> None:
    with pytest.raises(Invalid) as refusal:
        split_line(line("20 000.00", "2 000.00", "18 000.00"), cents(amount), cents("18 000.00"))
    assert refusal.value.code == "exceeds_line"


@pytest.mark.rule("MA-REC-21")
@pytest.mark.parametrize("amount", [None, cents("17 000.01")])
def test_what_was_written_off_stays(amount: int | None) -> None:
    whole = line("20 000.00", "2 000.00", "18 000.00")
    with pytest.raises(Invalid) as refusal:
        split_line(whole, amount, cents("17 000.00"))
    assert refusal.value.code == "exceeds_line"
