"""Exports of vouchers: SIE 4I and CSV to the byte, and batches that are made once."""

import asyncio
import csv
import hashlib
import io
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.invoicing.application.credit_invoice import credit_invoice
from services.invoicing.application.export_vouchers import Wanted, export_vouchers
from services.invoicing.domain.exported import (
    Control,
    ExportedRow,
    ExportedVoucher,
    Header,
    by_account,
    control,
)
from services.invoicing.domain.sie import quoted, sie_file
from services.invoicing.domain.voucher_csv import csv_file
from services.invoicing.exporting import EXPORTING, files_of
from shared.kernel.errors import NotAllowedNow
from shared.kernel.ids import new_id
from shared.kernel.money import currency
from shared.runtime.clock import now
from shared.runtime.db import Context, Database
from shared.runtime.jobs import run_jobs
from tests.invoicing.builders import minor
from tests.invoicing.door import FINANCE, door
from tests.invoicing.world import ACCOUNTS, RUN_DAY, World

GOLDEN = Path(__file__).parent / "golden"
SEK = currency("SEK")
HEADER = Header("NORD", 'Nord "Nöje" Média AB', SEK, date(2026, 11, 2), "maria")


def row(
    account_no: str, role: str, debit: str = "0", credit: str = "0", media: str = "", plan: str = ""
) -> ExportedRow:
    return ExportedRow(account_no, role, media, plan, minor(debit), minor(credit))


# The voucher of EX-01, and a credit note for one of its two insertions.
VOUCHERS = [
    ExportedVoucher(
        "V", 1, "N-V2026-00001", date(2026, 10, 31), date(2026, 11, 1), "N-2026-00001", "ALFA", "Alfa Livs – Köping AB",
        [
            row("1510", "accounts_receivable", debit="45659.65"),
            row("3010", "media_sales", credit="30000.00", media="DN", plan="P1"),
            row("3010", "media_sales", credit="5312.64", media="SVD", plan="P1"),
            row("3050", "fee_revenue", credit="1003.20", media="DN", plan="P1"),
            row("3051", "capital_cost_revenue", credit="211.88", media="DN", plan="P1"),
            row("2611", "output_vat", credit="9131.93"),
            row("4010", "media_cost", debit="32904.96", media="DN", plan="P1"),
            row("2491", "media_deduction", credit="32904.96", media="DN", plan="P1"),
        ],
    ),
    ExportedVoucher(
        "V", 2, "N-V2026-00002", date(2026, 11, 5), date(2026, 11, 5), "N-2026-00002", "=CMD", '=cmd|"x" 5 € \\',
        [
            row("1510", "accounts_receivable", debit="1250.00", credit="3750.00"),
            row("3010", "media_sales", debit="3000.00", credit="1000.00", media="DN", plan="P2"),
            row("2611", "output_vat", debit="500.00"),
        ],
    ),
]  # fmt: skip


@pytest.mark.rule("MA-GEN-04", "MA-GEN-07")
def test_the_sie_file_is_the_golden_one() -> None:
    written = sie_file(HEADER, VOUCHERS)
    assert written == (GOLDEN / "vouchers.si").read_bytes()
    lines = written.decode("cp437").split("\r\n")
    assert [line.split(" ")[0] for line in lines[:9]] == [
        "#FLAGGA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#PROSA", "#FNR", "#FNAMN", "#VALUTA",
    ]  # fmt: skip
    assert lines[2:5] == ["#FORMAT PC8", '#GEN 20261102 "maria"', "#SIETYP 4"]
    assert '#FNAMN "Nord \\"Nöje\\" Média AB"' in lines
    assert '#VER "V" 1 20261031 "N-2026-00001 Alfa Livs - Köping AB" 20261101' in lines
    assert "   #TRANS 3010 {} -35312.64" in lines
    assert written.endswith(b"}\r\n")


@pytest.mark.rule("MA-GEN-04")
def test_each_voucher_of_a_sie_file_comes_to_zero() -> None:
    for voucher in VOUCHERS:
        assert sum(amount for _, amount in by_account(voucher.rows)) == 0
    # Both sides of an account stay apart, so that the sides of the file are those of the vouchers.
    assert by_account(VOUCHERS[1].rows)[:4] == [
        ("1510", minor("1250.00")),
        ("1510", minor("-3750.00")),
        ("3010", minor("3000.00")),
        ("3010", minor("-1000.00")),
    ]


