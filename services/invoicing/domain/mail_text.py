"""What the mail around a document says, in the reader's language."""

from collections.abc import Mapping
from typing import NamedTuple


class MailText(NamedTuple):
    """A subject of one line, and the lines of the mail; names in braces are filled in."""

    subject: str
    body: str


_EN, _SV, _DE = "en", "sv", "de"
_TEXTS: Mapping[tuple[str, str], MailText] = {
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


def mail_text(language: str, document: str, values: Mapping[str, str]) -> MailText:
    """The text in the language, else in English; the subject stays one line whatever the values hold.

    >>> mail_text("xx", "credit_note", {"number": "7", "seller": "A\\r\\nBcc: x", "invoice_date": "2026-10-31",
    ...     "buyer": "B", "total": "-1.00", "currency": "EUR"}).subject
    'Credit note 7 from A Bcc: x'
    """
    text = _TEXTS.get((language[:2].lower(), document)) or _TEXTS[_EN, document]
    return MailText(" ".join(text.subject.format_map(values).split()), text.body.format_map(values))
