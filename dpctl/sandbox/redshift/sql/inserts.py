"""INSERT and UPDATE: what a string becomes in the column it goes into.

In a SUPER it is a string, and becomes JSON only by JSON_PARSE ("Loading semistructured data into Amazon
Redshift", Database Developer Guide): PostgreSQL would read the literal as the column's own notation. What is
no value of its column is refused (``values``).
"""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.sql.known import Known, NeedsColumns
from dpctl.sandbox.redshift.sql.scope import Scopes, relation
from dpctl.sandbox.redshift.sql.values import check_value, doubtful


def type_strings(tree: exp.Expression, known: Known) -> exp.Expression:
    """The statement with text for every string literal that goes into a SUPER column.

    Raises SqlError for a string that its column does not take, NeedsColumns where the columns decide.
    """
    if not isinstance(tree, exp.Insert | exp.Update):
        return tree
    strings = _strings(tree)
    if not _matters(strings, known):
        return tree
    types: dict[Target, str] = dict.fromkeys(known.supers, "super")
    if _wants_types(tree, strings):
        types = _types(tree, known)
    for target, node in strings:
        kind = types.get(target, "")
        check_value(node.name, kind)
        if kind == "super":
            node.replace(exp.cast(node.copy(), "text"))
    return tree


Target = str | int
"""A column by its name, or by its place from 0."""


def _strings(tree: exp.Insert | exp.Update) -> list[tuple[Target, exp.Expression]]:
    """The string literals that go into a column as they are."""
    pairs: list[tuple[Target, exp.Expression]]
    if isinstance(tree, exp.Update):
        pairs = [(item.this.name, item.expression) for item in tree.expressions if isinstance(item, exp.EQ)]
    else:
        named: list[Target] = [column.name for column in _named(tree)]
        rows = _rows(tree.expression)
        pairs = [
            (named[at] if at < len(named) else at, item)
            for row in rows
            for at, item in enumerate(row)
            if not named or at < len(named)
        ]
    return [(target, node) for target, node in pairs if isinstance(node, exp.Literal) and node.is_string]


def _matters(strings: list[tuple[Target, exp.Expression]], known: Known) -> bool:
    """Whether the columns' types change anything for one of these."""
    supers = any(isinstance(target, int) or target in known.supers for target, _ in strings)
    return bool(known.supers and supers) or any(doubtful(node.name) for _, node in strings)


def _wants_types(tree: exp.Expression, strings: list[tuple[Target, exp.Expression]]) -> bool:
    return isinstance(tree, exp.Insert) or any(doubtful(node.name) for _, node in strings)


def _rows(source: exp.Expression | None) -> list[list[exp.Expression]]:
    if isinstance(source, exp.Values):
        return [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in source.expressions]
    return [list(source.expressions)] if isinstance(source, exp.Select) else []


def _named(tree: exp.Insert) -> list[exp.Expression]:
    return list(tree.this.expressions) if isinstance(tree.this, exp.Schema) else []


def _types(tree: exp.Insert | exp.Update, known: Known) -> dict[Target, str]:
    """The types of the columns of the statement's table, by name and by place."""
    if known.columns is None:
        raise NeedsColumns(Scopes(tree, known).relations)
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    mine = sorted(
        (item for item in known.columns if item.relation == relation(table)), key=lambda item: item.place
    )
    return {item.name: item.type for item in mine} | {at: item.type for at, item in enumerate(mine)}
