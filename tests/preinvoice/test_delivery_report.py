"""Which of several reports counts, per day and per month (PI-DEL-03 to PI-DEL-07)."""

from datetime import date
from typing import Any

import pytest

from services.preinvoice.domain.delivery import ItemDelivery
from services.preinvoice.domain.delivery_report import Report, counted, report_faults
from tests.preinvoice.builders import day, days

RUNTIME = days("2020-01-16..2020-02-29")


def report(covers: str, records: dict[str, int] | None = None, **changes: Any) -> Report:
    """A report of the ad server per day."""
    plain: dict[str, Any] = {"source": "ad_server", "report_no": "R", "revision": 1, "per": "day"}
    stated = {day(on): quantity for on, quantity in (records or {}).items()}
    return Report("impressions", covers=days(covers), records=stated, **(plain | changes))


def within(delivery: ItemDelivery, period: str) -> tuple[int, bool]:
    """Units of some days, and whether all of them are known."""
    return delivery.within(days(period)), delivery.covers(days(period))


@pytest.mark.rule("PI-DEL-04")
def test_a_covered_day_without_a_record_is_zero_and_an_uncovered_one_unknown() -> None:
    found = counted([report("2020-01-16..2020-01-18", {"2020-01-17": 5})], RUNTIME)
    assert within(found, "2020-01-16..2020-01-18") == (5, True)
    assert within(found, "2020-01-18..2020-01-19") == (0, False)


@pytest.mark.rule("PI-DEL-05")
def test_per_day_the_typed_figure_comes_before_the_third_party_before_the_ad_server() -> None:
    server = report("2020-01-16..2020-01-18", {"2020-01-16": 1, "2020-01-17": 1, "2020-01-18": 1})
    measured = report("2020-01-17..2020-01-18", {"2020-01-17": 10, "2020-01-18": 10}, source="third_party")
    typed = report("2020-01-18..2020-01-18", {"2020-01-18": 100}, source="typed_in")
    for order in ([server, measured, typed], [typed, measured, server]):
        found = counted(order, RUNTIME)
        assert [found.by_day[day(on)] for on in ("2020-01-16", "2020-01-17", "2020-01-18")] == [1, 10, 100]


@pytest.mark.rule("PI-DEL-05", "PI-DEL-04")
def test_of_one_source_the_newest_report_counts_for_the_days_it_covers() -> None:
    older = report("2020-01-16..2020-01-17", {"2020-01-16": 3, "2020-01-17": 3})
    newer = report("2020-01-17..2020-01-17", report_no="S")
    assert within(counted([newer, older], RUNTIME), "2020-01-16..2020-01-17") == (3, True)


@pytest.mark.rule("PI-DEL-07")
def test_a_record_per_month_belongs_to_the_whole_month_however_little_of_it_runs() -> None:
    monthly = report("2020-01-01..2020-02-29", {"2020-01-01": 900, "2020-02-01": 700}, per="month")
    found = counted([monthly], RUNTIME)
    assert within(found, "2020-01-16..2020-01-31") == (900, True)
    assert within(found, "2020-02-01..2020-02-29") == (700, True)
    assert found.monthly


@pytest.mark.rule("PI-DEL-07")
def test_in_a_month_known_per_day_the_record_per_month_does_not_count() -> None:
    monthly = report("2020-01-01..2020-02-29", {"2020-01-01": 900, "2020-02-01": 700}, per="month", source="typed_in")
    daily = report("2020-01-16..2020-01-20", {"2020-01-16": 40})
    found = counted([monthly, daily], RUNTIME)
    assert within(found, "2020-01-16..2020-01-20") == (40, True)
    assert within(found, "2020-01-16..2020-01-31") == (40, False)
    assert within(found, "2020-02-01..2020-02-29") == (700, True)


@pytest.mark.rule("PI-DEL-16")
def test_delivery_outside_the_runtime_is_kept_apart() -> None:
    found = counted([report("2020-01-01..2020-01-20", {"2020-01-02": 8, "2020-01-16": 2})], RUNTIME)
    assert (sum(found.by_day.values()), found.within(RUNTIME)) == (10, 2)


@pytest.mark.rule("PI-DEL-03", "PI-DEL-04")
@pytest.mark.parametrize(
    ("covers", "per", "records", "codes"),
    [
        (("2020-01-02", "2020-01-01"), "day", [], ["pi_e_25"]),
        (("2020-01-01", "2023-01-05"), "day", [], ["pi_e_25"]),
        (("2020-01-01", "2020-01-05"), "day", [("2020-01-06", 1)], ["pi_e_25"]),
        (("2020-01-01", "2020-01-05"), "day", [("2020-01-01", 1), ("2020-01-01", 2)], ["pi_e_25"]),
        (("2020-01-01", "2020-01-05"), "day", [("2020-01-01", -1)], ["pi_e_34"]),
        (("2020-01-01", "2020-01-31"), "month", [("2020-01-02", 1)], ["pi_e_25"]),
        (("2020-01-01", "2020-01-31"), "month", [("2020-02-01", 1)], ["pi_e_25"]),
        (("2020-01-20", "2020-01-31"), "month", [("2020-01-01", 1)], []),
        (("2020-01-01", "2020-01-01"), "day", [("2020-01-01", 0)], []),
    ],
)
def test_what_no_report_may_say(covers: tuple[str, str], per: Any, records: list[Any], codes: list[str]) -> None:
    stated: list[tuple[date, int]] = [(day(on), quantity) for on, quantity in records]
    assert [one.code for one in report_faults(day(covers[0]), day(covers[1]), per, stated)] == codes
