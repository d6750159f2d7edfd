import io
from collections.abc import AsyncIterator

import aiohttp
import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.methods import METHODS
from telegram_sim.methods.others import OTHERS

from .conftest import TOKEN, Bot, Media


async def test_get_me_in_every_form_of_a_call(bot: Bot) -> None:
    assert (await bot.ok("getMe"))["id"] == 123456789
    for verb, options in (("GET", {}), ("POST", {"data": {"a": "b"}}), ("POST", {})):
        async with bot.session.request(verb, f"{bot.base}/GETME", **options) as answer:
            assert (await answer.json())["result"]["username"] == "demo_bot"


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        (TOKEN[:-1] + "2", 401, "Unauthorized"),
        ("nonsense", 404, "Not Found"),
    ],
)
async def test_wrong_tokens(base_url: str, bot: Bot, token: str, status: int, words: str) -> None:
    async with bot.session.get(f"{base_url}/bot{token}/getMe") as answer:
        assert answer.status == status
        assert await answer.json() == {"ok": False, "error_code": status, "description": words}


async def test_unknown_methods(bot: Bot) -> None:
    assert await bot.refused("sendNothing") == (404, "Not Found: method not found")
    assert await bot.refused("sendPoll") == (404, "Not Found: this method is not simulated")
    assert not OTHERS & set(METHODS)
    async with bot.session.get(bot.base, allow_redirects=False) as answer:
        assert (answer.status, (await answer.json())["description"]) == (404, "Not Found")


async def test_a_message_arrives_with_its_markup_and_buttons(bot: Bot, alice: Person) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "go:1"}, {"text": "Site", "url": "https://a.b"}]]}
    sent = await bot.ok(
        "sendMessage", chat_id=str(alice.id), text="<b>Hi</b> &lt;3", parse_mode="HTML", reply_markup=keyboard
    )
    message = await alice.expects("text")
    assert message.raw == sent
    assert message.text == "Hi <3"
    assert [button.data for button in message.buttons] == ["go:1", None]


async def test_form_and_multipart_mean_the_same_as_json(bot: Bot, alice: Person) -> None:
    markup = '{"inline_keyboard":[[{"text":"x","callback_data":"y"}]]}'
    fields = {"chat_id": str(alice.id), "text": "form", "reply_markup": markup}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    for data in (fields, multipart):
        async with bot.session.post(f"{bot.base}/sendMessage", data=data) as answer:
            assert answer.status == 200
        assert (await alice.expects("text", text="form")).buttons[0].data == "y"


async def test_message_numbers_rise_over_all_chats(bot: Bot, sim: Sim, alice: Person) -> None:
    bob = await sim.person("Bob", known=True)
    numbers = [(await bot.ok("sendMessage", chat_id=who.id, text="x"))["message_id"] for who in (alice, bob, alice)]
    numbers.append((await bob.say("hello")).id)
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": ""}, "message text is empty"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "x", "parse_mode": "bbcode"}, "unsupported parse_mode"),
        ({"text": "x", "chat_id": 404404}, "chat not found"),
        ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "x", "reply_markup": []}, "object expected as reply markup"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "é" * 33}]]}},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "entities": [{"offset": "a", "length": 1, "type": "bold"}]},
            'can\'t parse MessageEntity: Field "offset" must be a valid Number',
        ),
        ({"text": "\ud800"}, "strings must be encoded in UTF-8"),
    ],
)
async def test_refusals_of_send_message(bot: Bot, alice: Person, arguments: dict[str, object], words: str) -> None:
    assert await bot.refused("sendMessage", **{"chat_id": alice.id, **arguments}) == (400, f"Bad Request: {words}")


async def test_nobody_is_written_to_before_they_write(bot: Bot, sim: Sim) -> None:
    bob = await sim.person("Bob")
    assert (await bot.refused("sendMessage", chat_id=bob.id, text="x"))[1] == "Bad Request: chat not found"
    await bob.start()
    await bot.ok("sendMessage", chat_id=bob.id, text="x")


