from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_delivery.domain.refusals import Answer, Meaning, Refusal, understand


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (Answer(403, "Forbidden: bot was blocked by the user"), Refusal(Meaning.UNREACHABLE, "blocked")),
        (Answer(403, "Forbidden: user is deactivated"), Refusal(Meaning.UNREACHABLE, "deactivated")),
        (
            Answer(403, "Forbidden: bot can't initiate conversation with a user"),
            Refusal(Meaning.UNREACHABLE, "never-started"),
        ),
        (Answer(403, "Forbidden: bot was kicked from the group"), Refusal(Meaning.UNREACHABLE, "kicked")),
        (Answer(403, "Forbidden: something new"), Refusal(Meaning.UNREACHABLE, "forbidden")),
        (Answer(400, "Bad Request: chat not found"), Refusal(Meaning.UNREACHABLE, "chat-not-found")),
        (
            Answer(400, "Bad Request: wrong file identifier/HTTP URL specified"),
            Refusal(Meaning.BAD_FILE, "bad-file"),
        ),
        (
            Answer(400, "Bad Request: wrong remote file identifier specified: can't unserialize it"),
            Refusal(Meaning.BAD_FILE, "bad-file"),
        ),
        (Answer(400, "Bad Request: failed to get HTTP URL content"), Refusal(Meaning.NOT_FETCHED, "not-fetched")),
        (
            Answer(400, "Bad Request: wrong type of the web page content"),
            Refusal(Meaning.NOT_FETCHED, "not-fetched"),
        ),
        (Answer(400, "Bad Request: WEBPAGE_CURL_FAILED"), Refusal(Meaning.NOT_FETCHED, "not-fetched")),
        (Answer(400, "Bad Request: file is too big"), Refusal(Meaning.NOT_FETCHED, "too-big")),
        (Answer(400, "Bad Request: message text is empty"), Refusal(Meaning.HOPELESS, "text-empty")),
        (Answer(400, "Bad Request: message is too long"), Refusal(Meaning.HOPELESS, "too-long")),
        (
            Answer(400, "Bad Request: can't parse entities: unsupported start tag"),
            Refusal(Meaning.HOPELESS, "bad-html"),
        ),
        (Answer(400, "Bad Request: BUTTON_DATA_INVALID"), Refusal(Meaning.HOPELESS, "bad-button")),
        (Answer(400, "Bad Request: something new"), Refusal(Meaning.HOPELESS, "telegram-400")),
        (Answer(413, "Request Entity Too Large"), Refusal(Meaning.HOPELESS, "telegram-413")),
        (
            Answer(400, "Bad Request: group chat was upgraded to a supergroup chat", migrated=True),
            Refusal(Meaning.HOPELESS, "migrated"),
        ),
        (Answer(401, "Unauthorized"), Refusal(Meaning.BAD_TOKEN, "bad-token")),
        (Answer(404, "Not Found"), Refusal(Meaning.BAD_TOKEN, "bad-token")),
        (Answer(429, "Too Many Requests: retry after 7", retry_after=7.0), Refusal(Meaning.SLOW_DOWN, "flood")),
        (Answer(429, "Too Many Requests"), Refusal(Meaning.SLOW_DOWN, "flood")),
    ],
)
def test_what_telegram_means(answer: Answer, refusal: Refusal) -> None:
    assert understand(answer) == refusal


@given(st.integers(400, 499), st.text())
def test_every_refusal_means_something_countable(status: int, description: str) -> None:
    refusal = understand(Answer(status, description))
    assert refusal.reason
    assert refusal.reason.isascii()
    assert len(refusal.reason) < 40
