"""Confirmations: what they say, in every kind; frozen as approved; queued for paper; laid out by group (CT-DOC)."""

import csv
import io
from typing import Any

import httpx
import pytest

from services.contracts.jobs import JOBS
from shared.runtime.jobs import RunningJob
from tests.contracts.papers import page_texts, text_of
from tests.contracts.rich import rich_contract
from tests.contracts.sales import Public, Sales, at
from tests.contracts.traffic import Body
from tests.words import as_clerk

KINDS = ("pdf", "html", "csv", "json")
# What only the house knows: the notes, the header comment of invoices, the sales commission, the income account.
SECRETS = ("Ann wants", "Service for", "12.00", "3055")


async def printed(sales: Sales, contract: Body, kind: str = "pdf", **params: Any) -> httpx.Response:
    """A contract's confirmation."""
    answer = await sales.traffic.http.get(at(contract, "confirmation"), params={"format": kind, **params})
    assert answer.status_code == 200, answer.text
    return answer


async def told(sales: Sales, contract: Body, **params: Any) -> Body:
    """What a contract's confirmation says, as JSON."""
    found: Body = (await printed(sales, contract, "json", **params)).json()
    return found


def words(answer: httpx.Response) -> str:
    """A document's text, whatever its kind."""
    return text_of(answer.content) if answer.headers["content-type"] == "application/pdf" else answer.text


@pytest.mark.rule("CT-DOC-01", "CT-LIN-17", "CT-COM-07", "CT-HDR-11", "CT-HDR-13", "CT-HDR-08", "CT-LIN-28")
async def test_printing_gives_header_lines_and_summary(sales: Sales) -> None:
    live = await rich_contract(sales)
    paper = words(await printed(sales, live))
    for said in (
        "Confirmation", "Contract 1", "Revision 1, approved 2 Jan 2026", "Radio Group", "Quay 3", "SE556677889901",
        "Oak Motors & Sons", "Station Road 12", "SE559900112201", "Summer tyres", "881/OAK/SPR", "R-77|S-12",
        "Northline", "Kim", "City Radio, Harbour FM", "1 May 2026 – 31 Jul 2026", "each broadcast month", "5.00 %",
        "15.00 %", "Sales tax 6 %", "Total EUR 11 495.00", "Items 234", "page 1 of 1", "Coast Radio Group",
        # Lines: station, avail type, flight, times, length, schedule, rate, quantity, total; comments below.
        "1 Harbour FM A 4 May 2026 – 28 Jun 2026 06:00–10:00 30 s Mo–Fr 2, Sa 1 55.00 88 4 840.00",
        "Morning drive; thanks for (prior month), here is (month)",
        "2 Harbour FM A 4 May 2026 – 28 Jun 2026 10:00–15:00 30 s 17 a week, Mo–Fr, every 2 weeks 29.00 68 1 972.00",
        "3 City Radio NEWS 1 Jun 2026 – 28 Jun 2026 07:00–09:00 60 s 2 on 1, 2, 5, 8, 9, 12, 15, 16, 19 Jun 118.50 18",
        "4 City Radio A 4 May 2026 – 28 Jun 2026 00:00–24:00 30 s Mo–Su 1 0.00 56 0.00 Bonus, with our thanks",
        "5 City Radio off air 1 May 2026 – 31 Jul 2026 monthly on the 24th 350.00 3 1 050.00 Web banner (month)",
        "6 Harbour FM off air 6 Jun 2026 once 1 500.00 1 1 500.00 Summer party on the quay",
    ):  # fmt: skip
        assert said in paper, (said, paper)


@pytest.mark.rule("CT-DOC-02", "CT-DOC-03", "CT-DOC-01")
async def test_the_preview_is_the_same_document_on_screen(sales: Sales) -> None:
    live = await rich_contract(sales)
    shown = await printed(sales, live, "html")
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert shown.headers["content-disposition"].startswith("inline")
    assert "default-src 'none'" in shown.headers["content-security-policy"], "it may run and load nothing"
    for said in (
        "Confirmation · Contract 1", "Revision 1, approved", "Oak Motors &amp; Sons", "881/OAK/SPR", "<th>Schedule",
        "<td>17 a week, Mo–Fr, every 2 weeks", "Morning drive; thanks for (prior month)",
        "234 item(s), total 11,495.00 EUR",
    ):  # fmt: skip
        assert said in shown.text
    risky = await sales.draft(product="<script>alert(1)</script>", client_id=await sales.direct())
    assert "<script" not in (await printed(sales, risky, "html")).text


