"""The manifest of exchanges, queues and bindings: every process declares all of it before it publishes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.events.envelope import Fact

EXCHANGE = "mediabilling.events"
DEAD_LETTERS = "mediabilling.dlx"
DELIVERY_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue with the exact arguments it is declared with; others stop the start."""

    name: str
    arguments: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Binding:
    """What reaches a queue: a topic pattern on the event exchange, or a plain key on the dead letter exchange."""

    exchange: str
    pattern: str
    queue: str


@dataclass(frozen=True, slots=True)
class Topology:
    """The queues and bindings beside the two exchanges: topics for events, plain keys for dead letters."""

    queues: tuple[Queue, ...] = field(default=())
    bindings: tuple[Binding, ...] = field(default=())

    def listeners(self, routing_key: str) -> list[str]:
        """The queues an event with this routing key reaches."""
        found = {
            bound.queue: None
            for bound in self.bindings
            if bound.exchange == EXCHANGE and matches(bound.pattern, routing_key)
        }
        return list(found)


def inbox_queue(service: str) -> str:
    """The queue a service's consumer reads."""
    return f"{service}.inbox"


def dead_queue(service: str) -> str:
    """Where messages go that were delivered too often."""
    return f"{service}.dead"


def topology_of(listeners: Mapping[str, Iterable[str]]) -> Topology:
    """The whole manifest, from the patterns each service listens to (reliability.md section 5)."""
    queues: list[Queue] = []
    bindings: list[Binding] = []
    for service, patterns in sorted(listeners.items()):
        inbox, dead = inbox_queue(service), dead_queue(service)
        queues += [Queue(inbox, _inbox_arguments(service)), Queue(dead, {"x-queue-type": "quorum"})]
        bindings += [Binding(EXCHANGE, pattern, inbox) for pattern in sorted(set(patterns))]
        bindings.append(Binding(DEAD_LETTERS, service, dead))
    return Topology(tuple(queues), tuple(bindings))


def patterns_of(heard: Iterable[type[Fact]]) -> set[str]:
    """What to bind for these facts: their types, and an ordered aggregate whole, or its holes would mean nothing."""
    return {f"{fact.aggregate_type()}.#" if fact.ORDERED else fact.TYPE for fact in heard}


def matches(pattern: str, routing_key: str) -> bool:
    """Whether a topic pattern covers a routing key: `*` is one word, `#` any number of them."""
    return _matches(pattern.split("."), routing_key.split("."))


def _matches(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_matches(pattern[1:], words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _matches(pattern[1:], words[1:])


def _inbox_arguments(service: str) -> dict[str, str | int]:
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_LETTERS,
        "x-dead-letter-routing-key": service,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
