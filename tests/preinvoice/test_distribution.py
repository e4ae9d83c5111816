"""Linear distribution: EX-04 to EX-09, and the properties of cumulative rounding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.preinvoice.domain.campaign import DistributionPeriod, DistributionUnit
from services.preinvoice.domain.distribution import Shares, distribute, falls_below_hundred_units, weigh
from services.preinvoice.domain.intervals import slices
from shared.kernel.money import split_cumulative
from shared.kernel.period import Period, Weekday
from tests.preinvoice.builders import days, terms
from tests.words import cents

SUMMER = "2019-07-15..2019-10-14"


def spans(runtime: str, interval: str = "monthly", start_of_week: Weekday = Weekday.SUNDAY) -> list[Period]:
    agreed = terms(runtime, interval=interval, start_of_week=start_of_week)
    return [part.days for part in slices(days(runtime), agreed)]


def amounts(total: str, runtime: str, period: DistributionPeriod, interval: str = "monthly") -> list[int]:
    return distribute(cents(total), None, weigh(spans(runtime, interval), period), "amount").amounts


@pytest.mark.rule("PI-DST-04", "PI-DST-06", "PI-DST-07", "PI-DST-11", "PI-DST-12")
@pytest.mark.parametrize(
    ("total", "runtime", "interval", "day_based", "even"),
    [
        pytest.param(
            "10000.00",
            SUMMER,
            "monthly",
            ["1847.83", "3369.56", "3260.87", "1521.74"],
            ["2500.00", "2500.00", "2500.00", "2500.00"],
            id="EX-04",
        ),
        pytest.param(
            "5000.00",
            "2019-01-20..2019-03-05",
            "monthly",
            ["1333.33", "3111.11", "555.56"],
            ["1666.67", "1666.66", "1666.67"],
            id="EX-05",
        ),
        pytest.param("10000.00", SUMMER, "quarterly", ["8478.26", "1521.74"], ["7500.00", "2500.00"], id="EX-06"),
    ],
)
def test_amounts_by_days_and_evenly_by_touched_months(
    total: str, runtime: str, interval: str, day_based: list[str], even: list[str]
) -> None:
    assert amounts(total, runtime, "day_based", interval) == [cents(amount) for amount in day_based]
    assert amounts(total, runtime, "even", interval) == [cents(amount) for amount in even]


@pytest.mark.rule("PI-DST-07")
def test_a_month_touched_for_one_day_counts_like_a_full_one() -> None:
    assert weigh(spans("2019-01-31..2019-03-01"), "even") == [1, 1, 1]


EX_07 = [
    (662466, "3312.33", "3312.33"),
    (598356, "2991.78", "2991.78"),
    (662466, "3312.33", "3312.33"),
    (641096, "3205.48", "3205.48"),
    (662465, "3312.33", "3312.33"),
    (641096, "3205.48", "3205.48"),
    (662466, "3312.33", "3312.32"),
    (662466, "3312.33", "3312.33"),
    (641096, "3205.48", "3205.48"),
    (662465, "3312.32", "3312.33"),
    (641096, "3205.48", "3205.48"),
    (662466, "3312.33", "3312.33"),
]


@pytest.mark.rule("PI-DST-09", "PI-DST-13")
def test_unit_quantity_spreads_whole_units_and_amounts_follow_in_ex_07() -> None:
    year = spans("2019-01-01..2019-12-31")
    shares = distribute(cents("39000.00"), 7_800_000, weigh(year, "day_based"), "quantity")
    assert list(zip(shares.quantities, shares.amounts, strict=True)) == [
        (units, cents(amount)) for units, amount, _ in EX_07
    ]


@pytest.mark.rule("PI-DST-15", "PI-DST-16")
def test_unit_amount_shows_the_full_quantity_and_fills_in_what_was_delivered_in_ex_07() -> None:
    year = spans("2019-01-01..2019-12-31")
    shares = distribute(cents("39000.00"), 7_800_000, weigh(year, "day_based"), "amount")
    assert shares.amounts == [cents(amount) for _, _, amount in EX_07]
    assert (shares.delivered_quantities, shares.quantities) == ([units for units, _, _ in EX_07], [7_800_000] * 12)


@pytest.mark.rule("PI-DST-07", "PI-DST-09")
def test_evenly_each_month_gets_the_same_units_in_ex_07() -> None:
    year = spans("2019-01-01..2019-12-31")
    shares = distribute(cents("39000.00"), 7_800_000, weigh(year, "even"), "quantity")
    assert shares == Shares([cents("3250.00")] * 12, [650_000] * 12, [650_000] * 12)


@pytest.mark.rule("PI-DST-09", "PI-DST-13")
@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        (10, [(2, "500.00"), (3, "750.00"), (2, "500.00"), (2, "500.00"), (1, "250.00")]),
        (1, [(0, "0.00"), (0, "0.00"), (1, "2500.00"), (0, "0.00"), (0, "0.00")]),
    ],
)
def test_small_quantities_by_week_of_ex_08(booked: int, expected: list[tuple[int, str]]) -> None:
    weeks = spans("2019-12-01..2019-12-31", "weekly")
    shares = distribute(cents("2500.00"), booked, weigh(weeks, "day_based"), "quantity")
    assert list(zip(shares.quantities, shares.amounts, strict=True)) == [
        (units, cents(amount)) for units, amount in expected
    ]


@pytest.mark.rule("PI-DST-05", "PI-DST-11")
def test_unit_amount_by_week_of_ex_08() -> None:
    found = amounts("2500.00", "2019-12-01..2019-12-31", "day_based", "weekly")
    assert found == [cents(amount) for amount in ("564.52", "564.51", "564.52", "564.51", "241.94")]


@pytest.mark.rule("PI-DST-10")
@pytest.mark.parametrize(("booked", "warned"), [(10, True), (1033, True), (1034, False)])
def test_a_share_under_a_hundred_units_warns(booked: int, warned: bool) -> None:
    weeks = spans("2019-12-01..2019-12-31", "weekly")  # the last has 3 of 31 days: 1034 × 3 / 31 is just over 100
    assert falls_below_hundred_units(booked, weigh(weeks, "day_based")) is warned


@pytest.mark.rule("PI-DST-11", "PI-DST-12")
@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("100.00", [1] * 3, ["33.33", "33.34", "33.33"]),
        ("-100.00", [1] * 3, ["-33.33", "-33.34", "-33.33"]),
        ("0.05", [1] * 3, ["0.02", "0.01", "0.02"]),
        ("1000.00", [7] * 7, ["142.86", "142.85", "142.86", "142.86", "142.86", "142.85", "142.86"]),
    ],
)
def test_rounding_of_ex_09(total: str, weights: list[int], parts: list[str]) -> None:
    assert split_cumulative(cents(total), weights) == [cents(part) for part in parts]


@pytest.mark.rule("PI-DST-12", "PI-DST-14")
@given(
    total=st.integers(-(10**12), 10**12),
    booked=st.integers(1, 10**9),
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    unit=st.sampled_from(["amount", "quantity"]),
)
def test_parts_add_up_and_stay_within_a_unit_of_their_share(
    total: int, booked: int, lengths: list[int], unit: DistributionUnit
) -> None:
    start = days(SUMMER).start_on.toordinal()
    ends = [start + sum(lengths[: index + 1]) for index in range(len(lengths))]
    runs = [
        Period(type(days(SUMMER).start_on).fromordinal(end - length), days(SUMMER).start_on.fromordinal(end))
        for end, length in zip(ends, lengths, strict=True)
    ]
    shares = distribute(total, booked, weigh(runs, "day_based"), unit)
    assert sum(shares.amounts) == total
    assert sum(units or 0 for units in shares.delivered_quantities) == booked
    for amount, length in zip(shares.amounts, lengths, strict=True):
        if unit == "amount":
            assert abs(amount * sum(lengths) - total * length) < sum(lengths)
    mirrored = distribute(-total, booked, weigh(runs, "day_based"), unit)
    assert mirrored.amounts == [-amount for amount in shares.amounts]
