import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aio_pika
import pytest
import pytest_asyncio
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelAccessRefused

from lbc_testkit import PartFailedError, PartUnavailableError, UnsupportedError, docker, wait_until
from lbc_testkit.ports import free_port, listener_pid, port_taken
from lbc_testkit.process import run
from lbc_testkit.rabbitmq import Broker, NodePorts, Permissions, rabbitmq
from lbc_testkit.rabbitmq.container import IMAGE, ContainerServer
from lbc_testkit.rabbitmq.node import OwnNode

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

_QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    async with rabbitmq(tmp_path_factory.mktemp("rabbitmq")) as running:
        yield running


def _ours(broker: Broker) -> None:
    if not broker.controllable:
        pytest.skip("the broker was given, and is not ours to break")


async def _publish(channel: AbstractChannel, queue: str, count: int) -> None:
    for number in range(count):
        message = aio_pika.Message(
            str(number).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT, message_id=str(number)
        )
        await asyncio.wait_for(channel.default_exchange.publish(message, queue, mandatory=True), 10)


async def _drain(url: str, queue: str, count: int) -> list[int]:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        declared = await channel.get_queue(queue)
        found: list[int] = []

        async def drained() -> bool:
            with suppress(aio_pika.exceptions.QueueEmpty):
                message = await declared.get(no_ack=True)
                found.append(int(message.body))
            return len(found) >= count

        await wait_until(drained, what="the messages", timeout=20, interval=0.01)
        return found


async def test_confirmed_quorum_messages_outlive_a_crash(broker: Broker) -> None:
    _ours(broker)
    async with broker.fresh_vhost() as vhost:
        async with await aio_pika.connect(vhost.amqp_url) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.declare_queue("kept", durable=True, arguments=_QUORUM)
            await broker.management.wait_for_queue_leader(vhost.name, "kept")
            # A queue killed within about a second of its declaration can come back empty; statistics come each second.
            await wait_until(lambda: _has_statistics(broker, vhost.name, "kept"), what="statistics of the queue")
            await _publish(channel, "kept", 20)
            await broker.kill()
            with suppress(aio_pika.exceptions.AMQPError, ConnectionError):
                await connection.close()
        await broker.start()
        await broker.management.wait_for_queue_leader(vhost.name, "kept")
        assert await _drain(vhost.amqp_url, "kept", 20) == list(range(20))


async def _has_statistics(broker: Broker, vhost: str, queue: str) -> bool:
    answer = await broker.management.queue(vhost, queue)
    return answer is not None and "messages" in answer


async def test_stops_and_starts_again_in_good_order(broker: Broker) -> None:
    _ours(broker)
    await broker.restart()
    assert broker.vhost in await broker.management.vhosts()


async def test_a_second_node_disturbs_nobody_and_leaves_nothing(broker: Broker, tmp_path: Path) -> None:
    if not isinstance(broker.server, OwnNode):
        pytest.skip("no node of our own to compare with")
    before = broker.server.pids
    async with await aio_pika.connect(broker.amqp_url) as connection:
        async with rabbitmq(tmp_path / "second", amqp_url=None) as second:
            assert isinstance(second.server, OwnNode)
            ports = second.server.ports
            assert listener_pid(ports.epmd) == second.server.pids[1]
            assert second.vhost not in await broker.management.vhosts()
        assert [port_taken(port) for port in ports.all()] == [None] * 4
        assert not connection.is_closed
    assert broker.server.pids == before


async def test_a_taken_port_is_reported_with_its_holder(broker: Broker, tmp_path: Path) -> None:
    if not isinstance(broker.server, OwnNode):
        pytest.skip("no node of our own holds a port here")
    taken = broker.server.ports.amqp
    with pytest.raises(PartFailedError, match=rf"port {taken} is taken by beam\.smp \(pid \d+\)"):
        async with rabbitmq(tmp_path / "other", ports=NodePorts(amqp=taken)):
            pytest.fail("it started on a taken port")


async def test_a_folder_is_not_shared(broker: Broker) -> None:
    if not isinstance(broker.server, OwnNode):
        pytest.skip("no node of our own holds a folder here")
    folder = Path(broker.server.name and broker.server._run_dir)
    with pytest.raises(PartFailedError, match="in use by another run"):
        async with rabbitmq(folder):
            pytest.fail("two nodes on the same data")


