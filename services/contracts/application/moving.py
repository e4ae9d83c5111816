"""The steps of a share on its way from one client to another, kept until the last is done (MA-CRD-14 to MA-CRD-17)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from services.contracts import tables
from services.contracts.domain.correction import step_back
from services.contracts.repository.rows import Record, change, find, table_of
from shared.kernel.errors import Fault, Invalid
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession

move = table_of(tables.AllocationMove)
OPEN = ("credited", "debited")


def moves_listed() -> Select[Any]:
    """Moves for lists."""
    return select(move)


async def move_of(session: AsyncSession, insertion_id: UUID) -> Record | None:
    """The move whose credit or debit an insertion is; an abandoned one is over."""
    found = await find(
        session,
        tables.AllocationMove,
        or_(move.c.credit_id == insertion_id, move.c.debit_id == insertion_id),
        move.c.step != "abandoned",
        lock=True,
    )
    return found[0] if found else None


async def moves_from(session: AsyncSession, insertion_id: UUID, client_id: UUID) -> Sequence[Record]:
    """The moves of one client's share of an insertion that were not abandoned."""
    return await find(
        session,
        tables.AllocationMove,
        move.c.insertion_id == insertion_id,
        move.c.from_client_id == client_id,
        move.c.step != "abandoned",
        lock=True,
    )


async def saved_debit(session: AsyncSession, moved: Record, debit: Record) -> Record:
    """The new debit is saved with the client that shall pay, and may be billed (MA-CRD-16).

    `client_unchanged` while the credited client stands on it.
    """
    if debit["client_id"] == moved["from_client_id"]:
        message = "Name the client that shall pay."
        raise Invalid.of([Fault("/client_id", "client_unchanged", message, field="client_id")])
    await step(session, moved, "finished", to_client_id=debit["client_id"])
    if debit["own_status"] == "preliminary":
        return {**debit, "own_status": "definitive", "status": "definitive"}
    return debit


async def undone(session: AsyncSession, insertion: Record) -> None:
    """A move's credit or debit is cancelled: the move goes back a step, the debit first; `debit_stands`."""
    moved = await move_of(session, insertion["id"])
    if moved:
        of_debit = moved["debit_id"] == insertion["id"]
        to = step_back(moved["step"], debit=of_debit)
        await step(session, moved, to, **({"debit_id": None, "to_client_id": None} if of_debit else {}))


async def step(session: AsyncSession, moved: Record, to: str, **changes: Any) -> Record:
    """The move at another step."""
    after = {**moved, **changes, "step": to, "version": moved["version"] + 1}
    await change(
        session, tables.AllocationMove, [{name: value for name, value in after.items() if name != "tenant_id"}]
    )
    await audit(
        session,
        action=f"allocation_move.{to}",
        entity="allocation_move",
        entity_id=moved["id"],
        before={"step": moved["step"]},
        after={"step": to, **changes},
    )
    return after
