"""The worker that takes a service's events off its queue and hands them to its handlers (reliability.md section 6)."""

import asyncio
from collections import Counter as Counted
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from uuid import UUID

import structlog
from opentelemetry import propagate, trace
from prometheus_client import Counter, Gauge

from shared.events.envelope import Received
from shared.events.topology import dead_queue, inbox_queue
from shared.kernel.errors import BillingError
from shared.kernel.ids import new_id
from shared.runtime import inbox, parked
from shared.runtime.arrival import Readable, Unreadable, read
from shared.runtime.backoff import Backoff, sleep_unless
from shared.runtime.db import Context, Database, is_transient
from shared.runtime.failpoint import failpoint
from shared.runtime.handlers import Handler, Handlers
from shared.runtime.transport import Delivery, Subscription, TopologyMismatch, Transport

__all__ = ["Consumer", "Handler", "Handlers", "Received"]

_CONSUMED = Counter("mb_events_consumed_total", "Events taken off the queue.", ["service", "type", "outcome"])
_PARKED = Gauge("mb_parked_open", "Messages that wait for an attempt or a person.", ["service"])

_T = TypeVar("_T")
Message = Readable | Unreadable
_TakeIn = Callable[[Sequence[Message], asyncio.Event], Awaitable[None]]

_BATCH = 100
_ATTEMPTS = 3
_HANDLER_SECONDS = 60
_HOLD_SECONDS = 60
_POLL_SECONDS = 1.0
_tracer = trace.get_tracer("mediabilling")
_log = structlog.get_logger()


class HandlerTooSlow(Exception):
    """A handler did more than record: what takes long belongs in a job."""


class DatabaseAway(ConnectionError):
    """The database has not answered for so long that the queue is left until it does."""


