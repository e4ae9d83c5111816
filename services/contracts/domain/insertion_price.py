"""What an insertion costs the client and what the media will bill: price rows, every step rounded once (MA-INS)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Literal, get_args

from services.contracts.domain.limits import DIGITS_MAX, is_beyond
from shared.kernel.errors import Invalid
from shared.kernel.money import Currency, Money, converted, percent_of

FeeBase = Literal[
    "gross",
    "net",
    "client_net",
    "net_net",
    "gross_less_passed_on",
    "gross_less_received",
    "discount",
    "commission_base",
]
FEES_MAX = 4


@dataclass(frozen=True, slots=True)
class Discount:
    """A row that lowers the price: a percent of what remains (or of gross), or a fixed amount in minor units."""

    percent: Decimal | None = None
    amount: int = 0
    of_gross: bool = False
    bears_commission: bool = True


@dataclass(frozen=True, slots=True)
class Surcharge:
    """An amount on top, fixed or a percent, billed by the media or only to the client (MA-INS-02, MA-INS-07)."""

    percent: Decimal | None = None
    amount: int = 0
    of_gross: bool = False
    by_media: bool = True
    bears_commission: bool = True


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or capital cost: fixed in minor units, or a percent of a base (MA-INS-05, MA-INS-06)."""

    percent: Decimal | None = None
    amount: int = 0
    base: FeeBase = "net"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Everything one money line of an insertion is computed from."""

    gross: int
    discounts: tuple[Discount, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    received_percents: tuple[Decimal, ...] = ()
    passed_on_percents: tuple[Decimal, ...] = ()
    fees: tuple[Charge, ...] = ()
    capital_cost: Charge | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The amounts of an insertion in minor units; `commission` is what the media leaves to the agency."""

    gross: int = 0
    discount: int = 0
    net: int = 0
    commission: int = 0
    net_net: int = 0
    client_net: int = 0
    fee: int = 0
    capital_cost: int = 0
    surcharge: int = 0
    price: int = 0

    def __neg__(self) -> "Price":
        return Price(**{one.name: -getattr(self, one.name) for one in fields(self)})

    def __add__(self, other: "Price") -> "Price":
        return Price(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    def without(self, *, fee: bool, capital_cost: bool) -> "Price":
        """The same less its fee, its capital cost, or both, as tab Other leaves them out (MA-INS-18, MA-CRD-12)."""
        kept_fee, kept_cost = 0 if fee else self.fee, 0 if capital_cost else self.capital_cost
        price = self.client_net + kept_fee + kept_cost + self.surcharge
        return replace(self, fee=kept_fee, capital_cost=kept_cost, price=price)

    @property
    def margin_negative(self) -> bool:
        """More is passed on than received: allowed, but worth a warning (MA-INS-04)."""
        sign = -1 if self.net < 0 else 1
        return sign * (self.net - self.client_net) > sign * self.commission


def gross_amount(unit_price: Decimal, quantity: int, of: Currency, *, corrects: bool = False) -> int:
    """Unit price × quantity, rounded; negative only on credits and corrections (MA-INS-01)."""
    gross = Money.rounded(unit_price * quantity, of).minor
    if gross < 0 and not corrects:
        raise Invalid("negative_gross", "Only a credit or correction insertion has a negative gross.")
    return gross


def insertion_price(
    rows: Sequence[PriceRow], *, exclude_fee: bool = False, exclude_capital_cost: bool = False
) -> Price:
    """What the rows of an insertion come to together."""
    return reduce(add, map(row_price, rows), Price()).without(fee=exclude_fee, capital_cost=exclude_capital_cost)


def check_amounts(price: Price, of: Currency) -> None:
    """Refuse an insertion of which an amount is larger than documents could state with what comes on top."""
    if any(is_beyond(amount, of) for amount in (price.gross, price.net, price.price)):
        raise Invalid("invalid_value", f"An insertion's amounts have at most {DIGITS_MAX} digits before the point.")


def row_price(row: PriceRow) -> Price:
    """Gross, discounts, commissions, fees, capital cost and the client's price (MA-INS-02 to MA-INS-08)."""
    taken = _discounts(row.gross, row.discounts)
    remaining = row.gross - sum(taken)
    added = [_added(extra, row.gross, remaining) for extra in row.surcharges]
    by_media = sum(amount for extra, amount in zip(row.surcharges, added, strict=True) if extra.by_media)
    net = remaining + by_media
    bearing = net + _not_bearing(row.discounts, taken) - _not_bearing_by_media(row.surcharges, added)
    if sum(row.received_percents) > 100:
        raise Invalid("commission_exceeds_net", "Received commissions exceed 100 per cent.")
    commission = sum(percent_of(bearing, percent) for percent in row.received_percents)
    passed_on = sum(percent_of(net, percent) for percent in row.passed_on_percents)
    bases = {
        "gross": row.gross,
        "net": net,
        "client_net": net - passed_on,
        "net_net": net - commission,
        "gross_less_passed_on": row.gross - passed_on,
        "gross_less_received": row.gross - commission,
        "discount": sum(taken),
        "commission_base": bearing,
    }
    if len(row.fees) > FEES_MAX:
        raise Invalid("too_many_fees", "An insertion bears at most four fees.")
    whole = Price(
        gross=row.gross,
        discount=sum(taken),
        net=net,
        commission=commission,
        net_net=net - commission,
        client_net=net - passed_on,
        fee=sum(_charged(one, bases) for one in row.fees),
        capital_cost=_charged(row.capital_cost, bases) if row.capital_cost else 0,
        surcharge=sum(added) - by_media,
    )
    return whole.without(fee=False, capital_cost=False)


def fixed_amount(
    amount: int, own: Currency, base: Currency, to: Currency, rates: tuple[Decimal | Fraction, Decimal | Fraction]
) -> int:
    """A fixed amount of an agreement, first in base currency, then in the invoice's, each step rounded (MA-INS-09).

    `rates` are units of base for one of `own`, and units of `to` for one of base. An amount already in the invoice's
    currency is taken as it is.
    """
    if own == to:
        return amount
    in_base = amount if own == base else converted(amount, rates[0], own, base)
    return in_base if base == to else converted(in_base, rates[1], base, to)


def _discounts(gross: int, discounts: Sequence[Discount]) -> list[int]:
    remaining, taken = gross, []
    for row in discounts:
        amount = row.amount if row.percent is None else percent_of(gross if row.of_gross else remaining, row.percent)
        if abs(amount) > abs(remaining):
            raise Invalid("discount_exceeds_price", "A discount exceeds what remains of the price.")
        remaining -= amount
        taken.append(amount)
    return taken


def _added(extra: Surcharge, gross: int, remaining: int) -> int:
    return extra.amount if extra.percent is None else percent_of(gross if extra.of_gross else remaining, extra.percent)


def _not_bearing(discounts: Sequence[Discount], taken: Sequence[int]) -> int:
    return sum(amount for row, amount in zip(discounts, taken, strict=True) if not row.bears_commission)


def _not_bearing_by_media(surcharges: Sequence[Surcharge], added: Sequence[int]) -> int:
    pairs = zip(surcharges, added, strict=True)
    return sum(amount for extra, amount in pairs if extra.by_media and not extra.bears_commission)


def _charged(charge: Charge, bases: Mapping[str, int]) -> int:
    if charge.percent is None:
        return charge.amount
    if charge.base not in get_args(FeeBase):
        raise Invalid("unknown_fee_base", "A fee is fixed or a percent of one of the bases an agreement may name.")
    return percent_of(bases[charge.base], charge.percent)
