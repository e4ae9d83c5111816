"""Totals, VAT, contract deductions and vouchers, with the catalogues' figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.invoicing.domain.deductions import ContractTerms, contract_amounts, tax_parts
from services.invoicing.domain.item import Item
from services.invoicing.domain.totals import totals
from services.invoicing.domain.voucher import (
    Posting,
    campaign_voucher,
    contract_voucher,
    media_deduction,
    media_voucher,
    mirrored,
)
from shared.kernel.money import currency
from tests.invoicing.builders import bill, item, minor, named

EUR, SEK = currency("EUR"), currency("SEK")
DAGBLADET = named("DAGBLADET")


def by_role(rows: list[Posting]) -> dict[str, int]:
    """Signed debits by role."""
    return {row.role: row.debit - row.credit for row in rows}


def priced(**amounts: str) -> Item:
    return item()._replace(**{f"{name}_amount": minor(text) for name, text in amounts.items()})


EX_01 = priced(
    net="40128.00", net_net="32904.96", client_net="35312.64", fee="1003.20", capital_cost="211.88",
    price="36527.72",
)  # fmt: skip


@pytest.mark.rule("MA-GEN-03", "PI-RUN-20")
def test_vat_once_per_rate_as_in_ex_02() -> None:
    lines = [("25", "1234.55"), ("25", "87.25"), ("25", "0.33"), ("6", "410.09"), ("6", "19.96"), ("0", "300.00")]
    done = totals((Decimal(percent), minor(amount)) for percent, amount in lines)
    assert [(rate.base_amount, rate.vat_amount) for rate in done.vat] == [
        (minor("1322.13"), minor("330.53")),
        (minor("430.05"), minor("25.80")),
        (minor("300.00"), 0),
    ]
    assert (done.net_amount, done.vat_amount, done.total_amount) == (
        minor("2052.18"),
        minor("356.33"),
        minor("2408.51"),
    )


@pytest.mark.rule("MA-GEN-05", "MA-GEN-04")
def test_the_voucher_of_ex_01() -> None:
    (invoice,) = bill([EX_01]).invoices
    assert (invoice.totals.vat_amount, invoice.totals.total_amount) == (minor("9131.93"), minor("45659.65"))
    rows = media_voucher(
        [EX_01], vat_amount=invoice.totals.vat_amount, exchange_rate=Decimal(1), currency=EUR, base=EUR
    )
    about = (EX_01.plan_id, EX_01.order_id, EX_01.origin_id)
    assert rows == [
        Posting("accounts_receivable", None, minor("45659.65"), 0),
        Posting("output_vat", None, 0, minor("9131.93")),
        Posting("media_sales", DAGBLADET, 0, minor("35312.64"), *about),
        Posting("fee_revenue", DAGBLADET, 0, minor("1003.20"), *about),
        Posting("capital_cost_revenue", DAGBLADET, 0, minor("211.88"), *about),
        Posting("media_cost", DAGBLADET, minor("32904.96"), 0, *about),
        Posting("media_deduction", DAGBLADET, 0, minor("32904.96"), *about),
    ]
    assert media_deduction(rows) == minor("32904.96")
    assert by_role(mirrored(rows)) == {role: -amount for role, amount in by_role(rows).items()}


@pytest.mark.rule("MA-GEN-02", "MA-CRD-10")
@pytest.mark.parametrize(
    ("price", "payable"),
    [("-18690.00", "-23362.50"), ("-18600.00", "-23250.00"), ("-18090.00", "-22612.50"), ("-18000.00", "-22500.00")],
)
def test_credit_insertions_as_in_ex_10(price: str, payable: str) -> None:
    credit = item(price, net_net_amount=minor("-17000.00"), correction_kind="external", credit=True)
    (invoice,) = bill([credit]).invoices
    assert invoice.totals.total_amount == minor(payable)
    rows = media_voucher(
        [credit], vat_amount=invoice.totals.vat_amount, exchange_rate=Decimal(1), currency=EUR, base=EUR
    )
    assert media_deduction(rows) == minor("-17000.00")


@pytest.mark.rule("MA-GEN-10")
def test_each_line_is_converted_at_its_own_rate_and_the_receivable_balances() -> None:
    one = priced(net_net="4200.00", client_net="4500.00", price="4500.00")._replace(
        currency="EUR", exchange_rate=Decimal("11.20")
    )
    rows = media_voucher([one], vat_amount=0, exchange_rate=Decimal("11.20"), currency=EUR, base=SEK)
    assert by_role(rows) == {
        "accounts_receivable": minor("50400.00"),
        "media_sales": minor("-50400.00"),
        "media_cost": minor("47040.00"),
        "media_deduction": minor("-47040.00"),
    }


amounts = st.integers(-(10**9), 10**9)


@pytest.mark.rule("MA-GEN-04")
@given(
    st.lists(st.tuples(amounts, amounts, amounts, amounts), max_size=20), amounts, st.decimals("0.01", "99", places=4)
)
def test_every_voucher_balances(lines: list[tuple[int, int, int, int]], vat: int, rate: Decimal) -> None:
    items = [
        item(exchange_rate=rate)._replace(
            price_amount=price, net_net_amount=net_net, fee_amount=fee, capital_cost_amount=capital
        )
        for price, net_net, fee, capital in lines
    ]
    rows = media_voucher(items, vat_amount=vat, exchange_rate=rate, currency=EUR, base=SEK)
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows)
    assert all(row.debit >= 0 and row.credit >= 0 and (row.debit == 0) != (row.credit == 0) for row in rows)


def test_a_document_of_zeros_has_no_voucher() -> None:
    assert media_voucher([item("0.00")], vat_amount=0, exchange_rate=Decimal(1), currency=EUR, base=EUR) == []
    assert campaign_voucher(0, 0) == []


TERMS_1 = ContractTerms(Decimal("5"), Decimal("15"), Decimal("8.25"), Decimal("12"))
TERMS_2 = ContractTerms(Decimal("7.5"), Decimal("16.50"), Decimal("6.875"), Decimal("10"))


@pytest.mark.rule("CT-DSC-04", "CT-CMN-02", "CT-CMN-05", "CT-TAX-03")
@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (TERMS_1, ["4200.00", "210.00", "598.50", "3391.50", "279.80", "3671.30", "406.98"]),
        (TERMS_2, ["1287.35", "96.55", "196.48", "994.32", "68.36", "1062.68", "99.43"]),
    ],
)
def test_all_deductions_as_in_ex_ct_09(terms: ContractTerms, expected: list[str]) -> None:
    done = contract_amounts(minor(expected[0]), terms)
    assert list(done) == [minor(amount) for amount in expected]
    assert by_role(contract_voucher(done)) == {
        "accounts_receivable": done.due_amount,
        "airtime_sales": -done.gross_amount,
        "discounts_given": done.discount_amount,
        "agency_commission": done.agency_commission_amount,
        "output_vat": -done.tax_amount,
    }


@pytest.mark.rule("CT-CMN-04", "CT-CMN-05")
@pytest.mark.parametrize(("percent", "commission"), [("12", "255.00"), ("20", "425.00")])
def test_a_first_order_bonus_pays_as_in_ex_ct_22(percent: str, commission: str) -> None:
    terms = ContractTerms(Decimal(0), Decimal(15), Decimal(0), Decimal(percent))
    done = contract_amounts(minor("2500.00"), terms)
    assert (done.net_amount, done.sales_commission_amount) == (minor("2125.00"), minor(commission))


@pytest.mark.rule("CT-DSC-01", "CT-DSC-02")
def test_the_discount_rounds_on_each_invoice_as_in_ex_ct_10() -> None:
    terms = ContractTerms(Decimal(3), Decimal(0), Decimal(0), Decimal(0))
    assert 3 * contract_amounts(minor("1234.55"), terms).discount_amount == minor("111.12")
    assert contract_amounts(minor("3703.65"), terms).discount_amount == minor("111.11")


@pytest.mark.rule("CT-DSC-05")
def test_at_a_hundred_per_cent_everything_after_the_discount_is_zero() -> None:
    done = contract_amounts(minor("99.99"), TERMS_1._replace(discount_percent=Decimal(100)))
    assert list(done) == [minor("99.99"), minor("99.99"), 0, 0, 0, 0, 0]


@pytest.mark.rule("CT-TAX-04")
def test_the_parts_of_a_tax_of_nothing_are_nothing() -> None:
    assert tax_parts(0, [Decimal(0), Decimal(0)]) == [0, 0]
    assert tax_parts(500, [Decimal(5), Decimal(0)]) == [500, 0]


@pytest.mark.rule("CT-TAX-04")
@pytest.mark.parametrize(
    ("net", "tax", "parts", "due"),
    [
        ("1847.35", "276.64", ["92.37", "184.27"], "2123.99"),
        ("1000.04", "149.76", ["50.00", "99.76"], "1149.80"),
    ],
)
def test_split_taxes_as_in_ex_ct_11(net: str, tax: str, parts: list[str], due: str) -> None:
    done = contract_amounts(minor(net), ContractTerms(Decimal(0), Decimal(0), Decimal("14.975"), Decimal(0)))
    assert (done.tax_amount, done.due_amount) == (minor(tax), minor(due))
    assert tax_parts(done.tax_amount, [Decimal(5), Decimal("9.975")]) == [minor(part) for part in parts]


@pytest.mark.rule("MA-GEN-05", "MA-GEN-10")
def test_lines_of_one_invoice_are_converted_each_at_its_orders_rate() -> None:
    items = [
        priced(net="100.00", net_net="85.00", client_net="100.00", price="100.00")._replace(
            exchange_rate=Decimal("0.09")
        ),
        priced(net="200.00", net_net="170.00", client_net="200.00", price="200.00")._replace(
            exchange_rate=Decimal("0.10")
        ),
    ]
    rows = media_voucher(items, vat_amount=7500, exchange_rate=Decimal("0.09"), currency=SEK, base=EUR)
    # 7.65 and 17.00 of net-net, 9.00 and 20.00 of sales; VAT at the document's rate.
    assert media_deduction(rows) == 2465
    assert sum(row.credit - row.debit for row in rows if row.role == "media_sales") == 2900
    assert sum(row.debit for row in rows) == sum(row.credit for row in rows)
    assert by_role([row for row in rows if row.role in ("accounts_receivable", "output_vat")]) == {
        "accounts_receivable": 3575, "output_vat": -675,
    }  # fmt: skip
