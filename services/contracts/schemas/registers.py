"""The fields a caller may set on each register."""

from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.contracts.schemas.texts import Lines, Phrase, Word
from shared.events.examples import LEGAL_ENTITY, example
from shared.events.fields import (
    Amount,
    ClockTime,
    Code,
    CountryCode,
    CurrencyCode,
    Flag,
    Name,
    Percent,
    Shape,
    choice_type,
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
    Field(description="How often a contract is invoiced; `none` never, for public service and bonus (CT-CYC-02)."),
    ruled("billing_cycle", "Not a billing cycle."),
]
InvoiceType = Annotated[
    Literal["none", "detail", "summary", "time", "time_rates", "co_op_notarized_affidavit"],
    Field(description="What an invoice shows of the airings; `none` makes the billing cycle none, too (CT-ITY)."),
    ruled("invoice_type", "Not an invoice type."),
]
SeparationMethod = Annotated[
    Literal["none", "minutes", "avails"], Field(description="What spots are kept apart by (CT-LOG-05).")
]
Distance = Annotated[
    int, Field(strict=True, ge=0, le=240, description="Minutes either side, or avails between, as the method says.")
]
SplitLevel: Any = Annotated[
    choice_type("unknown_split", "client", "campaign", "plan", "order", "product"),
    Field(description="What shares an invoice (MA-REG-02)."),
]


class RegisterShape(Shape):
    """What every register has."""

    code: Code
    name: Name
    blocked: Flag = Field(False, description="Kept for what names it already; nothing new may name it.")


class LegalEntityShape(RegisterShape):
    """A selling company."""

    model_config = example(
        code="NORD",
        name="Nordic Media AB",
        currency="SEK",
        country="SE",
        time_zone="Europe/Stockholm",
        start_of_week=0,
        vat_percent="25",
        four_eyes_amount="50000.00",
    )

    currency: CurrencyCode
    country: CountryCode
    address: Lines = ""
    vat_no: Word = ""
    start_of_week: Annotated[int, Field(strict=True, ge=0, le=6)] | None = Field(
        None, description="0 is Monday; weekly billing needs it (PI-REQ-09)."
    )
    time_zone: TimeZone = Field("UTC", description="When its days begin and its schedules run.")
    vat_percent: Share = Field(description="The rate of clients that state none.")
    number_prefix: Word = Field("", description="Begins its invoice numbers.")
    credit_series: Flag = Field(False, description="Credit notes have a number series of their own.")
    four_eyes_amount: Annotated[
        Amount | None, Field(description="From this gross on, another than the opener saves a correction (CT-LIF-20).")
    ] = None
    daily_delivery: Flag = Field(
        False, description="Delivery data come by day; weekly billing by delivery needs it (PI-REQ-16)."
    )


class AgencyShape(RegisterShape):
    """An agency that buys airtime for clients."""

    model_config = example(code="BRIGHT", name="Bright Media Buying", commission_percent="15")

    commission_percent: UsualCommission = Field(
        "0", validate_default=True, description="What its contracts begin with (CT-CMN-01)."
    )
    edi_no: Word = Field("", description="With it, documents go by EDI and ask for more fields.")
    edi_requires_all_codes: Flag = Field(
        True, description="Approval asks for all of the agency's codes where it has an EDI number."
    )


class SalespersonShape(RegisterShape):
    """A seller of contracts."""

    model_config = example(code="KARIN", name="Karin Lund", commission_percent="4.5")

    commission_percent: UsualCommission = Field(
        "0", validate_default=True, description="What contracts begin with (CT-CMN-04)."
    )


TaxRate = Annotated[Percent, ruled("tax_rate", "A tax is 0 to 100 per cent, with up to four decimals.")]


class TaxPartShape(Shape):
    """One of the parts a tax prints."""

    name: Name
    percent: TaxRate = Field(description="Of the taxed amount.")


class TaxShape(RegisterShape):
    """A tax of radio contracts; parts, where there are any, add up to it (CT-TAX-02, CT-TAX-04).

    One that is merged into another is blocked; contracts that have it are taxed by the other from then on.
    """

    model_config = example(
        code="CITY",
        name="City and state tax",
        parts=[{"name": "State", "percent": "4"}, {"name": "City", "percent": "1.5"}],
        percent="5.5",
    )

    percent: TaxRate = Field(description="The whole tax.")
    parts: Annotated[list[TaxPartShape], Field(max_length=10)] = Field([], description="None: it prints as one.")
    merged_into_id: UUID | None = Field(None, description="The tax that replaces it.")


