"""The invoices go out by e-mail, to a mail server of the demo's own that delivers nothing."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

from deploy.demo.api import Api, Document
from deploy.demo.report import Report
from deploy.embedded.mail import MailSink

_AT_ONCE = 500


class Mailing:
    """Every printed invoice of October, sent to where the input files say."""

    def __init__(self, api: Api, report: Report, files: Path, sink: MailSink) -> None:
        self._api = api
        self._report = report
        self._files = files
        self._sink = sink
        self._mailing_zeros = {
            one["id"]
            for one in api.all("/v1/contracts/legal-entities")
            if api.get(f"/v1/contracts/legal-entities/{one['id']}/parameters")["email_zero_invoices"]
        }

    def send(self) -> None:
        """Send all of them, see that each arrived once, and that nothing goes out at a second asking.

        An invoice of zero is not e-mailed unless its legal entity says so (MA-REG-21).
        """
        with self._report.step("Invoices sent to a mail server of the demo's own", "To", "Mails") as table:
            listed = self._printed()
            invoice_ids = [one["invoice_id"] for one in listed if self._is_mailed(one)]
            self._send(invoice_ids, "")
            self._send([one["invoice_id"] for one in listed if not self._is_mailed(one)], "zero_amount")
            taken = Counter(recipient for mail in self._sink.mails for recipient in mail.recipients)
            self._report.rows(table, sorted(taken.items()))
            table.add_row("all", self._report.compare("mails", len(self._sink.mails), len(invoice_ids)))
        self._report.compare("addresses of no input file", sorted(set(taken) - self._addresses()), [])
        sent = list(self._api.all("/v1/invoicing/distribution", status="sent"))
        self._report.compare("invoices sent", len(sent), len(invoice_ids))
        self._send(invoice_ids, "already_sent")
        self._report.compare("mails after a second asking", len(self._sink.mails), len(invoice_ids))

    def _is_mailed(self, one: Document) -> bool:
        return bool(Decimal(one["total_amount"])) or one["legal_entity_id"] in self._mailing_zeros

    def _printed(self) -> list[Document]:
        """Every invoice that waits to be sent, once all of them have the document that is sent: it is printed after."""
        listed: list[Document] = self._api.until(
            lambda: list(self._api.all("/v1/invoicing/distribution", status="not_sent")),
            lambda found: all(one["printed"] for one in found),
            "the documents of all invoices",
        )
        return listed

    def _send(self, invoice_ids: list[str], refusal: str) -> None:
        """Ask for the sending of these; each is queued, or refused with this code."""
        for first in range(0, len(invoice_ids), _AT_ONCE):
            chosen = invoice_ids[first : first + _AT_ONCE]
            answer = self._api.post("/v1/invoicing/distribution/bulk", {"invoice_ids": chosen})
            answered = Counter(one["code"] for one in answer["items"])
            self._report.compare("refusals of the sending", dict(answered), {refusal: len(chosen)})
            if answer["job_id"]:
                self._api.finished(f"/v1/invoicing/jobs/{answer['job_id']}")

    def _addresses(self) -> set[str]:
        columns = (("clients", "email"), ("campaigns", "recipient_email"))
        return {row[column] for name, column in columns for row in _rows(self._files / f"{name}.csv")}


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
