"""Plain values for the tables: each builder takes only what the case is about."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.invoicing.domain.billing import ClientBill, RunTerms, bill_client
from services.invoicing.domain.criteria import Switches
from services.invoicing.domain.grouping import ClientTerms
from services.invoicing.domain.item import Item
from shared.kernel.ids import derived_id, new_id

RUN_DAY = date(2026, 10, 31)


def minor(text: str) -> int:
    """An amount of a currency with two places, as the catalogues write it."""
    return int(Decimal(text.replace(" ", "")) * 100)


def named(name: str) -> UUID:
    """The same id for the same name."""
    return derived_id("test", name)


def client(code: str = "ALFA", **changes: Any) -> ClientTerms:
    """A client at 25 % VAT whose invoices split by plan."""
    terms = ClientTerms(
        id=named(code),
        legal_entity_id=named("NORD"),
        separate_by="plan",
        reference_required=False,
        minimum_amount=0,
        vat_percent=Decimal(25),
        payment_days=30,
        from_month_end=False,
    )
    return terms._replace(**changes)


def item(price: str = "100.00", **changes: Any) -> Item:
    """A definitive insertion whose price is all client net."""
    amount = minor(price)
    built = Item(
        id=new_id(),
        version=1,
        revision=1,
        origin_id=new_id(),
        client_id=named("ALFA"),
        plan_id=named("plan 1"),
        order_id=named("order 1"),
        order_no="1",
        campaign="",
        product="",
        agreement_id=named("agreement"),
        media_id=named("DAGBLADET"),
        dated_on=date(2026, 10, 12),
        status="definitive",
        ad_check_missing=False,
        correction_kind="none",
        credit=False,
        reference="",
        not_before_on=None,
        currency="EUR",
        exchange_rate=Decimal(1),
        net_amount=amount,
        net_net_amount=amount,
        client_net_amount=amount,
        fee_amount=0,
        capital_cost_amount=0,
        price_amount=amount,
    )
    return built._replace(**changes)


def bill(items: list[Item], terms: ClientTerms | None = None, **switches: Any) -> ClientBill:
    """One client's items through the whole road."""
    return bill_client(items, terms or client(), RunTerms(Switches(**switches), RUN_DAY))


def payable(done: ClientBill) -> list[str]:
    """What each invoice comes to, VAT included."""
    return [f"{Decimal(invoice.totals.total_amount).scaleb(-2)}" for invoice in done.invoices]


def reasons(done: ClientBill) -> list[str]:
    """Why each item left out was left out."""
    return [reason.value for _, reason in done.left_out]
