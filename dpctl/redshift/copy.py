"""COPY: files in S3, or a DynamoDB table, to a Redshift table."""

# ruff: noqa: RUF009 (option() is dataclasses.field)
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from dpctl.errors import UsageError
from dpctl.redshift import conflicts
from dpctl.redshift.location import S3Location, check_region, check_role, check_source
from dpctl.redshift.options import (
    Given,
    between,
    check_values,
    clauses,
    delimiter,
    given,
    one_ascii,
    option,
    widths,
)
from dpctl.redshift.quoting import identifiers, literal, qualified

Format = Literal["text", "csv", "parquet", "orc", "json", "avro", "shapefile"]
JOB_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}")


def _jsonpaths(value: str) -> None:
    if value not in {"auto", "auto ignorecase", "noshred"}:
        try:
            key = S3Location.parse(value).key
        except UsageError as error:
            raise ValueError(
                "It takes auto, auto ignorecase, noshred or the S3 URI of a JSONPaths file"
            ) from error
        if not key or key.endswith("/"):
            raise ValueError("A JSONPaths file is one object, not a prefix")


def _job_name(value: str) -> None:
    if not JOB_NAME.fullmatch(value):
        raise ValueError("A job's name has letters, digits and underscores, and no hyphen")


def _template(value: str) -> None:
    if not 1 <= len(value.split(".")) <= 3 or not all(value.split(".")):
        raise ValueError("It takes a template's name, with schema and database before it if need be")


def _no_line_end(value: str) -> None:
    if "\n" in value:
        raise ValueError("A line end separates rows, and can't stand for NULL")


