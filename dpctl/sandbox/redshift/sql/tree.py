"""The changes that make sqlglot's tree of a Redshift query one of PostgreSQL."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.redshift import Redshift
from sqlglot.tokens import TokenType

from dpctl.sandbox.redshift.errors import SqlError, syntax_error, unsupported
from dpctl.sandbox.redshift.sql.aliases import inline_aliases
from dpctl.sandbox.redshift.sql.allowed import refuse_foreign
from dpctl.sandbox.redshift.sql.catalogs import see_through
from dpctl.sandbox.redshift.sql.functions import extracted, named, rewritten, series_in_case
from dpctl.sandbox.redshift.sql.inserts import type_strings
from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.numbers import type_decimals
from dpctl.sandbox.redshift.sql.qualify import eliminate_qualify
from dpctl.sandbox.redshift.sql.superpaths import eliminate_paths
from dpctl.sandbox.redshift.sql.values import check_value
from dpctl.sandbox.redshift.sql.windows import windowed

# The functions sqlglot may understand. All others pass under their own names, which is predictable.
_UNDERSTOOD = frozenset({"NVL", "NVL2", "COALESCE", "COUNT"})

# sqlglot takes these for something else than a function with arguments.
_DATE_FUNCTIONS = frozenset({"DATEADD", "DATE_ADD", "DATEDIFF", "DATE_DIFF", "DATE_PART", "PGDATE_PART"})

# What stands without parentheses, and is a function all the same.
_BARE = frozenset({"current_aws_account", "current_namespace", "current_session_arn", "current_user_id"})


_VERSION = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.0 (sandbox)"


class _Redshift(Redshift):  # type: ignore[misc]
    class Tokenizer(Redshift.Tokenizer):  # type: ignore[misc]
        # The names of temporary tables are quoted by now, so that this is the operator.
        SINGLE_TOKENS = {**Redshift.Tokenizer.SINGLE_TOKENS, "#": TokenType.HASH}  # noqa: RUF012

    class Parser(Redshift.Parser):  # type: ignore[misc]
        FUNCTIONS = {  # noqa: RUF012  sqlglot's own way to extend a dialect
            name: build for name, build in Redshift.Parser.FUNCTIONS.items() if name in _UNDERSTOOD
        }
        FUNCTION_PARSERS = {  # noqa: RUF012  DATE_PART is not EXTRACT: it gives a DOUBLE
            name: read for name, read in Redshift.Parser.FUNCTION_PARSERS.items() if name != "DATE_PART"
        }


@lru_cache(maxsize=1)
def reader() -> Any:
    """The dialect that reads Redshift."""
    return _Redshift()


@lru_cache(maxsize=1)
def writer() -> Any:
    """The dialect that writes PostgreSQL."""
    return Postgres()


def transform(tree: exp.Expression, known: Known) -> exp.Expression:
    """The tree for PostgreSQL. Raises SqlError 0A000 for what has no counterpart."""
    if isinstance(tree, exp.Command):
        raise unsupported(f"{tree.name} ...")
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("this", identifier.name.lower())
        identifier.set("quoted", True)
    if any(not select.expressions for select in tree.find_all(exp.Select)):
        raise syntax_error("syntax error at end of input")
    _call_bare(tree)
    refuse_foreign(tree, known)
    tree = inline_aliases(see_through(type_strings(tree, known)), known)
    tree = type_decimals(eliminate_paths(tree, known.supers), known)
    tree = _changed(tree)
    return eliminate_qualify(tree)


def _call_bare(tree: exp.Expression) -> None:
    """CURRENT_AWS_ACCOUNT and the like become calls, under the name that the column has."""
    for node in list(tree.walk()):
        if isinstance(node, exp.Column) and not node.table:
            name = node.name
        else:  # as some versions of sqlglot read it
            name = "current_user_id" if type(node).__name__ == "CurrentUserId" else ""
        if name in _BARE:
            node.replace(named(node, exp.Anonymous(this=name, expressions=[]), name))


def _changed(node: exp.Expression) -> exp.Expression:
    """The node and all below it, also what stands within a node that was replaced."""
    found = _node(node)
    for child in list(found.iter_expressions()):
        other = _changed(child)
        if other is not child:
            child.replace(other)
    return found


def _node(node: exp.Expression) -> exp.Expression:
    for kind, change in _CHANGES.items():
        if isinstance(node, kind):
            return change(node)
    return node


def _anonymous(node: exp.Anonymous) -> exp.Expression:
    try:
        return _call(node)
    except (IndexError, ValueError) as error:  # it has fewer arguments than what takes its place
        message = f"function {node.name.lower()} does not take {len(node.expressions)} arguments"
        raise SqlError(message, state="42883") from error


def _call(node: exp.Anonymous) -> exp.Expression:
    name = node.name.upper()
    if name in _DATE_FUNCTIONS:
        return _date_function(node, name)
    if name == "ARRAY" and not any(isinstance(item, exp.Query) for item in node.expressions):
        return _constructed(node, name)  # of a query it is the catalog's own, as psql asks for it
    if name == "ISNULL":
        return exp.Coalesce(this=node.expressions[0], expressions=node.expressions[1:])
    if name == "VERSION":
        return named(node, exp.cast(exp.Literal.string(_VERSION), "text"), name)
    if name == "LISTAGG":
        return _listagg(node, None)
    if name == "OBJECT":
        return _constructed(node, name)
    if (other := rewritten(node)) is not None:
        return other
    return node


def _array(node: exp.Array) -> exp.Expression:
    return node if node.args.get("bracket_notation") else _constructed(node, "ARRAY")


def _condition(node: exp.Expression) -> exp.Expression:
    """WHERE 1: a number is a condition in Redshift."""
    for key in ("this", "expression"):
        part = node.args.get(key)
        if isinstance(part, exp.Literal) and not part.is_string:
            node.set(key, exp.Boolean(this=part.name.strip("0.") != ""))
    return node


def _constructed(node: exp.Expression, name: str) -> exp.Expression:
    """array(...) and object(...): values become JSON one by one, so that a SUPER stays what it is."""
    items: list[exp.Expression] = []
    for at, item in enumerate(node.expressions):
        untyped = isinstance(item, exp.Null) or (isinstance(item, exp.Literal) and item.is_string)
        plain = exp.cast(item, "text") if untyped else item
        is_key = name == "OBJECT" and at % 2 == 0
        items.append(plain if is_key else exp.Anonymous(this="redshift_json", expressions=[plain]))
    call = exp.Anonymous(this=f"redshift_{name.lower()}", expressions=items)
    return named(node, exp.Anonymous(this="redshift_compact", expressions=[call]), name)


def _literal_cast(node: exp.Cast) -> exp.Expression:
    """A literal that becomes a SUPER or VARBYTE is text first: they are not read from their own notation."""
    if isinstance(node.this, exp.Literal) and node.this.is_string:
        check_value(node.this.name, _type_name(node.to))
    if _type_name(node.to) in ("SUPER", "VARBYTE", "VARBINARY", "BINARY") and isinstance(
        node.this, exp.Literal
    ):
        node.set("this", exp.cast(node.this, "text") if node.this.is_string else node.this)
    return node


def _try_cast(node: exp.TryCast) -> exp.Expression:
    """NULL where the text is no value of the type."""
    text = exp.cast(node.this, "text")
    wanted = node.to.sql(dialect=writer())
    valid = exp.Anonymous(this="redshift_input_is_valid", expressions=[text, exp.Literal.string(wanted)])
    value = text.copy()
    if isinstance(node.this, exp.Literal):  # PostgreSQL computes what is constant before it looks at CASE
        value = exp.select(value).subquery()
    return named(
        node, exp.Case(ifs=[exp.If(this=valid, true=exp.cast(value, node.to))]), wanted.split("(")[0]
    )


def _date_function(node: exp.Anonymous, name: str) -> exp.Expression:
    part, *rest = node.expressions
    if isinstance(part, exp.Column | exp.Identifier | exp.Var):
        part = exp.Literal.string(part.name)
    if name.endswith("PART"):
        if len(rest) == 1 and isinstance(rest[0], exp.Literal):
            rest = [exp.cast(rest[0], "timestamp")]
        return named(node, exp.Anonymous(this="pgdate_part", expressions=[part, *rest]), "pgdate_part")
    if len(rest) != 2:
        raise SqlError(f"function {name.lower()} takes 3 arguments", state="42883")
    call = exp.Anonymous(this=name.replace("_", "").lower(), expressions=[part, *rest])
    return named(node, call, f"date_{name[4:].strip('_')}")


def _within_group(node: exp.WithinGroup) -> exp.Expression:
    inner = node.this
    if isinstance(inner, exp.Anonymous) and inner.name.upper() in ("LISTAGG", "STRING_AGG"):
        return _listagg(inner, node.expression)
    return node


def _listagg(node: exp.Anonymous, order: exp.Expression | None) -> exp.Expression:
    arguments = list(node.expressions)
    distinct = isinstance(arguments[0], exp.Distinct)
    if distinct:
        arguments = list(arguments[0].expressions) + arguments[1:]
    value = exp.cast(arguments[0], "text")
    separator = arguments[1] if len(arguments) > 1 else exp.Literal.string("")
    last: exp.Expression = separator
    if order is not None:
        # With DISTINCT, PostgreSQL wants to order by the very argument.
        for item in order.find_all(exp.Ordered) if distinct else ():
            item.set("this", exp.cast(item.this, "text"))
        last = order.copy()
        last.set("this", separator)
    first: exp.Expression = exp.Distinct(expressions=[value]) if distinct else value
    return exp.Anonymous(this="string_agg", expressions=[first, last])


def _type_name(node: exp.DataType) -> str:
    return str(node.this.name) if hasattr(node.this, "name") else str(node.this).upper()


def _type(node: exp.DataType) -> exp.Expression:
    name = _type_name(node)
    if name == "SUPER":
        return exp.DataType.build("super", dialect="postgres", udt=True)
    if name in ("VARBINARY", "VARBYTE", "BINARY"):
        length = node.expressions[0].name if node.expressions else "64000"
        return exp.DataType.build(f"varbyte({length})", dialect="postgres", udt=True)
    if name in ("GEOMETRY", "GEOGRAPHY", "HLLSKETCH"):
        raise unsupported(f"The type {name}")
    if name == "DATETIME":
        return exp.DataType.build("timestamp", dialect="postgres")
    if name == "DECIMAL" and not node.expressions:
        return exp.DataType.build("decimal(18,0)", dialect="postgres")
    if name in ("VARCHAR", "NVARCHAR") and node.expressions and node.expressions[0].name.upper() == "MAX":
        return exp.DataType.build("varchar(65535)", dialect="postgres")
    return node


def _approximate(node: exp.ApproxDistinct) -> exp.Expression:
    return exp.Count(this=exp.Distinct(expressions=[node.this]))


def _now(node: exp.Expression) -> exp.Expression:
    return named(node, exp.Anonymous(this="sysdate", expressions=[]), "timestamp")


def _float(node: exp.Literal) -> exp.Expression:
    """A number with an exponent is a DOUBLE."""
    if node.is_string or "e" not in node.name.lower() or node.find_ancestor(exp.DataType):
        return node
    if isinstance(node.parent, exp.Cast) and node.parent.args.get("float"):
        return node
    cast = exp.cast(node.copy(), "double precision")
    cast.set("float", True)
    return named(node, cast, "?column?")


def _root(node: exp.Func) -> exp.Expression:
    """The operators |/ and ||/."""
    name = "sqrt" if isinstance(node, exp.Sqrt) else "cbrt"
    return exp.Anonymous(this=name, expressions=[exp.cast(node.this, "double precision")])


def _time(node: exp.Expression) -> exp.Expression:
    now = exp.Anonymous(this="redshift_time", expressions=[exp.Anonymous(this="now", expressions=[])])
    return named(node, exp.cast(now, "timetz"), "timetz")


def _today(node: exp.Expression) -> exp.Expression:
    return named(node, exp.cast(exp.Anonymous(this="sysdate", expressions=[]), "date"), "date")


def _pivot(node: exp.Pivot) -> exp.Expression:
    raise unsupported("UNPIVOT" if node.args.get("unpivot") else "PIVOT")


def _unnest(node: exp.Unnest) -> exp.Expression:
    raise unsupported("Unnesting a SUPER in FROM")


def _exclude(node: exp.Star) -> exp.Expression:
    if node.args.get("except_") or node.args.get("except"):
        raise unsupported("SELECT * EXCLUDE")
    return node


_CHANGES: dict[type, Any] = {
    exp.TryCast: _try_cast,
    exp.Window: windowed,
    exp.And: _condition,
    exp.Or: _condition,
    exp.Where: _condition,
    exp.Extract: extracted,
    exp.Case: series_in_case,
    exp.Array: _array,
    exp.Cast: _literal_cast,
    exp.WithinGroup: _within_group,
    exp.Anonymous: _anonymous,
    exp.DataType: _type,
    exp.ApproxDistinct: _approximate,
    exp.CurrentTimestamp: _now,
    exp.CurrentDate: _today,
    exp.CurrentTime: _time,
    exp.Literal: _float,
    exp.Sqrt: _root,
    exp.Cbrt: _root,
    exp.Pivot: _pivot,
    exp.Unnest: _unnest,
    exp.Star: _exclude,
}
