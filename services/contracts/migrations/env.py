"""Alembic's entry to contracts' migrations."""

from shared.runtime.migrate import run

run()
