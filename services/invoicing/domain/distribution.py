"""Which documents may be queued for sending, and when a mail is tried again (MA-INV-30, MA-REG-21)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.mail_address import addresses


class Status(StrEnum):
    """Where the sending of a document stands."""

    NOT_SENT = "not_sent"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    # The mail was handed over, and no answer came: it may have arrived, so a person decides.
    UNCERTAIN = "uncertain"


class Listed(NamedTuple):
    """A document on the distribution list; `address` is its own, else that of campaign or client."""

    invoice_id: UUID
    status: str
    address: str
    total_amount: int


class Refused(NamedTuple):
    """A document that is not queued, and why."""

    invoice_id: UUID
    code: str
    message: str


_WHY = {
    "already_sent": "It has been sent; send it again with resend.",
    "already_queued": "It is being sent.",
    "uncertain": "It may have arrived; say first whether it did.",
    "no_address": "There is no address that can be sent to.",
    "zero_amount": "Invoices of zero are not e-mailed.",
}


def why_not(one: Listed, *, resend: bool, zero_invoices: bool) -> Refused | None:
    """None when a document may be queued. Nothing is sent twice but by somebody who says so."""
    code = ""
    if one.status == Status.QUEUED:
        code = "already_queued"
    elif one.status == Status.UNCERTAIN:
        code = "uncertain"
    elif one.status == Status.SENT and not resend:
        code = "already_sent"
    elif one.total_amount == 0 and not zero_invoices:
        code = "zero_amount"
    elif not addresses(one.address):
        code = "no_address"
    return Refused(one.invoice_id, code, _WHY[code]) if code else None


def next_try_at(tries: int, delays: Sequence[float], now: datetime) -> datetime | None:
    """When a mail that was put off is tried again after so many tries; None when that was the last."""
    return now + timedelta(seconds=delays[tries - 1]) if tries <= len(delays) else None
