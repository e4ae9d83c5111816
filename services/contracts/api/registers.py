"""The registers, each with the same five routes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field, create_model
from sqlalchemy import select

from services.contracts.application import media_registers, registers
from services.contracts.repository.rows import table_of
from services.contracts.schemas import media_registers as media_shapes
from services.contracts.schemas import registers as shapes
from services.contracts.schemas import station_registers as station_shapes
from services.contracts.schemas.partial import partial
from shared.events.fields import Code
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.views import MinorView

_REGISTERS: Mapping[str, Sequence[tuple[str, registers.Register, type[shapes.RegisterShape]]]] = {
    "registers": (
        ("legal-entities", registers.LEGAL_ENTITY, shapes.LegalEntityShape),
        ("clients", media_registers.CLIENT, shapes.ClientShape),
    ),
    "radio registers": (
        ("agencies", registers.AGENCY, shapes.AgencyShape),
        ("salespeople", registers.SALESPERSON, shapes.SalespersonShape),
        ("taxes", registers.TAX, shapes.TaxShape),
        ("conflicts", registers.CONFLICT, shapes.ConflictShape),
        ("revenue-sources", registers.REVENUE_SOURCE, shapes.RevenueSourceShape),
        ("revenue-types", registers.REVENUE_TYPE, shapes.RevenueTypeShape),
        ("station-groups", registers.STATION_GROUP, station_shapes.StationGroupShape),
        ("stations", registers.STATION, station_shapes.StationShape),
        ("copies", registers.COPY, station_shapes.CopyShape),
    ),
    "media registers": (
        ("vat-codes", media_registers.VAT_CODE, media_shapes.VatCodeShape),
        ("payment-terms", media_registers.PAYMENT_TERMS, media_shapes.PaymentTermsShape),
        ("ad-agencies", media_registers.AD_AGENCY, media_shapes.AdAgencyShape),
        ("suppliers", media_registers.SUPPLIER, media_shapes.SupplierShape),
        ("media-types", media_registers.MEDIA_TYPE, media_shapes.MediaTypeShape),
        ("media", media_registers.MEDIA, media_shapes.MediaShape),
        ("agreements", media_registers.AGREEMENT, media_shapes.AgreementShape),
        ("price-codes", media_registers.PRICE_CODE, media_shapes.PriceCodeShape),
        ("reconciliation-codes", media_registers.RECONCILIATION_CODE, media_shapes.ReconciliationCodeShape),
        ("claim-texts", media_registers.CLAIM_TEXT, media_shapes.ClaimTextShape),
        ("plans", media_registers.PLAN, media_shapes.PlanShape),
    ),
}


class RegisterQuery(ListQuery):
    """Filters of every register."""

    code: list[Code] | None = None
    blocked: bool | None = Field(None, description="Blocked records only, or the others only.")


def register_routers() -> list[APIRouter]:
    """A router per register."""
    return [_router(group, *one) for group, ones in _REGISTERS.items() for one in ones]


def _router(group: str, path: str, register: registers.Register, shape: type[shapes.RegisterShape]) -> APIRouter:
    router = Router(tags=[group])
    view, patch = _view(shape, register), partial(shape)
    table = table_of(register.table)
    plural = path.replace("-", " ")

    @router.get(f"/v1/{path}", name=f"list_{register.name}", summary=f"List {plural}", description=shape.__doc__)
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
        """One record, with its version in the ETag."""
        return _answer(response, view, await registers.get(session, register, record_id))

    @router.post(f"/v1/{path}", status_code=201, name=f"create_{register.name}")
    @needs("register:write")
    async def create_record(body: shape, session: Db, response: Response) -> view:  # type: ignore[valid-type]
        """A new record; its code is its own in the register."""
        values, given = body.model_dump(), body.model_fields_set  # type: ignore[attr-defined]
        return _answer(response, view, await registers.create(session, register, values, given))

    @router.patch(f"/v1/{path}/{{record_id}}", name=f"change_{register.name}")
    @needs("register:write")
    async def change_record(
        record_id: UUID,
        body: patch,  # type: ignore[valid-type]
        version: Version,
        session: Db,
        response: Response,
    ) -> view:  # type: ignore[valid-type]
        """Change the fields that are named; what names the record follows."""
        given = body.given()  # type: ignore[attr-defined]
        return _answer(response, view, await registers.amend(session, register, record_id, version, given))

    return router


def _answer(response: Response, view: type[MinorView], record: dict[str, Any]) -> MinorView:
    tag(response, record["version"])
    return view.model_validate(record)


def _view(shape: type[shapes.RegisterShape], register: registers.Register) -> type[MinorView]:
    """The record's fields, and those it takes from the records it names."""
    fields: dict[str, Any] = {"id": (UUID, ...), "version": (int, ...)}
    fields |= {
        name: (field.rebuild_annotation(), Field(description=field.description))
        for name, field in shape.model_fields.items()
    }
    for taken in register.taken.values():
        fields |= {name: (type(value), ...) for name, value in taken.otherwise.items()}
    return create_model(
        shape.__name__.removesuffix("Shape") + "View", __base__=MinorView, __doc__=shape.__doc__, **fields
    )
