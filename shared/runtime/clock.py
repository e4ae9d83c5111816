"""The system clock, read here and nowhere else: time is an argument everywhere below the doors."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)  # noqa: TID251  the one place
