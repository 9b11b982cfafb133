"""Redshift's SQL as statements of PostgreSQL.

sqlglot reads a query, a few nodes of its tree are replaced, and it writes the query for PostgreSQL. Functions
keep their names: PostgreSQL has them, or functions.sql adds them. Statements that sqlglot does not model are
read from their tokens, here and in ``definitions`` (tables), ``administration`` and ``merge``. Whatever is
left is refused by name, never passed on in hope.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from dpctl.sandbox.redshift.errors import syntax_error, unsupported
from dpctl.sandbox.redshift.sql import administration, definitions, lexer, routines, views
from dpctl.sandbox.redshift.sql.allowed import not_redshift
from dpctl.sandbox.redshift.sql.known import NOTHING, Known
from dpctl.sandbox.redshift.sql.merge import merge
from dpctl.sandbox.redshift.sql.plan import Engine, Plan, query
from dpctl.sandbox.redshift.sql.show import show


def translate(sql: str, known: Known | frozenset[str] = NOTHING) -> Plan:
    """The plan of one statement, by what is known of the database (or only the names of its SUPER columns).

    Raises SqlError: 42601 for what does not parse, 0A000 for what the sandbox does not have; NeedsColumns
    where the columns of the relations decide and ``known`` has none.
    """
    return _translate(sql, known if isinstance(known, Known) else Known(known))


@lru_cache(maxsize=2048)
def _translate(sql: str, known: Known) -> Plan:
    words = lexer.keywords(sql, 4)
    for prefix, handler in HANDLERS.items():
        if words[: len(prefix)] == prefix:
            return handler(sql, known)
    refused = next((name for prefix, name in REFUSED.items() if words[: len(prefix)] == prefix), "")
    if refused:
        raise unsupported(refused)
    if (name := _foreign(sql)) is not None:
        raise not_redshift(name)
    if words[0] in _ELSEWHERE:
        raise unsupported(_name(lexer.keywords(sql, 6)))
    first = lexer.tokenize(sql)
    raise syntax_error(f'syntax error at or near "{first[0].value if first else ""}"')


def _name(words: tuple[str, ...]) -> str:
    """What a statement is called: its first words, without those between CREATE and what it creates."""
    found = [word for word in words if word.isalpha() and word not in _BETWEEN]
    return " ".join(found[: 3 if found[1:2] in (["EXTERNAL"], ["MATERIALIZED"], ["DEFAULT"]) else 2])


def _foreign(sql: str) -> str | None:
    """The name of a statement that makes, changes or drops what only PostgreSQL has."""
    first, *rest = lexer.keywords(sql, 6)
    kind = next((word for word in rest if word not in _BETWEEN and word not in _KINDS_OF), "")
    return f"{first} {kind}" if first in ("CREATE", "ALTER", "DROP") and kind in FOREIGN else None


_KINDS_OF = ("UNIQUE", "CONSTRAINT", "TRUSTED", "PROCEDURAL", "EVENT", "USER")
_BETWEEN = ("OR", "REPLACE", "TEMP", "TEMPORARY", "IF", "NOT", "EXISTS")


def _query(sql: str, known: Known) -> Plan:
    return Plan((query(sql, known),))


def _delete(sql: str, known: Known) -> Plan:
    tokens = lexer.tokenize(sql)
    if len(tokens) > 1 and tokens[1].upper != "FROM":  # Redshift does without it
        sql = f"DELETE FROM {sql[tokens[1].start :]}"
    return _query(sql, known)


def _explain(sql: str, known: Known) -> Plan:
    tokens = lexer.tokenize(sql)
    skip = 2 if len(tokens) > 1 and tokens[1].upper == "VERBOSE" else 1
    if len(tokens) <= skip:
        raise syntax_error('syntax error at or near "EXPLAIN"')
    inner = translate(sql[tokens[skip].start :], known)
    if not inner.simple:
        raise unsupported(f"EXPLAIN {tokens[skip].upper}")
    return Plan((f"EXPLAIN {inner.statements[0]}",))


def _as_is(sql: str, known: Known) -> Plan:
    return Plan((lexer.rewrite(sql),))


def _schema(sql: str, known: Known) -> Plan:
    """CREATE SCHEMA, whose QUOTA limits nothing here; Redshift makes nothing within it."""
    tokens = lexer.tokenize(sql)
    words = [token.upper for token in tokens if token.kind == "word"]
    if set(words[2:]) & {"CREATE", "GRANT"}:
        raise not_redshift("CREATE SCHEMA with statements in it")
    quota = next((token.start for token in tokens[3:] if token.upper == "QUOTA"), len(sql))
    return Plan((lexer.rewrite(sql[:quota]),))


def _lock(sql: str, known: Known) -> Plan:
    """LOCK [TABLE] name, ...: without PostgreSQL's modes and NOWAIT."""
    words = {token.upper for token in lexer.tokenize(sql) if token.kind == "word"}
    if words & {"MODE", "NOWAIT", "ONLY"}:
        raise not_redshift("LOCK with a mode, ONLY or NOWAIT")
    return _as_is(sql, known)


