"""Alembic's entry to preinvoice's migrations."""

from shared.runtime.migrate import run

run()
