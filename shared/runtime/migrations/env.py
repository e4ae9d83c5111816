"""Alembic's entry to the plumbing's migrations."""

from shared.runtime.migrate import run

run()
