"""Answers made from stored rows: amounts in minor units become decimal strings of the row's currency."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from shared.events.fields import View
from shared.kernel.money import Money, currency


class StoredView(View):
    """A view whose `…_amount` fields come as minor units beside a `currency`."""

    @model_validator(mode="before")
    @classmethod
    def _in_major_units(cls, stored: Any) -> Any:
        if not isinstance(stored, Mapping) or not stored.get("currency"):
            return stored
        of = currency(stored["currency"])
        return {
            name: Money(value, of).decimal if name.endswith("_amount") and isinstance(value, int) else value
            for name, value in stored.items()
        }
