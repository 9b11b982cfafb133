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
from dpctl.sandbox.redshift.sql import administration, definitions, lexer
from dpctl.sandbox.redshift.sql.merge import merge
from dpctl.sandbox.redshift.sql.plan import Engine, Plan, query


def translate(sql: str, supers: frozenset[str] = frozenset()) -> Plan:
    """The plan of one statement; ``supers`` are the names of the database's SUPER columns, lower case.

    Raises SqlError: 42601 for what does not parse, 0A000 for what the sandbox does not have.
    """
    return _translate(sql, supers)


@lru_cache(maxsize=2048)
def _translate(sql: str, supers: frozenset[str]) -> Plan:
    words = lexer.keywords(sql, 4)
    for prefix, handler in _HANDLERS.items():
        if words[: len(prefix)] == prefix:
            return handler(sql, supers)
    if words[0] in _ELSEWHERE:
        raise unsupported(" ".join(word for word in words[:2] if word))
    first = lexer.tokenize(sql)
    raise syntax_error(f'syntax error at or near "{first[0].value if first else ""}"')


def _query(sql: str, supers: frozenset[str]) -> Plan:
    return Plan((query(sql, supers),))


def _delete(sql: str, supers: frozenset[str]) -> Plan:
    tokens = lexer.tokenize(sql)
    if len(tokens) > 1 and tokens[1].upper != "FROM":  # Redshift does without it
        sql = f"DELETE FROM {sql[tokens[1].start :]}"
    return _query(sql, supers)


def _explain(sql: str, supers: frozenset[str]) -> Plan:
    tokens = lexer.tokenize(sql)
    skip = 2 if len(tokens) > 1 and tokens[1].upper == "VERBOSE" else 1
    if len(tokens) <= skip:
        raise syntax_error('syntax error at or near "EXPLAIN"')
    inner = translate(sql[tokens[skip].start :], supers)
    if not inner.simple:
        raise unsupported(f"EXPLAIN {tokens[skip].upper}")
    return Plan((f"EXPLAIN {inner.statements[0]}",))


def _as_is(sql: str, supers: frozenset[str]) -> Plan:
    return Plan((lexer.rewrite(sql),))


def _truncate(sql: str, supers: frozenset[str]) -> Plan:
    return Plan((lexer.rewrite(sql),), commits=True)


def _create_view(sql: str, supers: frozenset[str]) -> Plan:
    tokens = lexer.tokenize(sql)
    at = next((i for i, token in enumerate(tokens) if token.upper == "AS"), None)
    if at is None or at + 1 == len(tokens):
        raise syntax_error("syntax error at end of input")
    end = len(tokens)
    if [token.upper for token in tokens[-4:]] == ["WITH", "NO", "SCHEMA", "BINDING"]:
        end -= 4
    head = lexer.rewrite(sql[: tokens[at].end])
    return Plan((f"{head} {query(sql[tokens[at + 1].start : tokens[end - 1].end], supers)}",))


def _vacuum(sql: str, supers: frozenset[str]) -> Plan:
    options = ("FULL", "SORT", "DELETE", "ONLY", "REINDEX", "RECLUSTER", "BOOST", "TO", "PERCENT")
    tokens = [
        token for token in lexer.tokenize(sql)[1:] if token.upper not in options and token.kind != "number"
    ]
    return Plan((" ".join(["VACUUM", "".join(lexer.rewrite(token.value) for token in tokens)]).strip(),))


def _analyze(sql: str, supers: frozenset[str]) -> Plan:
    if lexer.keywords(sql)[1] == "COMPRESSION":
        raise unsupported("ANALYZE COMPRESSION")
    tokens = [token for token in lexer.tokenize(sql) if token.upper not in ("PREDICATE", "ALL", "COLUMNS")]
    return Plan(
        (" ".join(lexer.rewrite(sql[token.start : token.end]) for token in tokens).replace(" . ", "."),)
    )


def _declare(sql: str, supers: frozenset[str]) -> Plan:
    tokens = lexer.tokenize(sql)
    at = next((i for i, token in enumerate(tokens) if token.upper == "FOR"), len(tokens) - 1)
    if at + 1 >= len(tokens):
        raise syntax_error('syntax error at or near "DECLARE"')
    return Plan((f"{lexer.rewrite(sql[: tokens[at].end])} {query(sql[tokens[at + 1].start :], supers)}",))


def _refuse(construct: str) -> Handler:
    def handler(sql: str, supers: frozenset[str]) -> Plan:
        raise unsupported(construct)

    return handler


def _engine(name: Engine) -> Handler:
    return lambda sql, supers: Plan(engine=name)


Handler = Callable[[str, frozenset[str]], Plan]

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
_HANDLERS: dict[tuple[str, ...], Handler] = {
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
    ("CREATE", "VIEW"): _create_view,
    ("CREATE", "OR", "REPLACE", "VIEW"): _create_view,
    ("CREATE", "USER"): administration.create_user,
    ("ALTER", "USER"): administration.create_user,
    ("DROP", "USER"): administration.drop_user,
    ("CREATE", "GROUP"): _as_is,
    ("DROP", "GROUP"): _as_is,
    ("CREATE", "SCHEMA"): _as_is,
    ("DROP", "SCHEMA"): _as_is,
    ("ALTER", "SCHEMA"): _as_is,
    ("ALTER", "TABLE"): definitions.alter_table,
    ("DROP", "TABLE"): _as_is,
    ("DROP", "VIEW"): _as_is,
    ("CREATE", "EXTERNAL"): _refuse("CREATE EXTERNAL (Redshift Spectrum)"),
    ("CREATE", "MATERIALIZED"): _refuse("CREATE MATERIALIZED VIEW"),
    ("CREATE", "PROCEDURE"): _refuse("A stored procedure"),
    ("CREATE", "FUNCTION"): _refuse("A user-defined function"),
    ("CREATE", "TEMPLATE"): _refuse("CREATE TEMPLATE"),
    ("CREATE", "DATASHARE"): _refuse("A datashare"),
    ("CREATE", "MODEL"): _refuse("CREATE MODEL"),
    ("GRANT",): administration.grant,
    ("REVOKE",): administration.grant,
    ("MERGE",): merge,
    ("TRUNCATE",): _truncate,
    ("EXPLAIN",): _explain,
    ("ANALYZE",): _analyze,
    ("ANALYSE",): _analyze,
    ("VACUUM",): _vacuum,
    ("COMMENT",): _as_is,
    ("LOCK",): _as_is,
    ("BEGIN",): _as_is,
    ("START", "TRANSACTION"): _as_is,
    ("COMMIT",): _as_is,
    ("END",): _as_is,
    ("ROLLBACK",): _as_is,
    ("ABORT",): _as_is,
    ("SET",): administration.set_parameter,
    ("RESET",): administration.set_parameter,
    ("SHOW",): administration.show,
    ("DECLARE",): _declare,
    ("FETCH",): _as_is,
    ("CLOSE",): _as_is,
    ("DEALLOCATE",): _as_is,
    ("SELECT",): _query,
    ("WITH",): _query,
    ("VALUES",): _query,
    ("(",): _query,
    ("INSERT",): _query,
    ("UPDATE",): _query,
    ("DELETE",): _delete,
}
