"""Every small change that can be made to a module, as replacements of its text; see `left_out` for those not made."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any

from left_out import words_of_errors, worth_a_look

_COMPARED: Mapping[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_SYMBOLS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_ARITHMETIC: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitOr: "|",
    ast.BitAnd: "&",
}
_COMPUTED: Mapping[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "+",
    ast.Pow: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}
_CALLED = {"max": "min", "min": "max", "any": "all", "all": "any", "earlier": "later", "later": "earlier"}


@dataclass(frozen=True, slots=True, order=True)
class Mutation:
    """Replace the text from ``start`` to ``end`` (offsets in bytes) by ``text``; ``rule`` names the kind of change."""

    start: int
    end: int
    text: str
    rule: str

    def applied(self, source: bytes) -> bytes:
        """The source with the change made."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutations(source: bytes, names: Mapping[str, Any]) -> list[Mutation]:
    """All mutations of a module, in the order of their places.

    Args:
        source: of the module.
        names: what its names stand for, as it was imported: constants and enums are told by their values.
    """
    return sorted(set(_Finder(source, names).found()))


class _Finder:
    def __init__(self, source: bytes, names: Mapping[str, Any]) -> None:
        self._source = source
        self._names = names
        self._words: frozenset[ast.AST] = frozenset()
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._rules: Mapping[type[ast.AST], Callable[[Any], Iterator[Mutation]]] = {
            ast.Compare: self._compare,
            ast.BoolOp: self._boolean,
            ast.UnaryOp: self._not,
            ast.BinOp: self._binary,
            ast.Constant: self._constant,
            ast.If: self._condition,
            ast.IfExp: self._condition,
            ast.While: self._condition,
            ast.match_case: self._case,
            ast.comprehension: self._comprehension,
            ast.Return: self._return,
            ast.Expr: self._statement,
            ast.AugAssign: self._statement,
            ast.Raise: self._statement,
            ast.Continue: self._loop_exit,
            ast.Break: self._loop_exit,
            ast.Tuple: self._members,
            ast.List: self._members,
            ast.Set: self._members,
            ast.Call: self._call,
            ast.Attribute: self._member,
            ast.Name: self._name,
        }

    def found(self) -> Iterator[Mutation]:
        """Those that compile to something else than the module itself."""
        tree = ast.parse(self._source)
        before = ast.dump(tree)
        self._words = words_of_errors(tree)
        for mutation in self._visit(tree):
            try:
                after = ast.dump(ast.parse(mutation.applied(self._source)))
            except SyntaxError:
                continue
            if after != before:
                yield mutation

    def _visit(self, node: ast.AST) -> Iterator[Mutation]:
        if type(node) in self._rules:
            yield from self._rules[type(node)](node)
        for child in worth_a_look(node):
            yield from self._visit(child)

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._source[start:end].decode()

    def _span(self, node: Any) -> tuple[int, int]:
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset

    def _instead(self, node: ast.AST, text: str, rule: str) -> Mutation:
        return Mutation(*self._span(node), text, rule)

    def _between(self, left: ast.AST, right: ast.AST, symbols: tuple[str, str], rule: str) -> Iterator[Mutation]:
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self._source[start:end].decode()
        if gap.count(symbols[0]) == 1:
            yield Mutation(start, end, gap.replace(*symbols), rule)

    def _compare(self, node: ast.Compare) -> Iterator[Mutation]:
        operands = [node.left, *node.comparators]
        for (left, right), operator in zip(pairwise(operands), node.ops, strict=True):
            symbol = _SYMBOLS[type(operator)]
            for other in _COMPARED[type(operator)]:
                yield from self._between(left, right, (symbol, other), "compare")

    def _boolean(self, node: ast.BoolOp) -> Iterator[Mutation]:
        symbols = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in pairwise(node.values):
            yield from self._between(left, right, symbols, "and/or")
        for value in node.values:
            neutral = "True" if isinstance(node.op, ast.And) else "False"
            yield self._instead(value, neutral, "condition dropped")

    def _not(self, node: ast.UnaryOp) -> Iterator[Mutation]:
        if isinstance(node.op, ast.Not):
            yield self._instead(node, f"({self._text(node.operand)})", "not dropped")
        if isinstance(node.op, ast.USub):
            yield self._instead(node, f"(+{self._text(node.operand)})", "sign")

    def _binary(self, node: ast.BinOp) -> Iterator[Mutation]:
        other = _COMPUTED.get(type(node.op))
        if other:
            yield from self._between(node.left, node.right, (_ARITHMETIC[type(node.op)], other), "arithmetic")

    def _constant(self, node: ast.Constant) -> Iterator[Mutation]:
        match node.value:
            case bool():
                yield self._instead(node, str(not node.value), "constant")
            case int() | float():
                yield self._instead(node, f"({node.value!r} + 1)", "constant")
            case str() if node not in self._words:
                yield self._instead(node, repr(f"{node.value}X"), "constant")

    def _condition(self, node: Any) -> Iterator[Mutation]:
        yield self._instead(node.test, f"(not ({self._text(node.test)}))", "condition turned")

    def _case(self, node: ast.match_case) -> Iterator[Mutation]:
        if node.guard:
            yield self._instead(node.guard, "True", "condition dropped")
            yield self._instead(node.guard, "False", "condition turned")

    def _comprehension(self, node: ast.comprehension) -> Iterator[Mutation]:
        for condition in node.ifs:
            yield self._instead(condition, "True", "condition dropped")
            yield self._instead(condition, f"(not ({self._text(condition)}))", "condition turned")

    def _return(self, node: ast.Return) -> Iterator[Mutation]:
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield self._instead(node, "return None", "return")

    def _statement(self, node: ast.stmt) -> Iterator[Mutation]:
        yield self._instead(node, "pass", "statement dropped")

    def _loop_exit(self, node: ast.stmt) -> Iterator[Mutation]:
        yield self._instead(node, "break" if isinstance(node, ast.Continue) else "continue", "loop exit")

    def _members(self, node: Any) -> Iterator[Mutation]:
        if isinstance(getattr(node, "ctx", None), ast.Store):
            return
        for dropped in node.elts:
            kept = [self._text(element) for element in node.elts if element is not dropped]
            if isinstance(node, ast.Tuple):
                text = f"({', '.join(kept)}{',' if len(kept) == 1 else ''})"
            elif isinstance(node, ast.Set) and not kept:
                text = "set()"
            else:
                text = f"[{', '.join(kept)}]" if isinstance(node, ast.List) else f"{{{', '.join(kept)}}}"
            yield self._instead(node, text, "element dropped")

    def _call(self, node: ast.Call) -> Iterator[Mutation]:
        if isinstance(node.func, ast.Name) and node.func.id in _CALLED:
            yield self._instead(node.func, _CALLED[node.func.id], "call")
        for keyword in node.keywords:
            if keyword.arg:
                yield from self._without(keyword)

    def _without(self, keyword: ast.keyword) -> Iterator[Mutation]:
        start, end = self._span(keyword)
        rest = self._source[end:]
        comma = len(rest) - len(rest.lstrip(b" \n"))
        if rest[comma : comma + 1] == b",":
            end += comma + 1
        yield Mutation(start, end, "", "argument dropped")

    def _member(self, node: ast.Attribute) -> Iterator[Mutation]:
        """Another member of the same enum."""
        owner = self._names.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if isinstance(owner, type) and issubclass(owner, Enum) and node.attr in owner.__members__:
            members = list(owner.__members__)
            other = members[(members.index(node.attr) + 1) % len(members)]
            yield self._instead(node, f"{self._text(node.value)}.{other}", "enum member")

    def _name(self, node: ast.Name) -> Iterator[Mutation]:
        """Another value where a constant of the module is used."""
        if isinstance(node.ctx, ast.Store) or not node.id.isupper() or node.id not in self._names:
            return
        match self._names[node.id]:
            case bool():
                yield self._instead(node, f"(not {node.id})", "constant")
            case None:
                yield self._instead(node, "True", "constant")
                yield self._instead(node, "False", "constant")
            case int() | float():
                yield self._instead(node, f"({node.id} + 1)", "constant")
            case tuple() as values if values:
                yield self._instead(node, f"{node.id}[1:]", "element dropped")
                yield self._instead(node, f"{node.id}[:-1]", "element dropped")
