"""Discrepancies and their totals at the door."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from shared.events.fields import Amount, CurrencyCode, Day, Flag, Moment, Text, View
from shared.runtime.paging import ListQuery
from shared.runtime.views import MinorView

_Word: Any = Text(200)
_Words = Annotated[list[_Word], Field(max_length=500)] | None
_Ids = Annotated[list[UUID], Field(max_length=500)] | None
_Numbers = Annotated[list[int], Field(max_length=500)] | None


class CriteriaQuery(ListQuery):
    """What the list of discrepancies shows (MA-REC-02); the two discrepancies are compared by absolute value."""

    accounting_on_lte: Day | None = Field(
        None, alias="accounting_on.lte", description="Balances to this accounting date (MA-REC-06)."
    )
    client_id: _Ids = None
    legal_entity_id: _Ids = None
    owner: _Words = Field(None, description="Who answers for the plan.")
    reconciliation_code: _Numbers = Field(None, description="Numbers of the register (MA-REG-19).")
    plan_no: _Words = None
    order_no: _Numbers = None
    campaign: _Words = None
    media_id: _Ids = None
    media_type: _Words = None
    supplier_id: _Ids = None
    media_invoice_no: _Words = Field(None, description="The supplier's number.")
    insertion_on_gte: Day | None = Field(None, alias="insertion_on.gte")
    insertion_on_lte: Day | None = Field(None, alias="insertion_on.lte")
    sign: Literal["positive", "negative"] | None = Field(
        None, description="Positive: the client paid for more than the media billed."
    )
    comment: _Word | None = Field(None, description="Part of the reconciliation comment.")
    discrepancy_net_gte: Amount | None = Field(None, alias="discrepancy_net.gte")
    discrepancy_net_lte: Amount | None = Field(None, alias="discrepancy_net.lte")
    discrepancy_net_net_gte: Amount | None = Field(None, alias="discrepancy_net_net.gte")
    discrepancy_net_net_lte: Amount | None = Field(None, alias="discrepancy_net_net.lte")


class BalanceView(MinorView):
    """Both sides in base currency, and what lies between them (MA-REC-01)."""

    legal_entity_id: UUID
    currency: CurrencyCode
    client_net_amount: Amount
    client_net_net_amount: Amount
    media_net_amount: Amount
    media_net_net_amount: Amount
    written_off_amount: Amount
    discrepancy_net_amount: Amount
    discrepancy_net_net_amount: Amount = Field(description="Above 0 the client paid for more than the media billed.")


class DiscrepancyRow(BalanceView):
    """An insertion with its discrepancy; what is known of the insertion is null until contracts has told it."""

    insertion_id: UUID
    version: int
    client_id: UUID | None
    plan_no: str | None
    campaign: str | None
    order_id: UUID | None
    order_no: int | None
    media_id: UUID | None
    media_name: str | None
    supplier_id: UUID | None
    owner: str | None
    insertion_on: Day | None
    text: str | None
    reconciliation_code: int | None
    code_by_hand: Flag
    comment: str
    commented_by: str
    commented_at: Moment | None


class EntryView(MinorView):
    """One movement of the deduction account: a client invoice, a media invoice or a write-off, signed as it counts."""

    id: UUID
    kind: Literal["client", "media", "write_off"]
    source_id: UUID
    document_no: str
    accounting_on: Day
    net_amount: Amount
    net_net_amount: Amount


class DiscrepancyView(DiscrepancyRow):
    """A discrepancy with the movements that make it up."""

    entries: list[EntryView]


class TotalView(BalanceView):
    """The list's total of one legal entity; comparable only where nothing but the date was chosen (MA-REC-07)."""

    row_count: int
    comparable_with_ledger: Flag
    ledger_amount: Amount | None = Field(None, description="Credit balance of the media deduction account.")
    difference_amount: Amount | None = Field(None, description="Anything but 0 is an alarm.")


class TotalsView(View):
    """A total per legal entity."""

    items: list[TotalView]


class OrderTotalRow(BalanceView):
    """The list's rows of one order, added up."""

    order_id: UUID
    order_no: int
    plan_no: str
    media_name: str
    row_count: int
