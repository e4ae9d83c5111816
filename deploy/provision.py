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
    await _ensure(admin_url, database, given)
    urls = {role: _url(admin_url, database, f"{database}_{role}", password) for role, password in given.items()}
    return Provisioned(database, urls["owner"], urls["app"], urls["ro"])


async def provision_as_named(admin_url: str, owner_url: str, app_url: str) -> str:
    """Make the database these two URLs name, and the roles they log in as, with their passwords; the database's name.

    The role for readers comes into being without a password; one that was given to it stays. `ValueError` when the
    URLs do not name `<database>_owner` and `<database>_app`: migrations find one role by the name of the other.
    """
    urls = {"owner": make_url(owner_url), "app": make_url(app_url)}
    database = urls["owner"].database or ""
    for role, url in urls.items():
        if not database or url.database != database or url.username != f"{database}_{role}":
            raise ValueError(f"expected a URL of the role <database>_{role}, got {url.username} on {url.database}")
        if not url.password:
            raise ValueError(f"the URL of {url.username} has no password")
    await _ensure(admin_url, database, {role: str(url.password) for role, url in urls.items()})
    return database


async def discard(admin_url: str, database: str) -> None:
    """Drop a database with its roles; for what tests and benchmarks made."""
    admin = await asyncpg.connect(_plain(admin_url))
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {_name(database)} WITH (FORCE)")
        for role in ROLES:
            await admin.execute(f"DROP ROLE IF EXISTS {_name(f'{database}_{role}')}")
    finally:
        await admin.close()


async def _ensure(admin_url: str, database: str, passwords: Mapping[str, str]) -> None:
    admin = await asyncpg.connect(_plain(admin_url))
    try:
        await admin.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for role in ROLES:
            await _role(admin, f"{database}_{role}", passwords.get(role))
        for setting, value in _LIMITS.items():
            await admin.execute(f"ALTER ROLE {_name(f'{database}_app')} SET {setting} = '{value}'")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await admin.execute(f"CREATE DATABASE {_name(database)} OWNER {_name(f'{database}_owner')}")
        await admin.execute(f"REVOKE CONNECT ON DATABASE {_name(database)} FROM PUBLIC")
        for role in ROLES:
            await admin.execute(f"GRANT CONNECT ON DATABASE {_name(database)} TO {_name(f'{database}_{role}')}")
    finally:
        await admin.close()


async def _role(admin: asyncpg.Connection, name: str, password: str | None) -> None:
    verb = "ALTER" if await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name) else "CREATE"
    literal = "" if password is None else "PASSWORD '{}'".format(password.replace("'", "''"))
    await admin.execute(f"{verb} ROLE {_name(name)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS {literal}")


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _url(admin_url: str, database: str, role: str, password: str) -> str:
    url = make_url(admin_url).set(drivername="postgresql", database=database, username=role, password=password)
    return url.render_as_string(hide_password=False)
