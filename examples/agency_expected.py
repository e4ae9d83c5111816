"""What a month of the agency comes to, worked out from its CSV files alone, with nothing of the suite's arithmetic."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from examples.files import ZERO, Totals, percent, read, rounded

BASE = "SEK"
_COMPONENTS = ("net", "net_net", "client_net", "fee", "capital_cost")
_SPLIT_COLUMN = {"plan": "plan", "order": "order_no", "product": "product", "campaign": "campaign"}
# A share moves from one client to another.
_TWO_CLIENTS = 2


@dataclass(frozen=True)
class Item:
    """One client's part of an insertion: what it costs, and all that an invoice groups it by."""

    insertion: Mapping[str, str]
    client: str
    amounts: Mapping[str, Decimal]
    shared: bool

    @property
    def price(self) -> Decimal:
        """What the client pays ex VAT (MA-INS-07)."""
        return self.amounts["client_net"] + self.amounts["fee"] + self.amounts["capital_cost"]

    def mirrored(self) -> "Item":
        """Its credit (MA-CRD-08)."""
        return Item(self.insertion, self.client, {name: -amount for name, amount in self.amounts.items()}, self.shared)


@dataclass(frozen=True)
class Invoice:
    """A client's items on one document, in one currency; `home_vat_percent` is what the agency's own services bear."""

    client: str
    currency: str
    vat_percent: str
    home_vat_percent: str
    items: Sequence[Item]

    @property
    def net(self) -> Decimal:
        """The sum of its lines (MA-GEN-03)."""
        return sum((item.price for item in self.items), ZERO)

    @property
    def vat(self) -> Decimal:
        """Once on the sum (MA-GEN-03); a client without VAT bears it on commission parts alone (MA-REG-23)."""
        if Decimal(self.vat_percent):
            return percent(self.net, self.vat_percent)
        fees = sum((item.amounts["fee"] for item in self.items), ZERO)
        passed_on = sum((item.amounts["net"] - item.amounts["client_net"] for item in self.items), ZERO)
        return percent(fees - passed_on, self.home_vat_percent)

    @property
    def total(self) -> Decimal:
        """To pay."""
        return self.net + self.vat

    @property
    def figures(self) -> list[object]:
        """As the demo looks it up."""
        return [self.currency, len(self.items), str(self.net), str(self.vat), str(self.total)]

    @property
    def postings(self) -> dict[str, Decimal]:
        """Debit less credit by role in base currency: lines at their order's rate, VAT at the document's (MA-GEN-10).

        The document's rate is that of its first line; the receivable balances the rest (MA-GEN-05).
        """
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for item in self.items:
            rate = Decimal(item.insertion["rate"])
            sales = item.price - item.amounts["fee"] - item.amounts["capital_cost"]
            sums["media_sales"] -= rounded(sales * rate)
            sums["fee_revenue"] -= rounded(item.amounts["fee"] * rate)
            sums["capital_cost_revenue"] -= rounded(item.amounts["capital_cost"] * rate)
            sums["media_cost"] += rounded(item.amounts["net_net"] * rate)
            sums["media_deduction"] -= rounded(item.amounts["net_net"] * rate)
        first = min(self.items, key=lambda item: item.insertion["order_no"])
        sums["output_vat"] -= rounded(self.vat * Decimal(first.insertion["rate"]))
        sums["accounts_receivable"] = -sum(sums.values(), ZERO)
        return dict(sums)


def figures(folder: Path) -> Totals:
    """Everything the demo compares itself with."""
    insertions = _booked(folder)
    items = [item for row in insertions for item in _items(row)]
    due = [item for item in items if not _unchecked(item.insertion)]
    (seller,) = read("legal_entities", folder)
    clients = {row["code"]: {**row, "home_vat_percent": seller["vat_percent"]} for row in read("clients", folder)}
    first = list(_invoices(due, clients))
    credits, second, reversed_ = _credited(first, clients)
    of_client: defaultdict[str, list[list[object]]] = defaultdict(list)
    for invoice in first:
        of_client[invoice.client].append(invoice.figures)
    return {
        "counts": {
            "clients": len(clients),
            "plans": len(read("plans", folder)),
            "orders": len(read("orders", folder)),
            "insertions": len(insertions),
            "shared": sum(1 for row in insertions if row["allocation"]),
            "items": len(items),
        },
        "run": _run(first) | {"left_out": {"not_ad_checked": len(items) - len(due)}},
        "clients": {code: sorted(found, key=str) for code, found in sorted(of_client.items())},
        "credits": credits,
        "second_run": _run(second) | {"figures": sorted((one.figures for one in second), key=str)},
        "ledger": _ledger(first, second, reversed_),
    }


def _booked(folder: Path) -> list[dict[str, str]]:
    """Insertions with what their order, plan, agreement, medium and currency say."""
    plans = {row["code"]: row for row in read("plans", folder)}
    agreements = {row["code"]: row for row in read("agreements", folder)}
    media = {row["code"]: row for row in read("media", folder)}
    rates = {row["currency"]: row["rate"] for row in read("exchange_rates", folder)} | {BASE: "1"}
    checked = {row["code"] for row in read("media_types", folder) if row["ad_check_required"] == "true"}
    orders = {}
    for row in read("orders", folder):
        plan, medium = plans[row["plan_code"]], media[row["media_code"]]
        terms = agreements[row["agreement_code"] or plan["agreement_code"]]
        orders[row["order_no"]] = {
            "plan": plan["code"],
            "client": plan["client_code"],
            "campaign": plan["campaign"],
            "product": plan["product"],
            "currency": medium["currency"],
            "rate": row["exchange_rate"] or rates[medium["currency"]],
            "needs_check": str(medium["media_type_code"] in checked),
            **{name: terms[name] for name in terms if name not in ("code", "name")},
        }
    return [{**row, **orders[row["order_no"]]} for row in read("insertions", folder)]


