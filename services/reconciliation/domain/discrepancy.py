"""What a client paid for an insertion less what the medium billed for it, and the code that classes the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Balance:
    """An insertion's amounts in base currency: client side, media side, and what was written off (signed alike)."""

    client_net_amount: int = 0
    client_net_net_amount: int = 0
    media_net_amount: int = 0
    media_net_net_amount: int = 0
    written_off_amount: int = 0

    @property
    def client_invoiced(self) -> bool:
        """Whether the clients have paid for anything that was not credited again."""
        return self.client_net_amount != 0 or self.client_net_net_amount != 0

    @property
    def media_invoiced(self) -> bool:
        """Whether the media has billed anything that was not taken back."""
        return self.media_net_amount != 0 or self.media_net_net_amount != 0

    @property
    def discrepancy_net_amount(self) -> int:
        """Client side less media side at net; write-offs do not touch it (MA-REC-01)."""
        return self.client_net_amount - self.media_net_amount

    @property
    def discrepancy_net_net_amount(self) -> int:
        """Client side less media side less what was written off: above 0 the client paid for more than was billed."""
        return self.client_net_net_amount - self.media_net_net_amount - self.written_off_amount


@dataclass(frozen=True, slots=True)
class Interval:
    """An inclusive interval of absolute amounts in minor units; 0-0 accepts nothing (MA-REG-19)."""

    low: int = 0
    high: int = 0

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise Invalid("bad_interval", "The lower bound of an interval lies above the upper bound.")

    @property
    def closed(self) -> bool:
        """Whether the interval is the 0-0 that accepts no amount of its sign."""
        return self.low == self.high == 0

    def __contains__(self, amount: int) -> bool:
        return not self.closed and self.low <= abs(amount) <= self.high


class Sides(StrEnum):
    """Which side must have been invoiced for a code to fit."""

    ANY = "any"
    CLIENT_ONLY = "client_only"
    MEDIA_ONLY = "media_only"


@dataclass(frozen=True, slots=True)
class ReconciliationCode:
    """A class of discrepancies: its number, its name, an interval per sign and which sides it wants."""

    number: int
    name: str
    negative: Interval = Interval()
    positive: Interval = Interval()
    sides: Sides = Sides.ANY

    def fits(self, balance: Balance) -> bool:
        """Whether the net-net discrepancy lies in the interval of its sign; only an all-closed code takes exactly 0."""
        if self.sides is Sides.CLIENT_ONLY and not (balance.client_invoiced and not balance.media_invoiced):
            return False
        if self.sides is Sides.MEDIA_ONLY and not (balance.media_invoiced and not balance.client_invoiced):
            return False
        amount = balance.discrepancy_net_net_amount
        if amount == 0:
            return self.negative.closed and self.positive.closed
        return amount in (self.positive if amount > 0 else self.negative)


def usual_codes(unit: int) -> tuple[ReconciliationCode, ...]:
    """The usual codes in evaluation order (MA-REC-09); `unit` is one unit of base currency in minor units."""
    most = 999_999_999 * unit
    return (
        ReconciliationCode(1, "none"),
        ReconciliationCode(2, "small, allowed", Interval(0, 100 * unit), Interval(0, 100 * unit)),
        ReconciliationCode(3, "only client invoiced", Interval(1, most), Interval(1, most), Sides.CLIENT_ONLY),
        ReconciliationCode(4, "only media invoice", Interval(1, most), Interval(1, most), Sides.MEDIA_ONLY),
        ReconciliationCode(5, "positive", positive=Interval(101 * unit, most)),
    )


def reconciliation_code(balance: Balance, codes: Sequence[ReconciliationCode]) -> int | None:
    """The number of the first code that fits, or None: a blank code (MA-REC-09)."""
    return next((code.number for code in codes if code.fits(balance)), None)
