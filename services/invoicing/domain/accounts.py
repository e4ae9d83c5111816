"""Account roles, and the numbers a legal entity's chart of accounts gives them (MA-GEN-07)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

ROLES = (
    "accounts_receivable", "output_vat", "media_sales", "media_cost", "media_deduction", "fee_revenue",
    "capital_cost_revenue", "invoice_fee_revenue", "client_advances", "airtime_sales", "discounts_given",
    "agency_commission", "campaign_sales", "project_sales", "job_sales", "exchange_difference", "rounding",
)  # fmt: skip
_SALES = frozenset(role for role in ROLES if role.endswith("_sales"))
_EU = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip


class Area(StrEnum):
    """Where a buyer is, seen from the seller."""

    DOMESTIC = "domestic"
    EU = "eu"
    OTHER = "other"


def area_of(seller_country: str, buyer_country: str) -> Area:
    """A buyer without a country is taken for a domestic one."""
    if buyer_country in ("", seller_country):
        return Area.DOMESTIC
    return Area.EU if buyer_country in _EU and seller_country in _EU else Area.OTHER


class OwnAccounts(NamedTuple):
    """The sales and cost account of a media type, "" where it has none of its own."""

    media_sales: str
    media_cost: str


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """Numbers by role; a media type's own by its id; endings of sales accounts by (VAT percent, area)."""

    general: Mapping[str, str] = field(default_factory=dict)
    of_media_type: Mapping[UUID, OwnAccounts] = field(default_factory=dict)
    sales_endings: Mapping[tuple[Decimal, Area], str] = field(default_factory=dict)

    def account_of(self, role: str, media_type_id: UUID | None = None, ending: str = "") -> str:
        """The account of a role, or "" when none is configured: the media type's own, else the general one.

        `ending` takes the place of a sales account's last two digits.

        >>> AccountPlan({"media_sales": "3000"}).account_of("media_sales", ending="03")
        '3003'
        """
        own = getattr(self.of_media_type.get(media_type_id), role, "") if media_type_id else ""
        number = own or self.general.get(role, "")
        return number[:-2] + ending if number and ending and role in _SALES else number