async def test_people_out_of_reach(bot: Bot, alice: Person) -> None:
    await alice.block()
    words = "Forbidden: bot was blocked by the user"
    assert await bot.refused("sendMessage", chat_id=alice.id, text="x") == (403, words)
    assert await bot.refused("sendChatAction", chat_id=alice.id, action="typing") == (403, words)
    await alice.unblock()
    await bot.ok("sendMessage", chat_id=alice.id, text="x")
    await alice.change(deactivated=True)
    assert await bot.refused("sendMessage", chat_id=alice.id, text="x") == (403, "Forbidden: user is deactivated")


@pytest.mark.parametrize(("kind", "name"), [("video", "clip.mp4"), ("audio", "song.mp3"), ("voice", "note.ogg")])
async def test_media_by_url_is_fetched_and_its_file_id_sent_again(
    bot: Bot, alice: Person, media: Media, base_url: str, kind: str, name: str
) -> None:
    method = f"send{kind.title()}"
    first = await bot.ok(method, chat_id=alice.id, **{kind: f"{media.url}/{name}"}, caption="c", duration=3)
    file = first[kind]
    assert (file["duration"], file["file_size"], first["caption"]) == (3, len(f"bytes of {name}"), "c")
    again = await bot.ok(method, chat_id=alice.id, **{kind: file["file_id"]})
    assert again[kind]["file_unique_id"] == file["file_unique_id"]
    assert media.hits == 1
    async with bot.session.get(f"{base_url}/file/{file['file_id']}", headers={"Range": "bytes=6-7"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"of")
    assert (await alice.expects(kind)).text == "c"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{media}/missing", "failed to get HTTP URL content"),
        ("{media}/huge", "failed to get HTTP URL content"),
        ("{media}/slow", "failed to get HTTP URL content"),
        ("http://127.0.0.1:9/x.mp4", "failed to get HTTP URL content"),
        ("{media}/page", "wrong type of the web page content"),
        ("{media}/song.mp3", "wrong type of the web page content"),
        ("AAAE", "wrong file identifier/HTTP URL specified"),
        ("", "there is no video in the request"),
    ],
)
async def test_refusals_of_media(bot: Bot, alice: Person, media: Media, source: str, words: str) -> None:
    video = source.format(media=media.url)
    assert await bot.refused("sendVideo", chat_id=alice.id, video=video) == (400, f"Bad Request: {words}")


async def test_a_file_id_is_of_one_kind_and_can_be_forgotten(bot: Bot, sim: Sim, alice: Person, media: Media) -> None:
    sent = await bot.ok("sendAudio", chat_id=alice.id, audio=f"{media.url}/song.mp3", title="Song")
    file_id = sent["audio"]["file_id"]
    assert sent["audio"]["title"] == "Song"
    words = "Bad Request: can't use file of type Audio as Photo"
    assert await bot.refused("sendPhoto", chat_id=alice.id, photo=file_id) == (400, words)
    await sim.forget_files(file_id)
    words = "Bad Request: wrong file identifier/HTTP URL specified"
    assert (await bot.refused("sendAudio", chat_id=alice.id, audio=file_id))[1] == words


async def test_an_upload_is_a_file_too(bot: Bot, alice: Person) -> None:
    shape = {"width": "320", "height": "240", "duration": "9"}
    form = aiohttp.FormData({"chat_id": str(alice.id), "video": "attach://v", **shape})
    form.add_field("v", b"movie", filename="v.mp4", content_type="video/mp4")
    async with bot.session.post(f"{bot.base}/sendVideo", data=form) as answer:
        sent = (await answer.json())["result"]
    assert sent["video"]["file_name"] == "v.mp4"
    assert [sent["video"][name] for name in shape] == [320, 240, 9]
    await bot.ok("sendVideo", chat_id=alice.id, video=sent["video"]["file_id"])


