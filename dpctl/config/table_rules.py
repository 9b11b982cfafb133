"""The rules of the tables: columns, loads, dumps and schedules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dpctl.config.models import DumpSchedule, Load, Storage, Table
from dpctl.config.rules import Breach, rule

# Columns UNLOAD can partition by (Redshift guide, UNLOAD, PARTITION BY).
PARTITION_TYPES = (
    "smallint", "integer", "int", "bigint", "decimal", "numeric", "real", "boolean",
    "char", "character", "varchar", "character varying", "date", "timestamp",
)  # fmt: skip


@rule("tables")
def _table_columns(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        path = ("tables", name)
        counts = Counter(column.name for column in table.columns)
        for index, column in enumerate(table.columns):
            if counts[column.name] > 1:
                here = (*path, "columns", index, "name")
                yield Breach(here, "repeated-name", f"the column {column.name!r} stands here twice")
        for key, used in _columns_used(table):
            for column_name in used:
                if column_name not in counts:
                    yield Breach(
                        (*path, *key),
                        "unknown-column",
                        f"{column_name!r} is not a column of {name}; there is: {', '.join(counts)}",
                    )


def _columns_used(table: Table) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    yield ("key",), table.key
    yield ("sort_key",), table.sort_key
    yield ("version",), [table.version] if table.version else []
    yield ("distribution_key",), [table.distribution_key] if table.distribution_key else []
    if table.unload:
        yield ("unload", "partition_by"), table.unload.partition_by


@rule("tables")
def _partitions(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        if not table.unload:
            continue
        path = ("tables", name, "unload", "partition_by")
        types = {column.name: column.type.split("(")[0].lower() for column in table.columns}
        for column in table.unload.partition_by:
            if types.get(column, "date") not in PARTITION_TYPES:
                yield Breach(
                    path, "invalid-partition", f"UNLOAD can't partition by a column of type {types[column]}"
                )
        if set(table.unload.partition_by) >= set(types):
            yield Breach(path, "invalid-partition", "UNLOAD needs one column that is not a partition")


@rule("tables")
def _loads(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        if table.load is None:
            continue
        path = ("tables", name, "load")
        if table.load.source == "s3" and table.load.prefix is None:
            yield Breach(path, "missing-key", "a load from s3 needs a prefix", "prefix: orders/")
        if table.load.source == "dynamodb" and not (table.key and table.version):
            yield Breach(
                path,
                "load-without-key",
                "rows that follow DynamoDB are merged: the table needs a key and a version column",
                "key: [partkey] and version: _version",
            )
        if table.load.source == "dynamodb" and table.load.prefix is not None:
            yield Breach((*path, "prefix"), "invalid-value", "a load from dynamodb has no prefix")
        yield from _text_options(
            path, table.load.format, table.load.delimiter, bool(table.load.ignore_header)
        )
        yield from _conversions(path, table.load)
    for name, table in tables.items():
        if table.unload:
            path = ("tables", name, "unload")
            yield from _text_options(path, table.unload.format, None, table.unload.header)
            if table.unload.format == "parquet" and table.unload.compression:
                yield Breach((*path, "compression"), "conflicting-options", "Parquet is compressed already")


# what COPY takes no such option for: binary files have types and NULL, JSON has null and names
_WITHOUT = {
    "null_as": ("parquet", "orc", "json"),
    "date_format": ("parquet", "orc"),
    "time_format": ("parquet", "orc"),
    "jsonpaths": ("parquet", "orc", "csv", "text"),
}


def _conversions(path: tuple[str, ...], load: Load) -> Iterator[Breach]:
    for key, formats in _WITHOUT.items():
        if getattr(load, key) is not None and load.format in formats:
            yield Breach((*path, key), "conflicting-options", f"{load.format} files take no {key}")


def _text_options(path: tuple[str, ...], form: str, delimiter: str | None, header: bool) -> Iterator[Breach]:
    if form in ("parquet", "orc", "json") and header:
        yield Breach(path, "conflicting-options", f"{form} has no header lines")
    if form in ("parquet", "orc", "json") and delimiter:
        yield Breach((*path, "delimiter"), "conflicting-options", f"{form} has no delimiter")


@rule("storage", "tables")
def _prefixes(_env: str, storage: Storage, tables: dict[str, Table]) -> Iterator[Breach]:
    watched = {
        name: table.load.prefix
        for name, table in tables.items()
        if table.load and table.load.source == "s3" and table.load.prefix
    }
    for name, prefix in watched.items():
        for other, other_prefix in watched.items():
            if other < name and (prefix.startswith(other_prefix) or other_prefix.startswith(prefix)):
                path = ("tables", name, "load", "prefix")
                yield Breach(
                    path,
                    "overlapping-prefixes",
                    f"{prefix} and {other}'s {other_prefix} load each other's files",
                )
    for name, table in tables.items():
        if not table.unload or storage.export_bucket != storage.source_bucket:
            continue
        for other, prefix in watched.items():
            if table.unload.prefix.startswith(prefix):
                yield Breach(
                    ("tables", name, "unload", "prefix"),
                    "unload-into-watched-prefix",
                    f"{table.unload.prefix} is under {prefix}, which is loaded into {other}: "
                    "every dump would be loaded again",
                    "another prefix, or another storage.export_bucket",
                )


@rule("tables", "schedules")
def _schedules(_env: str, tables: dict[str, Table], schedules: list[DumpSchedule]) -> Iterator[Breach]:
    names = Counter(schedule.name for schedule in schedules)
    for index, schedule in enumerate(schedules):
        path = ("schedules", index)
        if names[schedule.name] > 1:
            yield Breach(
                (*path, "name"), "repeated-name", f"the schedule {schedule.name!r} stands here twice"
            )
        for position, table in enumerate(schedule.tables):
            here = (*path, "tables", position)
            if table not in tables:
                known = ", ".join(tables) or "none"
                yield Breach(here, "unknown-table", f"there is no table {table!r}; there is: {known}")
            elif tables[table].unload is None:
                yield Breach(here, "table-without-unload", f"the table {table!r} has no unload section")
