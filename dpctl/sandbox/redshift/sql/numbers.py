"""Decimals with the precision and scale that Redshift gives them.

PostgreSQL computes with as many digits as there are; Redshift's results have a type of their own, which these
casts write down. Sources: "Computations with numeric values" and the pages of the aggregate functions in the
Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.scope import Number, Scope, Scopes, of_integer, of_type

MOST = 38
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)
_SAME = frozenset({"MIN", "MAX", "ABS", "ANY_VALUE", "FIRST_VALUE", "LAST_VALUE", "LAG", "LEAD", "NTH_VALUE"})
_AGGREGATES = frozenset({"SUM", "AVG"})
_SUMS = {"int2": of_integer("int8"), "int4": of_integer("int8"), "int8": Number("numeric", MOST, 0)}


def type_decimals(tree: exp.Expression, known: Known) -> exp.Expression:
    """The tree with a cast around every computation whose result is a decimal of known size."""
    nodes = [node for node in tree.find_all(*_ARITHMETIC, exp.Anonymous) if _wanted(node)]
    if not nodes:
        return tree
    scopes = Scopes(tree, known, number_of)
    typed = [(node, _type_in(node, scopes)) for node in nodes]
    for node, number in reversed(typed):
        if number is not None and number.kind == "numeric":
            _cast(node, number)
    return tree


def _wanted(node: exp.Expression) -> bool:
    return not isinstance(node, exp.Anonymous) or node.name.upper() in _AGGREGATES


def _type_in(node: exp.Expression, scopes: Scopes) -> Number | None:
    select = node.find_ancestor(exp.Select)
    return number_of(node, scopes.of(select) if select is not None else Scope())


def _cast(node: exp.Expression, number: Number) -> None:
    whole = node.parent if isinstance(node.parent, exp.Window) and node.parent.this is node else node
    parent = whole.parent
    wanted = exp.DataType.build(f"decimal({number.precision},{number.scale})", dialect="postgres")
    cast = exp.Cast(this=whole.copy(), to=wanted)
    name = node.name.lower() if isinstance(node, exp.Anonymous) else "?column?"
    whole.replace(exp.alias_(cast, name, quoted=True) if isinstance(parent, exp.Select) else cast)


def number_of(node: exp.Expression, scope: Scope) -> Number | None:
    """The numeric type of an expression; None where it is no number or cannot be told."""
    for kinds, rule in _RULES:
        if isinstance(node, kinds):
            return rule(node, scope)
    return None


def _literal(node: exp.Expression, scope: Scope) -> Number | None:
    text = node.name
    if node.args.get("is_string"):
        return None
    if "e" in text.lower():
        return Number("float")
    whole, point, fraction = text.partition(".")
    if not point:
        digits = len(whole.lstrip("0"))
        kind = "int4" if digits < 10 else "int8" if digits < 19 else ""
        return of_integer(kind) if kind else Number("numeric", min(digits, MOST), 0)
    return Number("numeric", min(max(len(whole.lstrip("0")) + len(fraction), 1), MOST), len(fraction))


def _column(node: exp.Expression, scope: Scope) -> Number | None:
    return scope.find(node.name, node.table)[1] if isinstance(node, exp.Column) else None


def _inside(node: exp.Expression, scope: Scope) -> Number | None:
    return number_of(node.this, scope)


def _first(node: exp.Expression, scope: Scope) -> Number | None:
    return number_of(node.expressions[0], scope) if node.expressions else None


def _to(node: exp.Expression, scope: Scope) -> Number | None:
    return of_type(node.args["to"])


def _binary(node: exp.Expression, scope: Scope) -> Number | None:
    left, right = number_of(node.this, scope), number_of(node.expression, scope)
    if left is None or right is None:
        return None
    if "float" in (left.kind, right.kind):
        return Number("float")
    if "numeric" not in (left.kind, right.kind):
        return max(left, right, key=lambda number: number.precision)
    return _decimal(node, left, right)


def _decimal(node: exp.Expression, left: Number, right: Number) -> Number:
    """The documented formulas; neither precision nor scale passes 38."""
    p1, s1, p2, s2 = left.precision, left.scale, right.precision, right.scale
    if isinstance(node, exp.Mul):
        scale = s1 + s2
        precision = p1 + p2 + 1
    elif isinstance(node, exp.Div):
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + 1 + scale
    if precision > MOST:  # whole digits are kept before those behind the point, of which four stay
        scale = max(min(scale, 4), scale - (precision - MOST))
    return Number("numeric", min(precision, MOST), min(scale, MOST))


def _call(node: exp.Expression, scope: Scope) -> Number | None:
    name = node.name.upper()
    items = node.expressions
    if items and isinstance(items[0], exp.Distinct):
        items = items[0].expressions
    if not items:
        return None
    if name in _SAME:
        return number_of(items[0], scope)
    if name not in _AGGREGATES:
        return None
    number = number_of(items[0], scope)
    if number is None or number.kind == "float":
        return number
    if number.kind == "numeric":
        return Number("numeric", MOST, number.scale)
    return _SUMS[number.kind] if name == "SUM" else of_integer("int8")


def _widest(numbers: list[Number | None]) -> Number | None:
    found = [number for number in numbers if number is not None]
    if not found or any(number.kind == "float" for number in found):
        return found[0] if found and all(number.kind == "float" for number in found) else None
    if all(number.kind != "numeric" for number in found):
        return max(found, key=lambda number: number.precision)
    scale = max(number.scale for number in found)
    whole = max(number.precision - number.scale for number in found)
    return Number("numeric", min(whole + scale, MOST), scale)


def _choice(node: exp.Expression, scope: Scope) -> Number | None:
    if isinstance(node, exp.Coalesce):
        return _widest([number_of(item, scope) for item in (node.this, *node.expressions)])
    branches = [item.args["true"] for item in node.args["ifs"]]
    if node.args.get("default") is not None:
        branches.append(node.args["default"])
    return _widest([number_of(item, scope) for item in branches])


_RULES: tuple[tuple[Any, Callable[[exp.Expression, Scope], Number | None]], ...] = (
    (exp.Literal, _literal),
    (exp.Column, _column),
    ((exp.Cast, exp.TryCast), _to),
    ((exp.Paren, exp.Neg, exp.Alias, exp.Window), _inside),
    (_ARITHMETIC, _binary),
    (exp.Count, lambda node, scope: of_integer("int8")),
    ((exp.Coalesce, exp.Case), _choice),
    (exp.Anonymous, _call),
)
