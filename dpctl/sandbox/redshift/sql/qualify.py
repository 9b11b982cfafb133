"""QUALIFY: the rows of a SELECT filtered by window functions, as a subquery that computes the condition.

A star cannot leave out the helper column, so whole rows travel through the subquery as composite values:
``SELECT * FROM t QUALIFY c`` becomes ``SELECT (_q._row0).* FROM (SELECT t AS _row0, c AS _keep FROM t) _q
WHERE _q._keep``.
"""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.errors import unsupported

_OUTER = "_q"


def eliminate_qualify(tree: exp.Expression) -> exp.Expression:
    """The tree without QUALIFY."""
    for select in list(tree.find_all(exp.Select)):
        if select.args.get("qualify"):
            changed = _rewrite(select)
            if select is tree:
                return changed
            select.replace(changed)
    return tree


def _rewrite(select: exp.Select) -> exp.Select:
    if select.args.get("distinct"):
        raise unsupported("SELECT DISTINCT with QUALIFY")
    inner = select.copy()
    condition = inner.args["qualify"].this
    inner.set("qualify", None)
    condition = _inline_aliases(condition, select)
    columns: list[exp.Expression] = []
    outer = exp.Select()
    for number, projection in enumerate(select.expressions):
        _project(number, projection, select, columns, outer)
    columns.append(exp.alias_(exp.Paren(this=condition.copy()), "_keep"))
    order = inner.args.get("order")
    for number, item in enumerate(order.expressions if order else ()):
        columns.append(exp.alias_(_inline_aliases(item.this.copy(), select), f"_order{number}"))
        item.set("this", exp.column(f"_order{number}", table=_OUTER))
    for part in ("order", "limit", "offset", "with_", "with", "into"):
        if value := inner.args.get(part):
            outer.set(part, value)
            inner.set(part, None)
    inner.set("expressions", columns)
    return outer.from_(inner.subquery(_OUTER), copy=False).where(
        exp.column("_keep", table=_OUTER), copy=False
    )


def _project(
    number: int,
    projection: exp.Expression,
    select: exp.Select,
    columns: list[exp.Expression],
    outer: exp.Select,
) -> None:
    if not projection.is_star:
        name = projection.alias_or_name or "?column?"
        plain = projection.this if isinstance(projection, exp.Alias) else projection
        columns.append(exp.alias_(plain.copy(), f"_column{number}"))
        outer.append(
            "expressions", exp.alias_(exp.column(f"_column{number}", table=_OUTER), name, quoted=True)
        )
        return
    only = projection.table if isinstance(projection, exp.Column) else ""
    for source in [only] if only else _sources(select):
        label = f"_row{number}_{source}"
        whole = exp.column(exp.to_identifier(source, quoted=True))
        columns.append(exp.alias_(whole, label, quoted=True))
        row = exp.Paren(this=exp.column(exp.to_identifier(label, quoted=True), table=_OUTER))
        outer.append("expressions", exp.Dot(this=row, expression=exp.Star()))


def _sources(select: exp.Select) -> list[str]:
    start = select.args.get("from_") or select.args.get("from")
    found = [start.this] if start else []
    found += [join.this for join in select.args.get("joins") or ()]
    return [source.alias_or_name for source in found]


def _inline_aliases(node: exp.Expression, select: exp.Select) -> exp.Expression:
    """Names of the SELECT list, which QUALIFY and ORDER BY may use, replaced by what they stand for."""
    aliases = {item.alias: item.this for item in select.expressions if isinstance(item, exp.Alias)}
    for column in list(node.find_all(exp.Column)):
        if not column.table and column.name in aliases:
            meaning = aliases[column.name].copy()
            if column is node:
                return meaning
            column.replace(meaning)
    return node
