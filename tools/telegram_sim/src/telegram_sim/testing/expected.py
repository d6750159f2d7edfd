"""What a person can expect of the bot."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Expected:
    """A message of a kind ("": any), with a text in it and a button on it, if they are given."""

    kind: str = ""
    text: str = ""
    button: str = ""

    def __call__(self, text: str) -> Self:
        """Return the same with `text` in its text or caption."""
        return replace(self, text=text)

    def with_button(self, button: str) -> Self:
        """Return the same with a button of that data, or whose data begins with it and a colon."""
        return replace(self, button=button)


anything = Expected()
text = Expected("text")
video = Expected("video")
audio = Expected("audio")
voice = Expected("voice")
photo = Expected("photo")
document = Expected("document")
