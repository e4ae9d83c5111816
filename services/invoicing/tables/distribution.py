"""What became of sending issued invoices."""

from uuid import UUID

from services.invoicing.tables.base import Key, MaybeAt, Row, Words


class Distribution(Row, table=True):
    """The sending of one issued invoice."""

    __tablename__ = "distribution"

    tenant_id: Key
    invoice_id: Key
    version: int
    status: Words
    address: Words
    sent_to: Words
    sending: int
    tries: int
    job_id: UUID | None
    queued_at: MaybeAt
    next_try_at: MaybeAt
    handed_over_at: MaybeAt
    sent_at: MaybeAt
    failure_code: Words
    failure_text: Words
