"""What an insertion costs the client and what the media will bill: one price row, every step rounded once (MA-INS)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal, get_args

from shared.kernel.errors import Invalid
from shared.kernel.money import Currency, Money, converted, percent_of

FeeBase = Literal["gross", "net", "client_net", "net_net"]
FEES_MAX = 4


@dataclass(frozen=True, slots=True)
class Discount:
    """A row that lowers the price: a percent of what remains (or of gross), or a fixed amount in minor units."""

    percent: Decimal | None = None
    amount: int = 0
    of_gross: bool = False


@dataclass(frozen=True, slots=True)
class Surcharge:
    """A fixed amount on top, billed by the media, or only to the client (MA-INS-02, MA-INS-07)."""

    amount: int
    by_media: bool = True
    bears_commission: bool = True


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or capital cost: fixed in minor units, or a percent of a base (MA-INS-05, MA-INS-06)."""

    percent: Decimal | None = None
    amount: int = 0
    base: FeeBase = "net"


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything a price row is computed from."""

    gross: int
    discounts: tuple[Discount, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    received_percents: tuple[Decimal, ...] = ()
    passed_on_percents: tuple[Decimal, ...] = ()
    fees: tuple[Charge, ...] = ()
    capital_cost: Charge | None = None
    exclude_fee: bool = False
    exclude_capital_cost: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """The frozen amounts of an insertion in minor units; `commission` is what the media leaves to the agency."""

    gross: int
    discount: int
    net: int
    commission: int
    net_net: int
    client_net: int
    fee: int
    capital_cost: int
    surcharge: int
    price: int

    def __neg__(self) -> "Price":
        return Price(**{one.name: -getattr(self, one.name) for one in fields(self)})

    @property
    def margin_negative(self) -> bool:
        """More is passed on than received: allowed, but worth a warning (MA-INS-04)."""
        return self.net - self.client_net > self.commission


def gross_amount(unit_price: Decimal, quantity: int, of: Currency, *, corrects: bool = False) -> int:
    """Unit price × quantity, rounded; negative only on credits and corrections (MA-INS-01)."""
    gross = Money.rounded(unit_price * quantity, of).minor
    if gross < 0 and not corrects:
        raise Invalid("negative_gross", "Only a credit or correction insertion has a negative gross.")
    return gross


def price_row(terms: Terms) -> Price:
    """Gross, discounts, commissions, fee, capital cost and the client's price (MA-INS-02 to MA-INS-08)."""
    discount = _discounted(terms.gross, terms.discounts)
    net = terms.gross - discount + sum(extra.amount for extra in terms.surcharges if extra.by_media)
    bearing = net - sum(extra.amount for extra in terms.surcharges if extra.by_media and not extra.bears_commission)
    if sum(terms.received_percents) > 100:
        raise Invalid("commission_exceeds_net", "Received commissions exceed 100 per cent.")
    commission = sum(percent_of(bearing, percent) for percent in terms.received_percents)
    net_net = net - commission
    client_net = net - sum(percent_of(net, percent) for percent in terms.passed_on_percents)
    bases = {"gross": terms.gross, "net": net, "client_net": client_net, "net_net": net_net}
    if len(terms.fees) > FEES_MAX:
        raise Invalid("too_many_fees", "An insertion bears at most four fees.")
    fee = 0 if terms.exclude_fee else sum(_charged(one, bases) for one in terms.fees)
    capital_cost = 0
    if terms.capital_cost is not None and not terms.exclude_capital_cost:
        capital_cost = _charged(terms.capital_cost, bases)
    surcharge = sum(extra.amount for extra in terms.surcharges if not extra.by_media)
    return Price(
        gross=terms.gross,
        discount=discount,
        net=net,
        commission=commission,
        net_net=net_net,
        client_net=client_net,
        fee=fee,
        capital_cost=capital_cost,
        surcharge=surcharge,
        price=client_net + fee + capital_cost + surcharge,
    )


def fixed_amount(amount: int, own: Currency, base: Currency, to: Currency, rates: tuple[Decimal, Decimal]) -> int:
    """A fixed amount of an agreement, first in base currency, then in the invoice's, each step rounded (MA-INS-09).

    `rates` are units of base for one of `own`, and units of `to` for one of base.
    """
    in_base = amount if own == base else converted(amount, rates[0], own, base)
    return in_base if base == to else converted(in_base, rates[1], base, to)


def _discounted(gross: int, discounts: Sequence[Discount]) -> int:
    remaining = gross
    for row in discounts:
        taken = row.amount if row.percent is None else percent_of(gross if row.of_gross else remaining, row.percent)
        if abs(taken) > abs(remaining):
            raise Invalid("discount_exceeds_price", "A discount exceeds what remains of the price.")
        remaining -= taken
    return gross - remaining


def _charged(charge: Charge, bases: dict[str, int]) -> int:
    if charge.percent is None:
        return charge.amount
    if charge.base not in get_args(FeeBase):
        raise Invalid("unknown_fee_base", "A fee is fixed or a percent of gross, net, client_net or net_net.")
    return percent_of(bases[charge.base], charge.percent)
