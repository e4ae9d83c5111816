"""The job that sends queued invoices: each at most once, unless somebody says otherwise (MA-INV-30).

Between a mail server's "taken" and our note of it lies a moment in which a worker may die, and no protocol closes it.
So each mail is first offered (sender and recipients; nothing is sent), then the job notes in a transaction of its own
that it is handed over, and only then the mail itself goes out. A worker that finds such a note of a worker before it
does not try again: the invoice fails as `mail_in_doubt`, and a person says whether it arrived. Everything before the
note may be repeated freely, everything after it has an answer or is in doubt. A mail tried again has the same
Message-ID, by which the receiver may tell.

What the server will not take for good fails; what it will not take now waits and is tried again, hours in the end. A
server that cannot be reached holds up all the job's mails together.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.invoicing.application.distribute import JOB, queue_for
from services.invoicing.domain.distribution import Failure, next_try_at
from services.invoicing.mailing.letter import Letter, letter_of
from services.invoicing.mailing.outgoing import MailRefused, NoAnswer, Outgoing, ServerUnreachable
from services.invoicing.repository import letters
from services.invoicing.settings import MailSettings
from shared.runtime.clock import now
from shared.runtime.failpoint import failpoint
from shared.runtime.jobs import JobLater, Jobs, RunningJob, note_refusals

_TEXT_MAX = 300
_NEVER_BACK = "The worker ended before the mail server answered."


async def send_invoices(job: RunningJob) -> dict[str, Any]:
    """Send what is queued for this job; what must wait is waited for without holding up a worker."""
    await _begin(job)
    settings = MailSettings()
    if not (settings.smtp_host and settings.smtp_sender):
        async with job.step() as session:
            waiting = [invoice_id for invoice_id, _ in await letters.due_tries(session, job.id, now())]
        await _fail(job, waiting, None, Failure.NOT_CONFIGURED, "No mail server is configured.")
    async with Outgoing(settings) as outgoing:
        while due := await _next(job, settings):
            await _send(job, outgoing, due)
    async with job.step() as session:
        waits_until = await letters.waits_until(session, job.id)
        tally = await letters.tally(session, job.id)
    if waits_until is not None:
        raise JobLater(max((waits_until - now()).total_seconds(), 0.1))
    return tally._asdict()


async def _begin(job: RunningJob) -> None:
    """A retry queues anew what the job before it could not send; what a dead worker handed over is in doubt."""
    async with job.step() as session:
        if job.retry_of and not job.checkpoint:
            ids = [UUID(one) for one in job.only or job.request["invoice_ids"]]
            refused = await queue_for(session, job.id, ids, resend=False, now=now())
            told = [one for one in refused if one.code != "already_sent"]
            await job.refuse_all(session, [(one.invoice_id, one.code, one.message) for one in told])
            await job.advance(session, done=0, checkpoint={"done": 0})
        lost = await letters.doubt(session, job.id, _NEVER_BACK)
        await job.refuse_all(session, [(invoice_id, Failure.IN_DOUBT, _NEVER_BACK) for invoice_id in lost])


async def _next(job: RunningJob, settings: MailSettings) -> Letter | None:
    """The next mail to send now; on the way the job's progress is noted."""
    async with job.step() as session:
        done, noted = sum(await letters.tally(session, job.id)), job.checkpoint.get("done", 0)
        if done > noted:
            await job.advance(session, done=done - noted, checkpoint={"done": done})
        row = await letters.next_due(session, job.id, now())
    return letter_of(row, settings.smtp_sender) if row else None


async def _send(job: RunningJob, outgoing: Outgoing, due: Letter) -> None:
    handed_over_at = None
    try:
        await outgoing.offer(due.mail)
        async with job.step() as session:
            handed_over_at = await letters.hand_over(session, due.invoice_id, job.id, ", ".join(due.mail.recipients))
        failpoint("mailing.before_hand_over")
        await outgoing.hand_over(due.mail)
        failpoint("mailing.after_hand_over")
    except ServerUnreachable as error:
        async with job.step() as session:
            tries = await letters.due_tries(session, job.id, now())
        await _put_off(job, tries, None, Failure.UNREACHABLE, str(error))
    except NoAnswer as error:
        await _fail(job, [due.invoice_id], handed_over_at, Failure.IN_DOUBT, str(error))
    except MailRefused as refused:
        if refused.is_permanent:
            await _fail(job, [due.invoice_id], handed_over_at, Failure.REFUSED, str(refused))
        else:
            await _put_off(job, [(due.invoice_id, due.tries)], handed_over_at, Failure.GAVE_UP, str(refused))
    else:
        # Whatever became of the lease or the wish for this job meanwhile: the mail is out.
        async with job.database.transaction(job.context) as session:
            await letters.accepted(session, due.invoice_id, handed_over_at)


async def _put_off(
    job: RunningJob, mails: Sequence[tuple[UUID, int]], handed_over_at: datetime | None, code: Failure, why: str
) -> None:
    """Tried once more in vain: later again, or, after the last try, failed with `code`."""
    later = [(invoice_id, next_try_at(tries + 1, now())) for invoice_id, tries in mails]
    async with job.database.transaction(job.context) as session:
        await letters.put_off(session, job.id, [(invoice_id, at) for invoice_id, at in later if at], handed_over_at)
    await _fail(job, [invoice_id for invoice_id, at in later if at is None], handed_over_at, code, why)


async def _fail(
    job: RunningJob, invoice_ids: Sequence[UUID], handed_over_at: datetime | None, code: Failure, why: str
) -> None:
    text = " ".join(why.split())[:_TEXT_MAX]
    async with job.database.transaction(job.context) as session:
        failed = await letters.fail(session, job.id, invoice_ids, handed_over_at, code, text)
        await note_refusals(session, job.id, [(invoice_id, code, text) for invoice_id in failed])


MAILING: Jobs = {JOB: send_invoices}