def _unchecked(row: Mapping[str, str]) -> bool:
    return row["needs_check"] == "True" and row["ad_checked"] == "false"


def _items(row: dict[str, str]) -> Iterator[Item]:
    """One for the client, or one per share: others rounded, the head client has the rest (MA-INS-15)."""
    whole = _amounts(row)
    if not row["allocation"]:
        yield Item(row, row["client"], whole, False)
        return
    (head, _), *others = (one.split() for one in row["allocation"].split(";"))
    parts = {client: {name: percent(whole[name], share) for name in _COMPONENTS} for client, share in others}
    rest = {name: whole[name] - sum((part[name] for part in parts.values()), ZERO) for name in _COMPONENTS}
    for client, amounts in {head: rest, **parts}.items():
        yield Item(row, client, amounts, True)


def _amounts(row: dict[str, str]) -> dict[str, Decimal]:
    """An insertion's amounts in its order's currency (MA-INS-01 to MA-INS-09)."""
    gross = rounded(Decimal(row["unit_price"]) * Decimal(row["quantity"]))
    net = gross - percent(gross, row["discount_percent"] or "0")
    received = sum((percent(net, one) for one in row["received_percents"].split(";")), ZERO)
    passed_on = sum((percent(net, one) for one in row["passed_on_percents"].split(";")), ZERO)
    bases = {"gross": gross, "net": net, "net_net": net - received, "client_net": net - passed_on}
    fee = percent(bases[row["fee_base"]], row["fee_percent"]) if row["fee_percent"] else ZERO
    if row["fixed_fee_amount"]:
        fee += rounded(Decimal(row["fixed_fee_amount"]) / Decimal(row["rate"]))
    cost = percent(bases[row["capital_cost_base"]], row["capital_cost_percent"]) if row["capital_cost_base"] else ZERO
    return {**{name: bases[name] for name in ("net", "net_net", "client_net")}, "fee": fee, "capital_cost": cost}


def _invoices(items: Iterable[Item], clients: Mapping[str, Mapping[str, str]]) -> Iterator[Invoice]:
    """By client, currency and the client's split level (MA-INV-20)."""
    groups: defaultdict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        split = clients[item.client]["separate_by"]
        value = item.insertion[_SPLIT_COLUMN[split]] if split != "client" else ""
        groups[item.client, item.insertion["currency"], value].append(item)
    for (client, currency, _), members in sorted(groups.items()):
        yield Invoice(client, currency, clients[client]["vat_percent"], clients[client]["home_vat_percent"], members)


def _run(invoices: Sequence[Invoice]) -> Totals:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for invoice in invoices:
        totals[invoice.currency] += invoice.total
    return {
        "invoices": len(invoices),
        "items": sum(len(invoice.items) for invoice in invoices),
        "totals": {code: str(total) for code, total in sorted(totals.items())},
    }


def _credited(
    invoices: Sequence[Invoice], clients: Mapping[str, Mapping[str, str]]
) -> tuple[Totals, list[Invoice], list[Invoice]]:
    """What is credited and how, what the second run then issues, and the invoices that are reversed.

    No client has a part in two of them, so that each gives documents of its own.
    """
    foreign = next(one for one in invoices if one.currency != BASE)
    used = {foreign.client}
    blocked = next(one for one in invoices if one.currency == BASE and one.client not in used)
    used.add(blocked.client)
    alone = _first(invoices, lambda item: not item.shared and item.client not in used and item.amounts["fee"] > 0)
    used.add(alone.client)
    moved = _first(
        invoices, lambda item: item.shared and len({item.client, item.insertion["client"]} - used) == _TWO_CLIENTS
    )
    payer = Item(moved.insertion, moved.insertion["client"], moved.amounts, True)
    second = list(_invoices([alone.mirrored(), moved.mirrored(), payer], clients))
    note = {one.client: one for one in second}
    return (
        {
            "reopened": {"client": foreign.client, "figures": foreign.figures},
            "blocked": {"client": blocked.client, "figures": blocked.figures},
            "insertion": _named(alone) | {"client": alone.client, "total": str(note[alone.client].total)},
            "share": _named(moved)
            | {
                "from": moved.client,
                "to": payer.client,
                "credit_total": str(note[moved.client].total),
                "debit_total": str(note[payer.client].total),
            },
        },
        [foreign, *second],
        [foreign, blocked],
    )


def _first(invoices: Sequence[Invoice], fits: Callable[[Item], bool]) -> Item:
    return next(item for one in invoices for item in one.items if fits(item))


def _named(item: Item) -> Totals:
    return {"order_no": item.insertion["order_no"], "insertion_no": item.insertion["insertion_no"]}


def _ledger(first: Sequence[Invoice], second: Sequence[Invoice], reversed_: Sequence[Invoice]) -> Totals:
    """Balances by role after both runs and the credit notes that reverse whole invoices."""
    sums: Counter[str] = Counter()
    for sign, invoices in ((1, first), (1, second), (-1, reversed_)):
        for invoice in invoices:
            for role, amount in invoice.postings.items():
                sums[role] += sign * amount  # type: ignore[assignment]
    return {role: str(amount) for role, amount in sorted(sums.items())}
