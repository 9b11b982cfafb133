"""What env.yaml says of Redshift's tables: columns, where rows come from, and where they are dumped."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dpctl.config.model import Model
from dpctl.config.schedules import Schedule, Timezone
from dpctl.config.types import ColumnType, Identifier, Prefix


class Column(Model):
    """A column of a Redshift table."""

    name: Identifier
    type: ColumnType
    nullable: bool = True
    encode: Annotated[str, Field(pattern=r"^[a-z0-9]+$")] | None = None


# In the order of the options of unload and copy: typing takes equal choices in two orders for one type, and
# the help would show whichever was made first.
FileFormat = Literal["parquet", "csv", "json", "text"]


class Load(Model):
    """Where rows come from: ``dynamodb`` by the event chain, ``s3`` by COPY from ``prefix``, MySQL by a job.

    ``prefix`` is in the source bucket; with ``mode: auto_copy`` it is watched. ``null_as`` is the text that
    stands for NULL, ``date_format`` and ``time_format`` are COPY's (``auto`` takes most), ``jsonpaths`` is
    the S3 URI of a JSONPaths file, or ``auto ignorecase`` or ``noshred``.

    For ``mysql``: ``mode`` full replaces the table by the source, append adds rows whose ``watermark`` (a
    growing integer) is new, upsert replaces rows whose ``watermark`` (a time of change) is new. Of what was
    read already, ``overlap`` keys (append, by default 1000) or seconds (upsert, 300) are read again.
    ``source_table`` is MySQL's name for the table, where it is another one, ``partition_column`` what
    parallel reads share out by (by default an integer primary key). ``on_error: reject`` sets rows aside
    that do not fit, instead of refusing the load. See docs/mysql.md.
    """

    source: Literal["dynamodb", "s3", "mysql"]
    mode: Literal["full", "append", "upsert"] = "full"
    source_table: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    watermark: Identifier | None = None
    overlap: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    partition_column: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    on_error: Literal["refuse", "reject"] = "refuse"
    schedule: Schedule | None = None
    prefix: Prefix | None = None
    format: Literal["parquet", "orc", "csv", "json", "text"] = "parquet"
    ignore_header: Annotated[int, Field(ge=0)] = 0
    delimiter: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    compression: Literal["gzip", "bzip2", "lzop", "zstd"] | None = None
    null_as: str | None = None
    date_format: Annotated[str, Field(min_length=1)] | None = None
    time_format: Annotated[str, Field(min_length=1)] | None = None
    jsonpaths: Annotated[str, Field(pattern=r"^(s3://.+|auto|auto ignorecase|noshred)$")] | None = None


class Dump(Model):
    """What UNLOAD writes; ``prefix`` is in the export bucket, and every run gets a folder of its own."""

    prefix: Prefix
    format: FileFormat = "parquet"
    partition_by: list[Identifier] = []
    max_file_size_mb: Annotated[int, Field(ge=5, le=6348)] | None = None
    header: bool = False
    compression: Literal["gzip", "bzip2", "zstd"] | None = None
    where: Annotated[str, Field(min_length=1)] | None = None


class Table(Model):
    """A Redshift table: ``key`` is what a row is known by, ``version`` guards against late writes."""

    schema_: Identifier = Field(default="public", alias="schema")
    columns: Annotated[list[Column], Field(min_length=1)]
    key: list[Identifier] = []
    version: Identifier | None = None
    distribution_key: Identifier | None = None
    sort_key: list[Identifier] = []
    load: Load | None = None
    unload: Dump | None = None


class DumpSchedule(Model):
    """When tables are dumped, and by what (``data_api``: the scheduler calls Redshift itself)."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    tables: Annotated[list[Identifier], Field(min_length=1)]
    cron: Schedule
    timezone: Timezone = "Asia/Kolkata"
    method: Literal["lambda", "glue", "data_api"] = "lambda"
    flexible_window_minutes: Annotated[int, Field(ge=0, le=1440)] = 15