def _tolerance(value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError("It takes a number from 0 to 1")


@dataclass(frozen=True)
class Copy:
    """One COPY. Construction checks every value and every combination; ``copy_sql`` writes it.

    ``source`` is ``s3://`` (a prefix, or a manifest with ``manifest``), ``dynamodb://`` or ``emr://``;
    ``columns`` say where the fields go when not to all columns in order; ``iam_role`` is an ARN, several
    joined by commas or ``default``. Every other field is an option of the statement. Raises UsageError.
    """

    schema: str
    table: str
    source: str
    iam_role: str
    columns: tuple[str, ...] = ()
    format: Format = option("FORMAT", "The files' format.", "format", default="text")
    quote: str | None = option("QUOTE", "CSV's quotation character.", "as literal", check=one_ascii)
    jsonpaths: str | None = option(
        "JSONPATHS",
        "How JSON or Avro names become columns: auto, 'auto ignorecase', noshred, or an S3 URI.",
        "placed",
        check=_jsonpaths,
    )
    serialize_to_json: bool = option("SERIALIZETOJSON", "Put nested Parquet or ORC columns into SUPER.")
    simplify: float | None = option(
        "SIMPLIFY", "Simplify shapes by this tolerance.", "number", check=_tolerance
    )
    simplify_auto: float | None = option(
        "SIMPLIFY AUTO", "Simplify shapes as needed, up to this tolerance.", "number", check=_tolerance
    )
    delimiter: str | None = option(
        "DELIMITER", "The character, or the characters, between columns.", "as literal", check=delimiter
    )
    fixed_width: str | None = option(
        "FIXEDWIDTH", "Columns of fixed width, label:width,label:width.", "as literal", check=widths
    )
    compression: Literal["gzip", "bzip2", "lzop", "zstd"] | None = option(
        "", "How files are packed.", "choice"
    )
    accept_any_date: bool = option("ACCEPTANYDATE", "Load dates that are none as NULL.")
    accept_inv_chars: str | None = option(
        "ACCEPTINVCHARS", "The character put in place of invalid UTF-8.", "as literal", check=one_ascii
    )
    blanks_as_null: bool = option("BLANKSASNULL", "Load blanks as NULL.")
    date_format: str | None = option("DATEFORMAT", "How dates are written, or auto.", "as literal")
    empty_as_null: bool = option("EMPTYASNULL", "Load empty fields as NULL.")
    encoding: Literal["utf8", "utf16", "utf16le", "utf16be", "iso88591"] | None = option(
        "ENCODING", "The files' encoding.", "word"
    )
    escape: bool = option("ESCAPE", "A backslash takes the next character as it is.")
    explicit_ids: bool = option("EXPLICIT_IDS", "Load IDENTITY columns from the files.")
    fill_record: bool = option("FILLRECORD", "Fill columns that are missing at the end of a row.")
    ignore_blank_lines: bool = option("IGNOREBLANKLINES", "Pass over blank lines.")
    ignore_header: int | None = option(
        "IGNOREHEADER",
        "Lines to pass over at the top of each file.",
        "as number",
        check=between(0, 2**31 - 1),
    )
    null_as: str | None = option(
        "NULL", "What stands for NULL in the files.", "as literal", check=_no_line_end
    )
    remove_quotes: bool = option("REMOVEQUOTES", "Take quotation marks off the fields.")
    roundec: bool = option("ROUNDEC", "Round numbers to the column's scale, not cut them.")
    time_format: str | None = option(
        "TIMEFORMAT", "How timestamps are written, or auto, epochsecs, epochmillisecs.", "as literal"
    )
    trim_blanks: bool = option("TRIMBLANKS", "Take blanks off the end of text.")
    truncate_columns: bool = option("TRUNCATECOLUMNS", "Cut text to the column's length.")
    comp_rows: int | None = option(
        "COMPROWS", "Rows sampled to choose encodings.", "number", check=between(1000, 2**31 - 1)
    )
    comp_update: Literal["preset", "on", "off"] | None = option("COMPUPDATE", "Choose encodings.", "word")
    stat_update: Literal["on", "off"] | None = option(
        "STATUPDATE", "Refresh statistics after the load.", "word"
    )
    max_error: int | None = option(
        "MAXERROR",
        "How many bad rows are passed over before the load fails.",
        "as number",
        check=between(0, 100_000),
    )
    ignore_all_errors: bool = option("IGNOREALLERRORS", "Pass over all bad rows.")
    noload: bool = option("NOLOAD", "Check the files and load nothing.")
    region: str | None = option(
        "REGION", "The bucket's Region, when it is another one.", "as literal", check=check_region
    )
    manifest: bool = option("MANIFEST", "The source is a list of files, as UNLOAD writes it.")
    ssh: bool = option("SSH", "The source is a list of hosts.")
    read_ratio: int | None = option(
        "READRATIO", "Percent of the DynamoDB table's read capacity.", "number", check=between(1, 200)
    )
    using_template: str | None = option(
        "USING TEMPLATE", "A template with options; those given here win.", "placed", check=_template
    )
    job_create: str | None = option(
        "JOB CREATE", "Make a job of it with this name.", "placed", check=_job_name
    )
    auto: Literal["on", "off"] | None = option("AUTO", "Whether the job loads new files by itself.", "placed")

    def __post_init__(self) -> None:
        check_role(self.iam_role)
        check_source(self.source)
        check_values(self)
        conflicts.check("COPY", self._given(), conflicts.COPY)
        if len(set(self.columns)) != len(self.columns):
            raise UsageError("The list of columns names one twice.")
        if self.manifest and not S3Location.parse(self.source).key:
            raise UsageError("MANIFEST (--manifest) needs the URI of one object (--from).")

    def _given(self) -> list[Given]:
        found = given(self)
        scheme = self.source.partition("://")[0]
        found.append(Given(f"FROM {scheme}://", f"--from {self.source}"))
        if self.iam_role == "default":
            found.append(Given("IAM_ROLE default", "--iam-role default"))
        return found


def copy_sql(statement: Copy) -> str:
    """The statement's text, without a semicolon."""
    role = statement.iam_role
    columns = f" ({identifiers(statement.columns)})" if statement.columns else ""
    lines = [
        f"COPY {qualified(statement.schema, statement.table)}{columns}",
        f"FROM {literal(statement.source)}",
        "IAM_ROLE default" if role == "default" else f"IAM_ROLE {literal(role)}",
        *_format(statement),
        *clauses(statement),
    ]
    if statement.using_template:
        lines.append(
            f"USING TEMPLATE {'.'.join(identifiers((part,)) for part in statement.using_template.split('.'))}"
        )
    if statement.job_create:
        lines.append(
            f"JOB CREATE {statement.job_create}"
            + (f" AUTO {statement.auto.upper()}" if statement.auto else "")
        )
    return "\n".join(lines)


def _format(statement: Copy) -> list[str]:
    if statement.format == "text":
        return []
    text = f"FORMAT AS {statement.format.upper()}"
    if statement.format in {"json", "avro"}:
        text += f" {literal(statement.jsonpaths or 'auto')}"
    return [text]