def test_the_csv_file_is_the_golden_one_and_ends_with_its_totals() -> None:
    written = csv_file(HEADER, VOUCHERS)
    assert written == (GOLDEN / "vouchers.csv").read_bytes()
    *records, total = csv.DictReader(io.StringIO(written.decode(), newline=""))
    assert len(records) == 11
    assert (total["record"], total["voucher_no"], total["account_no"]) == ("total", "2", "11")
    assert (total["debit"], total["credit"], total["currency"]) == ("83314.61", "83314.61", "SEK")
    assert {one["client_name"][0] for one in records[8:]} == {"'"}
    assert control(VOUCHERS) == Control(2, minor("83314.61"), minor("83314.61"))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", '""'),
        ("Kött & ost", '"Kött & ost"'),
        ('Say "no"', '"Say \\"no\\""'),
        ("“Quoted” – 5 €…", '"\\"Quoted\\" - 5 EUR..."'),
        ("C:\\", '"C:/"'),
        ("two\r\n#VER lines\x00\x1f", '"two #VER lines"'),
        ("Łódź Ørsted Ærø Straße", '"Lódz Orsted Æro Straße"'),
        ("A\u030angstro\u0308m", '"Ångström"'),
        ("日本", '"??"'),
        ("x" * 120, '"' + "x" * 100 + '"'),
    ],
)
def test_texts_fit_the_code_page_and_their_quotes(text: str, field: str) -> None:
    assert quoted(text) == field
    field.encode("cp437")


@pytest.mark.parametrize(("code", "forms"), [("JPY", {"sie", "csv"}), ("KWD", {"csv"})])
def test_sie_knows_no_currency_with_three_places(code: str, forms: set[str]) -> None:
    assert {form for form, _ in files_of(HEADER._replace(currency=currency(code)), VOUCHERS)} == forms


async def export(world: World, from_on: date | None = None, to_on: date | None = None) -> UUID:
    async with world.database.transaction(world.context) as session:
        return await export_vouchers(session, Wanted(world.legal_entity_id, from_on, to_on), by="finance", now=now())


async def written(world: World, export_id: UUID) -> dict[str, bytes]:
    """The files, once the jobs that wait are done."""
    stopping = asyncio.Event()
    worker = asyncio.create_task(run_jobs(world.database, EXPORTING, stopping=stopping))
    files: dict[str, bytes] = {}
    for _ in range(400):
        rows = await world.rows(
            "SELECT format, content, sha256 FROM voucher_export_file WHERE export_id = $1", export_id
        )
        if files := {row["format"]: row["content"] for row in rows}:
            assert all(hashlib.sha256(row["content"]).digest() == row["sha256"] for row in rows)
            break
        await asyncio.sleep(0.05)
    stopping.set()
    await worker
    return files


async def issued(world: World, *prices: str) -> None:
    client = await world.client(f"C{len(await world.rows('SELECT id FROM client'))}")
    await world.tell(*(world.insertion(client, price) for price in prices))
    await world.run()


def ver_lines(files: dict[str, bytes]) -> list[str]:
    return [line for line in files["sie"].decode("cp437").splitlines() if line.startswith("#VER")]


