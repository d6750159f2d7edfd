import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from lbc_testkit import wait_until
from lbc_testkit.control import proxy_control
from lbc_testkit.http import serving
from lbc_testkit.ports import free_port
from lbc_testkit.proxy import Fault, Proxy, proxy


@pytest_asyncio.fixture
async def target() -> AsyncIterator[str]:
    app = web.Application()

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read() or b"hello")

    app.router.add_route("*", "/{path:.*}", echo)
    async with serving(app, free_port()) as address:
        yield address


@pytest_asyncio.fixture
async def standing(target: str) -> AsyncIterator[Proxy]:
    async with proxy(target) as ready:
        yield ready


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as open_session:
        yield open_session


async def _get(session: aiohttp.ClientSession, url: str) -> tuple[int, bytes]:
    async with session.get(url) as answer:
        return answer.status, await answer.read()


def test_an_address_keeps_all_but_host_and_port() -> None:
    url = Proxy("localhost", 1, 2345).url("amqp://me:pw@broker:5672/room%2F1?heartbeat=4")
    assert url == "amqp://me:pw@127.0.0.1:2345/room%2F1?heartbeat=4"


async def test_passes_large_bodies_both_ways(standing: Proxy, target: str, session: aiohttp.ClientSession) -> None:
    body = bytes(900_000)
    async with session.post(standing.url(target), data=body) as answer:
        assert await answer.read() == body


async def test_refuses_connections_and_cuts_those_there_were(
    standing: Proxy, target: str, session: aiohttp.ClientSession
) -> None:
    url = standing.url(target)
    assert await _get(session, url) == (200, b"hello")
    async with standing.outage(Fault.REFUSE):
        assert standing.cuts == 1
        with pytest.raises(aiohttp.ClientConnectorError):
            await _get(session, url)
    assert await _get(session, url) == (200, b"hello")


async def test_swallows_without_an_answer_and_lets_go_on_later(
    standing: Proxy, target: str, session: aiohttp.ClientSession
) -> None:
    url = standing.url(target)
    await _get(session, url)  # one connection from before, kept alive
    async with standing.outage(Fault.BLACK_HOLE), aiohttp.ClientSession() as other:
        waiting = [asyncio.create_task(_get(session, url)), asyncio.create_task(_get(other, url))]
        done, _ = await asyncio.wait(waiting, timeout=0.3)
        assert not done
        await standing.set(Fault.PASS)
        assert await asyncio.gather(*waiting) == [(200, b"hello")] * 2


async def test_answers_503_in_the_targets_place(standing: Proxy, target: str, session: aiohttp.ClientSession) -> None:
    url = standing.url(target)
    await _get(session, url)
    async with standing.outage(Fault.HTTP_503):
        async with session.post(url, data=bytes(500_000)) as answer:
            assert answer.status == 503
        assert (await _get(session, url))[0] == 503
    assert (await _get(session, url))[0] == 200


async def test_cuts_a_connection_in_the_middle(standing: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", standing.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    await writer.drain()
    await wait_until(lambda: standing.connections, what="the connection")
    assert await standing.cut() == 1
    with suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    with suppress(ConnectionResetError):
        await writer.wait_closed()


async def test_a_target_that_is_away_closes_the_connection(session: aiohttp.ClientSession) -> None:
    target = f"http://127.0.0.1:{free_port()}"
    async with proxy(target) as standing:
        with pytest.raises(aiohttp.ClientError):
            await _get(session, standing.url(target))


async def test_is_switched_by_http(standing: Proxy, target: str, session: aiohttp.ClientSession) -> None:
    async with proxy_control({"part": standing}) as control:
        async with session.put(f"{control}/proxies/part", json={"fault": "http-503"}) as answer:
            assert answer.status == 200
        assert (await _get(session, standing.url(target)))[0] == 503
        async with session.get(f"{control}/proxies") as answer:
            assert await answer.json() == {"part": "http-503"}
        async with session.put(f"{control}/proxies/part", json={"fault": "sulk"}) as answer:
            assert answer.status == 400
        async with session.post(f"{control}/proxies/other/cut") as answer:
            assert answer.status == 404
        async with session.post(f"{control}/proxies/part/cut") as answer:
            assert answer.status == 200
