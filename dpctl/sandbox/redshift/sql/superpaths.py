"""Navigation in SUPER values: ``c.items[0].sku`` becomes a function call on the jsonb column ``c``.

Whether ``a.b`` is a column of ``a`` or a field of a SUPER column ``a`` is decided by the aliases of the query
and by the names of the database's SUPER columns.
"""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.errors import unsupported

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Add, exp.Sub, exp.Mul, exp.Div)


def eliminate_paths(tree: exp.Expression, supers: frozenset[str]) -> exp.Expression:
    """The tree with every navigation made a call of ``super_path``, unwrapped where a scalar is wanted."""
    if not supers:
        return tree
    sources = {source.alias_or_name for source in tree.find_all(exp.Table, exp.Subquery, exp.CTE)}
    for table in tree.find_all(exp.Table):
        if table.db and table.db in sources and table.name not in sources:
            raise unsupported("Unnesting a SUPER in FROM")
    for node in list(tree.find_all(exp.Column, exp.Dot, exp.Bracket)):
        if isinstance(node.parent, exp.Dot | exp.Bracket) and node.parent.this is node:
            continue
        steps = _steps(node)
        call = _call(steps, sources, supers) if steps else None
        if call is not None:
            _replace(node, call)
    return tree


def _steps(node: exp.Expression) -> list[exp.Expression] | None:
    """The chain from the outermost name to the innermost step; None when it is no such chain."""
    if isinstance(node, exp.Column):
        return list(node.parts)
    if isinstance(node, exp.Dot):
        before = _steps(node.this)
        return None if before is None else [*before, node.expression]
    if isinstance(node, exp.Bracket):
        before = _steps(node.this)
        return None if before is None else [*before, *node.expressions]
    return None


def _call(steps: list[exp.Expression], sources: set[str], supers: frozenset[str]) -> exp.Expression | None:
    at = 0
    names = [step.name for step in steps]
    while at < len(steps) - 1 and isinstance(steps[at], exp.Identifier) and names[at] in sources:
        at += 1
    if at + 1 < len(steps) and at == 0 and len(steps) > 2 and names[1] in sources:
        at = 2
    if at >= len(steps) - 1 or names[at] not in supers:
        return None
    column = exp.column(*[exp.to_identifier(name, quoted=True) for name in reversed(names[: at + 1])])
    path = [exp.Literal.string(name) for name in names[at + 1 :]]
    return exp.Anonymous(this="super_path", expressions=[column, *path])


def _replace(node: exp.Expression, call: exp.Expression) -> None:
    parent = node.parent
    name = node.name if isinstance(node, exp.Column) else ""
    if isinstance(parent, exp.Cast) and parent.to.this.name != "SUPER":
        node.replace(exp.Anonymous(this="super_text", expressions=[call]))
    elif isinstance(parent, _COMPARISONS):
        other = parent.expression if parent.this is node else parent.this
        unwrap = "super_number" if isinstance(other, exp.Literal) and not other.is_string else "super_text"
        if isinstance(parent, exp.Add | exp.Sub | exp.Mul | exp.Div):
            unwrap = "super_number"
        node.replace(exp.Anonymous(this=unwrap, expressions=[call]))
    elif isinstance(parent, exp.Select) and name:
        node.replace(exp.alias_(call, name, quoted=True))
    else:
        node.replace(call)
