"""The rules of the tables: columns, loads, dumps and schedules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from dpctl.config.rules import Breach, rule
from dpctl.config.tables import DumpSchedule, Load, Table
from dpctl.config.types import closest

ENCODINGS = (
    *("az64", "bytedict", "delta", "delta32k", "lzo", "mostly8", "mostly16", "mostly32", "raw", "runlength"),
    *("text255", "text32k", "zstd"),
)
ORDERED = ("smallint", "integer", "int", "bigint", "decimal", "numeric", "timestamp", "timestamptz")
# Columns UNLOAD can partition by (Redshift guide, UNLOAD, PARTITION BY).
PARTITION_TYPES = (
    "smallint", "integer", "int", "bigint", "decimal", "numeric", "real", "boolean",
    "char", "character", "varchar", "character varying", "date", "timestamp",
)  # fmt: skip


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = closest(name, names, 0.6)
    return f"did you mean {near!r}?" if near else f"one of: {', '.join(names)}" if names else "remove it"


@rule("tables")
def _one_dynamodb_table(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    first = ""
    for name, table in tables.items():
        if table.load is None or table.load.source != "dynamodb":
            continue
        if first:
            message = f"{first} follows the DynamoDB table already; databases.dynamodb has one table"
            hint = "source: s3, or another environment for the second table"
            yield Breach(("tables", name, "load", "source"), "two-dynamodb-tables", message, hint)
        first = first or name


@rule("tables")
def _shapes(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    """Limits of Redshift (Database Developer Guide, "CREATE TABLE", and quotas)."""
    for name, table in tables.items():
        path = ("tables", name)
        if len(table.columns) > 1600:
            message = f"{len(table.columns):,} columns: Redshift takes 1,600"
            yield Breach(
                (*path, "columns"), "too-many-columns", message, "a column of type super for the rest"
            )
        for index, column in enumerate(table.columns):
            if column.encode and column.encode not in ENCODINGS:
                here = (*path, "columns", index, "encode")
                message = f"{column.encode!r} is not an encoding of Redshift"
                yield Breach(here, "invalid-value", message, _did_you_mean(column.encode, ENCODINGS))
        types = {column.name: column.type.split("(")[0].lower() for column in table.columns}
        if table.version and types.get(table.version, "bigint") not in ORDERED:
            message = f"a version is compared: {types[table.version]} has no order that says which is later"
            yield Breach(
                (*path, "version"), "invalid-version", message, "a column of type bigint or timestamp"
            )
        for key in ("key", "sort_key"):
            used = Counter(getattr(table, key))
            if twice := [column for column, count in used.items() if count > 1]:
                message = f"{twice[0]!r} stands here twice"
                yield Breach((*path, key), "repeated-name", message, f"{key}: [{', '.join(used)}]")


@rule("tables")
def _dump_prefixes(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    seen: dict[str, str] = {}
    for name, table in tables.items():
        if not table.unload:
            continue
        prefix = table.unload.prefix
        for other, other_prefix in seen.items():
            if prefix.startswith(other_prefix) or other_prefix.startswith(prefix):
                message = f"{prefix} and {other}'s {other_prefix} mix their dumps"
                path = ("tables", name, "unload", "prefix")
                yield Breach(path, "overlapping-prefixes", message, f"a prefix of its own: {name}/")
        seen[name] = prefix


@rule("schedules")
def _table_in_one_schedule(_env: str, schedules: list[DumpSchedule]) -> Iterator[Breach]:
    seen: dict[str, str] = {}
    for index, schedule in enumerate(schedules):
        for position, table in enumerate(schedule.tables):
            path = ("schedules", index, "tables", position)
            if table in seen:
                twice = "twice in it" if seen[table] == schedule.name else f"in {seen[table]} already"
                message = f"{table} is {twice}: two dumps would share one prefix"
                yield Breach(path, "repeated-name", message, f"{schedule.name} without {table}")
            seen.setdefault(table, schedule.name)


@rule("tables")
def _table_columns(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        path = ("tables", name)
        counts = Counter(column.name for column in table.columns)
        before: set[str] = set()
        for index, column in enumerate(table.columns):
            if column.name in before:
                here = (*path, "columns", index, "name")
                message = f"the column {column.name!r} stands here twice"
                yield Breach(here, "repeated-name", message, "another name, or one of them less")
            before.add(column.name)
        for key, used in _columns_used(table):
            for column_name in used:
                if column_name not in counts:
                    yield Breach(
                        (*path, *key),
                        "unknown-column",
                        f"{column_name!r} is not a column of {name}; known: {', '.join(counts)}",
                        _did_you_mean(column_name, counts),
                    )


def _columns_used(table: Table) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    yield ("key",), table.key
    yield ("sort_key",), table.sort_key
    yield ("version",), [table.version] if table.version else []
    yield ("distribution_key",), [table.distribution_key] if table.distribution_key else []
    if table.load and table.load.watermark:
        yield ("load", "watermark"), [table.load.watermark]
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
                    path,
                    "invalid-partition",
                    f"UNLOAD can't partition by a column of type {types[column]}",
                    "a column of type date, varchar or a number",
                )
        if set(table.unload.partition_by) >= set(types):
            message = "UNLOAD needs one column that is not a partition"
            yield Breach(
                path, "invalid-partition", message, f"partition_by: [{table.unload.partition_by[0]}]"
            )


@rule("tables")
def _loads(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        if table.load is None:
            continue
        path = ("tables", name, "load")
        if table.load.source == "s3" and table.load.prefix is None:
            yield Breach(path, "missing-key", "a load from s3 needs a prefix", "prefix: orders/")
        follows = next(
            (other for other, found in tables.items() if found.load and found.load.source == "dynamodb"), ""
        )
        if name == follows and not (table.key and table.version):
            written = table.model_fields_set
            empty = [word for word in ("key", "version") if word in written and not getattr(table, word)]
            yield Breach(
                (*path[:-1], empty[0]) if empty else path,
                "load-without-key",
                "rows that follow DynamoDB are merged: the table needs a key and a version column",
                "key: [partkey] and version: _version",
            )
        if table.load.source == "dynamodb" and table.load.prefix is not None:
            yield Breach(
                (*path, "prefix"), "invalid-value", "a load from dynamodb has no prefix", "remove it"
            )
        yield from _text_options(
            path, table.load.format, table.load.delimiter, bool(table.load.ignore_header)
        )
        yield from _conversions(path, table.load)
        yield from _from_mysql(path, table)
    for name, table in tables.items():
        if table.unload:
            path = ("tables", name, "unload")
            yield from _text_options(path, table.unload.format, None, table.unload.header)
            if table.unload.format == "parquet" and table.unload.compression:
                yield Breach(
                    (*path, "compression"),
                    "conflicting-options",
                    "Parquet is compressed already",
                    "remove it",
                )


_MYSQL_ONLY = ("source_table", "watermark", "overlap", "partition_column", "schedule")
_WHOLE = ("smallint", "integer", "int", "bigint", "int2", "int4", "int8", "decimal", "numeric")


def _from_mysql(path: tuple[str, ...], table: Table) -> Iterator[Breach]:
    """What a load from MySQL needs, and what no other load has."""
    load = table.load
    assert load is not None
    if load.source != "mysql":
        given = [key for key in _MYSQL_ONLY if getattr(load, key) is not None]
        given += [
            key for key, usual in (("mode", "full"), ("on_error", "refuse")) if getattr(load, key) != usual
        ]
        for key in given:
            message = f"a load from {load.source} has no {key}: it is for source: mysql"
            yield Breach((*path, key), "conflicting-options", message, "remove it")
        return
    if load.prefix is not None:
        yield Breach((*path, "prefix"), "invalid-value", "a load from mysql has no prefix", "remove it")
    if load.mode == "full":
        return
    types = {column.name: column.type.split("(")[0].strip().lower() for column in table.columns}
    if load.watermark is None:
        hint = "watermark: id" if load.mode == "append" else "watermark: updated_at"
        yield Breach(path, "missing-key", f"mode: {load.mode} needs the column that tells what is new", hint)
    elif load.mode == "append" and types.get(load.watermark, "bigint") not in _WHOLE:
        message = f"mode: append grows by a whole number, and {load.watermark} is {types[load.watermark]}"
        yield Breach((*path, "watermark"), "invalid-value", message, "mode: upsert, or a column that grows")
    elif load.mode == "upsert" and types.get(load.watermark, "timestamp") in _WHOLE:
        message = f"mode: upsert goes by a time of change, and {load.watermark} is {types[load.watermark]}"
        yield Breach((*path, "watermark"), "invalid-value", message, "mode: append, or a column of a time")
    if load.mode == "upsert" and not table.key:
        message = "mode: upsert replaces rows by their key, and the table has none"
        yield Breach(path, "load-without-key", message, "key: [id]")


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
            yield Breach(
                (*path, key), "conflicting-options", f"{load.format} files take no {key}", "remove it"
            )


def _text_options(path: tuple[str, ...], form: str, delimiter: str | None, header: bool) -> Iterator[Breach]:
    if form in ("parquet", "orc", "json") and header:
        yield Breach(path, "conflicting-options", f"{form} has no header lines", "format: csv, or no header")
    if form in ("parquet", "orc", "json") and delimiter:
        yield Breach(
            (*path, "delimiter"),
            "conflicting-options",
            f"{form} has no delimiter",
            "format: csv, or no delimiter",
        )


@rule("tables")
def _prefixes(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
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
                    f"a prefix of its own: {name}/",
                )


@rule("tables", "schedules")
def _schedules(_env: str, tables: dict[str, Table], schedules: list[DumpSchedule]) -> Iterator[Breach]:
    names: set[str] = set()
    for index, schedule in enumerate(schedules):
        path = ("schedules", index)
        if schedule.name in names:
            yield Breach(
                (*path, "name"),
                "repeated-name",
                f"the schedule {schedule.name!r} stands here twice",
                f"{schedule.name}-2",
            )
        names.add(schedule.name)
        for position, table in enumerate(schedule.tables):
            here = (*path, "tables", position)
            if table not in tables:
                known = ", ".join(tables) or "none"
                message = f"there is no table {table!r}; known: {known}"
                yield Breach(here, "unknown-table", message, _did_you_mean(table, tables))
            elif tables[table].unload is None:
                message = f"the table {table!r} has no unload section"
                yield Breach(
                    here, "table-without-unload", message, f"unload: {{prefix: {table}/}} in tables.{table}"
                )
