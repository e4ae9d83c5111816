"""The field types of requests, answers and events: strict, bounded, the same everywhere (reliability.md section 9)."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from shared.kernel.errors import Invalid
from shared.kernel.money import currency

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
# What a date can be at the doors and in events.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
# Begins the type of a validation error that has a rule's code.
RULE = "rule:"


class Shape(BaseModel):
    """What a caller sends: frozen, and a field nobody asked for is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    def given(self) -> dict[str, Any]:
        """The fields the caller stated, each whole: what a merge patch changes."""
        return self.model_dump(include=set(self.model_fields_set))


class View(BaseModel):
    """What a service answers; fields may be added within a version."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def _printable(text: str) -> str:
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("invalid_value", "Text holds a character that cannot be stored.")
    return text


def _decimal_text(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise PydanticCustomError("invalid_value", 'Expected a decimal in a string, such as "1234.50".')
    return Decimal(value)


def _iso_day(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("invalid_date", "A date is written YYYY-MM-DD.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("invalid_date", "There is no such day in the calendar.") from None


def _in_range_of_years(day: date) -> date:
    if not FIRST_DAY.year <= day.year <= LAST_DAY.year:
        raise PydanticCustomError("invalid_date", f"The year lies outside {FIRST_DAY.year} to {LAST_DAY.year}.")
    return day


def _iso_moment(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and len(value) <= 40 and "T" in value):
        return value
    raise PydanticCustomError("invalid_value", "A moment is written as an RFC 3339 date-time with its offset.")


def _utc(moment: datetime) -> datetime:
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise PydanticCustomError("invalid_value", "The moment lies outside the calendar.") from None
    _in_range_of_years(moment)
    return moment


def _clock_minutes(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise PydanticCustomError("invalid_value", "A clock time is written HH:MM, from 00:00 to 24:00.")
    return int(value[:2]) * 60 + int(value[3:])


def clock_text(minutes: int) -> str:
    """Minutes after midnight as HH:MM; 1440 is 24:00 (CT-LIN-07)."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def time_text(at: time) -> str:
    """A wall-clock time to the second."""
    return at.isoformat("seconds")


def _upper_bound(places: int, digits: int) -> Any:
    def check(value: Decimal) -> Decimal:
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > places:
            raise PydanticCustomError("amount_precision", f"At most {places} decimal places.")
        if abs(value) >= 10**digits:
            raise PydanticCustomError("invalid_value", f"At most {digits} digits before the point.")
        return value

    return AfterValidator(check)


def _decimal_type(places: int, digits: int, example: str) -> Any:
    return Annotated[
        Decimal,
        BeforeValidator(_decimal_text),
        _upper_bound(places, digits),
        PlainSerializer(lambda value: f"{value:f}", return_type=str, when_used="json"),
        WithJsonSchema(
            {
                "type": "string",
                "pattern": rf"^-?(0|[1-9]\d{{0,{digits - 1}}})(\.\d{{1,{places}}})?$",
                "examples": [example],
            }
        ),
    ]


def _listed(code: str) -> str:
    try:
        return currency(code).code
    except Invalid as refusal:
        raise rule_error(refusal.code, refusal.message) from None


def code_type(pattern: str, example: str) -> Any:
    """A string of a fixed form, such as a register code or a currency."""
    return Annotated[str, AfterValidator(_printable), StringConstraints(pattern=pattern), Field(examples=[example])]


def _currency_type() -> Any:
    """A currency that ISO 4217 lists."""
    form = StringConstraints(pattern=r"^[A-Z]{3}$")
    return Annotated[str, AfterValidator(_printable), form, AfterValidator(_listed), Field(examples=["EUR"])]


def rule_error(code: str, message: str) -> PydanticCustomError:
    """What a validator raises when a billing rule with a code of its own is broken; the door answers with that code."""
    return PydanticCustomError(f"{RULE}{code}", message)


def choice_type(code: str, *allowed: str) -> Any:
    """A string out of a few, for a rule that names its own `code` for any other."""

    def check(value: str) -> str:
        if value not in allowed:
            raise rule_error(code, f"Expected one of {', '.join(allowed)}.")
        return value

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string", "enum": list(allowed)})]


def Text(max_length: int, min_length: int = 0) -> Any:  # noqa: N802  a type maker, read as a type
    """Free text of at most `max_length` characters, without characters PostgreSQL cannot hold."""
    return Annotated[str, AfterValidator(_printable), StringConstraints(min_length=min_length, max_length=max_length)]


# An amount of money in major units. A currency may allow fewer places: Money.parse decides (MA-GEN-01).
Amount = _decimal_type(3, 13, "1234.50")
# Unit prices and exchange rates.
Rate = _decimal_type(6, 12, "11.345000")
# Per cent with up to four places (MA-GEN-01).
Percent = _decimal_type(4, 6, "12.5")
Code = code_type(r"^[A-Za-z0-9ÅÄÖåäöÜüß._/+-]{1,40}$", "ALFA")
Name = Text(200, 1)
CurrencyCode = _currency_type()
CountryCode = code_type(r"^[A-Z]{2}$", "SE")
Day = Annotated[date, BeforeValidator(_iso_day), AfterValidator(_in_range_of_years), Field(examples=["2026-10-01"])]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_iso_moment),
    AfterValidator(_utc),
    PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"),
    Field(examples=["2026-10-01T08:30:00Z"]),
]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Flag = Annotated[bool, Field(strict=True)]
# Minutes after midnight inside the code, HH:MM at the doors.
ClockTime = Annotated[
    int,
    BeforeValidator(_clock_minutes),
    Field(ge=0, le=24 * 60),
    PlainSerializer(clock_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", "examples": ["06:00"]}),
]


def ruled(code: str, message: str) -> WrapValidator:
    """Annotates a type that a billing rule names a code for: whatever the type refuses is answered with that code."""

    def check(value: Any, inner: Any) -> Any:
        try:
            return inner(value)
        except ValidationError:
            raise rule_error(code, message) from None

    return WrapValidator(check)


def kept_here(code: str, message: str) -> Any:
    """A field that callers never state, because we keep it: any value for it is refused with a rule's code."""

    def refuse(_value: Any) -> None:
        raise rule_error(code, message)

    return Annotated[SkipJsonSchema[None], BeforeValidator(refuse)]  # type: ignore[misc]
