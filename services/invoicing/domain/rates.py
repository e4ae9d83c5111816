"""Exchange rates of a run's day: is one recent enough, and what is an invoice worth in its client's own currency."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from services.invoicing.domain.grouping import ClientTerms
from services.invoicing.domain.item import Item
from shared.kernel.errors import Invalid
from shared.kernel.money import converted, currency


class Rates(NamedTuple):
    """By legal entity and currency, the newest rate up to a day and the day that it is of.

    `days_max` says by legal entity how old a rate may be that is invoiced with.
    """

    held: Mapping[tuple[UUID, str], tuple[date, Decimal]] = {}
    days_max: Mapping[UUID, int] = {}


NO_RATES = Rates()


def check_recent(rates: Rates, client: ClientTerms, codes: Iterable[str], on: date) -> None:
    """`rate_missing` where a currency has no rate of the last days that the parameter names (MA-GEN-10)."""
    limit = rates.days_max.get(client.legal_entity_id)
    if limit is None:
        return
    for code in sorted(set(codes) - {client.base_currency}):
        held = rates.held.get((client.legal_entity_id, code))
        if held is None or (on - held[0]).days > limit:
            raise Invalid("rate_missing", f"The newest rate of {code} is older than the parameters allow.")


def in_clients_currency(net_amount: int, code: str, items: Iterable[Item], client: ClientTerms, rates: Rates) -> int:
    """What an invoice comes to in its client's currency, which the minimum is stated in (MA-REG-03, MA-INV-21).

    At the rates of its orders to base currency, and from there at the day's rate; `rate_missing` where there is none.
    """
    if client.currency in ("", code):
        return net_amount
    of, base, own = currency(code), currency(client.base_currency), currency(client.currency)
    worth = (
        sum(converted(item.price_amount, item.exchange_rate, of, base) for item in items) if of != base else net_amount
    )
    if own == base:
        return worth
    held = rates.held.get((client.legal_entity_id, own.code))
    if held is None:
        raise Invalid("rate_missing", f"The client's minimum is in {own.code}, which has no rate.")
    return converted(worth, 1 / Fraction(held[1]), base, own)
