"""Media: identifiers that live as long as the bot, bytes that live as long as there is room."""

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from telegram_sim.core.errors import bad_request, wrong_file
from telegram_sim.core.media.kinds import MAX_DOWNLOAD, MEDIA_KINDS, sendable
from telegram_sim.core.types import Json

_VERSION = b"\x04"
"""What a file_id ends with (td, FileManager.cpp, from_persistent_id)."""
_MAX_EXTENSION = 10


@dataclass(frozen=True)
class StoredFile:
    """A medium of one kind that the bot may send again by `file_id`."""

    file_id: str
    unique_id: str
    kind: str
    content_type: str
    name: str
    size: int
    number: int = 0
    """Counts the bot's files; a download is named after it."""
    shape: Json = field(default_factory=dict)
    """The fields that docs give this kind besides those of every file: duration, width, performer ..."""

    def shown(self) -> Any:
        """Return docs' Video, Audio, Voice or Document; of a photo a list with its one PhotoSize."""
        about: Json = {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}
        if self.kind == "photo":
            return [about | self.shape]
        named = {"file_name": self.name} if self.kind != "voice" and self.name else {}
        return {**self.shape, "mime_type": self.content_type, **named, **about}

    @property
    def path(self) -> str:
        """Where it is downloaded: docs' file_path."""
        kind = MEDIA_KINDS[self.kind]
        own = PurePosixPath(self.name).suffix.lower()
        usable = own[1:].isalnum() and own.isascii() and len(own) <= _MAX_EXTENSION and self.kind != "photo"
        # td, files/FileLoaderUtils.cpp: with ignore_file_names, which the server sets, only the extension is kept
        return f"{kind.folder}/file_{self.number}{own if usable else kind.extension}"


class Files:
    """The files of one bot: a file_id of another bot is refused (docs, "Sending files").

    At most `max_bytes` of contents and `max_files` identifiers are kept; the oldest go first. The real service
    forgets no identifier.
    """

    def __init__(self, bot_id: int, max_bytes: int, max_files: int) -> None:
        self._bot_id = bot_id
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._by_number: dict[int, str] = {}
        self._content: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self.last_number = 0
        """How many files there were: the next one has the number after it."""

    @property
    def held(self) -> Json:
        """How much is kept, for the statistics."""
        return {"files": len(self._files), "contents": len(self._content), "bytes": self._bytes}

    def add(self, kind: str, content: bytes, content_type: str, name: str, shape: Json) -> StoredFile:
        """Store a medium; the same bytes, described in the same way, are the same file (m4mallu/clonebot#114)."""
        described = json.dumps([kind, content_type, name, shape], sort_keys=True).encode()
        digest = hashlib.sha256(hashlib.sha256(content).digest() + described).digest()
        unique_id = _encoded(f"{kind}:".encode() + digest[:12])
        file_id = _encoded(f"{self._bot_id}:{kind}:".encode() + digest + _VERSION)
        known = self._files.get(file_id)
        if known is None:
            self.last_number += 1
        number = self.last_number if known is None else known.number
        stored = StoredFile(file_id, unique_id, kind, content_type, name, len(content), number, shape)
        self.restore(stored, content)
        return stored

    def restore(self, file: StoredFile, content: bytes | None) -> None:
        """Store a file that has its identifiers already; without `content` it can be sent, not downloaded."""
        self.last_number = max(self.last_number, file.number)
        self._files[file.file_id] = file
        self._by_number[file.number] = file.file_id
        if content is not None:
            self._keep(file.file_id, content)
        while len(self._files) > self._max_files:
            self.forget(next(iter(self._files)))

    def all(self) -> Iterable[StoredFile]:
        """Return every file, oldest first."""
        return list(self._files.values())

    def contents(self) -> dict[int, bytes]:
        """Return the bytes that are kept, by their files' number."""
        return {self._files[file_id].number: content for file_id, content in self._content.items()}

    def find(self, file_id: str, kind: str) -> StoredFile:
        """Return the file to send by the method of `kind`.

        Raises:
            ApiError: 400 for what is no identifier, one that this bot was never given, or one of a kind that the
                method cannot send.
        """
        stored = self._known(file_id)
        was, wanted = MEDIA_KINDS[stored.kind], MEDIA_KINDS[kind]
        if not sendable(was, wanted):
            # td, FileManager.cpp, from_persistent_id_v23
            raise bad_request(f"Can't use file of type {was.shown_as} as {wanted.shown_as}")
        return stored

    def to_download(self, file_id: str) -> StoredFile:
        """Return the file that getFile is asked for; the words are the server's (Client.cpp).

        Raises:
            ApiError: 400 for no or an unknown identifier, a file too big, or one whose bytes are gone.
        """
        if not file_id:
            raise bad_request("file_id not specified")  # check_remote_file_id
        stored = self._files.get(file_id)
        if stored is None:
            raise bad_request("invalid file_id")  # TdOnCheckRemoteFileIdCallback
        if stored.size > MAX_DOWNLOAD:
            raise bad_request("file is too big")  # do_get_file
        if file_id not in self._content:
            raise bad_request("wrong file_id or the file is temporarily unavailable")  # on_update_file
        return stored

    def content(self, file_id: str) -> tuple[StoredFile, bytes] | None:
        """Return a file and its bytes, None when the file is unknown or its bytes had to go."""
        stored, content = self._files.get(file_id), self._content.get(file_id)
        return None if stored is None or content is None else (stored, content)

    def download(self, path: str) -> tuple[StoredFile, bytes] | None:
        """Return the file that docs' file_path names, and its bytes."""
        number = PurePosixPath(path).stem.removeprefix("file_")
        known = number.isdecimal() and number.isascii() and len(number) < len(str(2**64))
        found = self.content(self._by_number.get(int(number), "")) if known else None
        return found if found is not None and found[0].path == path else None

    def forget(self, file_id: str | None = None) -> None:
        """Forget one file, or all: the bot then learns that its file_id is refused."""
        for known in [file_id] if file_id else list(self._files):
            stored = self._files.pop(known, None)
            if stored is not None:
                self._by_number.pop(stored.number, None)
            self._bytes -= len(self._content.pop(known, b""))

    def _known(self, file_id: str) -> StoredFile:
        stored = self._files.get(file_id)
        if stored is None:
            raise (
                bad_request(f"Wrong remote file identifier specified: {wrong}")
                if (wrong := _mistake(file_id))
                else wrong_file()
            )
        return stored

    def _keep(self, file_id: str, content: bytes) -> None:
        self._bytes += len(content) - len(self._content.pop(file_id, b""))
        self._content[file_id] = content
        while self._bytes > self._max_bytes and self._content:
            _, oldest = self._content.popitem(last=False)
            self._bytes -= len(oldest)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _mistake(file_id: str) -> str:
    """Return what is wrong with the form of a file_id, "" if nothing is (td, utils/base64.cpp and FileManager.cpp)."""
    if len(file_id) % 4 == 1:
        return "Wrong string length"
    if not file_id.isascii() or not file_id.replace("-", "").replace("_", "").isalnum():
        return "Wrong character in the string"
    binary = base64.urlsafe_b64decode(file_id + "=" * (-len(file_id) % 4))
    return "" if binary.endswith(_VERSION) else "can't unserialize it. Wrong last symbol"
