"""Selections of invoice runs that users keep for the next time (MA-INV-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.invoicing.domain.criteria import Criteria, Switches, check_selection
from services.invoicing.repository import selections
from services.invoicing.repository.posting_rules import keeps_general_text
from services.invoicing.repository.selections import Selection
from shared.kernel.errors import Forbidden, NotAllowedNow, NotFound, StaleVersion
from shared.kernel.ids import new_id
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be kept: criteria and switches as checked values, and as the caller wrote them."""

    name: str
    criteria: Criteria
    switches: Switches
    stored_criteria: Mapping[str, Any]
    stored_switches: Mapping[str, Any]
    text: str
    overwrite: bool


async def save_selection(session: AsyncSession, wanted: Wanted, *, owner: str, now: datetime) -> Selection:
    """Keep a selection of a user; the same name again replaces it only with `overwrite`.

    Its general text is left out where a legal entity it may bill does not keep such texts (MA-REG-21).
    Refused with `selection_exists`, and as a test run would refuse it: what no run can do is not worth keeping.
    """
    check_selection(wanted.criteria, wanted.switches, live=False)
    earlier = await selections.named(session, owner, wanted.name)
    if earlier and not wanted.overwrite:
        raise NotAllowedNow("selection_exists", "You have a selection of this name; overwrite it, or choose another.")
    keeps_text = await keeps_general_text(session, wanted.criteria.legal_entity_ids)
    saved = Selection(
        earlier.id if earlier else new_id(),
        earlier.version + 1 if earlier else 1,
        owner,
        wanted.name,
        dict(wanted.stored_criteria),
        dict(wanted.stored_switches),
        wanted.text if keeps_text else "",
        now,
    )
    await selections.save(session, saved)
    return saved


async def selection_of(session: AsyncSession, selection_id: UUID, *, owner: str) -> Selection:
    """A user's own selection; another user's is `Forbidden`."""
    found = await selections.find(session, selection_id)
    if found is None:
        raise NotFound("not_found", "There is no such selection.")
    if found.owner != owner:
        raise Forbidden("forbidden", "The selection is another user's.")
    return found


async def delete_selection(session: AsyncSession, selection_id: UUID, version: int | None, *, owner: str) -> None:
    """Forget a selection of one's own."""
    found = await selection_of(session, selection_id, owner=owner)
    if version is not None and found.version != version:
        raise StaleVersion
    await selections.delete(session, found.id)
