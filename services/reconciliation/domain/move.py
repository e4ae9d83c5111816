"""Moving a wrongly registered media invoice line, or part of it, to another insertion (MA-REC-19)."""

from dataclasses import dataclass

from shared.kernel.errors import Invalid
from shared.kernel.money import rounded_ratio


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """What a media invoice line stands at, in invoice currency."""

    net_amount: int
    commission_amount: int
    net_net_amount: int


def split_line(line: LineAmounts, net_net_amount: int | None, movable: int) -> tuple[LineAmounts, LineAmounts]:
    """The part of a line that moves and the part that stays.

    Net and commission move in proportion to the net-net, rounded; the rest stays, so the parts always add up. Without
    an amount the whole line moves. `movable` is the part that was not written off (MA-REC-21). Refuses an amount of
    zero or below, or above what may move, with `exceeds_line`.

    >>> split_line(LineAmounts(941_176, 141_176, 800_000), 250_000, 800_000)[0]
    LineAmounts(net_amount=294118, commission_amount=44118, net_net_amount=250000)
    """
    if net_net_amount is None:
        if movable != line.net_net_amount:
            raise Invalid("exceeds_line", "Part of the line was written off; name the amount to move.")
        return line, LineAmounts(0, 0, 0)
    if not 0 < net_net_amount <= min(movable, line.net_net_amount):
        raise Invalid("exceeds_line", "The amount to move is not above zero, or more than may be moved.")
    moved = LineAmounts(
        rounded_ratio(line.net_amount * net_net_amount, line.net_net_amount),
        rounded_ratio(line.commission_amount * net_net_amount, line.net_net_amount),
        net_net_amount,
    )
    return moved, LineAmounts(
        line.net_amount - moved.net_amount,
        line.commission_amount - moved.commission_amount,
        line.net_net_amount - moved.net_net_amount,
    )
