"""What the documents of contract invoices say, by invoice type, affidavit and group options."""

from decimal import Decimal
from typing import Any

import pytest

from services.invoicing.documents import document, render
from services.invoicing.domain.deductions import ContractTerms, contract_amounts, tax_parts
from shared.kernel.errors import NotAllowedNow
from tests.invoicing.builders import minor
from tests.invoicing.papers import EX_CT_21, KAAA, KBBB, invoice, off_air, rows, said, spot

TYPES = ("detail", "summary", "time", "time_rates", "co_op_notarized_affidavit")
BANNER = off_air("005", "Web banner January", "150.00")


def terms(discount: str = "0", agency: str = "0", tax: str = "0", sales: str = "12") -> ContractTerms:
    return ContractTerms(Decimal(discount), Decimal(agency), Decimal(tax), Decimal(sales))


@pytest.mark.rule("CT-ITY-12", "CT-ITY-01")
@pytest.mark.parametrize("invoice_type", TYPES)
def test_every_type_comes_to_the_same_as_in_ex_ct_21(invoice_type: str) -> None:
    document_ = said(invoice_type)
    assert (document_["total"], document_["sums"]) == ("340.00", [["Net", "340.00"]])
    money = [row.get("Rate", row.get("Amount", "")) for row in rows(document_["table"])]
    if invoice_type == "time_rates":
        money = [row["Amount"] for row in rows(document_["table"])]
    assert sum(map(Decimal, money)) == Decimal("340.00")


@pytest.mark.rule("CT-ITY-03")
def test_detail_rows_say_everything() -> None:
    (first, *rest) = rows(said("detail", [*EX_CT_21, BANNER])["table"])
    assert first == {
        "Date": "12\u00a0Jan\u00a02026", "Day": "Mo", "Aired": "07:00", "Length": "30\u00a0s", "Avail": "A",
        "Copy": "A", "Cart": "C-a", "Rate": "60.00",
    }  # fmt: skip
    assert len(rest) == 8
    assert (rest[-1]["Date"], rest[-1]["Copy"], rest[-1]["Rate"]) == (
        "24\u00a0Jan\u00a02026", "Web banner January", "150.00",
    )  # fmt: skip
    headings = [group["heading"] for group in said("detail")["table"]["groups"]]
    assert headings[0] == "Line 1 · Radio KAAA · 06:00–10:00"


@pytest.mark.rule("CT-ITY-04")
def test_summary_rows() -> None:
    assert [(row["Line"], row["Count"], row["Amount"]) for row in rows(said("summary")["table"])] == [
        ("1", "3", "180.00"),
        ("2", "2", "0.00"),
        ("3", "2", "90.00"),
        ("4", "1", "70.00"),
    ]


@pytest.mark.rule("CT-ITY-05")
def test_time_rows_name_dates_and_times_but_no_rate() -> None:
    found = rows(said("time", [*EX_CT_21, BANNER])["table"])
    assert [(row["Ordered time"], row["Length"], row["Count"], row["Amount"]) for row in found[:3]] == [
        ("06:00–10:00", "30\u00a0s", "5", "180.00"),
        ("15:00–19:00", "30\u00a0s", "2", "90.00"),
        ("15:00–19:00", "60\u00a0s", "1", "70.00"),
    ]
    assert "Rate" not in found[0]
    assert found[1]["Aired"] == "Mo\u00a012\u00a0Jan\u00a007:00; Tu\u00a013\u00a0Jan\u00a007:00"
    assert (found[3]["Aired"], found[3]["Amount"]) == ("Radio KAAA · Web banner January", "150.00")


@pytest.mark.rule("CT-ITY-06")
def test_time_rates_rows_show_the_rate() -> None:
    assert [(row["Rate"], row["Count"], row["Amount"]) for row in rows(said("time_rates")["table"])] == [
        ("60.00", "3", "180.00"),
        ("0.00", "2", "0.00"),
        ("45.00", "2", "90.00"),
        ("70.00", "1", "70.00"),
    ]


@pytest.mark.rule("CT-ITY-10", "CT-ITY-09", "CT-ITY-07")
def test_co_op_breaks_down_by_copy_before_a_notary() -> None:
    document_ = said("co_op_notarized_affidavit", [*EX_CT_21, spot("004", "", "5.00"), BANNER])
    assert len(rows(document_["table"])) == 10
    assert [tuple(row.values()) for row in rows(document_["breakdown"])] == [
        ("A", "C-a", "4", "2 × 60.00, 1 × 45.00, 1 × 0.00", "165.00"),
        ("B", "C-b", "3", "1 × 60.00, 1 × 45.00, 1 × 0.00", "105.00"),
        ("C", "C-c", "1", "1 × 70.00", "70.00"),
        ("no copy", "", "1", "1 × 5.00", "5.00"),
        ("All airings", "", "9", "", "345.00"),
    ]
    assert [group["note"] for group in document_["breakdown"]["groups"]][:2] == ["Script of a.", "Script of b."]
    assert document_["notarized"] is True
    assert document_["affidavits"][0]["text"] == "Sworn: We certify that 9 spots ran."
    assert said("detail")["breakdown"] is None


