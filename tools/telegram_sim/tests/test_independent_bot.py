"""Bots that others could have written, with public frameworks, in processes of their own, unchanged.

aiogram pins an older pydantic than the services have, so it cannot be installed beside them: TELEGRAM_SIM_AIOGRAM names
the Python of an environment that has it, which ``make test`` makes.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from telegram_sim.testing import Telegram, document, photo, text

BOTS = Path(__file__).parent / "bots"
PATIENCE = 60.0
"""Seconds for a framework to be imported on a busy machine."""


@dataclass(frozen=True)
class RunningBot:
    mode: str
    log: Path


PYTHONS = {"ptb": sys.executable, "aiogram": os.environ.get("TELEGRAM_SIM_AIOGRAM", "")}


@pytest.fixture(
    params=[(framework, mode) for framework in PYTHONS for mode in ("polling", "webhook")],
    ids="-".join,
)
def bot(request: pytest.FixtureRequest, telegram: Telegram, tmp_path: Path) -> Iterator[RunningBot]:
    framework, mode = request.param
    python = PYTHONS[framework]
    if not python:
        pytest.skip("TELEGRAM_SIM_AIOGRAM does not name a Python that has aiogram")
    environment = {
        "BOT_API": telegram.url,
        "BOT_TOKEN": telegram.token,
        "BOT_MODE": mode,
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = tmp_path / "bot.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own scripts
            [python, str(BOTS / f"echo_{framework}.py")], env=environment, stdout=output, stderr=output
        )
    try:
        yield RunningBot(mode, log)
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        process.wait(PATIENCE)


async def test_an_echo_with_buttons_and_media(bot: RunningBot, telegram: Telegram) -> None:
    alice, bob = telegram.person("Alice <3", language="es"), telegram.person("Bob")
    alice.start("campaign-7")
    hello = await alice.expects(text("you said ['campaign-7']").with_button("file"), timeout=PATIENCE)
    assert hello.text.startswith("Hello Alice <3")
    assert "bold" in {entity["type"] for entity in hello.raw["entities"]}

    assert (await alice.tap("picture").answered())["text"] == "Here it comes"
    uploaded = await alice.expects(photo("uploaded"))
    assert (uploaded.raw["photo"][-1]["width"], uploaded.raw["photo"][-1]["height"]) == (90, 60)
    await alice.tap("picture").answered()
    again = await alice.expects(photo("from memory"))
    assert again.raw["photo"][-1]["file_id"] == uploaded.raw["photo"][-1]["file_id"]

    tap = alice.tap("file")
    await tap.answered()
    assert (await alice.expects(document)).raw["document"]["file_name"] == "words.txt"
    await telegram.idle()
    edits = [entry["message"] for entry in await telegram.wait_for(1, "edit")]
    assert [(edit["message_id"], edit["text"]) for edit in edits] == [(hello.id, "The file holds 10 bytes")]

    for number in range(5):
        alice.say(f"{number} & <b>bold</b>")
        bob.say(f"bob {number}")
    heard = [{(await person.expects("text")).text for _ in range(5)} for person in (alice, bob)]
    assert heard == [{f"{number} & <b>bold</b>" for number in range(5)}, {f"bob {number}" for number in range(5)}]
    await alice.expects_nothing(0.1)
    assert [call["method"] for call in telegram.calls() if call["status"] != 200] == []
    assert bool(telegram.record("delivery")) is (bot.mode == "webhook")
    assert "Traceback" not in bot.log.read_text(), bot.log.read_text()


@pytest.mark.telegram(time_scale=0.05)
async def test_a_framework_gets_over_faults(bot: RunningBot, telegram: Telegram) -> None:
    alice = telegram.person()
    alice.say("first")
    await alice.expects("text", timeout=PATIENCE)
    telegram.fail("getUpdates", "502", times=2)
    telegram.fault("twice", update="message")
    telegram.fault("delay", method="sendMessage", seconds=0.2, times=2)
    alice.say("through all that")
    for _ in range(2):
        assert (await alice.expects("text", timeout=PATIENCE)).text == "through all that"
    await telegram.wait_for(3, "call", method="sendMessage", timeout=PATIENCE)  # the last two are answered late
    met = {call["method"] for call in telegram.calls() if call["fault"]}
    assert met == ({"getUpdates", "sendMessage"} if bot.mode == "polling" else {"sendMessage"})
