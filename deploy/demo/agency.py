"""A month of a mid-size agency: files made on the spot, imported, billed in one run, credited, posted."""

import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from deploy.demo.agency_credits import Credits
from deploy.demo.agency_papers import Papers
from deploy.demo.api import Api, Document
from deploy.demo.books import set_accounts
from deploy.demo.report import Report

_ROOT = Path(__file__).resolve().parents[2]
_IMPORTS = "/v1/contracts/imports"
_REGISTERS = ("legal_entities", "suppliers", "media_types", "media", "agreements", "clients", "plans")
_BOOKINGS = ("orders", "insertions")
_PERIOD = {"from_on": "2026-10-01", "to_on": "2026-10-31"}


@contextmanager
def made_month(insertions: int) -> Iterator[Path]:
    """The month's files, made by a process that knows nothing of the suite, for as long as the block lasts."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "examples.agency", folder, str(insertions)]
        subprocess.run(command, cwd=_ROOT, check=True)  # noqa: S603  our own generator
        yield Path(folder)


class AgencyMonth:
    """October 2026 of an agency of its own, in a tenant of its own."""

    def __init__(self, api: Api, report: Report, files: Path, papers: Path) -> None:
        self._api = api
        self._report = report
        self._files = files
        self._papers = papers
        self._expected: dict[str, Any] = json.loads((files / "expected.json").read_text(encoding="utf-8"))
        self._clients: dict[str, str] = {}

    def run(self) -> None:
        """Every step, in order."""
        self._report.console.rule("An agency's month")
        self._import()
        self._make_definitive()
        run = self._bill()
        self._compare_invoices(run)
        Credits(self._api, self._report, self._expected, self._clients).give()
        self._bill_again()
        self._export()
        Papers(self._api, self._report, self._papers).write(self._expected["credits"], self._clients)

    def _import(self) -> None:
        with self._report.step("Registers and bookings imported", "File", "Lines", "Created", "Errors") as table:
            for kind in _REGISTERS:
                self._import_one(table, kind)
            self._state_rates()
            for kind in _BOOKINGS:
                self._import_one(table, kind)
        # Commission bears VAT, also for a client without (MA-REG-23).
        accounts = _rows(self._files / "accounts.csv")
        set_accounts(self._api, self._report, accounts, vat_on_commission_without_vat=True)
        self._clients = {one["code"]: one["id"] for one in self._api.all("/v1/contracts/clients")}

    def _import_one(self, table: Table, kind: str) -> None:
        done = self._api.imported(_IMPORTS, self._files / f"{kind}.csv", kind)
        counts = done["counts"]
        wanted = self._expected["counts"].get(kind, done["line_count"])
        created = self._report.compare(f"{kind} created", counts["create"], wanted)
        table.add_row(f"{kind}.csv", str(done["line_count"]), created, str(counts["error"]))

    def _state_rates(self) -> None:
        """The rate of a day holds for orders that name none (MA-GEN-10)."""
        (entity,) = self._api.all("/v1/contracts/legal-entities")
        for rate in _rows(self._files / "exchange_rates.csv"):
            self._api.post("/v1/contracts/exchange-rates", {"legal_entity_id": entity["id"], **rate})

    def _make_definitive(self) -> None:
        with self._report.step("Orders made definitive", "Orders", "Insertions") as table:
            orders = list(self._api.all("/v1/contracts/orders"))
            moved = sum(
                self._api.move(f"/v1/contracts/orders/{order['id']}", "definitive")["insertion_count"]
                for order in orders
            )
            wanted = self._expected["counts"]
            table.add_row(
                self._report.compare("orders", len(orders), wanted["orders"]),
                self._report.compare("insertions made definitive", moved, wanted["insertions"]),
            )

    def _bill(self) -> Document:
        """By a selection that is kept for next month: a test, and the live run bound to what it showed."""
        asked = {"criteria": _PERIOD, "text": "Thank you for your advertising in October."}
        kept = self._api.post("/v1/invoicing/selections", {"name": "The month", **asked})
        chosen = self._api.get(f"/v1/invoicing/selections/{kept['id']}")
        wanted = {name: chosen[name] for name in ("criteria", "switches", "text")} | {"invoice_on": "2026-10-31"}
        with self._report.step("Invoice run by a saved selection", *_RUN_COLUMNS) as table:
            test = self._tested(wanted, self._expected["counts"]["items"])
            live = self._run({**wanted, "mode": "live", "digest": test["digest"]})
            for run in (test, live):
                self._show_run(table, run, self._expected["run"])
        return live

    def _bill_again(self) -> None:
        """What was opened again, credited or moved; what is blocked stays away."""
        wanted = {"criteria": _PERIOD, "invoice_on": "2026-10-31"}
        expected = self._expected["second_run"]
        with self._report.step("Second run, of what was credited and opened again", *_RUN_COLUMNS) as table:
            test = self._tested(wanted, expected["items"], billed_only=True)
            live = self._run({**wanted, "mode": "live", "digest": test["digest"]})
            for run in (test, live):
                self._show_run(table, run, expected)
        found = sorted(map(_figures, self._invoices(live)), key=str)
        self._report.compare("invoices of the second run", found, expected["figures"])

    def _tested(self, wanted: Document, items: int, *, billed_only: bool = False) -> Document:
        """A test run that has heard of every insertion: they arrive by events, a moment later."""

        def seen(run: Document) -> bool:
            count: int = run["item_count"] + (0 if billed_only else run["left_out_count"])
            return count == items

        run: Document = self._api.until(
            lambda: self._run({**wanted, "mode": "test"}), seen, f"{items} items in a test run"
        )
        return run

    def _run(self, asked: Document) -> Document:
        started = self._api.post("/v1/invoicing/invoice-runs", asked)
        return self._api.finished(f"/v1/invoicing/invoice-runs/{started['id']}")

    def _show_run(self, table: Table, run: Document, expected: Document) -> None:
        compare, name = self._report.compare, f"the {run['mode']} run"
        reasons = Counter(one["reason"] for one in self._api.all(f"/v1/invoicing/invoice-runs/{run['id']}/left-out"))
        if "left_out" in expected:
            compare(f"left out by {name}", dict(reasons), expected["left_out"])
        totals = dict(sorted(run["total_amounts"].items()))
        table.add_row(
            run["mode"],
            compare(f"invoices of {name}", run["invoice_count"], expected["invoices"]),
            compare(f"items of {name}", run["item_count"], expected["items"]),
            ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())),
            "\n".join(
                f"{compare(f'{code} of {name}', totals.get(code), total)} {code}"
                for code, total in expected["totals"].items()
            ),
        )

    def _invoices(self, run: Document) -> Iterator[Document]:
        return self._api.all("/v1/invoicing/invoices", invoice_run_id=run["id"])

    def _compare_invoices(self, run: Document) -> None:
        """Client by client: each document's currency, lines, net, VAT and total."""
        codes = {id_: code for code, id_ in self._clients.items()}
        found: dict[str, list[list[object]]] = {}
        sums: dict[str, Counter[str]] = {}
        with self._report.step(
            "The invoices, client by client", "Currency", "Invoices", "Net", "VAT", "Total"
        ) as table:
            for invoice in self._invoices(run):
                figures = _figures(invoice)
                found.setdefault(codes[invoice["client_id"]], []).append(figures)
                of = sums.setdefault(invoice["currency"], Counter())
                of.update(invoices=1)
                for name, amount in zip(("net", "vat", "total"), figures[2:], strict=True):
                    of[name] += Decimal(str(amount))  # type: ignore[assignment]
            for code, wanted in self._expected["clients"].items():
                self._report.compare(f"invoices of {code}", sorted(found.get(code, []), key=str), wanted)
            for currency, of in sorted(sums.items()):
                table.add_row(currency, *(str(of[name]) for name in ("invoices", "net", "vat", "total")))
        self._report.compare("clients invoiced", len(found), len(self._expected["clients"]))

    def _export(self) -> None:
        """The vouchers as the ledger gets them: balances by role, in base currency."""
        with self._report.step("Vouchers exported to the ledger", "Role", "Balance in SEK") as table:
            (entity,) = self._api.all("/v1/contracts/legal-entities")
            asked = {"legal_entity_id": entity["id"], **_PERIOD}
            path = f"/v1/invoicing/voucher-exports/{self._api.post('/v1/invoicing/voucher-exports', asked)['id']}"
            self._api.until(lambda: self._api.get(path), lambda one: one["state"] == "completed", "the export")
            balances: Counter[str] = Counter()
            file = (self._api.maybe(f"{path}/files/csv") or b"").decode().splitlines()
            for row in csv.DictReader(file):
                if row["record"] == "row":
                    balances[row["role"]] += Decimal(row["debit"]) - Decimal(row["credit"])  # type: ignore[assignment]
            for role, wanted in self._expected["ledger"].items():
                table.add_row(role, self._report.compare(f"balance of {role}", balances[role], wanted))
            table.add_row("all", self._report.compare("sum of the balances", sum(balances.values()), "0.00"))


_RUN_COLUMNS = ("Mode", "Invoices", "Items", "Left out", "Totals")


def _figures(invoice: Document) -> list[object]:
    amounts = [invoice[f"{name}_amount"] for name in ("net", "vat", "total")]
    return [invoice["currency"], invoice["line_count"], *amounts]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