@pytest.mark.rule("CT-ITY-07", "CT-ITY-08", "CT-ITY-09")
@pytest.mark.parametrize(
    ("invoice_type", "option", "expected"),
    [
        ("detail", "none", []),
        ("detail", "affidavit", ["We certify that 8 spots ran."]),
        ("time", "affidavit", ["We certify that 8 spots ran."]),
        ("time_rates", "notarized", ["Sworn: We certify that 8 spots ran."]),
        ("summary", "none", []),
        ("co_op_notarized_affidavit", "none", ["Sworn: We certify that 8 spots ran."]),
    ],
)
def test_affidavits_by_type_and_option(invoice_type: str, option: str, expected: list[str]) -> None:
    document_ = document(invoice(invoice_type, frozen={"affidavit": option}), EX_CT_21)
    assert [one["text"] for one in document_["affidavits"]] == expected
    assert document_["notarized"] is ("Sworn" in "".join(expected))


@pytest.mark.rule("CT-ITY-08")
def test_one_block_per_station_counts_its_own_spots_and_no_occurrence() -> None:
    lines = [spot("004", "a", "0.00", station=KBBB), *EX_CT_21, BANNER]
    declared = document(invoice("detail", lines, frozen={"affidavit": "affidavit"}), lines)["affidavits"]
    assert [(one["station"], one["text"]) for one in declared] == [
        ("Radio KAAA", "We certify that 8 spots ran."),
        ("Radio KBBB", "We certify that 1 spots ran."),
    ]


@pytest.mark.rule("CT-ITY-08")
def test_a_missing_text_refuses_the_printing_until_the_station_has_one() -> None:
    bare = {id_: {"name": id_, "affidavit_text": "", "notarized_text": ""} for id_ in (KAAA, KBBB)}
    paper = invoice("detail", frozen={"affidavit": "affidavit", "stations": bare})
    with pytest.raises(NotAllowedNow) as refused:
        render(paper, EX_CT_21, "")
    assert (refused.value.code, [one.message for one in refused.value.blockers]) == ("station_text_missing", [KAAA])
    later = {KAAA: {"affidavit_text": "<SpotCount> ran.", "notarized_text": ""}}
    assert document(paper, EX_CT_21, texts=later)["affidavits"][0]["text"] == "8 ran."


@pytest.mark.rule("CT-ITY-15", "CT-ITY-08")
def test_a_zero_dollar_invoice_prints_as_the_type_says_with_everything_at_zero() -> None:
    lines = [{**line, "amount": 0} for line in EX_CT_21]
    paper = invoice("detail", lines, variant="zero", frozen={"affidavit": "affidavit"})
    document_ = document(paper, lines)
    assert {row["Rate"] for row in rows(document_["table"])} == {"0.00"}
    assert (document_["total"], document_["sums"]) == ("0.00", [["Net", "0.00"]])
    assert document_["affidavits"][0]["text"] == "We certify that 8 spots ran."


@pytest.mark.rule("CT-CYC-08", "CT-ITY-08")
def test_an_upfront_invoice_has_a_row_per_line_and_declares_nothing() -> None:
    lines = [off_air("001", "Morning drive", "3025.00") | {"dated_on": EX_CT_21[0]["dated_on"]}]
    document_ = document(invoice("detail", lines, variant="upfront", frozen={"affidavit": "notarized"}), lines)
    (row,) = rows(document_["table"])
    assert row["Description"].startswith("Radio KAAA · 12\u00a0Jan\u00a02026 – 15\u00a0Feb\u00a02026 · 06:00–10:00")
    assert (row["Count"], row["Amount"], document_["affidavits"]) == ("3", "3\u202f025.00", [])


@pytest.mark.rule("CT-CMN-05", "CT-CMN-03", "CT-DSC-04", "CT-TAX-03")
@pytest.mark.parametrize(
    ("gross", "percents", "expected", "due", "sales"),
    [
        (
            "4200.00",
            ("5", "15", "8.25", "12"),
            [
                ["Gross", "4\u202f200.00"],
                ["Discount 5\u00a0%", "\u2212210.00"],
                ["Agency commission 15\u00a0%", "\u2212598.50"],
                ["Net", "3\u202f391.50"],
                ["VAT 8.25\u00a0% on 3\u202f391.50", "279.80"],
            ],
            "3\u202f671.30",
            "406.98",
        ),
        (
            "1287.35",
            ("7.5", "16.5", "6.875", "10"),
            [
                ["Gross", "1\u202f287.35"],
                ["Discount 7.5\u00a0%", "\u221296.55"],
                ["Agency commission 16.5\u00a0%", "\u2212196.48"],
                ["Net", "994.32"],
                ["VAT 6.875\u00a0% on 994.32", "68.36"],
            ],
            "1\u202f062.68",
            "99.43",
        ),
        ("100.00", ("0", "0", "0", "12"), [["Net", "100.00"]], "100.00", "12.00"),
    ],
)
def test_the_amounts_print_in_their_order_as_in_ex_ct_09_and_the_salespersons_share_never(
    gross: str, percents: tuple[str, ...], expected: list[list[str]], due: str, sales: str
) -> None:
    lines = [spot("001", "a", gross)]
    paper = invoice("detail", lines, terms=terms(*percents))
    document_ = document(paper, lines)
    assert (document_["sums"], document_["total"]) == (expected, due)
    assert paper["sales_commission_amount"] == minor(sales)
    assert sales not in str(document_)
    assert "ales" not in str(document_)


