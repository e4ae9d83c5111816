"""Delivery-based lines: EX-10 to EX-12."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.preinvoice.domain.delivery import Billed, DeliveredSlice, ItemDelivery, bill_delivery, over_delivered
from tests.preinvoice.builders import day, days
from tests.words import cents


def bill(
    amount: str, booked: int, *delivered: int, frozen: tuple[int, str] | None = None, unlimited: bool = False
) -> list[tuple[int, int]]:
    """Units and amount per slice; `frozen` is the invoiced line of the first."""
    parts = [DeliveredSlice(count) for count in delivered]
    if frozen:
        parts[0] = DeliveredSlice(delivered[0], Billed(frozen[0], cents(frozen[1])))
    return [(line.quantity, line.amount) for line in bill_delivery(cents(amount), booked, parts, unlimited=unlimited)]


@pytest.mark.rule("PI-DEL-08", "PI-DEL-09", "PI-DEL-10", "PI-DEL-13")
def test_over_delivery_is_capped_at_the_booking_in_ex_10() -> None:
    found = bill("2000.00", 100_000, 40_000, 35_000, 38_000)
    assert found == [(40_000, cents("800.00")), (35_000, cents("700.00")), (25_000, cents("500.00"))]
    assert over_delivered(100_000, 113_000, unlimited=False) == 13_000


@pytest.mark.rule("PI-DEL-11")
def test_an_unlimited_item_has_no_cap_in_ex_10() -> None:
    found = bill("2000.00", 100_000, 40_000, 35_000, 38_000, unlimited=True)
    assert found == [(40_000, cents("800.00")), (35_000, cents("700.00")), (38_000, cents("760.00"))]
    assert over_delivered(100_000, 113_000, unlimited=True) == 0


@pytest.mark.rule("PI-DEL-08", "PI-DEL-13")
def test_amounts_follow_running_totals_in_ex_10() -> None:
    found = bill("1999.99", 100_000, 33_333, 33_333, 41_000)
    assert found == [(33_333, cents("666.66")), (33_333, cents("666.65")), (33_334, cents("666.68"))]


@pytest.mark.rule("PI-DEL-08", "PI-DEL-15")
@pytest.mark.parametrize(
    ("second", "third", "expected"),
    [(35_000, 24_000, [(33_500, "670.00"), (24_000, "480.00")]), (1_000, 24_000, [(0, "0.00"), (23_500, "470.00")])],
)
def test_a_late_correction_comes_off_the_open_lines_in_ex_11(
    second: int, third: int, expected: list[tuple[int, str]]
) -> None:
    found = bill("2000.00", 100_000, 38_500, second, third, frozen=(40_000, "800.00"))
    assert found[0] == (40_000, cents("800.00"))
    assert found[1:] == [(units, cents(amount)) for units, amount in expected]


@pytest.mark.rule("PI-DEL-12", "PI-DEL-13")
def test_only_what_was_delivered_is_billed_in_ex_12() -> None:
    found = bill("4500.00", 300_000, 81_250, 0, 150_001)
    assert found == [(81_250, cents("1218.75")), (0, 0), (150_001, cents("2250.02"))]
    assert sum(amount for _, amount in found) == cents("3468.77")


@pytest.mark.rule("PI-DEL-04")
def test_a_covered_day_without_a_record_is_zero_and_an_uncovered_one_unknown() -> None:
    known = ItemDelivery({day("2026-01-01"): 70}, frozenset(days("2026-01-01..2026-01-02").days()))
    assert (known.within(days("2026-01-01..2026-01-02")), known.covers(days("2026-01-01..2026-01-02"))) == (70, True)
    assert (known.within(days("2026-01-02..2026-01-03")), known.covers(days("2026-01-02..2026-01-03"))) == (0, False)


@pytest.mark.rule("PI-DEL-08", "PI-DEL-15")
@given(
    amount=st.integers(0, 10**9),
    booked=st.integers(1, 10**6),
    delivered=st.lists(st.tuples(st.integers(0, 10**5), st.integers(0, 10**5), st.booleans()), min_size=1, max_size=12),
)
def test_no_line_is_negative_and_all_together_bill_no_more_than_delivered_or_booked(
    amount: int, booked: int, delivered: list[tuple[int, int, bool]]
) -> None:
    parts = [
        DeliveredSlice(count, Billed(earlier, round(amount * earlier / booked)) if invoiced else None)
        for count, earlier, invoiced in delivered
    ]
    lines = bill_delivery(amount, booked, parts)
    frozen = sum(part.frozen.quantity for part in parts if part.frozen)
    assert all(line.quantity >= 0 for line in lines)
    assert sum(line.quantity for line in lines) <= max(frozen, min(booked, sum(part.delivered for part in parts)))
