"""Which items share an invoice, and which invoices are made."""

from datetime import date
from decimal import Decimal

import pytest

from services.invoicing.domain.billing import RunTerms, bill_client
from services.invoicing.domain.charges import Charges
from services.invoicing.domain.criteria import Corrections, SignChoice, Switches
from services.invoicing.domain.item import Item
from services.invoicing.domain.selection import Agreement
from tests.invoicing.builders import RUN_DAY, bill, client, item, minor, named, payable, reasons


def on_plan(plan: str, price: str, **changes: object) -> Item:
    return item(price, plan_id=named(plan), order_no=plan, **changes)


@pytest.mark.rule("MA-INV-15", "MA-INV-16")
@pytest.mark.parametrize(
    ("sign", "expected"),
    [
        (None, ["11250.00", "-4375.00"]),
        (SignChoice.DEBIT, ["11250.00"]),
        (SignChoice.CREDIT, ["-4375.00"]),
        (SignChoice.SEPARATE, ["15000.00", "-3750.00", "2500.00", "-6875.00"]),
    ],
)
def test_debit_and_credit_as_in_ex_07(sign: SignChoice | None, expected: list[str]) -> None:
    items = [on_plan("1", "12000.00"), on_plan("1", "-3000.00"), on_plan("2", "2000.00"), on_plan("2", "-5500.00")]
    done = bill(items, sign=sign)
    assert payable(done) == expected
    assert set(reasons(done)) <= {"other_sign"}
    assert len(done.left_out) + sum(len(invoice.items) for invoice in done.invoices) == 4


@pytest.mark.rule("MA-INV-15", "MA-INV-16")
def test_a_zero_invoice_counts_as_debit_and_a_zero_record_as_flagged() -> None:
    assert payable(bill([item("0.00")], sign=SignChoice.DEBIT)) == ["0.00"]
    assert reasons(bill([item("0.00")], sign=SignChoice.CREDIT)) == ["other_sign"]
    zeros = [item("0.00"), item("0.00", credit=True), item("-1.00")]
    assert [len(invoice.items) for invoice in bill(zeros, sign=SignChoice.SEPARATE).invoices] == [1, 2]


@pytest.mark.rule("MA-INV-18")
def test_both_separates_give_up_to_four_invoices_per_group() -> None:
    items = [
        item("10.00"),
        item("-4.00"),
        item("2.00", correction_kind="external"),
        item("-1.00", correction_kind="internal"),
    ]
    done = bill(items, sign=SignChoice.SEPARATE, corrections=Corrections.SEPARATE)
    assert payable(done) == ["12.50", "-5.00", "2.50", "-1.25"]


@pytest.mark.rule("MA-INV-21", "MA-INV-22")
def test_the_minimum_as_in_ex_06() -> None:
    items = [on_plan("A", "480.00"), on_plan("B", "500.00"), on_plan("C", "-120.00")]
    terms = client(minimum_amount=minor("500.00"))
    ordinary = bill(items, terms)
    assert (payable(ordinary), reasons(ordinary)) == (["625.00"], ["below_minimum"] * 2)
    assert payable(bill(items, terms, one_invoice_per_client=True)) == ["1075.00"]


@pytest.mark.rule("MA-INV-21")
def test_the_minimum_is_compared_with_the_absolute_amount_and_zero_holds_nothing_back() -> None:
    assert payable(bill([item("-500.00")], client(minimum_amount=minor("500.00")))) == ["-625.00"]
    assert payable(bill([item("0.00")])) == ["0.00"]


@pytest.mark.rule("MA-INV-22")
def test_force_keeps_currencies_and_separate_signs_apart() -> None:
    items = [on_plan("A", "1.00"), on_plan("B", "2.00", currency="SEK"), on_plan("C", "-4.00")]
    assert payable(bill(items, one_invoice_per_client=True)) == ["-3.75", "2.50"]
    assert len(bill(items, one_invoice_per_client=True, sign=SignChoice.SEPARATE).invoices) == 3


