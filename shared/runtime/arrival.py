"""Reading a message: bytes become a checked fact, or a reason why this service cannot take it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from shared.events.envelope import Envelope, Fact, Received, aggregate_of
from shared.kernel.ids import derived_id


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message whose envelope could be read."""

    envelope: Envelope
    body: bytes
    routing_key: str
    # Type and id of what the message is about.
    aggregate: tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Readable:
    """An arrival with its fact, of a class that the service has a handler for."""

    arrival: Arrival
    fact: type[Fact]
    received: Received[Any]

    @property
    def event_id(self) -> UUID:
        """The envelope's id."""
        return self.received.event_id

    @property
    def body(self) -> bytes:
        """The message as it came."""
        return self.arrival.body


class Unreadable(Exception):
    """The message can never be handled by this version of the service; `arrival` is None when it is no envelope."""

    def __init__(self, reason: str, error: str, body: bytes, arrival: Arrival | None) -> None:
        super().__init__(f"{reason}: {error}")
        self.reason = reason
        self.error = error
        self.body = body
        self.arrival = arrival

    @property
    def event_id(self) -> UUID:
        """The envelope's id, or one that follows from the bytes."""
        return self.arrival.envelope.id if self.arrival else derived_id(hashlib.sha256(self.body).hexdigest())


def read(body: bytes, heard: Mapping[str, type[Fact]]) -> Readable:
    """The fact in a message; `Unreadable` when it is no envelope, has no handler or breaks its schema."""
    try:
        envelope = Envelope.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable("unreadable", _faults(error), body, None) from error
    routing_key = envelope.routing_key
    arrival = Arrival(envelope, body, routing_key, (aggregate_of(routing_key), envelope.subject))
    fact = heard.get(routing_key)
    if fact is None:
        raise Unreadable("unknown_type", f"no handler for {envelope.type}", body, arrival)
    try:
        data = fact.model_validate(envelope.data)
    except ValidationError as error:
        raise Unreadable("bad_schema", _faults(error), body, arrival) from error
    received = Received(
        event_id=envelope.id,
        subject=envelope.subject,
        sequence=envelope.sequence,
        tenant_id=envelope.tenantid,
        correlation_id=envelope.correlationid,
        occurred_at=envelope.time,
        data=data,
    )
    return Readable(arrival, fact, received)


def _faults(error: ValidationError) -> str:
    """Where and what, never the input itself: it may be anybody's."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:10])
