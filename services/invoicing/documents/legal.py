"""What the law has an invoice say beside its figures."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.invoicing.domain.accounts import Area, area_of
from shared.kernel.money import converted, currency
from shared.runtime.paper.words import amount

Record = Mapping[str, Any]
_REVERSE_CHARGE = "Reverse charge: the buyer accounts for VAT (Article 196 of Directive 2006/112/EC)."
_TAXED_ABROAD = "No VAT is charged: the service is taxed where the buyer is established."


def legal_notes(invoice: Record) -> list[str]:
    """VAT in the seller's own currency, and why a business abroad is charged none.

    Airtime goes by the taxes of its contract, which say what they are themselves.
    """
    notes = [_vat_at_home(invoice)]
    if invoice["kind"] != "contract" and any(not Decimal(rate["percent"]) for rate in invoice["vat"]):
        notes.append(_untaxed(invoice["frozen"]["seller"], invoice["frozen"]["buyer"]))
    return [note for note in notes if note]


def _vat_at_home(invoice: Record) -> str:
    """The amount of VAT as it is declared, whatever currency the rest is in (Directive 2006/112/EC, Article 230)."""
    of, base = invoice["currency"], invoice.get("base_currency")
    if base is None or base == of or not invoice["vat_amount"]:
        return ""
    rate = invoice["exchange_rate"]
    vat = converted(invoice["vat_amount"], rate, currency(of), currency(base))
    return f"VAT in {base}: {amount(vat, base)}, at {rate.normalize():f} {base} for 1 {of}."


def _untaxed(seller: Record, buyer: Record) -> str:
    area = area_of(seller["country"], buyer["country"])
    if area is Area.EU:
        return _REVERSE_CHARGE if buyer["vat_no"] else ""
    return _TAXED_ABROAD if area is Area.OTHER else ""
