"""What can go wrong with a part, told apart by who can do something about it."""


class PartUnavailableError(Exception):
    """A part cannot be had on this machine; the message says what to type to get it."""

    def __init__(self, part: str, tried: list[str], advice: str) -> None:
        self.part = part
        self.tried = tried
        self.advice = advice
        reasons = "; ".join(tried)
        super().__init__(f"{part} is not available here ({reasons}). {advice}")


class PartFailedError(Exception):
    """A part was started but exited, did not get ready in time, or answered what it must not."""


class UnsupportedError(Exception):
    """The part is not ours to stop or break, since it was given by its address."""
