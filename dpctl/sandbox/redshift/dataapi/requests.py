"""What a call of the Data API may ask, and the SQL in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dpctl.lexer import Token
from dpctl.sandbox.redshift.errors import DataApiError, SqlError
from dpctl.sandbox.redshift.sql import lexer

MAX_SQL = 200 * 1000
"""Characters of a statement."""

_ID = re.compile(r"[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d{0,2})?")
_LONGEST_WAIT = 30


def checked(params: dict[str, Any]) -> None:
    """What the service's model says of ids, formats and times. Raises DataApiError."""
    for key in ("Id", "SessionId"):
        if key in params and not _ID.fullmatch(str(params[key])):
            raise DataApiError(
                "ValidationException",
                f"1 validation error detected: Value '{params[key]}' at '{key[0].lower() + key[1:]}' failed "
                f"to satisfy constraint: Member must satisfy regular expression pattern: {_ID.pattern}",
            )
    if params.get("ResultFormat", "JSON") not in ("JSON", "CSV"):
        raise DataApiError("ValidationException", "ResultFormat must be JSON or CSV.")
    for key, least, most in (("SessionKeepAliveSeconds", 0, 86400), ("WaitTimeSeconds", 1, _LONGEST_WAIT)):
        value = params.get(key, least)
        if not isinstance(value, int) or not least <= value <= most:
            raise DataApiError("ValidationException", f"{key} must be between {least} and {most}.")


def bound(sql: str, parameters: list[Mapping[str, str]] | None) -> str:
    """The statement with its ``:name`` parameters as literals. Raises DataApiError."""
    values = {item["name"]: item["value"] for item in parameters or ()}
    parts, at, used = [], 0, set()
    for token in _tokens(sql):
        if token.kind != "param" or not token.value.startswith(":"):
            continue
        name = token.value[1:]
        if name not in values:
            if not values:
                continue  # without Parameters a colon means nothing special
            raise DataApiError("ValidationException", f"Parameters list does not contain {name}.")
        used.add(name)
        escaped = values[name].replace("\\", "\\\\").replace("'", "''")
        parts.append(f"{sql[at : token.start]}'{escaped}'")
        at = token.end
    if unused := set(values) - used:
        raise DataApiError(
            "ValidationException", f"Parameters are not used in the statement: {', '.join(sorted(unused))}."
        )
    return "".join(parts) + sql[at:]


def statements(sql: str) -> list[str]:
    """The statements of a text; one that cannot be read counts as one, and fails when it runs."""
    try:
        return lexer.statements(sql)
    except SqlError:
        return [sql]


def _tokens(sql: str) -> list[Token]:
    try:
        return lexer.tokenize(sql)
    except SqlError:
        return []


def sql_of(sql: str) -> str:
    """The statement without its semicolon. Raises DataApiError."""
    if not sql.strip():
        raise DataApiError("ValidationException", "Sql must not be empty.")
    if len(sql) > MAX_SQL:
        raise DataApiError("ValidationException", f"Sql has more than {MAX_SQL} characters.")
    found = statements(sql)
    return found[0] if len(found) == 1 else sql
