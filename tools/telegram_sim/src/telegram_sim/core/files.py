"""Media: identifiers that live as long as the bot, bytes that live as long as there is room."""

import base64
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from telegram_sim.core.errors import ApiError, bad_request, wrong_file
from telegram_sim.core.types import Json

MAX_FILES = 100_000
"""Identifiers kept; the real service never forgets one."""

ACCEPTED = {
    "video": frozenset({"video/mp4"}),
    "audio": frozenset({"audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"}),
    "voice": frozenset({"audio/ogg", "audio/opus", "application/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"}),
}
"""MIME types by kind (docs, sendVideo, sendAudio, sendVoice; docs, "Sending files": by URL "the target file must
have the correct MIME type")."""

_NAMES = {"video": "Video", "audio": "Audio", "voice": "VoiceNote"}  # td, FileType.cpp


@dataclass(frozen=True)
class StoredFile:
    """A medium of one kind that the bot may send again by `file_id`."""

    file_id: str
    unique_id: str
    kind: str
    content_type: str
    name: str
    size: int
    shape: Json = field(default_factory=dict)
    """The fields that docs give this kind besides those of every file: duration, width, performer ..."""

    def shown(self) -> Json:
        """Return docs' Video, Audio or Voice."""
        shown: Json = {**self.shape, "mime_type": self.content_type}
        if self.kind != "voice" and self.name:
            shown["file_name"] = self.name
        return {
            **shown,
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }


class Files:
    """The files of one bot: a file_id of another bot is refused (docs, "Sending files")."""

    def __init__(self, bot_id: int, max_bytes: int) -> None:
        self._bot_id = bot_id
        self._max_bytes = max_bytes
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._content: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    @property
    def held(self) -> Json:
        """How much is kept, for the statistics."""
        return {"files": len(self._files), "contents": len(self._content), "bytes": self._bytes}

    def add(self, kind: str, content: bytes, content_type: str, name: str, shape: Json) -> StoredFile:
        """Store a medium; the same bytes as the same kind are the same file."""
        digest = hashlib.sha256(content).digest()
        unique_id = _encoded(f"{kind}:".encode() + digest[:12])
        file_id = _encoded(f"{self._bot_id}:{kind}:".encode() + digest)
        stored = StoredFile(file_id, unique_id, kind, content_type, name, len(content), shape)
        self._files[file_id] = stored
        if len(self._files) > MAX_FILES:
            self._files.popitem(last=False)
        self._keep(file_id, content)
        return stored

    def find(self, file_id: str, kind: str) -> StoredFile:
        """Return the file to send as `kind`.

        Raises:
            ApiError: 400 for an identifier that this bot was never given, or of another kind.
        """
        stored = self._files.get(file_id)
        if stored is None:
            raise wrong_file()
        if stored.kind != kind:
            # td, FileManager.cpp, from_persistent_id_v23
            raise bad_request(f"Can't use file of type {_NAMES[stored.kind]} as {_NAMES[kind]}")
        return stored

    def content(self, file_id: str) -> tuple[StoredFile, bytes] | None:
        """Return a file and its bytes, None when the file is unknown or its bytes had to go."""
        stored, content = self._files.get(file_id), self._content.get(file_id)
        return None if stored is None or content is None else (stored, content)

    def forget(self, file_id: str | None = None) -> None:
        """Forget one file, or all: the bot then learns that its file_id is refused."""
        for known in [file_id] if file_id else list(self._files):
            self._files.pop(known, None)
            self._bytes -= len(self._content.pop(known, b""))

    def _keep(self, file_id: str, content: bytes) -> None:
        self._bytes += len(content) - len(self._content.pop(file_id, b""))
        self._content[file_id] = content
        while self._bytes > self._max_bytes and self._content:
            _, oldest = self._content.popitem(last=False)
            self._bytes -= len(oldest)


def check_type(kind: str, content_type: str, refusal: ApiError) -> None:
    """Raise `refusal` unless a medium of that MIME type can be shown as `kind`."""
    if content_type.partition(";")[0].strip().lower() not in ACCEPTED[kind]:
        raise refusal


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