def _comment(sql: str, known: Known) -> Plan:
    kind = lexer.keywords(sql, 3)[2]
    if kind not in ("TABLE", "COLUMN", "CONSTRAINT", "DATABASE", "VIEW", "SCHEMA"):
        raise not_redshift(f"COMMENT ON {kind}")
    return _as_is(sql, known)


def _truncate(sql: str, known: Known) -> Plan:
    return Plan((lexer.rewrite(sql),), commits=True)


def _vacuum(sql: str, known: Known) -> Plan:
    options = ("FULL", "SORT", "DELETE", "ONLY", "REINDEX", "RECLUSTER", "BOOST", "TO", "PERCENT")
    tokens = [
        token for token in lexer.tokenize(sql)[1:] if token.upper not in options and token.kind != "number"
    ]
    return Plan((" ".join(["VACUUM", "".join(lexer.rewrite(token.value) for token in tokens)]).strip(),))


def _analyze(sql: str, known: Known) -> Plan:
    if lexer.keywords(sql)[1] == "COMPRESSION":
        raise unsupported("ANALYZE COMPRESSION")
    tokens = [token for token in lexer.tokenize(sql) if token.upper not in ("PREDICATE", "ALL", "COLUMNS")]
    return Plan(
        (" ".join(lexer.rewrite(sql[token.start : token.end]) for token in tokens).replace(" . ", "."),)
    )


def _declare(sql: str, known: Known) -> Plan:
    tokens = lexer.tokenize(sql)
    at = next((i for i, token in enumerate(tokens) if token.upper == "FOR"), len(tokens) - 1)
    if at + 1 >= len(tokens):
        raise syntax_error('syntax error at or near "DECLARE"')
    words = " ".join(token.upper for token in tokens[:at])
    # psql's FETCH_COUNT says NO SCROLL, and that is what cursors are.
    asked = words.replace("NO SCROLL", "").replace("WITHOUT HOLD", "")
    if "SCROLL" in asked.split() or "HOLD" in asked.split():
        raise not_redshift("A cursor WITH HOLD or SCROLL")
    return Plan((f"{lexer.rewrite(sql[: tokens[at].end])} {query(sql[tokens[at + 1].start :], known)}",))


def _engine(name: Engine) -> Handler:
    return lambda sql, known: Plan(engine=name)


Handler = Callable[[str, Known], Plan]

REFUSED = {
    ("CREATE", "EXTERNAL"): "CREATE EXTERNAL (Redshift Spectrum)",
    ("CREATE", "TEMPLATE"): "CREATE TEMPLATE",
    ("CREATE", "DATASHARE"): "A datashare",
    ("CREATE", "MODEL"): "CREATE MODEL",
    ("CREATE", "MASKING"): "CREATE MASKING POLICY",
    ("ALTER", "MASKING"): "ALTER MASKING POLICY",
    ("DROP", "MASKING"): "DROP MASKING POLICY",
    ("ATTACH", "MASKING"): "ATTACH MASKING POLICY",
    ("DETACH", "MASKING"): "DETACH MASKING POLICY",
    ("CREATE", "RLS"): "CREATE RLS POLICY",
    ("ALTER", "RLS"): "ALTER RLS POLICY",
    ("DROP", "RLS"): "DROP RLS POLICY",
    ("ATTACH", "RLS"): "ATTACH RLS POLICY",
    ("DETACH", "RLS"): "DETACH RLS POLICY",
    ("CREATE", "IDENTITY"): "CREATE IDENTITY PROVIDER",
    ("ALTER", "IDENTITY"): "ALTER IDENTITY PROVIDER",
    ("DROP", "IDENTITY"): "DROP IDENTITY PROVIDER",
    ("ALTER", "EXTERNAL"): "ALTER EXTERNAL (Redshift Spectrum)",
    ("DROP", "EXTERNAL"): "DROP EXTERNAL (Redshift Spectrum)",
    ("USE",): "USE",
    ("CANCEL",): "CANCEL",
}
"""Statements of Redshift that the sandbox has not, by the words they begin with: what an error calls them."""

