"""What a run left behind, as a test compares it: invoices, lines, vouchers and the words of their documents."""

import io
from typing import Any
from uuid import UUID

from pypdf import PdfReader

from shared.kernel.money import currency, major_text
from shared.runtime.paper.words import amount
from tests.invoicing.working import work_off
from tests.invoicing.world import World
from tests.words import cents


async def totals(world: World) -> list[tuple[str, str, str, str]]:
    """Kind, net, VAT and total of each document, in the order of their numbers."""
    rows = await world.rows(
        "SELECT kind, net_amount, vat_amount, total_amount, currency FROM invoice WHERE no IS NOT NULL ORDER BY no"
    )
    return [(row["kind"], *(_major(row[f"{name}_amount"], row) for name in ("net", "vat", "total"))) for row in rows]


async def posted(world: World, invoice_id: UUID | None = None) -> dict[str, str]:
    """Debits less credits by role, over all vouchers or one invoice's."""
    rows = await world.rows(
        "SELECT l.role, l.currency, sum(l.debit - l.credit)::bigint AS balance FROM voucher_line l "
        "JOIN voucher v ON v.id = l.voucher_id WHERE v.source_id = coalesce($1, v.source_id) GROUP BY 1, 2",
        invoice_id,
    )
    return {row["role"]: _major(row["balance"], row) for row in rows if row["balance"]}


async def papers(world: World) -> list[str]:
    """The words of each document, in the order of the numbers."""
    await work_off(world, "print_documents")
    rows = await world.rows("SELECT content FROM document d JOIN invoice i ON i.id = d.invoice_id ORDER BY i.no")
    return [_words(row["content"]) for row in rows]


def in_print(text: str) -> str:
    """An amount in euro as a document's words hold it."""
    return " ".join(amount(cents(text), "EUR").split())


def _words(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def _major(minor: int, row: dict[str, Any]) -> str:
    return major_text(minor, currency(row["currency"]))
