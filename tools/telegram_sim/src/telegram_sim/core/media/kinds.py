"""What each kind of medium may be, how it is described, and where a download of it lives."""

from dataclasses import dataclass

from telegram_sim.core.errors import ApiError, bad_request, url_wrong_type

MAX_FETCHED = 20 * 1024 * 1024
"""Bytes by URL (docs, "Sending files": "5 MB max size for photos and 20 MB max for other types of content")."""
MAX_FETCHED_PHOTO = 5 * 1024 * 1024
MAX_UPLOAD = 50 * 1024 * 1024
"""Bytes (docs, "Sending files")."""
MAX_PHOTO = 10 * 1024 * 1024
"""Bytes (td, files/FileLoaderUtils.cpp, MAX_PHOTO_SIZE; docs, sendPhoto)."""
MAX_DOWNLOAD = 20 * 1024 * 1024
"""Bytes of a file that a bot may download (server, Client.h, MAX_DOWNLOAD_FILE_SIZE; docs, getFile)."""


@dataclass(frozen=True)
class Kind:
    """A kind of medium: `name` is the field of docs' Message and of the method's argument."""

    name: str
    shown_as: str
    """In refusals (td, FileType.cpp, operator<<)."""
    folder: str
    """Of a download (td, FileType.cpp, get_file_type_name)."""
    extension: str
    """Of a download whose own name has none; assumed, since the closed part of Telegram chooses it."""
    accepted: frozenset[str] = frozenset()
    """MIME types by URL (docs, "Sending files": "the target file must have the correct MIME type")."""
    numbers: tuple[str, ...] = ()
    """Arguments that describe it and are numbers."""
    texts: tuple[str, ...] = ()
    """Arguments that describe it and are texts."""

    @property
    def max_fetched(self) -> int:
        """Bytes that are fetched by URL."""
        return MAX_FETCHED_PHOTO if self.name == "photo" else MAX_FETCHED

    def check_fetched(self, content_type: str) -> None:
        """Raise 400 unless a page of that MIME type can be sent as this kind."""
        if self.accepted and media_type(content_type) not in self.accepted:
            raise url_wrong_type()

    def check_size(self, size: int) -> None:
        """Raise 400 for an upload of nothing or too much (td, files/FileLoaderUtils.cpp), 413 beyond 50 MB."""
        if size == 0:
            raise bad_request("File must be non-empty")
        if self.name == "photo" and size > MAX_PHOTO:
            words = f"File of size {size} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
            raise bad_request(words)
        if size > MAX_UPLOAD:
            raise ApiError(413, "Request Entity Too Large")  # td, HttpReader.cpp


_AUDIO = frozenset({"audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"})
_VOICE = frozenset({"audio/ogg", "audio/opus", "application/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"})
_PHOTO = frozenset({"image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff"})
_DOCUMENT = frozenset({"application/pdf", "application/zip", "application/x-zip-compressed", "image/gif"})
"""docs, "Sending files": "sending by URL will currently only work for .PDF and .ZIP files" (GIF: older wording)."""

MEDIA_KINDS = {
    kind.name: kind
    for kind in (
        Kind("photo", "Photo", "photos", ".jpg", _PHOTO),
        Kind("video", "Video", "videos", ".mp4", frozenset({"video/mp4"}), ("width", "height", "duration")),
        Kind("audio", "Audio", "music", ".mp3", _AUDIO, ("duration",), ("performer", "title")),
        Kind("voice", "VoiceNote", "voice", ".oga", _VOICE, ("duration",)),
        Kind("document", "Document", "documents", "", _DOCUMENT),
    )
}


def media_type(content_type: str) -> str:
    """Return a MIME type without its parameters, in small letters."""
    return content_type.partition(";")[0].strip().lower()


def sendable(kind: Kind, wanted: Kind) -> bool:
    """Tell whether a file of one kind may be sent by the method of another.

    Everything but a photo is a document to Telegram, and stays what it is whatever method sends it (td,
    FileManager.cpp, from_persistent_id_v23 and is_document_file_type; docs, "Sending files": "It is not possible
    to change the file type when resending files by file_id").
    """
    return (kind.name == "photo") == (wanted.name == "photo")
