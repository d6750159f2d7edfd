"""Which arguments each method takes, and what goes into them: good values, values at an edge, and nonsense.

An argument means the same in every method, so that values belong to its name.
"""

from typing import Any

EVERYTHING: tuple[Any, ...] = (
    *(None, 0, -1, 1.5, 1e308, True, False, "", " ", "x", "0", "-", "9" * 400, 2**63, -(2**63), 2**31),
    *("\ud800", "\x00", "😀" * 10, "ä" * 40_000, "null", "{}", "[]", "{", "[" * 100_000, '{"a":' * 2000),
    *([], {}, [[]], [1], [None], {"a": None}, {"type": []}, [{}], [{"a": {"b": [{}]}}]),
)
"""Values that any argument may be given."""

_TEXTS = (
    "hello",
    "/start now",
    "x" * 4096,
    "x" * 4097,
    "<b>bold</b>",
    "<b>",
    "<a href='",
    "&#x110000;",
    "&#",
    "</",
    "*x*",
)
_BUTTON = {"text": "Go", "callback_data": "go:1"}
_MARKUPS: tuple[Any, ...] = (
    {"inline_keyboard": [[_BUTTON]]},
    '{"inline_keyboard":[[{"text":"Site","url":"https://example.org"}]]}',
    {"inline_keyboard": [[{**_BUTTON, "callback_data": "d" * 65}]]},
    {"inline_keyboard": [[{"text": "a", "callback_data": 5}]]},
    {"inline_keyboard": [[{"text": "a", "url": {}}]]},
    {"inline_keyboard": [[{"text": None, "url": "x"}]]},
    {"inline_keyboard": [[{"text": "a", "login_url": {}}, {"text": "b", "copy_text": {"text": []}}]]},
    {"inline_keyboard": [[{}]]},
    {"inline_keyboard": {"a": 1}},
    {"inline_keyboard": [[1]]},
    {"inline_keyboard": [1]},
    {"keyboard": [["a"]]},
    {"keyboard": [5]},
    {"remove_keyboard": True},
    {"force_reply": "x"},
)
_ENTITIES: tuple[Any, ...] = (
    [{"type": "bold", "offset": 0, "length": 3}],
    '[{"type":"italic","offset":"1","length":"2"}]',
    [{"type": "bold", "offset": -5, "length": 10**9}],
    [{"type": "bold", "offset": 0, "length": 2**40}],
    [{"type": "pre", "offset": 0, "length": 1, "language": {}}],
    [{"type": "text_link", "offset": 0, "length": 1}],
    [{"type": "text_mention", "offset": 0, "length": 1, "user": {"id": "x"}}],
    [{"type": "custom_emoji", "offset": 0, "length": 1, "custom_emoji_id": "1e5"}],
    [{"type": "nonsense", "offset": 0, "length": 1}],
    [{"offset": "a"}],
    [5],
)
_MEDIA = (
    *("http://127.0.0.1:9/x.mp4", "http://[", "http://a:99999/", "https://", "ftp://a.b/c", "HTTP://127.0.0.1:9"),
    *("AAAA", "AAAE", "attach://upload", "attach://", "file:///etc/passwd", "not base64!", "A" * 5000, "a.b"),
)
_SCOPES: tuple[Any, ...] = (
    {"type": "default"},
    {"type": "chat", "chat_id": 1},
    {"type": "chat_member", "chat_id": "@x", "user_id": "0"},
    {"type": "chat_member", "chat_id": 1, "user_id": 1.5},
    {"type": "chat", "chat_id": []},
    {"type": 5},
)

