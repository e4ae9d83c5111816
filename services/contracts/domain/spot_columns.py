"""The columns of spot detail: those shown by default, and those on demand (CT-LOG-16)."""

from collections.abc import Sequence

from shared.kernel.errors import Fault, Invalid

STANDARD = ("station", "contract", "line", "target_date", "log_date", "invoice_date", "status", "off_air")
OPTIONAL = (
    "air_time", "cart", "copy", "invoice_time", "log_avail_type", "original_target_date", "rate",
    "ordered_avail_type", "scheduled_time",
)  # fmt: skip
COLUMNS = (*STANDARD, *OPTIONAL)


def chosen_columns(named: Sequence[str] | None) -> tuple[str, ...]:
    """The columns named, each once and in that order, or the standard ones; `Invalid("column")` for any other."""
    if not named:
        return STANDARD
    if not set(named) <= set(COLUMNS):
        raise Invalid.of([Fault("", "column", "Spot detail has no such column.", field="column")])
    return tuple(dict.fromkeys(named))
