"""The transport inside one process, for demo and tests: same order, redelivery and dead letters, no durability."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.events.topology import DEAD_LETTERS, DELIVERY_LIMIT, Topology
from shared.runtime.transport import Delivery, Message


@dataclass(slots=True)
class _Held:
    message: Message
    delivery_count: int = 0


@dataclass(slots=True)
class _Queue:
    dead_letter_key: str | None
    ready: deque[_Held] = field(default_factory=deque)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, held: _Held) -> None:
        self.ready.append(held)
        self.arrival.set()


class InProcessTransport:
    """Every service of the process shares one of these, as it would share a broker."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._queues = {
            queue.name: _Queue(_text_or_none(queue.arguments.get("x-dead-letter-routing-key")))
            for queue in topology.queues
        }

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator["InProcessTransport"]:
        """The transport itself: memory needs no connection."""
        yield self

    async def publish(self, messages: Sequence[Message]) -> int:
        """Put each message on every queue that listens; all are confirmed."""
        for message in messages:
            for name in self.topology.listeners(message.routing_key):
                self._queues[name].add(_Held(message))
        return len(messages)

    @asynccontextmanager
    async def subscription(self, queue: str, prefetch: int) -> AsyncIterator["_Subscription"]:
        """Take from one queue; what stays unacknowledged goes back to its front, or to the dead letters."""
        subscription = _Subscription(self._queues[queue], prefetch)
        try:
            yield subscription
        finally:
            self._give_back(self._queues[queue], subscription.unacknowledged)

    def _give_back(self, queue: _Queue, unacknowledged: dict[int, _Held]) -> None:
        for held in reversed(unacknowledged.values()):
            held.delivery_count += 1
            if queue.dead_letter_key and held.delivery_count > DELIVERY_LIMIT:
                self._bury(queue.dead_letter_key, held.message)
            else:
                queue.ready.appendleft(held)
        queue.arrival.set()

    def _bury(self, key: str, message: Message) -> None:
        for bound in self.topology.bindings:
            if bound.exchange == DEAD_LETTERS and bound.pattern == key:
                self._queues[bound.queue].add(_Held(message))


class _Subscription:
    def __init__(self, queue: _Queue, prefetch: int) -> None:
        self.unacknowledged: dict[int, _Held] = {}
        self._queue = queue
        self._prefetch = prefetch
        self._tag = 0

    async def take(self, wait_seconds: float, at_most: int) -> list[Delivery]:
        """What waits, as far as the prefetch allows."""
        queue = self._queue
        queue.arrival.clear()
        if not queue.ready:
            try:
                await asyncio.wait_for(queue.arrival.wait(), wait_seconds)
            except TimeoutError:
                return []
        taken: list[Delivery] = []
        while queue.ready and len(taken) < at_most and len(self.unacknowledged) < self._prefetch:
            self._tag += 1
            held = self.unacknowledged[self._tag] = queue.ready.popleft()
            taken.append(Delivery(self._tag, held.message.body))
        return taken

    async def acknowledge(self, delivery: Delivery) -> None:
        """Forget this delivery and those before it."""
        for tag in [tag for tag in self.unacknowledged if tag <= delivery.tag]:
            del self.unacknowledged[tag]


def _text_or_none(value: str | int | None) -> str | None:
    return None if value is None else str(value)
