"""What a call may ask of a message besides its content: a keyboard, protection, a caption above, a link preview."""

from telegram_sim.core.args import Args
from telegram_sim.core.fields import boolean_field, read_object, text_field
from telegram_sim.core.keyboards.markup import Markup, read_markup
from telegram_sim.core.types import Json

_SPOILED = ("photo", "video")
"""What can have a spoiler, and a caption above."""
_PREVIEW_FLAGS = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")


def markup_of(args: Args) -> Markup:
    """Return the keyboard that the call asks for.

    Raises:
        ApiError: 400 for what is none.
    """
    return read_markup(args.json("reply_markup", "reply keyboard markup"))


def options(args: Args, content: Json) -> Json:
    """Return the fields of docs' Message that the call asks for (server, Client.cpp, JsonMessage)."""
    asked: Json = {}
    if args.boolean("protect_content"):
        asked["has_protected_content"] = True
    if effect := args.integer("message_effect_id"):
        asked["effect_id"] = str(effect)
    if args.boolean("has_spoiler") and any(kind in content for kind in _SPOILED):
        asked["has_media_spoiler"] = True
    return asked | above(args, content)


def above(args: Args, content: Json) -> Json:
    """Return the field that puts a caption above its medium, if there is one (JsonMessage, add_caption)."""
    can = "caption" in content and any(kind in content for kind in _SPOILED)
    return {"show_caption_above_media": True} if can and args.boolean("show_caption_above_media") else {}


def link_preview(args: Args) -> Json:
    """Return what the call says about link previews (server, Client.cpp, get_link_preview_options).

    Raises:
        ApiError: 400 for what is no docs' LinkPreviewOptions.
    """
    given = args.json("link_preview_options", "link preview options")
    if given is None:
        return {"is_disabled": True} if args.boolean("disable_web_page_preview") else {}
    return read_object(given, "Object expected as link preview options", _preview)


def _preview(given: Json) -> Json:
    flags = {name: True for name in _PREVIEW_FLAGS if boolean_field(given, name)}
    url = text_field(given, "url", "")
    return flags | ({"url": url} if url else {})


def shown_preview(asked: Json, entities: list[Json]) -> Json:
    """Return the field of docs' Message that shows what was asked (td, MessageContent.cpp, InputMessageText.cpp).

    A preview is only disabled where there is a link, and only large or small where there is a URL for it.
    """
    linked = any(entity["type"] in {"url", "text_link"} for entity in entities)
    disabled = "is_disabled" in asked
    hidden = {"prefer_small_media", "prefer_large_media", "url"} if disabled or "url" not in asked else set()
    hidden |= set() if disabled and linked else {"is_disabled"}
    shown = {name: value for name, value in asked.items() if name not in hidden}
    return {"link_preview_options": shown} if shown else {}
