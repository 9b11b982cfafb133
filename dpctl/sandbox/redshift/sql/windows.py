"""Window functions that PostgreSQL does not have, in its words."""

from __future__ import annotations

from sqlglot import exp

from dpctl.sandbox.redshift.errors import unsupported
from dpctl.sandbox.redshift.sql.functions import named

_ALL: dict[str, object] = {
    "kind": "ROWS",
    "start": "UNBOUNDED",
    "start_side": "PRECEDING",
    "end": "UNBOUNDED",
    "end_side": "FOLLOWING",
}
_BEFORE = {**_ALL, "end": exp.Literal.number(1), "end_side": "PRECEDING"}
_BEHIND = {**_ALL, "start": exp.Literal.number(1), "start_side": "FOLLOWING"}


def windowed(node: exp.Window) -> exp.Expression:
    """The window function; refuses what PostgreSQL cannot compute over a window."""
    inner = node.this
    if isinstance(inner, exp.WithinGroup):
        return _ordered(node, inner)
    if (call := _skipping(inner)) is not None:
        return _without_nulls(node, call)
    if isinstance(inner, exp.Anonymous) and inner.name.upper() in _SIMPLE:
        return _SIMPLE[inner.name.upper()](node, inner)
    return node


def _ratio(node: exp.Window, inner: exp.Anonymous) -> exp.Expression:
    value = inner.expressions[0]
    total = node.copy()
    total.set("this", exp.Anonymous(this="sum", expressions=[value.copy()]))
    ratio = exp.Div(
        this=exp.cast(value, "double precision"),
        expression=exp.Nullif(this=total, expression=exp.Literal.number(0)),
    )
    return named(node, exp.Paren(this=ratio), "ratio_to_report")


def _ntile(node: exp.Window, inner: exp.Anonymous) -> exp.Expression:
    """A BIGINT in Redshift."""
    if isinstance(node.parent, exp.Cast) and node.parent.args.get("ranked"):
        return node
    cast = exp.cast(node.copy(), "bigint")
    cast.set("ranked", True)
    return named(node, cast, "ntile")


_SIMPLE = {"RATIO_TO_REPORT": _ratio, "NTILE": _ntile}


def _ordered(node: exp.Window, inner: exp.WithinGroup) -> exp.Expression:
    """LISTAGG and the percentiles WITHIN GROUP (ORDER BY ...) OVER (PARTITION BY ...)."""
    call, order = inner.this, inner.expression
    name = call.name.lower()
    if name == "listagg":
        value, *rest = call.expressions
        if isinstance(value, exp.Distinct):
            raise unsupported("LISTAGG of DISTINCT values as a window function")
        separator = rest[0] if rest else exp.Literal.string("")
        joined = exp.Anonymous(this="string_agg", expressions=[exp.cast(value, "text"), separator])
        return named(node, _over(node, joined, order, _ALL), name)
    if name not in ("percentile_cont", "percentile_disc") or len(order.expressions) != 1:
        raise unsupported(f"{name.upper() or 'An ordered aggregate'} as a window function")
    by = order.expressions[0]
    values = _over(node, exp.Anonymous(this="array_agg", expressions=[_plain(by.this, name)]), None, None)
    falling = exp.Boolean(this=bool(by.args.get("desc")))
    chosen = exp.Anonymous(this=f"redshift_{name}", expressions=[values, call.expressions[0].copy(), falling])
    return named(node, chosen, name)


def _skipping(inner: exp.Expression) -> exp.Anonymous | None:
    """The call in FIRST_VALUE(...) IGNORE NULLS or FIRST_VALUE(... IGNORE NULLS), without these words."""
    if isinstance(inner, exp.IgnoreNulls):
        return inner.this
    if (
        isinstance(inner, exp.Anonymous)
        and inner.expressions
        and isinstance(inner.expressions[0], exp.IgnoreNulls)
    ):
        found = inner.copy()
        found.expressions[0].replace(found.expressions[0].this.copy())
        return found
    return None


def _without_nulls(node: exp.Window, call: exp.Expression) -> exp.Expression:
    """The value is one of an array of those of the frame that are not null."""
    name = call.name.upper()
    if name not in ("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE", "LAG", "LEAD"):
        raise unsupported(f"{name} with IGNORE NULLS")
    value, *rest = call.expressions
    at = rest[0].copy() if rest else exp.Literal.number(1)
    frame = {"LAG": _BEFORE, "LEAD": _BEHIND}.get(name)
    collected = exp.Filter(
        this=exp.Anonymous(this="array_agg", expressions=[value.copy()]),
        expression=exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))),
    )
    order = node.args.get("order")
    found = _over(node, collected, order, frame) if frame else node.copy()
    if not frame:
        found.set("this", collected)
    place = exp.Neg(this=at) if name in ("LAST_VALUE", "LAG") else at
    return named(node, exp.Anonymous(this="redshift_item", expressions=[found, place]), name)


def _over(
    node: exp.Window, call: exp.Expression, order: exp.Expression | None, frame: dict[str, object] | None
) -> exp.Window:
    """The call over the same partition, in an order and a frame of its own."""
    found = node.copy()
    found.set("this", call)
    found.set("order", order.copy() if order is not None else None)
    found.set("spec", exp.WindowSpec(**frame) if frame else None)
    return found


def _plain(value: exp.Expression, name: str) -> exp.Expression:
    return exp.cast(value.copy(), "double precision") if name == "percentile_cont" else value.copy()
