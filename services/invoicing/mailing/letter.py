"""An invoice of the distribution list as the mail that carries it."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.mail import Mail, composed, message_id
from services.invoicing.domain.mail_address import addresses
from services.invoicing.domain.mail_text import mail_text
from shared.kernel.money import currency, major_text


class Letter(NamedTuple):
    """A mail, the invoice it carries, and how often it was tried in vain."""

    invoice_id: UUID
    tries: int
    mail: Mail


def letter_of(row: Mapping[str, Any], sender: str) -> Letter:
    """The mail of a queued invoice; the same bytes at every try while its address stays."""
    seller, buyer = row["frozen"]["seller"]["name"], row["frozen"]["buyer"]["name"]
    text = mail_text(
        row["language"],
        row["document"],
        {
            "number": row["invoice_no"],
            "invoice_date": row["invoice_on"].isoformat(),
            "due_date": row["due_on"].isoformat(),
            "total": major_text(row["total_amount"], currency(row["currency"])),
            "currency": row["currency"],
            "seller": seller,
            "buyer": buyer,
        },
    )
    mail = composed(
        text,
        row["content"],
        file_name=f"{row['invoice_no'].replace('/', '-')}.pdf",
        sender=sender,
        sender_name=seller,
        recipients=addresses(row["address"]),
        message_id=message_id(row["invoice_id"], row["sending"], sender),
        queued_at=row["queued_at"],
    )
    return Letter(row["invoice_id"], row["tries"], mail)
