"""The campaigns' part of the month end: drafts for every month, and a billing run over October's."""

from typing import Any

from deploy.demo.api import Api, Document
from deploy.demo.report import Report

_MONTH = "2026-10"
_BASE = "/v1/preinvoice"


class Campaigns:
    """Sold campaigns as one biller works through them; `expected` are the drafts the input files add up to."""

    def __init__(self, api: Api, report: Report, expected: dict[str, Any]) -> None:
        self._api = api
        self._report = report
        self._expected = expected

    def bill(self) -> None:
        """Generate all drafts, then turn those of the month into invoices."""
        campaigns = {one["id"]: one for one in self._api.all("/v1/contracts/campaigns")}
        self._generate(campaigns)
        run = self._run()
        with self._report.step("Campaign invoices of October", "Invoice", "Campaign", "Net", "VAT", "Total") as table:
            for invoice in self._api.all("/v1/invoicing/invoices", billing_run_id=run["id"]):
                code = campaigns[invoice["campaign_id"]]["code"]
                table.add_row(invoice["invoice_no"], code, *self._figures(code, invoice))

    def _generate(self, campaigns: dict[str, Document]) -> None:
        with self._report.step("Draft pre-invoices generated", "Campaign", "Month", "Draft", "Lines", "Net") as table:
            for campaign in campaigns.values():
                path = f"{_BASE}/campaigns/{campaign['id']}/draft-pre-invoices"
                made = self._api.post(path, {"campaign_version": campaign["version"]})["items"]
                code, months = campaign["code"], self._expected[campaign["code"]]["drafts"]
                self._report.compare(f"drafts of {code}", [one["accounting_on"][:7] for one in made], sorted(months))
                for draft in made:
                    month = draft["accounting_on"][:7]
                    lines = self._api.get(f"{_BASE}/draft-pre-invoices/{draft['id']}", expand="lines")["lines"]
                    net = self._report.compare(
                        f"net of {code} in {month}", draft["total_amount"], months.get(month, {}).get("net")
                    )
                    table.add_row(code, month, str(draft["draft_no"]), str(len(lines)), net)

    def _run(self) -> Document:
        asked = {"filter": {"planned_from": f"{_MONTH}-01", "planned_to": f"{_MONTH}-31"}}
        with self._report.step(
            "Billing run over the drafts of October", "Run", "Drafts", "Invoiced", "Failed"
        ) as table:
            started = self._api.post(f"{_BASE}/billing-runs", asked)
            run = self._api.finished(f"{_BASE}/billing-runs/{started['id']}")
            invoiced = self._report.compare("drafts invoiced", run["invoiced_count"], len(self._expected))
            table.add_row(str(run["run_no"]), str(run["draft_count"]), invoiced, str(run["failed_count"]))
        return run

    def _figures(self, code: str, invoice: Document) -> list[str]:
        expected = self._expected[code]["drafts"][_MONTH]
        return [
            self._report.compare(f"{name} of {code} in {_MONTH}", invoice[field], expected[name])
            for name, field in (("net", "net_amount"), ("vat", "vat_amount"), ("total", "total_amount"))
        ]
