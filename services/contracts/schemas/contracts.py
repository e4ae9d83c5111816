"""Radio contracts at the door: header, lines and rotations (CT-HDR)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.lines import LineShape, LineView, SavedLineShape
from services.contracts.schemas.registers import Cycle, InvoiceType, Share
from services.contracts.schemas.rotations import RotationShape, RotationView
from services.contracts.schemas.texts import Comment, Phrase, Script, Word
from shared.events.examples import AGENCY, CLIENT, CONTRACT, COPY, OTHER_COPY, SALESPERSON, STATION, example
from shared.events.fields import (
    Amount,
    Code,
    CurrencyCode,
    Day,
    Flag,
    Moment,
    Percent,
    Shape,
    Text,
    View,
    kept_here,
    ruled,
)
from shared.runtime.views import MinorView

ContractStateName = Literal["draft", "active", "completed", "cancelled"]
Affidavit = Annotated[
    Literal["none", "affidavit", "notarized"],
    Field(description="What is sworn on the invoice; `detail`, `time` and `time_rates` may have one (CT-ITY-07)."),
]

_RANGE = "A percentage lies between 0 and 100 and has two decimals."
Discount = Annotated[Percent, ruled("discount_range", _RANGE)]
Commission = Annotated[Percent, ruled("commission_range", _RANGE)]
PoNo: Any = Annotated[
    Text(50),
    Field(description="A bar splits it into rep and station order number (CT-HDR-11).", examples=["R-77|S-12"]),
    ruled("po_number", "A P.O. number has at most 50 characters and one bar."),
]
HeaderComment = Annotated[Comment, ruled("comment_length", "A comment has at most 500 characters.")]
AssignedNumber: Any = kept_here("number_is_assigned", "The contract's number is drawn, not given.")

# A field that is left out keeps what it has, or takes the customer's default.
LEFT_OUT: Any = None


class HeaderShape(Shape):
    """A contract's header; what is left out comes from the client's defaults (CT-HDR-03)."""

    contract_no: AssignedNumber = None
    agency_id: UUID | None = Field(None, description="The agency that buys for the client; null is a direct buy.")
    salesperson_id: UUID | None = None
    estimate_no: Phrase = Field(
        LEFT_OUT, description="The agency's estimate; documents print it with its codes (CT-HDR-08)."
    )
    agency_estimate_code: Word = Field(LEFT_OUT, description="The agency's code for electronic documents.")
    agency_advertiser_code: Word = Field(LEFT_OUT, description="The agency's code for electronic documents.")
    agency_product_code: Word = Field(LEFT_OUT, description="The agency's code for electronic documents.")
    po_no: PoNo = LEFT_OUT
    product: Phrase = Field(
        LEFT_OUT, description="What is advertised; printed on confirmation and invoice (CT-HDR-13)."
    )
    pre_pay: Flag = Field(LEFT_OUT, description="Marks its units on the log; it blocks nothing (CT-HDR-12).")
    discount_percent: Discount = Field(LEFT_OUT, description="Of the gross of each invoice (CT-DSC-01).")
    agency_commission_percent: Commission = Field(LEFT_OUT, description="Of gross less discount (CT-CMN-02).")
    sales_commission_percent: Commission = Field(LEFT_OUT, description="Of the net; never printed (CT-CMN-05).")
    tax_id: UUID | None = Field(None, description="Null is untaxed.")
    revenue_source_id: UUID | None = Field(None, description="For reports only (CT-HDR-18).")
    revenue_type_id: UUID | None = Field(None, description="For reports only (CT-HDR-19).")
    primary_conflict_id: UUID | None = Field(None, description="Whose spots its own are kept apart from (CT-HDR-20).")
    secondary_conflict_id: UUID | None = Field(
        None, description="A second such category; it may change at any time (CT-HDR-21)."
    )
    billing_cycle: Cycle = LEFT_OUT
    invoice_type: InvoiceType = LEFT_OUT
    affidavit: Affidavit = LEFT_OUT
    tfn: Flag = Field(LEFT_OUT, description="Reminder till further notice; it changes no date and no bill (CT-HDR-24).")
    comment: HeaderComment = Field(LEFT_OUT, description="Printed on confirmation and invoice.")
    notes: Script = Field(LEFT_OUT, description="For the house only; never printed.")


class ContractDraftShape(HeaderShape):
    """A new contract with its lines and rotations (CT-HDR-26)."""

    model_config = example(
        code="2026-204",
        client_id=CLIENT,
        agency_id=AGENCY,
        salesperson_id=SALESPERSON,
        product="Autumn buns",
        po_no="R-77|S-12",
        discount_percent="5",
        billing_cycle="broadcast",
        invoice_type="detail",
        lines=[
            {
                "station_id": STATION,
                "start_on": "2026-10-05",
                "end_on": "2026-10-25",
                "rate_amount": "450.00",
                "avail_type": "A",
                "start_time": "06:00",
                "end_time": "10:00",
                "length_seconds": 30,
                "counts": [2, 2, 2, 2, 2, 0, 0],
            }
        ],
        rotations=[
            {
                "length_seconds": 30,
                "start_on": "2026-10-05",
                "end_on": "2026-10-25",
                "copies": [{"copy_id": COPY, "ratio": 2}, {"copy_id": OTHER_COPY, "ratio": 1}],
            }
        ],
    )

    code: Code | None = None
    client_id: UUID
    lines: Annotated[list[LineShape], Field(max_length=500)] = []
    rotations: Annotated[list[RotationShape], Field(max_length=200)] = []


class ContractPatchShape(HeaderShape):
    """Changes to a contract, saved at once or not at all (CT-LIF-02).

    Of the header only what is named changes. `lines` and `rotations` are the whole list: a line left out is deleted.
    """

    model_config = example(salesperson_id=SALESPERSON, product="Autumn buns and bread", invoice_type="time_rates")

    client_id: UUID = LEFT_OUT
    lines: Annotated[list[SavedLineShape], Field(max_length=500)] = LEFT_OUT
    rotations: Annotated[list[RotationShape], Field(max_length=200)] = LEFT_OUT


class ContractTransition(Shape):
    """Approve a contract, or cancel it as soon as possible."""

    model_config = example(to="approved")

    to: Literal["approved", "cancelled"] = Field(
        description="`approved` makes units of its lines; `cancelled` ends it as soon as possible."
    )
    reason: Phrase = Field("", description="Why, for the history.")


class ApprovalSteps(Shape):
    """Contracts to approve."""

    model_config = example(contract_ids=[CONTRACT], to="approved")

    contract_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    to: Literal["approved"] = Field(description="The only step that many contracts can take at once.")
    reason: Phrase = ""


class ApprovalResult(View):
    """What became of one contract: 200, or the status and code of its refusal."""

    contract_id: UUID
    status: int
    code: str = ""
    message: str = ""


class ApprovalResults(View):
    """A result per contract, in the order asked."""

    items: list[ApprovalResult]


class DuplicateShape(Shape):
    """A copy of a contract on other dates: its first line starts on `start_on`, the others keep their distance."""

    model_config = example(start_on="2026-11-02", end_on="2026-11-22", code="2026-231")

    start_on: Day
    end_on: Annotated[Day | None, Field(description="No line runs longer than this day.")] = None
    code: Code | None = None


class ContractRow(MinorView):
    """A contract in a list; `tfn` is a reminder and nothing else (CT-HDR-24)."""

    id: UUID
    version: int
    code: str
    contract_no: int
    state: ContractStateName
    correction: Literal["none", "requested", "open"]
    revision: int
    client_id: UUID
    legal_entity_id: UUID
    currency: CurrencyCode
    product: str
    billing_cycle: Cycle
    invoice_type: InvoiceType
    tfn: bool
    approved_at: Moment | None


class ContractView(ContractRow):
    """A contract with its header, and its lines and rotations when asked for; `summary` as CT-LIN-28 words it.

    `estimate` is what documents print (CT-HDR-08). `notes` are null for callers who are no users (CT-NOT-03).
    """

    agency_id: UUID | None
    edi_no: str
    salesperson_id: UUID | None
    estimate: str
    estimate_no: str
    agency_estimate_code: str
    agency_advertiser_code: str
    agency_product_code: str
    po_no: str
    rep_order_no: str
    station_order_no: str
    pre_pay: bool
    discount_percent: Share
    agency_commission_percent: Share
    sales_commission_percent: Share
    tax_id: UUID | None
    revenue_source_id: UUID | None
    revenue_type_id: UUID | None
    primary_conflict_id: UUID | None
    secondary_conflict_id: UUID | None
    affidavit: Affidavit
    comment: str
    notes: str | None
    correction_id: UUID | None
    cancelled_at: Moment | None
    completed_on: Day | None
    item_count: int
    gross_amount: Amount
    summary: Annotated[str, Field(examples=["169 item(s), total 7,685.00"])]
    lines: list[LineView] | None = None
    rotations: list[RotationView] | None = None


class DuplicateView(ContractView):
    """A contract copied onto other dates, and which lines of the original that left without units (CT-LIF-27)."""

    dropped_lines: list[int]
