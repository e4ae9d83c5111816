"""Database access: engine, transactions bound to one tenant, column types."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, Numeric, TypeDecorator, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session as SyncSession
from sqlalchemy.orm import registry

__all__ = [
    "AMOUNT",
    "EXACT",
    "JSON",
    "MOMENT",
    "AsyncSession",
    "Context",
    "Database",
    "context_of",
    "driver",
    "is_transient",
    "own_tables",
    "sqlstate",
]

_SECONDS = 5
# Reliability.md section 2: without these a lost client can hold a row lock, and so the numbering, for ever.
_SESSION = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
    # Short statements: compiling one takes longer than running it.
    "jit": "off",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}
_TRANSIENT_CODES = ("40001", "40P01", "55P03", "08", "57P0", "53")
_TRANSIENT_KINDS = (
    PoolTimeout,
    InterfaceError,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_CONTEXT, _READ_ONLY = "context", "read_only"
# What is read is asked with filters of every kind, and a plan for any of them fits none; writes are always alike.
_PLANS = {True: "force_custom_plan", False: "auto"}
_BIND = """
SELECT set_config('app.tenant_id', $1, true), set_config('app.system', $2, true),
  set_config('plan_cache_mode', $3, true)
"""


class _Exact(TypeDecorator[Decimal]):
    """NUMERIC(18, 6) whose values come back without the column's trailing zeros."""

    impl = Numeric(18, 6)
    cache_ok = True

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> Decimal | None:
        """12.500000 as 12.5, and 100 as 100 rather than 1E+2."""
        if value is None:
            return None
        short = value.normalize()
        return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator]


AMOUNT = BigInteger()
EXACT = _Exact()
MOMENT = DateTime(timezone=True)
JSON = JSONB(none_as_null=True)

_NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def own_tables() -> registry:
    """A registry for one service's rows, so that two services may both own a `client`.

    `class Row(SQLModel, registry=own_tables())` is the base of a service's rows.
    """
    return registry(metadata=MetaData(naming_convention=_NAMES))


@dataclass(frozen=True, slots=True)
class Context:
    """On whose behalf a transaction runs. Without a tenant it sees the plumbing of all tenants and no business row."""

    tenant_id: UUID | None
    actor: str
    correlation_id: UUID
    causation_id: UUID | None = None


class Database:
    """One service's database, reached as its `_app` role."""

    def __init__(
        self, url: str, *, pool_size: int = 10, name: str = "mediabilling", command_seconds: float = _SECONDS
    ) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=2,
            json_serializer=lambda value: orjson.dumps(value, default=_plain).decode(),
            json_deserializer=orjson.loads,
            connect_args={
                "timeout": _SECONDS,
                "command_timeout": command_seconds,
                "server_settings": {**_SESSION, "application_name": name},
            },
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)

    @asynccontextmanager
    async def transaction(self, context: Context, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction as `context`; committed when the block ends well, rolled back when it raises."""
        async with AsyncSession(self.engine, expire_on_commit=False, autoflush=True) as session:
            session.info.update({_CONTEXT: context, _READ_ONLY: read_only})
            options: dict[str, Any] = {"postgresql_readonly": True} if read_only else {}
            async with session.begin():
                await session.connection(execution_options=options)
                yield session

    async def connect(self) -> asyncpg.Connection:
        """A plain connection outside the pool, for the one relay that holds its advisory lock on it."""
        url = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return await asyncpg.connect(url, timeout=_SECONDS, command_timeout=_SECONDS, server_settings=dict(_SESSION))

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


def _refuse_closed(connection: Any, _record: Any, _borrowed: Any) -> None:
    """A connection the server closed is replaced as it is borrowed; asking the server would be three round trips."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} has no JSON form")


@event.listens_for(SyncSession, "after_begin")
def _bind_tenant(session: SyncSession, _transaction: Any, connection: Connection) -> None:
    """The only place that names the tenant to PostgreSQL; the setting ends with the transaction."""
    context: Context | None = session.info.get(_CONTEXT)
    if context is None:
        return
    tenant_id, system = (str(context.tenant_id), "") if context.tenant_id else ("", "on")
    connection.exec_driver_sql(_BIND, (tenant_id, system, _PLANS[session.info[_READ_ONLY]]))


def context_of(session: AsyncSession) -> Context:
    """On whose behalf this session works."""
    context: Context = session.info[_CONTEXT]
    return context


async def driver(session: AsyncSession) -> asyncpg.Connection:
    """The driver's connection inside the session's transaction, for COPY and server-side cursors."""
    raw = await (await session.connection()).get_raw_connection()
    connection: asyncpg.Connection = raw.driver_connection
    return connection


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code of an error, whether it came through SQLAlchemy or from the driver; "" when there is none."""
    origin = getattr(error, "orig", None) or error
    return getattr(origin, "sqlstate", None) or ""


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed when it is tried again (reliability.md section 2)."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    origin = getattr(error, "orig", None) or error
    if isinstance(origin, _TRANSIENT_KINDS) or sqlstate(error).startswith(_TRANSIENT_CODES):
        return True
    return origin.__cause__ is not None and is_transient(origin.__cause__)
