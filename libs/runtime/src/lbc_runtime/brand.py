"""Reading a brand pack from its folder: `brand.yaml` beside `texts/<language>.yaml`."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from lbc_contracts.brand import Brand, Link

_MAX_BYTES: Final = 256 * 1024  # a text file of a pack has some 5 KiB; more is a wrong file
_LINKS: Final = TypeAdapter(tuple[Link, ...])


class BrandError(Exception):
    """A pack cannot be used; `problems` has one line for each mistake: file, key, what is wrong."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"brand pack {folder.name}:\n" + "\n".join(f"  {problem}" for problem in problems))


def load_brand(folder: Path) -> Brand:
    """Read and check a whole pack; the brand's links are put below each closing text.

    Raises:
        BrandError: Something is missing or wrong. All mistakes are in it, so that one look mends them all.
    """
    problems: list[str] = []
    manifest = _read(folder / "brand.yaml", "brand.yaml", problems)
    texts: dict[str, Any] = {}
    for path in sorted((folder / "texts").glob("*.yaml")):
        content = _read(path, f"texts/{path.name}", problems)
        if content is not None:
            texts[path.stem] = content
    raw = dict(manifest or {})
    if "texts" in raw:
        problems.append("brand.yaml: texts: belongs into texts/<language>.yaml")
    problems += _complete(raw, folder)
    _append_links(raw, texts)
    raw["texts"] = texts
    try:
        brand = Brand.model_validate(raw)
    except ValidationError as error:
        problems += _explain(error, manifest_read=manifest is not None, files_known=bool(problems))
    if problems:
        raise BrandError(folder, problems)
    return brand


class _Loader(yaml.SafeLoader):
    """YAML in which a key given twice is a mistake, not an overwriting."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the signature it overrides
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _read(path: Path, name: str, problems: list[str]) -> dict[str, Any] | None:
    """The mapping in a file, or None and one more problem."""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
        if len(text) > _MAX_BYTES:
            problems.append(f"{name}: larger than {_MAX_BYTES // 1024} KiB")
            return None
        content = _Loader(text.decode()).get_single_data()
    except FileNotFoundError:
        problems.append(f"{name}: missing")
    except OSError as error:
        problems.append(f"{name}: cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        problems.append(f"{name}: not UTF-8")
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        problems.append(f"{name}: {line}{error.problem}")
    except yaml.YAMLError as error:
        problems.append(f"{name}: not YAML: {error}")
    else:
        if isinstance(content, dict):
            return content
        problems.append(f"{name}: must be a mapping of keys")
    return None


def _complete(raw: dict[str, Any], folder: Path) -> Iterator[str]:
    """Name missing text files, and let a missing language of media or voices be reported key by key."""
    listed = raw.get("languages")
    for language in listed if isinstance(listed, list) else []:
        if not isinstance(language, str):
            continue
        if not (folder / "texts" / f"{language}.yaml").is_file():
            yield f"texts/{language}.yaml: missing"
        for section in ("media", "voices"):
            if isinstance(raw.get(section), dict):
                raw[section].setdefault(language, {})


def _append_links(raw: dict[str, Any], texts: dict[str, Any]) -> None:
    """Put the links below each closing text before it is measured; wrong links are reported with the rest."""
    try:
        links = _LINKS.validate_python(raw.get("links", ()))
    except ValidationError:
        return
    for language, text in texts.items():
        lines = [f"• {link.as_html(language)}" for link in links if language in link.label]
        if lines and isinstance(text.get("done"), str):
            text["done"] = "\n".join([text["done"].rstrip(), "", *lines])


def _explain(error: ValidationError, *, manifest_read: bool, files_known: bool) -> Iterator[str]:
    for mistake in error.errors(include_url=False, include_input=False):
        where = [str(part) for part in mistake["loc"] if part != "[key]"]
        message = mistake["msg"].removeprefix("Value error, ")
        if where[0] == "texts" and len(where) > 1:
            yield f"texts/{where[1]}.yaml: {'.'.join(where[2:])}: {message}"
        elif where[0] == "texts":
            # A file that is missing or unreadable is in the list already, and then so is its language.
            if not files_known:
                yield f"texts: {message}"
        elif manifest_read:
            yield f"brand.yaml: {'.'.join(where)}: {message}"
