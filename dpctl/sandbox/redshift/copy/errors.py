"""The rows a COPY could not load, in the words and codes of SYS_LOAD_ERROR_DETAIL.

Source: "Load error reference" of the Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dpctl.sandbox.redshift.copy.target import TargetColumn

TOO_MANY = (1202, "Extra column(s) found")
TOO_FEW = (1214, "Delimiter not found")
NO_END_QUOTE = (1214, "Delimited value missing end quote")
MISSING = (1213, "Missing data for not-null field")
BAD_UTF8 = (1220, "String contains invalid or unsupported UTF8 codepoints")
TOO_LARGE = (1224, "SUPER value exceeds the limit of 16777216 bytes")
BAD_JSON = (1216, "Invalid JSON format. Invalid value.")

_INTEGER = re.compile(r"\s*[+-]?\d*")
_DECIMAL = re.compile(r"\s*[+-]?\d*(?:\.\d*)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class LoadError:
    """One row that was refused: ``line`` counts from 1 in the file as it is in S3, ``position`` from 0."""

    file: str
    line: int
    code: int
    message: str
    column: str = ""
    type: str = ""
    length: str = ""
    position: int = 0


def row_error(file: str, line: int, what: tuple[int, str], column: TargetColumn | None = None) -> LoadError:
    """An error of a whole row, or of a field that is missing."""
    if column is None:
        return LoadError(file, line, *what)
    return LoadError(file, line, *what, column.name, _type(column), _length(column))


def too_long(file: str, line: int, column: TargetColumn) -> LoadError:
    """A string that has more bytes than its column."""
    return row_error(file, line, (1204, "String length exceeds DDL length"), column)


def not_ascii(file: str, line: int, column: TargetColumn, value: str) -> LoadError:
    """A CHAR with a character of several bytes ("Multibyte character load errors", Developer Guide)."""
    at = next(at for at, character in enumerate(value) if not character.isascii())
    text = "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: "
    found = row_error(file, line, (1220, text + value[at].encode().hex(" ")), column)
    return replace(found, position=at)


def bad_value(file: str, line: int, column: TargetColumn, value: str) -> LoadError:
    """A field that is not of its column's type."""
    code, message, position = _explain(_type(column), value)
    return LoadError(file, line, code, message, column.name, _type(column), _length(column), position)


def _explain(kind: str, value: str) -> tuple[int, str, int]:
    if kind in ("smallint", "integer", "bigint"):
        return _digit(value, _INTEGER, {"smallint": "Short", "integer": "Integer", "bigint": "Long"}[kind])
    if kind == "numeric":
        return _digit(value, _DECIMAL, "Decimal")
    plain = {
        "real": (1208, "Invalid float format"),
        "double precision": (1208, "Invalid float format"),
        "boolean": (1210, "Unknown boolean format"),
        "date": (1205, "Invalid Date Format - length must be 10 or more"),
        "super": (1224, "Invalid JSON format"),
        "character varying": (1204, "String length exceeds DDL length"),
        "character": (1204, "Char length exceeds DDL length"),
    }
    if kind.startswith("timestamp"):
        return 1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]", 0
    return *plain.get(kind, (1200, "Unknown parse error")), 0


def _digit(value: str, pattern: re.Pattern[str], name: str) -> tuple[int, str, int]:
    match = pattern.match(value)
    at = match.end() if match else 0
    if at >= len(value.rstrip()):
        return 1204, f"Overflow for {name}: '{value}'", 0
    return 1207, f"Invalid digit, Value '{value[at]}', Pos {at}, Type: {name}", at


def _type(column: TargetColumn) -> str:
    return column.type.partition("(")[0]


def _length(column: TargetColumn) -> str:
    return column.type.partition("(")[2].rstrip(")")
