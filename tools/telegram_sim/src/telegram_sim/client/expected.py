"""What a person can expect of the bot."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from telegram_sim.client.shapes import MESSAGE_KINDS, Message


@dataclass(frozen=True)
class Expected:
    """A message of a kind ("": any) that fulfils all conditions; each refinement gives another one.

    video                                             any video
    video("Welcome").with_button("play_audio")        "Welcome" in its caption, and that button
    text.exactly("Done.")                             nothing else
    text.matching(r"[0-9]+ points")                   a regular expression, found anywhere
    text.in_reply_to(question)
    photo.where(lambda message: message.raw["show_caption_above_media"], "caption above")
    """

    kind: str = ""
    conditions: tuple[tuple[str, Callable[[Message], bool]], ...] = ()
    """Each as words and a test."""

    def __post_init__(self) -> None:
        """Refuse a kind that no message can have, for which a test would wait in vain."""
        if self.kind and self.kind not in MESSAGE_KINDS:
            raise ValueError(f"there is no kind {self.kind!r} of messages; there are {', '.join(MESSAGE_KINDS)}")

    def __call__(self, text: str) -> Self:
        """Return the same with `text` somewhere in its text or caption."""
        return self.where(lambda message: text in message.text, repr(text))

    def exactly(self, text: str) -> Self:
        """Return the same with this text or caption and nothing else."""
        return self.where(lambda message: message.text == text, f"exactly {text!r}")

    def matching(self, pattern: str | re.Pattern[str]) -> Self:
        """Return the same with a match of the regular expression somewhere in its text or caption."""
        compiled = re.compile(pattern)
        return self.where(lambda message: compiled.search(message.text) is not None, f"/{compiled.pattern}/")

    def with_button(self, button: str) -> Self:
        """Return the same with a button of that data, whose data begins with it and a colon, or that shows it."""
        return self.where(lambda message: message.has_button(button), f"a button {button!r}")

    def without_buttons(self) -> Self:
        """Return the same without any inline button."""
        return self.where(lambda message: not message.buttons, "no buttons")

    def in_reply_to(self, message: Message) -> Self:
        """Return the same as a reply to that message."""
        return self.where(lambda reply: reply.reply_to == message.id, f"message {message.id} replied to")

    def where(self, test: Callable[[Message], bool], words: str = "a condition") -> Self:
        """Return the same for which `test` holds; `words` stand after "with" in what a failure says."""
        return replace(self, conditions=(*self.conditions, (words, test)))

    def takes(self, message: Message) -> bool:
        """Tell whether the message is one that is expected."""
        return self.kind in {"", message.kind} and all(test(message) for _, test in self.conditions)

    def lacking(self, message: Message) -> str:
        """Return the message in short, and why it is not one that is expected."""
        words = " and ".join(words for words, test in self.conditions if not test(message))
        same_kind = self.kind in {"", message.kind}
        return f"{message}{' without ' if words and same_kind else ''}{words if same_kind else ''}"

    def __str__(self) -> str:
        """Return the words of a failure."""
        words = " and ".join(words for words, _ in self.conditions)
        return f"{self.kind or 'message'}{' with ' if words else ''}{words}"


anything: Expected = Expected()
text: Expected = Expected("text")
video: Expected = Expected("video")
audio: Expected = Expected("audio")
voice: Expected = Expected("voice")
photo: Expected = Expected("photo")
document: Expected = Expected("document")
