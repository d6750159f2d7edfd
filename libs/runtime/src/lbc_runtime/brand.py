"""Reading a brand pack from its folder: `brand.yaml` beside `texts/<language>.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_origin

from pydantic import TypeAdapter, ValidationError

from lbc_contracts.brand import Brand, Link
from lbc_runtime import located
from lbc_runtime.located import Located, NotYamlError
from lbc_runtime.mistakes import told

MANIFEST: Final = "brand.yaml"
TEXTS: Final = "texts"

MAX_BYTES: Final = 256 * 1024
"""Of a text file; one of a pack has some 5 KiB, and more is a wrong file."""

_LINKS: Final = TypeAdapter(tuple[Link, ...])
_NOTHING: Final = Located({}, None)
_BY_LANGUAGE: Final = tuple(
    name for name, field in Brand.model_fields.items() if get_origin(field.annotation) is Mapping and name != TEXTS
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a pack.

    Attributes:
        file: in the pack's folder, such as ``texts/en.yaml``.
        line: counted from 1; None when it is the file itself.
        key: with dots, such as ``voices.es.engine``; empty when it is no single key.
        message: what is wrong, and what to do where that is not plain.
    """

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, self.key, self.message) if part)


class BrandError(Exception):
    """A pack cannot be used.

    Attributes:
        found: every mistake, in the order of files and lines.
    """

    def __init__(self, folder: Path, found: Iterable[Problem]) -> None:
        self.found = tuple(sorted(found, key=lambda problem: (problem.file, problem.line or 0)))
        super().__init__(f"brand pack {folder.name}:\n" + "\n".join(f"  {problem}" for problem in self.problems))

    @property
    def problems(self) -> tuple[str, ...]:
        """One line for each mistake: file, line, key, what is wrong."""
        return tuple(map(str, self.found))


def load_brand(folder: Path) -> Brand:
    """Read and check a whole pack; the brand's links are put below each closing text.

    A folder that is replaced as Kubernetes does it (`..data` is a link to the files of one version) is read as it is at
    one moment.

    Raises:
        BrandError: Something is missing or wrong. All mistakes are in it, so that one look mends them all.
    """
    brand, problems = _Reading(_at_one_moment(folder)).brand()
    if brand is None or problems:
        raise BrandError(folder, problems)
    return brand


class _Reading:
    """The files of a pack, and what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._problems: list[Problem] = []
        manifest = self._read(MANIFEST)
        self._manifest_read = manifest is not None
        self._manifest = manifest or _NOTHING
        names = sorted(path.stem for path in (folder / TEXTS).glob("*.yaml"))
        found = {language: self._read(f"{TEXTS}/{language}.yaml") for language in names}
        self._texts = {language: file for language, file in found.items() if file}
        self._unread = set(found) - set(self._texts)

    def brand(self) -> tuple[Brand | None, list[Problem]]:
        raw = dict(self._manifest.content)
        if raw.pop(TEXTS, None) is not None:
            self._say(MANIFEST, (TEXTS,), f"belongs into {TEXTS}/<language>.yaml")
        self._compare_languages(raw)
        texts = {language: dict(file.content) for language, file in self._texts.items()}
        _append_links(raw, texts)
        try:
            return Brand.model_validate(raw | {TEXTS: texts}), self._problems
        except ValidationError as error:
            self._explain(error)
            return None, self._problems

    def _say(self, file: str, way: tuple[str | int, ...], message: str) -> None:
        held = self._manifest if file == MANIFEST else self._texts[Path(file).stem]
        self._problems.append(Problem(file, held.line(way), ".".join(map(str, way)), message))

    def _read(self, name: str) -> Located | None:
        """The mapping in a file, or None and one more problem."""
        line, message = None, ""
        try:
            found = located.read(_text(self._folder / name))
        except FileNotFoundError:
            message = "missing"
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
        except UnicodeDecodeError:
            message = "not UTF-8"
        except NotYamlError as error:
            line, message = error.line, str(error)
        else:
            if isinstance(found.content, dict):
                self._problems += [
                    Problem(name, second, key, f"given twice, first on line {first}")
                    for second, key, first in found.doubled()
                ]
                return found
            message = "must be a mapping of keys"
        self._problems.append(Problem(name, line, "", message))
        return None

    def _compare_languages(self, raw: dict[str, Any]) -> None:
        """Compare what there is with the languages listed; the model does so only once all else is right."""
        listed = raw.get("languages")
        if not isinstance(listed, list):
            return
        for language in listed:
            if isinstance(language, str) and language not in self._texts and language not in self._unread:
                message = f"missing, though {MANIFEST} lists {language}"
                self._problems.append(Problem(f"{TEXTS}/{language}.yaml", None, "", message))
        for language in self._texts:
            if language not in listed:
                self._say(MANIFEST, ("languages",), f"{language} is missing, though {TEXTS}/{language}.yaml is there")
        for section in _BY_LANGUAGE:
            self._compare_section((section,), raw.get(section), listed)
        links = raw.get("links")
        for number, link in enumerate(links if isinstance(links, list) else ()):
            if isinstance(link, dict):
                self._compare_section(("links", number, "label"), link.get("label"), listed)

    def _compare_section(self, way: tuple[str | int, ...], by_language: object, listed: list[Any]) -> None:
        if not isinstance(by_language, dict):
            return  # the model says so
        for language in listed:
            if isinstance(language, str) and language not in by_language:
                self._say(MANIFEST, (*way, language), "missing")
        for language in by_language:
            if language not in listed:
                self._say(MANIFEST, (*way, language), "not in languages")

    def _explain(self, error: ValidationError) -> None:
        for mistake in error.errors(include_url=False):
            way = tuple(part for part in mistake["loc"] if part != "[key]")
            if mistake["type"] == "languages":
                continue  # told by _compare_languages, with their lines
            if way[0] != TEXTS:
                if self._manifest_read:
                    self._say(MANIFEST, way, told(mistake, way))
            elif len(way) > 1:
                language = str(way[1])
                if language in self._texts:
                    self._say(f"{TEXTS}/{language}.yaml", way[2:], told(mistake, way))


def _at_one_moment(folder: Path) -> Path:
    data = folder / "..data"
    return data.resolve() if data.is_symlink() else folder


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise NotYamlError(f"larger than {MAX_BYTES // 1024} KiB")
    return content.decode()


def _append_links(raw: Mapping[str, Any], texts: Mapping[str, dict[str, Any]]) -> None:
    """Put the links below each closing text before it is measured; wrong links are reported with the rest."""
    for language, text in texts.items():
        lines = [f"• {line}" for line in _links(raw, language)]
        if lines and isinstance(text.get("done"), str):
            text["done"] = "\n".join([text["done"].rstrip(), "", *lines])


def _links(raw: Mapping[str, Any], language: str) -> Iterator[str]:
    try:
        links = _LINKS.validate_python(raw.get("links", ()))
    except ValidationError:
        return
    yield from (link.as_html(language) for link in links if language in link.label)
