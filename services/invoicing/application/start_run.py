"""Start an invoice run: refuse what cannot be meant, remember it, queue its job (MA-INV-01 to 03, 08, 12, 23)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.invoicing.application.tell_run import tell_run
from services.invoicing.application.weigh_block import weigh_block
from services.invoicing.domain.criteria import Criteria, Switches, check_selection
from services.invoicing.domain.digest import EMPTY
from services.invoicing.domain.selection import check_references
from services.invoicing.repository import candidates, registers, runs
from services.invoicing.repository.runs import Run
from services.invoicing.repository.timing import Reach, calendar
from shared.events.invoicing import InvoiceRunStarted
from shared.kernel.errors import Fault, Invalid, NotAllowedNow, NotFound
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "invoice_run"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of a run."""

    mode: str
    criteria: Criteria
    switches: Switches
    invoice_on: date
    accounting_on: date | None = None
    text: str = ""
    digest: str = ""


async def start_run(session: AsyncSession, asked: Asked, *, by: str, now: datetime) -> Run:
    """The run, queued; its job has the run's id. A refusal invoices nothing.

    `NotAllowedNow("stale_digest")` when what would be issued is no longer what the preview showed; a run beyond one
    block is compared by its job, before it issues anything.
    """
    live = asked.mode == "live"
    check_selection(asked.criteria, asked.switches, live=live)
    await _check_known(session, asked.criteria)
    scope = Reach(asked.criteria, asked.switches, await calendar(session))
    if asked.criteria.campaigns and await candidates.splits_by_other_than_campaign(session, scope):
        message = "No client of the selection is invoiced per campaign."
        raise Invalid.of([Fault("/criteria/campaigns", "campaign_invoicing_off", message, field="campaigns")])
    check_references(
        asked.switches,
        live=live,
        required_by_billable_client=await candidates.clients_with_billable_items(session, scope),
        named=await candidates.clients_named(session, asked.criteria),
    )
    run = await runs.add_run(session, _queued(asked, by, now))
    if live and asked.digest:
        weighed = await weigh_block(session, run, after=None, digest=EMPTY)
        if weighed.is_last and weighed.digest != asked.digest:
            raise NotAllowedNow("stale_digest", "The selection would no longer give what the preview showed.")
    await enqueue(session, JOB, {"run_id": str(run.id)}, job_id=run.id)
    await tell_run(session, run, InvoiceRunStarted)
    return run


async def _check_known(session: AsyncSession, criteria: Criteria) -> None:
    """A record counts as known once its news has come; an order with that of its first insertion (MA-INV-02)."""
    faults = []
    for register, ids in (
        ("legal_entity", criteria.legal_entity_ids),
        ("client", criteria.client_ids),
        ("plan", criteria.plan_ids),
        ("media", criteria.media_ids),
        ("media_type", criteria.media_type_ids),
        ("agreement", criteria.agreement_ids),
    ):
        unknown: set[UUID] = await registers.missing(session, register, ids) if ids else set()
        faults += [_unknown(register, one) for one in sorted(unknown)]
    if criteria.order_ids:
        faults += [_unknown("order", one) for one in sorted(await candidates.unknown_orders(session, criteria))]
    if faults:
        raise NotFound("not_found", faults[0].message, faults=faults)


def _unknown(register: str, id_: UUID) -> Fault:
    field = f"{register}_ids"
    message = f"The selection names a record that is not known: {register.replace('_', ' ')}."
    return Fault(f"/criteria/{field}", "not_found", message, register, str(id_), field)


def _queued(asked: Asked, by: str, now: datetime) -> Run:
    return Run(
        id=new_id(),
        version=1,
        run_no=0,
        mode=asked.mode,
        state="queued",
        criteria=asked.criteria,
        switches=asked.switches,
        invoice_on=asked.invoice_on,
        accounting_on=asked.accounting_on or asked.invoice_on,
        text=asked.text,
        digest=EMPTY,
        bound_digest=asked.digest,
        invoice_count=0,
        item_count=0,
        left_out_count=0,
        total_amounts={},
        created_by=by,
        created_at=now,
        ended_at=None,
    )