async def test_a_batch_is_made_once_and_the_next_takes_only_what_is_left(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    await issued(world, "120.00", "80.00")
    await issued(world, "0.00")
    first = await written(world, await export(world))
    assert len(ver_lines(first)) == 1
    with pytest.raises(NotAllowedNow, match="nothing_to_export"):
        await export(world)
    await issued(world, "40.00")
    (invoice, *_) = await world.rows("SELECT id FROM invoice ORDER BY no")
    async with database.transaction(context) as session:
        await credit_invoice(session, invoice["id"], block=False, reason="wrong", on=date(2026, 11, 2))
    second = await written(world, await export(world))
    numbers = [line.split()[2] for line in ver_lines(first) + ver_lines(second)]
    assert numbers == ["1", "2", "3"]
    exports = await world.rows("SELECT export_no, voucher_count, debit_amount FROM voucher_export ORDER BY export_no")
    assert [tuple(one.values()) for one in exports] == [(1, 1, 42000), (2, 2, 8400 + 42000)]
    total = list(csv.reader(io.StringIO(second["csv"].decode())))[-1]
    assert total[:2] + total[-3:] == ["total", "2", "504.00", "504.00", "EUR"]
    assert await world.broken() == {}


async def test_two_exports_at_once_share_no_voucher(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    for _ in range(3):
        await issued(world, "10.00")
    made = await asyncio.gather(*(export(world) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, UUID) for one in made) == 1
    assert {one.code for one in made if isinstance(one, NotAllowedNow)} == {"nothing_to_export"}
    assert len(await world.rows("SELECT voucher_id FROM voucher_export_item")) == 3


@pytest.mark.rule("MA-GEN-07")
async def test_an_export_without_accounts_is_refused_before_anything_is_written(
    database: Database, context: Context
) -> None:
    world = await World(database, context).open()
    await issued(world, "120.00")
    (voucher,) = await world.rows("SELECT * FROM voucher")
    # A row from before there were accounts: posted then, it can only be added here.
    await world.rows(
        "WITH header AS (INSERT INTO voucher (tenant_id, id, legal_entity_id, source, source_id, series_id, no, "
        "voucher_no, accounting_on, client_id, currency) SELECT tenant_id, $1, legal_entity_id, 'old', source_id, "
        "series_id, 99, 'V99', accounting_on, client_id, currency FROM voucher RETURNING tenant_id, id) "
        "INSERT INTO voucher_line (tenant_id, voucher_id, line_no, role, currency, debit, credit) "
        "SELECT tenant_id, id, n, (ARRAY['rounding', 'job_sales'])[n], 'EUR', (n = 1)::int, (n = 2)::int "
        "FROM header, generate_series(1, 2) AS n",
        new_id(),
    )
    numbers = {role: no for role, no in ACCOUNTS.items() if role != "rounding"}
    async with database.transaction(context) as session:
        await world.account(session, **numbers)
    ask = {"legal_entity_id": str(world.legal_entity_id)}
    permissions = (*FINANCE, "voucher_export:write")
    async with door(database, context, *permissions) as api:
        refused = await api.post("/v1/voucher-exports", json=ask)
        assert (refused.status_code, refused.json()["code"]) == (422, "account_not_configured")
        assert [fault["field"] for fault in refused.json()["errors"]] == ["rounding"]
        assert await world.rows("SELECT id FROM voucher_export") == []
        assert await world.rows("SELECT voucher_id FROM voucher_export_item") == []
        async with database.transaction(context) as session:
            await world.account(session, **ACCOUNTS)
        made = await api.post("/v1/voucher-exports", json=ask)
        assert made.json()["voucher_count"] == 2
    files = await written(world, UUID(made.json()["id"]))
    assert f"#TRANS {ACCOUNTS['rounding']} {{}} 0.01" in files["sie"].decode("cp437")
    assert voucher["voucher_no"].encode() in files["csv"]


async def test_exports_at_the_door(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    await issued(world, "120.00")
    ask = {"legal_entity_id": str(world.legal_entity_id), "to_on": RUN_DAY.isoformat()}
    permissions = (*FINANCE, "voucher_export:write", "voucher_export:read")
    async with door(database, context, *permissions) as api:
        keyless = await api.post("/v1/voucher-exports", json=ask, headers={"Idempotency-Key": ""})
        assert keyless.status_code == 400
        key = {"Idempotency-Key": "october"}
        made = await api.post("/v1/voucher-exports", json=ask, headers=key)
        view: dict[str, Any] = made.json()
        assert (made.status_code, made.headers["location"]) == (202, f"/v1/jobs/{view['id']}")
        assert (view["state"], view["debit_amount"], view["credit_amount"]) == ("queued", "252.00", "252.00")
        again = await api.post("/v1/voucher-exports", json=ask, headers=key)
        assert (again.json(), again.headers["idempotency-replayed"]) == (view, "true")
        url = f"/v1/voucher-exports/{view['id']}"
        early = await api.get(f"{url}/files/sie")
        assert (early.status_code, early.json()["code"]) == (404, "not_written")
        files = await written(world, UUID(view["id"]))
        assert (await api.get(url)).json()["state"] == "completed"
        for form, extension in (("sie", "si"), ("csv", "csv")):
            for _ in range(2):
                loaded = await api.get(f"{url}/files/{form}")
                assert loaded.content == files[form]
                assert loaded.headers["content-disposition"] == f'attachment; filename="NORD-2026-0001.{extension}"'
        listed = (await api.get("/v1/voucher-exports", params={"year": 2026})).json()["items"]
        assert [one["id"] for one in listed] == [view["id"]]
        assert len((await api.get(f"{url}/vouchers")).json()["items"]) == 1
        assert len((await api.get("/v1/vouchers", params={"exported": "true"})).json()["items"]) == 1
        assert (await api.get("/v1/vouchers", params={"exported": "false"})).json()["items"] == []
        for changes, status, code in (
            ({}, 409, "nothing_to_export"),
            ({"from_on": "2026-11-01"}, 422, "bad_date_range"),
            ({"from_on": "2026-02-30"}, 422, "invalid_date"),
            ({"legal_entity_id": str(new_id())}, 422, "unknown_reference"),
            ({"format": "sie"}, 422, "unknown_field"),
        ):
            refused = await api.post("/v1/voucher-exports", json={**ask, **changes})
            assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert (await api.get(f"/v1/voucher-exports/{new_id()}")).status_code == 404
        assert (await api.get(f"{url}/files/datev")).status_code in (404, 422)


async def test_a_batch_holds_one_year(database: Database, context: Context) -> None:
    world = await World(database, context).open()
    await issued(world, "120.00")
    (invoice,) = await world.rows("SELECT id FROM invoice")
    async with database.transaction(context) as session:
        await credit_invoice(session, invoice["id"], block=True, reason="wrong", on=date(2027, 1, 2))
    with pytest.raises(Exception, match="several_years"):
        await export(world)
    assert len(ver_lines(await written(world, await export(world, to_on=date(2026, 12, 31))))) == 1
    assert len(ver_lines(await written(world, await export(world)))) == 1
    assert await world.broken() == {}
