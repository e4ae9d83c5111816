"""The buy side's last steps: media invoices come in, are matched and posted, and what does not agree is settled."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.demo.api import Api
from deploy.demo.report import Report

_BASE = "/v1/reconciliation"
_OPEN = {"discrepancy_net_net.gte": "0.01"}


class Purchases:
    """October's media invoices against what the clients were billed."""

    def __init__(self, api: Api, report: Report, files: Path, expected: dict[str, Any]) -> None:
        self._api = api
        self._report = report
        self._file = files / "media_invoices.csv"
        self._expected = expected

    def run(self) -> None:
        """Import, match and save; look at what does not agree; book the small change away; ask the ledger."""
        self._await_news()
        self._import()
        self._show_invoices()
        self._show_discrepancies()
        self._write_off_the_smallest()
        self._ask_the_ledger()

    def _await_news(self) -> None:
        """Insertions and client invoices arrive by events: an order's totals are there once its invoice is."""
        insertions = self._expected["counts"]["insertions"]
        self._api.until(
            lambda: sum(one["row_count"] for one in self._api.get(f"{_BASE}/discrepancy-totals")["items"]),
            lambda count: count == insertions,
            "reconciliation to hear what the clients were billed",
        )

    def _import(self) -> None:
        base = f"{_BASE}/imports"
        expected = self._expected["media_invoices"]
        good = sum(one["lines"] for one in expected.values() if one["state"] == "saved")
        bad = sum(one["lines"] for one in expected.values() if one["state"] == "refused")
        with self._report.step("Media invoices imported", "File", "Lines", "Created", "Unchanged", "Refused") as table:
            for title in ("media_invoices.csv", "the same again"):
                done = self._api.imported(base, self._file, "media_invoices", skip_errors=True)
                counts = done["counts"]
                first = title == self._file.name
                table.add_row(
                    title,
                    str(done["line_count"]),
                    self._report.compare("lines of saved media invoices", counts["create"], good if first else 0),
                    self._report.compare("lines known already", counts["unchanged"], 0 if first else good),
                    self._report.compare("lines of refused media invoices", counts["error"], bad),
                )

    def _show_invoices(self) -> None:
        suppliers = {one["id"]: one["code"] for one in self._api.all("/v1/contracts/suppliers")}
        tally: dict[str, Counter[str]] = {}
        totals: dict[str, Decimal] = {}
        saved = set()
        for invoice in self._api.all(f"{_BASE}/media-invoices"):
            code, no = suppliers[invoice["supplier_id"]], invoice["invoice_no"]
            expected = self._expected["media_invoices"][no]
            for name, field in (("state", "state"), ("total", "total_amount"), ("rounding", "rounding_amount")):
                self._report.compare(f"{name} of {no}", invoice[field], expected[name])
            saved.add(no)
            tally.setdefault(code, Counter()).update(invoices=1, lines=invoice["line_count"])
            totals[code] = totals.get(code, Decimal(0)) + Decimal(invoice["total_amount"])
        wanted = {no for no, one in self._expected["media_invoices"].items() if one["state"] == "saved"}
        self._report.compare("media invoices saved", sorted(saved), sorted(wanted))
        with self._report.step("Media invoices posted", "Supplier", "Invoices", "Lines", "Total") as table:
            for code, counts in sorted(tally.items()):
                table.add_row(code, str(counts["invoices"]), str(counts["lines"]), str(totals[code]))

    def _show_discrepancies(self) -> None:
        """Per order what the clients paid, what the media billed, and what lies between, beside the files' own sums."""
        expected = Counter[str]()
        wanted = set()
        for row in self._expected["discrepancies"]["rows"]:
            expected[row["order_no"]] += Decimal(row["discrepancy_net_net"])  # type: ignore[assignment]
            wanted.add((row["order_no"], row["insertion_on"], row["discrepancy_net_net"]))
        found = {
            (str(one["order_no"]), one["insertion_on"], one["discrepancy_net_net_amount"])
            for one in self._api.all(f"{_BASE}/discrepancies", **_OPEN)
        }
        self._report.compare("insertions that do not agree", sorted(found), sorted(wanted))
        with self._report.step(
            "Discrepancies at net-net", "Order", "Medium", "Insertions", "Clients paid", "Media billed", "Difference"
        ) as table:
            for order in self._api.all(f"{_BASE}/discrepancy-totals/orders", **_OPEN):
                number = str(order["order_no"])
                difference = self._report.compare(
                    f"discrepancy of order {number}", order["discrepancy_net_net_amount"], expected[number]
                )
                table.add_row(
                    number,
                    order["media_name"],
                    str(order["row_count"]),
                    order["client_net_net_amount"],
                    order["media_net_net_amount"],
                    difference,
                )

    def _write_off_the_smallest(self) -> None:
        """The one insertion that was billed slightly too high is not worth a claim."""
        rows = list(self._api.all(f"{_BASE}/discrepancies", **_OPEN))
        smallest = min(rows, key=lambda one: abs(Decimal(one["discrepancy_net_net_amount"])))
        asked = {
            "rows": [{"insertion_id": smallest["insertion_id"]}],
            "accounting_on": "2026-10-31",
            "reason": "Too small to claim",
        }
        booked = self._api.post(f"{_BASE}/write-offs", asked)
        left = len(list(self._api.all(f"{_BASE}/discrepancies", **_OPEN)))
        with self._report.step("Smallest discrepancy written off", "Voucher", "Amount", "Still open") as table:
            table.add_row(
                booked["voucher_no"],
                self._report.compare(
                    "amount written off", booked["rows"][0]["amount"], smallest["discrepancy_net_net_amount"]
                ),
                self._report.compare("discrepancies left", left, len(rows) - 1),
            )

    def _ask_the_ledger(self) -> None:
        with self._report.step(
            "The list beside the deduction account", "Legal entity", "List", "Account", "Difference"
        ) as table:
            entities = {one["id"]: one["code"] for one in self._api.all("/v1/contracts/legal-entities")}
            for date in ("2026-10-15", "2026-10-31"):
                found = self._api.get(f"{_BASE}/discrepancy-totals", **{"accounting_on.lte": date})
                for one in found["items"]:
                    table.add_row(
                        f"{entities[one['legal_entity_id']]} to {date}",
                        f"{one['discrepancy_net_net_amount']} {one['currency']}",
                        one["ledger_amount"],
                        self._report.compare(f"difference to {date}", one["difference_amount"], "0.00"),
                    )
