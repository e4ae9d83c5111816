"""What an agency's client reads: lines with their orders, VAT by rate, what the law has said, what a credit credits."""

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.hear_registers import keep_records
from services.invoicing.documents import document, render
from services.invoicing.domain.totals import totals
from services.invoicing.repository.documents import unprinted
from shared.events.contracts import InsertionState, LegalEntityChanged
from shared.runtime.paper.words import amount
from tests.invoicing.world import World

SELLER = {"code": "N", "name": "Nord Media AB", "address": "Sveavägen 1, Stockholm", "country": "SE", "vat_no": "SE1"}
BUYER = {"code": "A", "name": "Alfa AB", "address": "Storgatan 2, Malmö", "country": "SE", "vat_no": "SE2"}


def line(price: int, order_no: str = "501", *, fee: int = 0, vat: str = "25", **changes: int) -> dict[str, Any]:
    """A line whose price is all client net but for the fee, in minor units."""
    net = price - fee
    amounts = {
        "gross_amount": net, "net_amount": net, "client_net_amount": net, "fee_amount": fee, "capital_cost_amount": 0,
        "amount": price,
    }  # fmt: skip
    return {
        "line_no": 1, "order_no": order_no, "media_name": "Dagbladet", "dated_on": date(2026, 10, 12),
        "text": "Half page", "vat_percent": Decimal(vat), "details": None, **amounts, **changes,
    }  # fmt: skip


def invoice(lines: Sequence[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """The stored header of a media invoice over these lines."""
    rates = changes.pop("rates", [(one["vat_percent"], one["amount"]) for one in lines])
    sums = totals(rates)
    frozen = {"seller": SELLER, "buyer": BUYER | changes.pop("buyer", {})} | changes.pop("frozen", {})
    return {
        "kind": "media", "variant": "normal", "document": "invoice", "invoice_no": "N2026-00007",
        "invoice_on": date(2026, 10, 31), "due_on": date(2026, 11, 30), "period_from": None, "period_to": None,
        "client_reference": "PO-1", "text": "Thank you.", "currency": "SEK", "base_currency": "SEK",
        "exchange_rate": Decimal(1), "gross_amount": sums.net_amount, "discount_amount": 0,
        "agency_commission_amount": 0, "invoice_fee_amount": 0, "net_amount": sums.net_amount,
        "vat": [{**rate._asdict(), "percent": f"{rate.percent:f}"} for rate in sums.vat],
        "vat_amount": sums.vat_amount, "total_amount": sums.total_amount, "reverses_id": None, "frozen": frozen,
    } | changes  # fmt: skip


@pytest.mark.rule("MA-INV-24")
def test_lines_stand_by_order_with_subtotals_and_terms() -> None:
    lines = [line(10000), line(5050, client_net_amount=5000, capital_cost_amount=50), line(200, "0502", fee=200)]
    shown = document(invoice(lines), lines, "V1")
    assert [(one["heading"], one["subtotal_name"], one["subtotal"]) for one in shown["table"]["groups"]] == [
        ("Order 501 · Dagbladet", "2\u00a0lines", "150.50"),
        ("Order 502 · Dagbladet", "1\u00a0line", "2.00"),
    ]
    assert shown["sums"] == [["Net", "152.50"], ["VAT 25\u00a0% on 152.50", "38.13"]]
    assert (shown["total_name"], shown["total"]) == ("To pay SEK", "190.63")
    assert shown["terms"] == "Payable by 30\u00a0Nov\u00a02026, stating N2026-00007."
    assert ["Your reference", "PO-1"] in shown["facts"]
    assert (shown["note"], shown["legal"]) == ("Thank you.", [])


@pytest.mark.rule("MA-INV-24")
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, []),
        ({"gross_amount": 12000}, ["Discount"]),
        ({"client_net_amount": 9000}, ["Commission"]),
        ({"fee_amount": 1}, ["Fee"]),
        ({"capital_cost_amount": 1}, ["Capital"]),
    ],
)
def test_a_column_that_no_line_needs_is_left_out(changes: dict[str, int], named: list[str]) -> None:
    lines = [line(10000), line(10000, **changes)]
    columns = [column["name"] for column in document(invoice(lines), lines)["table"]["columns"]]
    kept = ["Gross", *(["Discount"] if "Discount" in named else []), "Net"]
    assert columns == ["Date", "Text", *kept, *[one for one in named if one != "Discount"], "Price"]


@pytest.mark.rule("MA-GEN-03", "MA-REG-23")
def test_vat_is_shown_by_rate_and_says_what_it_is_on() -> None:
    lines = [line(100000, vat="0", fee=3000, net_amount=107000)]
    shown = document(invoice(lines, rates=[(Decimal(0), 107000), (Decimal(25), -7000)]), lines)
    assert shown["sums"][1:] == [
        ["VAT 25\u00a0% on commission \u221270.00", "\u221217.50"],
        [f"VAT 0\u00a0% on {amount(107000, 'SEK')}", "0.00"],
    ]


