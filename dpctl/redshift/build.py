"""From a table of env.yaml to its UNLOAD and COPY, with what the command line puts over it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dpctl.errors import UsageError
from dpctl.lexer import LexicalError, tokens
from dpctl.redshift import files
from dpctl.redshift.copy import Copy
from dpctl.redshift.location import Size
from dpctl.redshift.quoting import identifiers, qualified
from dpctl.redshift.settings import export_location, role_arn, source_location
from dpctl.redshift.unload import Unload, check_columns

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.tables import Dump, Load, Table


READ_RATIO = 50
"""The percent of a DynamoDB table's read capacity that COPY takes when nobody says; it must be told one."""


def select_sql(schema: str, name: str, columns: tuple[str, ...], where: str | None = None) -> str:
    """Every column by name, so that files keep their order when the table gets another column."""
    text = f"SELECT {identifiers(columns) if columns else '*'} FROM {qualified(schema, name)}"
    return f"{text} WHERE {where}" if where else text


_QUALIFIED = re.compile(r"""("(?:[^"]|"")+"|[^".]+)\.("(?:[^"]|"")+"|[^".]+)""")
_SPAN = re.compile(r"(\d{1,6})(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True)
class Part:
    """What of a table is unloaded: some columns, the rows that fit a condition, the newest, so many.

    ``since`` is ``column=duration`` (``ordered_at=7d``); units are s, m, h, d and w.
    """

    columns: tuple[str, ...] = ()
    where: str | None = None
    since: str | None = None
    limit: int | None = None

    def check(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """The columns to select; all that are ``known`` where none was named. Raises UsageError."""
        if len(set(self.columns)) < len(self.columns):
            raise UsageError("--columns names a column twice.", why="The files would have two of one name.")
        strange = [name for name in self.columns if known and name not in known]
        if strange:
            close = difflib.get_close_matches(strange[0], known, n=1)
            raise UsageError(
                f"The table has no column {strange[0]!r}.",
                why=f"It has: {', '.join(known)}.",
                hint=f"--columns {close[0]}" if close else "",
            )
        return self.columns or known

    def check_since(self, types: Mapping[str, str]) -> None:
        """Refuse a column that has no time, where the table's columns are known. Raises UsageError."""
        name = (self.since or "").partition("=")[0].strip()
        if not self.since or not types:
            return
        times = [known for known, kind in types.items() if kind.lower().startswith(("date", "timestamp"))]
        if name not in times:
            kind = f"Its type is {types[name]}." if name in types else f"It has: {', '.join(types)}."
            what = "is no date and no timestamp" if name in types else "is not a column of the table"
            raise UsageError(
                f"--since: {name!r} {what}.",
                why=kind,
                hint=f"--since {times[0]}=7d" if times else "--where with a condition",
            )

    def condition(self, always: str | None) -> str | None:
        """The condition of env.yaml and those asked for, all of which must hold."""
        asked = {"unload.where in env.yaml": always, "--where": self.where}
        found = [check_condition(text, what) for what, text in asked.items() if text]
        found += [_newer(self.since)] if self.since else []
        return found[0] if len(found) == 1 else " AND ".join(f"({text})" for text in found) or None

    def limited(self, query: str) -> str:
        """The query with its limit: UNLOAD takes none in the outer SELECT."""
        return f"SELECT * FROM ({query} LIMIT {self.limit})" if self.limit is not None else query


_NO_CONDITION = frozenset(
    {"ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "MINUS"}
)


def check_condition(text: str, what: str) -> str:
    """The condition, which is nothing but one: what comes after it in a query would change the rows.

    Raises UsageError for a parenthesis that it did not open, and for ORDER BY, UNION and the like.
    """
    depth = 0
    try:
        found = list(tokens(text))
    except LexicalError as error:
        raise UsageError(f"{what} can't be read: {text}", why=str(error)) from error
    for before, token in zip([None, *found], found, strict=False):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        if depth < 0:
            break
        named = before is not None and before.text == "."
        if depth == 0 and token.kind == "word" and token.upper in _NO_CONDITION and not named:
            raise UsageError(
                f"{what} is a condition, and {token.upper} is no part of one.",
                hint="--query with the whole SELECT; --limit N for so many rows",
            )
    if depth:
        raise UsageError(f"The parentheses of {what} do not match: {text}")
    return text


def _newer(since: str) -> str:
    column, equals, span = since.partition("=")
    match = _SPAN.fullmatch(span.strip())
    if not equals or not match:
        raise UsageError(
            f"--since can't be {since!r}.",
            why="It takes a column and a duration: 30m, 12h, 7d, 2w.",
            hint="--since ordered_at=7d",
        )
    seconds = int(match[1]) * _SECONDS[match[2]]
    return f"{identifiers((column.strip(),))} >= DATEADD(second, -{seconds}, GETDATE())"


def unload_of(
    environment: Environment,
    *,
    name: str | None,
    query: str | None,
    to: str | None,
    run: str,
    role: str | None,
    options: Mapping[str, Any],
    part: Part | None = None,
) -> Unload:
    """The UNLOAD of a table of env.yaml, of ``schema.table``, or of a query; ``part`` is of a table only.

    Without ``to`` it goes to a place of its own in the export bucket. Options win over env.yaml; a manifest
    with counts is written unless they say no. Raises UsageError.
    """
    if query is not None and name is not None:
        raise UsageError(
            "--table and --query can't be used together.", hint="the query alone names its tables"
        )
    schema, base, table = _resolve(environment, name)
    if query is None and base is None:
        raise UsageError("There is nothing to unload.", hint="--table orders, or --query 'SELECT ...'")
    part = part or Part()
    if query is not None and part != Part():
        raise UsageError(
            "--columns, --where, --since and --limit are for --table.", hint="write them into the query"
        )
    columns = part.check(tuple(column.name for column in table.columns) if table else ())
    part.check_since({column.name: column.type for column in table.columns} if table else {})
    where = part.condition(table.unload.where if table and table.unload else None)
    prefix = table.unload.prefix if table and table.unload else f"{base or 'query'}/"
    statement = Unload(
        query=query or part.limited(select_sql(schema, str(base), columns, where)),
        to=to or export_location(environment, prefix, run).uri,
        iam_role=_role(environment, role or environment.config.iam.redshift_s3[0]),
        **_unload_options(table, options),
    )
    if table:
        kinds = {column.name: column.type for column in table.columns}
        check_columns(statement, [(name, kinds[name]) for name in columns])
    return statement


def _unload_options(table: Table | None, options: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"manifest": True, "verbose": True, "format": "parquet"}
    dump = table.unload if table else None
    if dump:
        found |= _dump_options(dump)
    found |= options
    if dump and found["format"] != dump.format:
        found = _without_foreign(found, options)
    if not found["manifest"] and "verbose" not in options:
        found["verbose"] = False  # it says how much the manifest tells
    return found | files.written_as(found)


def copy_of(
    environment: Environment,
    *,
    name: str,
    source: str | None,
    columns: tuple[str, ...],
    role: str | None,
    options: Mapping[str, Any],
) -> Copy:
    """The COPY into a table of env.yaml or into ``schema.table``.

    Without ``source`` it is the table's own: its prefix in the source bucket, or the DynamoDB table. From
    there env.yaml also gives the format; options win over it. Raises UsageError.
    """
    schema, base, table = _resolve(environment, name)
    settings: dict[str, Any] = {}
    if source is None:
        source, settings = _own_source(environment, name, table)
    elif source.startswith("s3://"):
        settings = {"format": "parquet"}
    if source.startswith("dynamodb://"):
        settings = {"read_ratio": READ_RATIO}
    settings |= options
    listed = columns or (tuple(column.name for column in table.columns) if table else ())
    if source.startswith("dynamodb://"):
        listed = columns
        _refuse_doubles(name, source, table)
    arn = _role(environment, role or environment.config.iam.redshift_commands)
    try:
        return Copy(schema, str(base), source, arn, listed, **settings)
    except UsageError as error:
        if "format" in options or "FORMAT PARQUET" not in f"{error.what}{error.why}":
            raise
        error.why = f"{error.why}\nNo --format was given, and Parquet is meant without it.".strip()
        error.hint = error.hint or "--format csv, text or json, as the files are"
        raise


def _refuse_doubles(name: str, source: str, table: Table | None) -> None:
    """COPY only adds rows: a whole table over rows with a key would double every one of them."""
    if table is not None and table.key:
        raise UsageError(
            f"COPY from {source} would double the rows of {name}.",
            why=f"The table has a key ({', '.join(table.key)}), and COPY adds rows without looking at it.",
            hint="the Glue job DynamotoRedshift, which loads the whole table by a MERGE: "
            "aws glue start-job-run --job-name DynamotoRedshift",
        )


def job_copy(environment: Environment, name: str, table: Table, job: str) -> Copy:
    """The COPY JOB of a table with ``load.source: s3``."""
    statement = copy_of(environment, name=name, source=None, columns=(), role=None, options={})
    return replace(statement, job_create=job, auto="on")


def _resolve(environment: Environment, name: str | None) -> tuple[str, str | None, Table | None]:
    """Schema, name and, if it is in env.yaml, the table's definition."""
    if name is None:
        return "public", None, None
    table = environment.config.tables.get(name)
    if table:
        return table.schema_, name, table
    schema, base = _parts(name)
    if not schema:
        from dpctl.redshift.settings import required_table

        required_table(environment, name, otherwise=f", or give its schema: public.{name}")
    known = environment.config.tables.get(base)
    return schema, base, known if known and known.schema_ == schema else None


def _parts(name: str) -> tuple[str, str]:
    """Schema and name of ``schema.name``, either of which may stand in quotation marks as in SQL."""
    if quoted := _QUALIFIED.fullmatch(name):
        schema, base = (part[1:-1].replace('""', '"') if part[0] == '"' else part for part in quoted.groups())
        return schema, base
    schema, dot, base = name.partition(".")
    return (schema, base) if dot else ("", schema)


def _role(environment: Environment, role: str) -> str:
    """A role's ARN: UNLOAD goes to S3 as the first of ``redshift_s3``, COPY as ``redshift_commands``.

    Only the latter may also scan the DynamoDB table.
    """
    if role == "default" or role.startswith("arn:"):
        return role
    iam = environment.config.iam
    known = {name: name for name in (*iam.redshift_s3, iam.redshift_commands)}
    known |= {environment.resource(name): name for name in known}
    if role in known:
        return role_arn(environment, known[role])
    close = difflib.get_close_matches(role, known, n=1)
    raise UsageError(
        f"{role!r} is not a role of Redshift in env.yaml.",
        why=f"iam names {', '.join(dict.fromkeys(known.values()))}; Redshift takes what the namespace has.",
        hint=f"--iam-role {close[0]}" if close else "--iam-role with one of these, or an ARN",
    )


def _dump_options(dump: Dump) -> dict[str, Any]:
    size = Size(Decimal(dump.max_file_size_mb)) if dump.max_file_size_mb else None
    return {
        "format": dump.format,
        "partition_by": tuple(dump.partition_by),
        "header": dump.header,
        "compression": dump.compression,
        "max_file_size": size,
    }


def _without_foreign(settings: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """With another format, env.yaml's header and compression are not meant."""
    dropped = {"header", "compression"} - set(options)
    return {key: value for key, value in settings.items() if key not in dropped}


def _own_source(environment: Environment, name: str, table: Table | None) -> tuple[str, dict[str, Any]]:
    if table is None or table.load is None:
        raise UsageError(
            f"There is nothing to copy into {name}: env.yaml says no load for it.",
            hint=f"dpctl copy --table {name} --from s3://bucket/prefix/",
        )
    if table.load.source == "dynamodb":
        return f"dynamodb://{environment.resource(environment.config.databases.dynamodb.table)}", {}
    return source_location(environment, table).uri, _load_options(table.load)


def _load_options(load: Load) -> dict[str, Any]:
    return {
        "format": load.format,
        "compression": load.compression,
        "delimiter": load.delimiter,
        "ignore_header": load.ignore_header or None,
        "null_as": load.null_as,
        "date_format": load.date_format,
        "time_format": load.time_format,
        "jsonpaths": load.jsonpaths,
    }
