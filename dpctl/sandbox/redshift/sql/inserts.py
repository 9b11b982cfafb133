"""INSERT into SUPER columns: a string is a string there, and becomes JSON only by JSON_PARSE.

Source: "Loading semistructured data into Amazon Redshift" of the Database Developer Guide. PostgreSQL would
read the literal as the column's own notation.
"""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.sql.known import Known, NeedsColumns
from dpctl.sandbox.redshift.sql.scope import Scopes, relation


def type_strings(tree: exp.Expression, known: Known) -> exp.Expression:
    """The statement with text for every string literal that goes into a SUPER column."""
    if not isinstance(tree, exp.Insert | exp.Update) or not known.supers:
        return tree
    if isinstance(tree, exp.Update):
        for item in tree.expressions:
            if isinstance(item, exp.EQ) and item.this.name in known.supers:
                _as_text(item.expression)
        return tree
    rows = _rows(tree.expression)
    if not any(_is_string(item) for row in rows for item in row):
        return tree
    wanted = _supers(tree, known)
    for row in rows:
        for at, item in enumerate(row):
            if at in wanted:
                _as_text(item)
    return tree


def _rows(source: exp.Expression | None) -> list[list[exp.Expression]]:
    if isinstance(source, exp.Values):
        return [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in source.expressions]
    return [list(source.expressions)] if isinstance(source, exp.Select) else []


def _supers(tree: exp.Insert, known: Known) -> set[int]:
    """The places of the values that go into SUPER columns."""
    target = tree.this
    table = target.this if isinstance(target, exp.Schema) else target
    named = [column.name for column in target.expressions] if isinstance(target, exp.Schema) else []
    if named and not known.supers.intersection(named):
        return set()
    if known.columns is None:
        raise NeedsColumns(Scopes(tree, known).relations)
    mine = [item for item in known.columns if item.relation == relation(table)]
    columns = sorted(mine, key=lambda item: item.place)
    order = named or [column.name for column in columns]
    supers = {column.name for column in columns if column.type == "super"}
    return {at for at, name in enumerate(order) if name in supers}


def _is_string(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) and bool(node.is_string)


def _as_text(node: exp.Expression) -> None:
    if _is_string(node):
        node.replace(exp.cast(node.copy(), "text"))
