"""Which documents may be queued for sending, and when a mail is tried again (MA-INV-30, MA-REG-21)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.mail_address import addresses

# After each try that failed for now; hours of grace for a server that defers strangers or is being mended.
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (60, 300, 1_800, 7_200, 21_600))


class Status(StrEnum):
    """Where the sending of a document stands."""

    NOT_SENT = "not_sent"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Failure(StrEnum):
    """Why a mail was not sent, or is not known to be."""

    REFUSED = "mail_refused"
    GAVE_UP = "mail_gave_up"
    UNREACHABLE = "mail_server_unreachable"
    NOT_CONFIGURED = "mail_not_configured"
    # It was handed over, and no answer came: it may have arrived, so a person decides.
    IN_DOUBT = "mail_in_doubt"


class Listed(NamedTuple):
    """A document on the distribution list; `address` is its own, else that of its campaign or client."""

    invoice_id: UUID
    status: str
    failure_code: str
    address: str
    total_amount: int
    printed: bool
    zero_invoices: bool


class Refused(NamedTuple):
    """A document that is not queued, and why."""

    invoice_id: UUID
    code: str
    message: str


_WHY = {
    "already_sent": "It has been sent; say resend to send it once more.",
    "already_queued": "It is being sent.",
    "mail_in_doubt": "It may have arrived; say first whether it did.",
    "no_address": "There is no address that can be sent to.",
    "zero_amount": "Invoices of zero are not e-mailed.",
    "not_printed": "The invoice has no document yet.",
}


def why_not(one: Listed, *, resend: bool) -> Refused | None:
    """None when a document may be queued. Nothing is sent twice but by somebody who says so."""
    code = ""
    if one.status == Status.QUEUED:
        code = "already_queued"
    elif is_in_doubt(one.status, one.failure_code):
        code = "mail_in_doubt"
    elif one.status == Status.SENT and not resend:
        code = "already_sent"
    elif one.total_amount == 0 and not one.zero_invoices:
        code = "zero_amount"
    elif not addresses(one.address):
        code = "no_address"
    elif not one.printed:
        code = "not_printed"
    return Refused(one.invoice_id, code, _WHY[code]) if code else None


def is_in_doubt(status: str, failure_code: str) -> bool:
    """Whether nobody knows if the mail arrived."""
    return status == Status.FAILED and failure_code == Failure.IN_DOUBT


def next_try_at(tries: int, now: datetime) -> datetime | None:
    """When a mail that was put off is tried again after so many tries; None when that was the last."""
    return now + DELAYS[tries - 1] if tries <= len(DELAYS) else None
