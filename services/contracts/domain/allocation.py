"""One insertion split between several clients by percentages (MA-INS-15)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from uuid import UUID

from services.contracts.domain.insertion_price import Price
from shared.kernel.errors import Invalid
from shared.kernel.money import split_remainder_to

_PERCENT_UNITS = 10_000


@dataclass(frozen=True, slots=True)
class Share:
    """One client's part; the first share of an allocation is the head client's."""

    client_id: UUID
    percent: Decimal


def check_allocation(shares: Sequence[Share]) -> None:
    """`Invalid("allocation_not_100")` or `Invalid("duplicate_client")`."""
    if sum(share.percent for share in shares) != 100 or any(share.percent <= 0 for share in shares):
        raise Invalid("allocation_not_100", "The shares add up to 100 per cent, each above zero.")
    if len(shares) < 2 or len({share.client_id for share in shares}) != len(shares):
        raise Invalid("duplicate_client", "An allocation has at least two different clients.")


def allocate(amount: int, shares: Sequence[Share]) -> list[int]:
    """An amount in minor units by shares, each rounded, the remainder to the head client (EX-05)."""
    return split_remainder_to(amount, [int(share.percent * _PERCENT_UNITS) for share in shares], named=0)


def allocate_price(price: Price, shares: Sequence[Share]) -> list[Price]:
    """Every money component split by the same percentages (MA-INS-15).

    What a client pays, and what the media leaves of its share, follow from the parts: a share adds up like a whole
    insertion (MA-INS-03, MA-INS-07), and so do the shares together.
    """
    columns = {one.name: allocate(getattr(price, one.name), shares) for one in fields(price)}
    split = (Price(**{name: parts[index] for name, parts in columns.items()}) for index in range(len(shares)))
    return [replace(part, commission=part.net - part.net_net).without(fee=False, capital_cost=False) for part in split]
