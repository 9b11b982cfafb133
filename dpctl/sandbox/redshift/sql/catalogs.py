"""The catalog as Redshift shows it: its tables are read through views of their names (internal.sql)."""

from __future__ import annotations

from sqlglot import exp

SHADOWED = frozenset(
    {
        "pg_namespace", "pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_proc", "pg_database",
        "pg_type",
        "pg_index",
        "pg_depend", "pg_tables", "pg_views", "pg_user", "pg_stat_activity",
    }
)  # fmt: skip
"""Of PG_CATALOG, found without their schema."""

_STANDARD = frozenset({"tables", "views", "columns", "schemata", "table_constraints", "key_column_usage"})
"""Of INFORMATION_SCHEMA."""

_FUNCTIONS = frozenset({"pg_get_constraintdef", "pg_get_expr"})
_PLACE = "pg_internal"


def see_through(tree: exp.Expression) -> exp.Expression:
    """The tree with Redshift's catalog in the place of PostgreSQL's, without ``pg_catalog.``."""
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        shadowed = SHADOWED if table.db in ("", "pg_catalog") else _STANDARD
        if table.db not in ("", "pg_catalog", "information_schema") or table.name not in shadowed:
            continue
        if not table.db and table.name in ctes:
            continue
        table.set("db", exp.to_identifier(_PLACE, quoted=True))
        table.set("catalog", None)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
    for column in list(tree.find_all(exp.Column)):
        if column.args.get("db") and column.args["db"].name in ("pg_catalog", "information_schema"):
            column.set("db", None)
    for dot in list(tree.find_all(exp.Dot)):
        call = dot.expression
        if (
            isinstance(dot.this, exp.Identifier)
            and dot.this.name == "pg_catalog"
            and isinstance(call, exp.Func)
        ):
            dot.replace(call)
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() in _FUNCTIONS:
            call.set("this", f"{_PLACE}.{call.name.lower()}")
    return tree
