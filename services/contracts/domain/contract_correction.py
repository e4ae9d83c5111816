"""What a correction may change of an approved contract, and how each change reads (CT-LIF-17, CT-LIF-20)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.kernel.errors import NotAllowedNow

# The type is here for None alone, which takes the billing cycle with it (CT-ITY-11).
CORRECTABLE_HEADER = frozenset(
    {
        "agency_id", "salesperson_id", "estimate_no", "agency_estimate_code", "agency_advertiser_code",
        "agency_product_code", "po_no", "pre_pay", "product", "discount_percent", "agency_commission_percent",
        "sales_commission_percent", "tax_id", "revenue_source_id", "revenue_type_id", "primary_conflict_id",
        "billing_cycle", "invoice_type", "affidavit", "comment",
    }
)  # fmt: skip
CORRECTABLE_LINE = frozenset({"rate_amount", "comment", "income_account"})


@dataclass(frozen=True, slots=True)
class Corrected:
    """A field as it read before and after; `line_no` for a field of a line."""

    field: str
    line_no: int | None
    old: str
    new: str


def check_correctable(header: Collection[str], line: Collection[str]) -> None:
    """`NotAllowedNow("not_correctable")` for what a correction cannot change: cancel and order again (CT-LIF-17)."""
    if not set(header) <= CORRECTABLE_HEADER or not set(line) <= CORRECTABLE_LINE:
        raise NotAllowedNow(
            "not_correctable", "A correction does not change this: cancel and order again, or change it directly."
        )


def corrected(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str], line_no: int | None = None
) -> list[Corrected]:
    """The fields among `names` that differ, in the order of their names.

    >>> corrected({"po_no": "1", "product": "A"}, {"po_no": "2", "product": "A"}, ["po_no", "product"])
    [Corrected(field='po_no', line_no=None, old='1', new='2')]
    """
    return [
        Corrected(name, line_no, _text(before[name]), _text(after[name]))
        for name in sorted(names)
        if before[name] != after[name]
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
