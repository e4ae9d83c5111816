"""What no saved register record may hold: each function takes the record's values and refuses (MA-REG, MA-SET-03)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from shared.kernel.errors import Fault, Invalid
from shared.kernel.money import Money, currency

Values = Mapping[str, Any]


def check_client(client: Values) -> None:
    """`negative_minimum` (MA-REG-03); a client has a VAT rate of its own or its VAT code's (MA-REG-02)."""
    if client["minimum_amount"] < 0:
        raise _refused("minimum_amount", "negative_minimum", "A minimum amount is not negative.")
    if client["vat_percent"] is None:
        raise _refused("vat_percent", "invalid_value", "The VAT rate is stated, or comes from a VAT code.")
    for name in ("credit_limit_amount", "credit_used_amount"):
        if (client[name] or 0) < 0:
            raise _refused(name, "invalid_value", "The amount is not negative.")


def check_copy(copy: Values) -> None:
    """`date_order` when the copy would end before it begins (CT-ROT-08)."""
    if copy["start_on"] and copy["end_on"] and copy["end_on"] < copy["start_on"]:
        raise _refused("end_on", "date_order", "The end date lies before the start date.")


def past_credit_limit(client: Values) -> bool:
    """Whether the sales ledger counts more credit as used than the client has (MA-REG-06)."""
    limit = client["credit_limit_amount"]
    return limit is not None and client["credit_used_amount"] > limit


def check_price_code(code: Values) -> None:
    """A discount or surcharge is a percent or an amount in a currency, never both (MA-REG-20)."""
    check_percent_or_amount(code["percent"], code["fixed_amount"], "")
    if (code["fixed_amount"] is None) != (code["currency"] is None):
        raise _refused("currency", "invalid_value", "An amount has a currency, a percent has none.")
    if (code["fixed_amount"] or 0) < 0:
        raise _refused("fixed_amount", "invalid_value", "The amount is not negative.")


def check_reconciliation_code(code: Values) -> None:
    """`bad_interval` when a lower bound lies above its upper one (MA-REG-19)."""
    for sign in ("negative", "positive"):
        low, high = code[f"{sign}_from"], code[f"{sign}_to"]
        if low > high or low < 0:
            raise _refused(f"{sign}_from", "bad_interval", "An interval goes from a lower to an upper absolute amount.")


def check_agreement(agreement: Values) -> None:
    """Fees and capital cost are sound, and what the advertising agency gets of them is earned (MA-INS-05, MA-SET-03).

    `commission_exceeds_net`, `share_exceeds_earned`, `points_on_fixed`. Rates that the agreement leaves to the price
    rows are not known here: their points are checked when they are settled.
    """
    capital_cost = agreement["capital_cost"]
    charges = [*agreement["fees"], *([capital_cost] if capital_cost else [])]
    for charge in charges:
        check_percent_or_amount(charge["percent"], charge["amount"], "")
        if (charge["amount"] is None) != (charge["currency"] is None):
            raise _refused("fees", "invalid_value", "A fixed amount has a currency, a percent has none.")
        if charge["amount"] is not None:
            of = currency(charge["currency"])
            if Money.parse(charge["amount"], of, f"/{_where(charge, agreement)}/amount").minor < 0:
                raise _refused("fees", "invalid_value", "A fixed amount is not negative.")
    received = _sum(agreement["received_percents"])
    if received > 100:
        raise _refused("received_percents", "commission_exceeds_net", "Received commissions exceed 100 per cent.")
    kept = received - _sum(agreement["passed_on_percents"]) if agreement["received_percents"] else None
    _check_share("commission_share", agreement["commission_share"], kept)
    _check_charge_share("fee_share", agreement["fee_share"], agreement["fees"])
    _check_charge_share("capital_cost_share", agreement["capital_cost_share"], [capital_cost] if capital_cost else [])


def _where(charge: Values, agreement: Values) -> str:
    return "capital_cost" if charge is agreement["capital_cost"] else f"fees/{agreement['fees'].index(charge)}"


def check_percent_or_amount(percent: Any, amount: Any, pointer: str) -> None:
    """Exactly one of the two is given."""
    if (percent is None) == (amount is None):
        raise Invalid.of([Fault(pointer, "invalid_value", "Give a percent or an amount, one of the two.")])


def _check_charge_share(name: str, share: Values | None, charges: Sequence[Values]) -> None:
    if share and share["form"] == "points" and any(charge["percent"] is None for charge in charges):
        raise _refused(name, "points_on_fixed", "Of a fixed charge a part is shared, not points.")
    _check_share(name, share, _sum(charge["percent"] for charge in charges) if charges else None)


def _check_share(name: str, share: Values | None, earned: Decimal | None) -> None:
    if share and share["form"] == "points" and earned is not None and Decimal(share["percent"]) > earned:
        raise _refused(name, "share_exceeds_earned", "The points exceed the rate that is earned.")


def _sum(percents: Any) -> Decimal:
    return sum((Decimal(percent or 0) for percent in percents), Decimal(0))


def _refused(field: str, code: str, message: str) -> Invalid:
    return Invalid.of([Fault(f"/{field}", code, message, field=field)])