@pytest.mark.rule("MA-GEN-10")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["VAT in SEK: 287.16, at 11.4865 SEK for 1 EUR."]),
        ({"base_currency": "EUR"}, []),
        ({"rates": [(Decimal(0), 10000)]}, []),
        ({"document": "credit_note", "rates": [(Decimal(25), -10000)]},
         ["VAT in SEK: \u2212287.16, at 11.4865 SEK for 1 EUR."]),
    ],
)  # fmt: skip
def test_vat_in_a_foreign_currency_is_stated_in_the_sellers_own(changes: dict[str, Any], said: list[str]) -> None:
    lines = [line(10000)]
    header = invoice(lines, currency="EUR", exchange_rate=Decimal("11.486500"), **changes)
    assert document(header, lines)["legal"] == said


@pytest.mark.rule("MA-REG-02")
@pytest.mark.parametrize(
    ("buyer", "vat", "said"),
    [
        ({"country": "FI"}, "0", "Reverse charge: the buyer accounts for VAT (Article 196 of Directive 2006/112/EC)."),
        ({"country": "FI", "vat_no": ""}, "0", ""),
        ({"country": "NO"}, "0", "No VAT is charged: the service is taxed where the buyer is established."),
        ({"country": "FI"}, "25", ""),
        ({"country": "SE"}, "0", ""),
        ({"country": ""}, "0", ""),
    ],
)
def test_a_business_abroad_reads_why_it_is_charged_no_vat(buyer: dict[str, str], vat: str, said: str) -> None:
    lines = [line(10000, vat=vat)]
    assert document(invoice(lines, buyer=buyer), lines)["legal"] == ([said] if said else [])


def pages(header: dict[str, Any], lines: Sequence[dict[str, Any]]) -> list[str]:
    """The words on each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(render(header, lines, "V1"))).pages]


@pytest.mark.rule("MA-INV-24")
def test_the_sums_never_stand_on_a_page_without_lines() -> None:
    counts = []
    for count in range(46, 62):
        lines = [line(10000 + number) for number in range(count)]
        printed = pages(invoice(lines, currency="EUR", exchange_rate=Decimal("11.4865")), lines)
        assert "Half page" in printed[-1], count
        assert "To pay EUR" in printed[-1]
        assert "VAT in SEK" in printed[-1]
        assert sum(page.count("Half page") for page in printed) == count
        counts.append(len(printed))
    assert {1, 2} <= set(counts), "the range lies around the end of a page"


def test_a_document_without_lines_still_says_what_it_comes_to() -> None:
    assert "To pay SEK" in pages(invoice([], rates=[(Decimal(25), 0)]), [])[0]


@pytest.mark.rule("MA-CRD-01", "MA-GEN-10", "MA-INV-23")
async def test_a_credit_note_in_foreign_currency_names_its_original_and_drops_the_runs_text(world: World) -> None:
    async with world.database.transaction(world.context) as session:
        entity = LegalEntityChanged(
            id=world.legal_entity_id, code="NORD", name="Nord Media AB", version=2, currency="SEK", country="SE",
            vat_percent=Decimal(25), number_prefix="N",
        )  # fmt: skip
        await keep_records(session, [entity])
    client = await world.client()
    await world.tell(world.insertion(client, "100.00", exchange_rate=Decimal("11.4865")))
    await world.run()
    (original,) = await world.rows("SELECT id FROM invoice")
    async with world.database.transaction(world.context) as session:
        await credit_invoice(session, original["id"], block=False, reason="wrong client", on=date(2026, 10, 31))
    async with world.database.transaction(world.context, read_only=True) as session:
        ids = [row["id"] for row in await world.rows("SELECT id FROM invoice ORDER BY no")]
        first, note = await unprinted(session, None, ids, 2)
    told = document(first.header, first.lines, "V1")
    back = document({**note.header, "text": "Thank you."}, note.lines, "V2")
    assert told["legal"] == ["VAT in SEK: 287.16, at 11.4865 SEK for 1 EUR."]
    assert back["legal"] == ["VAT in SEK: \u2212287.16, at 11.4865 SEK for 1 EUR."]
    assert (back["heading"], back["note"], back["terms"]) == ("Credit note", "", "")
    assert ["Credits", "N2026-00001"] in back["facts"]
    assert (back["total_name"], back["total"]) == ("To your credit EUR", "\u2212125.00")


@pytest.mark.rule("MA-INS-15")
async def test_a_client_that_pays_a_part_reads_which(world: World) -> None:
    clients = [await world.client(code) for code in ("ALFA", "BETA")]
    whole: InsertionState = world.insertion(clients[0], "100.00")
    (share,) = whole.shares
    shares = [
        share.model_copy(update={"client_id": client, "percent": Decimal(percent)})
        for client, percent in zip(clients, ("66.6700", "33.3300"), strict=True)
    ]
    await world.tell(whole.model_copy(update={"shares": shares}), world.insertion(clients[0]))
    texts = {row["text"] for row in await world.rows("SELECT text FROM billable_item")}
    assert texts == {"Half page · 66.67\u00a0% share", "Half page · 33.33\u00a0% share", "Half page"}
