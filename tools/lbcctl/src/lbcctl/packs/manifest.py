"""What is published of a pack: a list of its files with their checksums, put last and read first.

In the bucket, below the pack's name:

    alba/manifest.json                 what is published now
    alba/packs/<version>/brand.yaml    texts of a version; never changed once they are there
    alba/packs/<version>/texts/en.yaml
    alba/welcome.en.mp4                media, under the keys that the texts name
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lbc_contracts.brand import ObjectKey
from lbc_runtime.brand import MAX_BYTES

_VERSION_LENGTH: Final = 16

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class UnreadableManifestError(Exception):
    """What stands in a manifest's place is none that this release reads."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextFile(_Part):
    """A file of texts; its path is that in the pack's folder."""

    path: Annotated[str, StringConstraints(pattern=r"^(brand|texts/[a-z]{2,3})\.yaml$")]
    size: Annotated[int, Field(ge=0, le=MAX_BYTES)]
    sha256: Sha256


class MediaFile(_Part):
    """A medium under the object key that the texts name."""

    key: ObjectKey
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256
    content_type: str


class Manifest(_Part):
    """A published pack; equal packs have equal versions."""

    format: Literal[1] = 1
    version: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    texts: Annotated[tuple[TextFile, ...], Field(min_length=1, max_length=64)]
    media: Annotated[tuple[MediaFile, ...], Field(max_length=1024)]

    @classmethod
    def of(cls, texts: tuple[TextFile, ...], media: tuple[MediaFile, ...]) -> Manifest:
        """The manifest of these files, named after their content."""
        content = [part.model_dump() for part in (*texts, *media)]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        return cls(version=digest[:_VERSION_LENGTH], texts=texts, media=media)

    @classmethod
    def read(cls, body: bytes) -> Manifest:
        """Read it back.

        Raises:
            UnreadableManifestError: it is none.
        """
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise UnreadableManifestError(f"{where}: {first['msg']}" if where else first["msg"]) from None

    def written(self) -> bytes:
        """As it stands in the bucket."""
        return self.model_dump_json(indent=2).encode() + b"\n"


def manifest_key(prefix: str) -> str:
    """Key of the manifest of the pack below ``prefix``."""
    return f"{prefix}/manifest.json"


def text_key(prefix: str, version: str, path: str) -> str:
    """Key of a file of texts."""
    return f"{prefix}/packs/{version}/{path}"
