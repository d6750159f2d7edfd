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
    "\u200b",
    " \t\r\n",
    "a\r\u202e\u0333b\u200e\u200f\x00c",
    "😀" * 4096,
    "<b>a<i>b</i></b> <code>@name <b>x</b></code> <blockquote>y<blockquote>z</blockquote></blockquote>",
    '<a href="tg://user?id=700000001">x</a> <a href="nowhere">y</a> <tg-time unix="5" format="x">z</tg-time>',
    "<b>x</b> " * 120,
    "see https://example.org and /start@name #tag me@example.org",
    "||spoiler|| ![x](tg://time?unix=5) [a](b.c) ```py\nx``` >quote",
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
    {"inline_keyboard": [[{"text": "a", "url": "https://example.org"}, {"text": "b", "url": "http://localhost"}]]},
    {"inline_keyboard": [[{"text": "a", "web_app": {"url": "https://example.org"}, "style": "danger"}]]},
    {"inline_keyboard": [[{"text": "a", "login_url": {"url": "https://a.b", "bot_username": "@"}}]]},
    {"inline_keyboard": [[{"text": "a", "copy_text": {"text": "b"}, "icon_custom_emoji_id": "5"}]]},
    {"inline_keyboard": [[{"text": "a", "switch_inline_query_chosen_chat": {"allow_bot_chats": True}}]]},
    {"inline_keyboard": [[{"text": "", "pay": True}], [], [{"text": "a", "callback_game": 5}]]},
    {"inline_keyboard": [[_BUTTON] * 20] * 30},
    {"inline_keyboard": [[{**_BUTTON, "style": "red"}]]},
    {"keyboard": [["a"]]},
    {"keyboard": [[{"text": "a", "request_contact": True}, {"text": "b", "request_poll": {}}]], "is_persistent": True},
    {"keyboard": [[{"text": "a", "request_users": {"request_id": "x"}}]]},
    {"keyboard": [[{"text": "a", "web_app": {"url": "http://a.b"}}]]},
    {"keyboard": [5]},
    {"remove_keyboard": True},
    {"force_reply": "x"},
)
_ENTITIES: tuple[Any, ...] = (
    [{"type": "bold", "offset": 0, "length": 3}],
    '[{"type":"italic","offset":"1","length":"2"}]',
    [{"type": "bold", "offset": -5, "length": 10**9}],
    [{"type": "bold", "offset": 1, "length": 1}, {"type": "code", "offset": 0, "length": 2}],
    [{"type": kind, "offset": 0, "length": 4} for kind in ("bold", "blockquote", "pre", "spoiler", "underline")],
    [{"type": "bold", "offset": offset, "length": 1} for offset in range(0, 400, 2)],
    [{"type": "date_time", "offset": 0, "length": 1, "unix_time": 5, "date_time_format": "wDT"}],
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

NEEDED = frozenset(
    [
        *("chat_id", "message_id", "callback_query_id", "text", "action"),
        *("photo", "video", "audio", "voice", "document", "file_id"),
    ]
)
"""Arguments without which a call is refused before anything else is looked at."""

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
    "url": (
        "http://127.0.0.1:9/hook",
        "https://t.me/demo_bot?start=x",
        "https://a.b:0/",
        "http://[::1",
        "https://a b",
        "ftp://a.b",
        "http://a:x/",
        f"http://a.b:{'0' * 5000}80/",
    ),
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
    "reply_parameters": (
        *({}, {"message_id": 1}, {"message_id": 10**6}, {"message_id": "x"}, {"chat_id": 1}, "{", [1]),
        {"message_id": 1, "quote": "<b>s</b>", "quote_parse_mode": "HTML", "quote_position": 1},
        {"message_id": 1, "quote": "t", "quote_entities": [{"type": "bold", "offset": 0, "length": 9}]},
        {"message_id": 1, "chat_id": 700_000_002, "allow_sending_without_reply": True},
    ),
    "allow_sending_without_reply": (True, "yes"),
    "link_preview_options": (
        *({"is_disabled": True}, {"url": "https://a.b", "prefer_large_media": True, "show_above_text": True}),
        *({"url": 5}, {"is_disabled": "x"}, "[", []),
    ),
    "disable_web_page_preview": (True, "1"),
    "message_thread_id": (0, "", 5),
    "direct_messages_topic_id": (5,),
    "business_connection_id": ("", "x"),
    "message_effect_id": ("5104841245755180586", 0, "x"),
    "show_caption_above_media": (True, "yes"),
    "disable_notification": (True,),
    "allow_paid_broadcast": (True,),
    "suggested_post_parameters": ({},),
    "start_timestamp": (5, -5, 10**9),
    "supports_streaming": (True,),
    "disable_content_type_detection": (True,),
    "thumbnail": ("attach://upload", "x"),
    "cover": ("attach://upload", "x"),
    "cache_time": (5, "x"),
    "reply_to_message_id": (0, 1, 10**6, "x"),
    "protect_content": (True, "yes"),
    "has_spoiler": (True, "1"),
    "chat_id": ("@nobody", 404_404, "-1001234567890", "1x"),
}
"""Values by argument, besides `EVERYTHING`; the first is good. `timeout` has none that would make a call last."""

_WHERE = ("chat_id", "reply_markup", "parse_mode")
_SEND = (
    *(*_WHERE, "reply_parameters", "reply_to_message_id", "allow_sending_without_reply", "protect_content"),
    *("message_thread_id", "direct_messages_topic_id", "business_connection_id", "message_effect_id"),
    *("disable_notification", "allow_paid_broadcast", "suggested_post_parameters"),
)
_MEDIUM = (*_SEND, "caption", "caption_entities")
_PREVIEW = ("link_preview_options", "disable_web_page_preview")
_SHOWN = ("has_spoiler", "show_caption_above_media")
_EDIT = (*_WHERE, "message_id", "inline_message_id", "business_connection_id")

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
    "sendmessage": (*_SEND, "text", "entities", *_PREVIEW),
    "sendphoto": (*_MEDIUM, *_SHOWN, "photo"),
    "sendvideo": (
        *(*_MEDIUM, *_SHOWN, "video", "duration", "width", "height"),
        *("thumbnail", "cover", "start_timestamp", "supports_streaming"),
    ),
    "sendaudio": (*_MEDIUM, "audio", "duration", "title", "performer", "thumbnail"),
    "sendvoice": (*_MEDIUM, "voice", "duration"),
    "senddocument": (*_MEDIUM, "document", "thumbnail", "disable_content_type_detection"),
    "sendchataction": ("chat_id", "action", "message_thread_id", "business_connection_id"),
    "answercallbackquery": ("callback_query_id", "text", "show_alert", "url", "cache_time"),
    "editmessagetext": (*_EDIT, "text", "entities", *_PREVIEW),
    "editmessagecaption": (*_EDIT, "caption", "caption_entities", "show_caption_above_media"),
    "editmessagereplymarkup": _EDIT,
    "deletemessage": ("chat_id", "message_id"),
    "getchat": ("chat_id",),
    "getfile": ("file_id",),
}
"""Arguments by method."""
