"""UNLOAD: a query's rows to files in S3."""

# ruff: noqa: RUF009 (option() is dataclasses.field)
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from dpctl.errors import UsageError
from dpctl.redshift import conflicts
from dpctl.redshift.location import S3Location, Size, check_kms_key, check_region, check_role
from dpctl.redshift.options import check_values, clauses, given, one_ascii, option, widths
from dpctl.redshift.query import check_query
from dpctl.redshift.quoting import literal

Format = Literal["parquet", "csv", "json", "text"]
# types PARTITION BY takes (UNLOAD, Redshift Database Developer Guide, "Usage notes")
_NUMBERS = ("smallint", "integer", "int", "bigint", "decimal", "numeric", "real")
PARTITION_TYPES = frozenset(
    (*_NUMBERS, "boolean", "char", "character", "varchar", "character varying", "date", "timestamp")
)
# types UNLOAD writes to text and CSV only (UNLOAD, "Usage notes")
_TEXT_ONLY = frozenset({"varbyte", "varbinary", "binary varying", "geometry", "geography", "hllsketch"})
NOT_WRITTEN = {"parquet": _TEXT_ONLY | {"timetz", "time with time zone"}, "json": _TEXT_ONLY}
SMALLEST_FILE, LARGEST_FILE = Decimal(5), Decimal("6.2") * 1024


def _file_size(size: Size) -> None:
    if not SMALLEST_FILE <= size.megabytes <= LARGEST_FILE:
        raise ValueError("A file has between 5 MB and 6.2 GB")


def _row_group(size: Size) -> None:
    if not 32 <= size.megabytes <= 128 or size.megabytes != int(size.megabytes):
        raise ValueError("A row group has a whole number of MB from 32 to 128")


def _extension(value: str) -> None:
    if not re.fullmatch(r"[\w.-]{1,255}", value, re.ASCII):
        raise ValueError("It takes letters, digits, dot, underscore and hyphen")


@dataclass(frozen=True)
class Unload:
    """One UNLOAD. Construction checks every value and every combination; ``unload_sql`` writes it.

    ``query`` is one SELECT or WITH, ``to`` the beginning of the files' keys, ``iam_role`` an ARN, several
    joined by commas (chaining) or ``default``. Every other field is an option of the statement; without a
    value it is left out. Raises UsageError.
    """

    query: str
    to: str
    iam_role: str
    format: Format = option("FORMAT", "The files' format.", "format", default="text")
    partition_by: tuple[str, ...] = option(
        "PARTITION BY", "A column whose values become folders; may be repeated.", "names", default=()
    )
    include: bool = option("INCLUDE", "Keep the partition columns in the files.")
    manifest: bool = option("MANIFEST", "Write a list of the files.")
    verbose: bool = option("VERBOSE", "Put columns and counts into the manifest.")
    header: bool = option("HEADER", "Begin each file with the columns' names.")
    delimiter: str | None = option(
        "DELIMITER", "The character between columns.", "as literal", check=one_ascii
    )
    fixed_width: str | None = option(
        "FIXEDWIDTH", "Columns of fixed width, label:width,label:width.", "as literal", check=widths
    )
    encrypted: bool = option("ENCRYPTED", "Encrypt with the KMS key of --kms-key-id.")
    encrypted_auto: bool = option("ENCRYPTED AUTO", "Encrypt with the bucket's default KMS key.")
    kms_key_id: str | None = option("KMS_KEY_ID", "The KMS key's id or ARN.", "literal", check=check_kms_key)
    compression: Literal["gzip", "bzip2", "zstd"] | None = option("", "Compress text, CSV or JSON.", "choice")
    add_quotes: bool = option("ADDQUOTES", "Put quotation marks around each field.")
    null_as: str | None = option("NULL", "What stands for NULL in the files.", "as literal")
    escape: bool = option("ESCAPE", "Escape delimiters, line ends and backslashes with a backslash.")
    allow_overwrite: bool = option("ALLOWOVERWRITE", "Overwrite files that are there.")
    cleanpath: bool = option("CLEANPATH", "Delete the files that are there first. For good.")
    parallel: Literal["on", "off"] | None = option(
        "PARALLEL", "off: write the files one after the other, in the query's order.", "word"
    )
    max_file_size: Size | None = option(
        "MAXFILESIZE", "The largest file, as 256MB or 1.5GB.", "as number", check=_file_size
    )
    row_group_size: Size | None = option(
        "ROWGROUPSIZE", "Parquet's row groups, 32MB to 128MB.", "as number", check=_row_group
    )
    region: str | None = option(
        "REGION", "The bucket's Region, when it is another one.", "as literal", check=check_region
    )
    extension: str | None = option(
        "EXTENSION", "What the files' names end with.", "literal", check=_extension
    )

    def __post_init__(self) -> None:
        check_role(self.iam_role)
        S3Location.parse(self.to)
        check_query(self.query)
        check_values(self)
        conflicts.check("UNLOAD", given(self), conflicts.UNLOAD)
        if len(set(self.partition_by)) != len(self.partition_by):
            raise UsageError("PARTITION BY (--partition-by) names a column twice.")

    @property
    def location(self) -> S3Location:
        """Where the files begin, with the slash that PARTITION BY adds."""
        place = S3Location.parse(self.to)
        if self.partition_by and place.key and not place.key.endswith("/"):
            return S3Location(place.bucket, place.key + "/")
        return place

    @property
    def manifest_location(self) -> S3Location:
        """Where MANIFEST puts the list."""
        place = self.location
        return S3Location(place.bucket, place.key + "manifest")


