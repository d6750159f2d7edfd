"""Whatever a bot or a name says stays text."""

from __future__ import annotations

import aiohttp
import pytest

from telegram_sim.edge.page import POLICY

from .conftest import World

HOSTILE = [
    "<script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    '"><svg onload=window.hit=1>',
    "<iframe srcdoc='<script>parent.hit = 1</script>'></iframe>",
    "</div></li><h1 id=hit>taken over</h1>",
    "{{constructor.constructor('window.hit = 1')()}}",
    "\u202egnp.exe \u2066\u0000\u200b&lt;b&gt;",
]
UNTOUCHED = "return window.hit === undefined && !document.querySelector('#hit, iframe, script:not([src])')"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_a_button_and_a_name_are_shown_as_they_are(world: World, text: str) -> None:
    alice = world.chat()
    person = {"first_name": text[:64], "username": text[:32], "language_code": text}
    world.run(world.sim.request, "PATCH", f"/people/{alice}", person)
    keys = {"inline_keyboard": [[{"text": text, "callback_data": "x"}]]}
    sent = world.bot_does("sendMessage", chat_id=alice, text=text, reply_markup=keys)
    world.browser.seen("#open-log").click()
    world.browser.seen("#open-faults").click()
    world.browser.until(
        lambda: (
            world.browser.js("return document.querySelector('.message:not(.mine) .words')?.textContent") == sent["text"]
        ),
        "the text as the bot sent it",
    )
    world.browser.seen(".keys button").click()
    query = world.bot_got("callback_query")
    world.bot_does("answerCallbackQuery", callback_query_id=query["id"], text=text[:200], show_alert=True)
    world.browser.seen("#alert")
    world.browser.seen("#alert button").click()
    world.browser.seen("#open-people").click()
    world.browser.seen("#known button")
    assert world.browser.js(UNTOUCHED)


@pytest.mark.parametrize(
    "url", ["javascript:window.hit=1", "data:text/html,<script>1</script>", "JaVaScRiPt:window.hit=1", "vbscript:x"]
)
def test_a_link_runs_nothing(world: World, url: str) -> None:
    alice = world.chat()
    entities = [{"type": "text_link", "offset": 0, "length": 4, "url": url}]
    update = {"text": "here", "entities": entities}
    world.run(world.sim.request, "POST", f"/people/{alice}/messages", update)  # the Bot API refuses most of these
    link = world.browser.seen(".message.mine a", "here")
    assert str(link.get_attribute("href")).startswith("https://")
    assert link.get_attribute("rel") == "noreferrer noopener"


def test_strings_are_refused_where_html_is_parsed(world: World) -> None:
    world.chat()
    refused = (
        "try { document.createElement('p').innerHTML = '<b>x</b>'; return 'parsed'; } catch (e) { return e.name; }"
    )
    assert world.browser.js(refused) == "TypeError"
    assert world.browser.complaints()  # the refusal itself


def test_the_page_asks_no_other_origin_and_its_policy_is_sent(world: World) -> None:
    alice = world.chat()
    world.bot_does("sendVideo", chat_id=alice, video=("x.mp4", b"no film", "video/mp4"))
    world.browser.seen(".lost", "Video: cannot be shown")
    asked = world.browser.js("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert len(asked) > 15
    assert {name.startswith((world.url, "data:")) for name in asked} == {True}

    async def headers(path: str) -> tuple[str | None, str | None]:
        async with aiohttp.ClientSession() as session, session.get(f"{world.url}{path}") as answer:
            assert answer.status == 200
            return answer.headers.get("Content-Security-Policy"), answer.headers.get("X-Content-Type-Options")

    for path in ("/", "/page/js/main.js", "/page/css/base.css"):
        assert world.run(headers, path) == (POLICY, "nosniff")


def test_a_document_that_is_a_web_page_is_never_opened_as_one(world: World) -> None:
    alice = world.chat()
    page = ("x.html", b"<script>window.hit = 1</script>", "text/html")
    sent = world.bot_does("sendDocument", chat_id=alice, document=page)

    async def headers() -> tuple[str, str]:
        address = f"{world.url}/file/{sent['document']['file_id']}"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.headers["Content-Disposition"], answer.headers["Content-Security-Policy"]

    disposition, policy = world.run(headers)
    assert disposition == "attachment"
    assert policy.startswith("sandbox; default-src 'none'")
