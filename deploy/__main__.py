"""`python -m deploy` is the `mb` command."""

from deploy.cli import app

app()
