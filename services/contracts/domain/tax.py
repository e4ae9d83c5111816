"""A tax and its parts: what a percentage may be, and that parts add up to it (CT-TAX-02, CT-TAX-04)."""

from collections.abc import Sequence
from decimal import Decimal

from shared.kernel.errors import Fault

_PLACES = 4


def is_tax_rate(percent: Decimal) -> bool:
    """Between 0 and 100, with up to four decimals."""
    return 0 <= percent <= 100 and percent == round(percent, _PLACES)


def tax_faults(percent: Decimal, parts: Sequence[Decimal]) -> list[Fault]:
    """`tax_rate` of a percentage out of range, also a part's, `tax_parts` of parts that do not add up."""
    rates = {"/percent": percent} | {f"/parts/{index}/percent": part for index, part in enumerate(parts)}
    message = "A tax and each of its parts is 0 to 100 per cent, with up to four decimals."
    faults = [Fault(pointer, "tax_rate", message) for pointer, rate in rates.items() if not is_tax_rate(rate)]
    if parts and sum(parts) != percent:
        faults.append(Fault("/parts", "tax_parts", "The parts of a tax add up to its percentage."))
    return faults
