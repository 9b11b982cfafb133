"""gluejob: loads one table from MySQL, or from files in S3, into Redshift; a Glue ETL job (Glue 5.0).

From MySQL, Spark reads the table in parallel parts with what the Glue connection and its secret say, checks
every value against the column it is meant for, and stages the rows as CSV under a prefix of the run's own.
Then one transaction copies them by a manifest to a temporary table and moves them to the target, together
with the watermark. A run that is repeated, or was killed anywhere, gives the same rows. From S3, Redshift
reads the files as they are. The arguments are described in README.md, the rules of the types in
docs/mysql.md.

Only plain Spark is used, and imported where MySQL is read: the script runs in Glue and in the sandbox.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import re
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

LOAD_LOG = "dpctl_load_log"
# Connector/J's word for rows as they come ("ResultSet", JDBC API implementation notes): a cursor would first
# write all of a part into a temporary table of the server's.
FETCH_SIZE = -(2**31)
ROW_BYTES = 4 * 1024 * 1024  # COPY's longest row (Redshift guide, "Quotas and limits")
# Only these can make a row that long: all others of a row have 65,535 bytes (MySQL, "Row size limits").
LARGE = ("text", "mediumtext", "longtext", "json", "blob", "mediumblob", "longblob")
# The manifest names what is copied, and COPY's count is compared with Spark's: so files are not moved twice
# before they are seen, and need no mark that they are complete.
WRITTEN = {
    "compression": "none",
    "mapreduce.fileoutputcommitter.algorithm.version": "2",
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}
OVERLAP = {"append": 1000, "upsert": 300}  # what is read again: keys, seconds
SHOWN = 20  # refused rows that an error names
Sleep = Callable[[float], None]
Clock = Callable[[], float]


class StatementFailed(RuntimeError):
    """Redshift refused the batch of statements; the text is Redshift's."""


class Unusable(RuntimeError):
    """The table can't be loaded as env.yaml says; the text says what to change."""


class SourceFailed(RuntimeError):
    """MySQL could not be reached or read; the text is its driver's."""


class BadValues(RuntimeError):
    """Values that do not fit their columns; the text names table, column and key of the first."""


# --- pure: quoting and the Data API are those of glue_shell/GlueTestjob.py, word for word ----------


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted string; Redshift reads a backslash as an escape, so it is doubled like the quote."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def format_clauses(load: Dict[str, Any]) -> str:
    """COPY's clauses for the files of a table, from its ``load`` in env.yaml."""
    kind = load.get("format", "parquet")
    paths = literal(load.get("jsonpaths") or "auto")
    parts = {"json": [f"FORMAT AS JSON {paths}"], "text": []}.get(kind, [f"FORMAT AS {kind.upper()}"])
    if load.get("delimiter"):
        parts.append(f"DELIMITER AS {literal(load['delimiter'])}")
    if load.get("compression"):
        parts.append(load["compression"].upper())
    if load.get("ignore_header"):
        parts.append(f"IGNOREHEADER AS {int(load['ignore_header'])}")
    words = {"date_format": "DATEFORMAT", "null_as": "NULL", "time_format": "TIMEFORMAT"}
    parts += [f"{word} AS {literal(load[key])}" for key, word in words.items() if load.get(key) is not None]
    return " ".join(parts)


def load_sql(target: Dict[str, Any], location: str, clauses: str, role: str) -> List[str]:
    """The statements of one load from files, for one transaction."""
    table = f"{identifier(target['schema'])}.{identifier(target['name'])}"
    short = identifier(target["name"])
    columns = ", ".join(identifier(column["name"]) for column in target["columns"])
    key = [identifier(name) for name in target["key"]]
    same_key = " AND ".join(f"{short}.{name} = arrived.{name}" for name in key)
    copy = f"COPY arrived FROM {literal(location)} IAM_ROLE {literal(role)} {clauses}"
    return [
        f"CREATE TEMP TABLE arrived (LIKE {table} INCLUDING DEFAULTS)",
        copy.rstrip(),
        *([f"DELETE FROM {table} USING arrived WHERE {same_key}"] if key else []),
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM arrived",
    ]


# --- pure: the load from MySQL, in Redshift -----------------------------------------------------------


def log_name(target: Dict[str, Any]) -> str:
    """The load log beside a table."""
    return f"{identifier(target['schema'])}.{identifier(LOAD_LOG)}"


def log_sql(target: Dict[str, Any]) -> List[str]:
    """The load log with its column for watermarks, where either is missing; each may be refused."""
    log = log_name(target)
    columns = "batch_id varchar(64) NOT NULL, table_name varchar(127) NOT NULL, loaded_at timestamp NOT NULL"
    return [
        f"CREATE TABLE IF NOT EXISTS {log} ({columns}, watermark varchar(64))",
        f"ALTER TABLE {log} ADD COLUMN watermark varchar(64)",
    ]


def last_sql(target: Dict[str, Any]) -> str:
    """Ask for the last load of the table from MySQL: its batch and its watermark."""
    return (
        f"SELECT batch_id, watermark FROM {log_name(target)} "
        f"WHERE table_name = {literal(target['name'])} AND batch_id LIKE 'mysql-%' "
        "ORDER BY batch_id DESC LIMIT 1"
    )


def next_batch(last: Optional[str]) -> str:
    """What the batch after ``last`` begins with: a number that only one run can take."""
    number = int(last.split("-")[1]) if last else 0
    return f"mysql-{number + 1:010d}-"


class Staged(NamedTuple):
    """Rows in S3: the ``manifest`` (None for no rows), how many, and the text that stands for NULL."""

    manifest: Optional[str]
    rows: int
    null: str


