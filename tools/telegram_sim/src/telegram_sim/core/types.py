"""The shape that travels everywhere."""

from typing import Any

Json = dict[str, Any]
"""An object of the Bot API (Message, Update, User ...) exactly as it is sent. Open on purpose: a test may
send fields that no version of the documentation names."""


def weight(value: Any) -> int:
    """Return about how many bytes a JSON value takes when written: good enough to bound memory by."""
    try:
        return len(repr(value))  # much faster than going through it here
    except RecursionError:
        return _walked(value)


def _walked(value: Any) -> int:
    total = 0
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, dict):
            total += sum(map(len, item))
            left += item.values()
        elif isinstance(item, list):
            left += item
        total += 2
    return total


def deeper_than(limit: int, value: Any) -> bool:
    """Tell whether a JSON value has more than `limit` levels of lists and objects."""
    level = [value]
    for _ in range(limit + 1):
        level = [inner for item in level if isinstance(item, dict | list) for inner in _inside(item)]
        if not level:
            return False
    return True


def _inside(item: Any) -> Any:
    return item.values() if isinstance(item, dict) else item
