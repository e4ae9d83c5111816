"""What a document says, word for word and figure for figure, and its rendering."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.invoicing.documents.affidavit import Affidavit, affidavits, is_notarized
from services.invoicing.documents.airtime import Airtime
from services.invoicing.documents.legal import legal_notes
from services.invoicing.documents.orders import advance_table, order_table
from services.invoicing.domain.deductions import tax_parts
from shared.runtime.paper import typeset
from shared.runtime.paper.table import Table
from shared.runtime.paper.words import amount, day, days

TEMPLATE_VERSION = 3
_TEMPLATE = Path(__file__).parents[1] / "templates" / "invoice.typ"
_NOTHING: Mapping[str, Any] = {}
Record = Mapping[str, Any]
# What an invoice of a contract is, where its name alone would leave the reader guessing (CT-CYC-08, 09, 17).
_REMARKS = {
    "upfront": "Billed in advance for the whole schedule",
    "zero": "Billed in advance: this lists what was broadcast",
    "supplementary": "Supplement to an earlier invoice of this period",
}


def render(invoice: Record, lines: Sequence[Record], voucher_no: str, *, texts: Record = _NOTHING) -> bytes:
    """The document as PDF/A-3b; the same input gives the same bytes."""
    return typeset(_TEMPLATE, document(invoice, lines, voucher_no, texts=texts))


def document(
    invoice: Record, lines: Sequence[Record], voucher_no: str = "", *, texts: Record = _NOTHING
) -> dict[str, Any]:
    """Every word and figure of the document, in the order it reads.

    `texts` are the stations' affidavit texts as they are now, for a station that had none when the invoice was issued.
    `NotAllowedNow("station_text_missing")` when there is none at all (CT-ITY-08).
    """
    frozen, of = invoice["frozen"], invoice["currency"]
    layout = frozen.get("layout", _NOTHING)
    heading = "Credit note" if invoice["document"] == "credit_note" else "Invoice"
    airtime = Airtime(invoice, lines) if invoice["kind"] == "contract" else None
    deducted = {line["line_no"] for line in frozen.get("deducted", ())}
    sold = [line for line in lines if line["line_no"] not in deducted] if deducted else lines
    table = airtime.table() if airtime else _table(invoice, sold)
    breakdown = airtime.breakdown() if airtime else None
    declared = affidavits(invoice, _spot_counts(lines), texts) if airtime else []
    return {
        "title": f"{heading} {invoice['invoice_no']}".strip(),
        "heading": heading,
        "number": invoice["invoice_no"],
        "remark": _REMARKS.get(invoice["variant"], "") if heading == "Invoice" else "",
        "dated_on": invoice["invoice_on"].isoformat(),
        "logo": layout.get("logo_svg", ""),
        "seller": frozen["seller"],
        "buyer": frozen["buyer"],
        "facts": _facts(invoice, voucher_no),
        # What a run wishes its readers does not fit what takes an invoice of it back (MA-INV-23).
        "note": "" if invoice.get("reverses_id") else invoice["text"],
        "table": table.shown(layout.get("invoice_columns", ())),
        "breakdown": breakdown and breakdown.shown(()),
        "sums": _sums(invoice, lines, is_net=airtime is not None and airtime.is_net),
        "total_name": f"To pay {of}" if invoice["total_amount"] >= 0 else f"To your credit {of}",
        "total": amount(invoice["total_amount"], of),
        "terms": _terms(invoice),
        "legal": legal_notes(invoice),
        "remit": layout.get("remit_address", ""),
        "footer_text": layout.get("footer_text", ""),
        "affidavits": [one._asdict() for one in declared],
        "notarized": bool(declared) and is_notarized(invoice),
        "stamp": "" if invoice["invoice_no"] else "Not approved",
    }


def _table(invoice: Record, lines: Sequence[Record]) -> Table:
    if invoice["kind"] == "advance":
        return advance_table(lines, invoice["currency"])
    return order_table(lines, invoice["kind"], invoice["currency"])


def missing_texts(invoice: Record, lines: Sequence[Record], texts: Record) -> list[Affidavit]:
    """The affidavits of an invoice; `NotAllowedNow("station_text_missing")` where printing it would be refused."""
    return affidavits(invoice, _spot_counts(lines), texts) if invoice["kind"] == "contract" else []


def _spot_counts(lines: Sequence[Record]) -> dict[str, int]:
    """Aired units by station, zero-rate ones included, occurrences not: what `<spotcount>` becomes (CT-ITY-08)."""
    counts: dict[str, int] = {}
    for line in lines:
        if line["details"]:
            counts[str(line["media_id"])] = counts.get(str(line["media_id"]), 0) + 1
    return counts


def _facts(invoice: Record, voucher_no: str) -> list[list[str]]:
    frozen = invoice["frozen"]
    facts = [
        ("Date", day(invoice["invoice_on"])),
        ("Due", day(invoice["due_on"]) if invoice["total_amount"] > 0 else ""),
        ("Period", days(invoice["period_from"], invoice["period_to"])),
        ("Your reference", invoice["client_reference"]),
        ("Contract", str(frozen.get("contract_no", ""))),
        ("Estimate", frozen.get("estimate", "")),
        ("Agency", frozen.get("agency", "")),
        ("Campaign", str(frozen.get("campaign_name", ""))),
        ("Product", frozen.get("product", "")),
        ("Pre-invoice", str(frozen.get("advance_no", ""))),
        ("Credits", frozen.get("credits_no", "")),
        ("Voucher", voucher_no),
    ]
    return [[name, value] for name, value in facts if value]


def _sums(invoice: Record, lines: Sequence[Record], *, is_net: bool) -> list[list[str]]:
    """Gross less discount and agency commission; sales commission is nobody's business here (CT-CMN-03, CT-CMN-05).

    Money billed ahead comes off before VAT where it was taxed, else after it (MA-PRE-18).
    """
    frozen, of, sums = invoice["frozen"], invoice["currency"], []
    taxed, untaxed = _deductions(invoice, lines)
    if not is_net and (invoice["discount_amount"] or invoice["agency_commission_amount"]):
        sums.append(["Gross", amount(invoice["gross_amount"], of)])
        if invoice["discount_amount"]:
            percent = frozen.get("discount_percent", "")
            sums.append([f"Discount {percent}\u00a0%", amount(-invoice["discount_amount"], of)])
        if invoice["agency_commission_amount"]:
            percent = frozen.get("agency_commission_percent", "")
            sums.append([f"Agency commission {percent}\u00a0%", amount(-invoice["agency_commission_amount"], of)])
    paid = sum(line["amount"] for line in untaxed)
    if taxed:
        media = invoice["net_amount"] - invoice["invoice_fee_amount"] - paid - sum(line["amount"] for line in taxed)
        sums.append(["Media", amount(media, of)])
    if invoice["invoice_fee_amount"]:
        sums.append(["Invoice fee", amount(invoice["invoice_fee_amount"], of)])
    if taxed:
        sums += [[line["text"], amount(line["amount"], of)] for line in taxed]
    sums.append(["Net", amount(invoice["net_amount"] - paid, of)])
    tax = frozen.get("tax")
    name = tax["name"] if tax else "VAT"
    on_commission = _rates_on_commission(invoice, lines)
    for rate in invoice["vat"]:
        base = rate["base_amount"] - (0 if Decimal(rate["percent"]) else paid)
        if base or not untaxed:
            on = "commission " if Decimal(rate["percent"]) in on_commission else ""
            sums.append([f"{name} {rate['percent']}\u00a0% on {on}{amount(base, of)}", amount(rate["vat_amount"], of)])
    sums += [[line["text"], amount(line["amount"], of)] for line in untaxed]
    parts = tax["parts"] if tax else []
    shares = tax_parts(invoice["vat_amount"], [Decimal(part["percent"]) for part in parts]) if parts else []
    return sums + [
        [f"\u2003{part['name']} {part['percent']}\u00a0%", amount(share, of)]
        for part, share in zip(parts, shares, strict=True)
    ]


def _rates_on_commission(invoice: Record, lines: Sequence[Record]) -> set[Decimal]:
    """The rates that no line of a media invoice bears: a client without VAT pays them on commission (MA-REG-23)."""
    if invoice["kind"] != "media":
        return set()
    return {Decimal(rate["percent"]) for rate in invoice["vat"]} - {line["vat_percent"] for line in lines}


def _deductions(invoice: Record, lines: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """The lines that deduct money billed ahead with VAT, and those that deduct money billed without."""
    taxable = {one["line_no"]: one["taxable"] for one in invoice["frozen"].get("deducted", ())}
    if not taxable:
        return [], []
    of_advances = [line for line in lines if line["line_no"] in taxable]
    taxed = [line for line in of_advances if taxable[line["line_no"]]]
    return taxed, [line for line in of_advances if not taxable[line["line_no"]]]


def _terms(invoice: Record) -> str:
    if invoice["due_on"] is None or invoice["total_amount"] <= 0 or not invoice["invoice_no"]:
        return ""
    terms = f"Payable by {day(invoice['due_on'])}, stating {invoice['invoice_no']}."
    if not (offered := invoice["frozen"].get("cash_discount")):
        return terms
    less, until = amount(offered["amount"], invoice["currency"]), day(date.fromisoformat(offered["until_on"]))
    return f"{terms} Paid by {until}: less {offered['percent']}\u00a0% cash discount, {less} {invoice['currency']}."
