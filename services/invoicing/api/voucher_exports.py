"""Exports of vouchers to a ledger: made once, downloaded any number of times."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import case, exists, select

from services.invoicing import tables
from services.invoicing.application.export_vouchers import Wanted, export_vouchers
from services.invoicing.schemas.invoices import VoucherRow
from shared.events.examples import LEGAL_ENTITY, example
from shared.events.fields import Amount, CurrencyCode, Day, Moment, Shape
from shared.kernel.errors import NotFound
from shared.runtime.db import AsyncSession
from shared.runtime.http import Db, Now, Router, Who, needs
from shared.runtime.paging import ListQuery, Page, page
from shared.runtime.views import MinorView

router = Router(tags=["ledger"])
_export = tables.VoucherExport.__table__  # type: ignore[attr-defined]
_item = tables.VoucherExportItem.__table__  # type: ignore[attr-defined]
_file = tables.VoucherExportFile.__table__  # type: ignore[attr-defined]
_voucher = tables.Voucher.__table__  # type: ignore[attr-defined]
Format = Literal["sie", "csv"]
_MEDIA_TYPES: dict[str, str] = {"sie": "application/octet-stream", "csv": "text/csv; charset=utf-8"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


class VoucherExportShape(Shape):
    """Vouchers to export: those dated on these days (both included) that no earlier export took."""

    model_config = example(legal_entity_id=LEGAL_ENTITY, from_on="2026-10-01", to_on="2026-10-31")

    legal_entity_id: UUID
    from_on: Day | None = Field(None, description="Accounting date; left out, from the first that waits.")
    to_on: Day | None = Field(None, description="Accounting date; left out, to the last that waits.")


class VoucherExportView(MinorView):
    """A batch of vouchers with its control totals; `completed` once its files can be downloaded."""

    id: UUID
    legal_entity_id: UUID
    export_no: int
    state: Literal["queued", "completed"]
    year: int
    first_on: Day
    last_on: Day
    voucher_count: int
    currency: CurrencyCode
    debit_amount: Amount
    credit_amount: Amount
    created_by: str
    created_at: Moment


class VoucherExportQuery(ListQuery):
    """Filters of the list of exports."""

    legal_entity_id: list[UUID] | None = None
    year: list[Annotated[int, Field(ge=1990, le=2199)]] | None = Field(
        None, description="The accounting year of its vouchers."
    )


@router.post("/v1/voucher-exports", summary="Export vouchers", status_code=202)
@needs("voucher_export:write", key="required")
async def make_export(
    body: VoucherExportShape, session: Db, now: Now, who: Who, response: Response
) -> VoucherExportView:
    """Make a batch; its files are written by the job of the same id."""
    wanted = Wanted(body.legal_entity_id, body.from_on, body.to_on)
    export_id = await export_vouchers(session, wanted, by=who.subject, now=now)
    response.headers["Location"] = f"/v1/jobs/{export_id}"
    return await _view(session, export_id)


@router.get("/v1/voucher-exports", summary="List voucher exports")
@needs("voucher_export:read")
async def list_exports(session: Db, query: Annotated[VoucherExportQuery, Query()]) -> Page[VoucherExportView]:
    """Batches, newest first."""
    statement = _exports()
    for name in ("legal_entity_id", "year"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(_export.c[name].in_(wanted))
    keys = (_export.c.created_at, _export.c.id)
    return await page(session, statement, keys=keys, query=query, shape=VoucherExportView, descending=True)


@router.get("/v1/voucher-exports/{export_id}", summary="Show voucher export")
@needs("voucher_export:read")
async def show_export(export_id: UUID, session: Db) -> VoucherExportView:
    """One batch."""
    return await _view(session, export_id)


@router.get("/v1/voucher-exports/{export_id}/vouchers", summary="List vouchers of export")
@needs("voucher_export:read")
async def list_exported(export_id: UUID, session: Db, query: Annotated[ListQuery, Query()]) -> Page[VoucherRow]:
    """The vouchers of a batch, in the order they were posted."""
    statement = select(_voucher).join(_item, _item.c.voucher_id == _voucher.c.id).where(_item.c.export_id == export_id)
    return await page(session, statement, keys=(_voucher.c.id,), query=query, shape=VoucherRow)


@router.get(
    "/v1/voucher-exports/{export_id}/files/{form}",
    summary="Download file of export",
    response_class=Response,
    responses=_FILE,
)
@needs("voucher_export:read")
async def download(export_id: UUID, form: Format, session: Db) -> Response:
    """The batch as SIE 4I (code page 437) or CSV; the same bytes for ever."""
    chosen = select(_file.c.content, _file.c.file_name).where(_file.c.export_id == export_id, _file.c.format == form)
    found = (await session.execute(chosen)).first()
    if found is None:
        raise NotFound("not_written", "The export has no such file, or not yet.")
    headers = {"Content-Disposition": f'attachment; filename="{found.file_name}"'}
    return Response(found.content, media_type=_MEDIA_TYPES[form], headers=headers)


def _exports() -> Any:
    written = exists().where(_file.c.export_id == _export.c.id, _file.c.format == "csv")
    return select(_export, case((written, "completed"), else_="queued").label("state"))


async def _view(session: AsyncSession, export_id: UUID) -> VoucherExportView:
    found = (await session.execute(_exports().where(_export.c.id == export_id))).mappings().first()
    if found is None:
        raise NotFound("not_found", "There is no such export.")
    return VoucherExportView.model_validate(dict(found))