def unload_sql(statement: Unload) -> str:
    """The statement's text, without a semicolon."""
    lines = [
        f"UNLOAD ({literal(check_query(statement.query))})",
        f"TO {literal(statement.to)}",
        _authorization(statement.iam_role),
    ]
    if statement.format != "text":
        lines.append(f"FORMAT AS {statement.format.upper()}")
    return "\n".join(lines + clauses(statement))


def _authorization(role: str) -> str:
    return "IAM_ROLE default" if role == "default" else f"IAM_ROLE {literal(role)}"


def check_columns(statement: Unload, columns: Iterable[tuple[str, str]]) -> None:
    """Check format and PARTITION BY against the columns, pairs of name and type. Raises UsageError."""
    types = dict(columns)
    written = {"parquet": "Parquet", "json": "JSON"}.get(statement.format, "")
    for name, kind in types.items():
        if kind.lower().partition("(")[0].strip() in NOT_WRITTEN.get(statement.format, ()):
            raise UsageError(
                f"FORMAT {written.upper()} (--format {statement.format}) can't hold the column {name!r}.",
                why=f"Its type is {kind}, which UNLOAD does not write to {written}.",
                hint="--format csv, or --query with a cast",
            )
    for name in statement.partition_by:
        if name not in types:
            raise UsageError(
                f"PARTITION BY (--partition-by) names {name!r}, which is not in the result.",
                why=f"The result has: {', '.join(types)}.",
            )
        kind = types[name].lower().partition("(")[0].strip()
        if kind not in PARTITION_TYPES:
            raise UsageError(
                f"PARTITION BY (--partition-by) can't take {name!r}.", why=f"Its type is {kind}."
            )
    if not statement.include and set(statement.partition_by) >= set(types):
        raise UsageError(
            "PARTITION BY (--partition-by) takes every column, and none is left for the files.",
            hint="add --include, or leave a column out",
        )


def check_safety(statement: Unload, watched: Iterable[S3Location]) -> None:
    """Refuse what would delete or load again what is not this statement's. Raises UsageError.

    ``watched`` are the prefixes that auto-copy jobs load from.
    """
    place = statement.location
    if statement.cleanpath and not place.key.strip("/"):
        raise UsageError(
            f"CLEANPATH (--cleanpath) would delete everything in the bucket {place.bucket}.",
            why="The location is the bucket's root.",
            hint="--to with a prefix of its own",
        )
    for prefix in watched:
        if place.within(prefix):
            raise UsageError(
                f"UNLOAD to {place.uri} would be loaded again at once.",
                why=f"{prefix.uri} is watched by auto-copy.",
                hint="--to with a prefix outside of it",
            )
        if prefix.within(place) and (statement.cleanpath or statement.partition_by):
            doing = (
                "CLEANPATH (--cleanpath) would delete"
                if statement.cleanpath
                else "PARTITION BY may write into"
            )
            raise UsageError(
                f"{doing} {prefix.uri}.",
                why=f"That prefix is watched by auto-copy, and lies below {place.uri}.",
                hint="--to with a prefix outside of it",
            )


def warnings(statement: Unload) -> list[str]:
    """What is allowed and still surprises."""
    found = []
    if statement.row_group_size:
        found.append("ROWGROUPSIZE is documented for provisioned nodes; Serverless may ignore it.")
    if statement.location.key.rpartition("/")[2].startswith(("_", ".")):
        found.append("Files whose names begin with _ or . are invisible to Redshift Spectrum and Athena.")
    if statement.fixed_width:
        found.append("In fixed widths NULL, '' and blanks at the end of a value look the same.")
    if statement.format == "text" and statement.escape and not _told(statement.extension):
        found.append("Nothing in the files' names will say that they are escaped: load them with --escape.")
    return found


def _told(extension: str | None) -> bool:
    """Whether ``copy`` sees by the files' names that they are escaped text."""
    from dpctl.redshift.files import told_by_name

    return "escape" in told_by_name(f"x.{extension or ''}")
