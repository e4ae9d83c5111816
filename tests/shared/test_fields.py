"""Field types: each accepts one way of writing a value and refuses its look-alikes."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from shared.events.fields import (
    Amount,
    ClockTime,
    Code,
    Count,
    CurrencyCode,
    Day,
    Flag,
    Moment,
    Percent,
    Rate,
    Shape,
    kept_here,
    ruled,
)
from shared.runtime.problem import fault_of


class Everything(Shape):
    """One field of each type."""

    amount: Amount = Decimal(0)
    rate: Rate = Decimal(0)
    percent: Percent = Decimal(0)
    day: Day | None = None
    moment: Moment | None = None
    count: Count = 0
    flag: Flag = False
    code: Code = "A"
    currency: CurrencyCode = "EUR"
    clock: ClockTime = 0


@pytest.mark.rule("MA-GEN-01", "PI-REQ-26")
@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("amount", 12.5, "invalid_value"),
        ("amount", 12, "invalid_value"),
        ("amount", True, "invalid_value"),
        ("amount", "NaN", "invalid_value"),
        ("amount", "Infinity", "invalid_value"),
        ("amount", "1e400", "invalid_value"),
        ("amount", "12345678901234567890", "invalid_value"),
        ("amount", "1,50", "invalid_value"),
        ("amount", "1.2345", "amount_precision"),
        ("percent", "1.23456", "amount_precision"),
        ("rate", "1.1234567", "invalid_value"),
        ("day", "01/02/2026", "invalid_date"),
        ("day", "2026-02-30", "invalid_date"),
        ("day", "0001-01-01", "invalid_date"),
        ("day", 20261001, "invalid_date"),
        ("moment", "2026-10-01T08:00:00", "timezone_aware"),
        ("moment", 1759305600, "invalid_value"),
        ("moment", "9999-12-31T23:59:59-12:00", "invalid_value"),
        ("count", 1.0, "int_type"),
        ("count", "1", "int_type"),
        ("count", True, "int_type"),
        ("count", 2**63, "less_than_equal"),
        ("flag", "true", "bool_type"),
        ("flag", 1, "bool_type"),
        ("code", "a\x00", "invalid_value"),
        ("code", "", "string_pattern_mismatch"),
        ("currency", "eur", "string_pattern_mismatch"),
        ("clock", "24:01", "invalid_value"),
        ("clock", "8:00", "invalid_value"),
    ],
)
def test_a_look_alike_is_refused(field: str, value: Any, fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate({field: value})
    assert [found["type"] for found in refused.value.errors()] == [fault]


def test_values_survive_a_round_trip_through_json() -> None:
    written = {
        "amount": "-1234.50",
        "rate": "11.345000",
        "percent": "12.5",
        "day": "2026-10-01",
        "moment": "2026-10-01T08:30:00Z",
        "count": 3,
        "flag": True,
        "code": "ÅF-1/2",
        "currency": "SEK",
        "clock": "24:00",
    }
    read = Everything.model_validate(written)
    assert read.amount == Decimal("-1234.50")
    assert read.moment == datetime(2026, 10, 1, 8, 30, tzinfo=UTC)
    assert read.model_dump(mode="json") == written


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Everything.model_validate({"amuont": "1"})


class _Ruled(Shape):
    number: kept_here("number_is_assigned", "The number is ours.") = None  # type: ignore[valid-type]
    weight: Annotated[int, Field(strict=True, ge=1, le=10), ruled("placement", "A weight lies between 1 and 10.")] = 5


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"number": 7}, "number_is_assigned"),
        ({"number": None}, "number_is_assigned"),
        *(({"weight": weight}, "placement") for weight in (0, 11, "5", 5.0, True, None)),
        ({"height": 3}, "unknown_field"),
    ],
)
def test_a_field_with_a_rule_is_refused_with_the_code_of_the_rule(body: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _Ruled.model_validate(body)
    assert [fault_of(found).code for found in refused.value.errors()] == [code]


def test_the_reference_shows_the_bounds_of_a_ruled_field_and_hides_what_is_kept_here() -> None:
    assert _Ruled.model_json_schema()["properties"] == {
        "weight": {"default": 5, "maximum": 10, "minimum": 1, "title": "Weight", "type": "integer"}
    }


class _Nested(Shape):
    rows: list[_Ruled] = Field(default_factory=list)
    accounts: dict[Annotated[str, Field(pattern="^[a-z]+$")], str] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("body", "pointer", "field"),
    [
        ({"rows": ["7"]}, "/rows/0", "rows"),
        ({"rows": [{}, {"weight": 99}]}, "/rows/1/weight", "weight"),
        ({"accounts": {"A b": "1200"}}, "/accounts/A b", "A b"),
        ({"accounts": {"a": 1200}}, "/accounts/a", "a"),
        ({"rows": {}}, "/rows", "rows"),
    ],
)
def test_a_fault_points_at_what_is_wrong_and_names_the_field_that_holds_it(
    body: dict[str, Any], pointer: str, field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        _Nested.model_validate(body)
    assert [(fault.pointer, fault.field) for fault in map(fault_of, refused.value.errors())] == [(pointer, field)]
