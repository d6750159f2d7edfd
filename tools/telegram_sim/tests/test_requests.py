"""How arguments reach a method: bodies with mistakes, names that come twice, files and what stands for them."""

import asyncio

import aiohttp
import pytest
from yarl import URL

from telegram_sim.client import Person
from telegram_sim.core.types import deeper_than
from telegram_sim.edge.json_arguments import json_arguments

from .conftest import TOKEN, Bot


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        (b"", {}),
        (b"[1]", {}),
        (b"null", {}),
        (b"nonsense", {}),
        (b'{"a": 1', {"a": 1}),
        (b' {"a" : "x", "b": [}', {"a": "x"}),
        (b'{"a":1,}', {"a": 1}),
        (b'{"a":1 "b":2}', {"a": 1}),
        (b'{"a":1,"a":2,"b":{"c":1,"c":2}}', {"a": 1, "b": {"c": 1}}),
        (b'{"a":1,"b":' + b"[" * 102 + b"]" * 102 + b',"c":1}', {"a": 1}),
        (b'{"a":1,"b":' + b"[" * 100_000, {"a": 1}),
        (b"{5:1}", {}),
    ],
)
def test_a_mistake_ends_the_reading_and_is_no_error(body: bytes, arguments: object) -> None:
    assert json_arguments(body) == arguments


def test_depth() -> None:
    assert not deeper_than(2, {"a": [1]})
    assert deeper_than(1, {"a": [1]})
    assert not deeper_than(0, "x")


async def test_a_body_that_is_cut_off_is_told_what_is_missing(bot: Bot, alice: Person) -> None:
    headers = {"Content-Type": "application/json"}
    body = b'{"chat_id": %d, "text": "hello' % alice.id
    async with bot.session.post(f"{bot.base}/sendMessage", data=body, headers=headers) as answer:
        assert (await answer.json())["description"] == "Bad Request: message text is empty"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b""),  # go-telegram/bot
        ("application/json", b"null\n"),  # telebot
        ("application/x-www-form-urlencoded", b""),
    ],
)
async def test_no_arguments_in_the_ways_of_libraries(bot: Bot, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type}
    async with bot.session.post(f"{bot.base}/getMe", data=body, headers=headers) as answer:
        assert answer.status == 200


