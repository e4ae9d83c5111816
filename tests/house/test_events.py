"""The committed event documents are those the code generates, and the house's types keep its rules."""

from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from shared.events.catalogue import documents
from shared.events.envelope import Fact
from shared.events.registry import by_type, facts
from shared.events.topology import matches, topology_of

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_event_documents_are_those_the_code_generates() -> None:
    wanted = documents()
    stale = [str(path) for path, content in wanted.items() if (ROOT / path).read_text(encoding="utf-8") != content]
    committed = {path.relative_to(ROOT) for path in (ROOT / "shared/events/schemas").glob("*.json")}
    assert not stale, "run `make schemas`"
    assert committed == {path for path in wanted if path.parts[0] == "shared"}, "run `make schemas`"


@pytest.mark.parametrize("fact", facts().values(), ids=facts())
def test_every_fact_names_its_subject_or_holds_items(fact: type[Fact]) -> None:
    assert ("items" if fact.BATCH else fact.SUBJECT) in fact.model_fields


def test_two_classes_may_not_claim_one_type() -> None:
    module = ModuleType("shared.events.contracts")

    class First(Fact):
        TYPE: ClassVar[str] = "contracts.thing.changed.v1"

    class Second(Fact):
        TYPE: ClassVar[str] = "contracts.thing.changed.v1"

    for fact in (First, Second):
        fact.__module__ = module.__name__
        setattr(module, fact.__name__, fact)
    with pytest.raises(ValueError, match="claimed by First and Second"):
        by_type(module)


@pytest.mark.parametrize(
    ("pattern", "key", "covered"),
    [
        ("a.b.c", "a.b.c", True),
        ("a.*.c", "a.b.c", True),
        ("a.*", "a.b.c", False),
        ("a.#", "a.b.c", True),
        ("a.#", "a", True),
        ("#", "a.b.c", True),
        ("#.c", "a.b.c", True),
        ("a.#.d", "a.b.c", False),
    ],
)
def test_a_topic_pattern_covers_what_rabbitmq_says_it_covers(pattern: str, key: str, covered: bool) -> None:
    assert matches(pattern, key) is covered


def test_an_inbox_has_no_length_limit_and_keeps_its_dead_letters() -> None:
    inbox, dead = topology_of({"contracts": ["a.b.c.v1"]}).queues
    assert dict(inbox.arguments) == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": "mediabilling.dlx",
        "x-dead-letter-routing-key": "contracts",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert (dead.name, dict(dead.arguments)) == ("contracts.dead", {"x-queue-type": "quorum"})