def move_sql(
    target: Dict[str, Any], staged: Staged, mode: str, batch: str, watermark: Optional[str], role: str
) -> List[str]:
    """The statements of one load from MySQL, for one transaction.

    ``batch`` begins with the number that this run means to take. If another run has taken it meanwhile, the
    transaction fails (it divides by zero) and nothing changes: what was read is older than what is there.
    """
    table = f"{identifier(target['schema'])}.{identifier(target['name'])}"
    log = log_name(target)
    columns = ", ".join(identifier(column["name"]) for column in target["columns"])
    name, number = literal(target["name"]), literal(batch[: batch.index("-", 6) + 1] + "%")
    # A full load needs no second table: the rows are copied to where they stay.
    copied = table if mode == "full" else "arrived"
    first = [f"DELETE FROM {table}"]
    if mode != "full":
        first = [f"CREATE TEMP TABLE arrived (LIKE {table} INCLUDING DEFAULTS)"]
    if staged.manifest:
        first.append(
            f"COPY {copied} ({columns}) FROM {literal(staged.manifest)} IAM_ROLE {literal(role)} MANIFEST "
            f"FORMAT AS CSV NULL AS {literal(staged.null)} DATEFORMAT 'auto' TIMEFORMAT 'auto' "
            "COMPUPDATE OFF STATUPDATE OFF"
        )
    return [
        f"LOCK {log}",  # one load at a time; before anything that takes a snapshot
        _unless(f"{log} WHERE table_name = {name} AND batch_id LIKE {number}", 0),
        *first,
        _unless(copied, staged.rows),  # COPY took another number of rows than were read
        *([] if mode == "full" else _moved(target, table, columns, mode)),
        f"INSERT INTO {log} (batch_id, table_name, loaded_at, watermark) VALUES ({literal(batch)}, {name}, "
        f"GETDATE(), {literal(watermark) if watermark is not None else 'NULL'})",
    ]


def _unless(rows: str, count: int) -> str:
    """Divide by zero, and so undo everything, unless there are so many rows."""
    return f"SELECT 1 / (CASE WHEN COUNT(*) = {count} THEN 1 ELSE 0 END) FROM {rows}"


def _moved(target: Dict[str, Any], table: str, columns: str, mode: str) -> List[str]:
    """The rows to the table: instead of those of their key, or where they are not there already."""
    short = identifier(target["name"])
    if mode == "upsert":
        same = " AND ".join(f"{short}.{identifier(x)} = arrived.{identifier(x)}" for x in target["key"])
        room = f"DELETE FROM {table} USING arrived WHERE {same}"
    else:
        # By the key too: rows that share a number of the watermark may come one after the other.
        names = [identifier(x) for x in dict.fromkeys((*target["key"], target["load"]["watermark"]))]
        same = " AND ".join(f"arrived.{x} = {short}.{x}" for x in names)
        room = f"DELETE FROM arrived USING {table} WHERE {same}"
    return [room, f"INSERT INTO {table} ({columns}) SELECT {columns} FROM arrived"]


# --- pure: MySQL's columns, and what fits into Redshift's (docs/mysql.md) -------------------------------

KINDS = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), "int"),
    **dict.fromkeys(("decimal", "numeric"), "decimal"),
    **dict.fromkeys(("float", "double"), "float"),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), "text"),
    **dict.fromkeys(("inet4", "inet6", "uuid"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), "binary"),
    **{kind: kind for kind in ("bit", "date", "datetime", "timestamp", "time", "json")},
}
NUMBERS = ("int", "bit", "decimal", "float", "text")
WORDS = ("int", "bit", "decimal", "float", "date", "datetime", "timestamp", "time", "text", "json")
SAME = {
    "int": "integer", "int2": "smallint", "int4": "integer", "int8": "bigint", "decimal": "numeric",
    "float": "double precision", "float8": "double precision", "float4": "real", "bool": "boolean",
    "character varying": "varchar", "nvarchar": "varchar", "text": "varchar", "character": "char",
    "nchar": "char", "bpchar": "char", "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz", "time without time zone": "time", "varbinary": "varbyte",
    "binary varying": "varbyte",
}  # fmt: skip
# Which kinds of MySQL's may go to a type of Redshift's; each value is looked at besides.
TAKES = {
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), NUMBERS),
    "boolean": ("int", "bit"),
    "date": ("date", "datetime", "text"),
    "timestamp": ("date", "datetime", "timestamp", "text"),
    "timestamptz": ("timestamp",),
    "time": ("time", "text"),
    **dict.fromkeys(("char", "varchar"), WORDS),
    "super": ("json", "text"),
    "varbyte": ("binary",),
}
LENGTHS = {"char": 1, "varchar": 256, "varbyte": 64_000}
RANGES = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
TIMES = ("date", "datetime", "timestamp")  # kinds that tell when a row was changed
DRIVER_ERROR = re.compile(r"\b(?:com\.mysql|java\.sql)\.[\w.$]+: (.+)")
DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"


class Type(NamedTuple):
    """A type of Redshift's: its base in one spelling, and the numbers in its brackets."""

    base: str
    sizes: Tuple[int, ...]


def parse_type(text: str) -> Type:
    """Read a column's type of env.yaml."""
    match = re.fullmatch(r"\s*([a-z][a-z0-9 ]*?)\s*(?:\(([0-9, ]+)\))?\s*", text.lower())
    if not match:
        raise Unusable(f"{text!r} is not a type that is loaded")
    sizes = tuple(int(part) for part in (match[2] or "").split(",") if part.strip())
    if match[1] == "float" and sizes:
        return Type("real" if sizes[0] <= 24 else "double precision", ())
    base = SAME.get(match[1], match[1])
    if base == "numeric":
        return Type(base, (*sizes, *(18, 0)[len(sizes) :]))
    if base in LENGTHS:
        return Type(base, sizes or (256 if match[1] in ("text", "bpchar") else LENGTHS[base],))
    return Type(base, ())


