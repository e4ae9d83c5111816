"""The radio contracts' invoices at the month end: which are issued, which are still gathering, and why."""

from typing import Any

from rich.table import Table

from deploy.demo.api import Api, Document
from deploy.demo.report import Report

_BASE = "/v1/invoicing/invoices"
_AMOUNTS = (("net", "net_amount"), ("tax", "vat_amount"), ("total", "total_amount"))
_TERMS, _WORD = "Cycle, invoice type", len("notarized")
_WORDS = {"co_op_notarized_affidavit": "co-op notarized affidavit", "time_rates": "time / rates"}
_VARIANTS = {"upfront": "\nup front", "zero": "\nat zero"}


class AirtimeInvoices:
    """Every billing cycle and invoice type; `expected` is per contract what the input files add up to."""

    def __init__(self, api: Api, report: Report, expected: dict[str, Any]) -> None:
        self._api = api
        self._report = report
        self._contracts = expected
        self._expected: dict[tuple[str, str, str], Document] = {
            (code, one["variant"], one["period_from"]): one
            for code, contract in expected.items()
            for one in contract["invoices"]
        }
        self._codes: dict[str, str] = {}

    def issue(self) -> None:
        """Issue what is complete, and ask of the rest what it waits for."""
        self._codes = {one["id"]: one["code"] for one in self._api.all("/v1/contracts/contracts")}
        pending = [one for one in self._gathered() if one["state"] == "pending"]
        done = self._api.post(f"{_BASE}/bulk", {"invoice_ids": [one["id"] for one in pending], "to": "issued"})
        refused = [one for one in done["items"] if one["status"] != 200]
        self._report.mistakes += [f"invoice: {one['code']} {one['message']}" for one in refused]
        self._show_issued()
        self._show_gathering()

    def _gathered(self) -> list[Document]:
        """The open invoices once they hold what ran: invoicing learns of it by events, a moment later."""
        still_open = [one for one in self._expected.values() if one["variant"] != "upfront"]
        items = sum(one["items"] for one in still_open)
        complete = sum(one["state"] == "issued" for one in still_open)

        def enough(found: list[Document]) -> bool:
            pending = sum(one["state"] == "pending" for one in found)
            return (pending, sum(one["line_count"] for one in found)) == (complete, items)

        found: list[Document] = self._api.until(
            lambda: list(self._api.all(_BASE, kind="contract", state=["gathering", "pending"])),
            enough,
            f"{complete} complete invoices of contracts, with {items} items in all that are open",
        )
        return found

    def _show_issued(self) -> None:
        seen = set()
        with self._report.step(
            "Contract invoices issued, by billing cycle and invoice type",
            *("Contract", _TERMS, "Period", "Items", "Net", "Tax", "Total"),
        ) as table:
            _fit(table, "Contract", "Net", "Tax", "Total")
            for invoice in self._api.all(_BASE, kind="contract", state="issued"):
                code, expected = self._of(invoice, "issued")
                seen.add(code)
                contract = f"{code}\n{invoice['invoice_no']}{_VARIANTS.get(invoice['variant'], '')}"
                table.add_row(contract, *self._head(code, invoice), *self._figures(invoice, expected))
            for code, contract in self._contracts.items():
                if contract["billing_cycle"] == "none":
                    table.add_row(f"{code}\nnot invoiced", "none\nnone", "", "", "", "", "")
        self._report.compare(
            "contracts with an invoice",
            sorted(seen),
            sorted({code for (code, *_), one in self._expected.items() if one["state"] == "issued"}),
        )

    def _show_gathering(self) -> None:
        """Each invoice that is open says itself what it waits for (CT-CYC-15)."""
        count = 0
        with self._report.step(
            "Contract invoices still gathering, and what each waits for",
            *("Contract", _TERMS, "Period", "Items", "Net so far", "Waits for"),
        ) as table:
            _fit(table, "Contract", "Net so far")
            for invoice in self._api.all(_BASE, kind="contract", state=["gathering", "pending"]):
                code, expected = self._of(invoice, "gathering")
                waits = self._waits(self._api.get(f"{_BASE}/{invoice['id']}")["waiting_for"])
                items, net, *_ = self._figures(invoice, expected)
                self._report.compare(f"what {code} waits for", waits, expected["waits"])
                words = "; ".join(map(_waiting_words, waits))
                contract = f"{code}{_VARIANTS.get(invoice['variant'], '')}"
                table.add_row(contract, *self._head(code, invoice), items, net, words)
                count += 1
        expected_count = sum(one["state"] == "gathering" for one in self._expected.values())
        self._report.compare("invoices still gathering", count, expected_count)

    def _of(self, invoice: Document, state: str) -> tuple[str, Document]:
        """The code of an invoice's contract, and what the invoice should be; nothing where none should be."""
        code = self._codes[invoice["contract_id"]]
        expected = self._expected.get((code, invoice["variant"], invoice["period_from"]), {})
        said = f"{invoice['variant']} invoice of {code} from {invoice['period_from']}"
        self._report.compare(f"state of the {said}", state, expected.get("state"))
        self._report.compare(f"end of the {said}", invoice["period_to"], expected.get("period_to"))
        return code, expected

    def _head(self, code: str, invoice: Document) -> tuple[str, str]:
        contract = self._contracts[code]
        kind = contract["invoice_type"]
        cycle = contract["billing_cycle"].replace("_", " ")
        return f"{cycle}\n{_WORDS.get(kind, kind)}", f"{invoice['period_from'][5:]}\n–{invoice['period_to'][5:]}"

    def _figures(self, invoice: Document, expected: Document) -> list[str]:
        said = f"of the {invoice['variant']} invoice of {self._codes[invoice['contract_id']]}"
        return [
            self._report.compare(f"{name} {said} from {invoice['period_from']}", invoice[field], expected.get(name))
            for name, field in (("items", "line_count"), *_AMOUNTS)
        ]

    @staticmethod
    def _waits(waiting_for: list[Document]) -> list[Document]:
        """What an invoice waits for, by reason: from and to which day, and how many units are concerned."""
        found: dict[str, list[Document]] = {}
        for one in waiting_for:
            found.setdefault(one["reason"], []).append(one)
        return [
            {
                "reason": reason,
                "from": min(one["on"] for one in each),
                "to": max(one["on"] for one in each),
                "units": sum(one["item_count"] for one in each),
            }
            for reason, each in found.items()
        ]


def _waiting_words(wait: Document) -> str:
    first, last = wait["from"][5:], wait["to"][5:]
    days = first if first == last else f"{first} to {last}"
    units = f"{wait['units']} unit{'s' * (wait['units'] != 1)}"
    return f"{wait['reason'].replace('_', ' ')}, {days} ({units})"


def _fit(table: Table, *columns: str) -> None:
    """On a narrow screen these columns are not cut, and others not within a word."""
    for column in table.columns:
        column.no_wrap = column.header in columns
        column.min_width = _WORD if column.header == _TERMS else None
