"""Expansion (G7): approved lines of a thousand contracts become stored units, beside COPY of the same rows; memory."""

import asyncio
import multiprocessing
from collections.abc import Iterator, Sequence
from datetime import timedelta
from multiprocessing.connection import Connection

import orjson

from bench.airtime import FIRST, STATIONS
from bench.contracts_stand import Stand, put_registers, stand
from bench.measure import Stopwatch, compare, peak_mebibytes, verdict
from services.contracts.application.expanding import create_units
from services.contracts.application.lines import line_of
from services.contracts.repository.radio import lines_of
from services.contracts.repository.rows import Record
from shared.kernel.ids import derived_id, new_id
from shared.runtime.garbage import collect_rarely

_CONTRACTS = [derived_id("contract", number) for number in range(1_000)]
_LENGTH, _RATE = 30, 5_500
_TERMS = {
    "avail_type": "A", "start_minute": 0, "end_minute": 1440, "length_seconds": _LENGTH, "placement": 5,
    "counts": [1] * 7, "skip_weeks": 0, "any_day": False, "dates": None,
}  # fmt: skip
_STORED = (
    "id version contract_id line_id line_no station_id state original_target_on target_on length_seconds rate_amount "
    "avail_type"
)
_OUTCOME = """
SELECT count(*), count(DISTINCT id), sum(rate_amount), (SELECT md5(string_agg(one, ',' ORDER BY one)) FROM (
  SELECT concat(line_id, target_on, state, count(*)) AS one FROM spot GROUP BY line_id, target_on, state) AS each)
FROM spot
"""


async def expansion(count: int, runs: int) -> None:
    """G7 of docs/performance.md, for about `count` units: each contract has a line per station."""
    async with stand() as place:
        await put_registers(place, STATIONS, _CONTRACTS)
        await _put_lines(place, count)
        outcomes = set()

        async def floor() -> float:
            await _clear(place)
            async with place.database().transaction(place.context()) as session:
                rows = [(place.tenant_id, *row) for row in _units(await lines_of(session, _CONTRACTS))]
            async with place.connected() as connection:
                watch = Stopwatch()
                await connection.copy_records_to_table("spot", records=rows, columns=["tenant_id", *_STORED.split()])
                rate = watch.rate(len(rows))
                outcomes.add(tuple(await connection.fetchrow(_OUTCOME)))
            return rate

        async def ours() -> float:
            await _clear(place)
            seconds = await _expand(place)
            async with place.connected() as connection:
                found = tuple(await connection.fetchrow(_OUTCOME))
            outcomes.add(found)
            return float(found[0]) / seconds

        await compare(f"G7 expansion of {len(_CONTRACTS)} contracts, COPY", floor, ours, runs=runs, goal=0.6)
        assert len(outcomes) == 1, f"both store the same units: {outcomes}"
        peaks = [await _peak(place, size) for size in (count, 10 * count)]
        remark = f"{peaks[0]:.0f} MiB at {count} units, {peaks[1]:.0f} MiB at ten times as many"
        verdict("G7 expansion's memory, of that at a tenth", peaks[1] / peaks[0], goal=1.3, at_most=True, remark=remark)


async def _put_lines(place: Stand, count: int) -> None:
    """A spot a day on each line, for as many days as it takes."""
    days = max(1, count // len(_CONTRACTS) // len(STATIONS))
    await place.empty("contract_line")
    terms = orjson.dumps(_TERMS).decode()
    await place.copy(
        "contract_line",
        "id contract_id line_no kind status station_id start_on end_on rate_amount terms",
        (
            (derived_id("line", one, at), one, number, "spots", "approved", at, FIRST,
             FIRST + timedelta(days - 1), _RATE, terms)
            for one in _CONTRACTS
            for number, at in enumerate(STATIONS, 1)
        ),
    )  # fmt: skip


async def _clear(place: Stand) -> None:
    await place.empty("spot")
    await place.settle()


def _units(lines: Sequence[Record]) -> Iterator[tuple[object, ...]]:
    """The rows that COPY stores."""
    for row in lines:
        for day, count in line_of(row).ordered.items():
            for _ in range(count):
                yield (
                    new_id(), 1, row["contract_id"], row["id"], row["line_no"], row["station_id"], "scheduled",
                    day, day, _LENGTH, row["rate_amount"], "A",
                )  # fmt: skip


async def _expand(place: Stand) -> float:
    """Seconds from the approved lines to stored units."""
    database = place.database()
    async with database.transaction(place.context()) as session:
        lines = await lines_of(session, _CONTRACTS)
        watch = Stopwatch()
        await create_units(session, lines)
    seconds = 1 / watch.rate(1)
    await database.close()
    return seconds


async def _peak(place: Stand, count: int) -> float:
    """MiB of a process of its own that expands so many units."""
    await _put_lines(place, count)
    await _clear(place)
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_expand_here, args=(place, there))
    process.start()
    mebibytes: float = await asyncio.to_thread(here.recv)
    process.join()
    return mebibytes


def _expand_here(place: Stand, answer: Connection) -> None:
    collect_rarely()
    asyncio.run(_expand(place))
    answer.send(peak_mebibytes())
