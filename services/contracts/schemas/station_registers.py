"""The fields a caller may set on what a radio station runs on: stations, their groups and breaks, copy."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from services.contracts.schemas.registers import RegisterShape, TimeZone
from services.contracts.schemas.texts import Lines, Script, Word
from shared.events.examples import CLIENT, LEGAL_ENTITY, STATION_GROUP, example
from shared.events.fields import ClockTime, Day, Flag, Shape, Text, rule_error, ruled

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


# One kind of avail, or several joined with a bar: a composite avail, the first named preferred (CT-LIN-04).
_AVAIL_TYPE = r"[A-Za-z0-9ÅÄÖåäöÜüß._/+-]{1,40}"
AvailTypes = Annotated[str, Field(pattern=rf"^{_AVAIL_TYPE}(\|{_AVAIL_TYPE}){{0,9}}$", examples=["A", "A|B"])]


# A log ends at 24:00: a break then is the next log's at 00:00 (CT-LOG-01).
BreakTime = Annotated[ClockTime, Field(lt=24 * 60)]


class BreakShape(Shape):
    """A break of a station's daily template: `avail_type` may name several, joined with a bar (CT-LIN-04)."""

    time: BreakTime = Field(description="When it begins.")
    avail_type: AvailTypes
    avails: Annotated[int, Field(strict=True, ge=1, le=99)] = Field(description="How many units it holds.")
    seconds: Annotated[int, Field(strict=True, ge=1, le=3600)] = Field(description="How long it is.")


class StationGroupShape(RegisterShape):
    """Stations run together, with the options of their documents (CT-DOC-08, CT-ITY-14, CT-CYC-20).

    Columns named are shown in that order; none named means all. `notes` can be asked of no document (CT-NOT-02).
    """

    model_config = example(
        code="WEST", name="West Coast Radio", split_by_station=True, remit_address="Box 12, 411 01 Göteborg"
    )

    split_by_station: Annotated[Flag, Field(description="An invoice per station (CT-CYC-20).")] = False
    logo_svg: Svg = Field("", description="Drawn on its documents; loads nothing from elsewhere.")
    remit_address: Lines = Field("", description="Where clients pay to; printed.")
    footer_text: Lines = Field("", description="Printed below.")
    invoice_columns: Annotated[list[InvoiceColumn], Field(max_length=20)] = Field(
        [], description="Columns of invoices, in their order."
    )
    confirmation_columns: Annotated[list[ConfirmationColumn], Field(max_length=20)] = Field(
        [], description="Columns of confirmations, in their order."
    )
    rates: Annotated[Literal["gross", "net"], _OPTION] = Field("gross", description="What rates documents show.")


class StationShape(RegisterShape):
    """A radio station."""

    model_config = example(
        code="KAAA",
        name="Radio Kattegatt",
        legal_entity_id=LEGAL_ENTITY,
        group_id=STATION_GROUP,
        time_zone="Europe/Stockholm",
        breaks=[
            {"time": "07:20", "avail_type": "A", "avails": 4, "seconds": 120},
            {"time": "07:50", "avail_type": "A|B", "avails": 4, "seconds": 120},
        ],
    )

    legal_entity_id: UUID
    group_id: UUID | None = None
    time_zone: TimeZone = Field(description="In which its logs and air times are told.")
    affidavit_text: Lines = Field("", description="Printed on invoices with an affidavit (CT-ITY-07).")
    notarized_text: Lines = Field("", description="Printed on invoices with a notarized affidavit.")
    feeds_automation: Flag = Field(
        False, description="Its locked log goes to the automation, so each unit needs a copy with a cart number."
    )
    no_logs: Flag = Field(False, description="It takes off-air lines only: no spots, no logs.")
    breaks: Annotated[list[BreakShape], Field(max_length=500)] = Field(
        [], description="The template of each day's log; given whole."
    )


class CopyShape(RegisterShape):
    """A recorded commercial; without run dates it never expires."""

    model_config = example(
        code="ALFA-30-1",
        name="Autumn buns",
        client_id=CLIENT,
        cart_no="4711",
        length_seconds=30,
        start_on="2026-10-01",
        end_on="2026-10-31",
    )

    client_id: UUID
    cart_no: Word = Field("", description="By what the automation plays it.")
    length_seconds: Annotated[int, Field(strict=True, ge=1, le=3600)] = Field(
        description="In seconds; it fills units of this length only."
    )
    start_on: Day | None = Field(None, description="First day it may air.")
    end_on: Day | None = Field(None, description="Last day it may air.")
    script: Script = ""
    station_ids: Annotated[list[UUID], Field(max_length=500)] = Field(
        [], description="Where it may air; none is everywhere."
    )
