"""What reconciliation tells: media invoices and discrepancies."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.contracts import Part
from shared.events.envelope import Fact
from shared.events.fields import Amount, CurrencyCode, Day


class MediaInvoiceLineState(Part):
    """What a medium billed for one insertion, in the invoice's currency (MA-MIN-06)."""

    id: UUID
    insertion_id: UUID
    net_amount: Amount
    commission_amount: Amount
    net_net_amount: Amount


class MediaInvoiceState(Fact):
    """A media supplier's invoice."""

    id: UUID
    version: int
    legal_entity_id: UUID
    supplier_id: UUID
    invoice_no: str
    state: Literal["saved", "cancelled"]
    invoice_on: Day
    accounting_on: Day
    due_on: Day
    currency: CurrencyCode
    amount: Amount
    vat_amount: Amount
    total_amount: Amount
    voucher_no: str = ""
    line_count: int = 0
    # The lines, or none when there are more than 500: then they follow as media_invoice_line batches.
    lines: list[MediaInvoiceLineState] = []


class MediaInvoiceSaved(MediaInvoiceState):
    """The invoice is posted (MA-MIN-12)."""

    TYPE: ClassVar[str] = "reconciliation.media_invoice.saved.v1"


class MediaInvoiceCancelled(MediaInvoiceState):
    """The invoice is undone by a reversing voucher (MA-MIN-21)."""

    TYPE: ClassVar[str] = "reconciliation.media_invoice.cancelled.v1"


class MediaInvoiceMoved(MediaInvoiceState):
    """A line, or part of it, now stands on another insertion (MA-REC-18)."""

    TYPE: ClassVar[str] = "reconciliation.media_invoice.moved.v1"


class MediaInvoiceLineOf(MediaInvoiceLineState):
    """A line that tells which invoice it is on."""

    media_invoice_id: UUID
    media_invoice_version: int


class MediaInvoiceLinesSaved(Fact):
    """Lines of an invoice of more than 500 lines."""

    TYPE: ClassVar[str] = "reconciliation.media_invoice_line.saved.v1"
    BATCH: ClassVar[bool] = True
    items: list[MediaInvoiceLineOf]


class DiscrepancyState(Part):
    """Client side less media side of one insertion, in base currency (MA-REC-01)."""

    id: UUID
    version: int
    insertion_id: UUID
    client_id: UUID | None = None
    discrepancy_net_amount: Amount
    discrepancy_net_net_amount: Amount
    reconciliation_code: int | None = None


class DiscrepancyChanged(Fact):
    """Discrepancies that changed, at most 500."""

    TYPE: ClassVar[str] = "reconciliation.discrepancy.changed.v1"
    BATCH: ClassVar[bool] = True
    items: list[DiscrepancyState]


class DiscrepancyWrittenOff(Fact):
    """Discrepancies booked away, wholly or in part (MA-REC-15)."""

    TYPE: ClassVar[str] = "reconciliation.discrepancy.written_off.v1"
    BATCH: ClassVar[bool] = True
    items: list[DiscrepancyState]
