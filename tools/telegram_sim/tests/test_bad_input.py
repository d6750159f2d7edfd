"""Whatever a bot sends, it is told so in Telegram's form: never a 5xx that was not asked for."""

import json
import random
from typing import Any

from telegram_sim.client import Person
from telegram_sim.methods import METHODS

from .conftest import Bot

NAMES = (
    *("chat_id", "text", "parse_mode", "reply_markup", "video", "audio", "voice", "caption", "url", "secret_token"),
    *("allowed_updates", "max_connections", "message_id", "callback_query_id", "action", "commands", "entities"),
    *("caption_entities", "duration", "drop_pending_updates"),
)
VALUES: list[Any] = [
    *(None, 0, -1, 1.5, 1e308, True, "", "x", "\ud800", "\x00", "HTML", "<b>", "<a href='", "&#x110000;", "&#", "</"),
    *([], {}, [[]], [1], {"inline_keyboard": [[{}]]}, {"inline_keyboard": {"a": 1}}, {"inline_keyboard": [[1]]}),
    *({"inline_keyboard": [[{"text": "a", "callback_data": 5}]]}, {"inline_keyboard": [[{"text": "a", "url": {}}]]}),
    *("😀" * 5000, "http://127.0.0.1:9/", "http://[", "http://a:99999/", "{", "[{}]", '[{"offset":"a"}]', "9" * 400),
    *([{"type": "bold", "offset": 0, "length": 10**9}], [{"command": 5}], ["message", 5], "typing", "[" * 100_000),
]


async def test_random_arguments_are_refused_politely(bot: Bot, alice: Person) -> None:
    dice = random.Random(11)  # noqa: S311 - dice, no secret
    for _ in range(600):
        method = dice.choice(sorted(METHODS))
        arguments = {name: dice.choice(VALUES) for name in dice.sample(NAMES, dice.randint(0, 9))}
        if dice.random() < 0.5:
            arguments["chat_id"] = alice.id
        body = json.dumps(arguments)
        headers = {"Content-Type": "application/json"}
        async with bot.session.post(f"{bot.base}/{method}", data=body, headers=headers) as answer:
            content = await answer.json()
            assert answer.status < 500, (method, arguments, content)
            assert content["ok"] is (answer.status == 200)
