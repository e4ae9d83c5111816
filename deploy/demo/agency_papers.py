"""A few telling papers of the month: a reader sees in them what the other hundreds look like."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.demo.api import Api, Document
from deploy.demo.report import Report

_INVOICES = "/v1/invoicing/invoices"
_LINES_MIN = 5


class Papers:
    """Documents printed here and now, whatever of the month is still being printed."""

    def __init__(self, api: Api, report: Report, folder: Path) -> None:
        self._api = api
        self._report = report
        self._folder = folder

    def write(self, credits: dict[str, Any], clients: dict[str, str]) -> None:
        """One of each kind that reads differently, beside the documents of the month's `credits`."""
        invoices = list(self._api.all(_INVOICES, state="issued"))
        chosen = {**self._kinds(invoices), **_corrections(invoices, credits, clients)}
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._report.step("Papers of the month (PDF/A-3b)", "File", "Currency", "Lines", "Total") as table:
            for what, invoice in chosen.items():
                file = self._folder / f"{what}-{invoice['invoice_no']}.pdf"
                file.write_bytes(self._api.printed(f"{_INVOICES}/{invoice['id']}/documents"))
                table.add_row(file.name, invoice["currency"], str(invoice["line_count"]), invoice["total_amount"])

    def _kinds(self, invoices: Iterable[Document]) -> dict[str, Document]:
        """Short ones, so that all of a paper is seen at a glance, and the longest of all."""
        debits = sorted((one for one in invoices if one["document"] == "invoice"), key=lambda one: one["line_count"])
        short = [one for one in debits if one["line_count"] >= _LINES_MIN]
        return {
            "several-vat-rates": next(
                one for one in short if len(self._api.get(f"{_INVOICES}/{one['id']}")["vat"]) > 1
            ),
            "foreign-currency": next(
                one for one in short if one["currency"] != "SEK" and Decimal(one["vat_amount"]) > 0
            ),
            "longest": debits[-1],
        }


def _corrections(invoices: Iterable[Document], credits: dict[str, Any], clients: dict[str, str]) -> dict[str, Document]:
    """What was credited and moved: each client of `credits` has a part in one of them only."""

    def last(client: str, *, mirror: bool = False) -> Document:
        of_client = [one for one in invoices if one["client_id"] == clients[client]]
        return next(one for one in reversed(of_client) if (one["reverses_id"] is not None) == mirror)

    note = last(credits["reopened"]["client"], mirror=True)
    return {
        "credited": next(one for one in invoices if one["id"] == note["reverses_id"]),
        "credit-note": note,
        "insertion-credit": last(credits["insertion"]["client"]),
        "allocation-credit": last(credits["share"]["from"]),
        "allocation-debit": last(credits["share"]["to"]),
    }
