"""The HTTP door of imports, for the kinds of files one service takes."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from shared.events.examples import example, example_of
from shared.events.fields import Flag, Shape, Text
from shared.kernel.errors import Fault, Invalid
from shared.runtime.body import UPLOAD_BYTES_MAX
from shared.runtime.http import Db, Now, Router, Version, needs, tag
from shared.runtime.imports.apply import apply_import, discard_import
from shared.runtime.imports.csv_file import Layout
from shared.runtime.imports.kind import Imports
from shared.runtime.imports.validate import validate_import
from shared.runtime.imports.views import (
    IMPORT,
    IMPORT_LINE,
    STATE,
    ImportLineView,
    ImportRow,
    ImportState,
    ImportView,
    get_import,
    imports,
)
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.problem import ProtocolFault

_Pair: Any = Text(200, 1)


class ImportFile(BaseModel):
    """What a file is, and how it differs from our own format where another system writes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(
        max_length=80,
        description="What the file holds; the body tells the columns of each kind, required ones in bold.",
    )
    column: list[_Pair] = Field(
        [],
        max_length=50,
        description="`ours=theirs`: how the file names a column; then what else it has is passed over.",
        examples=[["air_time=Play Time"]],
    )
    constant: list[_Pair] = Field(
        [],
        max_length=50,
        description="`ours=value`: the value of a column that the file leaves out, on every line.",
        examples=[["station_code=KAAA"]],
    )


class ImportQuery(ListQuery):
    """Filters of the list of imports."""

    kind: list[Text(80)] | None = Field(None, description="Kinds of files.")  # type: ignore[valid-type]
    state: list[ImportState] | None = Field(None, description="`validated` ones wait to be applied.")


class ImportLineQuery(ListQuery):
    """Filters of the lines of an import."""

    outcome: list[Literal["create", "update", "unchanged", "error"]] | None = Field(
        None, description="What applying the line does."
    )


class ImportTransition(Shape):
    """Apply a validated import, passing over its error lines when told so; or lay it aside."""

    model_config = example(to="applied", skip_errors=True)

    to: Literal["applied", "discarded"] = Field(description="`applied` writes what was validated, `discarded` nothing.")
    skip_errors: Flag = Field(
        False, description="Pass over lines with errors; otherwise one is enough to refuse the file."
    )


def imports_router(kinds: Imports) -> APIRouter:
    """The resource /v1/imports over these kinds of files."""
    router = Router(tags=["imports"])

    @router.post("/v1/imports", summary="Validate import file", status_code=201, openapi_extra=_file(kinds))
    @needs("import:write", key="required", body_bytes_max=UPLOAD_BYTES_MAX)
    async def start_import(
        asked: Annotated[ImportFile, Query()], request: Request, session: Db, now: Now, response: Response
    ) -> ImportView:
        """Validate a CSV file: what applying each line would do, and why the bad ones are refused."""
        if asked.kind not in kinds:
            fault = Fault("", "unknown_import_kind", f"Expected {', '.join(sorted(kinds))}.", field="kind")
            raise Invalid.of([fault])
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
            raise ProtocolFault(415, "media_type", "The body must be text/csv.")
        layout = Layout(_pairs("column", asked.column), _pairs("constant", asked.constant))
        import_id = await validate_import(session, kinds[asked.kind], await request.body(), now, layout)
        response.headers["Location"] = f"/v1/imports/{import_id}"
        return _tagged(response, await get_import(session, import_id))

    @router.post("/v1/imports/{import_id}/transitions", summary="Apply or discard import")
    @needs("import:write")
    async def change_import(
        import_id: UUID, body: ImportTransition, version: Version, session: Db, now: Now, response: Response
    ) -> ImportView:
        """Apply or discard; 202 and the job's `Location` when the file is large."""
        if body.to == "discarded":
            return _tagged(response, await discard_import(session, import_id, version=version))
        found = await apply_import(session, kinds, import_id, version=version, skip_errors=body.skip_errors, now=now)
        if found.state is ImportState.APPLYING:
            response.status_code = 202
            response.headers["Location"] = f"/v1/jobs/{found.job_id}"
        return _tagged(response, found)

    router.add_api_route("/v1/imports", list_imports, methods=["GET"])
    router.add_api_route("/v1/imports/{import_id}", show_import, methods=["GET"])
    router.add_api_route("/v1/imports/{import_id}/lines", list_import_lines, methods=["GET"])
    return router


def _file(kinds: Imports) -> dict[str, Any]:
    """The body in the reference: the columns of each kind, and a first line of those whose row states an example."""
    shown = {name: example_of(kind.row) for name, kind in kinds.items()}
    examples = {name: {"summary": name, "value": _csv(line)} for name, line in shown.items() if line}
    return {
        "requestBody": {
            "required": True,
            "description": "\n".join(("UTF-8, with the names of its columns in the first line.\n", *_columns(kinds))),
            "content": {"text/csv": {"schema": {"type": "string"}, "examples": examples}},
        }
    }


def _columns(kinds: Imports) -> Iterator[str]:
    for name, kind in sorted(kinds.items()):
        columns = kind.row.model_fields.items()
        told = (f"**{column}**" if field.is_required() else column for column, field in columns)
        yield f"- `{name}`: {', '.join(told)}"


def _csv(line: Mapping[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((line.keys(), line.values()))
    return text.getvalue()


@needs("import:read")
async def list_imports(session: Db, query: Annotated[ImportQuery, Query()]) -> Page[ImportRow]:
    """Imports, newest first."""
    statement = imports()
    if query.kind is not None:
        statement = statement.where(IMPORT.c.kind.in_(query.kind))
    if query.state is not None:
        statement = statement.where(STATE.in_(query.state))
    keys = (IMPORT.c.created_at, IMPORT.c.id)
    return await page(session, statement, keys=keys, query=query, shape=ImportRow, descending=True)


@needs("import:read")
async def show_import(import_id: UUID, session: Db, response: Response) -> ImportView:
    """One import with its counts and first faults."""
    return _tagged(response, await get_import(session, import_id))


@needs("import:read")
async def list_import_lines(
    import_id: UUID, session: Db, query: Annotated[ImportLineQuery, Query()]
) -> Page[ImportLineView]:
    """Every line of the file, in order."""
    await get_import(session, import_id)
    statement = select(IMPORT_LINE.c.line_no, IMPORT_LINE.c.outcome, IMPORT_LINE.c.faults)
    statement = statement.where(IMPORT_LINE.c.import_id == import_id)
    if query.outcome is not None:
        statement = statement.where(IMPORT_LINE.c.outcome.in_(query.outcome))
    return await page(session, statement, keys=(IMPORT_LINE.c.line_no,), query=query, shape=ImportLineView)


def _pairs(parameter: str, given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name.strip() and equals and value.strip()) or name.strip() in found:
            fault = Fault("", "invalid_value", "Expected ours=theirs, each of ours once.", field=parameter)
            raise Invalid.of([fault])
        found[name.strip()] = value.strip()
    return found


def _tagged(response: Response, found: ImportView) -> ImportView:
    tag(response, found.version)
    return found
