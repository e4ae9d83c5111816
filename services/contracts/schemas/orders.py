"""Orders and insertions at the door."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.contracts.domain.insertion_price import Price
from services.contracts.schemas.media_registers import CapitalCostShape, ChargeShape, WholePercent
from services.contracts.schemas.texts import Comment, Phrase
from shared.events.examples import CLIENT, MEDIA, OTHER_CLIENT, PLAN, example
from shared.events.fields import Amount, Code, CurrencyCode, Day, Flag, Percent, Rate, Shape, View, rule_error
from shared.runtime.views import MinorView

# The default of a field that may be left out but never is null.
_LEFT_OUT: Any = None
InsertionStatus = Literal["preliminary", "definitive", "do_not_invoice", "pre_inv", "invoiced", "blocked", "cancelled"]


class OrderShape(Shape):
    """A booking with one medium on a plan (MA-REG-05); a foreign currency needs its rate (MA-GEN-10)."""

    model_config = example(plan_id=PLAN, media_id=MEDIA, client_reference="PO 4500021", not_before_on="2026-10-15")

    code: Code | None = None
    plan_id: UUID
    media_id: UUID
    agreement_id: UUID | None = Field(None, description="Left out, the plan's holds (MA-REG-05).")
    client_reference: Phrase = Field("", description="Where it differs from the plan's.")
    exchange_rate: Rate | None = Field(None, description="Left out, the newest rate of the register holds.")
    not_before_on: Day | None = Field(None, description="No run dated before this day bills it (MA-INV-09).")


class OrderPatchShape(Shape):
    """Changes to an order; `confirm` after the warning that a media invoice is registered (MA-INS-13)."""

    model_config = example(client_reference="PO 4500022", alteration=True)

    agreement_id: UUID | None = None
    client_reference: Phrase = Field("", description="Where it differs from the plan's.")
    exchange_rate: Rate = Field(_LEFT_OUT, description="Units of base currency for one of the order's.")
    not_before_on: Day | None = Field(None, description="No run dated before this day bills it (MA-INV-09).")
    alteration: Flag = Field(False, description="The order alters an earlier one.")
    confirm: Flag = Field(False, description="Change it although a media invoice is registered.")


class DiscountShape(Shape):
    """A discount in row order: a code's, a percent of the remaining amount or of gross, or an amount (MA-INS-02)."""

    code: Code | None = Field(None, description="A price code of the register, whose terms hold.")
    percent: WholePercent | None = Field(None, description="In place of a code or an amount.")
    amount: Amount | None = Field(None, description="In place of a code or a percentage.")
    of_gross: Flag | None = Field(None, description="The percent is of gross instead of what remains.")
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

    unit_price: Rate = Field(description="In the currency of the order.")
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = Field(1, description="Times the unit price.")
    agreement_id: UUID | None = None
    discounts: Annotated[list[DiscountShape], Field(max_length=20)] = Field(
        [], description="In the order in which they are taken (MA-INS-02)."
    )
    surcharges: Annotated[list[SurchargeShape], Field(max_length=20)] = Field(
        [], description="Added after the discounts."
    )
    received_percents: Annotated[list[ReceivedPercent], Field(max_length=10)] | None = Field(
        None, description="Commission from the media, each of the net (MA-INS-03)."
    )
    passed_on_percents: Annotated[list[WholePercent], Field(max_length=10)] | None = Field(
        None, description="Commission passed on to the client."
    )
    fees: Annotated[list[ChargeShape], Field(max_length=4)] | None = Field(
        None, description="Insertion fees (MA-INS-05)."
    )
    capital_cost: CapitalCostShape | None = Field(None, description="Interest for paying ahead (MA-INS-06).")


PriceRows = Annotated[list[PriceRowShape], Field(min_length=1, max_length=20)]


class AllocationShape(Shape):
    """A client's share of an insertion (MA-INS-15)."""

    client_id: UUID
    percent: Percent = Field(description="The shares add up to 100.")


Allocation = Annotated[list[AllocationShape], Field(max_length=50)]


class InsertionShape(Shape):
    """One dated appearance to add to an order."""

    code: Code | None = None
    insertion_on: Day = Field(description="When it appears.")
    text: Phrase = Field("", description="What is booked; printed on the invoice.")
    price_rows: PriceRows
    exclude_fee: Flag = Field(False, description="The client is charged no insertion fee.")
    exclude_capital_cost: Flag = Field(False, description="The client is charged no capital cost.")
    allocation: Allocation = Field(
        [], description="Clients that share it, the head client first; none is the plan's client alone."
    )
    ad_checked: Flag = Field(False, description="The ad was seen; runs leave out what needs it (MA-INV-08).")
    invoice_comment: Comment = Field("", description="Printed with its invoice line.")
    not_before_on: Day | None = Field(None, description="No run dated before this day bills it (MA-INV-09).")


class InsertionsShape(Shape):
    """Insertions to add."""

    model_config = example(
        insertions=[
            {
                "insertion_on": "2026-10-15",
                "text": "Full page, 4 colours",
                "price_rows": [
                    {"unit_price": "11000.00", "discounts": [{"percent": "5"}], "received_percents": ["15"]},
                ],
                "ad_checked": True,
            },
            {
                "insertion_on": "2026-10-22",
                "text": "Half page, 4 colours",
                "price_rows": [{"unit_price": "6500.00"}],
                "allocation": [
                    {"client_id": CLIENT, "percent": "60"},
                    {"client_id": OTHER_CLIENT, "percent": "40"},
                ],
            },
        ]
    )

    insertions: Annotated[list[InsertionShape], Field(min_length=1, max_length=500)]


class InsertionPatchShape(Shape):
    """Changes to an insertion; `confirm` after the warning that a media invoice is registered (MA-INS-13).

    `client_id` is that of tab Correction: whom a correction, credit or re-debit bills (MA-INS-18).
    """

    model_config = example(insertion_on="2026-10-16", ad_checked=True, confirm=True)

    insertion_on: Day = Field(_LEFT_OUT, description="When it appears.")
    text: Phrase = Field("", description="What is booked; printed on the invoice.")
    price_rows: PriceRows = Field(_LEFT_OUT, description="Given whole.")
    exclude_fee: Flag = Field(False, description="The client is charged no insertion fee.")
    exclude_capital_cost: Flag = Field(False, description="The client is charged no capital cost.")
    allocation: Allocation = Field(
        [], description="Clients that share it, the head client first; none is the plan's client alone."
    )
    ad_checked: Flag = Field(False, description="The ad was seen; runs leave out what needs it (MA-INV-08).")
    invoice_comment: Comment = Field("", description="Printed with its invoice line.")
    not_before_on: Day | None = Field(None, description="No run dated before this day bills it (MA-INV-09).")
    client_id: UUID = _LEFT_OUT
    confirm: Flag = Field(False, description="Change it although a media invoice is registered.")


class OrderTransition(Shape):
    """Make an order's preliminary insertions definitive (MA-REG-11)."""

    model_config = example(to="definitive")

    to: Literal["definitive"] = Field(description="The only step that an order takes as a whole.")


class InsertionTransition(Shape):
    """Move one insertion by hand, or one client's blocked share of it (MA-INS-10, MA-INS-15)."""

    model_config = example(to="do_not_invoice", reason="The medium gives it free of charge.")

    to: Literal["definitive", "do_not_invoice", "pre_inv", "cancelled"] = Field(
        description="`definitive` may be invoiced; the others are passed over (MA-INS-10)."
    )
    client_id: UUID | None = Field(None, description="Whose blocked share; left out, the whole insertion.")
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
