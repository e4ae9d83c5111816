"""Payment plans: EX-14, EX-15 and EX-22."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.preinvoice.domain import payment_plan
from services.preinvoice.domain.campaign import PlanEntry
from services.preinvoice.domain.payment_plan import PlanSettings
from shared.kernel.errors import NotAllowedNow
from shared.kernel.period import Period
from tests.preinvoice.builders import amounts, campaign, day, days, percents
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


RUNTIME = days("2020-02-01..2020-03-18")


def entries(
    settings: PlanSettings, *, prepaid: bool = False, runtime: Period | None = RUNTIME
) -> list[tuple[str, str]]:
    """Invoice day and percentage of each entry."""
    found = payment_plan.entries_of(settings, runtime, prepaid=prepaid)
    return [(str(entry.invoice_on), str(entry.percent)) for entry in found]


@pytest.mark.rule("PI-FPP-07")
@pytest.mark.parametrize(
    ("count", "shares"),
    [(1, ["100"]), (2, ["50", "50"]), (3, ["33", "33", "34"]), (7, ["14"] * 6 + ["16"]), (100, ["1"] * 100)],
)
def test_publication_dates_share_whole_percentages_and_the_last_takes_the_rest(count: int, shares: list[str]) -> None:
    dates = tuple(day("2020-02-01") + timedelta(days=number) for number in range(count))
    found = entries(PlanSettings(publication_dates=dates[::-1]))
    assert [share for _, share in found] == shares
    assert [on for on, _ in found] == [str(on) for on in dates]


@pytest.mark.rule("PI-FPP-08", "PI-FPP-10", "PI-FPP-01")
def test_own_entries_outrank_publication_dates_and_these_the_switches_which_follow_the_runtime() -> None:
    settings = PlanSettings(at_start_of_runtime=True)
    assert entries(settings) == [("2020-02-01", "100")]
    assert entries(settings, runtime=days("2020-02-05..2020-03-18")) == [("2020-02-05", "100")]
    assert entries(PlanSettings(at_end_of_runtime=True)) == [("2020-03-18", "100")]
    settings = replace(settings, publication_dates=(day("2020-02-10"),))
    assert entries(settings) == [("2020-02-10", "100")]
    assert entries(replace(settings, entries=percents("60", "40"))) == [("2020-02-10", "60"), ("2020-02-24", "40")]
    assert entries(PlanSettings(at_end_of_runtime=True), runtime=None) == []
    assert entries(PlanSettings()) == []


@pytest.mark.rule("PI-FPP-09")
@pytest.mark.parametrize(
    ("days_later", "keep", "invoice_on", "deferred"),
    [
        (20, False, "2020-04-07", "2020-04-07"),
        (20, True, "2020-03-31", "2020-04-07"),
        (5, True, "2020-03-23", "2020-03-23"),
        (0, False, "2020-03-18", "None"),
    ],
)
def test_deferral_of_ex_22(days_later: int, keep: bool, invoice_on: str, deferred: str) -> None:
    settings = PlanSettings(at_end_of_runtime=True, defer_days=days_later, keep_fiscal_month=keep)
    (entry,) = payment_plan.entries_of(settings, RUNTIME, prepaid=False)
    assert (str(entry.invoice_on), str(entry.deferred_until_on)) == (invoice_on, deferred)


@pytest.mark.rule("PI-FPP-11")
def test_a_prepaid_campaign_gets_no_automatic_plan_but_keeps_its_own() -> None:
    automatic = PlanSettings(publication_dates=(day("2020-02-10"),), at_end_of_runtime=True)
    assert entries(automatic, prepaid=True) == []
    assert entries(replace(automatic, entries=percents("100")), prepaid=True) == [("2020-02-10", "100")]
    assert campaign(payment_interval="total").prepaid
    assert not campaign(payment_interval="total", due_at="interval_end").prepaid


@pytest.mark.rule("PI-FPP-08", "PI-FPP-09")
@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        (PlanSettings(at_end_of_runtime=True, at_start_of_runtime=True), ["at_end_of_runtime"]),
        (PlanSettings(at_end_of_runtime=True, defer_days=-1), ["defer_days"]),
        (PlanSettings(at_start_of_runtime=True, defer_days=1), ["defer_days"]),
        (PlanSettings(entries=percents("50") + percents("50")), ["entries"]),
        (PlanSettings(entries=(PlanEntry(1, None, Decimal(100), 5),)), ["entries"]),
        (PlanSettings(entries=percents("-10", "110")), ["entries"]),
        (PlanSettings(at_end_of_runtime=True, defer_days=20), []),
    ],
)
def test_what_no_plan_may_say(settings: PlanSettings, fields: list[str]) -> None:
    faults = payment_plan.settings_faults(settings)
    assert [(fault.code, fault.field) for fault in faults] == [("pi_e_25", field) for field in fields]


@pytest.mark.rule("PI-FPP-13")
@pytest.mark.parametrize(
    ("after", "frozen", "invoiced", "locked"),
    [
        (percents("33", "33", "34"), True, {1}, False),
        (percents("33", "50", "17"), True, {1}, False),
        (percents("50", "16", "34"), True, {1}, True),
        ((), True, {1}, True),
        ((), True, set(), True),
        ((), False, set(), False),
        (percents("100"), False, set(), False),
    ],
)
def test_invoiced_entries_are_locked_open_ones_may_change(
    after: tuple[PlanEntry, ...], frozen: bool, invoiced: set[int], locked: bool
) -> None:
    def check() -> None:
        payment_plan.check_locked(THIRDS, after, line_no=4, frozen=frozen, invoiced=frozenset(invoiced))

    if locked:
        with pytest.raises(NotAllowedNow, match="pi_e_36"):
            check()
    else:
        check()


@pytest.mark.rule("PI-FPP-13")
def test_a_plan_is_not_added_to_an_item_with_an_invoice() -> None:
    with pytest.raises(NotAllowedNow, match="pi_e_36"):
        payment_plan.check_locked((), THIRDS, line_no=4, frozen=True, invoiced=frozenset())
