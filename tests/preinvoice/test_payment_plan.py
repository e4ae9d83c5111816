"""Payment plans: EX-14 and EX-15."""

import pytest

from services.preinvoice.domain import payment_plan
from services.preinvoice.domain.campaign import PlanEntry
from tests.preinvoice.builders import amounts, percents
from tests.words import cents

THIRDS = percents("33", "33", "34")


@pytest.mark.rule("PI-FPP-06")
@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        ("1000.00", ["330.00", "330.00", "340.00"]),
        ("999.99", ["330.00", "330.00", "339.99"]),
        ("0.10", ["0.03", "0.03", "0.04"]),
    ],
)
def test_the_last_entry_takes_the_rest_in_ex_14(amount: str, parts: list[str]) -> None:
    assert payment_plan.entry_amounts(THIRDS, cents(amount)) == [cents(part) for part in parts]


@pytest.mark.rule("PI-FPP-06")
def test_amounts_are_taken_as_they_are() -> None:
    assert payment_plan.entry_amounts(amounts("500.00", "8.25"), cents("508.25")) == [cents("500.00"), cents("8.25")]


@pytest.mark.rule("PI-FPP-02")
@pytest.mark.parametrize(
    ("entries", "amount", "right"),
    [
        (THIRDS, "1000.00", True),
        (percents("60", "30"), "1000.00", False),
        (percents("33.33", "33.33", "33.34"), "1.00", True),
        (amounts("500.00", "8.25"), "8.25", False),
        (amounts("500.00", "8.25"), "508.25", True),
        (amounts("500.00", "8.25"), "508.26", False),
    ],
)
def test_shares_add_up_exactly_in_ex_15(entries: tuple[PlanEntry, ...], amount: str, right: bool) -> None:
    assert payment_plan.adds_up(entries, cents(amount)) is right