class Source(NamedTuple):
    """A column of MySQL's: its name, type (``bigint``) and full type (``bigint(20) unsigned``).

    ``primary`` is true for the columns of the primary key.
    """

    name: str
    type: str
    full: str
    primary: bool = False


class Pair(NamedTuple):
    """A column of the target with the one of MySQL's that fills it."""

    name: str
    target: Type
    nullable: bool
    source: Source
    kind: str


def plain(name: str) -> str:
    """A name as env.yaml has it: small letters, ``_`` for what is none and no digit, and before a digit."""
    return re.sub(r"[^a-z0-9_]|^(?=[0-9])", "_", name.lower())


def pair(table: Dict[str, Any], sources: Sequence[Source]) -> List[Pair]:
    """Each column of the target with its source. Raises Unusable, naming every column that has none."""
    named: Dict[str, List[Source]] = {}
    for source in sources:
        named.setdefault(plain(source.name), []).append(source)
    pairs, wrong = [], []
    for column in table["columns"]:
        found = named.get(plain(column["name"]), [])
        exact = [source for source in found if source.name == column["name"]]
        chosen = exact or found
        if len(chosen) != 1:
            names = ", ".join(repr(source.name) for source in found)
            reason = f"is {names}: which one?" if found else "is not a column of the source"
            wrong.append(f"{column['name']} {reason}")
            continue
        target, source = parse_type(column["type"]), chosen[0]
        kind = KINDS.get(source.type, "")
        if kind not in TAKES.get(target.base, ()):
            wrong.append(f"{column['name']}: MySQL's {source.full} does not go into {column['type']}")
        pairs.append(Pair(column["name"], target, column.get("nullable", True), source, kind))
    if wrong:
        raise Unusable(f"{table['name']}: " + "; ".join(wrong))
    return pairs


def quoted(name: str) -> str:
    """A name of MySQL's, quoted; for its texts `literal` is right too."""
    return "`" + name.replace("`", "``") + "`"


def transport(source: Source, kind: str) -> str:
    """The expression by which MySQL hands over a column as text, losing nothing.

    Binary numbers stay numbers: as text MySQL shows six digits of a FLOAT, and cuts a DOUBLE after 22
    characters, in the middle of its exponent. Bits are a number, bytes are digits. What JDBC calls CHAR
    (ENUM and SET too) is handed over as VARCHAR: Spark would fill it up with spaces.
    """
    name = quoted(source.name)
    if kind == "binary":
        return f"HEX({name})"
    if kind == "text":
        varying = source.type.endswith(("text", "varchar"))
        return name if varying else f"CAST({name} AS CHAR CHARACTER SET utf8mb4)"
    if kind == "float":
        return f"{name} + 0e0"
    return f"CAST({name} + 0 AS CHAR)" if kind == "bit" else f"CAST({name} AS CHAR)"


def arrived(i: int, kind: str) -> str:
    """The text of column ``i`` as it came, as an expression of Spark's: Java writes 1.0E7 for ten million."""
    if kind != "float":
        return f"c{i}"
    plain_text = f"CAST(CAST(c{i} AS DECIMAL(38, 17)) AS STRING)"
    short = f"regexp_replace(regexp_replace({plain_text}, '0+$', ''), '[.]$', '')"
    return f"IF(abs(c{i}) >= 1E7D AND abs(c{i}) < 1E17D, {short}, CAST(c{i} AS STRING)) AS c{i}"


DIGITS = {"tinyint": 3, "smallint": 5, "mediumint": 8, "int": 10, "bigint": 19, "year": 4}


def holds(column: Pair) -> bool:
    """Whether the target has room for all that MySQL's type can hold: then no value is looked at."""
    base, sizes = column.target
    full, limit = column.source.full.lower(), RANGES.get(base, 0)
    if column.kind == "int":
        signed = "unsigned" not in full and "zerofill" not in full
        digits = DIGITS[column.source.type] + (not signed)
        if base == "numeric":
            return sizes[0] - sizes[1] >= digits
        most = {"tinyint": 2**7, "smallint": 2**15, "mediumint": 2**23, "int": 2**31, "bigint": 2**63}
        return most.get(column.source.type, 10**4) * (1 if signed else 2) <= limit
    found = re.fullmatch(r"(?:decimal|numeric)\(([0-9]+),([0-9]+)\).*", full)
    if column.kind == "decimal" and base == "numeric" and found:
        digits, scale = int(found[1]), int(found[2])
        return sizes[0] - sizes[1] >= digits - scale and sizes[1] >= scale
    return False


