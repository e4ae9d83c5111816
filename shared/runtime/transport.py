"""The port to a broker: what the relay and the consumer need of it, whichever carries the messages."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.events.topology import Topology


@dataclass(frozen=True, slots=True)
class Message:
    """A whole envelope on its way, with the attributes that brokers can filter on."""

    event_id: UUID
    routing_key: str
    source: str
    subject: UUID
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as a queue hands it over; `tag` counts the deliveries of one subscription."""

    tag: int
    body: bytes


class TopologyMismatch(Exception):
    """A queue or exchange exists with other arguments than the manifest's; the process must not start."""


class Publisher(Protocol):
    """Sends messages and knows which of them the broker has on disk."""

    async def publish(self, messages: Sequence[Message]) -> int:
        """How many of the messages, from the first on, are confirmed; below their number, open a new publisher.

        A message that the manifest sends nowhere counts as confirmed; one that should have reached a queue does not.
        """


class Subscription(Protocol):
    """Takes messages off one queue; what is not acknowledged when it ends is delivered again."""

    async def take(self, wait_seconds: float, at_most: int) -> list[Delivery]:
        """What has arrived, after waiting for at least one; empty when none came. `OSError`: subscribe anew."""

    async def acknowledge(self, delivery: Delivery) -> None:
        """This delivery and all taken before it are done."""


class Transport(Protocol):
    """A broker with the manifest's topology, which opening a publisher or a subscription declares first."""

    topology: Topology

    def publisher(self) -> AbstractAsyncContextManager[Publisher]:
        """A connection for publishing only: a broker in alarm blocks it, and consumers must go on."""

    def subscription(self, queue: str, prefetch: int) -> AbstractAsyncContextManager[Subscription]:
        """A connection for one queue that holds at most `prefetch` unacknowledged messages."""
