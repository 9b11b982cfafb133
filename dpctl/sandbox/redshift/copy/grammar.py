"""The parser of COPY and of COPY JOB."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dpctl.sandbox.redshift.errors import SqlError, syntax_error, unsupported
from dpctl.sandbox.redshift.grammar import (
    Copy,
    Options,
    authorization,
    character,
    characters,
    conflict,
    fixed_widths,
    flag_or_value,
    null_text,
    once,
    split_uri,
    text,
)
from dpctl.sandbox.redshift.sql.cursor import Cursor

_FORMATS = ("CSV", "JSON", "AVRO", "PARQUET", "ORC", "SHAPEFILE", "TEXT")
_FLAGS = (
    "BZIP2", "GZIP", "LZOP", "ZSTD", "ACCEPTANYDATE", "BLANKSASNULL", "EMPTYASNULL", "ESCAPE", "EXPLICIT_IDS",
    "FILLRECORD", "IGNOREBLANKLINES", "REMOVEQUOTES", "ROUNDEC", "TRIMBLANKS", "TRUNCATECOLUMNS",
    "IGNOREALLERRORS", "NOLOAD", "MANIFEST", "ENCRYPTED", "SERIALIZETOJSON", "SSH",
)  # fmt: skip
_TEXTS = ("DATEFORMAT", "TIMEFORMAT", "REGION", "MASTER_SYMMETRIC_KEY")
# "Data format parameters": CSV with FIXEDWIDTH, REMOVEQUOTES or ESCAPE; FIXEDWIDTH with DELIMITER. "Data
# conversion parameters": ESCAPE with FIXEDWIDTH. ESCAPE "in combination with the REMOVEQUOTES parameter"
# keeps quotation marks, and nothing is said against REMOVEQUOTES with FIXEDWIDTH, nor against FILLRECORD or
# IGNOREHEADER with JSON: all four are allowed.
_PAIRS = (
    ("CSV", "FIXEDWIDTH"), ("CSV", "REMOVEQUOTES"), ("CSV", "ESCAPE"), ("FIXEDWIDTH", "DELIMITER"),
    ("FIXEDWIDTH", "ESCAPE"), ("IGNOREALLERRORS", "MAXERROR"),
    ("GZIP", "BZIP2"), ("GZIP", "ZSTD"), ("GZIP", "LZOP"), ("BZIP2", "ZSTD"), ("BZIP2", "LZOP"),
    ("ZSTD", "LZOP"),
    ("JSON", "DELIMITER"), ("JSON", "FIXEDWIDTH"), ("JSON", "REMOVEQUOTES"), ("JSON", "ESCAPE"),
    ("AVRO", "DELIMITER"), ("S3", "READRATIO"),
)  # fmt: skip
# "COPY from columnar data formats": only these; COMPUPDATE is not among them, as COPY "doesn't automatically
# apply compression encodings" there.
_COLUMNAR = frozenset(
    {
        "ACCEPTINVCHARS",
        "FILLRECORD",
        "CREDENTIALS",
        "STATUPDATE",
        "MANIFEST",
        "EXPLICIT_IDS",
        "SERIALIZETOJSON",
    }
)
# "COPY from Amazon DynamoDB": "Unsupported parameters", and what is not among the conversions listed there.
_DYNAMODB = (
    "CSV", "JSON", "AVRO", "PARQUET", "ORC", "FIXEDWIDTH", "DELIMITER", "ESCAPE", "FILLRECORD",
    "IGNOREBLANKLINES", "IGNOREHEADER",
    "NULL AS", "QUOTE", "REMOVEQUOTES", "ACCEPTINVCHARS", "ENCODING", "MANIFEST", "ENCRYPTED",
    "GZIP", "BZIP2", "LZOP", "ZSTD",
)  # fmt: skip
_JOB_REFUSES = ("MAXERROR", "IGNOREALLERRORS", "MANIFEST", "CREDENTIALS", "NOLOAD")
_JOB_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True)
class CopyJobCommand:
    """COPY JOB ALTER, RUN, LIST, SHOW or DROP; ``auto`` is what ALTER sets."""

    verb: str
    name: str = ""
    auto: bool | None = None


def parse_copy(sql: str) -> Copy:
    """The COPY in ``sql``. Raises SqlError for what Redshift would refuse."""
    cursor = Cursor(sql)
    cursor.expect("COPY")
    table = cursor.name()
    columns: tuple[str, ...] = ()
    if cursor.accept("("):
        columns = tuple(cursor.names())
    cursor.expect("FROM")
    source = cursor.string()
    options: dict[str, Any] = {}
    roles: tuple[str, ...] = ()
    job, auto, text_ = "", True, sql
    while not cursor.done:
        if cursor.peek().upper in ("IAM_ROLE", "CREDENTIALS", "WITH", "ACCESS_KEY_ID"):
            if roles:
                raise syntax_error("conflicting or redundant options")
            roles = authorization(cursor, options)
        elif cursor.peek().upper == "JOB":
            text_ = sql[: cursor.at].strip()
            job, auto = _job(cursor)
        else:
            _option(cursor, options)
    if not roles:
        raise SqlError("COPY requires authorization: IAM_ROLE or CREDENTIALS", state="42601")
    format_ = options.pop("FORMAT", "TEXT")
    copy = Copy(table, columns, source, roles, format_, Options(options), job, auto, text_)
    _check(copy)
    return copy


def parse_copy_job(sql: str) -> CopyJobCommand:
    """The COPY JOB command in ``sql``."""
    cursor = Cursor(sql)
    cursor.expect("COPY")
    cursor.expect("JOB")
    verb = cursor.expect("ALTER", "RUN", "LIST", "SHOW", "DROP")
    if verb == "LIST":
        cursor.end()
        return CopyJobCommand(verb)
    name = cursor.word()
    auto: bool | None = None
    if verb == "ALTER":
        cursor.expect("AUTO")
        auto = cursor.expect("ON", "OFF") == "ON"
    cursor.end()
    return CopyJobCommand(verb, name, auto)


def _job(cursor: Cursor) -> tuple[str, bool]:
    cursor.expect("JOB")
    cursor.expect("CREATE")
    name = cursor.word()
    if cursor.peek().value == "-":
        raise syntax_error(f"COPY JOB name '{name}-...' is not valid: a hyphen is not allowed")
    auto = cursor.expect("ON", "OFF") == "ON" if cursor.accept("AUTO") else True
    cursor.end()
    return name, auto


def _option(cursor: Cursor, options: dict[str, Any]) -> None:
    if cursor.accept("FORMAT"):
        cursor.accept("AS")
        _format(cursor, cursor.expect(*_FORMATS), options)
    elif word := cursor.accept(*_FORMATS):
        _format(cursor, word, options)
    elif word := cursor.accept(*_FLAGS):
        once(options, word)
    elif word := cursor.accept(*_TEXTS):
        once(options, word, text(cursor))
    elif cursor.accept("ENCODING"):
        cursor.accept("AS")
        once(options, "ENCODING", cursor.string() if cursor.peek().kind == "string" else cursor.word())
    elif cursor.accept("DELIMITER"):
        once(options, "DELIMITER", characters(cursor, "DELIMITER"))
    elif cursor.accept("QUOTE"):
        once(options, "QUOTE", character(cursor, "QUOTE"))
    elif cursor.accept("NULL"):
        once(options, "NULL AS", null_text(cursor))
    elif cursor.accept("FIXEDWIDTH"):
        once(options, "FIXEDWIDTH", fixed_widths(text(cursor)))
    elif cursor.accept("ACCEPTINVCHARS"):
        cursor.accept("AS")
        once(options, "ACCEPTINVCHARS", cursor.string() if cursor.peek().kind == "string" else "?")
    elif word := cursor.accept("IGNOREHEADER", "MAXERROR", "READRATIO", "COMPROWS"):
        cursor.accept("AS")
        once(options, word, cursor.number())
    elif cursor.accept("COMPUPDATE"):
        once(options, "COMPUPDATE", cursor.accept("PRESET") or flag_or_value(cursor))
    elif cursor.accept("STATUPDATE"):
        once(options, "STATUPDATE", flag_or_value(cursor))
    elif cursor.accept("USING"):
        raise unsupported("USING TEMPLATE")
    elif cursor.accept("SIMPLIFY"):
        raise unsupported("SIMPLIFY")
    else:
        raise cursor.unexpected()


def _format(cursor: Cursor, word: str, options: dict[str, Any]) -> None:
    once(options, "FORMAT", word)
    if word in ("JSON", "AVRO"):
        cursor.accept("AS")
        options["PATHS"] = cursor.string() if cursor.peek().kind == "string" else "auto"
    elif word == "CSV" and cursor.accept("QUOTE"):
        once(options, "QUOTE", character(cursor, "QUOTE"))


def _check(copy: Copy) -> None:
    options = copy.options
    present = set(options.values) | {copy.format}
    scheme = copy.source.partition("://")[0]
    present |= {"S3"} if scheme == "s3" else set()
    for one, other in _PAIRS:
        if one in present and other in present:
            raise conflict(other, one if one != "S3" else "COPY from Amazon S3")
    if copy.format in ("AVRO", "SHAPEFILE"):
        raise unsupported(f"FORMAT {copy.format}")
    if "LZOP" in options or "SSH" in options or "MASTER_SYMMETRIC_KEY" in options:
        raise unsupported(next(name for name in ("LZOP", "SSH", "MASTER_SYMMETRIC_KEY") if name in options))
    if "QUOTE" in options and copy.format != "CSV":
        raise syntax_error("QUOTE is supported only with CSV")
    if copy.format in ("PARQUET", "ORC"):
        for name in options.values:
            if name not in _COLUMNAR:
                raise SqlError(
                    f"{name} argument is not supported for {copy.format} based COPY", state="0A000"
                )
    elif "SERIALIZETOJSON" in options:
        raise syntax_error("SERIALIZETOJSON is supported only with PARQUET and ORC")
    if "ACCEPTANYDATE" in options and "DATEFORMAT" not in options:
        raise syntax_error("ACCEPTANYDATE requires DATEFORMAT")
    _check_values(copy)
    _check_source(copy, scheme, present)
    if copy.job:
        _check_job(copy)


def _check_values(copy: Copy) -> None:
    options = copy.options
    if not 0 <= options.get("MAXERROR", 0) <= 100000:
        raise SqlError("MAXERROR must be between 0 and 100000", state="22023")
    if options.get("IGNOREHEADER", 0) < 0:
        raise SqlError("IGNOREHEADER must not be negative", state="22023")
    if len(options.get("ACCEPTINVCHARS", "?")) != 1 or not options.get("ACCEPTINVCHARS", "?").isascii():
        raise SqlError("ACCEPTINVCHARS must be a single ASCII character", state="22023")
    encoding = options.get("ENCODING", "utf8").lower()
    if encoding not in ("utf8", "utf-8", "utf16", "utf16le", "utf16be", "iso88591"):
        raise SqlError(f"ENCODING '{encoding}' is not valid", state="22023")


def _check_source(copy: Copy, scheme: str, present: set[str]) -> None:
    if scheme == "dynamodb":
        for name in _DYNAMODB:
            if name in present:
                raise conflict(name, "COPY from Amazon DynamoDB")
        if not 1 <= copy.options.get("READRATIO", 0) <= 200:
            raise SqlError(
                "READRATIO is required for COPY from Amazon DynamoDB, between 1 and 200", state="22023"
            )
    elif scheme in ("emr", "ssh"):
        raise unsupported(f"COPY from {scheme}://")
    else:
        split_uri(copy.source)


def _check_job(copy: Copy) -> None:
    if not _JOB_NAME.fullmatch(copy.job):
        raise syntax_error(f"COPY JOB name '{copy.job}' is not valid: letters, digits and underscores only")
    for name in _JOB_REFUSES:
        if name in copy.options:
            raise conflict(name, "COPY JOB")
    if copy.roles == ("default",):
        raise conflict("IAM_ROLE default", "COPY JOB")
    if not copy.source.startswith("s3://"):
        raise syntax_error("COPY JOB loads from Amazon S3 only")
