"""A document as a mail: headers that stay the same however often it is tried, a text, and the PDF."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.mail_address import domain_of
from services.invoicing.domain.mail_text import MailText

# Seven bits pass every server; addresses are ASCII, the texts are encoded.
_POLICY = SMTP.clone(cte_type="7bit")


class Mail(NamedTuple):
    """One mail to send: who from, who to, and the whole message as it goes over the wire."""

    sender: str
    recipients: list[str]
    message_id: str
    content: bytes


def message_id(invoice_id: UUID, sending: int, sender: str) -> str:
    """The same for every try of one sending, so that a receiver who gets it twice can tell; a resend has its own."""
    return f"<{invoice_id}.{sending}@{domain_of(sender)}>"


def composed(
    text: MailText,
    pdf: bytes,
    *,
    file_name: str,
    sender: str,
    sender_name: str,
    recipients: list[str],
    message_id: str,
    queued_at: datetime,
) -> Mail:
    """The mail; equal input gives equal bytes, the boundary between its parts included."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(" ".join(sender_name.split()), *sender.rsplit("@", 1))
    mail["To"] = [Address(addr_spec=one) for one in recipients]
    mail["Subject"] = text.subject
    mail["Date"] = format_datetime(queued_at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text.body)
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=file_name)
    mail.set_boundary(f"part-{message_id[1:].partition('@')[0]}")
    return Mail(sender, recipients, message_id, mail.as_bytes())
