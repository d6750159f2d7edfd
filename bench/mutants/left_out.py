"""Mutations that are not made: no test could notice them, or to notice them would say nothing of the tests.

Docstrings and annotations; decorators (a dataclass's flags); log calls; f-strings and the words of errors; types given
names at the top of a module; numbers given names there, since a test that repeats a tuned number shows nothing (their
uses are mutated); words for the generated document (`UNSAID`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

UNSAID = frozenset({"MEANING"})
"""Constants that hold words for the document drawn from the table."""

_FIELDS = frozenset({"annotation", "returns", "decorator_list", "bases", "type_params", "msg", "pattern"})


def words_of_errors(tree: ast.AST) -> frozenset[ast.AST]:
    """The texts in what is raised."""
    return frozenset(
        word
        for error in ast.walk(tree)
        if isinstance(error, ast.Raise) and error.exc
        for word in ast.walk(error.exc)
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    )


def worth_a_look(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node, less what is left out."""
    top = isinstance(node, ast.Module)
    for name, value in ast.iter_fields(node):
        if name in _FIELDS:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _anywhere(child) and not (top and _at_the_top(child)):
                yield child


def _anywhere(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            return True
    return False


def _at_the_top(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assign(value=ast.BinOp(op=ast.BitOr()) | ast.Subscript()):
            return True
        case ast.AnnAssign(value=ast.Constant(value=int() | float())):
            return True
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name in UNSAID
    return False
