"""A media supplier's invoice: the amounts billed per insertion, and whether the document adds up (MA-MIN-06…11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from shared.kernel.errors import Invalid
from shared.kernel.money import Currency, percent_of, rounded_ratio


@dataclass(frozen=True, slots=True)
class Ordered:
    """The amounts an insertion was ordered at, in its own currency; `net_net` is what the medium should bill."""

    gross_amount: int
    discount_amount: int
    net_amount: int
    commission_amount: int

    @property
    def net_net_amount(self) -> int:
        """Net less received commission (MA-INS-03)."""
        return self.net_amount - self.commission_amount


@dataclass(frozen=True, slots=True)
class CodeAmount:
    """A discount or surcharge code that the medium put on its invoice, with its amount (MA-MIN-07)."""

    code: str
    kind: Literal["discount", "surcharge"]
    amount: int
    bears_commission: bool = True

    @property
    def effect(self) -> int:
        """What the code adds to the net."""
        return self.amount if self.kind == "surcharge" else -self.amount


@dataclass(frozen=True, slots=True)
class ThisInvoice:
    """What a person wrote in column This invoice; `None` means as ordered, or as follows from what was written."""

    gross_amount: int | None = None
    net_amount: int | None = None
    commission_amount: int | None = None
    net_net_amount: int | None = None
    codes: tuple[CodeAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """What the medium billed for one insertion: net - commission + other = net-net, always."""

    gross_amount: int
    net_amount: int
    commission_amount: int
    other_amount: int
    net_net_amount: int


def billed(ordered: Ordered, written: ThisInvoice) -> Billed:
    """The billed amounts of an insertion, each following from the one above it unless it was written (MA-MIN-06).

    A changed gross or net recomputes what lies below in the ordered proportions; codes change the net and, unless they
    bear no commission, the commission (MA-MIN-07); a net-net that was written leaves the rest and the gap is `other`.

    >>> billed(Ordered(1_200_000, 0, 1_200_000, 180_000), ThisInvoice(net_amount=1_215_000)).net_net_amount
    1032750
    """
    gross = ordered.gross_amount if written.gross_amount is None else written.gross_amount
    net = written.net_amount
    if net is None:
        discount = _in_proportion(ordered.discount_amount, gross, ordered.gross_amount)
        net = gross - discount if written.gross_amount is not None else ordered.net_amount
    commissionable = net + sum(code.effect for code in written.codes if code.bears_commission)
    net += sum(code.effect for code in written.codes)
    commission = written.commission_amount
    if commission is None:
        commission = _in_proportion(ordered.commission_amount, commissionable, ordered.net_amount)
    net_net = net - commission if written.net_net_amount is None else written.net_net_amount
    return Billed(gross, net, commission, net_net - (net - commission), net_net)


def rewritten(ordered: Ordered, now: Billed, changes: ThisInvoice) -> Billed:
    """The billed amounts after some of them were written anew: what stands above a change stays, what lies below
    follows from it, unless it is among the changes itself (MA-MIN-06).

    >>> rewritten(Ordered(100, 0, 100, 15), Billed(100, 90, 14, 0, 76), ThisInvoice(commission_amount=10))
    Billed(gross_amount=100, net_amount=90, commission_amount=10, other_amount=0, net_net_amount=80)
    """
    gross, net = changes.gross_amount, changes.net_amount
    commission = changes.commission_amount
    if gross is None:
        net = now.net_amount if net is None else net
        if commission is None and changes.net_amount is None:
            commission = now.commission_amount
    written = ThisInvoice(now.gross_amount if gross is None else gross, net, commission, changes.net_net_amount)
    return billed(ordered, written)


def _in_proportion(part: int, new_base: int, old_base: int) -> int:
    if old_base == 0:
        return 0
    sign = 1 if old_base > 0 else -1
    return rounded_ratio(part * new_base * sign, abs(old_base))


@dataclass(frozen=True, slots=True)
class Vat:
    """VAT of one rate as the supplier's invoice states it."""

    percent: Decimal
    base_amount: int
    vat_amount: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """The sums printed on a media invoice: ex VAT, VAT per rate, incl. VAT."""

    amount: int
    vat: tuple[Vat, ...]
    total_amount: int

    @property
    def vat_amount(self) -> int:
        """VAT of all rates."""
        return sum(rate.vat_amount for rate in self.vat)


def check_amounts(printed: Amounts, net_nets: Sequence[int], of: Currency, tolerance: int | None = None) -> int:
    """The rounding difference between the invoice and its lines, when the document adds up (MA-MIN-10, MA-MIN-11).

    `net_nets` are the billed net-net amounts of the marked insertions; `tolerance` defaults to 1.00 of the currency.
    Refuses with `nothing_marked`, `amount_mismatch` (naming both sums), `vat_mismatch`, `total_mismatch` or
    `credit_sign`.
    """
    if not net_nets:
        raise Invalid("nothing_marked", "No insertion is marked; mark what the invoice bills.")
    one = 10**of.places
    total = sum(net_nets)
    rounding = printed.amount - total
    if abs(rounding) > (one if tolerance is None else tolerance):
        raise Invalid(
            "amount_mismatch",
            f"The invoice says {_text(printed.amount, of)} ex VAT, the marked insertions add up to {_text(total, of)}.",
        )
    if printed.vat and sum(rate.base_amount for rate in printed.vat) != printed.amount:
        raise Invalid("vat_mismatch", "The amounts that bear VAT do not add up to the amount ex VAT.")
    if any(_strays(rate, one) for rate in printed.vat):
        raise Invalid("vat_mismatch", f"VAT differs by more than {_text(one, of)} from its amount times its rate.")
    if printed.total_amount != printed.amount + printed.vat_amount:
        raise Invalid("total_mismatch", "The total is not the sum of amount and VAT.")
    amounts = [printed.amount, *(rate.vat_amount for rate in printed.vat), *net_nets]
    if printed.total_amount < 0 and any(amount > 0 for amount in amounts):
        raise Invalid("credit_sign", "A credit media invoice has negative amounts throughout.")
    return rounding


def _strays(rate: Vat, tolerance: int) -> bool:
    return rate.vat_amount != 0 and abs(rate.vat_amount - percent_of(rate.base_amount, rate.percent)) > tolerance


def _text(amount: int, of: Currency) -> str:
    return f"{Decimal(amount).scaleb(-of.places):f} {of}"
