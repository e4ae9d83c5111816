"""Which copy a unit would get and why, without moving a cursor (CT-ROT-06, CT-ROT-12, CT-ROT-27)."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.contracts.application.rotation_values import copies_of, copy_value, rotation_value
from services.contracts.domain.rotation import Airing, Choice, Cursors, Rotation, assign
from services.contracts.repository.logs import cursors_of
from services.contracts.repository.radio import rotations_of
from services.contracts.repository.rows import Record
from shared.runtime.db import AsyncSession


class Choices:
    """The choices for units in the order they are served, with the rotations and copy they speak of."""

    def __init__(self, chosen: Sequence[Choice], rotations: dict[UUID, Record], copies: dict[UUID, Record]) -> None:
        self.chosen = {choice.airing_id: choice for choice in chosen}
        self.rotations = rotations
        self.copies = copies


async def choose_copy(session: AsyncSession, airings: Sequence[tuple[UUID, Airing]]) -> Choices:
    """The copy each airing of a contract would get now; nothing is stored."""
    rows = await rotations_of(session, {contract_id for contract_id, _ in airings})
    copies = await copies_of(session, {copy_id for row in rows for copy_id in row["sequence"]})
    values = {copy_id: copy_value(row) for copy_id, row in copies.items()}
    stations = {airing.station_id for _, airing in airings}
    stored = await cursors_of(session, stations, [row["id"] for row in rows])
    cursors: Cursors = {(row["rotation_id"], row["station_id"]): row["position"] for row in stored}
    lists: dict[UUID, list[Rotation]] = defaultdict(list)
    for row in rows:
        lists[row["contract_id"]].append(rotation_value(row))
    served: dict[UUID, list[Airing]] = defaultdict(list)
    for contract_id, airing in airings:
        served[contract_id].append(airing)
    chosen: list[Choice] = []
    for contract_id, own in served.items():
        chosen += assign(own, lists[contract_id], values, cursors)[0]
    return Choices(chosen, {row["id"]: row for row in rows}, copies)
