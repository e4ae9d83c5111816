"""A list of a hundred invoices as invoicing answers it, beside SQLModel objects with a response model."""

import os

import asyncpg
import httpx
from fastapi import FastAPI
from pydantic import create_model
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlmodel import SQLModel, select, text

from bench.load import Load, serving
from bench.measure import compare
from deploy.provision import discard, provision
from services.invoicing.main import create_app
from services.invoicing.schemas.invoices import InvoiceRow
from services.invoicing.settings import InvoicingSettings
from services.invoicing.tables import Invoice
from shared.kernel.ids import new_id
from shared.runtime.migrate import migrate
from tests.tokens import JWKS, token

_POSTGRES = "MB_TEST_POSTGRES_URL"
_ROWS, _SHOWN, _CONNECTIONS = 5_000, 100, 8
SEED = """
INSERT INTO invoice (tenant_id, id, version, kind, variant, document, state, legal_entity_id, client_id, invoice_no,
  currency, exchange_rate, gross_amount, discount_amount, agency_commission_amount, net_amount, vat, vat_amount,
  total_amount, sales_commission_amount, media_deduction_amount, client_reference, text, frozen, line_count,
  block_items)
SELECT $1, ('01800000-0000-7000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, 1, 'media', 'normal', 'invoice', 'pending',
  md5('firm')::uuid, md5('client' || g % 100)::uuid, '', 'EUR', 1, g * 100, 0, 0, g * 100, '[]', g * 25, g * 125, 0, 0,
  'ref ' || g, '', '{}', 1, false
FROM generate_series(1, $2::int) AS g
"""


def plain(url: str, tenant_id: str) -> FastAPI:
    """The floor: a session, objects, a response model of the same fields; no sign-in, amounts as they are stored."""
    sessions = async_sessionmaker(
        create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), pool_size=10), expire_on_commit=False
    )
    fields = {name: (Invoice.model_fields[name].annotation, ...) for name in InvoiceRow.model_fields}
    listed = create_model("Listed", __base__=SQLModel, **fields)  # type: ignore[call-overload]
    app = FastAPI()

    @app.get("/v1/invoices", response_model=list[listed])  # type: ignore[valid-type]
    async def list_invoices(limit: int = 50) -> object:
        session: AsyncSession
        async with sessions() as session:
            await session.execute(text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": tenant_id})
            return (await session.scalars(select(Invoice).order_by(Invoice.id).limit(limit))).all()  # type: ignore[arg-type]

    return app


def ours(url: str, jwks: str) -> FastAPI:
    """Invoicing as it runs."""
    return create_app(InvoicingSettings(database_url=url, jwks=jwks))  # type: ignore[arg-type]


async def lists(count: int, runs: int) -> None:
    """G15 of docs/performance.md; `count` is in rows."""
    admin_url, tenant_id, requests = os.environ[_POSTGRES], new_id(), max(50, count // _SHOWN)
    made = await provision(admin_url, f"bench_{new_id().hex[-12:]}")
    try:
        await migrate(made.owner_url, "invoicing")
        connection = await asyncpg.connect(admin_url.rsplit("/", 1)[0] + f"/{made.database}")
        await connection.execute(SEED, tenant_id, _ROWS)
        await connection.execute("VACUUM ANALYZE invoice")
        await connection.close()
        tokens, path = [token("invoice:read", tenant_id=tenant_id)], f"/v1/invoices?limit={_SHOWN}"
        async with serving(plain, made.app_url, str(tenant_id)) as beside, serving(ours, made.app_url, JWKS) as port:
            await _the_same(beside, port, path, tokens[0])
            floor, load = Load(beside, path, tokens, _CONNECTIONS), Load(port, path, tokens, _CONNECTIONS)
            await compare(
                f"G15 list of {_SHOWN} rows",
                lambda: floor.rate(requests),
                lambda: load.rate(requests),
                runs=runs,
                goal=5,
            )
    finally:
        await discard(admin_url, made.database)


async def _the_same(beside: int, port: int, path: str, signed: str) -> None:
    """Both must show the same invoices."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {signed}"}, trust_env=False) as client:
        theirs, shown = [(await client.get(f"http://127.0.0.1:{each}{path}")).json() for each in (beside, port)]
    here = [(row["id"], int(row["total_amount"].replace(".", ""))) for row in shown["items"]]
    if len(here) != _SHOWN or here != [(row["id"], row["total_amount"]) for row in theirs]:
        raise SystemExit("the two lists differ")