class Consumer:
    """One service's inbox: the queue, the parked messages, and the dead letters."""

    def __init__(self, service: str, database: Database, transport: Transport, handlers: Handlers) -> None:
        self._service = service
        self._database = database
        self._transport = transport
        self._handlers = handlers
        self._heard = {fact.TYPE: fact for fact in handlers}

    async def run(self, stopping: asyncio.Event) -> None:
        """Consume until told to stop; what runs is finished and acknowledged first. `TopologyMismatch` is final."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._consume(inbox_queue(self._service), self.receive, stopping))
            tasks.create_task(self._consume(dead_queue(self._service), self.bury, stopping))
            tasks.create_task(self._retry(stopping))

    async def _consume(self, queue: str, take_in: _TakeIn, stopping: asyncio.Event) -> None:
        backoff = Backoff()
        while not stopping.is_set():
            try:
                async with self._transport.subscription(queue, 2 * _BATCH) as subscription:
                    arriving = asyncio.ensure_future(self._arriving(subscription))
                    try:
                        while not stopping.is_set():
                            last, messages = await arriving
                            # The next batch arrives and is read while the database takes this one in.
                            arriving = asyncio.ensure_future(self._arriving(subscription))
                            if last is not None:
                                await take_in(messages, stopping)
                                failpoint("consumer.after_commit")
                                await subscription.acknowledge(last)
                                backoff.reset()
                    finally:
                        arriving.cancel()
                        await asyncio.gather(arriving, return_exceptions=True)
            except TopologyMismatch:
                raise
            except Exception as error:
                _log.warning("consumer_restarts", queue=queue, error=repr(error))
                await sleep_unless(stopping, backoff.next_seconds())

    async def _arriving(self, subscription: Subscription) -> tuple[Delivery | None, list[Message]]:
        deliveries = await subscription.take(_POLL_SECONDS, _BATCH)
        return (deliveries[-1] if deliveries else None), [self.read(each.body) for each in deliveries]

    async def _retry(self, stopping: asyncio.Event) -> None:
        backoff = Backoff()
        while not stopping.is_set():
            try:
                if not await self.retry_due():
                    await sleep_unless(stopping, _POLL_SECONDS)
                backoff.reset()
            except Exception as error:
                _log.warning("parked_retry_failed", service=self._service, error=repr(error))
                await sleep_unless(stopping, backoff.next_seconds())

    def read(self, body: bytes) -> Message:
        """What a message says, or why this service cannot take it."""
        try:
            return read(body, self._heard)
        except Unreadable as unreadable:
            return unreadable

    async def receive(self, messages: Sequence[Message], stopping: asyncio.Event) -> None:
        """Take these messages in for good, each tenant's in one transaction, one by one again after any error."""
        by_tenant: dict[UUID, list[Readable]] = defaultdict(list)
        for message in messages:
            if isinstance(message, Readable):
                by_tenant[message.received.tenant_id].append(message)
            else:
                await self._held(lambda unreadable=message: self._park_unreadable(unreadable), stopping)
        for arrived in by_tenant.values():
            try:
                await self._take_in(arrived)
            except Exception as error:
                _log.info("one_by_one", service=self._service, count=len(arrived), error=repr(error))
                for readable in arrived:
                    await self._held(lambda one=readable: self._alone(one), stopping)

    async def retry_due(self) -> int:
        """Make the attempts of parked messages that are due; how many were."""
        async with self._database.transaction(self._system()) as session:
            due = await parked.claim_due(session, _BATCH)
            _PARKED.labels(self._service).set(await parked.open_count(session))
        for message in due:
            try:
                await self._again(message)
            except Unreadable as error:
                await self._note_failure(message, error, final=True)
            except Exception as error:
                await self._note_failure(message, error, final=isinstance(error, BillingError))
        return len(due)

    async def bury(self, messages: Sequence[Message], _stopping: asyncio.Event) -> None:
        """Move dead letters to the parked messages, where they get their attempts and a person sees them."""
        for message in messages:
            await self._park(message, "dead_letter", "delivered too often", again=isinstance(message, Readable))

    async def _take_in(self, arrived: Sequence[Readable]) -> None:
        with self._span(arrived):
            async with self._database.transaction(self._context(arrived)) as session:
                applied = await _in_time(inbox.take_in(session, arrived, self._handlers))
                failpoint("consumer.before_commit")
        handled = Counted(readable.fact.TYPE for readable in applied)
        for event_type, arrivals in Counted(readable.fact.TYPE for readable in arrived).items():
            self._count(event_type, "handled", handled[event_type])
            self._count(event_type, "ignored", arrivals - handled[event_type])

    async def _alone(self, readable: Readable) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._take_in([readable])
            except BillingError as error:
                return await self._park(readable, "refused", str(error), again=False)
            except Exception as error:
                if is_transient(error):
                    raise
                if attempt == _ATTEMPTS:
                    await self._park(readable, "error", repr(error), again=True)
        return None

    async def _held(self, work: Any, stopping: asyncio.Event) -> None:
        """Do the work; while the database is away hold the message and repeat, but for at most a minute."""
        backoff, deadline = Backoff(), asyncio.get_running_loop().time() + _HOLD_SECONDS
        while True:
            try:
                await work()
                return
            except Exception as error:
                late = asyncio.get_running_loop().time() > deadline
                if stopping.is_set() or late or not is_transient(error):
                    raise DatabaseAway(repr(error)) from error
                await sleep_unless(stopping, backoff.next_seconds())

    async def _again(self, message: parked.Parked) -> None:
        readable = read(message.body, self._heard)
        async with self._database.transaction(self._context([readable])) as session:
            await inbox.lock(session, [readable])
            applied, early = await _in_time(inbox.take_effect(session, [readable], self._handlers))
            if early:
                return
            await parked.resolve(session, message.event_id, "handled" if applied else "superseded")
        self._count(readable.fact.TYPE, "handled" if applied else "ignored")

    async def _park_unreadable(self, message: Unreadable) -> None:
        await self._park(message, message.reason, message.error, again=False)

    async def _park(self, message: Message, reason: str, error: str, *, again: bool) -> None:
        async with self._database.transaction(self._system()) as session:
            if message.arrival and not await inbox.accept(session, [message.arrival]):
                return
            await parked.park(session, message, reason, error, again=again)
        self._count(message.arrival.routing_key if message.arrival else "", "parked")

    async def _note_failure(self, message: parked.Parked, error: Exception, *, final: bool) -> None:
        async with self._database.transaction(self._system()) as session:
            await parked.note_failure(session, message.event_id, str(error) or repr(error), final=final)

    def _context(self, arrived: Sequence[Readable]) -> Context:
        first = arrived[0].received
        return Context(first.tenant_id, f"event:{arrived[0].fact.TYPE}", first.correlation_id, first.event_id)

    def _system(self) -> Context:
        return Context(None, f"{self._service}:consumer", new_id())

    def _count(self, event_type: str, outcome: str, events: int = 1) -> None:
        if events:
            _CONSUMED.labels(self._service, event_type, outcome).inc(events)

    def _span(self, arrived: Sequence[Readable]) -> AbstractContextManager[Any]:
        parents = {readable.arrival.envelope.traceparent for readable in arrived} - {None}
        contexts = [propagate.extract({"traceparent": parent or ""}) for parent in parents]
        return _tracer.start_as_current_span(
            f"consume {self._service}",
            context=contexts[0] if contexts else None,
            kind=trace.SpanKind.CONSUMER,
            links=[trace.Link(trace.get_current_span(context).get_span_context()) for context in contexts[1:]],
        )


async def _in_time(work: Awaitable[_T]) -> _T:
    try:
        async with asyncio.timeout(_HANDLER_SECONDS) as timer:
            return await work
    except TimeoutError:
        if timer.expired():
            raise HandlerTooSlow(f"no end after {_HANDLER_SECONDS} s") from None
        raise
