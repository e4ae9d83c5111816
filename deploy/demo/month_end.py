"""The steps of the month end, each printing what it did beside what the input files add up to."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from deploy.demo.airtime import AirtimeInvoices
from deploy.demo.api import Api
from deploy.demo.books import set_accounts
from deploy.demo.campaigns import Campaigns
from deploy.demo.lunch_hour import LunchHour
from deploy.demo.purchases import Purchases
from deploy.demo.report import Report

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "month-end"
_IMPORTS = "/v1/contracts/imports"
_DAYS_OF_OCTOBER = range(1, 32)
_CONTRACT_FILES = (
    "legal_entities", "taxes", "agencies", "salespeople", "suppliers", "media_types", "media", "stations",
    "break_templates", "agreements", "clients", "plans", "orders", "insertions", "copies", "contracts",
    "contract_lines", "rotations", "campaigns", "campaign_items",
)  # fmt: skip


class MonthEnd:
    """October 2026 of the example agency and its stations, as one clerk works through it."""

    def __init__(self, api: Api, report: Report, papers: Path) -> None:
        self._api = api
        self._report = report
        self._papers = papers
        self._expected: dict[str, Any] = json.loads((EXAMPLES / "expected.json").read_text(encoding="utf-8"))

    def run(self) -> None:
        """Every step, in order."""
        self.until_definitive()
        self._run_invoices()
        Campaigns(self._api, self._report, self._expected["campaigns"]).bill()
        Purchases(self._api, self._report, EXAMPLES, self._expected).run()
        self._print_papers()

    def until_definitive(self) -> None:
        """From the files to issued contract invoices, with the insertions ready for their run."""
        self._import_files()
        # An invoice at zero is an affidavit of what was billed up front, and goes out like any other.
        set_accounts(self._api, self._report, rows("accounts"), email_zero_invoices=True)
        self._approve_contracts()
        LunchHour(self._api, self._report, self._expected["lunch_hour"]).show()
        self._air_october()
        AirtimeInvoices(self._api, self._report, self._expected["contracts"]).issue()
        self._make_definitive()

    def _import_files(self) -> None:
        with self._report.step(
            "Files imported through the gateway", "File", "Lines", "Created", "Unchanged", "Errors"
        ) as table:
            for kind in _CONTRACT_FILES:
                _add_counts(table, self._api.imported(_IMPORTS, EXAMPLES / f"{kind}.csv", kind))

    def _approve_contracts(self) -> None:
        with self._report.step("Radio contracts approved", "Contract", "Spots", "Gross ordered") as table:
            spots = 0
            for contract in self._api.all("/v1/contracts/contracts", state="draft"):
                approved = self._api.move(f"/v1/contracts/contracts/{contract['id']}", "approved")
                expected = self._expected["contracts"][contract["code"]]["spots_ordered"]
                shown = self._report.compare(f"spots of {contract['code']}", approved["item_count"], expected)
                table.add_row(contract["code"], shown, approved["gross_amount"])
                spots += approved["item_count"]
            table.add_row("all", self._report.compare("spots", spots, self._expected["counts"]["spots"]), "")

    def _air_october(self) -> None:
        """Lock and reconcile to the 20th, make good on later logs what was missed, then the rest of the month."""
        self._logs("Logs filled", "placed", _DAYS_OF_OCTOBER)
        self._logs("Logs locked to the 20th, copy assigned by the rotations", "locked", range(1, 21))
        with self._report.step("As-run file", "File", "Lines", "Created", "Unchanged", "Refused") as table:
            self._as_run(table)
        self._logs("Logs reconciled to the 20th", "reconciled", range(1, 21))
        self._make_good()
        self._logs("Logs locked from the 21st", "locked", range(21, 32))
        with self._report.step(
            "As-run file again, for the rest", "File", "Lines", "Created", "Unchanged", "Refused"
        ) as table:
            self._as_run(table)
        self._logs("Logs reconciled from the 21st", "reconciled", range(21, 32))
        states = Counter(spot["state"] for spot in self._api.all("/v1/contracts/spots"))
        with self._report.step("What aired", "State", "Spots") as table:
            for state, name in (("aired", "spots_aired"), ("missed", "spots_missed"), ("scheduled", "spots_to_come")):
                expected = sum(one[name] for one in self._expected["contracts"].values())
                table.add_row(state, self._report.compare(f"spots {state}", states[state], expected))

    def _logs(self, title: str, to: str, days: Iterable[int]) -> None:
        stations = list(self._api.all("/v1/contracts/stations"))
        with self._report.step(title, "Station", "Logs", "Spots placed", "On the bump list") as table:
            tally = {station["id"]: Counter[str]() for station in stations}
            for day in days:
                steps = [{"station_id": one["id"], "air_on": f"2026-10-{day:02d}", "to": to} for one in stations]
                for done in self._api.post("/v1/contracts/logs/bulk", {"items": steps})["items"]:
                    if done["status"] != 200:
                        self._report.mistakes.append(f"log {done['air_on']}: {done['code']} {done['message']}")
                    counts = tally[done["station_id"]]
                    counts.update(logs=1, placed=done["placed_count"], bumped=done["unplaced_count"])
            for station in stations:
                counts = tally[station["id"]]
                table.add_row(station["name"], str(counts["logs"]), str(counts["placed"]), str(counts["bumped"]))

    def _as_run(self, table: Table) -> None:
        """Lines of logs that are not locked are refused one by one; the others are applied."""
        _add_counts(table, self._api.imported(_IMPORTS, EXAMPLES / "as_run.csv", "as_run", skip_errors=True))

    def _make_good(self) -> None:
        contracts = {one["code"]: one["id"] for one in self._api.all("/v1/contracts/contracts")}
        with self._report.step("Makegoods placed on later logs", "Contract", "Line", "Missed on", "Runs on") as table:
            for wanted in rows("makegoods"):
                day = wanted["target_on"]
                missed = self._api.all(
                    "/v1/contracts/spots",
                    contract_id=contracts[wanted["contract_external_id"]],
                    state="missed",
                    **{"target_on.gte": day, "target_on.lte": day},
                )
                spot = next(one for one in missed if str(one["line_no"]) == wanted["line_no"])
                on = {"air_on.gte": wanted["log_on"], "air_on.lte": wanted["log_on"]}
                log = next(iter(self._api.all("/v1/contracts/logs", station_id=spot["station_id"], **on)))
                self._api.post(f"/v1/contracts/logs/{log['id']}/placements", {"spot_ids": [spot["id"]]})
                table.add_row(wanted["contract_external_id"], wanted["line_no"], day, wanted["log_on"])

    def _make_definitive(self) -> None:
        with self._report.step("Insertions made definitive", "Order", "Insertions") as table:
            for order in self._api.all("/v1/contracts/orders"):
                moved = self._api.move(f"/v1/contracts/orders/{order['id']}", "definitive")
                expected = self._expected["orders"][str(order["order_no"])]["insertions"]
                table.add_row(
                    str(order["order_no"]),
                    self._report.compare(f"order {order['order_no']}", moved["insertion_count"], expected),
                )
        total = self._expected["counts"]["insertions"]
        self._api.until(
            lambda: sum(
                1
                for one in self._api.all("/v1/invoicing/billable-items", unbilled=True)
                if one["origin"] == "insertion"
            ),
            lambda count: count == total,
            "invoicing to hear of every insertion",
        )

    def _run_invoices(self) -> None:
        asked = {"criteria": {"from_on": "2026-10-01", "to_on": "2026-10-31"}, "invoice_on": "2026-10-31"}
        with self._report.step(
            "Invoice run over the insertions", "Mode", "Invoices", "Insertions", "Left out", "Totals"
        ) as table:
            test = self._run({**asked, "mode": "test"})
            live = self._run({**asked, "mode": "live", "digest": test["digest"]})
            for run in (test, live):
                sums = ", ".join(f"{amount} {code}" for code, amount in sorted(run["total_amounts"].items()))
                counts = (run["invoice_count"], run["item_count"], run["left_out_count"])
                table.add_row(run["mode"], *(str(count) for count in counts), sums)
        clients = {one["id"]: one["code"] for one in self._api.all("/v1/contracts/clients")}
        with self._report.step("What each client is invoiced for October", "Client", "Invoices", "Total") as table:
            totals: dict[str, Decimal] = {}
            invoices: Counter[str] = Counter()
            for invoice in self._api.all("/v1/invoicing/invoices", state="issued"):
                code = clients[invoice["client_id"]]
                totals[code] = totals.get(code, Decimal(0)) + Decimal(invoice["total_amount"])
                invoices[code] += 1
            for code, total in sorted(totals.items()):
                expected = self._expected["client_invoices"][code]["total"]
                table.add_row(code, str(invoices[code]), self._report.compare(f"total of {code}", total, expected))

    def _run(self, asked: dict[str, Any]) -> dict[str, Any]:
        started = self._api.post("/v1/invoicing/invoice-runs", asked)
        return self._api.finished(f"/v1/invoicing/invoice-runs/{started['id']}")

    def _print_papers(self) -> None:
        self._papers.mkdir(parents=True, exist_ok=True)
        with self._report.step("Documents (PDF/A-3b)", "Folder", "What", "Files", "Bytes") as table:
            for what, documents in (("invoices", self._invoices()), ("confirmations", self._confirmations())):
                sizes = [(self._papers / f"{name}.pdf").write_bytes(content) for name, content in documents]
                table.add_row(str(self._papers), what, str(len(sizes)), f"{sum(sizes):,}")

    def _invoices(self) -> Iterator[tuple[str, bytes]]:
        for invoice in list(self._api.all("/v1/invoicing/invoices", state="issued")):
            content = self._api.until(
                partial(self._api.maybe, f"/v1/invoicing/invoices/{invoice['id']}/document"),
                bool,
                f"the document of {invoice['invoice_no']}",
            )
            yield invoice["invoice_no"], content

    def _confirmations(self) -> Iterator[tuple[str, bytes]]:
        for contract in list(self._api.all("/v1/contracts/contracts")):
            content = self._api.maybe(f"/v1/contracts/contracts/{contract['id']}/confirmation")
            yield f"confirmation-{contract['code']}", content or b""


def _add_counts(table: Table, done: dict[str, Any]) -> None:
    counts = [done["line_count"], *(done["counts"][name] for name in ("create", "unchanged", "error"))]
    table.add_row(f"{done['kind']}.csv", *map(str, counts))


def rows(name: str) -> list[dict[str, str]]:
    """The lines of an example file."""
    header, *lines = (EXAMPLES / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
