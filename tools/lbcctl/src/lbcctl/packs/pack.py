"""A pack's folder as its author left it, mistakes and all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from lbc_contracts.brand import Brand
from lbc_runtime import located
from lbc_runtime.brand import MANIFEST, MAX_BYTES, TEXTS, BrandError, Problem, load_brand
from lbc_runtime.located import Located, NotYamlError
from lbcctl.packs.contents import MEDIA, Content, contents

VIDEO_KEYS: Final = ("welcome_video",)
"""Keys of `lbc_contracts.brand.Media` that name a video."""


class Level(StrEnum):
    """What a finding asks for."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a pack: an error is not published, a warning is worth a look."""

    level: Level
    problem: Problem

    def shown(self) -> dict[str, Any]:
        """For machines."""
        problem = self.problem
        return {
            "level": self.level.value,
            "file": problem.file,
            "line": problem.line,
            "key": problem.key,
            "message": problem.message,
        }


@dataclass(frozen=True, slots=True)
class MediaKey:
    """A place in ``brand.yaml`` that names an object, and the file behind it.

    Attributes:
        way: to the key, such as ``media.en.welcome_video``.
        key: of the object.
        file: in the pack's folder; None when the key is not below the pack's own name.
    """

    way: tuple[str, ...]
    key: str
    file: Path | None


@dataclass(frozen=True)
class Pack:
    """A folder that should be a pack.

    Attributes:
        folder: where it is.
        name: before its object keys: the folder's name.
        brand: what was read; None when it cannot be used.
        problems: why not.
        contents: of its files, taken before anything was looked at: if they are the same later, what was read in
            between is what they hold.
    """

    folder: Path
    name: str
    brand: Brand | None
    problems: tuple[Problem, ...]
    contents: Mapping[str, Content] = field(repr=False)
    _files: Mapping[str, Located] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Pack:
        """Read it as far as it goes."""
        before = contents(folder)
        brand: Brand | None = None
        problems: tuple[Problem, ...] = ()
        try:
            brand = load_brand(folder)
        except BrandError as error:
            problems = error.found
        names = [MANIFEST, *(f"{TEXTS}/{path.name}" for path in (folder / TEXTS).glob("*.yaml"))]
        files = {name: _located(folder / name) for name in names}
        return cls(folder, folder.resolve().name, brand, problems, before, files)

    def section(self, name: str) -> dict[str, Any]:
        """A part of ``brand.yaml`` by language, as written; empty when it is no such thing."""
        content = self._files[MANIFEST].content
        section = content.get(name) if isinstance(content, dict) else None
        return section if isinstance(section, dict) else {}

    def problem(self, way: tuple[str | int, ...], message: str, *, file: str = MANIFEST) -> Problem:
        """A problem at a key."""
        return Problem(file, self._files[file].line(way), ".".join(map(str, way)), message)

    def media(self) -> Iterator[MediaKey]:
        """Every object that the pack names."""
        for language, entry in self.section("media").items():
            for name in VIDEO_KEYS:
                key = entry.get(name) if isinstance(entry, dict) else None
                if isinstance(key, str) and key:
                    yield MediaKey(("media", language, name), key, self._file(key))

    def _file(self, key: str) -> Path | None:
        before, _, rest = key.partition("/")
        inside = before == self.name and rest and ".." not in rest.split("/")
        return self.folder / MEDIA / rest if inside else None


def _located(path: Path) -> Located:
    try:
        with path.open("rb") as file:
            return located.read(file.read(MAX_BYTES).decode())
    except (OSError, UnicodeDecodeError, NotYamlError):
        return Located({}, None)  # the problems say so
