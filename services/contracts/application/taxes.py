"""Taxes: checked before they are kept, and merged into another (CT-TAX-02, CT-TAX-04)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import update

from services.contracts import tables
from services.contracts.domain.tax import tax_faults
from services.contracts.repository.radio import contract
from services.contracts.repository.rows import Record, table_of
from shared.kernel.errors import Fault, Invalid
from shared.runtime.db import AsyncSession

_client = table_of(tables.Client)


def check_tax(tax: Mapping[str, Any]) -> None:
    """`Invalid`: `tax_rate`, `tax_parts`."""
    if faults := tax_faults(tax["percent"], [Decimal(part["percent"]) for part in tax["parts"]]):
        raise Invalid.of(faults)


async def close_merged(
    _session: AsyncSession, before: Record | None, tax: Record, _named: Mapping[UUID, Record]
) -> None:
    """One that is merged into another is active no more; `Invalid("merged_into_itself")`."""
    if tax["merged_into_id"] is None:
        return
    if before and tax["merged_into_id"] == before["id"]:
        raise Invalid.of([Fault("/merged_into_id", "merged_into_itself", "A tax is merged into another one.")])
    tax["blocked"] = True


async def follow_merger(session: AsyncSession, _before: Record, tax: Record) -> None:
    """Customers' defaults and drafts take the tax that this one was merged into; invoicing taxes the rest by it."""
    if tax["merged_into_id"] is None:
        return
    for table, also in ((_client, []), (contract, [contract.c.state == "draft"])):
        await session.execute(
            update(table)
            .where(table.c.tax_id == tax["id"], *also)
            .values(tax_id=tax["merged_into_id"], version=table.c.version + 1)
        )
