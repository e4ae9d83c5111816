"""A contract as its doors answer it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Response

from services.contracts.application.listing import AUTOMATIC
from services.contracts.application.telling import printed_codes
from services.contracts.domain.wording import summary_words
from services.contracts.repository.radio import contract_by_id, lines_of, rotations_of, trashed_counts
from services.contracts.repository.rows import Record
from services.contracts.schemas.contracts import ContractView
from shared.kernel.money import Money, currency
from shared.runtime.auth import Principal
from shared.runtime.db import AsyncSession
from shared.runtime.http import tag

# What the roles of people carry and those of machines do not (CT-NOT-03).
READS_NOTES = "contract_note:read"


async def contract_view(
    session: AsyncSession, contract_id: UUID, response: Response, who: Principal, *, whole: bool
) -> ContractView:
    """A contract with its ETag; `whole` with lines and rotations."""
    header = await contract_by_id(session, contract_id)
    lines = await lines_of(session, [contract_id])
    rotations = await rotations_of(session, [contract_id]) if whole else None
    count, gross = sum(line["quantity"] for line in lines), sum(line["total_amount"] for line in lines)
    tag(response, header["version"])
    return ContractView.model_validate(
        {
            **header,
            **printed_codes(header),
            "notes": header["notes"] if READS_NOTES in who.permissions else None,
            "item_count": count,
            "gross_amount": gross,
            "summary": summary_words(count, Money(gross, currency(header["currency"]))),
            "lines": await shown_lines(session, header, lines, rotations or []) if whole else None,
            "rotations": rotations,
        }
    )


async def shown_lines(
    session: AsyncSession, header: Mapping[str, Any], lines: list[Record], rotations: list[Record]
) -> list[Record]:
    """Lines with the rotation they are bound to and how many of their units were trashed (CT-LIN-16, CT-LIN-23)."""
    trashed = await trashed_counts(session, header["id"])
    names = {one["id"]: one["name"] for one in rotations}
    return [
        {
            **line,
            "currency": header["currency"],
            "rotation": names.get(line["direct_rotation_id"], AUTOMATIC),
            "trashed_count": trashed.get(line["id"], 0),
        }
        for line in lines
    ]
