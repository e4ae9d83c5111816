"""Copy by rotations (G7): resolving a month of four stations beside a plain loop, locking its logs beside plain SQL."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson

from bench.airtime import DAYS, FIRST, STATIONS, Month
from bench.contracts_stand import Stand, put_registers, stand
from bench.measure import Stopwatch, compare
from bench.rotation_floor import lock_in_sql, loop
from services.contracts.application.locking import Locked, lock_logs
from services.contracts.domain.resolving import Deck, Served
from shared.kernel.ids import derived_id

_CLIENT = derived_id("client")
_OUTCOME = """
SELECT count(copy_id), count(*), md5(string_agg(coalesce(copy_id::text, ''), ',' ORDER BY id)),
  (SELECT md5(string_agg(rotation_id::text || station_id || position, ',' ORDER BY rotation_id, station_id))
   FROM rotation_cursor WHERE position > 0),
  (SELECT count(*) FROM log WHERE state = 'locked')
FROM spot WHERE state = 'locked'
"""


async def rotation(count: int, runs: int) -> None:
    """G7 of docs/performance.md, for `count` units."""
    month = Month(count)
    await _resolving(month, runs)
    async with stand() as place:
        await _contracts(place, month)
        outcomes = set()

        async def floor() -> float:
            await _logs(place, month)
            async with place.connected() as connection:
                watch = Stopwatch()
                await lock_in_sql(connection, place.tenant_id, [FIRST + timedelta(day) for day in range(DAYS)])
                rate = watch.rate(month.count)
                outcomes.add(tuple(await connection.fetchrow(_OUTCOME)))
            return rate

        async def ours() -> float:
            await _logs(place, month)
            database = place.database()
            log_ids = [derived_id("log", *key) for key in month.logs]
            watch = Stopwatch()
            async with database.transaction(place.context()) as session:
                done = await lock_logs(session, log_ids)
            rate = watch.rate(month.count)
            assert all(isinstance(one, Locked) for one in done.values())
            await database.close()
            async with place.connected() as connection:
                outcomes.add(tuple(await connection.fetchrow(_OUTCOME)))
            return rate

        await compare(f"G7 locking {len(month.logs)} logs, plain SQL", floor, ours, runs=runs, goal=1)
        assert len(outcomes) == 1, f"both lock alike: {outcomes}"


async def _resolving(month: Month, runs: int) -> None:
    """Pure: the units in hand, their copies in hand afterwards."""
    units = list(month.units)
    served = {
        key: [Served(one.contract_id, one.minute, one.length_seconds, None) for one in log]
        for key, log in month.logs.items()
    }
    expected, cursors = loop(units, month.lists, month.copies)

    async def floor() -> float:
        watch = Stopwatch()
        loop(units, month.lists, month.copies)
        return watch.rate(month.count)

    async def ours() -> float:
        watch = Stopwatch()
        decks = {station_id: Deck(station_id, month.lists, month.copies, {}) for station_id in STATIONS}
        chosen = []
        for (station_id, air_on), log in served.items():
            chosen += decks[station_id].resolve(air_on, log).copies
        after = {(rotation_id, one): at for one, deck in decks.items() for rotation_id, at in deck.moved()}
        rate = watch.rate(month.count)
        assert chosen == expected
        assert after == {key: at for key, at in cursors.items() if at}
        return rate

    await compare("G7 resolving, plain loop", floor, ours, runs=runs, goal=1.5)


async def _contracts(place: Stand, month: Month) -> None:
    """Registers, contracts with a line per station, rotations and copy: they outlive the turns."""
    await put_registers(place, STATIONS, month.lists)
    await place.copy(
        "contract_line",
        "id contract_id line_no kind status station_id start_on end_on",
        (
            (derived_id("line", one, at), one, number, "spots", "approved", at, FIRST, FIRST + timedelta(DAYS - 1))
            for one in month.lists
            for number, at in enumerate(STATIONS, 1)
        ),
    )
    await place.copy(
        "copy",
        "id code client_id cart_no length_seconds start_on end_on station_ids",
        (
            (one.id, str(number), _CLIENT, f"C{number}", one.length_seconds, one.run.start_on, one.run.last_on,
             _json(map(str, one.station_ids)))
            for number, one in enumerate(month.copies.values())
        ),
    )  # fmt: skip
    every = [(contract_id, at, one) for contract_id, list_ in month.lists.items() for at, one in enumerate(list_, 1)]
    await place.copy(
        "rotation",
        "id contract_id position station_id length_seconds start_on end_on start_minute end_minute weekdays",
        (
            (one.id, contract_id, at, one.station_id, one.length_seconds, one.dates.start_on, one.dates.last_on,
             one.start_minute, one.end_minute, _json(sorted(one.weekdays)))
            for contract_id, at, one in every
        ),
    )  # fmt: skip
    items = ((one.id, at, copy_id) for _, _, one in every for at, copy_id in enumerate(one.sequence))
    await place.copy("rotation_item", "rotation_id position copy_id", items)


async def _logs(place: Stand, month: Month) -> None:
    """Every log open and filled, no copy given yet, cursors fresh."""
    await place.empty("spot", "log", "rotation_cursor")
    logs = ((derived_id("log", *key), *key, "open", 1) for key in month.logs)
    await place.copy("log", "id station_id air_on state version", logs)
    await place.copy(
        "spot",
        "id version contract_id line_id line_no station_id state original_target_on target_on length_seconds "
        "avail_type log_on break_id break_position scheduled_minute",
        (
            (one.id, 1, one.contract_id, derived_id("line", one.contract_id, one.station_id),
             STATIONS.index(one.station_id) + 1, one.station_id, "placed", one.air_on, one.air_on, one.length_seconds,
             "A", one.air_on, derived_id("break", one.station_id, one.air_on), one.position, one.minute)
            for one in month.units
        ),
    )  # fmt: skip
    await place.settle()


def _json(values: Iterator[str] | list[int]) -> Any:
    return orjson.dumps(list(values)).decode()