async def test_a_given_server_is_used_and_left_as_it_was(broker: Broker, tmp_path: Path) -> None:
    before = await broker.management.vhosts()
    given = rabbitmq(tmp_path, amqp_url=broker.url(vhost="/"), management_url=broker.management_url)
    async with given as guest:
        assert guest.vhost in await broker.management.vhosts()
        async with await aio_pika.connect(guest.amqp_url) as connection:
            assert not connection.is_closed
        with pytest.raises(UnsupportedError, match="not ours"):
            await guest.kill()
    assert await broker.management.vhosts() == before


async def test_a_given_server_that_is_not_there_is_reported(tmp_path: Path) -> None:
    port = free_port()
    given = rabbitmq(tmp_path, amqp_url="amqp://me:hush@127.0.0.1", management_url=f"http://me:hush@127.0.0.1:{port}")
    with pytest.raises(PartFailedError, match=rf"RABBITMQ_MANAGEMENT_URL \(http://127\.0\.0\.1:{port}\)") as failed:
        async with given:
            pytest.fail("it went on without")
    assert "hush" not in str(failed.value)


async def test_a_given_server_needs_its_management_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RABBITMQ_MANAGEMENT_URL", raising=False)
    with pytest.raises(PartUnavailableError, match="Set RABBITMQ_MANAGEMENT_URL"):
        async with rabbitmq(tmp_path, amqp_url=f"amqp://127.0.0.1:{free_port()}"):
            pytest.fail("it went on without")


async def test_a_user_may_do_what_it_was_given(broker: Broker) -> None:
    async with broker.fresh_vhost() as vhost:
        management = broker.management
        await management.create_user(vhost.name, "secret")
        await management.set_permissions(vhost.name, vhost.name, Permissions("^$", "^allowed$", "^$"))
        try:
            url = broker.url(vhost=vhost.name, user=vhost.name, password="secret")
            async with await aio_pika.connect(url) as connection:
                channel = await connection.channel()
                with pytest.raises(ChannelAccessRefused):
                    await channel.declare_queue("mine")
        finally:
            await management.delete_user(vhost.name)


async def test_a_memory_alarm_blocks_publishers_until_it_ends(broker: Broker) -> None:
    _ours(broker)
    async with broker.fresh_vhost() as vhost, await aio_pika.connect(vhost.amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.declare_queue("slow", durable=True, arguments=_QUORUM)
        async with broker.memory_alarm():
            publishing = asyncio.create_task(_publish(channel, "slow", 1))
            done, _ = await asyncio.wait([publishing], timeout=1)
            assert not done
        await publishing


async def test_the_application_stops_and_starts_inside_its_node(broker: Broker) -> None:
    _ours(broker)
    await broker.stop_app()
    with pytest.raises(OSError, match=r"."):
        await aio_pika.connect(broker.amqp_url)
    await broker.start_app()
    async with await aio_pika.connect(broker.amqp_url) as connection:
        assert not connection.is_closed


async def test_counts_and_purges(broker: Broker) -> None:
    async with broker.fresh_vhost() as vhost, await aio_pika.connect(vhost.amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.declare_queue("some", durable=True, arguments=_QUORUM)
        await _publish(channel, "some", 3)
        management = broker.management
        await wait_until(lambda: _counted(broker, vhost.name, {"some": 3}), what="the count")
        bodies = [message["payload"] for message in await management.get(vhost.name, "some")]
        assert sorted(bodies) == ["0", "1", "2"]
        await management.purge(vhost.name, "some")
        await wait_until(lambda: _counted(broker, vhost.name, {"some": 0}), what="the purge")


async def test_a_container_keeps_its_data_over_a_crash_and_is_removed() -> None:
    if not await docker.usable() or not await _is_here(IMAGE):
        pytest.skip(f"no docker with the image {IMAGE}")
    server = ContainerServer(NodePorts())
    try:
        await server.start()
        await server.management.create_vhost("kept")
        await server.kill()
        await server.start()
        assert "kept" in await server.management.vhosts()
        async with await aio_pika.connect(f"{server.amqp}/kept") as connection:
            assert not connection.is_closed
        assert "succeeded" in await server.ctl("ping")
    finally:
        await server.close(keep_data=False)
    assert server.container.name not in await run(["docker", "ps", "-a", "--format", "{{.Names}}"])


async def _is_here(image: str) -> bool:
    with suppress(PartFailedError):
        return bool(await run(["docker", "image", "inspect", image]))
    return False


async def _counted(broker: Broker, vhost: str, expected: dict[str, int]) -> bool:
    return await broker.management.counts(vhost) == expected
