"""Texts that PostgreSQL reads as a value of a type, and Redshift does not.

Redshift's numbers are decimal digits with a sign, a point and an exponent ("Integer and floating-point
literals"); a DECIMAL is no NaN and not infinite ("Numeric types"), and the special datetime values are now,
today, tomorrow and yesterday ("Date, time, and timestamp literals"; all in the Database Developer Guide).
casts.sql has the same rule for texts that are known only when a statement runs.
"""

from __future__ import annotations

import re

from dpctl.sandbox.redshift.errors import SqlError

_BASES = r"0[xob][0-9a-f_]+|[0-9.e+-]*_[0-9._e+-]*"


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\s*[+-]?({pattern})\s*", re.IGNORECASE)


_NUMBER, _DECIMAL = _whole(_BASES), _whole(rf"{_BASES}|nan|inf(inity)?")
_FLOAT, _TIME = _whole(r"0x[0-9a-f.]+(p[+-]?[0-9]+)?|[0-9.e+-]*_[0-9._e+-]*"), _whole("infinity")
_FOREIGN = (
    dict.fromkeys(("smallint", "integer", "bigint"), _NUMBER)
    | {"numeric": _DECIMAL}
    | dict.fromkeys(("real", "double precision"), _FLOAT)
    | dict.fromkeys(("date", "timestamp", "timestamp with time zone"), _TIME)
)
_NAMES = {
    "INT": "integer", "INT2": "smallint", "INT4": "integer", "INT8": "bigint", "DECIMAL": "numeric",
    "FLOAT": "double precision", "FLOAT4": "real", "DOUBLE": "double precision", "FLOAT8": "double precision",
    "DATETIME": "timestamp", "TIMESTAMPNTZ": "timestamp", "TIMESTAMPTZ": "timestamp with time zone",
    "TIMESTAMPLTZ": "timestamp with time zone",
}  # fmt: skip


def doubtful(text: str) -> bool:
    """Whether a text is such a value of some type: most are of none."""
    return len(text) < 500 and any(pattern.fullmatch(text) for pattern in (_DECIMAL, _FLOAT))


_DIGITS = {
    "smallint": ("Short", re.compile(r"\s*[+-]?\d*")),
    "integer": ("Integer", re.compile(r"\s*[+-]?\d*")),
    "bigint": ("Long", re.compile(r"\s*[+-]?\d*")),
    "numeric": ("Decimal", re.compile(r"\s*[+-]?\d*(?:\.\d*)?(?:[eE][+-]?\d+)?")),
}


def check_value(text: str, kind: str) -> None:
    """Refuse a text for a type, by the name that SQL or PostgreSQL's catalog has for it. Raises SqlError."""
    name = _NAMES.get(kind.upper(), kind.lower())
    pattern = _FOREIGN.get(name)
    if pattern is None or not pattern.fullmatch(text):
        return
    if name not in _DIGITS:
        raise SqlError(f'invalid input syntax for type {name}: "{text}"', state="22P02")
    called, digits = _DIGITS[name]
    match = digits.match(text)
    at = match.end() if match else 0
    raise SqlError(f"Invalid digit, Value '{text[at : at + 1]}', Pos {at}, Type: {called}")