async def test_who_goes_away_in_the_middle_is_no_bug(base_url: str, bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    where = URL(base_url)
    _, writer = await asyncio.open_connection(where.host, where.port)
    writer.write(b"POST /bot" + TOKEN.encode() + b"/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await bot.ok("getMe")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_nothing_is_no_broken_form(bot: Bot) -> None:
    """go-telegram/bot calls getMe so, as td takes it (HttpReader.cpp: no content, no arguments)."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with bot.session.post(f"{bot.base}/getMe", data=b"", headers=headers) as answer:
        assert answer.status == 200


async def test_the_first_of_two_counts_and_the_query_string_before_the_body(bot: Bot, alice: Person) -> None:
    form = f"text=one&text=two&chat_id={alice.id}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with bot.session.post(f"{bot.base}/sendMessage", data=form, headers=headers) as answer:
        assert (await answer.json())["result"]["text"] == "one"
    multipart = aiohttp.FormData([("text", "one"), ("text", "two")], default_to_multipart=True)
    query = f"{bot.base}/sendMessage?chat_id={alice.id}&chat_id=404404"
    async with bot.session.post(query, data=multipart) as answer:
        assert (await answer.json())["result"]["text"] == "one"
    async with bot.session.post(query, json={"chat_id": 404404, "text": "three"}) as answer:
        assert (await answer.json())["result"]["text"] == "three"


async def test_text_that_is_no_utf8_is_told_so(bot: Bot, alice: Person) -> None:
    for content_type, body in (
        ("application/x-www-form-urlencoded", b"text=%%ff&chat_id=%d" % alice.id),
        ("application/json", b'{"text":"\xff","chat_id":%d}' % alice.id),
    ):
        async with bot.session.post(
            f"{bot.base}/sendMessage", data=body, headers={"Content-Type": content_type}
        ) as answer:
            assert (await answer.json())["description"] == "Bad Request: strings must be encoded in UTF-8"


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        ("attach://here", "here", ""),
        ("", "document", ""),
        ("attach://elsewhere", "document", "there is no document in the request"),
        ("AAAE", "document", "wrong file identifier/HTTP URL specified"),
        ("here", "here", "wrong remote file identifier specified: can't unserialize it. Wrong last symbol"),
    ],
)
async def test_a_file_is_taken_where_the_argument_points(
    bot: Bot, alice: Person, document: str, field: str, words: str
) -> None:
    form = aiohttp.FormData({"chat_id": str(alice.id), **({"document": document} if document else {})})
    form.add_field(field, b"content", filename="a.txt")
    async with bot.session.post(f"{bot.base}/sendDocument", data=form) as answer:
        assert (await answer.json()).get("description", "") == (f"Bad Request: {words}" if words else "")


async def test_numbers_and_truths_are_read_leniently(bot: Bot, alice: Person) -> None:
    tap = await alice.tap_raw((await alice.say("x")).id, "y")
    assert await bot.ok("answerCallbackQuery", callback_query_id=f"{tap.id}x", show_alert=" True ") is True
    assert (await tap.answered())["show_alert"] is True
    await bot.ok("sendMessage", chat_id=f"{alice.id}.5", text="x")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/", 200, ""),
        ("/getMe/", 404, "Not Found: method not found"),
        ("/test/getMe", 404, "Not Found: method not found"),
        ("/get%4De", 200, ""),
    ],
)
async def test_paths_of_methods(bot: Bot, path: str, status: int, words: str) -> None:
    async with bot.session.get(URL(f"{bot.base}{path}?method=getMe", encoded=True), allow_redirects=False) as answer:
        assert (answer.status, (await answer.json()).get("description", "")) == (status, words)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://t.me/demo_bot?start=x", ""),
        ("T.me/Demo_Bot?start=x", ""),
        ("tg://resolve?domain=demo_bot&start=x", ""),
        ("https://t.me/another_bot?start=x", "URL_INVALID"),
        ("https://example.org", "URL_INVALID"),
    ],
)
async def test_a_tap_may_open_the_bot_and_nothing_else(bot: Bot, alice: Person, url: str, words: str) -> None:
    tap = await alice.tap_raw((await alice.say("x")).id, "y")
    _, body = await bot.call("answerCallbackQuery", callback_query_id=tap.id, url=url)
    assert body.get("description", "") == (f"Bad Request: {words}" if words else "")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("report.PDF", "report.PDF"),
        ("ünïcode.pdf", "ünïcode.pdf"),
        ("50%25 off.pdf", "50% off.pdf"),
        ("/etc/../x|y?.pdf", "x y.pdf"),
        ("C:\\\\docs\\\\a.txt", "a.txt"),
        (".bashrc", "bashrc"),
        ("a" * 70 + "." + "b" * 20, "a" * 64 + "." + "b" * 16),
        ("?", "file"),
        ("", "file"),
    ],
)
async def test_names_of_uploads(bot: Bot, alice: Person, sent: str, shown: str) -> None:
    body = f'--x\r\nContent-Disposition: form-data; name="document"; filename="{sent}"\r\n\r\nwords\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    query = f"{bot.base}/sendDocument?chat_id={alice.id}"
    async with bot.session.post(query, data=body.encode(), headers=headers) as answer:
        assert (await answer.json())["result"]["document"]["file_name"] == shown


async def test_names_that_aiohttp_quotes_are_read(bot: Bot, alice: Person) -> None:
    form = aiohttp.FormData({"chat_id": str(alice.id)})
    form.add_field("document", b"content", filename="añ b.txt")
    async with bot.session.post(f"{bot.base}/sendDocument", data=form) as answer:
        assert (await answer.json())["result"]["document"]["file_name"] == "añ b.txt"
    body = b"--x\r\nContent-Disposition: form-data; name*=utf-8''%C3%BC\r\n\r\nwords\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with bot.session.post(f"{bot.base}/sendDocument", data=body, headers=headers) as answer:
        words = "Bad Request: field name in multipart/form-data not found"  # td knows no name*
        assert (answer.status, (await answer.json())["description"]) == (400, words)
