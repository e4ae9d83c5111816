"""Orders and insertions at the door."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.contracts.domain.insertion_price import Price
from services.contracts.schemas.media_registers import CapitalCostShape, ChargeShape, WholePercent
from services.contracts.schemas.texts import Comment, Phrase
from shared.events.fields import Amount, Code, CurrencyCode, Day, Flag, Percent, Rate, Shape, View, rule_error
from shared.runtime.views import MinorView

# The default of a field that may be left out but never is null.
_LEFT_OUT: Any = Field(None)
InsertionStatus = Literal["preliminary", "definitive", "do_not_invoice", "pre_inv", "invoiced", "blocked", "cancelled"]


class OrderShape(Shape):
    """A booking with one medium on a plan (MA-REG-05); a foreign currency needs its rate (MA-GEN-10)."""

    code: Code | None = None
    plan_id: UUID
    media_id: UUID
    agreement_id: UUID | None = None
    client_reference: Phrase = ""
    exchange_rate: Rate | None = Field(None, description="Left out, the newest rate of the register holds.")
    not_before_on: Day | None = None


class OrderPatchShape(Shape):
    """Changes to an order; `confirm` after the warning that a media invoice is registered (MA-INS-13)."""

    agreement_id: UUID | None = None
    client_reference: Phrase = ""
    exchange_rate: Rate = _LEFT_OUT
    not_before_on: Day | None = None
    alteration: Flag = Field(False, description="The order alters an earlier one.")
    confirm: Flag = False


class DiscountShape(Shape):
    """A discount in row order: a code's, a percent of the remaining amount or of gross, or an amount (MA-INS-02)."""

    code: Code | None = None
    percent: WholePercent | None = None
    amount: Amount | None = None
    of_gross: Flag | None = None
    bears_commission: Flag | None = Field(None, description="Whether it lowers the commission base; it does.")


class SurchargeShape(DiscountShape):
    """A surcharge the media bills, or only the client sees (MA-INS-02, MA-INS-07)."""

    by_media: Flag | None = Field(None, description="Whether the media bills it; it does.")
    bears_commission: Flag | None = Field(None, description="Whether commission is received on it; it is.")


def _not_negative(value: Percent) -> Percent:
    if value < 0:
        raise rule_error("bad_percent", "A percentage is not negative.")
    return value


ReceivedPercent = Annotated[Percent, AfterValidator(_not_negative)]


class PriceRowShape(Shape):
    """One money line of an insertion; null leaves a term to the row's agreement, or else the nearest (MA-REG-05)."""

    unit_price: Rate
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 1
    agreement_id: UUID | None = None
    discounts: Annotated[list[DiscountShape], Field(max_length=20)] = []
    surcharges: Annotated[list[SurchargeShape], Field(max_length=20)] = []
    received_percents: Annotated[list[ReceivedPercent], Field(max_length=10)] | None = None
    passed_on_percents: Annotated[list[WholePercent], Field(max_length=10)] | None = None
    fees: Annotated[list[ChargeShape], Field(max_length=4)] | None = None
    capital_cost: CapitalCostShape | None = None


PriceRows = Annotated[list[PriceRowShape], Field(min_length=1, max_length=20)]


class AllocationShape(Shape):
    """A client's share of an insertion (MA-INS-15)."""

    client_id: UUID
    percent: Percent


Allocation = Annotated[list[AllocationShape], Field(max_length=50)]


class InsertionShape(Shape):
    """One dated appearance to add to an order."""

    code: Code | None = None
    insertion_on: Day
    text: Phrase = ""
    price_rows: PriceRows
    exclude_fee: Flag = False
    exclude_capital_cost: Flag = False
    allocation: Allocation = []
    ad_checked: Flag = False
    invoice_comment: Comment = ""
    not_before_on: Day | None = None


class InsertionsShape(Shape):
    """Insertions to add."""

    insertions: Annotated[list[InsertionShape], Field(min_length=1, max_length=500)]


class InsertionPatchShape(Shape):
    """Changes to an insertion; `confirm` after the warning that a media invoice is registered (MA-INS-13).

    `client_id` is that of tab Correction: whom a correction, credit or re-debit bills (MA-INS-18).
    """

    insertion_on: Day = _LEFT_OUT
    text: Phrase = ""
    price_rows: PriceRows = _LEFT_OUT
    exclude_fee: Flag = False
    exclude_capital_cost: Flag = False
    allocation: Allocation = []
    ad_checked: Flag = False
    invoice_comment: Comment = ""
    not_before_on: Day | None = None
    client_id: UUID = _LEFT_OUT
    confirm: Flag = False


class OrderTransition(Shape):
    """Make an order's preliminary insertions definitive (MA-REG-11)."""

    to: Literal["definitive"]


class InsertionTransition(Shape):
    """Move one insertion by hand, or one client's blocked share of it (MA-INS-10, MA-INS-15)."""

    to: Literal["definitive", "do_not_invoice", "pre_inv", "cancelled"]
    client_id: UUID | None = None
    reason: Phrase = ""


class Warned(View):
    """Something worth knowing that forbids nothing."""

    code: str
    text: str


def _warnings(stored: Mapping[str, Any]) -> Iterator[Warned]:
    amounts = {name: stored[f"{name}_amount"] for name in ("net", "client_net", "commission")}
    if Price(**amounts).margin_negative:
        yield Warned(code="margin_negative", text="More commission is passed on than received.")
    if stored["has_media_invoice"]:
        yield Warned(code="media_invoice_exists", text="A media invoice is registered.")
    if stored["changed_in_run"]:
        yield Warned(code="changed_in_run", text="It was changed while an invoice run billed it as it stood before.")


class OrderRow(View):
    """An order."""

    id: UUID
    version: int
    code: str
    order_no: int
    plan_id: UUID
    media_id: UUID
    agreement_id: UUID | None
    client_reference: str
    currency: CurrencyCode
    exchange_rate: Rate
    not_before_on: Day | None
    alteration: bool


class InsertionRow(MinorView):
    """An insertion with what it costs at each step of MA-INS."""

    id: UUID
    version: int
    code: str
    order_id: UUID
    client_id: UUID
    insertion_on: Day
    status: InsertionStatus
    text: str
    currency: CurrencyCode
    exchange_rate: Rate
    gross_amount: Amount
    discount_amount: Amount
    net_amount: Amount
    commission_amount: Amount
    net_net_amount: Amount
    client_net_amount: Amount
    fee_amount: Amount
    capital_cost_amount: Amount
    surcharge_amount: Amount
    price_amount: Amount
    exclude_fee: bool
    exclude_capital_cost: bool
    ad_check_required: bool
    ad_checked: bool
    correction_kind: str
    credit: bool
    original_id: UUID | None
    invoice_comment: str
    not_before_on: Day | None
    has_media_invoice: bool
    changed_in_run: bool
    warnings: list[Warned] = []

    @model_validator(mode="before")
    @classmethod
    def _warned(cls, stored: Any) -> Any:
        return {**stored, "warnings": list(_warnings(stored))} if isinstance(stored, dict) else stored


class ShareView(MinorView):
    """A client's share of an insertion, and what became of it (MA-INS-15)."""

    client_id: UUID
    percent: Percent
    currency: CurrencyCode
    status: InsertionStatus
    net_amount: Amount
    net_net_amount: Amount
    client_net_amount: Amount
    fee_amount: Amount
    capital_cost_amount: Amount
    price_amount: Amount
    invoice_ids: list[UUID]


class InsertionView(InsertionRow):
    """An insertion with the rows it was priced from and its shares."""

    price_rows: list[dict[str, Any]]
    shares: list[ShareView]
