"""An invoice ready to be issued: everything that will be frozen, except its number."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from services.invoicing.domain.deductions import ContractAmounts
from services.invoicing.domain.totals import Totals, Vat
from services.invoicing.domain.voucher import ItemPostings, Posting, media_deduction


class Line(NamedTuple):
    """One billed item as the document shows it; amounts in minor units of the document's currency."""

    billable_item_id: UUID
    origin: str
    origin_id: UUID
    portion: str
    order_no: str
    media_id: UUID | None
    media_name: str
    text: str
    details: str | None
    dated_on: date
    vat_percent: Decimal
    gross_amount: int
    net_amount: int
    net_net_amount: int
    client_net_amount: int
    fee_amount: int
    capital_cost_amount: int
    amount: int

    def mirrored(self) -> "Line":
        """The same with the sign turned (MA-CRD-01)."""
        return self._replace(
            gross_amount=-self.gross_amount,
            net_amount=-self.net_amount,
            net_net_amount=-self.net_net_amount,
            client_net_amount=-self.client_net_amount,
            fee_amount=-self.fee_amount,
            capital_cost_amount=-self.capital_cost_amount,
            amount=-self.amount,
        )


class ItemLine(NamedTuple):
    """A line that reads as its billable item does: the tables copy it from there while the item has the revision."""

    billable_item_id: UUID
    version: int
    revision: int
    origin: str
    origin_id: UUID
    vat_percent: Decimal
    net_amount: int
    net_net_amount: int
    client_net_amount: int
    fee_amount: int
    capital_cost_amount: int
    amount: int


class Deducted(NamedTuple):
    """What a document deducts on one of its lines of an advance invoice, or gives back below zero (MA-PRE-24).

    `deduction_id` is the wish it was held for; `base_amount` is what `client_advances` is debited with, in minor units
    of the base currency.
    """

    line_no: int
    advance_invoice_id: UUID
    advance_no: int
    deduction_id: UUID | None
    amount: int
    base_amount: int

    def mirrored(self) -> "Deducted":
        """The same with the sign turned (MA-CRD-01)."""
        return self._replace(amount=-self.amount, base_amount=-self.base_amount)


class Amounts(NamedTuple):
    """What a document comes to: gross less discount and agency commission and with the invoice fee is net, and that
    with VAT is the total."""

    gross_amount: int
    discount_amount: int
    agency_commission_amount: int
    net_amount: int
    vat: tuple[Vat, ...]
    vat_amount: int
    total_amount: int
    sales_commission_amount: int
    invoice_fee_amount: int = 0

    @classmethod
    def of_totals(cls, sums: Totals, *, invoice_fee: int = 0) -> "Amounts":
        """A document without deductions of its own: gross is net, but for the invoice fee among it."""
        gross = sums.net_amount - invoice_fee
        return cls(gross, 0, 0, sums.net_amount, sums.vat, sums.vat_amount, sums.total_amount, 0, invoice_fee)

    @classmethod
    def of_contract(cls, amounts: ContractAmounts, tax_percent: Decimal) -> "Amounts":
        """A contract invoice; an absent tax shows no rate."""
        vat = (Vat(tax_percent, amounts.net_amount, amounts.tax_amount),) if tax_percent else ()
        return cls(
            amounts.gross_amount,
            amounts.discount_amount,
            amounts.agency_commission_amount,
            amounts.net_amount,
            vat,
            amounts.tax_amount,
            amounts.due_amount,
            amounts.sales_commission_amount,
        )

    def plus(self, other: "Amounts") -> "Amounts":
        """Both together; their VAT is of the same rates."""
        vat = tuple(
            Vat(mine.percent, mine.base_amount + its.base_amount, mine.vat_amount + its.vat_amount)
            for mine, its in zip(self.vat, other.vat, strict=True)
        )
        return Amounts(
            self.gross_amount + other.gross_amount,
            self.discount_amount + other.discount_amount,
            self.agency_commission_amount + other.agency_commission_amount,
            self.net_amount + other.net_amount,
            vat,
            self.vat_amount + other.vat_amount,
            self.total_amount + other.total_amount,
            self.sales_commission_amount + other.sales_commission_amount,
            self.invoice_fee_amount + other.invoice_fee_amount,
        )

    def mirrored(self) -> "Amounts":
        """The same with the sign turned (MA-CRD-01)."""
        return Amounts(
            -self.gross_amount,
            -self.discount_amount,
            -self.agency_commission_amount,
            -self.net_amount,
            tuple(Vat(rate.percent, -rate.base_amount, -rate.vat_amount) for rate in self.vat),
            -self.vat_amount,
            -self.total_amount,
            -self.sales_commission_amount,
            -self.invoice_fee_amount,
        )


@dataclass(frozen=True, slots=True)
class ReadyInvoice:
    """Header, lines and postings; `frozen` holds the copies of parties and terms that the document prints."""

    id: UUID
    version: int
    kind: str
    legal_entity_id: UUID
    client_id: UUID
    invoice_on: date
    accounting_on: date
    due_on: date
    currency: str
    base_currency: str
    exchange_rate: Decimal
    amounts: Amounts
    lines: Sequence[Line | ItemLine]
    postings: Sequence[Posting]
    item_postings: ItemPostings | None = None
    frozen: dict[str, Any] = field(default_factory=dict)
    variant: str = "normal"
    # Which part of its items it bills: `whole`, their `media`, or the `commission` the agency charges for them.
    portion: str = "whole"
    contract_id: UUID | None = None
    station_id: UUID | None = None
    campaign_id: UUID | None = None
    draft_id: UUID | None = None
    billing_run_id: UUID | None = None
    invoice_run_id: UUID | None = None
    advance_invoice_id: UUID | None = None
    advance_bill_id: UUID | None = None
    wish_id: UUID | None = None
    deductions: Sequence[Deducted] = ()
    period_from: date | None = None
    period_to: date | None = None
    client_reference: str = ""
    text: str = ""
    reverses_id: UUID | None = None
    reverses_no: str = ""
    credits_id: UUID | None = None
    reason: str = ""
    block_items: bool = False
    own_credit_series: bool = False

    @property
    def document(self) -> str:
        """Below zero, or mirroring another, it is a credit note (PI-RUN-16, design section 3)."""
        return "credit_note" if self.amounts.total_amount < 0 or self.reverses_id else "invoice"

    @property
    def series_kind(self) -> str:
        """Credit notes share the series unless the legal entity gives them their own (MA-REG-22, PI-RUN-21)."""
        return "credit_note" if self.document == "credit_note" and self.own_credit_series else "invoice"

    @property
    def sales_percents(self) -> set[Decimal]:
        """The VAT rates of what is sold; money billed ahead without VAT may stand at a rate of its own."""
        if not self.deductions:
            return {rate.percent for rate in self.amounts.vat}
        return {line.vat_percent for line in self.lines if line.origin != "deduction"}

    @property
    def media_deduction_amount(self) -> int:
        """The posting to the media deduction account, in minor units of the base currency."""
        of_items = self.item_postings.media_deduction_amount if self.item_postings else 0
        return media_deduction(self.postings) + of_items

    @property
    def is_posted(self) -> bool:
        """Whether it has a voucher: a document of zeros throughout has none."""
        return bool(self.postings or (self.item_postings and self.item_postings.row_count))
