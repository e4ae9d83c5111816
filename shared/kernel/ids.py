"""Identifiers: time-ordered for new rows, derived for repeatable ones. The only place that invents an id."""

from uuid import UUID, uuid5

import uuid_utils.compat

_UUID_MAX = (1 << 128) - 1
_NAMESPACE = UUID("6d656469-6162-696c-6c69-6e6700000000")


def new_id() -> UUID:
    """A UUIDv7: unique everywhere, and close in an index to its neighbours in time."""
    return uuid_utils.compat.uuid7()


def nth_id(whole: UUID, number: int) -> UUID:
    """The id of the `number`-th part of something, the same at every repetition and beside the others in an index.

    >>> nth_id(UUID("01900000-0000-7000-8000-000000000000"), 3)
    UUID('01900000-0000-7000-8000-000000000003')
    """
    return UUID(int=(whole.int + number) & _UUID_MAX)


def derived_id(*parts: object) -> UUID:
    """The same id for the same parts, for whatever must come out once however often it is repeated."""
    return uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts))