@pytest.mark.rule("CT-DOC-03")
async def test_an_export_comes_in_the_kind_asked_for(sales: Sales, public: Public) -> None:
    live = await rich_contract(sales)
    types = {
        "pdf": "application/pdf", "html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8",
        "json": "application/json",
    }  # fmt: skip
    for kind in KINDS:
        answer = await public.send("clerk", "GET", f"/contracts/{live['id']}/confirmation", format=kind, download=True)
        assert (answer.status_code, answer.headers["content-type"]) == (200, types[kind])
        assert answer.headers["content-disposition"] == f'attachment; filename="confirmation-1-1.{kind}"'
    for kind in ("docx", "PDF", "", "xml"):
        answer = await public.send("clerk", "GET", f"/contracts/{live['id']}/confirmation", format=kind)
        assert (answer.status_code, answer.json()["code"]) == (422, "format"), kind
    for revision, code in (("0", "invalid_value"), ("two", "invalid_value"), ("9", "not_found")):
        answer = await public.send("clerk", "GET", f"/contracts/{live['id']}/confirmation", revision=revision)
        assert answer.json()["code"] == code
    assert (await public.send("clerk", "GET", f"/contracts/{sales.station_id}/confirmation")).status_code == 404


@pytest.mark.rule("CT-DOC-03")
async def test_csv_and_json_can_be_read_by_a_machine(sales: Sales) -> None:
    live = await rich_contract(sales)
    table = list(csv.DictReader(io.StringIO((await printed(sales, live, "csv")).text)))
    assert [(row["line_no"], row["rate"], row["quantity"], row["total"]) for row in table] == [
        ("1", "55.00", "88", "4840.00"), ("2", "29.00", "68", "1972.00"), ("3", "118.50", "18", "2133.00"),
        ("4", "0.00", "56", "0.00"), ("5", "350.00", "3", "1050.00"), ("6", "1500.00", "1", "1500.00"),
    ]  # fmt: skip
    first = {
        "contract_no": "1", "revision": "1", "status": "approved", "dated_on": "2026-01-02", "currency": "EUR",
        "customer": "Oak Motors & Sons", "product": "Summer tyres", "station": "Harbour FM", "start_on": "2026-05-04",
        "end_on": "2026-06-28", "start_time": "06:00", "end_time": "10:00", "length": "30",
    }  # fmt: skip
    assert {name: table[0][name] for name in first} == first
    said = await told(sales, live)
    assert list(said)[:6] == ["contract_no", "code", "revision", "standing", "dated_on", "currency"]
    assert (said["gross_amount"], said["item_count"], said["summary"]) == (
        "11495.00", 234, "234 item(s), total 11,495.00",
    )  # fmt: skip
    assert said["facts"]["Estimate"] == "881/OAK/SPR"
    assert said["lines"][4] == {
        "line_no": 5, "station": "City Radio", "avail_type": "", "start_on": "2026-05-01", "end_on": "2026-07-31",
        "start_time": "", "end_time": "", "length": None, "schedule": "monthly on the 24th", "rate": "350.00",
        "quantity": 3, "total": "1050.00", "comment": "Web banner (month)",
    }  # fmt: skip
    assert "layout" not in said


@pytest.mark.rule("CT-DOC-04", "CT-LOG-15")
async def test_a_reprint_is_as_approved_whatever_became_of_it(sales: Sales) -> None:
    live = await rich_contract(sales)
    before = {kind: (await printed(sales, live, kind)).content for kind in KINDS}
    unit = (await sales.traffic.spots(contract_id=live["id"], off_air=False))[0]
    await sales.traffic.ask("POST", f"/v1/spots/{unit['id']}/transitions", {"to": "trashed"})
    await sales.amend("clients", live["client_id"], name="Renamed", discount_percent="50")
    await sales.amend("stations", live["lines"][0]["station_id"], name="Renamed", group_id=None)
    await sales.save(live, invoice_type="summary", notes="More of ours")
    await sales.traffic.ask("POST", at(live, "lines"), {"lines": [sales.line()]}, 201)
    sales.traffic.now = sales.traffic.now.replace(day=20)
    await sales.cancel(live)
    for kind in KINDS:
        assert (await printed(sales, live, kind)).content == before[kind], kind


