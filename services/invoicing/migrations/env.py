"""Alembic's entry to invoicing's migrations."""

from shared.runtime.migrate import run

run()
