"""The parser of UNLOAD."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox.redshift.errors import SqlError, syntax_error, unsupported
from dpctl.sandbox.redshift.grammar import (
    MEGABYTE,
    Options,
    Unload,
    authorization,
    character,
    conflict,
    fixed_widths,
    flag_or_value,
    null_text,
    once,
    size,
    split_uri,
    text,
)
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.cursor import Cursor

_FORMATS = ("CSV", "PARQUET", "JSON")
_FLAGS = ("HEADER", "BZIP2", "GZIP", "ZSTD", "ADDQUOTES", "ESCAPE", "ALLOWOVERWRITE", "CLEANPATH")

# What each format refuses ("Usage notes" and the parameters' own paragraphs of the UNLOAD page).
_REFUSED = {
    "CSV": ("ESCAPE", "FIXEDWIDTH", "ADDQUOTES"),
    "PARQUET": (
        "DELIMITER",
        "FIXEDWIDTH",
        "ADDQUOTES",
        "ESCAPE",
        "NULL AS",
        "HEADER",
        "GZIP",
        "BZIP2",
        "ZSTD",
    ),
    "JSON": ("DELIMITER", "HEADER", "FIXEDWIDTH", "ADDQUOTES", "ESCAPE", "NULL AS"),
}
_PAIRS = (
    ("FIXEDWIDTH", "DELIMITER"),
    ("FIXEDWIDTH", "HEADER"),
    ("CLEANPATH", "ALLOWOVERWRITE"),
    ("GZIP", "BZIP2"),
    ("GZIP", "ZSTD"),
    ("BZIP2", "ZSTD"),
    ("KMS_KEY_ID", "CREDENTIALS"),
    ("ENCRYPTED AUTO", "KMS_KEY_ID"),
    ("ENCRYPTED AUTO", "ENCRYPTED"),
)


def parse_unload(sql: str) -> Unload:
    """The UNLOAD in ``sql``. Raises SqlError for what Redshift would refuse."""
    cursor = Cursor(sql)
    cursor.expect("UNLOAD")
    cursor.expect("(")
    query = cursor.string()
    cursor.expect(")")
    cursor.expect("TO")
    bucket, prefix = split_uri(cursor.string())
    options: dict[str, Any] = {}
    roles: tuple[str, ...] = ()
    while not cursor.done:
        if cursor.peek().upper in ("IAM_ROLE", "CREDENTIALS", "WITH", "ACCESS_KEY_ID"):
            if roles:
                raise syntax_error("conflicting or redundant options")
            roles = authorization(cursor, options)
        else:
            _option(cursor, options)
    if not roles:
        raise SqlError("UNLOAD requires authorization: IAM_ROLE or CREDENTIALS", state="42601")
    unload = Unload(query, bucket, prefix, roles, options.pop("FORMAT", "TEXT"), Options(options))
    _check(unload)
    check_query(query)
    return unload


def _option(cursor: Cursor, options: dict[str, Any]) -> None:
    if cursor.accept("FORMAT"):
        cursor.accept("AS")
        once(options, "FORMAT", cursor.expect(*_FORMATS, "TEXT"))
    elif word := cursor.accept(*_FORMATS):
        once(options, "FORMAT", word)
    elif word := cursor.accept(*_FLAGS):
        once(options, word)
    elif cursor.accept("PARTITION"):
        _partition(cursor, options)
    elif cursor.accept("MANIFEST"):
        once(options, "MANIFEST", "VERBOSE" if cursor.accept("VERBOSE") else "PLAIN")
    elif cursor.accept("DELIMITER"):
        once(options, "DELIMITER", character(cursor, "DELIMITER"))
    elif cursor.accept("NULL"):
        once(options, "NULL AS", null_text(cursor))
    elif cursor.accept("FIXEDWIDTH"):
        once(options, "FIXEDWIDTH", fixed_widths(text(cursor)))
    elif cursor.accept("ENCRYPTED"):
        once(options, "ENCRYPTED AUTO" if cursor.accept("AUTO") else "ENCRYPTED")
    elif cursor.accept("PARALLEL"):
        once(options, "PARALLEL", flag_or_value(cursor))
    elif word := cursor.accept("MAXFILESIZE", "ROWGROUPSIZE"):
        once(options, word, size(cursor, word))
    elif word := cursor.accept("REGION", "EXTENSION", "KMS_KEY_ID"):
        once(options, word, text(cursor))
    else:
        raise cursor.unexpected()


def _partition(cursor: Cursor, options: dict[str, Any]) -> None:
    cursor.expect("BY")
    cursor.expect("(")
    once(options, "PARTITION BY", tuple(cursor.names()))
    if cursor.accept("INCLUDE"):
        once(options, "INCLUDE")


def _check(unload: Unload) -> None:
    options = unload.options
    for name in _REFUSED.get(unload.format, ()):
        if name in options:
            raise conflict(name, f"FORMAT {unload.format}")
    for one, other in _PAIRS:
        if one in options and other in options:
            raise conflict(one, other)
    if "KMS_KEY_ID" in options and "ENCRYPTED" not in options:
        raise syntax_error("KMS_KEY_ID requires ENCRYPTED")
    # ENCRYPTED alone is taken: awswrangler's unload always writes it, and the files have SSE-S3 in any case.
    limit = options.get("MAXFILESIZE")
    if limit is not None and not 5 * MEGABYTE <= limit <= 6.2 * 1024 * MEGABYTE:
        raise SqlError("MAXFILESIZE must be between 5MB and 6.2GB", state="22023")
    group = options.get("ROWGROUPSIZE")
    if group is not None and (unload.format != "PARQUET" or not 32 * MEGABYTE <= group <= 128 * MEGABYTE):
        raise SqlError(
            "ROWGROUPSIZE must be between 32MB and 128MB, and is for FORMAT PARQUET only", state="22023"
        )
    if len(set(options.get("PARTITION BY", ()))) != len(options.get("PARTITION BY", ())):
        raise syntax_error("a column is given twice in PARTITION BY")


def check_query(sql: str) -> None:
    """The query of an UNLOAD is one SELECT, without LIMIT at its own level."""
    if len(lexer.statements(sql)) != 1:
        raise syntax_error("UNLOAD takes exactly one SELECT statement")
    tokens = lexer.tokenize(sql)
    if tokens[0].upper not in ("SELECT", "WITH", "("):
        raise syntax_error(f'syntax error at or near "{tokens[0].value}": UNLOAD takes a SELECT statement')
    if tokens[0].upper == "(":
        raise unsupported("UNLOAD of a query in parentheses")
    depth = 0
    for at, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.upper, 0)
        top = depth == 0 and token.upper == "TOP" and tokens[at - 1].upper == "SELECT"
        if depth == 0 and (token.upper == "LIMIT" or top):
            raise SqlError("Limit clause is not supported in UNLOAD", state="0A000")