@pytest.mark.rule("CT-DOC-05", "CT-DOC-04")
async def test_a_further_approval_makes_a_new_revision_and_the_older_stays(sales: Sales) -> None:
    live = await sales.live()
    first = await told(sales, live)
    sales.traffic.now = sales.traffic.now.replace(day=9)
    await sales.traffic.ask("POST", at(live, "lines"), {"lines": [sales.off_air()]}, 201)
    assert await told(sales, live) == first, "a pending line is on no confirmation"
    await sales.traffic.approve(live["id"])
    second = await told(sales, live)
    assert [(one["revision"], one["dated_on"], len(one["lines"])) for one in (first, second)] == [
        (1, "2026-01-02", 1), (2, "2026-01-09", 2),
    ]  # fmt: skip
    assert await told(sales, live, revision=1) == first
    listed = (await sales.traffic.ask("GET", at(live, "confirmations")))["items"]
    assert [one["revision"] for one in listed] == [1, 2]


@pytest.mark.rule("CT-DOC-06")
async def test_a_draft_prints_the_same_document_marked_as_not_approved(sales: Sales) -> None:
    drafted = await rich_contract(sales, approve=False)
    paper, page = words(await printed(sales, drafted)), words(await printed(sales, drafted, "html"))
    assert "NOT APPROVED" in paper.replace("\n", " ").upper()
    assert "Draft of 2 Jan 2026, not approved" in paper
    assert "<p class=stamp>Not approved" in page
    draft = await told(sales, drafted)
    assert (draft["standing"], draft["revision"]) == ("draft", 0)
    name = (await printed(sales, drafted)).headers["content-disposition"]
    assert name == 'inline; filename="confirmation-1-draft.pdf"'
    assert (await sales.traffic.ask("GET", at(drafted, "confirmations")))["items"] == []
    await sales.traffic.refused(404, "not_found", "GET", at(drafted, "confirmation"), revision=1)
    live = await sales.traffic.approve(drafted["id"])
    approved = await told(sales, live)
    assert approved == {**draft, "standing": "approved", "revision": 1}, "the same document"
    assert "not approved" not in words(await printed(sales, live)).lower()
    empty = await sales.draft()
    assert "0 item(s), total 0.00" in words(await printed(sales, empty, "html"))
    assert (await printed(sales, empty)).content.startswith(b"%PDF")


async def waiting(sales: Sales) -> list[Body]:
    """The queue."""
    return (await sales.traffic.ask("GET", "/v1/confirmation-queue"))["items"]  # type: ignore[no-any-return]


async def worked_off(sales: Sales, made: Body) -> dict[str, Any]:
    """Run a print's job here and now, as a worker that has claimed it would."""
    (job,) = await sales.traffic.rows(
        "UPDATE job SET state = 'running', lease_epoch = lease_epoch + 1 WHERE request->>'print_id' = :id "
        "RETURNING id, lease_epoch",
        id=made["id"],
    )
    running = RunningJob(
        id=job["id"], kind="print_confirmations", request={"print_id": made["id"]}, checkpoint={},
        context=as_clerk(sales.traffic.tenant_id), database=sales.traffic.database, epoch=job["lease_epoch"],
    )  # fmt: skip
    return await JOBS["print_confirmations"](running)


@pytest.mark.rule("CT-DOC-07", "CT-LIF-05")
async def test_wanted_confirmations_queue_at_approval_and_leave_when_printed(sales: Sales) -> None:
    wanting = await sales.direct("PAPER", prints_confirmations=True)
    made = [await sales.live(client_id=wanting, product=f"Product {number}") for number in range(1, 4)]
    await sales.live(), await sales.draft(sales.line(), client_id=wanting)
    queue = await waiting(sales)
    assert [(one["contract_id"], one["revision"], one["contract_no"]) for one in queue] == [
        (one["id"], 1, one["contract_no"]) for one in made
    ]
    chosen = await sales.traffic.ask("POST", "/v1/confirmation-prints", {"entry_ids": [queue[1]["id"]]}, 201)
    assert ([one["contract_id"] for one in chosen["entries"]], chosen["ready"]) == ([made[1]["id"]], False)
    path = f"/v1/confirmation-prints/{chosen['id']}"
    await sales.refused(404, "not_printed", "GET", f"{path}/document")
    assert [one["id"] for one in await waiting(sales)] == [queue[0]["id"], queue[2]["id"]]
    assert await worked_off(sales, chosen) == {"printed_count": 1}
    assert (await sales.traffic.ask("GET", path))["ready"] is True
    document = await sales.traffic.http.get(f"{path}/document")
    assert document.headers["content-type"] == "application/pdf"
    assert ["Product 2" in page for page in page_texts(document.content)] == [True]
    rest = await sales.traffic.ask("POST", "/v1/confirmation-prints", {}, 201)
    await worked_off(sales, rest)
    pages = page_texts((await sales.traffic.http.get(f"/v1/confirmation-prints/{rest['id']}/document")).content)
    assert [("Product 1" in page, "Product 3" in page) for page in pages] == [(True, False), (False, True)]
    assert all("page 1 of 1" in page for page in pages), "each counts its own pages"
    assert await waiting(sales) == []
    for status, code, body in (
        (409, "queue_empty", {}),
        (422, "unknown_reference", {"entry_ids": [queue[1]["id"]]}),
        (422, "invalid_value", {"entry_ids": []}),
        (422, "unknown_field", {"all": True}),
    ):
        await sales.refused(status, code, "POST", "/v1/confirmation-prints", body)
    await sales.refused(404, "not_found", "GET", f"/v1/confirmation-prints/{sales.station_id}")


