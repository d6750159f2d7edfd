"""People of the simulator, and their way from link to DONE."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from kube import Object, wait_for

IDLE = 2.0
"""Seconds after which a connection is not trusted: the server closes one that rests, and a POST is not repeated."""

_numbers = itertools.count(int(time.time()) % 1_000_000 * 1000 + 1)


class Simulator:
    """The simulator's control API, over one connection a thread: a forwarded port takes few at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._own = threading.local()

    def call(self, method: str, path: str, body: Object | None = None) -> Any:
        """One call of the control API; one that only looks is tried again."""
        for left in reversed(range(5 if method == "GET" else 1)):
            try:
                return self._once(method, path, body)
            except (OSError, http.client.HTTPException):
                self.close()
                if not left:
                    raise
                time.sleep(1)
        raise AssertionError

    def close(self) -> None:
        """Close this thread's connection."""
        if connection := getattr(self._own, "connection", None):
            connection.close()
        self._own.connection = None

    def _once(self, method: str, path: str, body: Object | None) -> Any:
        if time.monotonic() - getattr(self._own, "used", 0.0) > IDLE:
            self.close()
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        self._own.used = time.monotonic()
        assert answer.status < http.client.BAD_REQUEST, f"{method} {path}: {answer.status} {text!r}"
        return json.loads(text)

    def person(self, language: str = "en", name: str = "Ana") -> Person:
        """A new person."""
        number = next(_numbers)
        self.call("POST", "/sim/people", {"id": number, "first_name": name, "language_code": language})
        return Person(self, number)

    def deliveries(self, since: int = 0) -> list[Object]:
        """What our webhook answered, since a place in the record."""
        found: list[Object] = []
        while True:
            page = self.call("GET", f"/sim/record?kinds=delivery&since={since}")
            found += page["entries"]
            if not page["entries"]:
                return found
            since = page["next"]

    def last(self) -> int:
        """The record's last place."""
        return int(self.call("GET", "/sim/stats")["record"])


@dataclass(frozen=True)
class Person:
    """One of them."""

    sim: Simulator
    id: int

    def start(self, payload: str = "") -> None:
        """Press Start."""
        self.sim.call("POST", f"/sim/people/{self.id}/start", {"payload": payload})

    def say(self, text: str) -> None:
        """Send a text."""
        self.sim.call("POST", f"/sim/people/{self.id}/messages", {"text": text})

    def tap(self, button: str) -> None:
        """Tap the newest button of that name."""
        self.sim.call("POST", f"/sim/people/{self.id}/taps", {"button": button})

    def received(self) -> list[Object]:
        """What the bot sent."""
        found = self.sim.call("GET", f"/sim/people/{self.id}/messages")["messages"]
        return [message for message in found if message.get("from", {}).get("is_bot")]

    def await_kind(self, kind: str, seconds: float = 60) -> Object:
        """Wait for a message of a kind: video, audio or text."""
        found = wait_for(
            f"{kind} for {self.id}", lambda: [m for m in self.received() if kind in m], seconds=seconds, pause=0.2
        )
        return found[-1]  # type: ignore[no-any-return]  # the condition gives a list of messages

    def onboard(self, payload: str = "ref_friend", seconds: float = 60) -> list[Object]:
        """The whole way; gives all messages."""
        self.start(payload)
        self.await_kind("video", seconds)
        self.tap("play_audio")
        self.await_kind("audio", seconds)
        self.tap("continue")
        self.await_kind("text", seconds)
        return self.received()
