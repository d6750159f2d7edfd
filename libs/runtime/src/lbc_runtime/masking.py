"""Keeps secrets out of what leaves the process: logs, error headers, traces."""

from __future__ import annotations

import re

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    # 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw, also within a URL path /bot<token>/sendVideo
    (re.compile(r"\d{5,16}:[A-Za-z0-9_-]{24,}"), "***"),
    (re.compile(r"((?:amqps?|https?)://[^:/@\s\"']*):[^@/\s\"']+@"), r"\1:***@"),
    (re.compile(r"(?i)(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s\"']+"), r"\1***"),
)


def mask(text: str) -> str:
    """Hide what looks like a bot token, the password of a URL, or what makes a signed URL valid."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text