_FOREIGN_TEXT = """
    INDEX SEQUENCE TYPE DOMAIN TRIGGER RULE EXTENSION AGGREGATE OPERATOR CAST COLLATION CONVERSION TABLESPACE
    LANGUAGE PUBLICATION SUBSCRIPTION STATISTICS SERVER FOREIGN ACCESS TEXT TRANSFORM UNLOGGED
"""
FOREIGN = frozenset(_FOREIGN_TEXT.split())
"""What only PostgreSQL can CREATE, ALTER or DROP ("Unsupported PostgreSQL features")."""

# What begins a statement in Redshift and is not among the handlers.
_ELSEWHERE = frozenset(
    {
        "ALTER",
        "ATTACH",
        "CALL",
        "CANCEL",
        "CREATE",
        "DESC",
        "DETACH",
        "DROP",
        "EXECUTE",
        "PREPARE",
        "REFRESH",
        "USE",
    }
)

# The first entry whose words begin the statement wins, so the longer ones come first.
HANDLERS: dict[tuple[str, ...], Handler] = {
    ("COPY", "JOB"): _engine("copy job"),
    ("COPY",): _engine("copy"),
    ("UNLOAD",): _engine("unload"),
    ("CREATE", "DATABASE"): _engine("create database"),
    ("DROP", "DATABASE"): _engine("drop database"),
    ("CREATE", "TABLE"): definitions.create_table,
    ("CREATE", "TEMP", "TABLE"): definitions.create_table,
    ("CREATE", "TEMPORARY", "TABLE"): definitions.create_table,
    ("CREATE", "LOCAL", "TEMP", "TABLE"): definitions.create_table,
    ("CREATE", "LOCAL", "TEMPORARY", "TABLE"): definitions.create_table,
    ("CREATE", "VIEW"): views.create_view,
    ("CREATE", "OR", "REPLACE", "VIEW"): views.create_view,
    ("CREATE", "USER"): administration.create_user,
    ("ALTER", "USER"): administration.create_user,
    ("DROP", "USER"): administration.drop_user,
    ("CREATE", "GROUP"): _as_is,
    ("DROP", "GROUP"): _as_is,
    ("CREATE", "SCHEMA"): _schema,
    ("DROP", "SCHEMA"): _as_is,
    ("ALTER", "SCHEMA"): _as_is,
    ("ALTER", "TABLE"): definitions.alter_table,
    ("DROP", "TABLE"): _as_is,
    ("DROP", "VIEW"): _as_is,
    ("CREATE", "MATERIALIZED", "VIEW"): views.create_materialized_view,
    ("ALTER", "MATERIALIZED", "VIEW"): views.alter_materialized_view,
    ("DROP", "MATERIALIZED", "VIEW"): _as_is,
    ("REFRESH", "MATERIALIZED", "VIEW"): _as_is,
    ("CREATE", "PROCEDURE"): routines.create_routine,
    ("CREATE", "OR", "REPLACE", "PROCEDURE"): routines.create_routine,
    ("CREATE", "FUNCTION"): routines.create_routine,
    ("CREATE", "OR", "REPLACE", "FUNCTION"): routines.create_routine,
    ("DROP", "PROCEDURE"): _as_is,
    ("DROP", "FUNCTION"): _as_is,
    ("CALL",): routines.call,
    ("PREPARE",): routines.prepare,
    ("EXECUTE",): _as_is,
    ("CREATE", "ROLE"): administration.create_role,
    ("DROP", "ROLE"): _as_is,
    ("ALTER", "GROUP"): _as_is,
    ("ALTER", "DEFAULT", "PRIVILEGES"): administration.grant,
    ("GRANT",): administration.grant,
    ("REVOKE",): administration.grant,
    ("MERGE",): merge,
    ("TRUNCATE",): _truncate,
    ("EXPLAIN",): _explain,
    ("ANALYZE",): _analyze,
    ("ANALYSE",): _analyze,
    ("VACUUM",): _vacuum,
    ("COMMENT",): _comment,
    ("LOCK",): _lock,
    ("BEGIN",): _as_is,
    ("START", "TRANSACTION"): _as_is,
    ("COMMIT",): _as_is,
    ("END",): _as_is,
    ("ROLLBACK",): _as_is,
    ("ABORT",): _as_is,
    ("SET",): administration.set_parameter,
    ("RESET",): administration.set_parameter,
    ("SHOW",): show,
    ("DECLARE",): _declare,
    ("FETCH",): _as_is,
    ("CLOSE",): _as_is,
    ("DEALLOCATE",): _as_is,
    ("SELECT",): _query,
    ("WITH",): _query,
    ("(",): _query,
    ("INSERT",): _query,
    ("UPDATE",): _query,
    ("DELETE",): _delete,
}
"""What reads a statement, by the words it begins with."""