@pytest.mark.rule("MA-INV-20")
@pytest.mark.parametrize(
    ("separate_by", "count"), [("client", 1), ("campaign", 2), ("plan", 3), ("order", 4), ("product", 2)]
)
def test_the_clients_split_level_groups(separate_by: str, count: int) -> None:
    items = [
        item(campaign="S", plan_id=named("1"), order_id=named("a"), product="P"),
        item(campaign="S", plan_id=named("1"), order_id=named("b"), product="Q"),
        item(campaign="S", plan_id=named("2"), order_id=named("c"), product="P"),
        item(campaign="T", plan_id=named("3"), order_id=named("d"), product="Q"),
    ]
    assert len(bill(items, client(separate_by=separate_by)).invoices) == count


@pytest.mark.rule("MA-INV-20", "MA-INV-09")
def test_invoice_date_and_current_deduction_keep_items_apart() -> None:
    deducted, dated = named("with deduction"), named("dated plan")
    run = RunTerms(
        Switches(),
        RUN_DAY,
        agreements={deducted: Agreement(current_invoicing=False, current_deduction=True)},
        plan_invoice_dates={dated: date(2026, 11, 5)},
    )
    items = [item("1.00"), item("2.00", agreement_id=deducted), item("4.00", plan_id=dated)]
    done = bill_client(items, client(separate_by="client", payment_days=10), run)
    assert [(invoice.key.invoice_on, invoice.due_on) for invoice in done.invoices] == [
        (RUN_DAY, date(2026, 11, 10)),
        (RUN_DAY, date(2026, 11, 10)),
        (date(2026, 11, 5), date(2026, 11, 15)),
    ]


@pytest.mark.rule("MA-INV-29")
def test_nothing_due_makes_an_empty_bill() -> None:
    assert bill([]) == ([], [])


@pytest.mark.rule("MA-INV-24")
def test_lines_read_by_order_then_date() -> None:
    later, earlier = item(order_no="2", dated_on=date(2026, 10, 2)), item(order_no="2", dated_on=date(2026, 10, 1))
    first = item(order_no="1", dated_on=date(2026, 10, 9), reference="PO 9")
    (invoice,) = bill([later, earlier, first]).invoices
    assert invoice.items == [first, earlier, later]
    assert invoice.reference == "PO 9"
    assert invoice.exchange_rate == Decimal(1)


@pytest.mark.rule("MA-INV-19", "MA-INV-21", "MA-INV-22")
@pytest.mark.parametrize("price", ["499.99", "-499.99", "0.00"])
def test_force_makes_an_invoice_below_the_minimum(price: str) -> None:
    terms = client(minimum_amount=minor("500.00"))
    assert reasons(bill([item(price)], terms)) == ["below_minimum"]
    assert len(bill([item(price)], terms, one_invoice_per_client=True).invoices) == 1


@pytest.mark.rule("MA-REG-08", "MA-REG-09")
def test_fees_fall_due_by_the_agreements_own_terms_throughout() -> None:
    end_of_month, ten_days = named("end of month"), named("ten days")
    run = RunTerms(
        Switches(),
        date(2028, 2, 10),
        agreements={
            end_of_month: Agreement(False, False, fee_payment_days=10, fee_from_month_end=True),
            ten_days: Agreement(False, False, fee_payment_days=10),
        },
        charges={client().legal_entity_id: Charges("EUR", fee_on_own_invoice=True)},
    )
    items = [item("105.00", agreement_id=one, fee_amount=500) for one in (end_of_month, ten_days, named("none"))]
    done = bill_client(items, client(separate_by="client", payment_days=19), run)
    assert [(one.portion, one.due_on) for one in done.invoices] == [
        ("media", date(2028, 2, 29)),
        ("commission", date(2028, 3, 10)),
        ("commission", date(2028, 2, 20)),
        ("commission", date(2028, 2, 29)),
    ]