def fits(column: Pair, value: str) -> str:
    """Whether a text fits the column, as an expression of Spark's that is NULL or false where it does not."""
    base, sizes = column.target
    if holds(column):
        return "true"
    if base in RANGES:
        limit = RANGES[base]
        whole = f"{value} RLIKE '^-?[0-9]{{1,25}}([.]0*)?$'"
        return f"{whole} AND CAST({value} AS DECIMAL(38, 0)) BETWEEN {-limit} AND {limit - 1}"
    if base == "numeric":
        return f"{value} RLIKE '^-?0*[0-9]{{0,{sizes[0] - sizes[1]}}}([.][0-9]{{0,{sizes[1]}}}0*)?$'"
    if base in ("real", "double precision"):
        return _floats(column, value)
    if base == "boolean":
        return f"{value} IN ('0', '1')"
    if base == "date":
        there = f"{value} >= '0001' AND CAST({value} AS DATE) IS NOT NULL"
        return there if column.kind == "date" else f"{value} RLIKE '^{DAY}( 00:00:00([.]0+)?)?$' AND {there}"
    if base in ("timestamp", "timestamptz"):
        # MySQL's own times of day are times: only its day may be in no calendar.
        there = f"{value} >= '0001' AND CAST({value} AS DATE) IS NOT NULL"
        return there if column.kind != "text" else f"{value} RLIKE '^{DAY}( {CLOCK})?$' AND {there}"
    if base == "time":
        return f"{value} RLIKE '^{CLOCK}$'"
    if base == "varbyte":
        # COPY reads an empty field as NULL for all types but texts (Redshift guide, EMPTYASNULL).
        return f"length({value}) BETWEEN 1 AND {2 * sizes[0]}"
    if base == "super":
        return f"instr({value}, chr(0)) = 0"
    bytes_fit = f"octet_length({value}) <= {sizes[0]} AND instr({value}, chr(0)) = 0"
    return bytes_fit if base == "varchar" else f"{bytes_fit} AND octet_length({value}) = length({value})"


def _floats(column: Pair, value: str) -> str:
    """A binary number holds another one exactly, or as many decimal digits as come back from it."""
    narrow = column.target.base == "real"
    if column.kind == "float":
        wide = f"CAST({value} AS DOUBLE)"
        return f"CAST(CAST({value} AS FLOAT) AS DOUBLE) = {wide}" if narrow else f"{wide} IS NOT NULL"
    number = f"{value} RLIKE '^-?[0-9]*([.][0-9]*)?$' AND length({value}) > 0"
    digits = f"regexp_replace(regexp_replace({value}, '^-?0*([.]0*)?', ''), '[.]|0+$', '')"
    limit = f"abs(CAST({value} AS DOUBLE)) < {'1E38' if narrow else '1E308'}"
    return f"{number} AND length({digits}) <= {6 if narrow else 15} AND {limit}"


def written(column: Pair, value: str) -> str:
    """The text of a value in the staged CSV, as an expression of Spark's."""
    if column.target.base in ("char", "varchar", "super"):
        return f"""concat('"', replace({value}, '"', '""'), '"')"""
    if column.target.base in RANGES and column.kind in ("decimal", "float", "text"):
        return f"regexp_replace({value}, '[.]0*$', '')"
    if column.target.base == "date":
        return f"substr({value}, 1, 10)"
    return f"concat({value}, '+00')" if column.target.base == "timestamptz" else value


def is_whole(source: Source) -> bool:
    """Whether a column of MySQL's holds whole numbers only."""
    return KINDS.get(source.type) == "int" or bool(
        re.fullmatch(r"decimal\([0-9]+,0\).*", source.full.lower())
    )


def partition_column(load: Dict[str, Any], columns: Sequence[Source]) -> Optional[str]:
    """What a parallel read is shared out by: the column given, or a primary key that is one integer.

    Raises Unusable where the column given is not there, or holds no whole numbers.
    """
    given = load.get("partition_column")
    if not given:
        key = [column for column in columns if column.primary]
        return key[0].name if len(key) == 1 and KINDS.get(key[0].type) == "int" else None
    found = [column for column in columns if column.name.lower() == given.lower()]
    if not found or not is_whole(found[0]):
        why = f"is MySQL's {found[0].full}, and no whole number" if found else "is not a column of the source"
        raise Unusable(f"partition_column {given} {why}: name another one, or none")
    return found[0].name


def watermark_column(load: Dict[str, Any], pairs: Sequence[Pair]) -> Optional[Source]:
    """MySQL's column of the watermark. Raises Unusable where it can't tell the mode what is new."""
    if not load.get("watermark"):
        return None
    found = next(each for each in pairs if each.name == load["watermark"])
    grows = {"append": is_whole(found.source), "upsert": found.kind in TIMES}
    if not grows.get(load["mode"], True):
        wanted = "a whole number that grows" if load["mode"] == "append" else "a time of change"
        raise Unusable(
            f"mode {load['mode']} goes by {wanted}, and {found.name} is MySQL's {found.source.full}"
        )
    return found.source


def largest(source: Source) -> str:
    """The watermark to keep, as an expression of MySQL's.

    A time in the future would hide all changes until then: rows that bear one are read each time.
    """
    most = f"MAX({quoted(source.name)})"
    times = KINDS.get(source.type) in TIMES
    return f"LEAST({most}, UTC_TIMESTAMP(6))" if times else most


