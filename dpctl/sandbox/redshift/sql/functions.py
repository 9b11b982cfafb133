"""Functions that go by another name in PostgreSQL, or need their arguments said otherwise."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from dpctl.sandbox.redshift.sql.parameters import DEFAULTS

RENAMED = {
    "JSON_SERIALIZE": "super_serialize",  # a keyword of PostgreSQL
    "CRC32": "redshift_crc32",
    "LISTAGGDISTINCT": "listagg",
    "TO_DATE": "redshift_to_date",  # with a third argument
    "TO_TIMESTAMP": "redshift_to_timestamp",
}
"""Whatever their arguments."""


def named(node: exp.Expression, call: exp.Expression, name: str) -> exp.Expression:
    """The call under the name that the column would have in Redshift."""
    return exp.alias_(call, name.lower(), quoted=True) if isinstance(node.parent, exp.Select) else call


def rewritten(node: exp.Anonymous) -> exp.Expression | None:
    """The call in PostgreSQL's words; None where it may stay as it is."""
    name = node.name.upper()
    if name in RENAMED:
        return named(node, exp.Anonymous(this=RENAMED[name], expressions=node.expressions), name)
    change = _CHANGES.get(name)
    return change(node) if change else None


def _regexp_replace(node: exp.Anonymous) -> exp.Expression | None:
    if len(node.expressions) < 3:
        return None
    call = exp.Anonymous(this="redshift_regexp_replace", expressions=node.expressions)
    return named(node, call, "regexp_replace")


def _json_path(node: exp.Anonymous) -> exp.Expression | None:
    *path, last = node.expressions
    if not isinstance(last, exp.Boolean):
        return None
    suffix = "_or_null" if last.this else ""
    call = exp.Anonymous(this=f"json_extract_path_text{suffix}", expressions=path)
    return named(node, call, "json_extract_path_text")


def _current_setting(node: exp.Anonymous) -> exp.Expression | None:
    first = node.expressions[0] if node.expressions else None
    key = first.name.lower() if isinstance(first, exp.Literal) else ""
    if key not in DEFAULTS:
        return None
    place = [exp.Literal.string(f"redshift.{key}"), exp.Boolean(this=True)]
    value = exp.Nullif(
        this=exp.Anonymous(this="current_setting", expressions=place), expression=exp.Literal.string("")
    )
    known = exp.Coalesce(this=value, expressions=[exp.Literal.string(DEFAULTS[key])])
    return named(node, known, "current_setting")


def _set_config(node: exp.Anonymous) -> exp.Expression | None:
    first = node.expressions[0] if node.expressions else None
    key = first.name.lower() if isinstance(first, exp.Literal) else ""
    if key not in DEFAULTS:
        return None
    place = exp.Literal.string(f"redshift.{key}")
    return named(
        node, exp.Anonymous(this="set_config", expressions=[place, *node.expressions[1:]]), "set_config"
    )


def _searched(node: exp.Anonymous) -> exp.Expression | None:
    """What an array is searched for becomes JSON, as within ARRAY(...)."""
    value, item, *rest = node.expressions
    untyped = isinstance(item, exp.Null) or (isinstance(item, exp.Literal) and item.is_string)
    wanted = exp.Anonymous(
        this="redshift_json", expressions=[exp.cast(item, "text") if untyped else item.copy()]
    )
    call = exp.Anonymous(this=f"redshift_{node.name.lower()}", expressions=[value, wanted, *rest])
    return named(node, call, node.name)


def _double(node: exp.Anonymous) -> exp.Expression | None:
    """A function of DOUBLE PRECISION; PostgreSQL gives a DECIMAL of its own for a DECIMAL."""
    items = [item if _is_double(item) else exp.cast(item, "double precision") for item in node.expressions]
    if items == node.expressions:
        return None
    name = node.name.lower()
    return named(node, exp.Anonymous(this=name, expressions=items), _COLUMNS.get(name, name))


def _is_double(node: exp.Expression) -> bool:
    return isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DOUBLE


_COLUMNS = {"log": "dlog10"}

_CHANGES: dict[str, Callable[[exp.Anonymous], exp.Expression | None]] = {
    "REGEXP_REPLACE": _regexp_replace,
    "JSON_EXTRACT_PATH_TEXT": _json_path,
    "CURRENT_SETTING": _current_setting,
    "SET_CONFIG": _set_config,
    "ARRAY_CONTAINS": _searched,
    "ARRAY_POSITION": _searched,
    "ARRAY_POSITIONS": _searched,
} | dict.fromkeys(("SQRT", "EXP", "LN", "LOG", "POWER", "POW", "CBRT"), _double)


def extracted(node: exp.Extract) -> exp.Expression:
    """EXTRACT gives a whole number (a DOUBLE, of a TIMESTAMPTZ), in a column called date_part."""
    value = node.expression
    if isinstance(value, exp.Literal):
        value = exp.cast(value, "timestamp")
    part = exp.Literal.string(node.name)
    return named(node, exp.Anonymous(this="redshift_extract", expressions=[part, value]), "date_part")


def series_in_case(node: exp.Case) -> exp.Expression:
    """A CASE between two series: one series between two bounds, as PostgreSQL takes none inside CASE."""
    branches = [item.args["true"] for item in node.args["ifs"]]
    if node.args.get("default") is not None:
        branches.append(node.args["default"])
    calls = [_series(branch) for branch in branches]
    if len(calls) < 2 or any(call is None for call in calls):
        return node
    bounds = [_choose(node, [call.expressions[at] for call in calls if call]) for at in range(2)]
    whole = branches[0].copy()
    found = _series(whole)
    series = exp.Anonymous(this="generate_series", expressions=bounds)
    if found is whole or found is None:
        return series
    found.replace(series)
    return whole


def _series(branch: exp.Expression) -> exp.Anonymous | None:
    found = [call for call in branch.find_all(exp.Anonymous) if call.name.lower() == "generate_series"]
    return found[0] if len(found) == 1 else None


def _choose(node: exp.Case, values: list[exp.Expression]) -> exp.Case:
    case = node.copy()
    for item, value in zip(case.args["ifs"], values, strict=False):
        item.set("true", value.copy())
    if case.args.get("default") is not None:
        case.set("default", values[-1].copy())
    return case
