"""Navigation and unnesting of SUPER values.

``c.items[0].sku`` becomes a call on the SUPER column ``c``; ``FROM t, t.items AS i AT n`` becomes a join
with the elements. Whether ``a.b`` is a column of ``a`` or a field of a SUPER column ``a`` is decided by
the aliases of the query and by the names of the database's SUPER columns.
"""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.errors import unsupported
from dpctl.sandbox.redshift.sql import lexer

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Add, exp.Sub, exp.Mul, exp.Div)
_NUMBERS = (exp.Add, exp.Sub, exp.Mul, exp.Div)

# What gives a SUPER; a step behind such a call goes into its value.
_GIVERS = frozenset(
    {"JSON_PARSE", "ARRAY", "OBJECT", "SPLIT_TO_ARRAY", "ARRAY_CONCAT", "ARRAY_FLATTEN", "SUBARRAY"}
)


def eliminate_paths(tree: exp.Expression, supers: frozenset[str]) -> exp.Expression:
    """The tree with every navigation made a call of ``super_path``, unwrapped where a scalar is wanted."""
    elements = {alias for join in tree.find_all(exp.Join) if (alias := _unnested(join)[0])}
    sources = {source.alias_or_name for source in tree.find_all(exp.Table, exp.Subquery, exp.CTE)} - elements
    names = _Names(sources, supers, elements)
    for join in list(tree.find_all(exp.Join)):
        _unnest(join, names)
    for node in list(tree.find_all(exp.Column, exp.Dot, exp.Bracket)):
        if isinstance(node.parent, exp.Dot | exp.Bracket) and node.parent.this is node:
            continue
        call = _navigation(node, names)
        if call is not None:
            _replace(node, call)
    return tree


# What an attribute's name begins with after UNPIVOT value AS v AT attribute; no user's name has it.
_PAIRS = "unpivot "


def mark_unpivots(sql: str) -> str:
    """``UNPIVOT value AS v AT a`` as a source that sqlglot reads: ``value AS v AT "unpivot a"``."""
    if "unpivot" not in sql.lower():
        return sql
    tokens = lexer.tokenize(sql)
    edits: list[tuple[int, int, str]] = []
    for at, token in enumerate(tokens):
        before, behind = tokens[at - 1], tokens[at + 1] if at + 1 < len(tokens) else None
        if token.upper != "UNPIVOT" or not (before.value == "," or before.upper == "FROM") or behind is None:
            continue
        end = next((i for i in range(at, len(tokens) - 1) if tokens[i].upper == "AT"), None)
        if end is not None:
            edits.append((token.start, token.end, ""))
            name = tokens[end + 1]
            edits.append((name.start, name.end, f'"{_PAIRS}{name.value.lower()}"'))
    for start, stop, text in reversed(edits):
        sql = sql[:start] + text + sql[stop:]
    return sql


class _Names:
    """What the names of a query stand for."""

    def __init__(self, sources: set[str], supers: frozenset[str], elements: set[str]) -> None:
        self.sources, self.supers, self.elements = sources, supers, elements


def _unnested(join: exp.Join) -> tuple[str, exp.Expression | None, str]:
    """Alias, value and name of the index of a join with the elements of a SUPER; empty for any other join."""
    source = join.this
    index = ""
    if isinstance(source, exp.AtIndex):
        index, source = source.expression.name, source.this
        if isinstance(source, exp.Alias):
            return source.alias, source.this, index
    if isinstance(source, exp.Unnest):
        columns = source.args["alias"].args.get("columns") if source.args.get("alias") else None
        alias = columns[0].name if columns else source.alias
        return alias, source.expressions[0], index
    if isinstance(source, exp.Bracket) and isinstance(source.this, exp.Table):
        table = source.this
        column = exp.column(
            table.this.copy(), table=table.args["db"].copy() if table.args.get("db") else None
        )
        alias_of = source.args.get("alias")
        return (
            (alias_of.name if alias_of else ""),
            exp.Bracket(this=column, expressions=source.expressions),
            index,
        )
    return "", None, ""


