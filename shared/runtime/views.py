"""Answers whose amounts are stored in minor units."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from shared.events.fields import View
from shared.kernel.money import Money, currency


class MinorView(View):
    """A view whose `amount` and `…_amount` fields come as minor units beside a `currency`."""

    @model_validator(mode="before")
    @classmethod
    def _in_major_units(cls, stored: Any) -> Any:
        if not isinstance(stored, Mapping) or not stored.get("currency"):
            return stored
        of = currency(stored["currency"])

        def major(name: str, value: Any) -> Any:
            if isinstance(value, list):
                return [
                    {key: major(key, one) for key, one in entry.items()} if isinstance(entry, dict) else entry
                    for entry in value
                ]
            return Money(value, of).decimal if name.endswith("amount") and isinstance(value, int) else value

        return {name: major(name, value) for name, value in stored.items()}
