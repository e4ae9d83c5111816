"""Both transports keep the same promises."""

from collections.abc import AsyncIterator

import aio_pika
import pytest
import pytest_asyncio

from shared.events.topology import DELIVERY_LIMIT, Queue, Topology, dead_queue, inbox_queue, topology_of
from shared.kernel.ids import new_id
from shared.runtime.inprocess import InProcessTransport
from shared.runtime.rabbit import RabbitTransport
from shared.runtime.transport import Message, TopologyMismatch, Transport
from tests.servers import Servers

SERVICE = f"t{new_id().hex[-12:]}"
INBOX, DEAD = inbox_queue(SERVICE), dead_queue(SERVICE)
HEARD = f"{SERVICE}.thing.happened.v1"


def message(number: int, routing_key: str = HEARD) -> Message:
    return Message(new_id(), routing_key, f"/tenant/{SERVICE}", new_id(), str(number).encode())


def numbered(count: int) -> list[Message]:
    return [message(number) for number in range(count)]


@pytest_asyncio.fixture(params=["inprocess", pytest.param("rabbit")])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    topology = topology_of({SERVICE: [HEARD]})
    if request.param == "inprocess":
        yield InProcessTransport(topology)
        return
    url = request.getfixturevalue("servers").broker_url
    try:
        yield RabbitTransport(url, topology)
    finally:
        await delete_queues(url)


async def delete_queues(url: str) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for queue in (INBOX, DEAD):
            await channel.queue_delete(queue)


async def publish(transport: Transport, *messages: Message) -> int:
    async with transport.publisher() as publisher:
        return await publisher.publish(messages)


async def taken(transport: Transport, queue: str, count: int, *, acknowledge: bool = True) -> list[int]:
    """The numbers of the next messages, in the order they came; fewer when a second passes without any."""
    numbers: list[int] = []
    async with transport.subscription(queue, 100) as subscription:
        while len(numbers) < count:
            deliveries = await subscription.take(1.0, 100)
            if not deliveries:
                break
            numbers += [int(delivery.body) for delivery in deliveries]
            if acknowledge:
                await subscription.acknowledge(deliveries[-1])
    return numbers


async def test_messages_arrive_in_the_order_they_were_published(transport: Transport) -> None:
    async with transport.subscription(INBOX, 100):
        pass
    assert await publish(transport, *numbered(250)) == 250
    assert await taken(transport, INBOX, 250) == list(range(250))


async def test_a_message_nobody_listens_to_is_confirmed_and_gone(transport: Transport) -> None:
    assert await publish(transport, message(1, f"{SERVICE}.thing.ignored.v1"), message(2)) == 2
    assert await taken(transport, INBOX, 2) == [2]


async def test_what_was_not_acknowledged_comes_again_in_its_order(transport: Transport) -> None:
    await publish(transport, *numbered(50))
    assert await taken(transport, INBOX, 50, acknowledge=False) == list(range(50))
    assert await taken(transport, INBOX, 50) == list(range(50))


async def test_an_acknowledged_message_never_comes_again(transport: Transport) -> None:
    await publish(transport, *numbered(3))
    assert await taken(transport, INBOX, 3) == [0, 1, 2]
    assert await taken(transport, INBOX, 1) == []


async def test_no_more_messages_are_held_than_the_prefetch(transport: Transport) -> None:
    await publish(transport, *numbered(10))
    async with transport.subscription(INBOX, 4) as subscription:
        first: list[int] = []
        while deliveries := await subscription.take(0.5, 3):
            first += [int(delivery.body) for delivery in deliveries]
            last = deliveries[-1]
        assert first == [0, 1, 2, 3]
        await subscription.acknowledge(last)
        assert int((await subscription.take(2.0, 10))[0].body) == 4


async def test_a_message_delivered_too_often_is_a_dead_letter(transport: Transport) -> None:
    await publish(transport, message(7))
    deliveries = 0
    while await taken(transport, INBOX, 1, acknowledge=False):
        deliveries += 1
        assert deliveries <= DELIVERY_LIMIT + 1
    assert deliveries == DELIVERY_LIMIT + 1
    assert await taken(transport, DEAD, 1) == [7]


async def test_a_queue_with_other_arguments_stops_the_start(servers: Servers) -> None:
    other = Topology((Queue(INBOX, {"x-queue-type": "classic"}),), ())
    try:
        async with RabbitTransport(servers.broker_url, other).publisher():
            pass
        with pytest.raises(TopologyMismatch):
            async with RabbitTransport(servers.broker_url, topology_of({SERVICE: [HEARD]})).publisher():
                pass
    finally:
        await delete_queues(servers.broker_url)


async def test_a_message_that_misses_its_queue_ends_the_confirmed_prefix(servers: Servers) -> None:
    transport = RabbitTransport(servers.broker_url, topology_of({SERVICE: [HEARD]}))
    async with transport.publisher() as publisher:
        await delete_queues(servers.broker_url)
        unheard = message(1, f"{SERVICE}.thing.ignored.v1")
        assert await publisher.publish([unheard, message(2), unheard]) == 1


async def test_a_consumer_notices_that_its_queue_is_gone(servers: Servers) -> None:
    transport = RabbitTransport(servers.broker_url, topology_of({SERVICE: [HEARD]}))
    async with transport.subscription(INBOX, 10) as subscription:
        await delete_queues(servers.broker_url)
        with pytest.raises(OSError, match="broker"):
            await subscription.take(5, 10)