VALUES: dict[str, tuple[Any, ...]] = {
    "text": _TEXTS,
    "caption": (*_TEXTS, "c" * 1024, "c" * 1025),
    "parse_mode": ("HTML", "html", "MarkdownV2", "Markdown", "bbcode"),
    "reply_markup": _MARKUPS,
    "entities": _ENTITIES,
    "caption_entities": _ENTITIES,
    "photo": _MEDIA,
    "video": _MEDIA,
    "audio": _MEDIA,
    "voice": _MEDIA,
    "document": _MEDIA,
    "file_id": _MEDIA,
    "message_id": (1, 2, 3, "1", "1x", 10**6, -5),
    "inline_message_id": ("x",),
    "action": ("typing", "upload_video", "DANCE"),
    "duration": (1, "5", 10**9, -1),
    "width": (640, -5, 10**9),
    "height": (480, "x"),
    "title": ("Song",),
    "performer": ("Singer",),
    "callback_query_id": ("4100000000000000001", 4100000000000000002, "1"),
    "show_alert": (True, "yes", "1"),
    "url": ("http://127.0.0.1:9/hook", "https://a.b:0/", "http://[::1", "https://a b", "ftp://a.b", "http://a:x/"),
    "secret_token": ("s" * 256, "s" * 257, "a b", "ä"),
    "max_connections": (1, 100, 0, 101, "x"),
    "allowed_updates": (["message"], [5], '["callback_query"]', "message", {}),
    "drop_pending_updates": (True, "1"),
    "ip_address": ("127.0.0.1", "999.1.1.1"),
    "certificate": ("x",),
    "commands": (
        [{"command": "start", "description": "Begin"}],
        [{"command": "a" * 33, "description": "x"}],
        [{"command": 5, "description": []}],
        [{"command": "Start", "description": "x"}] * 101,
        "[5]",
    ),
    "scope": _SCOPES,
    "language_code": ("es", "ES", "english"),
    "offset": (0, 1, -1, 100_000_001, "x"),
    "limit": (1, 100, 0, -5, 10**9),
    "timeout": (0, -1, "x"),
    "reply_parameters": ({"message_id": 1}, {"message_id": 10**6}, {"message_id": "x"}, {"chat_id": 1}, "{", [1]),
    "reply_to_message_id": (1, 10**6, "x"),
    "protect_content": (True, "yes"),
    "has_spoiler": (True, "1"),
    "chat_id": ("@nobody", 404_404, "-1001234567890", "1x"),
}
"""Values by argument, besides those in `EVERYTHING`. `timeout` has none that would make a call last."""

_WHERE = ("chat_id", "reply_markup", "parse_mode")
_SEND = (*_WHERE, "reply_parameters", "reply_to_message_id", "protect_content")
_MEDIUM = (*_SEND, "caption", "caption_entities", "has_spoiler")
_EDIT = (*_WHERE, "message_id", "inline_message_id")

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "getme": (),
    "setwebhook": (
        *("url", "secret_token", "max_connections", "allowed_updates", "drop_pending_updates"),
        *("ip_address", "certificate"),
    ),
    "deletewebhook": ("drop_pending_updates",),
    "getwebhookinfo": (),
    "getupdates": ("offset", "limit", "timeout", "allowed_updates"),
    "setmycommands": ("commands", "scope", "language_code"),
    "getmycommands": ("scope", "language_code"),
    "deletemycommands": ("scope", "language_code"),
    "sendmessage": (*_SEND, "text", "entities"),
    "sendphoto": (*_MEDIUM, "photo"),
    "sendvideo": (*_MEDIUM, "video", "duration", "width", "height"),
    "sendaudio": (*_MEDIUM, "audio", "duration", "title", "performer"),
    "sendvoice": (*_MEDIUM, "voice", "duration"),
    "senddocument": (*_MEDIUM, "document"),
    "sendchataction": ("chat_id", "action"),
    "answercallbackquery": ("callback_query_id", "text", "show_alert", "url"),
    "editmessagetext": (*_EDIT, "text", "entities"),
    "editmessagecaption": (*_EDIT, "caption", "caption_entities"),
    "editmessagereplymarkup": _EDIT,
    "deletemessage": ("chat_id", "message_id"),
    "getchat": ("chat_id",),
    "getfile": ("file_id",),
}
"""Arguments by method."""
