"""The syntax tree of HCL as dpctl uses it: small, immutable, and with a line number on every node.

Nodes are named tuples, because a tree of 1,000 units has some hundred thousand of them: they are quick to
make, to search (:func:`find`), and to turn into JSON and back (:func:`encode`, :func:`decode`) for the cache.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

Expr: TypeAlias = Any
"""Any of the expression nodes below; the evaluator dispatches on the class."""

EACH = ""
"""The name of the variable that stands for one element inside a splat."""


class Literal(NamedTuple):
    """A string without templates, a number, a bool or null."""

    line: int
    value: str | int | Fraction | float | bool | None


class Template(NamedTuple):
    """A string with ``${...}`` or ``%{...}`` in it; ``parts`` are evaluated and joined."""

    line: int
    parts: tuple[Expr, ...]


class TemplateIf(NamedTuple):
    """``%{ if condition }then%{ else }otherwise%{ endif }``."""

    line: int
    condition: Expr
    then: Template
    otherwise: Template


class TemplateFor(NamedTuple):
    """``%{ for key, value in source }body%{ endfor }``; ``key`` may be empty."""

    line: int
    key: str
    value: str
    source: Expr
    body: Template


class TupleNode(NamedTuple):
    """``[a, b]``."""

    line: int
    items: tuple[Expr, ...]


class Pair(NamedTuple):
    """One ``key = value`` of an object."""

    line: int
    key: Expr
    value: Expr


class Object(NamedTuple):
    """``{ key = value }``."""

    line: int
    pairs: tuple[Pair, ...]


class Variable(NamedTuple):
    """The first word of a reference: ``local``, ``dependency``, a name bound by ``for``."""

    line: int
    name: str


class GetAttr(NamedTuple):
    """``base.name``."""

    line: int
    base: Expr
    name: str


class Index(NamedTuple):
    """``base[key]``."""

    line: int
    base: Expr
    key: Expr


class Splat(NamedTuple):
    """``base[*].rest``; ``rest`` is evaluated for each element, which it calls EACH."""

    line: int
    base: Expr
    rest: Expr


class Call(NamedTuple):
    """``name(arguments)``; with ``expand`` the last argument is a list of arguments (``...``)."""

    line: int
    name: str
    arguments: tuple[Expr, ...]
    expand: bool


class Unary(NamedTuple):
    """``-operand`` or ``!operand``."""

    line: int
    operator: str
    operand: Expr


class Binary(NamedTuple):
    """``left operator right``."""

    line: int
    operator: str
    left: Expr
    right: Expr


class Conditional(NamedTuple):
    """``condition ? then : otherwise``."""

    line: int
    condition: Expr
    then: Expr
    otherwise: Expr


class ForTuple(NamedTuple):
    """``[for key, value in source : result if condition]``."""

    line: int
    key: str
    value: str
    source: Expr
    result: Expr
    condition: Expr | None


class ForObject(NamedTuple):
    """``{for key, value in source : name => result... if condition}``; ``group`` is the ``...``."""

    line: int
    key: str
    value: str
    source: Expr
    name: Expr
    result: Expr
    group: bool
    condition: Expr | None


class Attribute(NamedTuple):
    """``name = value`` in a body."""

    line: int
    name: str
    value: Expr


class Block(NamedTuple):
    """``kind "label" { ... }``."""

    line: int
    kind: str
    labels: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    blocks: tuple[Any, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, if it is there."""
        return next((item for item in self.attributes if item.name == name), None)

    def of_kind(self, kind: str) -> tuple[Block, ...]:
        """The blocks of a kind, in the order of the file."""
        return tuple(block for block in self.blocks if block.kind == kind)


Body: TypeAlias = Block
"""A whole file is a block without kind and labels."""

_NODES: tuple[type, ...] = (
    Literal,
    Template,
    TemplateIf,
    TemplateFor,
    TupleNode,
    Pair,
    Object,
    Variable,
    GetAttr,
    Index,
    Splat,
    Call,
    Unary,
    Binary,
    Conditional,
    ForTuple,
    ForObject,
    Attribute,
    Block,
)
_NUMBERS = {node: number for number, node in enumerate(_NODES)}


def find(node: Any, *kinds: type) -> list[Any]:
    """Every node of some kinds in a tree, parents before children."""
    found, stack = [], [node]
    while stack:
        here = stack.pop()
        if type(here) in kinds:
            found.append(here)
        stack += [child for child in here[::-1] if isinstance(child, tuple)]
    return found


def encode(node: Any) -> Any:
    """Turn a tree into JSON values: ``[class number, fields...]``, and ``[-1, items...]`` for tuples."""
    if type(node) is Fraction:
        return {"numerator": str(node.numerator), "denominator": str(node.denominator)}
    if not isinstance(node, tuple):
        return node
    return [_NUMBERS.get(type(node), -1), *map(encode, node)]


def decode(data: Any) -> Any:
    """Undo :func:`encode`. Raises TypeError, IndexError or ValueError for what it did not make."""
    if type(data) is dict:
        return Fraction(int(data["numerator"]), int(data["denominator"]))
    if type(data) is not list:
        return data
    number, *fields = data
    children = [decode(field) if type(field) in (list, dict) else field for field in fields]
    return tuple(children) if number == -1 else _NODES[number](*children)
