"""The first step of an import: read the file, judge every line, change nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from uuid import UUID

import orjson
from pydantic import ValidationError

from shared.kernel.errors import Fault
from shared.kernel.ids import new_id
from shared.runtime.audit import audit
from shared.runtime.db import AsyncSession, context_of, driver
from shared.runtime.imports import lines
from shared.runtime.imports.csv_file import OUR_OWN, CsvLine, Layout, read_csv
from shared.runtime.imports.kind import ImportKind
from shared.runtime.imports.lines import StagedLine
from shared.runtime.problem import fault_of


async def validate_import(
    session: AsyncSession, kind: ImportKind, body: bytes, now: datetime, layout: Layout = OUR_OWN
) -> UUID:
    """Store the file's lines with what applying each would do; refusals of whole files are those of `read_csv`."""
    context = context_of(session)
    connection = await driver(session)
    import_id = new_id()
    await connection.execute(_CREATE, context.tenant_id, import_id, kind.name, context.actor, now)
    begins: dict[str, int] = {}
    staged = (_staged(line, kind, begins) for line in read_csv(body, kind, layout))
    for block in _blocks(staged):
        await lines.store(session, import_id, block)
    await lines.refuse_repeated_keys(session, import_id)
    if kind.record:
        await lines.refuse_torn_records(session, import_id)
    after = 0
    while block_of_rows := await lines.next_block(session, kind, import_id, after):
        outcomes = await kind.compare(session, block_of_rows.rows)
        await lines.judge(session, import_id, block_of_rows.numbers, outcomes)
        after = block_of_rows.last
    if kind.record:
        await lines.refuse_torn_records(session, import_id)
    await connection.execute(COUNT, import_id)
    await audit(session, action="import.validated", entity="import", entity_id=import_id)
    return import_id


def _blocks(staged: Iterator[StagedLine]) -> Iterable[list[StagedLine]]:
    while block := list(islice(staged, lines.BLOCK)):
        yield block


def _staged(line: CsvLine, kind: ImportKind, begins: dict[str, int]) -> StagedLine:
    """`begins` remembers the first line of each record, a line without record being one of its own."""
    if line.values is None:
        fault = Fault("", "column_count", "The line has another number of columns than the header.")
        return StagedLine(line.number, {}, line.number, None, [fault])
    faults, typed = [], dict(line.values)
    try:
        row = kind.row.model_validate_strings(line.values)
        typed |= {column: str(getattr(row, column)) for column in kind.key}
    except ValidationError as error:
        # A cell that holds several values is at fault as a whole: its column is what the file's writer knows.
        faults = [
            replace(fault_of(found), field=str(found["loc"][0]) if found["loc"] else None)
            for found in error.errors(include_url=False, include_input=False)
        ]
    record = _text(typed, kind.record)
    record_line = begins.setdefault(record, line.number) if record else line.number
    return StagedLine(line.number, line.values, record_line, _text(typed, kind.key), faults)


def _text(values: dict[str, str], columns: tuple[str, ...]) -> str | None:
    known = [values[column] for column in columns if column in values]
    return orjson.dumps(known).decode() if known and len(known) == len(columns) else None


_CREATE = "INSERT INTO import (tenant_id, id, kind, created_by, created_at) VALUES ($1, $2, $3, $4, $5)"
COUNT = """
UPDATE import SET
    line_count = counted.line_count, create_count = counted.create_count, update_count = counted.update_count,
    unchanged_count = counted.unchanged_count, error_count = counted.error_count, fault_count = counted.fault_count
FROM (
    SELECT count(*) AS line_count,
        count(*) FILTER (WHERE outcome = 'create') AS create_count,
        count(*) FILTER (WHERE outcome = 'update') AS update_count,
        count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged_count,
        count(*) FILTER (WHERE outcome = 'error') AS error_count,
        coalesce(sum(jsonb_array_length(faults)), 0) AS fault_count
    FROM import_line WHERE import_id = $1
) AS counted
WHERE id = $1
"""
