"""Every fact any service tells, by type; a type that two classes claim stops the start."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType

from shared.events.envelope import Fact

SPEAKERS = ("contracts", "preinvoice", "invoicing", "reconciliation")


def facts_of(module: ModuleType) -> Iterator[type[Fact]]:
    """The facts that a speaker's module defines, in its own order; bases without a TYPE are none."""
    for thing in vars(module).values():
        if isinstance(thing, type) and issubclass(thing, Fact) and "TYPE" in vars(thing) and thing.TYPE:
            yield thing


def by_type(*modules: ModuleType) -> Mapping[str, type[Fact]]:
    """The facts of these modules by type; `ValueError` when two share one or a type is not its speaker's."""
    known: dict[str, type[Fact]] = {}
    for module in modules:
        speaker = module.__name__.rpartition(".")[2]
        for fact in facts_of(module):
            if fact.__module__ != module.__name__:
                continue
            if known.setdefault(fact.TYPE, fact) is not fact:
                raise ValueError(f"{fact.TYPE} is claimed by {known[fact.TYPE].__name__} and {fact.__name__}")
            if fact.service() != speaker:
                raise ValueError(f"{fact.TYPE} stands in the file of {speaker}")
    return MappingProxyType(known)


@cache
def facts() -> Mapping[str, type[Fact]]:
    """All facts of the house by type."""
    return by_type(*(import_module(f"shared.events.{speaker}") for speaker in SPEAKERS))
