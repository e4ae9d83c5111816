"""The totals of the month end, worked out from the CSV files alone, with nothing of the suite's own arithmetic."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

from examples.expected_lunch import lunch_hour
from examples.expected_radio import contracts, issued, unit_days
from examples.files import ZERO, Totals, percent, read, rounded, text


def totals() -> Totals:
    """Everything a reader of the demo can hold against it."""
    insertions = [_priced(row) for row in _insertions()]
    radio = contracts()
    return {
        "counts": _counts(insertions),
        "contracts": radio,
        "lunch_hour": lunch_hour(),
        "orders": _orders(insertions),
        "client_invoices": _client_invoices(insertions, radio),
        "media_invoices": _media_invoices(),
        "discrepancies": _discrepancies(insertions),
        "campaigns": _campaigns(),
    }


def _counts(insertions: list[dict[str, str]]) -> Totals:
    spots = sum(len(unit_days(line)) for line in read("contract_lines"))
    return {
        "legal_entities": len(read("legal_entities")),
        "clients": len(read("clients")),
        "stations": len(read("stations")),
        "suppliers": len(read("suppliers")),
        "media": len(read("media")),
        "contracts": len(read("contracts")),
        "orders": len(read("orders")),
        "spots": spots,
        "insertions": len(insertions),
        "media_invoices": len({row["invoice_no"] for row in read("media_invoices")}),
        "as_run_lines": len(read("as_run")),
        "makegoods": len(read("makegoods")),
    }


def _insertions() -> list[dict[str, str]]:
    """Insertions with what their order, plan, client and agreement say."""
    agreements = {row["code"]: row for row in read("agreements")}
    clients = {row["code"]: row for row in read("clients")}
    plans = {row["code"]: row for row in read("plans")}
    orders = {row["order_no"]: row for row in read("orders")}
    rows = []
    for row in read("insertions"):
        plan = plans[orders[row["order_no"]]["plan_code"]]
        agreement = agreements[plan["agreement_code"]]
        rows.append(
            {
                **row,
                "plan": plan["code"],
                "client": plan["client_code"],
                "vat_percent": clients[plan["client_code"]]["vat_percent"],
                "fee_percent": agreement["fee_percent"] or "0",
                "fee_base": agreement["fee_base"] or "net",
                "capital_cost_percent": agreement["capital_cost_percent"] or "0",
                "capital_cost_base": agreement["capital_cost_base"] or "client_net",
            }
        )
    return rows


def _priced(row: dict[str, str]) -> dict[str, str]:
    """An insertion with its amounts (MA-INS-01…07)."""
    gross = rounded(Decimal(row["unit_price"]) * Decimal(row["quantity"]))
    net = gross - percent(gross, row["discount_percent"])
    bases = {
        "gross": gross,
        "net": net,
        "net_net": net - percent(net, row["received_commission_percent"]),
        "client_net": net - percent(net, row["passed_on_commission_percent"]),
    }
    fee = percent(bases[row["fee_base"]], row["fee_percent"])
    capital_cost = percent(bases[row["capital_cost_base"]], row["capital_cost_percent"])
    amounts = bases | {"fee": fee, "capital_cost": capital_cost, "price": bases["client_net"] + fee + capital_cost}
    return row | {name: str(amount) for name, amount in amounts.items()}


def _sum(rows: list[dict[str, str]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), ZERO)


def _orders(insertions: list[dict[str, str]]) -> dict[str, Totals]:
    by_order: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in insertions:
        by_order[row["order_no"]].append(row)
    columns = ["gross", "net", "net_net", "client_net", "fee", "capital_cost", "price"]
    return {
        order_no: {
            "client": rows[0]["client"],
            "insertions": len(rows),
            **text({name: _sum(rows, name) for name in columns}),
        }
        for order_no, rows in by_order.items()
    }


def _client_invoices(insertions: list[dict[str, str]], contracts: dict[str, Totals]) -> dict[str, Totals]:
    """Per client the invoices of October: one per plan (MA-REG-02), and those of its radio contracts (CT-CYC)."""
    by_plan: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in insertions:
        by_plan[row["plan"]].append(row)
    result: defaultdict[str, dict[str, Totals]] = defaultdict(dict)
    for plan, rows in by_plan.items():
        price = _sum(rows, "price")
        vat = percent(price, rows[0]["vat_percent"])
        result[rows[0]["client"]][plan] = text({"ex_vat": price, "vat": vat, "total": price + vat})
    for external_id, contract in contracts.items():
        for invoice in issued(contract):
            name = f"{external_id} {invoice['variant']} {invoice['period_from']}"
            result[str(contract["client"])][name] = {
                "ex_vat": invoice["net"],
                "vat": invoice["tax"],
                "total": invoice["total"],
            }
    return {
        client: {
            "invoices": invoices,
            "total": f"{sum((Decimal(str(invoice['total'])) for invoice in invoices.values()), ZERO):.2f}",
        }
        for client, invoices in sorted(result.items())
    }


def _media_invoices() -> dict[str, Totals]:
    """Per invoice its sums; one bills an order nobody knows and is refused."""
    known = {row["order_no"] for row in read("orders")}
    by_no: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in read("media_invoices"):
        by_no[row["invoice_no"]].append(row)
    return {
        invoice_no: {
            "state": "saved" if all(row["order_no"] in known for row in rows) else "refused",
            "lines": len(rows),
            "amount": rows[0]["amount"],
            "vat": rows[0]["vat_amount"],
            "total": rows[0]["total_amount"],
            "rounding": f"{Decimal(rows[0]['amount']) - _sum(rows, 'net_net'):.2f}",
        }
        for invoice_no, rows in by_no.items()
    }


def _discrepancies(insertions: list[dict[str, str]]) -> Totals:
    """The insertions where what the client paid and what saved media invoices billed differ (MA-REC-01).

    A line and an insertion that agree in order, date and amount cancel out; what is left on either side belongs
    together by order and, where the medium's date is off, by amount.
    """
    states = _media_invoices()
    lines = [row for row in read("media_invoices") if states[row["invoice_no"]]["state"] == "saved"]
    agreed = Counter((row["order_no"], row["insertion_on"], Decimal(row["net_net"])) for row in lines)
    left = []
    for row in insertions:
        key = row["order_no"], row["insertion_on"], Decimal(row["net_net"])
        if agreed[key]:
            agreed[key] -= 1
        else:
            left.append(row)
    rows = []
    for row in left:
        same = [key for key in +agreed if key[0] == row["order_no"] and _belongs(key, row)]
        for key in same:
            agreed[key] -= 1
        billed = sum((key[2] for key in same), ZERO)
        if Decimal(row["net_net"]) != billed:
            rows.append(_discrepancy(row, Decimal(row["net_net"]), billed))
    for order_no, insertion_on, amount in +agreed:
        again = next(
            row
            for row in insertions
            if (row["order_no"], row["insertion_on"], Decimal(row["net_net"])) == (order_no, insertion_on, amount)
        )
        rows.append(_discrepancy(again, amount, 2 * amount))
    currency = {row["code"]: row["currency"] for row in read("clients")}
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in rows:
        sums[currency[str(one["client"])]] += Decimal(str(one["discrepancy_net_net"]))
    return {"rows": rows, "total_net_net": text(dict(sums))}


def _belongs(key: tuple[str, str, Decimal], row: dict[str, str]) -> bool:
    return key[1] == row["insertion_on"] or key[2] == Decimal(row["net_net"])


def _discrepancy(row: dict[str, str], client: Decimal, media: Decimal) -> Totals:
    return {
        "order_no": row["order_no"],
        "insertion_no": row["insertion_no"],
        "insertion_on": row["insertion_on"],
        "client": row["client"],
        **text({"client_net_net": client, "media_net_net": media, "discrepancy_net_net": client - media}),
    }


def _campaigns() -> dict[str, Totals]:
    """Per campaign its monthly drafts: amounts spread by days or by months, rounded cumulatively (PI-DST-11)."""
    result: dict[str, Totals] = {}
    for campaign in read("campaigns"):
        drafts: defaultdict[str, Decimal] = defaultdict(Decimal)
        items = [row for row in read("campaign_items") if row["campaign_external_id"] == campaign["external_id"]]
        for item in items:
            first, last = date.fromisoformat(item["start_on"]), date.fromisoformat(item["end_on"])
            days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
            months = Counter(day.isoformat()[:7] for day in days)
            weights = {month: 1 if item["distribution_period"] == "even" else count for month, count in months.items()}
            before, running = ZERO, 0
            for month, weight in weights.items():
                running += weight
                so_far = rounded(Decimal(item["amount"]) * running / sum(weights.values()))
                drafts[month] += so_far - before
                before = so_far
        result[campaign["external_id"]] = {
            "client": campaign["client_code"],
            "drafts": {
                month: text({"net": net, "vat": percent(net, "19"), "total": net + percent(net, "19")})
                for month, net in sorted(drafts.items())
            },
        }
    return result
