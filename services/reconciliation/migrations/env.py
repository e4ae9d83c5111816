"""Alembic's entry to reconciliation's migrations."""

from shared.runtime.migrate import run

run()
