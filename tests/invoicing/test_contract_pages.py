"""How contract invoices fall on pages: nothing runs off the paper, and no total stands alone on the last page."""

import io
from typing import Any

import pytest
from pypdf import PageObject, PdfReader

from services.invoicing.documents import render
from tests.invoicing.papers import COPIES, invoice, rows, said, spot

MARGIN = 40


def aired(count: int, *, days: int = 30, lines: int = 1) -> list[dict[str, Any]]:
    """So many units over the days of a month, line by line."""
    units = [
        spot(f"{1 + number % lines:03d}", "abc"[number % 3], "60.00", on=1 + number % days) for number in range(count)
    ]
    return sorted(units, key=lambda unit: (unit["order_no"], unit["dated_on"]))


def pages(invoice_type: str, lines: list[dict[str, Any]], **frozen: Any) -> list[PageObject]:
    """The pages of the document."""
    pdf = render(invoice(invoice_type, lines, frozen={"affidavit": "none", **frozen}), lines, "NV2026-00001")
    return list(PdfReader(io.BytesIO(pdf)).pages)


def lowest(page: PageObject) -> float:
    """How far above the paper's lower edge the last text of a page stands."""
    heights = []

    def see(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if text.strip():
            heights.append(cm[1] * tm[4] + cm[3] * tm[5] + cm[5])

    page.extract_text(visitor_text=see)
    return min(heights)


@pytest.mark.rule("CT-ITY-05", "CT-ITY-06")
@pytest.mark.parametrize("invoice_type", ["time", "time_rates"])
@pytest.mark.parametrize("count", [1200, 30 * 99])
def test_a_time_row_of_many_airings_goes_on_on_the_next_page(invoice_type: str, count: int) -> None:
    lines = aired(count)
    found = rows(said(invoice_type, lines)["table"])
    assert [(row["Count"], row["Amount"]) for row in found if row["Count"]] == [
        (str(count), said(invoice_type, lines)["total"])
    ]
    assert sum(row["Aired"].count("07:00") for row in found) == count
    assert max(len(word) for row in found for word in row["Aired"].split(" ")) < 60, "no span wider than its column"
    laid = pages(invoice_type, lines)
    assert sum(page.extract_text().count("07:00") for page in laid) == count
    assert min(map(lowest, laid)) > MARGIN


@pytest.mark.rule("CT-ITY-10")
@pytest.mark.parametrize("script", ["Come and see our winter tyres. " * 300, "winter tyres\n" * 150])
def test_a_long_script_runs_over_the_end_of_a_page(script: str) -> None:
    laid = pages(
        "co_op_notarized_affidavit", aired(6), copies={id_: {**copy, "script": script} for id_, copy in COPIES.items()}
    )
    words = " ".join(" ".join(page.extract_text().split()) for page in laid)
    assert words.count("tyres") == 3 * script.count("tyres")
    assert min(map(lowest, laid)) > MARGIN


@pytest.mark.rule("CT-ITY-03", "CT-ITY-04", "CT-ITY-06")
@pytest.mark.parametrize(("invoice_type", "heading"), [("detail", "CART"), ("time_rates", "ORDERED TIME")])
def test_what_an_invoice_comes_to_stands_below_items_of_its_page(invoice_type: str, heading: str) -> None:
    for count in range(52, 70) if invoice_type == "detail" else range(600, 1500, 50):
        (last,) = [page.extract_text() for page in pages(invoice_type, aired(count)) if "To pay" in page.extract_text()]
        assert heading in last.upper(), f"{count} units: the total is alone on its page"


def test_an_invoice_of_nothing_still_says_what_it_comes_to() -> None:
    (only,) = pages("summary", [])
    assert "To pay" in only.extract_text()
