"""Commands by example, and what Telegram may say to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lbc_contracts.ids import Step
from lbc_contracts.messages import Button, Link, Send, Speech, Text, Video
from lbc_delivery.app.ports import RefusedError
from lbc_delivery.domain.refusals import Answer

NOON = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
"""Of tomorrow: rows end so and so long after it, and DynamoDB Local removes those that have ended by its own clock."""
ME, OTHER = "host:1:me", "host:2:other"
LEASE = timedelta(seconds=30)
AGAIN = Button(label="Again", data="watch_video:1:v")


def link(*, minutes: float = 60, etag: str = "e1", url: str = "https://s3.test/welcome.mp4?sig=1") -> Link:
    return Link(
        url=url,
        expires_at=NOON + timedelta(minutes=minutes),
        object_key="assets/demo/welcome.mp4",
        content_type="video/mp4",
        size=1000,
        etag=etag,
    )


def text(**changes: Any) -> Send:
    plain = Send(
        id="demo:42:1:done:1",
        correlation_id="demo:update:7",
        time=NOON,
        bot="demo",
        user_id=42,
        chat_id=42,
        session=1,
        step=Step.DONE,
        content=Text(html="<b>Done</b>"),
    )
    return plain.model_copy(update=changes)


def video(**changes: Any) -> Send:
    mine: dict[str, Any] = {
        "id": "demo:42:1:video:1",
        "step": Step.VIDEO,
        "content": Video(object_key="demo/welcome.mp4", caption="Welcome", buttons=((AGAIN,),)),
        "fallback": Text(html="See it here", buttons=((AGAIN,),)),
        "link": link(),
    }
    return text(**(mine | changes))


def speech(**changes: Any) -> Send:
    mine: dict[str, Any] = {
        "id": "demo:42:1:greeting:1",
        "step": Step.GREETING,
        "content": Speech(words="Hello", language="en-US", voice="Matthew", title="Hi", caption="Hello"),
        "link": link(),
    }
    return text(**(mine | changes))


def refused(status: int, description: str, **parameters: Any) -> RefusedError:
    return RefusedError(Answer(status, description, **parameters))


BLOCKED = refused(403, "Forbidden: bot was blocked by the user")
NOT_FETCHED = refused(400, "Bad Request: failed to get HTTP URL content")
BAD_FILE = refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
