"""A database and its three roles per service: owner (migrations), app (the service), ro (readers)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
from sqlalchemy.engine import make_url

ROLES = ("owner", "app", "ro")
# Reliability.md section 2: a lost client must not hold a row lock, and so the numbering, for ever.
_LIMITS = {"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "5s"}
_LOCK = 0x6D625F70726F7669


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A service's database as its roles reach it."""

    database: str
    owner_url: str
    app_url: str
    ro_url: str


async def provision(admin_url: str, database: str, passwords: Mapping[str, str] | None = None) -> Provisioned:
    """Make a database and its roles where they are missing; two callers at once wait for each other.

    `passwords` gives one per role (`owner`, `app`, `ro`), missing ones are invented; roles that exist get theirs set.
    """
    given = {role: (passwords or {}).get(role) or secrets.token_urlsafe(24) for role in ROLES}
    admin = await asyncpg.connect(_plain(admin_url))
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for role, password in given.items():
            await _role(admin, f"{database}_{role}", password)
        for setting, value in _LIMITS.items():
            await admin.execute(f"ALTER ROLE {_name(f'{database}_app')} SET {setting} = '{value}'")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await admin.execute(f"CREATE DATABASE {_name(database)} OWNER {_name(f'{database}_owner')}")
        await admin.execute(f"REVOKE CONNECT ON DATABASE {_name(database)} FROM PUBLIC")
        for role in ROLES:
            await admin.execute(f"GRANT CONNECT ON DATABASE {_name(database)} TO {_name(f'{database}_{role}')}")
    finally:
        await admin.close()
    urls = {role: _url(admin_url, database, f"{database}_{role}", password) for role, password in given.items()}
    return Provisioned(database, urls["owner"], urls["app"], urls["ro"])


async def discard(admin_url: str, database: str) -> None:
    """Drop a database with its roles; for what tests and benchmarks made."""
    admin = await asyncpg.connect(_plain(admin_url))
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {_name(database)} WITH (FORCE)")
        for role in ROLES:
            await admin.execute(f"DROP ROLE IF EXISTS {_name(f'{database}_{role}')}")
    finally:
        await admin.close()


async def _role(admin: asyncpg.Connection, name: str, password: str) -> None:
    literal = password.replace("'", "''")
    verb = "ALTER" if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name) else "CREATE"
    await admin.execute(
        f"{verb} ROLE {_name(name)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD '{literal}'"
    )


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _url(admin_url: str, database: str, role: str, password: str) -> str:
    url = make_url(admin_url).set(drivername="postgresql", database=database, username=role, password=password)
    return url.render_as_string(hide_password=False)
