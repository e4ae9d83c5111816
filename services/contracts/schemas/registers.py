"""The fields a caller may set on each register."""

from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.contracts.schemas.texts import Lines, Phrase, Script, Word
from shared.events.fields import (
    Amount,
    ClockTime,
    Code,
    CountryCode,
    CurrencyCode,
    Day,
    Flag,
    Name,
    Percent,
    Shape,
    Text,
    choice_type,
    rule_error,
    ruled,
)

Days = Annotated[int, Field(strict=True, ge=0, le=3650)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("time_zone", "Not a time zone of the IANA database.")
    return name


def _whole_percent(value: Percent) -> Percent:
    if not 0 <= value <= 100:
        raise PydanticCustomError("bad_percent", "A percentage lies between 0 and 100.")
    return value


def _two_places(value: Percent) -> Percent:
    if not 0 <= value <= 100 or value != round(value, 2):
        raise PydanticCustomError("bad_percent", _RANGE)
    return value


_RANGE = "A percentage lies between 0 and 100 and has two decimals."
# What contracts begin with is as fine as a contract may state it (CT-HDR-14 to CT-HDR-16, CT-CMN-06).
UsualDiscount = Annotated[Percent, AfterValidator(_two_places), ruled("discount_range", _RANGE)]
UsualCommission = Annotated[Percent, AfterValidator(_two_places), ruled("commission_range", _RANGE)]
TimeZone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Europe/Stockholm"])]
Share = Annotated[Percent, AfterValidator(_whole_percent)]
Cycle = Annotated[
    Literal["none", "calendar", "broadcast", "weekly", "end_of_schedule", "begin_of_schedule"],
    ruled("billing_cycle", "Not a billing cycle."),
]
InvoiceType = Annotated[
    Literal["none", "detail", "summary", "time", "time_rates", "co_op_notarized_affidavit"],
    ruled("invoice_type", "Not an invoice type."),
]
SeparationMethod = Literal["none", "minutes", "avails"]
Distance = Annotated[int, Field(strict=True, ge=0, le=240)]
SplitLevel: Any = choice_type("unknown_split", "client", "campaign", "plan", "order", "product")


_OPTION = ruled("option", "There is no such option.")


def _printable(column: Any) -> Any:
    if column == "notes":
        raise rule_error("field_not_printable", "Internal notes are printed on no document.")
    return column


def _column(*names: str) -> Any:
    """The name of a column that a document can show; notes are none (CT-NOT-02)."""
    known = WithJsonSchema({"type": "string", "enum": list(names)})
    return Annotated[Literal[names], _OPTION, BeforeValidator(_printable), known]


def _drawing(text: str) -> str:
    """An SVG drawing that loads nothing from elsewhere."""
    lower = text.lower()
    if text and (not lower.lstrip().startswith("<svg") or any(word in lower for word in _FOREIGN)):
        raise rule_error("option", "A logo is an SVG drawing without links, scripts or entities.")
    return text


_FOREIGN = ("<!", "<?", "href", "<script", "<image", "<use", "<foreignobject", "url(", "@import")
Svg: Any = Annotated[Text(100_000), AfterValidator(_drawing)]
ConfirmationColumn: Any = _column(
    "line_no", "station", "avail_type", "flight", "times", "length", "schedule", "rate", "quantity", "total",
)  # fmt: skip
InvoiceColumn: Any = _column(
    "line", "date", "day", "aired", "airings", "window", "length", "avail_type", "copy", "cart", "text", "unit_rate",
    "rates", "count", "rate",
)  # fmt: skip


class RegisterShape(Shape):
    """What every register has."""

    code: Code
    name: Name
    blocked: Flag = False


class LegalEntityShape(RegisterShape):
    """A selling company."""

    currency: CurrencyCode
    country: CountryCode
    address: Lines = ""
    vat_no: Word = ""
    start_of_week: Annotated[int, Field(strict=True, ge=0, le=6)] | None = None
    time_zone: TimeZone = "UTC"
    vat_percent: Share
    number_prefix: Word = ""
    credit_series: Flag = False
    four_eyes_amount: Annotated[
        Amount | None, Field(description="From this gross on, another than the opener saves a correction (CT-LIF-20).")
    ] = None
    daily_delivery: Flag = False


class AgencyShape(RegisterShape):
    """An agency that buys airtime for clients."""

    commission_percent: UsualCommission = Field("0", validate_default=True)
    edi_no: Word = ""
    edi_requires_all_codes: Flag = True


class SalespersonShape(RegisterShape):
    """A seller of contracts."""

    commission_percent: UsualCommission = Field("0", validate_default=True)


TaxRate = Annotated[Percent, ruled("tax_rate", "A tax is 0 to 100 per cent, with up to four decimals.")]


class TaxPartShape(Shape):
    """One of the parts a tax prints."""

    name: Name
    percent: TaxRate


class TaxShape(RegisterShape):
    """A tax of radio contracts; parts, where there are any, add up to it (CT-TAX-02, CT-TAX-04).

    One that is merged into another is blocked; contracts that have it are taxed by the other from then on.
    """

    percent: TaxRate
    parts: Annotated[list[TaxPartShape], Field(max_length=10)] = []
    merged_into_id: UUID | None = None


class ConflictShape(RegisterShape):
    """A product category whose spots are kept apart: by minutes either side or avails between (CT-LOG-05)."""

    method: SeparationMethod = "none"
    distance: Distance = 0


class RevenueSourceShape(RegisterShape):
    """A classification of contracts in reports (CT-HDR-18)."""


class RevenueTypeShape(RegisterShape):
    """A second classification of contracts in reports (CT-HDR-19)."""


class ClientShape(RegisterShape):
    """A buyer, how it is invoiced, and what its contracts begin with.

    The VAT rate is stated, or comes from the VAT code that is named; so do the days to pay and the cash discount from
    payment terms (MA-REG-02, MA-REG-21). A client whose `credit_used_amount`, kept by the sales ledger, is past its
    limit takes no new bookings (MA-REG-06).
    """

    legal_entity_id: UUID
    category: Word = ""
    address: Lines = ""
    country: Word = ""
    vat_no: Word = ""
    email: Phrase = ""
    vat_percent: Share | None = None
    currency: CurrencyCode
    language: Word = "en"
    payment_days: Days = 30
    from_month_end: Flag = False
    cash_discount_percent: Share = Field("0", validate_default=True)
    cash_discount_days: Days = 0
    separate_by: SplitLevel = "plan"
    reference_required: Flag = False
    minimum_amount: Amount = Field("0", validate_default=True)
    vat_code_id: UUID | None = None
    payment_terms_id: UUID | None = None
    ad_agency_id: UUID | None = None
    credit_limit_amount: Amount | None = None
    credit_used_amount: Amount = Field("0", validate_default=True)
    agency_id: UUID | None = None
    salesperson_id: UUID | None = None
    tax_id: UUID | None = None
    primary_conflict_id: UUID | None = None
    secondary_conflict_id: UUID | None = None
    line_station_id: Annotated[UUID | None, Field(description="What a new line begins with (CT-LIN-24).")] = None
    line_avail_type: Code | Literal[""] = ""
    line_start_time: ClockTime | None = None
    line_end_time: ClockTime | None = None
    prints_confirmations: Annotated[Flag, Field(description="Approval queues a printed confirmation.")] = False
    discount_percent: UsualDiscount = Field("0", validate_default=True)
    billing_cycle: Cycle = "calendar"
    invoice_type: InvoiceType = "detail"
    pre_pay: Flag = False
    separation_method: SeparationMethod = "none"
    separation_distance: Distance = 0


# One kind of avail, or several joined with a bar: a composite avail, the first named preferred (CT-LIN-04).
_AVAIL_TYPE = r"[A-Za-z0-9ÅÄÖåäöÜüß._/+-]{1,40}"
AvailTypes = Annotated[str, Field(pattern=rf"^{_AVAIL_TYPE}(\|{_AVAIL_TYPE}){{0,9}}$", examples=["A", "A|B"])]


# A log ends at 24:00: a break then is the next log's at 00:00 (CT-LOG-01).
BreakTime = Annotated[ClockTime, Field(lt=24 * 60)]


class BreakShape(Shape):
    """A break of a station's daily template: `avail_type` may name several, joined with a bar (CT-LIN-04)."""

    time: BreakTime
    avail_type: AvailTypes
    avails: Annotated[int, Field(strict=True, ge=1, le=99)]
    seconds: Annotated[int, Field(strict=True, ge=1, le=3600)]


class StationGroupShape(RegisterShape):
    """Stations run together, with the options of their documents (CT-DOC-08, CT-ITY-14, CT-CYC-20).

    Columns named are shown in that order; none named means all. `notes` can be asked of no document (CT-NOT-02).
    """

    split_by_station: Annotated[Flag, Field(description="An invoice per station (CT-CYC-20).")] = False
    logo_svg: Svg = ""
    remit_address: Lines = ""
    footer_text: Lines = ""
    invoice_columns: Annotated[list[InvoiceColumn], Field(max_length=20)] = []
    confirmation_columns: Annotated[list[ConfirmationColumn], Field(max_length=20)] = []
    rates: Annotated[Literal["gross", "net"], _OPTION] = "gross"


class StationShape(RegisterShape):
    """A radio station."""

    legal_entity_id: UUID
    group_id: UUID | None = None
    time_zone: TimeZone
    affidavit_text: Lines = ""
    notarized_text: Lines = ""
    feeds_automation: Flag = False
    no_logs: Flag = False
    breaks: Annotated[list[BreakShape], Field(max_length=500)] = []


class SupplierShape(RegisterShape):
    """A creditor of the purchase ledger."""

    currency: CurrencyCode
    payment_days: Days = 30


class CopyShape(RegisterShape):
    """A recorded commercial; without run dates it never expires."""

    client_id: UUID
    cart_no: Word = ""
    length_seconds: Annotated[int, Field(strict=True, ge=1, le=3600)]
    start_on: Day | None = None
    end_on: Day | None = None
    script: Script = ""
    station_ids: Annotated[list[UUID], Field(max_length=500)] = []
