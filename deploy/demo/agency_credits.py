"""Four ways to take back what was billed: a whole invoice opened again or blocked, one insertion, one share."""

from typing import Any

from rich.table import Table

from deploy.demo.api import Api, Document
from deploy.demo.report import Report

_ON = "2026-10-31"


class Credits:
    """The corrections of one month; `expected` names whom they concern and what they come to."""

    def __init__(self, api: Api, report: Report, expected: dict[str, Any], clients: dict[str, str]) -> None:
        self._api = api
        self._report = report
        self._expected = expected["credits"]
        self._clients = clients

    def give(self) -> None:
        """All four; the last two are billed by the next run."""
        with self._report.step("Credits", "What", "Document", "Client", "Amount") as table:
            self._whole(table, "reopened", "a whole invoice, its insertions opened again", block=False)
            self._whole(table, "blocked", "a whole invoice, its insertions blocked", block=True)
            self._insertion(table)
            self._share(table)

    def _whole(self, table: Table, which: str, what: str, *, block: bool) -> None:
        wanted = self._expected[which]
        currency, *_, total = wanted["figures"]
        invoice = next(
            one
            for one in self._api.all("/v1/invoicing/invoices", client_id=self._clients[wanted["client"]])
            if (one["currency"], one["total_amount"]) == (currency, total)
        )
        asked = {"invoice_id": invoice["id"], "block": block, "reason": "Agreed with the client", "invoice_on": _ON}
        note = self._api.post("/v1/invoicing/credit-notes", asked)
        amount = self._report.compare(f"credit note for {invoice['invoice_no']}", note["total_amount"], f"-{total}")
        document = f"{note['invoice_no']} for {invoice['invoice_no']}"
        table.add_row(what, document, wanted["client"], f"{amount} {currency}")

    def _insertion(self, table: Table) -> None:
        wanted = self._expected["insertion"]
        insertion = self._invoiced(wanted)
        credit = self._api.post(
            f"/v1/contracts/insertions/{insertion['id']}/credits", {"with_invoice_no": True, "reason": "Printed wrong"}
        )
        amount = self._report.compare("price credited", credit["price_amount"], f"-{insertion['price_amount']}")
        table.add_row("one insertion", credit["invoice_comment"], wanted["client"], f"{amount} {credit['currency']}")

    def _share(self, table: Table) -> None:
        """Credited on the one client's invoice, debited on the original, saved with the client that shall pay."""
        wanted = self._expected["share"]
        insertion = self._invoiced(wanted)
        path, from_id = f"/v1/contracts/insertions/{insertion['id']}", self._clients[wanted["from"]]
        share = next(one for one in insertion["shares"] if one["client_id"] == from_id)
        self._api.post(f"{path}/allocation-credits", {"invoice_id": share["invoice_ids"][0], "with_invoice_no": True})
        moved = self._api.post(f"{path}/allocation-debits", {"client_id": from_id})
        debit_path = f"/v1/contracts/insertions/{moved['debit_id']}"
        debit = self._api.patch(debit_path, {"client_id": self._clients[wanted["to"]]})
        amount = self._report.compare("share debited again", debit["price_amount"], share["price_amount"])
        table.add_row(
            "one client's share, to another", "", f"{wanted['from']} → {wanted['to']}", f"{amount} {debit['currency']}"
        )

    def _invoiced(self, wanted: Document) -> Document:
        """The insertion, once contracts has heard that all of it is invoiced."""
        code = f"{wanted['order_no']}/{wanted['insertion_no']}"
        order = self._api.get("/v1/contracts/orders", code=wanted["order_no"])["items"][0]
        found = self._api.all("/v1/contracts/insertions", order_id=order["id"])
        path = f"/v1/contracts/insertions/{next(one['id'] for one in found if one['code'] == code)}"
        insertion: Document = self._api.until(
            lambda: self._api.get(path), lambda one: one["status"] == "invoiced", f"insertion {code} to be invoiced"
        )
        return insertion
