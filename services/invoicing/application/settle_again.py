"""Open invoices follow a changed tax or group option: settled once more, in a job (CT-TAX-05, CT-CYC-20)."""

from collections.abc import Iterable
from uuid import UUID

from shared.events.contracts import RegisterFact
from shared.kernel.ids import derived_id
from shared.runtime.db import AsyncSession
from shared.runtime.jobs import enqueue

JOB = "settle_contracts"
# The registers whose records bear on open invoices.
SETTLED_BY = frozenset({"station_group", "tax"})


async def queue_settling(session: AsyncSession, register: str, records: Iterable[RegisterFact]) -> None:
    """Have the open invoices that these records bear on settled after the commit."""
    versions = {str(one.id): one.version for one in records}
    await enqueue(
        session, JOB, {"register": register, "ids": list(versions)}, job_id=derived_id(JOB, sorted(versions.items()))
    )


def after(ids: Iterable[UUID], done: str) -> list[UUID]:
    """The ids that are still to be settled, in order; `done` is the last one that was."""
    return [one for one in sorted(ids) if str(one) > done]
