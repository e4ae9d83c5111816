"""What a block of a run needs to know beside the items: terms, agreements, the parties to copy."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.invoicing.application.deduction_lines import postings_of, with_deductions
from services.invoicing.domain.billing import RunTerms
from services.invoicing.domain.criteria import Switches
from services.invoicing.domain.prepared import PreparedInvoice
from services.invoicing.domain.ready import Amounts, ItemLine, ReadyInvoice
from services.invoicing.domain.voucher import document_voucher, item_postings, media_voucher
from services.invoicing.domain.wish import Held
from services.invoicing.repository import posting_rules, registers
from services.invoicing.repository.advances import deducting_per_row, open_advances
from services.invoicing.repository.exchange_rates import rates_on
from shared.kernel.ids import new_id
from shared.kernel.money import Currency, currency
from shared.runtime.db import AsyncSession


async def run_terms(
    session: AsyncSession,
    switches: Switches,
    invoice_on: date,
    client_ids: Collection[UUID],
    held: Mapping[UUID, int],
) -> RunTerms:
    """The terms of a run over these clients as the registers stand now.

    `held` says by advance invoice what is available to this run beside what is available to anybody.
    """
    advances = {
        client_id: [one._replace(available_amount=one.available_amount + held.get(one.id, 0)) for one in of_client]
        for client_id, of_client in (await open_advances(session, client_ids)).items()
    }
    return RunTerms(
        switches,
        invoice_on,
        await registers.agreements(session),
        await registers.plan_invoice_dates(session),
        await posting_rules.charges(session),
        advances,
        await deducting_per_row(session) if advances else frozenset(),
        await rates_on(session, invoice_on),
    )


@dataclass(frozen=True, slots=True)
class Parties:
    """The records that documents copy: sellers and buyers by id."""

    legal_entities: dict[UUID, dict[str, Any]]
    clients: dict[UUID, dict[str, Any]]

    @classmethod
    async def load(cls, session: AsyncSession, legal_entities: set[UUID], clients: set[UUID]) -> "Parties":
        """Those that have arrived; one that is missing refuses its documents later."""
        return cls(
            await registers.parties(session, "legal_entity", legal_entities),
            await registers.parties(session, "client", clients),
        )

    @property
    def prefixes(self) -> dict[UUID, str]:
        """Number prefixes by legal entity."""
        return {id_: record["number_prefix"] for id_, record in self.legal_entities.items()}

    def frozen(self, legal_entity_id: UUID, client_id: UUID) -> dict[str, Any]:
        """Copies of both parties as the document prints them (PI-RUN-08)."""
        shown = ("code", "name", "address", "country", "vat_no")
        seller, buyer = self.legal_entities[legal_entity_id], self.clients[client_id]
        return {"seller": {name: seller[name] for name in shown}, "buyer": {name: buyer[name] for name in shown}}


def ready_media_invoice(
    prepared: PreparedInvoice,
    parties: Parties,
    *,
    accounting_on: date,
    text: str,
    run_id: UUID | None,
    held: Sequence[Held] = (),
) -> ReadyInvoice:
    """A prepared media invoice with its lines, voucher and copies of the parties; `held` is what it deducts."""
    client, seller = prepared.client, parties.legal_entities[prepared.client.legal_entity_id]
    invoice = ReadyInvoice(
        id=new_id(),
        version=1,
        kind=prepared.kind,
        portion=prepared.portion,
        legal_entity_id=client.legal_entity_id,
        client_id=client.id,
        invoice_on=prepared.key.invoice_on,
        accounting_on=accounting_on,
        due_on=prepared.due_on,
        currency=prepared.key.currency,
        base_currency=seller["currency"],
        exchange_rate=prepared.exchange_rate,
        amounts=Amounts.of_totals(prepared.totals, invoice_fee=prepared.invoice_fee_amount),
        lines=[
            ItemLine(
                item.id, item.version, item.revision, "insertion", item.origin_id, prepared.vat_percent,
                item.net_amount, item.net_net_amount, item.client_net_amount, item.fee_amount,
                item.capital_cost_amount, item.price_amount,
            )
            for item in prepared.items
        ],
        **_postings(prepared, currency(seller["currency"]), held),
        frozen=parties.frozen(client.legal_entity_id, client.id) | _discount(prepared),
        invoice_run_id=run_id,
        client_reference=prepared.reference,
        text=text,
        own_credit_series=seller["credit_series"],
    )  # fmt: skip
    return with_deductions(invoice, held) if held else invoice


def _discount(prepared: PreparedInvoice) -> dict[str, Any]:
    """The cash discount as the document prints it."""
    if (offered := prepared.cash_discount) is None:
        return {}
    until_on = offered.until_on.isoformat()
    return {"cash_discount": {"percent": f"{offered.percent:f}", "until_on": until_on, "amount": offered.amount}}


def _postings(prepared: PreparedInvoice, base: Currency, held: Sequence[Held]) -> dict[str, Any]:
    """In base currency the rows of items are theirs as they stand, and the tables write them from there."""
    of, sums = currency(prepared.key.currency), prepared.totals
    fee = prepared.invoice_fee_amount
    used = postings_of(held, prepared.exchange_rate, of, base)
    if of == base:
        rows = [*document_voucher(sums.total_amount, sums.vat_amount, fee), *used]
        return {"postings": rows, "item_postings": item_postings(prepared.items)}
    converted = media_voucher(
        prepared.items,
        vat_amount=sums.vat_amount,
        invoice_fee_amount=fee,
        exchange_rate=prepared.exchange_rate,
        currency=of,
        base=base,
        deductions=used,
    )
    return {"postings": converted}
