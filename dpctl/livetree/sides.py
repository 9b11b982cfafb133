"""What is known of the side of a conditional that is not taken: its type, also where it has an error.

HCL evaluates both sides and brings them to one type; where one has an error, it is typed by what the parser
and the operators know of it (github.com/hashicorp/hcl, hclsyntax/expression.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dpctl.livetree import syntax as s
from dpctl.livetree import types
from dpctl.livetree import values as v
from dpctl.livetree.values import ListValue, Mismatch, SetValue, Unknown

Names = Mapping[str, Any]
Value = Callable[[s.Expr, Names], Any]


def kind(value: Value, node: s.Expr, names: Names) -> types.Type:
    """The type of a side that is not taken; where it has an error, what HCL still knows about it.

    ``value`` evaluates an expression, with the names it may use.
    """
    try:
        return types.typeof(value(node, names))
    except v.DynamicError:
        pass
    match node:
        case s.Template() | s.TemplateIf() | s.TemplateFor():
            return "string"
        case s.Unary(_, operator, _) | s.Binary(_, operator, _, _):
            return "number" if operator in "+-*/%" else "bool"
        case s.TupleNode(_, items):
            return ("tuple", *(kind(value, item, names) for item in items))
        case s.Object(_, pairs):
            return _type_of_object(value, pairs, names)
        case s.Conditional(_, condition, then, otherwise):
            kinds = [kind(value, then, names), kind(value, otherwise, names)]
            nulls = [_null(value, then, names), _null(value, otherwise, names)]
            if any(nulls):
                return kinds[1 if nulls[0] else 0]  # a null has the other side's type
            if "any" in kinds:  # nothing is converted: it is the side that is taken
                return _type_taken(value, condition, kinds, names)
            return types.unify(kinds) or "any"
        case s.Splat(_, base, rest):
            return _type_of_items(value, base, rest, names)
    return "any"


def _null(value: Value, node: s.Expr, names: Names) -> bool:
    """Whether a side is a null that can become any type."""
    try:
        return value(node, names) is None
    except v.DynamicError:
        return False


def _type_taken(value: Value, condition: s.Expr, kinds: list[types.Type], names: Names) -> types.Type:
    try:
        held = value(condition, names)
        return "any" if isinstance(held, Unknown) else kinds[0 if v.holds(held) else 1]
    except (v.DynamicError, Mismatch):
        return "any"


def _type_of_object(value: Value, pairs: tuple[s.Pair, ...], names: Names) -> types.Type:
    attributes: dict[str, types.Type] = {}
    for pair in pairs:
        try:
            attributes[v.to_string(value(pair.key, names))] = kind(value, pair.value, names)
        except (v.DynamicError, Mismatch):
            return "any"
    return ("object", *sorted(attributes.items()))


def _type_of_items(value: Value, base: s.Expr, rest: s.Expr, names: Names) -> types.Type:
    try:
        source = value(base, names)
    except v.DynamicError:
        return "any"
    if v.is_null(source) or isinstance(source, Unknown):
        return "any"
    items = source if isinstance(source, list) else [source]
    kinds = [kind(value, rest, {**names, s.EACH: item}) for item in items]
    if isinstance(source, ListValue | SetValue):
        return ("list", kinds[0] if kinds else "any")
    return ("tuple", *kinds)
