"""Radio contracts at the door: header, lines, rotations, units."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from services.contracts.schemas.registers import Cycle, InvoiceType, Share
from services.contracts.schemas.stored import StoredView
from services.contracts.schemas.texts import Comment, Phrase, Script, Word
from shared.events.fields import Amount, ClockTime, Code, CurrencyCode, Day, Flag, Moment, Shape, View

Length = Annotated[int, Field(ge=1, le=3600)]
ContractStateName = Literal["draft", "active", "completed", "cancelled"]
SpotStateName = Literal["scheduled", "unplaced", "placed", "locked", "aired", "missed", "trashed"]
LineKind = Literal["spots", "off_air"]
Affidavit = Literal["none", "affidavit", "notarized"]


class HeaderShape(Shape):
    """A contract's header; what is left out comes from the client's defaults (CT-HDR-03)."""

    agency_id: UUID | None = None
    salesperson_id: UUID | None = None
    estimate_no: Phrase = ""
    agency_estimate_code: Word = ""
    agency_advertiser_code: Word = ""
    agency_product_code: Word = ""
    po_no: Annotated[str, Field(max_length=50)] = ""
    product: Phrase = ""
    pre_pay: Flag = False
    discount_percent: Share | None = None
    agency_commission_percent: Share | None = None
    sales_commission_percent: Share | None = None
    tax_id: UUID | None = None
    revenue_source: Word = ""
    revenue_type: Word = ""
    billing_cycle: Cycle | None = None
    invoice_type: InvoiceType | None = None
    affidavit: Affidavit = "none"
    tfn: Flag = False
    comment: Comment = ""
    notes: Script = ""


class LineShape(Shape):
    """A line: spots with a schedule, or off-air revenue with a frequency (CT-LIN)."""

    kind: LineKind = "spots"
    station_id: UUID
    start_on: Day
    end_on: Day
    override_start_date: Flag = False
    rate_amount: Amount
    avail_type: Code | None = None
    start_time: ClockTime | None = None
    end_time: ClockTime | None = None
    length_seconds: Length | None = None
    counts: Annotated[list[Annotated[int, Field(ge=0, le=99)]], Field(min_length=7, max_length=7)] | None = None
    spots_per_week: Annotated[int, Field(ge=1, le=693)] | None = None
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)] = []
    dates: dict[date, Annotated[int, Field(ge=0, le=99)]] | None = None
    skip_weeks: Annotated[int, Field(ge=0, le=52)] = 0
    placement: Annotated[int, Field(ge=1, le=10)] = 5
    frequency: Literal["daily", "weekly", "monthly", "single"] | None = None
    weekday: Annotated[int, Field(ge=0, le=6)] = 0
    month_day: Annotated[int, Field(ge=1, le=28)] = 24
    income_account: Word = ""
    comment: Comment = ""


class CopyRatioShape(Shape):
    """A copy in a rotation's sequence and how often it repeats (CT-ROT-24)."""

    copy_id: UUID
    ratio: Annotated[int, Field(ge=1, le=99)] = 1


class RotationShape(Shape):
    """An entry of the rotation list; the order of the list decides (CT-ROT-05)."""

    id: UUID | None = None
    name: Phrase = ""
    station_id: UUID | None = None
    length_seconds: Length
    start_on: Day
    end_on: Day
    start_time: ClockTime = 0
    end_time: ClockTime = 24 * 60
    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)] = [0, 1, 2, 3, 4, 5, 6]
    copies: Annotated[list[CopyRatioShape], Field(max_length=200)]


class ContractDraftShape(HeaderShape):
    """A new contract with its lines and rotations (CT-HDR-26)."""

    code: Code | None = None
    client_id: UUID
    lines: Annotated[list[LineShape], Field(max_length=500)] = []
    rotations: Annotated[list[RotationShape], Field(max_length=200)] = []


class ContractPatchShape(HeaderShape):
    """Changes to a header; only what is named changes."""

    client_id: UUID | None = None


class ContractTransition(Shape):
    """Approve a contract, or cancel it as soon as possible."""

    to: Literal["approved", "cancelled"]
    reason: Phrase = ""


class ContractRow(StoredView):
    """A contract in a list."""

    id: UUID
    version: int
    code: str
    contract_no: int
    state: ContractStateName
    revision: int
    client_id: UUID
    legal_entity_id: UUID
    currency: CurrencyCode
    product: str
    billing_cycle: Cycle
    invoice_type: InvoiceType
    approved_at: Moment | None


class LineView(StoredView):
    """A line as it is kept; quantity and total follow from flight and schedule (CT-LIN-14, CT-LIN-15)."""

    id: UUID
    line_no: int
    kind: LineKind
    status: Literal["pending", "approved"]
    station_id: UUID
    start_on: Day
    end_on: Day
    rate_amount: Amount
    quantity: int
    total_amount: Amount
    terms: dict[str, Any]
    comment: str
    income_account: str
    direct_rotation_id: UUID | None


class RotationView(View):
    """A rotation in its place."""

    id: UUID
    position: int
    name: str
    station_id: UUID | None
    length_seconds: int
    start_on: Day
    end_on: Day
    start_minute: int
    end_minute: int
    weekdays: list[int]
    sequence: list[UUID]
    shadowed_by: UUID | None = None


class ContractView(ContractRow):
    """A contract with its header, and its lines and rotations when asked for; `summary` as CT-LIN-28 words it."""

    agency_id: UUID | None
    salesperson_id: UUID | None
    estimate_no: str
    agency_estimate_code: str
    agency_advertiser_code: str
    agency_product_code: str
    po_no: str
    pre_pay: bool
    discount_percent: Share
    agency_commission_percent: Share
    sales_commission_percent: Share
    tax_id: UUID | None
    affidavit: Affidavit
    comment: str
    notes: str
    cancelled_at: Moment | None
    completed_on: Day | None
    item_count: int
    gross_amount: Amount
    summary: str
    lines: list[LineView] | None = None
    rotations: list[RotationView] | None = None


class SpotRow(StoredView):
    """One unit with its state, log, copy and invoice (CT-LOG-16)."""

    id: UUID
    version: int
    contract_id: UUID
    contract_no: int
    client_id: UUID
    line_no: int
    station_id: UUID
    state: SpotStateName
    target_on: Day
    original_target_on: Day
    log_on: Day | None
    scheduled_minute: int | None
    air_minute: int | None
    length_seconds: int
    avail_type: str
    pre_pay: bool
    rate_amount: Amount
    currency: CurrencyCode
    copy_name: str | None
    cart_no: str | None
    invoice_no: str | None
    invoice_on: Day | None
