"""Lists written from rows read exactly as the models they are documented by."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest

from shared.events.fields import Amount, ClockTime, CurrencyCode, Day, Moment, Percent, View
from shared.runtime.views import MinorView, row_encoder

ID = UUID("01900000-0000-7000-8000-000000000000")


class Everything(MinorView):
    """A row of every type of field."""

    id: UUID
    currency: CurrencyCode
    net_amount: Amount
    paid_amount: Amount | None
    percent: Percent | None
    starts_at: ClockTime | None
    on: Day | None
    at: Moment | None
    tags: list[str]


class Priced(MinorView):
    """Amounts whose currency is not answered with them."""

    amount: Amount


FULL: dict[str, Any] = {
    "id": ID, "currency": "EUR", "net_amount": -5, "paid_amount": 120_050, "percent": Decimal("12.5"),
    "starts_at": 1440, "on": date(2026, 10, 31), "at": datetime(2026, 10, 31, 8, 30, tzinfo=UTC), "tags": ["a", 'b"'],
}  # fmt: skip
EMPTY = FULL | {"currency": "JPY", "paid_amount": None, "percent": None, "starts_at": None, "on": None, "at": None}


@pytest.mark.parametrize("row", [FULL, EMPTY, FULL | {"currency": "KWD"}], ids=["full", "empty", "three places"])
def test_a_row_is_written_as_its_model_is(row: dict[str, Any]) -> None:
    encoder = row_encoder(Everything)
    assert encoder is not None
    written = orjson.loads(encoder.encode([[row[name] for name in encoder.columns]]))
    assert written == [Everything.model_validate(row).model_dump(mode="json")]


def test_the_currency_is_read_where_only_the_amounts_are_shown() -> None:
    encoder = row_encoder(Priced)
    assert encoder is not None
    assert encoder.columns == ("amount", "currency")
    assert encoder.encode([(1205, "EUR"), (1205, "JPY")]) == b'[{"amount":"12.05"},{"amount":"1205"}]'


def test_a_shape_that_holds_models_is_left_to_them() -> None:
    class Whole(View):
        parts: list[Priced]

    assert row_encoder(Whole) is None
