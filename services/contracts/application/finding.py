"""Finding a contract from where one stands: its number, its customer, an invoice, a unit on a log (CT-HDR-02)."""

from uuid import UUID

from sqlalchemy import Select, select

from services.contracts import tables
from services.contracts.repository.radio import contract, spot
from services.contracts.repository.rows import fetch, find, table_of
from shared.kernel.errors import Blocker, NotAllowedNow, NotFound
from shared.runtime.db import AsyncSession

_NUMBER_MAX = 2**31 - 1


async def contract_of_number(session: AsyncSession, contract_no: int) -> UUID:
    """The id of the contract with a number; `NotFound`."""
    if not 0 < contract_no <= _NUMBER_MAX:
        raise _not_found()
    return await _only(session, select(contract.c.id).where(contract.c.contract_no == contract_no))


async def check_client(session: AsyncSession, client_id: UUID) -> None:
    """Refuse a customer that does not exist: `NotFound`."""
    if not await find(session, tables.Client, table_of(tables.Client).c.id == client_id):
        raise NotFound("not_found", "There is no such client.")


async def contract_of_invoice(session: AsyncSession, invoice_no: str) -> UUID:
    """The id of the contract that an issued invoice bills; `NotFound`.

    `NotAllowedNow("several_contracts")` where two legal entities use the same number.
    """
    invoice = table_of(tables.IssuedInvoice)
    named = select(invoice.c.contract_id).where(invoice.c.invoice_no == invoice_no)
    return await _only(session, select(contract.c.id).where(contract.c.id.in_(named)))


async def contract_of_spot(session: AsyncSession, spot_id: UUID) -> UUID:
    """The id of the contract of a unit; `NotFound`."""
    return await _only(session, select(spot.c.contract_id.label("id")).where(spot.c.id == spot_id))


async def _only(session: AsyncSession, statement: Select[tuple[UUID]]) -> UUID:
    found: list[UUID] = [row["id"] for row in await fetch(session, statement)]
    if not found:
        raise _not_found()
    if len(found) > 1:
        blockers = [Blocker("several_contracts", "One of them", f"/v1/contracts/contracts/{id_}") for id_ in found]
        raise NotAllowedNow("several_contracts", "Several contracts answer to this number.", blockers=blockers)
    return found[0]


def _not_found() -> NotFound:
    return NotFound("not_found", "There is no such contract.")
