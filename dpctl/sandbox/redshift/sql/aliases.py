"""Lateral column aliases: a name of the SELECT list, used further right in the same list, or in WHERE.

A column of FROM that has the name goes first (Developer Guide, "SELECT list").
"""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.scope import Scopes

_CLAUSES = ("where", "having", "qualify")


def inline_aliases(tree: exp.Expression, known: Known) -> exp.Expression:
    """The tree with such names replaced by what they stand for. Raises NeedsColumns."""
    scopes = Scopes(tree, known)
    for select in list(tree.find_all(exp.Select)):
        meanings: dict[str, exp.Expression] = {}
        for item in select.expressions:
            _inline(item, select, meanings, scopes)
            if isinstance(item, exp.Alias):
                meanings[item.alias] = item.this
        for clause in _CLAUSES:
            if meanings and (found := select.args.get(clause)) is not None:
                _inline(found, select, meanings, scopes)
    return tree


def _inline(
    part: exp.Expression, select: exp.Select, meanings: dict[str, exp.Expression], scopes: Scopes
) -> None:
    for column in list(part.find_all(exp.Column)):
        name = column.name
        if column.table or name not in meanings or column.find_ancestor(exp.Select) is not select:
            continue
        if scopes.of(select).find(name)[0]:
            continue
        meaning: exp.Expression = exp.Paren(this=meanings[name].copy())
        if column.parent is select:
            meaning = exp.alias_(meaning, name, quoted=True)
        column.replace(meaning)
