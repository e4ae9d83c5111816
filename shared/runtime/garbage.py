"""The collector of reference cycles, set for processes that live long and handle thousands of records at a time."""

import gc

# Python's own 700 suits scripts: an invoice run spent half of its time looking through records still in use.
_NEW_OBJECTS = 50_000


def collect_rarely() -> None:
    """Once everything is imported: what is there stays, and new objects are looked through only when there are many."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
