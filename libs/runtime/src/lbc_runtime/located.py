"""YAML of texts that knows the line of each key, for errors that a writer can find.

Every scalar is read as text, since the model decides the types: Norwegian (`no`) stays a language and a label `1` a
label, which YAML 1.1 would make a false and a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml


class NotYamlError(Exception):
    """A file cannot be read as YAML.

    Attributes:
        line: counted from 1; None when it is the whole file.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Located:
    """What is in a file, and where.

    Attributes:
        content: mappings, lists and texts.
    """

    content: Any
    _root: yaml.Node | None

    def line(self, way: Sequence[str | int]) -> int:
        """The line of a key, counted from 1; for a key that is missing that of the mapping it is missing from."""
        found, line = self._root, 1
        for step in way:
            position = _position(found, step)
            if position is None:
                break
            line, found = position
        return line

    def doubled(self) -> Iterator[tuple[int, str, int]]:
        """Keys that a mapping has twice: the line of the second, the key, the line of the first."""
        seen: set[int] = set()
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if node is None or id(node) in seen:
                continue  # an alias leads to the same node, and may lead back
            seen.add(id(node))
            if isinstance(node, yaml.MappingNode):
                yield from _twice(node)
                waiting += [value for _, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                waiting += node.value


def read(text: str) -> Located:
    """Read one document.

    Raises:
        NotYamlError: it is none.
    """
    try:
        loader = yaml.BaseLoader(text)
        root = loader.get_single_node()
        return Located(loader.construct_document(root) if root else None, root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYamlError(error.problem or "not YAML", mark.line + 1 if mark else None) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise NotYamlError(f"the character {chr(error.character)!a} may not be in YAML", line) from None
    except RecursionError:
        raise NotYamlError("nested too deeply") from None


def _position(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None


def _twice(node: yaml.MappingNode) -> Iterator[tuple[int, str, int]]:
    first: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        line = key.start_mark.line + 1
        if key.value in first:
            yield line, key.value, first[key.value]
        first.setdefault(key.value, line)