def _unnest(join: exp.Join, names: _Names) -> None:
    alias, value, index = _unnested(join)
    if value is None:
        return
    steps = _steps(value)
    path = _call(steps, names) if steps else None
    if path is None and steps and len(steps) <= 2 and steps[-1].name in names.supers:
        path = value
    if path is None and steps and len(steps) == 1 and steps[0].name in names.elements:
        path = exp.column(exp.to_identifier(steps[0].name, quoted=True))
    if path is None or not alias:
        raise unsupported("Unnesting what is not a SUPER column in FROM")
    function = "super_pairs" if index.startswith(_PAIRS) else "super_elements"
    index = index.removeprefix(_PAIRS)
    columns = [exp.to_identifier(name, quoted=True) for name in (alias, index or "super index")]
    join.set(
        "this",
        exp.Lateral(
            this=exp.Anonymous(this=function, expressions=[path]),
            alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=columns),
        ),
    )


def _steps(node: exp.Expression) -> list[exp.Expression] | None:
    """The chain from the outermost name (or value) to the innermost step; None when it is no such chain."""
    if isinstance(node, exp.Column):
        return list(node.parts)
    if isinstance(node, exp.Dot):
        before = _steps(node.this)
        return None if before is None else [*before, node.expression]
    if isinstance(node, exp.Bracket):
        before = _steps(node.this)
        return None if before is None else [*before, *node.expressions]
    if _gives_super(node):
        return [node]
    return None


def _gives_super(node: exp.Expression) -> bool:
    if isinstance(node, exp.Paren):
        return _gives_super(node.this)
    if isinstance(node, exp.Cast):
        return getattr(node.to.this, "name", "") == "SUPER"
    return isinstance(node, exp.Anonymous) and node.name.upper() in _GIVERS


def _navigation(node: exp.Expression, names: _Names) -> exp.Expression | None:
    steps = _steps(node)
    return _call(steps, names) if steps else None


def _call(steps: list[exp.Expression], names: _Names) -> exp.Expression | None:
    if not isinstance(steps[0], exp.Identifier):
        return _path(steps[0].copy(), steps[1:]) if len(steps) > 1 else None
    at = 0
    words = [step.name for step in steps]
    if words[0] in names.elements:
        return (
            _path(exp.column(exp.to_identifier(words[0], quoted=True)), steps[1:]) if len(steps) > 1 else None
        )
    while at < len(steps) - 1 and isinstance(steps[at], exp.Identifier) and words[at] in names.sources:
        at += 1
    if at + 1 < len(steps) and at == 0 and len(steps) > 2 and words[1] in names.sources:
        at = 2
    if at >= len(steps) - 1 or words[at] not in names.supers:
        return None
    column = exp.column(*[exp.to_identifier(name, quoted=True) for name in reversed(words[: at + 1])])
    return _path(column, steps[at + 1 :])


def _path(value: exp.Expression, steps: list[exp.Expression]) -> exp.Expression:
    if not all(isinstance(step, exp.Identifier | exp.Literal) for step in steps):
        steps = [step if isinstance(step, exp.Identifier) else exp.cast(step, "text") for step in steps]
    path = [step if isinstance(step, exp.Cast) else exp.Literal.string(step.name) for step in steps]
    return exp.Anonymous(this="super_path", expressions=[value, *path])


def _replace(node: exp.Expression, call: exp.Expression) -> None:
    parent = node.parent
    name = node.name if isinstance(node, exp.Column) else ""
    if isinstance(parent, exp.Cast) and getattr(parent.to.this, "name", "") != "SUPER":
        node.replace(exp.Anonymous(this="super_text", expressions=[call]))
    elif isinstance(parent, _COMPARISONS):
        other = parent.expression if parent.this is node else parent.this
        unwrap = "super_number" if isinstance(other, exp.Literal) and not other.is_string else "super_text"
        node.replace(
            exp.Anonymous(this="super_number" if isinstance(parent, _NUMBERS) else unwrap, expressions=[call])
        )
    elif isinstance(parent, exp.Select) and name:
        node.replace(exp.alias_(call, name, quoted=True))
    else:
        node.replace(call)
