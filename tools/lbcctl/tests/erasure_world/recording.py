"""Which rights a client needs, by what is called on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

_INSIDE: Final = {"Put": "PutItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_S3: Final = {"list_objects_v2": "ListBucket"}


class Recorder:
    """A client that notes what is called on what."""

    def __init__(self, inner: Any, prefix: str, called: set[str]) -> None:
        self._inner = inner
        self._prefix = prefix
        self._called = called

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)

        def call(*arguments: Any, **more: Any) -> Any:
            if name == "get_paginator":
                return Paginator(inner(*arguments), partial(self._note, arguments[0]))
            self._note(name, **more)
            return inner(*arguments, **more)

        return call

    def _note(self, name: str, **more: Any) -> None:
        self._called.update(self._rights(name, more))

    def _rights(self, name: str, more: dict[str, Any]) -> Iterator[str]:
        if "Bucket" in more:
            yield f"s3:{_S3.get(name, _camel(name))} on the tts bucket"
        for item in more.get("TransactItems", ()):
            for kind, what in item.items():
                yield self._right(_INSIDE[kind], what)
        for table in more.get("RequestItems", ()):
            yield self._right(_camel(name), {"TableName": table})
        if "TableName" in more:
            yield self._right(_camel(name), more)

    def _right(self, action: str, what: dict[str, Any]) -> str:
        index = f"/index/{what['IndexName']}" if "IndexName" in what else ""
        return f"dynamodb:{action} on {what['TableName'].removeprefix(self._prefix)}{index}"


class Paginator:
    """One that notes the call that it makes again and again."""

    def __init__(self, inner: Any, note: Callable[..., None]) -> None:
        self._inner = inner
        self._note = note

    def paginate(self, **arguments: Any) -> Any:
        self._note(**arguments)
        return self._inner.paginate(**arguments)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
