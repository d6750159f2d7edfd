"""Messages as a test looks at them."""

from dataclasses import dataclass

from telegram_sim.core.types import Json

KINDS = ("text", "video", "audio", "voice", "photo", "sticker", "document")


@dataclass(frozen=True)
class Button:
    """An inline button."""

    text: str
    data: str | None
    url: str | None


@dataclass(frozen=True)
class Message:
    """A message of the chat; `raw` is docs' Message."""

    raw: Json

    @property
    def id(self) -> int:
        """Its number, which rises over all chats of the bot."""
        return int(self.raw["message_id"])

    @property
    def kind(self) -> str:
        """What it is: one of `KINDS`, or "other"."""
        return next((kind for kind in KINDS if kind in self.raw), "other")

    @property
    def text(self) -> str:
        """Its text or caption, without markup."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def from_bot(self) -> bool:
        """Whether the bot sent it."""
        return bool(self.raw["from"]["is_bot"])

    @property
    def buttons(self) -> list[Button]:
        """Its inline buttons in reading order."""
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [Button(b["text"], b.get("callback_data"), b.get("url")) for row in rows for b in row]

    def has_button(self, name: str) -> bool:
        """Tell whether it has a button of that data, or whose data begins with it and a colon."""
        return any(button.data == name or (button.data or "").startswith(f"{name}:") for button in self.buttons)
