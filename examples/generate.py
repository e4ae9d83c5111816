"""Writes the example month end: the CSV files, and from them the totals a reader can check (expected.json)."""

import json
from random import Random

from examples import accounts, expected, media, radio, registers
from examples.files import FOLDER, write


def generate() -> None:
    """Always the same files: the only chance in them is a seeded one."""
    random = Random(20261031)  # noqa: S311  nothing here is a secret
    FOLDER.mkdir(exist_ok=True)
    plan = radio.book(random)
    booked = media.insertions(random)
    files = {
        "legal_entities": registers.LEGAL_ENTITIES,
        "accounts": accounts.ACCOUNTS,
        "taxes": registers.TAXES,
        "agencies": registers.AGENCIES,
        "salespeople": registers.SALESPEOPLE,
        "suppliers": registers.SUPPLIERS,
        "media_types": registers.MEDIA_TYPES,
        "media": registers.MEDIA,
        "stations": registers.stations(),
        "break_templates": registers.break_templates(),
        "agreements": registers.AGREEMENTS,
        "clients": registers.clients(),
        "plans": media.plans(),
        "orders": media.orders(),
        "insertions": booked,
        "copies": plan.copies,
        "contracts": plan.contracts,
        "contract_lines": plan.lines,
        "rotations": plan.rotations,
        "campaigns": media.CAMPAIGNS,
        "campaign_items": media.CAMPAIGN_ITEMS,
        "makegoods": radio.makegoods(),
        "as_run": radio.as_run(plan, random),
        "media_invoices": list(media.media_invoices(booked)),
    }
    for name, rows in files.items():
        write(name, rows)
    text = json.dumps(expected.totals(), indent=2, ensure_ascii=False)
    (FOLDER / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    generate()
