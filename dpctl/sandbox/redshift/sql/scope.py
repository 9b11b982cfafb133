"""Which columns a SELECT sees, and what numbers are in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from dpctl.sandbox.redshift.sql.known import Column, Known, NeedsColumns


@dataclass(frozen=True)
class Number:
    """A numeric type: ``kind`` int2, int4, int8, numeric or float; precision and scale of a decimal."""

    kind: str
    precision: int = 0
    scale: int = 0


_INTEGERS = {"int2": 5, "int4": 10, "int8": 19}
_NAMES = {
    "SMALLINT": "int2", "INT": "int4", "INTEGER": "int4", "BIGINT": "int8", "FLOAT": "float",
    "DOUBLE": "float", "REAL": "float",
}  # fmt: skip

Columns = dict[str, Number | None]


def of_integer(kind: str) -> Number:
    """A whole number, with the precision it has as a decimal."""
    return Number(kind, _INTEGERS[kind], 0)


def of_type(node: exp.DataType) -> Number | None:
    """What a type in a cast holds; None for what is no number."""
    name = str(getattr(node.this, "name", node.this)).upper()
    if name in ("DECIMAL", "NUMERIC"):
        sizes = [int(item.name) for item in node.expressions if item.name.isdigit()]
        precision, scale = (sizes + [18, 0][len(sizes) :])[:2] if sizes else (18, 0)
        return Number("numeric", precision, scale)
    kind = _NAMES.get(name)
    if kind is None:
        return None
    return Number("float") if kind == "float" else of_integer(kind)


def _of_column(column: Column) -> Number | None:
    if column.type in _INTEGERS:
        return of_integer(column.type)
    if column.type in ("float4", "float8"):
        return Number("float")
    if column.type == "numeric" and column.modifier >= 4:
        size = column.modifier - 4
        return Number("numeric", size >> 16, size & 0x7FF)
    return None


@dataclass
class Scope:
    """The sources of one SELECT: their columns, or None where they are not known."""

    sources: dict[str, Columns | None] = field(default_factory=dict)

    def find(self, name: str, source: str = "") -> tuple[bool, Number | None]:
        """Whether there may be such a column, and its number type."""
        for alias, columns in self.sources.items():
            if source and alias != source:
                continue
            if columns is None:
                return True, None
            if name in columns:
                return True, columns[name]
        return False, None


NumberOf = Callable[[exp.Expression, Scope], Number | None]


def _no_number(node: exp.Expression, scope: Scope) -> Number | None:
    return None


class Scopes:
    """The scopes of a query's SELECTs, made when they are asked for."""

    def __init__(self, tree: exp.Expression, known: Known, number_of: NumberOf | None = None) -> None:
        self._known = known
        self._number_of = number_of or _no_number
        self._ctes = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
        self._found: dict[int, Scope] = {}
        self.relations = frozenset(
            relation(table)
            for table in tree.find_all(exp.Table)
            if isinstance(table.this, exp.Identifier) and (table.db or table.name not in self._ctes)
        )

    def of(self, select: exp.Expression) -> Scope:
        """The scope of a SELECT. Raises NeedsColumns."""
        if id(select) not in self._found:
            scope = self._found[id(select)] = Scope()
            for source in _sources(select):
                scope.sources[source.alias_or_name] = self._columns(source)
        return self._found[id(select)]

    def _columns(self, source: exp.Expression) -> Columns | None:
        if isinstance(source, exp.Subquery):
            return self.output(source.this, source.args.get("alias"))
        if isinstance(source, exp.Table) and not isinstance(source.this, exp.Identifier):
            named = source.args["alias"].args.get("columns") if source.args.get("alias") else None
            return {column.name: None for column in named} if named else None
        if not isinstance(source, exp.Table):
            return None
        if not source.db and source.name in self._ctes:
            return self.output(self._ctes[source.name], None)
        if self._known.columns is None:
            raise NeedsColumns(self.relations)
        wanted = relation(source)
        found = {item.name: _of_column(item) for item in self._known.columns if item.relation == wanted}
        return found or None

    def output(self, query: exp.Expression, alias: exp.Expression | None) -> Columns | None:
        """What a query gives, by name; None where it cannot be told."""
        while isinstance(query, exp.Subquery | exp.Paren):
            query = query.this
        if isinstance(query, exp.SetOperation):
            return self.output(query.this, alias)
        if not isinstance(query, exp.Select):
            return None
        scope, found = self.of(query), {}
        for item in query.expressions:
            if item.is_star:
                for columns in scope.sources.values():
                    if columns is None:
                        return None
                    found.update(columns)
            else:
                value = item.this if isinstance(item, exp.Alias) else item
                found[item.alias_or_name] = self._number_of(value, scope)
        names = [name.name for name in alias.args.get("columns") or ()] if alias else []
        return dict(zip(names, found.values(), strict=False)) if names else found


def relation(table: exp.Table) -> str:
    """A relation as the query names it, quoted."""
    return ".".join(f'"{part}"' for part in (table.db, table.name) if part)


def _sources(select: exp.Expression) -> list[exp.Expression]:
    start = select.args.get("from_") or select.args.get("from")
    found = [start.this] if start else []
    found += [join.this for join in select.args.get("joins") or ()]
    return [source for item in found for source in _flat(item)]


def _flat(source: exp.Expression) -> list[exp.Expression]:
    """A source, or those of a join in parentheses."""
    inner = source.this if isinstance(source, exp.Paren | exp.Subquery) else None
    if not isinstance(inner, exp.Table) or source.alias:
        return [source]
    joined = [*(inner.args.get("joins") or ()), *(source.args.get("joins") or ())]
    return [inner, *(source for join in joined for source in _flat(join.this))]