class ConflictShape(RegisterShape):
    """A product category whose spots are kept apart: by minutes either side or avails between (CT-LOG-05)."""

    model_config = example(code="CARS", name="Car dealers", method="minutes", distance=15)

    method: SeparationMethod = "none"
    distance: Distance = 0


class RevenueSourceShape(RegisterShape):
    """A classification of contracts in reports (CT-HDR-18)."""

    model_config = example(code="LOCAL", name="Local direct")


class RevenueTypeShape(RegisterShape):
    """A second classification of contracts in reports (CT-HDR-19)."""

    model_config = example(code="RETAIL", name="Retail")


class ClientShape(RegisterShape):
    """A buyer, how it is invoiced, and what its contracts begin with.

    The VAT rate is stated, or comes from the VAT code that is named; so do the days to pay and the cash discount from
    payment terms (MA-REG-02, MA-REG-21). A client whose `credit_used_amount`, kept by the sales ledger, is past its
    limit takes no new bookings (MA-REG-06).
    """

    model_config = example(
        code="ALFA",
        name="Alfa Bakery AB",
        legal_entity_id=LEGAL_ENTITY,
        currency="SEK",
        country="SE",
        vat_no="SE556012345601",
        email="invoices@alfa.example",
        vat_percent="25",
        separate_by="campaign",
        reference_required=True,
        payment_days=30,
    )

    legal_entity_id: UUID
    category: Word = Field("", description="Runs choose clients by it (MA-INV-02).")
    address: Lines = ""
    country: Word = ""
    vat_no: Word = ""
    email: Phrase = ""
    vat_percent: Share | None = Field(None, description="In place of a VAT code.")
    currency: CurrencyCode
    language: Word = Field("en", description="Of its documents.")
    payment_days: Days = Field(30, description="From the invoice date, or from the end of its month.")
    from_month_end: Flag = Field(
        False, description="Days to pay are counted from the end of the invoice's month (MA-REG-08)."
    )
    cash_discount_percent: Share = Field(
        "0", validate_default=True, description="Of the invoice, for who pays early (MA-REG-21)."
    )
    cash_discount_days: Days = Field(
        0, description="Days from the invoice date in which the cash discount may be kept back."
    )
    separate_by: SplitLevel = "plan"
    reference_required: Flag = Field(
        False, description="Its invoices need a reference number; see the switch `no_reference_number` (MA-INV-11)."
    )
    minimum_amount: Amount = Field(
        "0",
        validate_default=True,
        description="Smaller invoices ex VAT are held back; 0 holds nothing back (MA-INV-21).",
    )
    vat_code_id: UUID | None = Field(None, description="Gives the VAT rate (MA-REG-02).")
    payment_terms_id: UUID | None = Field(None, description="Gives the days to pay and the cash discount (MA-REG-08).")
    ad_agency_id: UUID | None = Field(
        None, description="The advertising agency that settlements are made with (MA-REG-14)."
    )
    credit_limit_amount: Amount | None = Field(None, description="Null is no limit.")
    credit_used_amount: Amount = Field(
        "0", validate_default=True, description="Open receivables as the sales ledger states them."
    )
    agency_id: UUID | None = Field(None, description="The agency that buys airtime for it.")
    salesperson_id: UUID | None = None
    tax_id: UUID | None = Field(None, description="What its contracts begin with.")
    primary_conflict_id: UUID | None = Field(None, description="What its contracts begin with.")
    secondary_conflict_id: UUID | None = Field(None, description="What its contracts begin with.")
    line_station_id: Annotated[UUID | None, Field(description="What a new line begins with (CT-LIN-24).")] = None
    line_avail_type: Code | Literal[""] = Field(
        "", description="The avail type that a new line begins with (CT-LIN-24)."
    )
    line_start_time: ClockTime | None = Field(None, description="When a new line may begin to run.")
    line_end_time: ClockTime | None = Field(None, description="When a new line must have run.")
    prints_confirmations: Annotated[Flag, Field(description="Approval queues a printed confirmation.")] = False
    discount_percent: UsualDiscount = Field("0", validate_default=True, description="What its contracts begin with.")
    billing_cycle: Cycle = "calendar"
    invoice_type: InvoiceType = "detail"
    pre_pay: Flag = Field(
        False, description="Contracts begin with the mark of paying ahead, which the log shows (CT-HDR-12)."
    )
    separation_method: SeparationMethod = "none"
    separation_distance: Distance = 0
