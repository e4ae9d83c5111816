"""The registers, each with the same five routes."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field, create_model
from pydantic.fields import FieldInfo
from sqlalchemy import select

from services.contracts.application import registers
from services.contracts.repository.rows import table_of
from services.contracts.schemas import registers as shapes
from services.contracts.schemas.stored import StoredView
from shared.events.fields import Code, Flag, Shape
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

_REGISTERS: Sequence[tuple[str, registers.Register, type[shapes.RegisterShape]]] = (
    ("legal-entities", registers.LEGAL_ENTITY, shapes.LegalEntityShape),
    ("agencies", registers.AGENCY, shapes.AgencyShape),
    ("salespeople", registers.SALESPERSON, shapes.SalespersonShape),
    ("taxes", registers.TAX, shapes.TaxShape),
    ("clients", registers.CLIENT, shapes.ClientShape),
    ("stations", registers.STATION, shapes.StationShape),
    ("suppliers", registers.SUPPLIER, shapes.SupplierShape),
    ("media", registers.MEDIA, shapes.MediaShape),
    ("agreements", registers.AGREEMENT, shapes.AgreementShape),
    ("copies", registers.COPY, shapes.CopyShape),
    ("plans", registers.PLAN, shapes.PlanShape),
)


class RegisterQuery(ListQuery):
    """Filters of every register."""

    code: list[Code] | None = None
    blocked: Flag | None = None


def register_routers() -> list[APIRouter]:
    """A router per register."""
    return [_router(path, register, shape) for path, register, shape in _REGISTERS]


def _router(path: str, register: registers.Register, shape: type[shapes.RegisterShape]) -> APIRouter:
    router = Router(tags=["registers"])
    view, patch = _view(shape), _patch(shape)
    table = table_of(register.table)

    @router.get(f"/v1/{path}", name=f"list_{register.name}")
    @needs("register:read")
    async def list_records(session: Db, query: Annotated[RegisterQuery, Query()]) -> Page[view]:  # type: ignore[valid-type]
        statement = select(table)
        if query.code is not None:
            statement = statement.where(table.c.code.in_(query.code))
        if query.blocked is not None:
            statement = statement.where(table.c.blocked == query.blocked)
        return await page(session, statement, keys=(table.c.code, table.c.id), query=query, shape=view)

    @router.get(f"/v1/{path}/{{record_id}}", name=f"show_{register.name}")
    @needs("register:read")
    async def show_record(record_id: UUID, session: Db, response: Response) -> view:  # type: ignore[valid-type]
        return _answer(response, view, await registers.get(session, register, record_id))

    @router.post(f"/v1/{path}", status_code=201, name=f"create_{register.name}")
    @needs("register:write")
    async def create_record(body: shape, session: Db, response: Response) -> view:  # type: ignore[valid-type]
        return _answer(response, view, await registers.create(session, register, body.model_dump()))  # type: ignore[attr-defined]

    @router.patch(f"/v1/{path}/{{record_id}}", name=f"change_{register.name}")
    @needs("register:write")
    async def change_record(
        record_id: UUID,
        body: patch,  # type: ignore[valid-type]
        version: Version,
        session: Db,
        response: Response,
    ) -> view:  # type: ignore[valid-type]
        before = registers.shown(await registers.get(session, register, record_id))
        kept = {name: before[name] for name in shape.model_fields}
        values = {**kept, **body.model_dump(exclude_unset=True)}  # type: ignore[attr-defined]
        return _answer(response, view, await registers.amend(session, register, record_id, version, values))

    return router


def _answer(response: Response, view: type[StoredView], record: dict[str, Any]) -> StoredView:
    tag(response, record["version"])
    return view.model_validate(record)


def _view(shape: type[shapes.RegisterShape]) -> type[StoredView]:
    fields: dict[str, Any] = {"id": (UUID, ...), "version": (int, ...)}
    fields |= {name: (field.rebuild_annotation(), ...) for name, field in shape.model_fields.items()}
    return create_model(
        shape.__name__.removesuffix("Shape") + "View", __base__=StoredView, __doc__=shape.__doc__, **fields
    )


def _patch(shape: type[shapes.RegisterShape]) -> type[Shape]:
    """The same fields, each of which may be left out; what is given is checked as strictly."""
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), _left_out(field)) for name, field in shape.model_fields.items()
    }
    return create_model(shape.__name__.removesuffix("Shape") + "Patch", __base__=Shape, __doc__=shape.__doc__, **fields)


def _left_out(field: FieldInfo) -> Any:
    return Field(None, description=field.description)