@pytest.mark.rule("CT-DSC-02", "CT-DSC-01")
def test_each_invoice_rounds_its_own_discount_as_in_ex_ct_10() -> None:
    each = [contract_amounts(minor("1234.55"), terms("3")).discount_amount for _ in range(3)]
    assert each == [minor("37.04")] * 3
    assert sum(each) == minor("111.12")
    assert contract_amounts(minor("3703.65"), terms("3")).discount_amount == minor("111.11")


@pytest.mark.rule("CT-TAX-04")
@pytest.mark.parametrize(
    ("net", "tax", "first", "second"),
    [("1847.35", "276.64", "92.37", "184.27"), ("1000.04", "149.76", "50.00", "99.76")],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_split_taxes_print_one_below_the_other_as_in_ex_ct_11(
    net: str, tax: str, first: str, second: str, sign: int
) -> None:
    parts = [{"name": "GST", "percent": "5"}, {"name": "QST", "percent": "9.975"}]
    lines = [spot("001", "a", f"{Decimal(net) * sign}")]
    split = {"tax": {"name": "Sales tax", "percent": "14.975", "parts": parts}}
    document_ = document(invoice("detail", lines, terms=terms(tax="14.975"), frozen=split), lines)
    minus = "" if sign == 1 else "\u2212"
    assert document_["sums"][-3][1] == minus + tax
    assert document_["sums"][-2:] == [
        ["\u2003GST 5\u00a0%", minus + first],
        ["\u2003QST 9.975\u00a0%", minus + second],
    ]
    assert tax_parts(sign * minor(tax), [Decimal(5), Decimal("9.975")]) == [sign * minor(first), sign * minor(second)]


@pytest.mark.rule("CT-ITY-14")
def test_group_options_shape_the_document() -> None:
    layout = {
        "logo_svg": "<svg/>", "remit_address": "Box 1", "footer_text": "IBAN SE1", "rates": "gross",
        "invoice_columns": ["copy", "date", "line_no", "count"],
    }  # fmt: skip
    document_ = said("detail", frozen={"layout": layout})
    assert [column["name"] for column in document_["table"]["columns"]] == ["Copy", "Date", "Line", "Rate"]
    assert rows(document_["table"])[0]["Line"] == "1"
    times = said("time", frozen={"invoice_type": "time", "layout": layout})["table"]
    assert [column["name"] for column in times["columns"]] == ["Ordered time", "Count", "Amount"]
    assert (document_["logo"], document_["remit"], document_["footer_text"]) == ("<svg/>", "Box 1", "IBAN SE1")


@pytest.mark.rule("CT-ITY-14", "CT-ITY-12")
@pytest.mark.parametrize("invoice_type", TYPES)
def test_net_rates_leave_out_what_was_taken_off_and_come_to_the_same(invoice_type: str) -> None:
    paper = invoice(invoice_type, terms=terms("10", "15", "6"), frozen={"layout": {"rates": "net"}})
    document_ = document(paper, EX_CT_21)
    assert [name for name, _ in document_["sums"]] == ["Net", "VAT 6\u00a0% on 260.10"]
    shown = [row["Amount" if "Amount" in row else "Rate"] for row in rows(document_["table"])]
    assert sum(map(Decimal, shown)) == Decimal("260.10")
    assert document_["total"] == document(invoice(invoice_type, terms=terms("10", "15", "6")), EX_CT_21)["total"]


@pytest.mark.rule("CT-LIN-17", "CT-COM-01")
def test_comments_print_in_the_head_and_at_their_line() -> None:
    frozen: dict[str, Any] = invoice("detail")["frozen"]
    frozen["lines"]["001"]["comment"] = "Morning drive in January"
    document_ = said("detail", frozen=frozen, text="Service for January")
    assert document_["note"] == "Service for January"
    assert document_["table"]["groups"][0]["note"] == "Morning drive in January"
    assert (
        "Morning drive in January"
        in rows(said("summary", frozen={**frozen, "invoice_type": "summary"})["table"])[0]["Description"]
    )


@pytest.mark.rule("PI-RUN-12", "CT-ITY-01")
@pytest.mark.parametrize("invoice_type", TYPES)
def test_every_type_is_rendered_the_same_twice(invoice_type: str) -> None:
    lines = [*EX_CT_21 * 12, BANNER]
    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
    paper = invoice(invoice_type, lines, terms=terms("10", "15", "6"), frozen={"layout": {"logo_svg": logo}})
    first = render(paper, lines, "NV2026-00001")
    assert first.startswith(b"%PDF-")
    assert first == render(paper, lines, "NV2026-00001")
    assert b"/GTS_PDFA1" in first
