"""The shape that travels everywhere."""

from typing import Any

Json = dict[str, Any]
"""An object of the Bot API (Message, Update, User ...) exactly as it is sent. Open on purpose: a test may
send fields that no version of the documentation names."""