def ranges(column: str, low: Optional[int], high: Optional[int], parts: int) -> List[str]:
    """Conditions that share the rows out, each to one part: the first and the last have one bound only."""
    if low is None or high is None or parts < 2 or high - low < parts:
        return ["1 = 1"]
    cuts = sorted({low + (high - low) * number // parts for number in range(1, parts)})
    bounds = [(None, cuts[0]), *itertools.pairwise(cuts), (cuts[-1], None)]
    texts = []
    for first, after in bounds:
        conditions = [f"{column} >= {first}"] if first is not None else []
        conditions += [f"{column} < {after}"] if after is not None else []
        text = " AND ".join(conditions)
        texts.append(f"({text} OR {column} IS NULL)" if first is None else text)
    return texts


def condition(load: Dict[str, Any], mode: str, last: Optional[str]) -> str:
    """Which rows of the source are read: all, or those since the watermark, less the overlap."""
    if mode == "full" or last is None or not load.get("source_watermark"):
        return "1 = 1"
    given = load.get("overlap")
    column, overlap = quoted(load["source_watermark"]), OVERLAP[mode] if given is None else int(given)
    if mode == "append":
        return f"{column} > {int(last) - overlap}"
    if last < "0001":  # no time: MySQL would compare with NULL
        return "1 = 1"
    return f"({column} >= {literal(last)} - INTERVAL {overlap} SECOND OR {column} IS NULL)"


# --- AWS --------------------------------------------------------------------------------------------


class Redshift:
    """The Data API: one batch of statements is one transaction."""

    def __init__(self, client: Any, settings: Any, sleep: Sleep = time.sleep, clock: Clock = time.time):
        self.client, self.settings, self.sleep, self.clock = client, settings, sleep, clock

    def run(self, statements: Sequence[str]) -> Dict[str, Any]:
        """Run the statements and wait for the end; returns their description. Raises StatementFailed.

        The token names this attempt: a request that the SDK repeats runs nothing twice, while doing the work
        again later does. The statements' own guards make that harmless. Old versions of boto3 know no token.
        """
        request = {
            "WorkgroupName": self.settings.workgroup,
            "Database": self.settings.database,
            "Sqls": list(statements),
            "StatementName": self.settings.statement_name,
        }
        if self.settings.secret_arn:
            request["SecretArn"] = self.settings.secret_arn
        shape = self.client.meta.service_model.operation_model("BatchExecuteStatement").input_shape
        if "ClientToken" in shape.members:
            request["ClientToken"] = uuid.uuid4().hex
        identity = self.client.batch_execute_statement(**request)["Id"]
        deadline = self.clock() + self.settings.statement_seconds
        pause = 0.2
        while True:
            answer: Dict[str, Any] = self.client.describe_statement(Id=identity)
            if answer["Status"] == "FINISHED":
                return answer
            if answer["Status"] in {"FAILED", "ABORTED"}:
                raise StatementFailed(answer.get("Error") or f"the statement {identity} was cancelled")
            if self.clock() >= deadline:
                self.client.cancel_statement(Id=identity)
                raise StatementFailed(f"the statement {identity} was cancelled at its deadline")
            self.sleep(pause)
            pause = min(pause * 1.2, 1)


def first_row(redshift: Redshift, sql: str) -> List[Any]:
    """The first row of a query, NULL as None; empty for no row. Raises StatementFailed."""
    identity = redshift.run([sql])["SubStatements"][0]["Id"]
    records = redshift.client.get_statement_result(Id=identity)["Records"]
    fields = records[0] if records else []
    return [None if field.get("isNull") else next(iter(field.values())) for field in fields]


class Folder:
    """A place in S3: the prefix of one run, or of the runs of one table."""

    def __init__(self, s3: Any, bucket: str, prefix: str) -> None:
        self.s3, self.bucket, self.prefix = s3, bucket, prefix

    @property
    def uri(self) -> str:
        """Its address, with a slash at the end."""
        return f"s3://{self.bucket}/{self.prefix}"

    def objects(self, below: str = "") -> List[Dict[str, Any]]:
        """The objects in it, as ListObjectsV2 describes them."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + below
        )
        return [item for page in pages for item in page.get("Contents", [])]

    def put(self, name: str, document: Any) -> str:
        """Write a JSON document; returns its address."""
        self.s3.put_object(Bucket=self.bucket, Key=self.prefix + name, Body=json.dumps(document).encode())
        return self.uri + name

    def remove(self) -> None:
        """Take everything in it away."""
        keys = [{"Key": item["Key"]} for item in self.objects()]
        for first in range(0, len(keys), 1000):
            self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": keys[first : first + 1000]})


class Login(NamedTuple):
    """Where MySQL is and who logs in; the password is never printed."""

    url: str
    user: str
    password: str
    tls: bool

    def __repr__(self) -> str:
        return f"Login({self.url}, {self.user})"


def login(glue: Any, secrets: Any, name: str) -> Login:
    """What a Glue connection and its secret say. Raises Unusable where something is missing."""
    connection = glue.get_connection(Name=name)["Connection"]
    said = connection.get("ConnectionProperties", {})
    url = said.get("JDBC_CONNECTION_URL", "")
    if not url and "HOST" in said:
        url = f"jdbc:mysql://{said['HOST']}:{said.get('PORT', 3306)}/{said.get('DATABASE', '')}"
    if not url.startswith("jdbc:mysql://"):
        raise Unusable(f"the connection {name!r} has no JDBC URL of MySQL's")
    if said.get("CUSTOM_JDBC_CERT"):
        raise Unusable(
            f"the connection {name!r} brings a certificate (CUSTOM_JDBC_CERT), which is not used here"
        )
    secret = (connection.get("AuthenticationConfiguration") or {}).get("SecretArn") or said.get("SECRET_ID")
    user, password = said.get("USERNAME", ""), said.get("PASSWORD", "")
    if secret:
        value = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
        user, password = value.get("username", ""), value.get("password", "")
    if not user:
        raise Unusable(f"the connection {name!r} has neither a secret with a username nor one of its own")
    enforced = said.get("ENFORCE_SSL", said.get("JDBC_ENFORCE_SSL", "false"))
    return Login(url.split("?")[0], user, password, str(enforced).lower() == "true")


# --- Spark --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def of_the_driver() -> Iterator[None]:
    """An error of MySQL's driver, wherever Java had it from, as SourceFailed; others as they are."""
    try:
        yield
    except Exception as error:
        cause = getattr(error, "java_exception", None)
        while cause is not None:
            # A task's error comes to the driver as a part of Spark's text.
            found = DRIVER_ERROR.search(f"{cause.getClass().getName()}: {cause.getMessage()}")
            if found:
                raise SourceFailed(f"MySQL: {found[1].strip()}") from error
            cause = cause.getCause()
        raise


class MySql:
    """The source, read by Connector/J: the rows in Spark's parts, small questions by the driver itself."""

    def __init__(self, spark: Any, known: Login) -> None:
        self.spark, self.known = spark, known
        self.properties = {
            "user": known.user,
            "password": known.password,
            "sslMode": "REQUIRED" if known.tls else "PREFERRED",
            "sessionVariables": "time_zone='+00:00'",
            "tinyInt1isBit": "false",
            "connectTimeout": "30000",
            "tcpKeepAlive": "true",
            # JDBC's {fn ...}: the driver would look for it in quoted names too.
            "enableEscapeProcessing": "false",
            "processEscapeCodesForPrepStmts": "false",
        }

    def frame(self, query: str, parts: List[str]) -> Any:
        """A query's rows, each of ``parts`` (conditions) read over a connection of its own."""
        reading = {"driver": "com.mysql.cj.jdbc.Driver", "fetchsize": str(FETCH_SIZE)}
        properties = {**self.properties, **reading}
        return self.spark.read.jdbc(
            self.known.url, f"({query}) AS s", predicates=parts, properties=properties
        )

    def rows(self, query: str) -> List[Dict[str, Optional[str]]]:
        """A small query's rows, as texts. A job of Spark's takes seconds to be planned and compiled."""
        java = self.spark.sparkContext._jvm
        properties = java.java.util.Properties()
        for name, value in self.properties.items():
            properties.setProperty(name, value)
        with of_the_driver():
            connection = java.com.mysql.cj.jdbc.Driver().connect(self.known.url, properties)
            return self._asked(connection, query)

    def _asked(self, connection: Any, query: str) -> List[Dict[str, Optional[str]]]:
        try:
            answer = connection.createStatement().executeQuery(query)
            about = answer.getMetaData()
            names = [about.getColumnLabel(number + 1) for number in range(about.getColumnCount())]
            found = []
            while answer.next():
                found.append({name: answer.getString(name) for name in names})
            return found
        finally:
            connection.close()

    def columns(self, table: str) -> List[Source]:
        """The table's columns, generated and invisible ones too. Raises Unusable where it is not there."""
        found = self.rows(
            "SELECT COLUMN_NAME AS n, LOWER(DATA_TYPE) AS t, CAST(COLUMN_TYPE AS CHAR) AS f, "
            "CAST(COLUMN_KEY AS CHAR) AS k FROM "
            f"information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {literal(table)} "
            "ORDER BY ORDINAL_POSITION LIMIT 10000"
        )
        if not found:
            raise Unusable(f"MySQL has no table {table!r} that {self.known.user} may see")
        return [Source(row["n"], row["t"], row["f"], row["k"] == "PRI") for row in found]


def session() -> Any:
    """Spark, with the settings that the rules of the types rest on."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.ansi.enabled", "false")
    spark.conf.set("spark.sql.maxConcurrentOutputFileWriters", "4")
    return spark


class Read(NamedTuple):
    """What was read: rows that fit and rows that do not, and the watermark the source had before."""

    rows: int
    refused: int
    null: str
    watermark: Optional[str]


def read_mysql(
    spark: Any, table: Dict[str, Any], known: Login, folder: Folder, last: Optional[str], mode: str
) -> Read:
    """Read the table, and stage rows that fit as CSV in ``rows``, and the others as JSON in ``refused``."""
    from pyspark.sql import Observation
    from pyspark.sql import functions as spark_functions

    source = MySql(spark, known)
    load, name = dict(table["load"]), table["load"].get("source_table") or table["name"]
    columns = source.columns(name)
    pairs = pair(table, columns)
    mark = watermark_column(load, pairs)
    load["source_watermark"] = mark.name if mark else None
    split = partition_column(load, columns)
    unused = sorted({each.name for each in columns} - {each.source.name for each in pairs})
    if unused:
        print(f"columns of {name} that are not in env.yaml, and are left out: {', '.join(unused)}")
    where = condition(load, mode, last)
    low, high, watermark = _bounds(source, name, split, largest(mark) if mark else None, where)
    parts = ranges("p", low, high, max(2, 2 * spark.sparkContext.defaultParallelism))
    if not split:
        print(f"{name} has no integer primary key and no partition_column: it is read in one part")
    print(
        f"reading {name}: {mode}, {len(parts)} parts by {split or 'nothing'}, watermark {last} to {watermark}"
    )
    null = f"~{uuid.uuid4().hex[:12]}~"
    with of_the_driver():
        asked = source.frame(query(name, pairs, split, where), parts)
    frame = asked.selectExpr(
        *(arrived(i, each.kind) for i, each in enumerate(pairs)),
        *(f"j{i}" for i, each in enumerate(pairs) if each.target.base == "super"),
    )
    line, bad = expressions(table, pairs, null)
    seen = Observation("rows")
    count = spark_functions.expr("count(1)").alias("read")
    wrong = spark_functions.expr("count(IF(part = 'refused', 1, NULL))").alias("refused")
    staged = frame.selectExpr("*", f"{line} AS line", f"{bad} AS bad").selectExpr(
        f"IF(bad IS NULL, line, {_record(table, pairs)}) AS value",
        "IF(bad IS NULL, 'rows', 'refused') AS part",
    )
    writer = staged.observe(seen, count, wrong).write.mode("overwrite").partitionBy("part")
    for option, value in WRITTEN.items():
        writer = writer.option(option, value)
    with of_the_driver():
        writer.text(folder.uri)
    found = seen.get
    return Read(found["read"] - found["refused"], found["refused"], null, watermark or last)


def _bounds(
    source: MySql, name: str, split: Optional[str], watermark: Optional[str], where: str
) -> Tuple[Optional[int], Optional[int], Optional[str]]:
    """The ends of the partition column, and of ``watermark`` (an expression), before the rows are read."""
    if not split and not watermark:
        return None, None, None  # without an aggregate the question would have an answer per row, or none
    low = f"CAST(MIN({quoted(split)}) AS CHAR)" if split else "NULL"
    high = f"CAST(MAX({quoted(split)}) AS CHAR)" if split else "NULL"
    mark = f"CAST({watermark} AS CHAR)" if watermark else "NULL"
    row = source.rows(f"SELECT {low} AS l, {high} AS h, {mark} AS w FROM {quoted(name)} WHERE {where}")[0]
    number = [int(text) if text is not None else None for text in (row["l"], row["h"])]
    return number[0], number[1], row["w"]


def query(name: str, pairs: Sequence[Pair], split: Optional[str], where: str) -> str:
    """What MySQL is asked: each column as text (c0, c1, ...), whether JSON is valid (j2), the part (p)."""
    fields = [f"{transport(each.source, each.kind)} AS c{i}" for i, each in enumerate(pairs)]
    fields += [
        f"JSON_VALID({quoted(each.source.name)}) AS j{i}"
        for i, each in enumerate(pairs)
        if each.target.base == "super"
    ]
    fields += [f"{quoted(split)} AS p"] if split else []
    return f"SELECT {', '.join(fields)} FROM {quoted(name)} WHERE {where}"


def expressions(table: Dict[str, Any], pairs: Sequence[Pair], null: str) -> Tuple[str, str]:
    """The CSV line of a row, and why it does not fit (NULL where it does), as expressions of Spark's."""
    fields, cases = [], []
    for i, each in enumerate(pairs):
        value = f"c{i}"
        fields.append(f"IF({value} IS NULL, '{null}', {written(each, value)})")
        good = fits(each, value) + (f" AND j{i} = 1" if each.target.base == "super" else "")
        cases.append(f"WHEN {value} IS NOT NULL AND NOT coalesce({good}, false) THEN {i}")
        if not each.nullable or each.name in table["key"]:
            cases.append(f"WHEN {value} IS NULL THEN {i}")
    line = f"concat_ws(',', {', '.join(fields)})"
    if any(each.source.type.startswith(LARGE) for each in pairs):
        # Looked at last: the line of a row that does not fit is not made.
        cases.append(f"WHEN octet_length({line}) > {ROW_BYTES} THEN -1")
    return line, f"CASE {' '.join(cases)} END"


def _record(table: Dict[str, Any], pairs: Sequence[Pair]) -> str:
    """A refused row as JSON: the table, the column and its value, the key, and all of the row."""
    names = ", ".join("'" + each.name.replace("'", "\\'") + "'" for each in pairs)
    values = ", ".join(f"c{i}" for i in range(len(pairs)))
    key = [f"'{each.name}', c{i}" for i, each in enumerate(pairs) if each.name in table["key"]] or ["'', ''"]
    column = f"IF(bad < 0, '(the row)', element_at(array({names}), bad + 1))"
    value = f"IF(bad < 0, NULL, element_at(array({values}), bad + 1))"
    row = ", ".join(f"'{each.name}', c{i}" for i, each in enumerate(pairs))
    struct = (
        f"named_struct('table', '{table['name']}', 'column', {column}, 'value', {value}, "
        f"'key', named_struct({', '.join(key)}), 'row', named_struct({row}))"
    )
    return f"to_json({struct}, map('ignoreNullFields', 'false'))"


# --- the load -----------------------------------------------------------------------------------------


def refused_rows(folder: Folder, limit: int) -> List[Dict[str, Any]]:
    """The first refused rows of a run."""
    found: List[Dict[str, Any]] = []
    for item in folder.objects("part=refused/"):
        body = folder.s3.get_object(Bucket=folder.bucket, Key=item["Key"])["Body"]
        for line in body.iter_lines():
            if line:
                found.append(json.loads(line))
            if len(found) == limit:
                return found
    return found


def explain(table: Dict[str, Any], rows: Sequence[Dict[str, Any]], count: int) -> str:
    """What an error says of refused rows: table, column, key and the value, cut to 60 characters."""
    types = {column["name"]: column["type"] for column in table["columns"]}
    lines = [f"{count} rows of {table['name']} do not fit, and nothing was loaded"]
    for row in rows:
        key = ", ".join(f"{name}={value}" for name, value in row["key"].items() if name) or "(no key)"
        value = row.get("value")
        shown = "NULL" if value is None else repr(value[:60] + ("..." if len(value) > 60 else ""))
        kind = types.get(row["column"], "row that COPY takes: it has more than 4 MiB")
        lines.append(f"{table['name']}.{row['column']} of {key}: {shown} is no {kind}")
    return "; ".join(lines)


def set_aside(folder: Folder, settings: Any, run: str) -> str:
    """Keep the refused rows of a run where they outlive it; returns the address."""
    prefix = f"{settings.prefix}rejected/{settings.table}/{run}/"
    for item in folder.objects("part=refused/"):
        name = item["Key"].rsplit("/", 1)[-1].replace(".txt", ".json")
        source = {"Bucket": folder.bucket, "Key": item["Key"]}
        folder.s3.copy_object(Bucket=folder.bucket, Key=prefix + name, CopySource=source)
    return f"s3://{folder.bucket}/{prefix}"


def manifest(folder: Folder, read: Read) -> Staged:
    """The manifest of the staged rows: what it names is copied, each file as long as it says."""
    entries = [
        {
            "url": f"s3://{folder.bucket}/{item['Key']}",
            "mandatory": True,
            "meta": {"content_length": item["Size"]},
        }
        for item in folder.objects("part=rows/")
        if item["Size"]
    ]
    where = folder.put("manifest", {"entries": entries}) if entries else None
    return Staged(where, read.rows, read.null)


def load_mysql(settings: Any, clients: Any) -> Dict[str, Any]:
    """Load one table from MySQL; returns what was done.

    Raises Unusable, SourceFailed, BadValues and StatementFailed.
    """
    import pyspark.sql  # noqa: F401 - without Spark nothing is begun

    began = time.time()
    starting = ThreadPoolExecutor(1).submit(session)  # while AWS is asked
    run = f"{settings.JOB_RUN_ID or 'run'}-{uuid.uuid4().hex[:8]}"
    s3 = clients("s3")
    table = _table(settings, s3)
    runs = Folder(s3, settings.bucket, f"{settings.prefix}staging/{settings.table}/")
    runs.remove()  # what a killed run left; only one runs at a time
    redshift = Redshift(clients("redshift-data"), settings)
    last_batch, last = _last(redshift, table)
    first = last is None and table["load"].get("watermark")
    mode = "full" if settings.full or first else table["load"]["mode"]
    folder = Folder(s3, settings.bucket, f"{runs.prefix}{run}/")
    known = login(clients("glue"), clients("secretsmanager"), settings.connection)
    try:
        spark = starting.result()
        started_at = time.time()
        read = read_mysql(spark, table, known, folder, last, mode)
        staged_at = time.time()
        aside = None
        if read.refused and table["load"].get("on_error", "refuse") != "reject":
            raise BadValues(explain(table, refused_rows(folder, SHOWN), read.refused))
        if read.refused:
            aside = set_aside(folder, settings, run)
            print(f"{read.refused} rows do not fit, and are set aside in {aside}")
        batch = next_batch(last_batch) + uuid.uuid4().hex[:8]
        staged = manifest(folder, read)
        try:
            redshift.run(move_sql(table, staged, mode, batch, read.watermark, settings.copy_role_arn))
        except StatementFailed as error:
            raise StatementFailed(_why(redshift, table, last_batch, str(error))) from error
    finally:
        runs.remove()
    stages = {"start": started_at - began, "read": staged_at - started_at, "load": time.time() - staged_at}
    return {
        "table": settings.table,
        "mode": mode,
        "read": read.rows + read.refused,
        "loaded": read.rows,
        "refused": read.refused,
        "set_aside": aside,
        "watermark": read.watermark,
        "seconds": {stage: round(seconds, 1) for stage, seconds in stages.items()},
    }


def _table(settings: Any, s3: Any) -> Dict[str, Any]:
    bucket, _, key = settings.tables[5:].partition("/")
    tables = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    if settings.table not in tables:
        known = ", ".join(tables) or "none"
        raise Unusable(f"{settings.table!r} is not loaded from MySQL in env.yaml; known: {known}")
    found: Dict[str, Any] = tables[settings.table]
    return found


def _last(redshift: Redshift, table: Dict[str, Any]) -> Tuple[Optional[str], Optional[str]]:
    """The last batch of the table and its watermark."""
    try:
        row = first_row(redshift, last_sql(table))
    except StatementFailed:
        row = _made(redshift, table)
    return (row[0], row[1]) if row else (None, None)


def _made(redshift: Redshift, table: Dict[str, Any]) -> List[Any]:
    """Make the load log, or add its column for watermarks; then ask again."""
    create, alter = log_sql(table)
    for statement in (create, alter):
        try:
            redshift.run([statement])
            return first_row(redshift, last_sql(table))
        except StatementFailed as error:  # it has no such column yet, or the loader may not
            print(f"the load log: {error}")
    return first_row(redshift, last_sql(table))


def _why(redshift: Redshift, table: Dict[str, Any], last_batch: Optional[str], said: str) -> str:
    """Why a load was undone: another one was first, or what Redshift said."""
    found = first_row(redshift, last_sql(table))
    if (found[0] if found else None) != last_batch:
        return f"another run loaded the table meanwhile; this one changed nothing ({said})"
    return said


def arguments(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the job's arguments; Glue adds arguments of its own, which are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "prefix", "region", "workgroup", "database", "secret_arn", "copy_role_arn"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--source", required=True, choices=["mysql", "s3"])
    parser.add_argument("--target", type=json.loads, default={})
    for name in ("connection", "tables", "table", "location"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--full", type=lambda text: text.lower() == "true", default=False)
    parser.add_argument("--format", type=json.loads, default={})
    parser.add_argument("--JOB_RUN_ID", default="")
    parser.add_argument("--statement_seconds", type=int, default=3000)
    parser.add_argument("--statement_name", default="gluejob")
    return parser.parse_known_args(argv)[0]


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Load the table once."""
    settings = arguments(argv)

    def clients(service: str) -> Any:
        import boto3  # takes its time, and Spark is started before it is needed

        return boto3.client(service, region_name=settings.region)

    if settings.source == "s3":
        clauses = format_clauses(settings.format)
        statements = load_sql(settings.target, settings.location, clauses, settings.copy_role_arn)
        Redshift(clients("redshift-data"), settings).run(statements)
        print(f"loaded {settings.target['name']} from {settings.location}")
        return
    try:
        done = load_mysql(settings, clients)
    except (Unusable, BadValues, StatementFailed) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except SourceFailed as error:
        hint = f'dpctl doctor glue-connection --name "{settings.connection}"'
        sys.exit(f"{type(error).__name__}: {error}. Try: {hint}")
    if settings.JOB_RUN_ID:
        results = Folder(clients("s3"), settings.bucket, f"{settings.prefix}results/")
        results.put(f"{settings.JOB_RUN_ID}.json", done)
    print(json.dumps(done))


if __name__ == "__main__":
    main(sys.argv[1:])
