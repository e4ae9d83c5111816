"""What an invoice uses of money billed ahead: the catalogue's examples, and what holds for any amounts."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.invoicing.domain.advance import Advance, Scope, candidates, keeping_out
from services.invoicing.domain.deduction import Deduction, Due, deduct_from_invoice, deduct_from_rows
from services.invoicing.domain.item import Item
from tests.invoicing.builders import item, minor, named

_RATE = Decimal(25)


def advance(no: int, amount: str, aged_on: str = "2026-01-10", **changes: Any) -> Advance:
    """Taxable money of the client ALFA at 25 %."""
    return Advance(
        id=named(f"P{no}"), advance_no=no, client_id=named("ALFA"), currency="EUR", blocked=False, deduct_all=False,
        scopes=(), scope_version=1, taxable=True, vat_percent=_RATE, aged_on=date.fromisoformat(aged_on),
        available_amount=minor(amount),
    )._replace(**changes)  # fmt: skip


def plan(name: str) -> Scope:
    """The scope that names one plan."""
    return Scope(plan_id=named(name))


def used(done: list[Deduction]) -> dict[int, str]:
    """What was deducted, by the number of the advance invoice."""
    return {one.advance.advance_no: f"{Decimal(one.amount).scaleb(-2)}" for one in done}


def billed(
    advances: list[Advance], items: list[Item], *, per_row: bool = False, bases: dict[int, str] | None = None
) -> tuple[dict[int, str], str, str, dict[int, str]]:
    """What is used, VAT, to pay, and what is left of each."""
    given_bases = {Decimal(rate): minor(base) for rate, base in (bases or {}).items()}
    due = Due(given_bases or {_RATE: sum(one.price_amount for one in items)})
    usable = candidates(advances, "EUR")
    left = {one.id: one.available_amount for one in usable}
    if per_row:
        done = deduct_from_rows(due, items, _RATE, usable, left)
    else:
        done = deduct_from_invoice(due, items, usable, left)
    sums = due.totals
    rest = {one.advance_no: f"{Decimal(left.get(one.id, one.available_amount)).scaleb(-2)}" for one in advances}
    return (
        used(done), f"{Decimal(sums.vat_amount).scaleb(-2)}", f"{Decimal(sums.total_amount).scaleb(-2)}", rest
    )  # fmt: skip


def _three(**of_one: dict[str, Any]) -> list[Advance]:
    return [
        advance(103, "30000.00", "2026-02-20", **of_one.get("P103", {})),
        advance(101, "40000.00", "2026-01-10", **of_one.get("P101", {})),
        advance(102, "25000.00", "2026-02-05", **of_one.get("P102", {})),
    ]


@pytest.mark.rule("MA-PRE-14", "MA-PRE-15", "MA-PRE-16", "MA-PRE-17", "MA-PRE-18", "MA-PRE-19")
@pytest.mark.parametrize(
    ("advances", "expected"),
    [
        (
            _three(),
            (
                {101: "40000.00", 102: "25000.00", 103: "17500.00"}, "0.00", "0.00",
                {101: "0.00", 102: "0.00", 103: "12500.00"},
            ),
        ),
        (
            _three(P102={"scopes": (plan("9999"),)}),
            (
                {101: "40000.00", 103: "30000.00"}, "3125.00", "15625.00",
                {101: "0.00", 102: "25000.00", 103: "0.00"},
            ),
        ),
        (
            _three(P101={"blocked": True}),
            (
                {102: "25000.00", 103: "30000.00"}, "6875.00", "34375.00",
                {101: "40000.00", 102: "0.00", 103: "0.00"},
            ),
        ),
    ],
    ids=["oldest first", "another plan's money is skipped", "blocked money is passed over"],
)  # fmt: skip
def test_ex_13_current_deduction_takes_the_oldest_money_first(advances: list[Advance], expected: object) -> None:
    taken, vat, to_pay, left = billed(advances, [item("82500.00")])
    assert (taken, vat, to_pay, dict(sorted(left.items()))) == expected


@pytest.mark.rule("MA-PRE-14", "MA-PRE-15")
def test_age_is_the_first_printed_bill_then_the_number() -> None:
    alike = [advance(7, "1.00"), advance(3, "1.00"), advance(5, "1.00", "2025-12-31")]
    others = [
        advance(1, "0.00"),
        advance(2, "1.00", currency="SEK"),
        advance(4, "1.00", blocked=True),
        advance(6, "1.00", aged_on="2026-01-01")._replace(aged_on=None),
    ]
    assert [one.advance_no for one in candidates([*alike, *others], "EUR")] == [5, 3, 7]


@pytest.mark.rule("MA-PRE-18")
def test_ex_14_non_taxable_money_pays_vat_and_leaves_it_as_it_is() -> None:
    untaxed = advance(101, "100000.00", taxable=False, vat_percent=Decimal(0))
    taken, vat, to_pay, left = billed([untaxed], [item("64000.00")])
    assert (taken, vat, to_pay, left) == ({101: "80000.00"}, "16000.00", "0.00", {101: "20000.00"})


@pytest.mark.rule("MA-PRE-18")
def test_ex_14_taxable_money_lowers_the_base_of_its_own_rate_only() -> None:
    taken, vat, to_pay, left = billed(
        [advance(101, "12000.00")], [item("14000.00")], bases={25: "9000.00", 0: "5000.00"}
    )
    assert (taken, vat, to_pay, left) == ({101: "9000.00"}, "0.00", "5000.00", {101: "3000.00"})


@pytest.mark.rule("MA-PRE-18")
def test_taxable_money_after_non_taxable_never_makes_the_amount_to_pay_negative() -> None:
    untaxed = advance(1, "30.00", "2026-01-01", taxable=False, vat_percent=Decimal(0))
    taken, vat, to_pay, _ = billed([untaxed, advance(2, "100.00")], [item("100.00")])
    assert (taken, vat, to_pay) == ({1: "30.00", 2: "76.00"}, "6.00", "0.00")


@pytest.mark.rule("MA-PRE-17", "MA-PRE-20")
@pytest.mark.parametrize(
    ("per_row", "expected"),
    [
        (False, ({101: "14000.00"}, "500.00", "2500.00", {101: "0.00"})),
        (True, ({101: "10000.00"}, "1500.00", "7500.00", {101: "4000.00"})),
    ],
    ids=["per invoice", "per row"],
)
def test_ex_16_one_fitting_row_opens_the_whole_invoice_or_only_itself(per_row: bool, expected: object) -> None:
    rows = [item("10000.00", plan_id=named("7001")), item("6000.00", plan_id=named("7002"))]
    assert billed([advance(101, "14000.00", scopes=(plan("7001"),))], rows, per_row=per_row) == expected


@pytest.mark.rule("MA-PRE-20")
def test_ex_16_vat_per_row_may_leave_a_cent() -> None:
    untaxed = advance(101, "1000.00", taxable=False, vat_percent=Decimal(0))
    taken, vat, to_pay, _ = billed([untaxed], [item("33.33") for _ in range(3)], per_row=True)
    assert (taken, vat, to_pay) == ({101: "124.98"}, "25.00", "0.01")


@pytest.mark.rule("MA-PRE-20")
def test_rows_come_in_invoice_order_and_money_oldest_first_within_a_row() -> None:
    older = advance(1, "60.00", "2026-01-01", scopes=(plan("a"), plan("b")))
    younger = advance(2, "100.00", "2026-01-02", scopes=(plan("b"),))
    rows = [item("100.00", plan_id=named("a")), item("50.00", plan_id=named("b"))]
    assert billed([younger, older], rows, per_row=True)[0] == {1: "60.00", 2: "50.00"}
    assert billed([younger, older], rows[::-1], per_row=True)[0] == {1: "60.00"}


@pytest.mark.rule("MA-PRE-16")
def test_money_without_scope_matches_any_insertion_in_a_run_but_none_when_controlled() -> None:
    free = advance(1, "1.00")
    assert (free.matches(item()), free.covers(item())) == (True, False)
    everything = free._replace(deduct_all=True)
    assert (everything.matches(item()), everything.covers(item())) == (True, True)


@pytest.mark.rule("MA-PRE-11")
@pytest.mark.parametrize(
    ("scopes", "fits"),
    [
        ([Scope(plan_id=named("plan 1"))], True),
        ([Scope(plan_id=named("plan 2"))], False),
        ([Scope(plan_id=named("plan 1"), order_id=named("order 2"))], False),
        ([Scope(plan_id=named("plan 2")), Scope(order_id=named("order 1"))], True),
        ([Scope(campaign="Spring")], True),
        ([Scope(campaign="Autumn")], False),
        ([Scope(from_on=date(2026, 10, 12), to_on=date(2026, 10, 12))], True),
        ([Scope(from_on=date(2026, 10, 13))], False),
        ([Scope(to_on=date(2026, 10, 11))], False),
        ([Scope(plan_id=named("plan 1"), to_on=date(2026, 10, 11))], False),
    ],
)
def test_a_scope_needs_all_its_fields_and_scopes_are_alternatives(scopes: list[Scope], fits: bool) -> None:
    one = item(campaign="Spring")
    assert advance(1, "1.00", scopes=tuple(scopes)).matches(one) is fits
    assert advance(1, "1.00", scopes=tuple(scopes)).covers(one) is fits


@pytest.mark.rule("MA-INV-28")
def test_only_scopes_that_name_a_plan_an_order_or_a_campaign_keep_insertions_out() -> None:
    named_ones = (plan("a"), Scope(order_id=named("b")), Scope(campaign="c"))
    found = keeping_out([advance(1, "1.00", scopes=(*named_ones, Scope(from_on=date(2026, 1, 1)))), advance(2, "1.00")])
    assert found == named_ones


_amounts = st.integers(1, 10_000_00)


@pytest.mark.rule("MA-PRE-18", "MA-PRE-20")
@given(
    prices=st.lists(st.integers(-200_00, 10_000_00), min_size=1, max_size=5),
    money=st.lists(st.tuples(_amounts, st.booleans()), max_size=4),
    rate=st.sampled_from([Decimal(25), Decimal("7.7"), Decimal(0)]),
    per_row=st.booleans(),
)
def test_deductions_use_no_more_than_there_is_and_leave_nothing_negative(
    prices: list[int], money: list[tuple[int, bool]], rate: Decimal, per_row: bool
) -> None:
    rows = [item()._replace(price_amount=price) for price in prices]
    before = Due({rate: sum(prices)})
    advances = [
        advance(no, "0.00", taxable=taxable, vat_percent=rate if taxable else Decimal(0), available_amount=amount)
        for no, (amount, taxable) in enumerate(money, 1)
    ]
    due, left = Due({rate: sum(prices)}), {one.id: one.available_amount for one in advances}
    if per_row:
        done = deduct_from_rows(due, rows, rate, advances, left)
    else:
        done = deduct_from_invoice(due, rows, advances, left)
    assert all(amount >= 0 for amount in left.values())
    assert all(left[one.advance.id] + one.amount == one.advance.available_amount for one in done)
    assert due.to_pay >= min(before.to_pay, 0)
    assert due.totals.total_amount == due.to_pay
    if not per_row and due.to_pay > 0:
        # As much as possible: only money of the last cent's rounding is left over.
        assert all(due.room_for(one) <= 1 or not left[one.id] for one in advances)
