"""Vouchers and write-offs at the door."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from shared.events.examples import INSERTION, OTHER_INSERTION, WRITE_OFF, example
from shared.events.fields import Amount, CurrencyCode, Day, Moment, Shape, Text
from shared.runtime.views import MinorView

_Reason: Any = Text(500)
_Account: Any = Text(80, 1)


class PartShape(Shape):
    """A row to book away or to take back; without an amount all of it, in base currency."""

    insertion_id: UUID
    amount: Amount | None = Field(None, description="Signed like the discrepancy; left out, all of it.")


_Parts = Annotated[list[PartShape], Field(min_length=1, max_length=500)]


class WriteOffShape(Shape):
    """Discrepancies to book away on one voucher (MA-REC-15)."""

    model_config = example(
        rows=[{"insertion_id": INSERTION}, {"insertion_id": OTHER_INSERTION, "amount": "12.50"}],
        accounting_on="2026-10-31",
        reason="Rounding of the medium.",
    )

    rows: _Parts
    accounting_on: Day = Field(description="Date of the voucher; its period is open.")
    account: _Account = Field(
        "media_discrepancy",
        description="Account role that takes the difference, such as `media_discrepancy` or `rounding`.",
    )
    reason: _Reason = Field("", description="Kept with the voucher.")


class WriteOffReversalShape(Shape):
    """Undo a write-off, or the named rows of it, on a date of its own (MA-REC-17)."""

    model_config = example(write_off_id=WRITE_OFF, accounting_on="2026-11-02", reason="The medium has billed the rest.")

    write_off_id: UUID
    rows: _Parts | None = Field(None, description="Left out, all of it.")
    accounting_on: Day = Field(description="Date of the voucher; its period is open.")
    reason: _Reason = ""


class WriteOffRow(MinorView):
    """A write-off, or the undoing of one (`reverses_id`)."""

    id: UUID
    legal_entity_id: UUID
    accounting_on: Day
    account: str
    currency: CurrencyCode
    reason: str
    voucher_id: UUID
    reverses_id: UUID | None
    created_by: str
    created_at: Moment


class WrittenOffView(MinorView):
    """What was booked away of one insertion, signed like its discrepancy."""

    insertion_id: UUID
    amount: Amount


class WriteOffView(WriteOffRow):
    """A write-off with its rows and the number of its voucher."""

    voucher_no: str
    rows: list[WrittenOffView]


class VoucherRow(MinorView):
    """A posting of the purchase ledger; `source` and `source_id` name what it posts."""

    id: UUID
    legal_entity_id: UUID
    source: str
    source_id: UUID
    voucher_no: str
    accounting_on: Day
    currency: CurrencyCode
    created_by: str
    created_at: Moment


class VoucherLineView(MinorView):
    """One side of a posting, in the voucher's currency."""

    line_no: int
    role: str
    insertion_id: UUID | None
    debit_amount: Amount
    credit_amount: Amount


class VoucherView(VoucherRow):
    """A voucher with its lines; debits equal credits (MA-GEN-04)."""

    lines: list[VoucherLineView]
