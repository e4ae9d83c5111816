"""Insertions priced from their rows: codes, agreements and rates looked up, the sums left to the domain (MA-INS)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from services.contracts import tables
from services.contracts.application.exchange_rates import Rates, rates_until
from services.contracts.application.registers import by_code
from services.contracts.domain.insertion_price import (
    Charge,
    Discount,
    Price,
    PriceRow,
    Surcharge,
    check_amounts,
    fixed_amount,
    gross_amount,
    insertion_price,
)
from services.contracts.domain.register import check_percent_or_amount
from services.contracts.repository.rows import Record, find, table_of
from shared.kernel.errors import Fault, Invalid
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PriceBook:
    """What rows are priced from beside their own words: agreements by id, codes by code, rates."""

    agreements: Mapping[UUID, Record]
    codes: Mapping[str, Record]
    rates: Rates
    # Legal entities that convert an insertion at the rate of its day (MA-GEN-10).
    rate_of_the_day: frozenset[UUID]


async def price_book(session: AsyncSession, orders: Iterable[Record], insertions: Sequence[Values]) -> PriceBook:
    """The book for these insertions, a query for each kind; `unknown_reference` for what a row names in vain."""
    booked = list(orders)
    rows = [row for one in insertions for row in one["price_rows"]]
    wanted = {order["nearest_agreement_id"] for order in booked}
    wanted |= {UUID(str(row["agreement_id"])) for row in rows if row["agreement_id"]}
    agreement = table_of(tables.Agreement)
    agreements = {one["id"]: one for one in await find(session, tables.Agreement, agreement.c.id.in_(wanted))}
    named = {extra["code"] for row in rows for extra in (*row["discounts"], *row["surcharges"]) if extra["code"]}
    codes = await by_code(session, tables.PriceCode, sorted(named))
    if wanted - set(agreements) or named - set(codes):
        raise Invalid.of([Fault("/price_rows", "unknown_reference", "There is no such agreement or code.")])
    entities = {order["legal_entity_id"] for order in booked}
    last = max((one["insertion_on"] for one in insertions), default=date.min)
    parameter = table_of(tables.Parameter)
    stated = await find(session, tables.Parameter, parameter.c.id.in_(entities))
    return PriceBook(
        agreements,
        codes,
        await rates_until(session, entities, last),
        frozenset(one["id"] for one in stated if one["stated"].get("rate_of_insertion_date")),
    )


def priced(book: PriceBook, order: Record, values: Values, pointer: str) -> Record:
    """The columns of an insertion that its price rows give; a refusal points at the row at fault."""
    rate = _rate(book, order, values["insertion_on"])
    pricing, rows = _Pricing(book, order, values["insertion_on"], rate, set()), []
    for index, row in enumerate(values["price_rows"]):
        try:
            rows.append(pricing.row(row))
        except Invalid as refusal:
            where = f"{pointer}/price_rows/{index}"
            raise Invalid.of([Fault(where, refusal.code, refusal.message, entity="insertion")]) from None
    try:
        price = insertion_price(
            rows, exclude_fee=values["exclude_fee"], exclude_capital_cost=values["exclude_capital_cost"]
        )
        check_amounts(price, currency(order["currency"]))
    except Invalid as refusal:
        where = f"{pointer}/price_rows"
        raise Invalid.of([Fault(where, refusal.code, refusal.message, entity="insertion")]) from None
    return {"exchange_rate": rate, **amount_columns(price)}


def amount_columns(price: Price) -> Record:
    """A price as the columns of an insertion."""
    return {f"{name}_amount": amount for name, amount in asdict(price).items()}


def surcharge_statuses(book_codes: Mapping[str, Record], rows: Sequence[Values]) -> list[str]:
    """The default statuses that the surcharge codes of price rows ask for (MA-REG-11)."""
    named = (extra["code"] for row in rows for extra in row["surcharges"] if extra["code"])
    return ["do_not_invoice" for code in named if code in book_codes and book_codes[code]["do_not_invoice"]]


def _rate(book: PriceBook, order: Record, on: date) -> Decimal:
    rate: Decimal = order["exchange_rate"]
    if order["currency"] == order["base_currency"] or order["legal_entity_id"] not in book.rate_of_the_day:
        return rate
    found = book.rates.on(order["legal_entity_id"], order["currency"], on)
    if found is None:
        raise Invalid.of([Fault("/insertion_on", "rate_missing", "The insertion's day has no rate.")])
    return found


@dataclass(frozen=True, slots=True)
class _Pricing:
    """The words of one price row as the domain's values."""

    book: PriceBook
    order: Record
    on: date
    rate: Decimal
    # The agreements, each with the kind of charge, whose fixed ones an earlier row of the insertion bears.
    charged: set[tuple[str, UUID]]

    def row(self, row: Values) -> PriceRow:
        """The row's own terms; where it states none, those of the nearest agreement (MA-REG-05).

        A fixed charge of an agreement is charged once an insertion, with the first row that takes it.
        """
        agreement = self.book.agreements[UUID(str(row["agreement_id"] or self.order["nearest_agreement_id"]))]
        fees = row["fees"]
        if fees is None:
            fees = self._agreed("fees", agreement, agreement["fees"])
        capital_cost = row["capital_cost"]
        if capital_cost is None and agreement["capital_cost"]:
            capital_cost = next(iter(self._agreed("capital_cost", agreement, [agreement["capital_cost"]])), None)
        return PriceRow(
            gross=gross_amount(Decimal(row["unit_price"]), row["quantity"], currency(self.order["currency"])),
            discounts=tuple(Discount(**self._discount(extra)) for extra in row["discounts"]),
            surcharges=tuple(Surcharge(**self._surcharge(extra)) for extra in row["surcharges"]),
            received_percents=_stated(row["received_percents"], agreement["received_percents"]),
            passed_on_percents=_stated(row["passed_on_percents"], agreement["passed_on_percents"]),
            fees=tuple(self._charge(one) for one in fees),
            capital_cost=self._charge(capital_cost) if capital_cost else None,
        )

    def _agreed(self, kind: str, agreement: Record, charges: Sequence[Values]) -> list[Values]:
        """An agreement's charges of a kind for one more row."""
        first = (kind, agreement["id"]) not in self.charged
        self.charged.add((kind, agreement["id"]))
        return [one for one in charges if first or one["percent"] is not None]

    def _discount(self, extra: Values) -> Record:
        made = self._coded(extra, "discount")
        return {name: value for name, value in made.items() if name != "by_media"}

    def _surcharge(self, extra: Values) -> Record:
        return self._coded(extra, "surcharge")

    def _coded(self, extra: Values, kind: str) -> Record:
        """A discount or surcharge in its own words or its code's; a row may state another percent or amount."""
        code = self.book.codes.get(extra["code"]) if extra["code"] else None
        own = extra["percent"] is not None or extra["amount"] is not None
        if code is None or own:
            check_percent_or_amount(extra["percent"], extra["amount"], "")
        if code is None:
            return {
                "percent": _percent(extra["percent"]),
                "amount": self._minor(extra["amount"]),
                "of_gross": bool(extra["of_gross"]),
                "by_media": extra.get("by_media") is not False,
                "bears_commission": extra["bears_commission"] is not False,
            }
        if code["kind"] != kind or code["blocked"]:
            raise Invalid("code_not_usable", f"The code is blocked, or is not that of a {kind}.")
        if any(extra.get(name) is not None for name in ("of_gross", "by_media", "bears_commission")):
            raise Invalid("invalid_value", "What a code says is not said again.")
        return {
            "percent": _percent(extra["percent"] if own else code["percent"]),
            "amount": self._minor(extra["amount"]) if own else self._converted(code["fixed_amount"], code["currency"]),
            "of_gross": code["base"] == "gross",
            "by_media": code["by_media"],
            "bears_commission": code["bears_commission"],
        }

    def _charge(self, charge: Values) -> Charge:
        check_percent_or_amount(charge["percent"], charge["amount"], "")
        own = charge.get("currency") or self.order["currency"]
        amount = self._minor(charge["amount"], own)
        return Charge(_percent(charge["percent"]), self._converted(amount, own), charge["base"])

    def _minor(self, amount: Any, code: str | None = None) -> int:
        if amount is None:
            return 0
        minor = Money.parse(Decimal(amount), currency(code or self.order["currency"])).minor
        if minor < 0:
            raise Invalid("invalid_value", "The amount is not negative.")
        return minor

    def _converted(self, amount: int | None, code: str | None) -> int:
        """An amount in a currency of its own, through base currency into the order's (MA-INS-09)."""
        if not amount or not code or code == self.order["currency"]:
            return amount or 0
        base = self.order["base_currency"]
        to_base = Decimal(1) if code == base else self.book.rates.on(self.order["legal_entity_id"], code, self.on)
        if to_base is None:
            raise Invalid("rate_missing", "A fixed amount is in a currency without a rate.")
        rates = (to_base, 1 / Fraction(self.rate))
        return fixed_amount(amount, currency(code), currency(base), currency(self.order["currency"]), rates)


def _stated(own: Sequence[Any] | None, agreed: Sequence[Any]) -> tuple[Decimal, ...]:
    return tuple(Decimal(percent) for percent in (agreed if own is None else own))


def _percent(percent: Any) -> Decimal | None:
    return None if percent is None else Decimal(percent)
