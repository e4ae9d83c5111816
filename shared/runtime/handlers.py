"""What a service's inbox file provides: a handler for each fact it listens to."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from shared.events.envelope import Fact, Received
from shared.runtime.db import AsyncSession

# Gets consecutive events of one class and one tenant, in order, inside the transaction that acknowledges them.
# Only records; long work is enqueued as a job. A BillingError parks the event for a person to decide.
Handler = Callable[[AsyncSession, Sequence[Received[Any]]], Awaitable[None]]
Handlers = Mapping[type[Fact], Handler]
