"""What can go wrong between a test and the simulator."""


class SimError(Exception):
    """The simulator refused a request; `status` is its HTTP status."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(f"{status}: {cause}")
        self.status = status


class ExpectationError(AssertionError):
    """What a test waited for did not happen in time."""
