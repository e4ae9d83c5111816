"""Which insertion a line of a media invoice bills."""

import pytest

from services.reconciliation.domain.matching import Found, Insertion, Line, Match, match
from shared.kernel.ids import derived_id
from tests.reconciliation.words import cents, october


def insertion(name: str, day: int, net_net: str, *, order_no: int = 501, matched: bool = False) -> Insertion:
    """An insertion of October, by a name to recognise it."""
    return Insertion(derived_id(name), order_no, october(day), cents(net_net), matched)


def line(day: int, net_net: str, order_no: int = 501) -> Line:
    """A billed line of October."""
    return Line(order_no, october(day), cents(net_net))


def found(name: str, how: Match) -> Found:
    """What a line should find."""
    return derived_id(name), how


@pytest.mark.rule("MA-MIN-02")
@pytest.mark.parametrize(
    ("lines", "insertions", "expected"),
    [
        ([line(1, "100.00")], [insertion("a", 1, "100.00")], [found("a", Match.EXACT)]),
        ([line(1, "102.00")], [insertion("a", 1, "100.00")], [found("a", Match.NEAR)]),
        ([line(4, "100.00")], [insertion("a", 1, "100.00")], [found("a", Match.NEAR)]),
        ([line(5, "100.00")], [insertion("a", 1, "100.00")], [None]),
        ([line(1, "130.00")], [insertion("a", 1, "100.00")], [found("a", Match.SAME_DAY)]),
        ([line(2, "102.01")], [insertion("a", 1, "100.00")], [None]),
        ([line(1, "100.00", order_no=502)], [insertion("a", 1, "100.00")], [None]),
        ([line(1, "-102.00")], [insertion("a", 1, "-100.00")], [found("a", Match.NEAR)]),
    ],
    ids=["exact", "2 % more", "3 days", "4 days", "same day", "too much, other day", "other order", "credit"],
)
def test_the_passes(lines: list[Line], insertions: list[Insertion], expected: list[Found | None]) -> None:
    assert match(lines, insertions) == expected


@pytest.mark.rule("MA-MIN-02")
def test_equal_lines_take_equal_insertions_one_by_one() -> None:
    twins = [insertion("a", 1, "100.00"), insertion("b", 1, "100.00")]
    assert match([line(1, "100.00"), line(1, "100.00")], twins) == [found("a", Match.EXACT), found("b", Match.EXACT)]


@pytest.mark.rule("MA-MIN-02")
def test_an_exact_line_goes_before_a_near_one_whatever_their_order() -> None:
    lines = [line(2, "101.00"), line(1, "100.00")]
    assert match(lines, [insertion("a", 1, "100.00")]) == [None, found("a", Match.EXACT)]


@pytest.mark.rule("MA-MIN-02")
def test_the_nearest_amount_is_taken_first() -> None:
    lines = [line(1, "101.50"), line(1, "100.50")]
    insertions = [insertion("a", 1, "100.00"), insertion("b", 1, "101.00")]
    assert match(lines, insertions) == [found("b", Match.NEAR), found("a", Match.NEAR)]


@pytest.mark.rule("MA-MIN-02")
def test_two_lines_left_on_a_day_are_not_guessed() -> None:
    insertions = [insertion("a", 1, "100.00"), insertion("b", 1, "200.00")]
    assert match([line(1, "130.00"), line(1, "150.00")], insertions) == [None, None]


@pytest.mark.rule("MA-MIN-20")
def test_an_insertion_that_is_covered_may_be_billed_again() -> None:
    covered = insertion("a", 1, "100.00", matched=True)
    assert match([line(1, "100.00")], [covered]) == [found("a", Match.AGAIN)]
    assert match([line(1, "100.00"), line(1, "100.00")], [insertion("a", 1, "100.00")]) == [
        found("a", Match.EXACT),
        found("a", Match.AGAIN),
    ]
