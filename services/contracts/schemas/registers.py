"""The fields a caller may set on each register."""

from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field
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


TimeZone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Europe/Stockholm"])]
Share = Annotated[Percent, AfterValidator(_whole_percent)]
Cycle = Literal["none", "calendar", "broadcast", "weekly", "end_of_schedule", "begin_of_schedule"]
InvoiceType = Literal["none", "detail", "summary", "time", "time_rates", "co_op_notarized_affidavit"]
DefaultStatus = Literal["", "do_not_invoice", "pre_inv"]
FeeBase = Literal["gross", "net", "client_net", "net_net"]


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


class AgencyShape(RegisterShape):
    """An agency that buys airtime for clients."""

    commission_percent: Share = Field("0", validate_default=True)
    edi_no: Word = ""
    edi_requires_all_codes: Flag = True


class SalespersonShape(RegisterShape):
    """A seller of contracts."""

    commission_percent: Share = Field("0", validate_default=True)


class TaxPartShape(Shape):
    """One of the parts a tax prints."""

    name: Name
    percent: Share


class TaxShape(RegisterShape):
    """A tax of radio contracts; parts, where there are any, add up to it (CT-TAX-02, CT-TAX-04)."""

    percent: Share
    parts: Annotated[list[TaxPartShape], Field(max_length=10)] = []


class ClientShape(RegisterShape):
    """A buyer, how it is invoiced, and what its contracts begin with."""

    legal_entity_id: UUID
    category: Word = ""
    address: Lines = ""
    country: Word = ""
    vat_no: Word = ""
    email: Phrase = ""
    vat_percent: Share
    currency: CurrencyCode
    language: Word = "en"
    payment_days: Days = 30
    from_month_end: Flag = False
    separate_by: Literal["client", "campaign", "plan", "order", "product"] = "plan"
    reference_required: Flag = False
    minimum_amount: Amount = Field("0", validate_default=True)
    agency_id: UUID | None = None
    salesperson_id: UUID | None = None
    tax_id: UUID | None = None
    discount_percent: Share = Field("0", validate_default=True)
    billing_cycle: Cycle = "calendar"
    invoice_type: InvoiceType = "detail"
    pre_pay: Flag = False


class BreakShape(Shape):
    """A break of a station's daily template: `avail_type` may name several, joined with a bar (CT-LIN-04)."""

    time: ClockTime
    avail_type: Code | Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,20}(\|[A-Za-z0-9]{1,20})*$")]
    avails: Annotated[int, Field(strict=True, ge=1, le=99)]
    seconds: Annotated[int, Field(strict=True, ge=1, le=3600)]


class StationShape(RegisterShape):
    """A radio station."""

    legal_entity_id: UUID
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


class MediaShape(RegisterShape):
    """A medium where insertions are booked."""

    supplier_id: UUID | None = None
    currency: CurrencyCode
    media_type: Word = ""
    ad_check_required: Flag = False
    look_ahead_days: Days = 0
    default_status: DefaultStatus = ""


class AgreementShape(RegisterShape):
    """Terms of trade; the percentages hold where an insertion states none of its own."""

    current_invoicing: Flag = False
    current_deduction: Flag = False
    timing: Literal["insertion", "plan_first", "plan_last", "order_last"] = "insertion"
    default_status: DefaultStatus = ""
    received_percent: Share = Field("0", validate_default=True)
    passed_on_percent: Share = Field("0", validate_default=True)
    fee_percent: Share = Field("0", validate_default=True)
    fee_base: FeeBase = "net"
    capital_cost_percent: Share = Field("0", validate_default=True)
    capital_cost_base: FeeBase = "client_net"


class CopyShape(RegisterShape):
    """A recorded commercial; without run dates it never expires."""

    client_id: UUID
    cart_no: Word = ""
    length_seconds: Annotated[int, Field(strict=True, ge=1, le=3600)]
    start_on: Day | None = None
    end_on: Day | None = None
    script: Script = ""
    station_ids: Annotated[list[UUID], Field(max_length=500)] = []


class PlanShape(RegisterShape):
    """A client's media plan."""

    client_id: UUID
    agreement_id: UUID
    owner: Phrase = ""
    client_reference: Phrase = ""
    campaign: Phrase = ""
    product: Phrase = ""
    invoice_on: Day | None = None
