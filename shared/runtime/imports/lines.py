"""The lines of an import in the database: stored, judged, read back in blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from shared.events.fields import Shape
from shared.kernel.errors import Fault
from shared.runtime.db import AsyncSession, context_of, driver
from shared.runtime.imports.kind import ImportKind, Outcome

BLOCK = 1000


@dataclass(frozen=True, slots=True)
class StagedLine:
    """One line as read: its values, where its record begins, its key where it can be told, what is wrong with it."""

    number: int
    values: dict[str, str]
    record_line: int
    key: str | None
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class Block:
    """Sound lines in file order; `last` is where the next block begins after."""

    numbers: list[int]
    records: list[int]
    rows: list[Shape]

    @property
    def last(self) -> int:
        """The first line of the last record in the block."""
        return self.records[-1]


def documented(fault: Fault) -> dict[str, str | None]:
    """A fault as it is stored with its line."""
    return {"column": fault.field, "code": fault.code, "message": fault.message}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def store(session: AsyncSession, import_id: UUID, lines: Sequence[StagedLine]) -> None:
    """Add lines; those with faults are judged already. (COPY is refused by tables under row security.)"""
    connection = await driver(session)
    await connection.execute(
        _STORE,
        context_of(session).tenant_id,
        import_id,
        [line.number for line in lines],
        [line.record_line for line in lines],
        [line.key for line in lines],
        [_json(line.values) for line in lines],
        [_json([documented(fault) for fault in line.faults]) for line in lines],
    )


async def refuse_repeated_keys(session: AsyncSession, import_id: UUID) -> None:
    """Two lines with one key are both wrong: nobody can say which is meant."""
    fault = {"column": None, "code": "duplicate_key", "message": "Another line of the file has the same key."}
    await (await driver(session)).execute(_REPEATED, import_id, _json([fault]))


async def refuse_torn_records(session: AsyncSession, import_id: UUID) -> None:
    """A record with one bad line is refused whole."""
    fault = {"column": None, "code": "record_refused", "message": "Another line of the same record is refused."}
    await (await driver(session)).execute(_TORN, import_id, _json([fault]))


async def next_block(session: AsyncSession, kind: ImportKind, import_id: UUID, after: int) -> Block | None:
    """Sound lines of whole records that begin after line `after`: a thousand, and the rest of the last record."""
    found = await (await driver(session)).fetch(_BLOCK, import_id, after, BLOCK)
    if not found:
        return None
    return Block(
        [line["line_no"] for line in found],
        [line["record_line"] for line in found],
        [kind.row.model_validate_strings(line["row"]) for line in found],
    )


async def judge(session: AsyncSession, import_id: UUID, numbers: Sequence[int], outcomes: Sequence[Outcome]) -> None:
    """Write down what applying these lines does."""
    faults = [[documented(outcome.fault)] if outcome.fault else [] for outcome in outcomes]
    await (await driver(session)).execute(
        _JUDGE, import_id, list(numbers), [outcome.verdict for outcome in outcomes], [_json(found) for found in faults]
    )


_STORE = """
INSERT INTO import_line (tenant_id, import_id, line_no, record_line, key, row, faults, outcome)
SELECT $1, $2, line.line_no, line.record_line, line.key, line.row, line.faults,
    CASE WHEN line.faults <> '[]' THEN 'error' END
FROM unnest($3::int[], $4::int[], $5::text[], $6::jsonb[], $7::jsonb[]) AS line(line_no, record_line, key, row, faults)
"""
# One pass each and an array of line numbers: a join would be quadratic on a table without statistics.
_REPEATED = """
UPDATE import_line SET outcome = 'error', faults = faults || $2::jsonb
WHERE import_id = $1 AND line_no = ANY (ARRAY(
    SELECT line_no FROM (
        SELECT line_no, count(*) OVER (PARTITION BY key) AS times FROM import_line
        WHERE import_id = $1 AND key IS NOT NULL
    ) AS line WHERE times > 1
))
"""
_TORN = """
UPDATE import_line SET outcome = 'error', faults = $2::jsonb
WHERE import_id = $1 AND line_no = ANY (ARRAY(
    SELECT line_no FROM (
        SELECT line_no, outcome, bool_or(outcome = 'error') OVER (PARTITION BY record_line) AS torn FROM import_line
        WHERE import_id = $1
    ) AS line WHERE torn AND outcome IS DISTINCT FROM 'error'
))
"""
_BLOCK = """
SELECT line_no, record_line, row FROM import_line
WHERE import_id = $1 AND outcome IS DISTINCT FROM 'error' AND record_line > $2 AND record_line <= (
    SELECT max(record_line) FROM (
        SELECT record_line FROM import_line
        WHERE import_id = $1 AND outcome IS DISTINCT FROM 'error' AND record_line > $2
        ORDER BY record_line LIMIT $3
    ) AS block
)
ORDER BY record_line, line_no
"""
_JUDGE = """
UPDATE import_line SET outcome = judged.outcome, faults = judged.faults
FROM unnest($2::int[], $3::text[], $4::jsonb[]) AS judged(line_no, outcome, faults)
WHERE import_id = $1 AND import_line.line_no = judged.line_no
"""
