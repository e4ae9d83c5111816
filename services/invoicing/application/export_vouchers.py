"""Make a batch of vouchers for the ledger: which ones is decided once and for all, its files are written by a job."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.invoicing.application.ledger import not_configured
from services.invoicing.repository import posting_rules, registers, voucher_exports
from shared.kernel.errors import Invalid, NotAllowedNow
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "write_voucher_export"
# Files stay small enough to be taken in by a ledger; the rest waits for the next batch.
_VOUCHERS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which vouchers: of a legal entity, dated on these days, both included."""

    legal_entity_id: UUID
    from_on: date | None = None
    to_on: date | None = None


async def export_vouchers(session: AsyncSession, wanted: Wanted, *, by: str, now: datetime) -> UUID:
    """The batch's id, which is its job's too; it takes what no earlier batch has.

    `Invalid`: `unknown_reference`, `bad_date_range`; `several_years` and `several_currencies`, which a ledger cannot
    tell apart in one file; `account_not_configured` for rows posted before there were accounts (MA-GEN-07).
    `NotAllowedNow("nothing_to_export")`. A refusal leaves everything for the next batch.
    """
    first_on, last_on = wanted.from_on or date.min, wanted.to_on or date.max
    if last_on < first_on:
        raise Invalid("bad_date_range", "The from-date lies after the to-date.")
    legal_entity_id = wanted.legal_entity_id
    if await registers.missing(session, "legal_entity", [legal_entity_id]):
        raise Invalid("unknown_reference", "There is no such legal entity.")
    await voucher_exports.lock_exports(session, legal_entity_id)
    waiting = await voucher_exports.waiting(session, legal_entity_id, first_on, last_on)
    if not waiting.years:
        raise NotAllowedNow("nothing_to_export", "Every voucher of these days has been exported.")
    if len(waiting.years) > 1:
        raise Invalid("several_years", "Vouchers of several years wait; export one year at a time.")
    if len(waiting.currencies) > 1:
        raise Invalid("several_currencies", "Vouchers in several currencies wait; choose days with one.")
    voucher_ids = await voucher_exports.choose(session, legal_entity_id, first_on, last_on, _VOUCHERS_MAX)
    plan = (await posting_rules.account_plans(session, [legal_entity_id]))[legal_entity_id]
    posted = await voucher_exports.unmapped(session, voucher_ids)
    if missing := sorted({role for role, media_type in posted if not plan.account_of(role, media_type)}):
        raise not_configured(legal_entity_id, missing)
    sums = await voucher_exports.sums(session, voucher_ids)
    export_id = new_id()
    values = [
        export_id, legal_entity_id, waiting.years[0], waiting.currencies[0], sums["first_on"], sums["last_on"],
        sums["voucher_count"], sums["debit_amount"], sums["credit_amount"], by, now,
    ]  # fmt: skip
    await voucher_exports.add(session, values, voucher_ids)
    await enqueue(session, JOB, {"export_id": str(export_id)}, job_id=export_id, total=len(voucher_ids))
    await audit(
        session,
        action="voucher_export.made",
        entity="voucher_export",
        entity_id=export_id,
        after={"voucher_count": len(voucher_ids), "debit_amount": sums["debit_amount"]},
    )
    return export_id
