"""What the client tells when something did not happen."""

from typing import Any

import pytest

from telegram_sim.client import ExpectationError, Person, Sim
from telegram_sim.client.transcript import MAX_LINES, rendered

from .conftest import Bot

SENDER = {"is_bot": True, "first_name": "Demo"}


def entry(kind: str, **content: Any) -> dict[str, Any]:
    return {"kind": kind, "at": 1_790_000_000.5, "seq": 1, **content}


@pytest.mark.parametrize(
    ("happened", "line"),
    [
        (
            entry("message", message={"message_id": 5, "from": SENDER, "video": {}, "caption": "Hello\n there"}),
            "bot: video 'Hello there'  (message 5)",
        ),
        (
            entry("edit", message={"message_id": 5, "from": SENDER, "text": "x" * 200}),
            f"bot changed: {'x' * 160 + '...'!r}  (message 5)",
        ),
        (entry("delete", message_id=5), "bot: deleted message 5"),
        (entry("chat_action", action="typing"), "bot: typing ..."),
        (entry("tap", data="go", message_id=5), "tap on 'go' of message 5"),
        (entry("callback_answer", data="go", answer={"text": ""}), "bot: answered the tap on 'go'"),
        (entry("person", person={"first_name": "Al", "blocked": True}), "Al (None, blocked)"),
        (
            entry("call", method="sendVideo", status=400, answer={"description": "Bad Request: x"}, fault=None),
            "bot: sendVideo -> Bad Request: x",
        ),
        (
            entry("call", method="sendVideo", status=0, answer={}, fault="drop_before"),
            "bot: sendVideo -> no answer (asked for: drop_before)",
        ),
        (entry("call", method="getMe", status=200, fault="delay"), "bot: getMe met a fault (asked for: delay)"),
        (
            entry("delivery", accepted=False, error="503", update_kind="", attempt=2, next_try_in=4),
            "webhook: 503 for an update, try 2, again in 4 s",
        ),
        (
            entry("delivery", accepted=False, error="503", update_kind="message", attempt=2, next_try_in=None),
            "webhook: 503 for message, try 2, given up",
        ),
    ],
)
def test_a_line_says_what_happened(happened: dict[str, Any], line: str) -> None:
    assert rendered([happened]).partition("  ")[2].partition("  ")[2] == line


def test_what_went_well_or_is_unknown_is_left_out() -> None:
    well = [entry("call", method="getMe", status=200, fault=None), entry("delivery", accepted=True), entry("reset")]
    assert rendered(well) == "  (nothing happened)"


def test_of_a_long_story_the_end_is_told() -> None:
    lines = rendered([entry("chat_action", action=str(number)) for number in range(MAX_LINES + 5)]).splitlines()
    assert lines[0] == "  ... 5 more before that"
    assert lines[-1].endswith(f"bot: {MAX_LINES + 4} ...")


async def test_waits_that_fail_tell_the_story(bot: Bot, sim: Sim, alice: Person) -> None:
    tap = await alice.tap_raw(1, "go")
    await (await sim.person("Bob")).say("what others say is not told")
    await bot.refused("answerCallbackQuery", callback_query_id="5")
    with pytest.raises(ExpectationError, match=r"the tap on 'go' was not answered within 0.1 s\n.*Alice") as failure:
        await tap.answered(0.1)
    assert "tap on 'go' of message 1" in str(failure.value)
    assert "bot: answerCallbackQuery -> Bad Request: query is too old" in str(failure.value)
    assert "Bob" not in str(failure.value)
    with pytest.raises(ExpectationError, match=r"2 updates are still pending after 0.1 s") as failure:
        await sim.idle(0.1)
    assert "2 updates wait for getUpdates, no webhook is set" in str(failure.value)
    await bot.ok("sendMessage", chat_id=alice.id, text="surprise")
    with pytest.raises(ExpectationError, match=r"Alice expected nothing, and got text 'surprise'\n"):
        await alice.expects_nothing()
    with pytest.raises(
        ExpectationError, match=r"no video with 'x' and a button 'y' within 0.1 s; came, .*: text 'surpr"
    ):
        await alice.expects("video", text="x", button="y", timeout=0.1)
    await sim.switch(hold_updates=True)
    await alice.say("held")
    assert "1 updates are held back" in await sim.story(alice.id)
