"""What the mail around a document says: a text per language and kind of document, with names in braces filled in."""

import re
from collections.abc import Mapping
from typing import NamedTuple

PLACEHOLDERS = ("number", "invoice_date", "due_date", "total", "currency", "seller", "buyer", "reference", "credits")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class MailText(NamedTuple):
    """A subject of one line, and the lines of the mail."""

    subject: str
    body: str


_EN, _SV, _DE = "en", "sv", "de"
DEFAULTS: Mapping[tuple[str, str], MailText] = {
    (_EN, "invoice"): MailText(
        "Invoice {number} from {seller}",
        "Please find attached invoice {number} of {invoice_date} for {buyer}, {total} {currency}, due on {due_date}."
        "\n\n{seller}\n",
    ),
    (_EN, "credit_note"): MailText(
        "Credit note {number} from {seller}",
        "Please find attached credit note {number} of {invoice_date} for {buyer}, {total} {currency}.\n\n{seller}\n",
    ),
    (_SV, "invoice"): MailText(
        "Faktura {number} från {seller}",
        "Bifogat finns faktura {number} av den {invoice_date} till {buyer}, {total} {currency}, att betala senast "
        "{due_date}.\n\n{seller}\n",
    ),
    (_SV, "credit_note"): MailText(
        "Kreditfaktura {number} från {seller}",
        "Bifogat finns kreditfaktura {number} av den {invoice_date} till {buyer}, {total} {currency}.\n\n{seller}\n",
    ),
    (_DE, "invoice"): MailText(
        "Rechnung {number} von {seller}",
        "Anbei erhalten Sie die Rechnung {number} vom {invoice_date} an {buyer} über {total} {currency}, zahlbar bis "
        "{due_date}.\n\n{seller}\n",
    ),
    (_DE, "credit_note"): MailText(
        "Gutschrift {number} von {seller}",
        "Anbei erhalten Sie die Gutschrift {number} vom {invoice_date} an {buyer} über {total} {currency}."
        "\n\n{seller}\n",
    ),
}


def chosen(own: Mapping[tuple[str, str], MailText], language: str, document: str) -> MailText:
    """The text for a reader: the tenant's own, else the house's, in the language, else in English."""
    for spoken in (language[:2].lower(), _EN):
        if text := own.get((spoken, document)) or DEFAULTS.get((spoken, document)):
            return text
    raise AssertionError("English texts are built in")


def unknown_placeholders(text: MailText) -> list[str]:
    """Names in braces that nothing fills in."""
    return sorted(set(_PLACEHOLDER.findall(text.subject + text.body)) - set(PLACEHOLDERS))


def filled(text: MailText, values: Mapping[str, str]) -> MailText:
    """The text with its names filled in; the subject stays one line whatever the values hold.

    >>> filled(MailText("{number} for {buyer}", "{total}"), {"number": "7", "buyer": "A\\r\\nBcc: x", "total": "1.00"})
    MailText(subject='7 for A Bcc: x', body='1.00')
    """

    def fill(template: str) -> str:
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)

    return MailText(" ".join(fill(text.subject).split()), fill(text.body))
