"""Messages as a test looks at them."""

from dataclasses import dataclass

from telegram_sim.core.types import Json

MESSAGE_KINDS = ("text", "video", "audio", "voice", "photo", "sticker", "document")


_LONGEST = 160


def short(text: str) -> str:
    """Return a text in one line and in quotes, shortened; nothing for an empty one."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}...") if line else ""


@dataclass(frozen=True)
class Button:
    """An inline button."""

    text: str
    data: str | None
    url: str | None

    def is_called(self, name: str) -> bool:
        """Tell whether its data is `name` or begins with it and a colon, or it shows `name`."""
        return name in {self.data, self.text} or (self.data or "").startswith(f"{name}:")


@dataclass(frozen=True)
class Message:
    """A message of the chat as it was then; `raw` is docs' Message."""

    raw: Json

    @property
    def id(self) -> int:
        """Its number, which rises over all chats of the bot."""
        return int(self.raw["message_id"])

    @property
    def kind(self) -> str:
        """What it is: one of `MESSAGE_KINDS`, or "other"."""
        return next((kind for kind in MESSAGE_KINDS if kind in self.raw), "other")

    @property
    def text(self) -> str:
        """Its text or caption, without markup; `entities` are the markup."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def entities(self) -> list[Json]:
        """What is formatted or marked in its text or caption: docs' MessageEntity."""
        return list(self.raw.get("entities") or self.raw.get("caption_entities") or [])

    @property
    def from_bot(self) -> bool:
        """Whether the bot sent it."""
        return bool(self.raw["from"]["is_bot"])

    @property
    def reply_to(self) -> int | None:
        """The number of the message that it replies to."""
        answered = self.raw.get("reply_to_message")
        return None if answered is None else int(answered["message_id"])

    @property
    def file_id(self) -> str | None:
        """The identifier of its medium; of a photo that of the largest size."""
        medium = self.raw.get(self.kind)
        largest = medium[-1] if isinstance(medium, list) and medium else medium
        return str(largest["file_id"]) if isinstance(largest, dict) and "file_id" in largest else None

    @property
    def buttons(self) -> list[Button]:
        """Its inline buttons in reading order."""
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [Button(b["text"], b.get("callback_data"), b.get("url")) for row in rows for b in row]

    def __str__(self) -> str:
        """Return its kind and its text, shortened."""
        return f"{self.kind} {short(self.text)}".rstrip()

    def has_button(self, name: str) -> bool:
        """Tell whether it has a button of that data, whose data begins with it and a colon, or that shows it."""
        return any(button.is_called(name) for button in self.buttons)
