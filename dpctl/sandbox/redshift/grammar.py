"""UNLOAD and COPY as frozen data: the whole current grammar, with Redshift's refusals.

sqlglot does not model UNLOAD and writes COPY back wrongly, so both are read here from their tokens.
Sources: the pages UNLOAD and COPY of the Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.redshift.errors import SqlError, syntax_error, unsupported
from dpctl.sandbox.redshift.sql.cursor import Cursor

MEGABYTE = 1024 * 1024

_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Options:
    """The options that were given: ``values[name]`` with the statement's keyword as name."""

    values: dict[str, Any] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        """Whether the statement has this option."""
        return name in self.values

    def get(self, name: str, default: Any = None) -> Any:
        """The option's value; True for one that has none."""
        return self.values.get(name, default)


@dataclass(frozen=True)
class Unload:
    """An UNLOAD: ``format`` is TEXT, CSV, PARQUET or JSON; ``roles`` are ARNs, or ``("default",)``."""

    query: str
    bucket: str
    prefix: str
    roles: tuple[str, ...]
    format: str
    options: Options

    @property
    def target(self) -> str:
        """The URI as it was given."""
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class Copy:
    """A COPY: ``source`` is the URI, ``columns`` is empty when none were listed.

    ``job`` is the name of the COPY JOB it creates, if any; ``text`` is the statement without that.
    """

    table: tuple[str, ...]
    columns: tuple[str, ...]
    source: str
    roles: tuple[str, ...]
    format: str
    options: Options
    job: str = ""
    auto: bool = True
    text: str = ""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``. Raises SqlError."""
    match = _S3.fullmatch(uri)
    if not match:
        raise SqlError(f"Invalid S3 path: '{uri}'. The path must be like s3://bucket/prefix.", state="XX000")
    return match.group(1), match.group(2) or ""


def authorization(cursor: Cursor, options: dict[str, Any]) -> tuple[str, ...]:
    """Take IAM_ROLE with ``default`` or a chain of ARNs. Keys in the statement are refused."""
    word = cursor.accept("IAM_ROLE", "CREDENTIALS", "WITH", "ACCESS_KEY_ID")
    if word == "ACCESS_KEY_ID":
        raise unsupported("ACCESS_KEY_ID")
    if word == "WITH":
        cursor.expect("CREDENTIALS")
    if word in ("CREDENTIALS", "WITH"):
        cursor.accept("AS")
        options["CREDENTIALS"] = True
        text = cursor.string()
        if not text.startswith("aws_iam_role="):
            raise unsupported("CREDENTIALS with access keys")
        return _chain(text.removeprefix("aws_iam_role="))
    if not word:
        raise cursor.unexpected()
    cursor.accept("AS")
    return ("default",) if cursor.accept("DEFAULT") else _chain(cursor.string())


def _chain(text: str) -> tuple[str, ...]:
    arns = tuple(part.strip() for part in text.split(","))
    for arn in arns:
        if not _ARN.fullmatch(arn):
            raise SqlError(f"Invalid IAM role ARN: '{arn}'", state="XX000")
    return arns


def conflict(one: str, other: str) -> SqlError:
    """Two options that exclude each other, in Redshift's words."""
    return syntax_error(f"{one} is not supported with {other}")


def flag_or_value(cursor: Cursor) -> bool:
    """Take ON, OFF, TRUE or FALSE; nothing means on."""
    return cursor.accept("ON", "TRUE", "OFF", "FALSE") not in ("OFF", "FALSE")


def size(cursor: Cursor, name: str) -> float:
    """Take a size in bytes: a number, then MB (the default) or GB."""
    cursor.accept("AS")
    token = cursor.next()
    if token.kind != "number":
        raise syntax_error(f"{name} must be a number")
    unit = cursor.accept("MB", "GB") or "MB"
    return float(token.value) * MEGABYTE * (1024 if unit == "GB" else 1)


def once(options: dict[str, Any], name: str, value: Any = True) -> None:
    """Remember an option. Raises SqlError when it was there."""
    if name in options:
        raise syntax_error("conflicting or redundant options")
    options[name] = value


def text(cursor: Cursor) -> str:
    """Take ``[AS] 'text'``."""
    cursor.accept("AS")
    return cursor.string()


def null_text(cursor: Cursor) -> str:
    r"""Take ``[AS] 'null string'``: ``'\N'`` is meant as it stands, though a backslash escapes elsewhere."""
    cursor.accept("AS")
    raw = cursor.raw()
    value = cursor.string()
    return r"\N" if raw == r"'\N'" else value


def character(cursor: Cursor, name: str) -> str:
    """Take ``[AS] 'c'``, one ASCII character."""
    value = text(cursor)
    if len(value) != 1 or ord(value) > 127:
        raise SqlError(f"{name} must be a single ASCII character", state="22023")
    return value


def characters(cursor: Cursor, name: str) -> str:
    """Take ``[AS] 'c'`` or ``[AS] '|~|'``: ASCII characters, none of which ends a line."""
    value = text(cursor)
    if not value or not value.isascii() or set(value) & set("\0\r\n"):
        raise SqlError(f"{name} must be one or several ASCII characters", state="22023")
    return value


def fixed_widths(spec: str) -> tuple[tuple[str, int], ...]:
    """``'name:8,other:12'`` as pairs; names may be left out or be numbers. Raises SqlError."""
    found = []
    for part in spec.split(","):
        label, _, width = part.strip().rpartition(":")
        if not width.strip().isdigit() or not int(width):
            raise SqlError(f"invalid fixed width specification: '{spec}'", state="22023")
        found.append((label.strip(), int(width)))
    return tuple(found)