async def test_a_tap_is_answered_once(bot: Bot, alice: Person) -> None:
    await bot.ok(
        "sendMessage",
        chat_id=alice.id,
        text="x",
        reply_markup={"inline_keyboard": [[{"text": "Play", "callback_data": "play:1"}]]},
    )
    tap = await alice.tap("play")
    assert await bot.ok("answerCallbackQuery", callback_query_id=tap.id, text="Yes") is True
    assert (await tap.answered())["text"] == "Yes"
    assert (await alice.transcript())[-1]["kind"] == "callback_answer"
    words = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await bot.refused("answerCallbackQuery", callback_query_id=tap.id) == (400, words)
    assert await bot.refused("answerCallbackQuery", callback_query_id="1") == (400, words)


async def test_buttons_are_edited_away(bot: Bot, alice: Person) -> None:
    keyboard = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="x", reply_markup=keyboard)
    where = {"chat_id": alice.id, "message_id": sent["message_id"]}
    status, words = await bot.refused("editMessageReplyMarkup", **where, reply_markup=keyboard)
    assert (status, words[:40]) == (400, "Bad Request: message is not modified: sp")
    edited = await bot.ok("editMessageReplyMarkup", **where)
    assert "reply_markup" not in edited
    assert (await alice.messages())[-1].buttons == []
    where["message_id"] = 10**6
    assert (await bot.refused("editMessageReplyMarkup", **where))[1] == "Bad Request: message to edit not found"
    own = await alice.say("mine")
    where["message_id"] = own.id
    assert (await bot.refused("editMessageReplyMarkup", **where))[1] == "Bad Request: message can't be edited"


async def test_chat_actions_are_in_the_transcript(bot: Bot, alice: Person) -> None:
    await bot.ok("sendChatAction", chat_id=alice.id, action="upload_video")
    assert (await bot.refused("sendChatAction", chat_id=alice.id, action="dance"))[0] == 400
    await bot.ok("sendMessage", chat_id=alice.id, text="x")
    transcript = await alice.transcript()
    assert [entry["kind"] for entry in transcript] == ["person", "chat_action", "message"]
    assert (transcript[0]["person"], transcript[1]["action"]) == (alice.raw, "upload_video")


async def test_commands_are_checked(bot: Bot, sim: Sim) -> None:
    commands = [{"command": "start", "description": "Begin"}]
    await bot.ok("setMyCommands", commands=commands)
    assert (await sim.stats())["commands"] == commands
    for wrong in ([{"command": "St art", "description": "x"}], [{"command": "a", "description": ""}], "x"):
        assert (await bot.refused("setMyCommands", commands=wrong))[0] == 400


async def test_a_null_is_a_value_and_no_keyboard(bot: Bot, alice: Person) -> None:
    words = "Bad Request: object expected as reply markup"
    assert await bot.refused("sendMessage", chat_id=alice.id, text="x", reply_markup=None) == (400, words)
    assert (await bot.ok("sendMessage", chat_id=alice.id, text=None))["text"] == "null"


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        ("multipart/form-data", b"--x--", "boundary not found"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n", "unexpected end of request content"),
        ("multipart/form-data; boundary=x", b"\xff--x--", "can't parse form data headers"),
    ],
)
async def test_refusals_of_bodies(bot: Bot, content_type: str, body: bytes, words: str) -> None:
    headers = {"Content-Type": content_type}
    async with bot.session.post(f"{bot.base}/getMe", data=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["description"]) == (400, f"Bad Request: {words}")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"text": "%s"}' % (b"x" * 2**20)),
        ("application/x-www-form-urlencoded", b"text=" + b"x" * 2**20),
    ],
)
async def test_arguments_have_an_end(bot: Bot, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type}
    async with bot.session.post(f"{bot.base}/sendMessage", data=io.BytesIO(body), headers=headers) as answer:
        words = "Request Entity Too Large: too many parameters"
        assert (answer.status, (await answer.json())["description"]) == (413, words)


async def test_a_body_has_an_end(bot: Bot) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(61):
            yield bytes(1024 * 1024)

    async with bot.session.post(f"{bot.base}/getMe", data=endless()) as answer:
        assert (answer.status, (await answer.json())["description"]) == (413, "Request Entity Too Large")