@pytest.mark.rule("CT-DOC-08", "CT-ITY-14")
async def test_content_and_layout_follow_the_groups_options(sales: Sales) -> None:
    client_id = await sales.direct("ELM", discount_percent="5", agency_id=sales.agency_id)
    codes = {"agency_estimate_code": "1", "agency_advertiser_code": "2", "agency_product_code": "3", "product": "P"}
    plain = words(await printed(sales, await sales.live(client_id=client_id, **codes)))
    assert "SCHEDULE" in plain.upper()
    assert "Remit to".upper() not in plain.upper()
    assert "Discount and agency commission are taken off on each invoice; the total here is before them" in plain
    alone = await sales.live(client_id=await sales.direct("ASH", discount_percent="5"))
    assert "Discount is taken off on each invoice; the total here is before it" in words(await printed(sales, alone))
    group = await sales.record(
        "station-groups", "COAST", footer_text="Terms apply", remit_address="Box 12, Malmö", rates="net",
        confirmation_columns=["flight", "quantity", "station"],
    )  # fmt: skip
    await sales.amend("stations", sales.station_id, group_id=group)
    live = await sales.live(
        sales.line(), sales.line(rate_amount="33.33", end_on="2026-06-01"), client_id=client_id, **codes
    )
    paper = words(await printed(sales, live))
    assert "FLIGHT QTY STATION TOTAL" in paper.upper()
    assert "06:00" not in paper
    assert "Mo–Su 1" not in paper
    for said in ("Terms apply", "Box 12", "net of discount and agency commission"):
        assert said in paper
    # Net: 1,540.00 less 5 % is 1,463.00, less 15 % is 1,243.55; 33.33 less 1.67 is 31.66, less 4.75 is 26.91.
    said = await told(sales, live)
    assert [(one["rate"], one["total"]) for one in said["lines"]] == [("44.41", "1243.55"), ("26.91", "26.91")]
    assert (said["gross_amount"], said["total_amount"]) == ("1573.33", "1270.46")
    assert "Total EUR 1 270.46" in paper, "what is shown adds up"
    assert "are taken off on each invoice" not in paper
    for option, value in (
        ("confirmation_columns", ["margin"]), ("rates", "half"), ("logo_svg", "<svg href='x'/>"),
        ("logo_svg", "GIF89a"),
    ):  # fmt: skip
        await sales.refused(422, "option", "PATCH", f"/v1/station-groups/{group}", {option: value})


@pytest.mark.rule("CT-NOT-02", "CT-NOT-03", "CT-COM-01", "CT-CMN-05")
async def test_no_confirmation_of_any_kind_says_what_only_the_house_knows(sales: Sales) -> None:
    drafted = await rich_contract(sales, approve=False)
    for contract in (drafted, await sales.traffic.approve(drafted["id"])):
        for kind in KINDS:
            said = words(await printed(sales, contract, kind))
            assert not [secret for secret in SECRETS if secret in said], kind
    (entry,) = await waiting(sales)
    made = await sales.traffic.ask("POST", "/v1/confirmation-prints", {"entry_ids": [entry["id"]]}, 201)
    await worked_off(sales, made)
    batch = await sales.traffic.http.get(f"/v1/confirmation-prints/{made['id']}/document")
    assert not [secret for secret in SECRETS if secret in text_of(batch.content)]
