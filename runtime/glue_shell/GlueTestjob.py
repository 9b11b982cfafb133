"""GlueTestjob: brings the Redshift table up to date with the DynamoDB items that events pointed at.

A Glue python shell job (Python 3.9, boto3 1.21 or later, nothing but the standard library beside it).
The arguments are described in README.md. One run drains the pending keys:

1. list the pending objects; each holds events that name keys but carry no values;
2. read the items with consistent reads: the last state, whatever the order or number of events;
3. stage them in S3, as much as fits into memory at a time, and in one transaction COPY, remove duplicates,
   delete, and MERGE under a version guard;
4. archive the events, delete the pending objects, and look again until none is left.

An event or item that cannot be loaded goes to the dead-letter prefix with the column and the reason, and
blocks nothing. A crash at any point leaves the keys pending; doing it all again gives the same rows.

The sections below follow this way: events, values, SQL, AWS, the load, the run.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
import struct
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

LOAD_LOG = "dpctl_load_log"
AT_ONCE = 32  # requests to S3 under way
DELETE_AT_ONCE = 1000  # the most keys of one DeleteObjects (API reference of S3)
READ_AT_ONCE = 100  # the most keys of one BatchGetItem (API reference of DynamoDB)
READ_ATTEMPTS = 10  # reads in a row that bring nothing
KEY_BYTES = 2048  # the longest hash key (quotas of DynamoDB)
STAGED_FILE_BYTES = 8 << 20  # COPY loads the files of a manifest in parallel
ARCHIVED_EVENTS = 2000  # in one object of the archive
OVERTAKEN_ATTEMPTS = 5
OVERLAP_MS = 2 * 3600 * 1000  # runs that overlap have read within this time; what is later had a wrong clock
WAIT_SECONDS = 15.0  # between two looks at what is pending
INTEGERS = {"smallint": 16, "integer": 32, "int": 32, "bigint": 64}
DECIMALS = Context(prec=400)  # the default keeps 28 digits: DynamoDB's numbers have 38, times 10 to the 125th
LARGEST_REAL = 3.4028234663852886e38
TRUE, FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
DATE = r"(\d{4})-(\d\d)-(\d\d)|(\d{4})(\d\d)(\d\d)"
TIME = r"(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?|(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?"
ZONE = r"(Z|[+-]\d\d(?::?\d\d)?)"
ZONED = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")
MOMENT = re.compile(rf"(?:{DATE})(?:[T ](?:{TIME}) ?{ZONE}?)?", re.ASCII | re.IGNORECASE)
CLOCK_TIME = re.compile(rf"(?:{TIME}) ?{ZONE}?", re.ASCII | re.IGNORECASE)
UNSENT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what SQS does not take
COUNT = re.compile(r"-x(\d+)\.json$")  # an object of several events says in its name how many

Sleep = Callable[[float], None]
Clock = Callable[[], float]
Key = Dict[str, Dict[str, Any]]  # the key of one item, in DynamoDB's JSON


class Poison(ValueError):
    """An event or an item that can never be loaded; the text says why."""


class StatementFailed(RuntimeError):
    """Redshift refused the batch of statements; the text is Redshift's."""


class Overtaken(RuntimeError):
    """Another run has loaded what it read later: what was read here may be old, and is read again."""


class OutOfTime(RuntimeError):
    """The run's time is up; what is left stays pending."""


class Number(str):
    """A number as DynamoDB wrote it, digit by digit."""


@dataclass(frozen=True)
class Target:
    """The Redshift table: ``columns`` are ``{"name", "type", "nullable"}``; ``version`` is in epoch ms."""

    schema: str
    name: str
    columns: Tuple[Dict[str, Any], ...]
    key: Tuple[str, ...]
    version: str

    @classmethod
    def from_json(cls, text: str) -> "Target":
        """Read the argument ``--target``."""
        data = json.loads(text)
        columns, key = tuple(data["columns"]), tuple(data["key"])
        return cls(data["schema"], data["name"], columns, key, data["version"])

    @property
    def names(self) -> List[str]:
        """The columns' names, in order."""
        return [column["name"] for column in self.columns]

    def type_of(self, name: str) -> str:
        """The type of a column."""
        return str(next(column["type"] for column in self.columns if column["name"] == name))


# --- events to keys: pure ---------------------------------------------------------------------------


@dataclass
class Event:
    """One event of a pending object: its text on one line, and the texts of the keys it names.

    ``fault`` says why it names no key, or not all of those it should.
    """

    place: str
    text: str
    keys: List[str] = field(default_factory=list)
    fault: str = ""


def texts_of(body: bytes) -> List[str]:
    """The events of a pending object: one JSON text, or one on each line."""
    text = body.decode("utf-8").strip()
    try:
        json.loads(text)
    except ValueError:
        return [line for line in text.split("\n") if line.strip()] or [text]
    return [text]


def parsed(text: str) -> Any:
    """An event's JSON; numbers keep their digits. Raises ValueError."""
    event = json.loads(text, parse_float=Number)
    if isinstance(event, str) and not isinstance(
        event, Number
    ):  # Step Functions may write a text as a string
        event = json.loads(event, parse_float=Number)
    if not isinstance(event, dict):
        raise Poison("the event is not a JSON object")
    return event


def keys_of(event: Any, table: str, hash_key: str, hash_key_type: str) -> List[Key]:
    """The keys an event names, in DynamoDB's JSON. Raises Poison when it names none, or not all."""
    if not isinstance(event, dict):
        raise Poison("the event is not a JSON object")
    found, faults = named_keys(event, table, hash_key, hash_key_type)
    if faults or not found:
        raise Poison(fault_of(event, table, hash_key, len(found), faults))
    return found


def fault_of(event: Dict[str, Any], table: str, hash_key: str, found: int, faults: List[str]) -> str:
    """Why an event names no key, or not all of those it should."""
    why = "".join(f": {fault}" for fault in faults[:1] if fault)
    if not found:
        return f"the event {event.get('eventName', '?')} names no key {hash_key} of table {table}{why}"
    return f"{len(faults)} of {found + len(faults)} operations name no key {hash_key} of table {table}{why}"


def named_keys(
    event: Dict[str, Any], table: str, hash_key: str, hash_key_type: str
) -> Tuple[List[Key], List[str]]:
    """The keys an event names, and a fault for each of its operations that names none.

    CloudTrail spells ``key`` and ``tableName`` with either capital and values plain or typed. A single write
    and each one of a transaction have ``tableName`` and ``key`` (or the item itself); a batch has
    ``requestItems``, which is by table, and in it a put has the item where a delete has the key.
    """
    found: List[Key] = []
    faults: List[str] = []

    def take(operation: Dict[str, Any]) -> bool:
        for name in ("key", "item", "items"):
            part = operation.get(name)
            if isinstance(part, dict) and hash_key in part:
                try:
                    found.append({hash_key: _typed(part[hash_key], hash_key_type)})
                except ValueError as error:
                    faults.append(str(error))
                return True
        return False

    def walk(node: Any, ours: bool) -> None:
        for part in node if isinstance(node, list) else []:
            walk(part, ours)
        if not isinstance(node, dict):
            return
        lower = {str(name).lower(): value for name, value in node.items()}
        if isinstance(lower.get("tablename"), str):
            ours = _is_table(lower["tablename"], table)
            if not ours:
                return
        if take(lower):
            return
        requests = lower.get("requestitems")
        if isinstance(requests, dict):
            for name, operations in requests.items():
                if _is_table(str(name), table):
                    walk(operations, True)
            return
        inner = [value for value in lower.values() if isinstance(value, (dict, list))]
        if ours and (not inner or {"key", "item", "items"} & set(lower)):
            faults.append("")  # an operation on our table that ends here, without a key
            return
        for value in inner:
            walk(value, ours)

    walk(event.get("requestParameters"), False)
    return found, faults


def _is_table(name: str, table: str) -> bool:
    return name.rpartition("/")[2] == table


def _typed(value: Any, kind: str) -> Dict[str, Any]:
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in {"S", "N", "B"}:
        ((given, value),) = value.items()
        if given != kind:
            raise Poison(f"the key's value is of type {given}, and the table's keys are of type {kind}")
    if isinstance(value, (dict, list, bool)) or value is None:
        raise Poison(f"the key's value is {json.dumps(value)}, which is no key")
    text = str(value)
    if kind == "N" and not NUMBER.fullmatch(text):
        raise Poison(f"the key's value {text[:100]!r} is no number")
    if kind == "S":
        checked(text)
    raw = base64.b64decode(text, validate=True) if kind == "B" else text.encode("utf-8")
    if not 0 < len(raw) <= KEY_BYTES:
        raise Poison(f"the key's value has {len(raw)} bytes, and a key has 1 to {KEY_BYTES}")
    return {kind: raw if kind == "B" else text}


def key_text(attribute: Dict[str, Any]) -> str:
    """A key as text; the same number has one text, however many zeros it was written with."""
    if "N" in attribute:
        return format(Decimal(attribute["N"]).normalize(DECIMALS), "f")
    return str(plain(attribute))


# --- items to rows: pure ----------------------------------------------------------------------------


def plain(attribute: Dict[str, Any]) -> Any:
    """A DynamoDB attribute as a JSON value; a number is a `Number`, so that no digit is lost."""
    kind, value = next(iter(attribute.items()))
    if kind == "M":
        return {name: plain(part) for name, part in value.items()}
    if kind == "L":
        return [plain(part) for part in value]
    if kind == "N":
        return Number(value)
    if kind == "NS":
        return [Number(part) for part in value]
    if kind == "NULL":
        return None
    if kind == "B":
        return _base64(value)
    if kind == "BS":
        return [_base64(part) for part in value]
    return sorted(value) if kind == "SS" else value


def _base64(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode("ascii")


def to_json(value: Any) -> str:
    """A JSON text of one line; numbers are written with all their digits, names in order."""
    if isinstance(value, Number):
        return str(Decimal(value)) if NUMBER.fullmatch(value) else json.dumps(str(value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text_json(str(k))}: {to_json(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(to_json(part) for part in value) + "]"
    return _text_json(value) if isinstance(value, str) else json.dumps(value)


def _text_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def checked(text: str) -> str:
    """The text, which Redshift must be able to keep. Raises ValueError."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("the text has half of a surrogate pair, which is no character") from error
    if "\0" in text:
        raise ValueError("the text has a NUL character, which Redshift refuses")
    return text


def _check_all(value: Any) -> None:
    """Check every text in a nested value."""
    if isinstance(value, dict):
        for name, part in value.items():
            checked(name)
            _check_all(part)
    elif isinstance(value, list):
        for part in value:
            _check_all(part)
    elif isinstance(value, str):
        checked(value)


def row_of(item: Dict[str, Any], target: Target, version: int) -> Dict[str, Any]:
    """The row of an item: attributes by the column's name in any case. Raises Poison with the column."""
    by_lower: Dict[str, Any] = {}
    for name in sorted(item, reverse=True):
        by_lower[name.lower()] = item[name]
    row: Dict[str, Any] = {}
    for column in target.columns:
        name = column["name"]
        if name == target.version:
            row[name] = str(version)
            continue
        attribute = item.get(name, by_lower.get(name.lower()))  # the very name goes before other cases of it
        value = None if attribute is None else plain(attribute)
        if value is None:
            if not column.get("nullable", True) or name in target.key:
                raise Poison(f"column {name} may not be null, and the item has no value for it")
            continue
        row[name] = fit_column(column, value, attribute, name in target.key)
    return row


def fit_column(column: Dict[str, Any], value: Any, attribute: Dict[str, Any], is_key: bool) -> Any:
    """The value for a column; of a key that is a number there is one text, however it is written."""
    kind = column["type"].lower()
    if is_key and isinstance(value, Number):
        value = Number(key_text(attribute))
    if kind.startswith("varbyte") and "B" in attribute:
        return bytes(attribute["B"]).hex()
    try:
        fitted = fit(value, kind)
        if is_key and not _tells_apart(value, fitted, kind.partition("(")[0].strip()):
            raise ValueError(f"the key {str(value)[:100]!r} would become {fitted!r}, and two keys one row")
    except (ValueError, ArithmeticError) as error:
        raise Poison(f"column {column['name']} ({column['type']}): {error}") from error
    return fitted


def _tells_apart(value: Any, fitted: Any, base: str) -> bool:
    """Whether a column of this type tells a key from every other: where not, two keys would be one row.

    Redshift compares texts without the blanks at their end (Database Developer Guide, "Significance of
    trailing blanks"), and moments whatever zone they are written in.
    """
    if isinstance(value, Number):
        if not NUMBER.fullmatch(str(fitted)):
            return True  # the one text of a number, and nothing else, became this date or truth
        single = base == "real" and struct.unpack("f", struct.pack("f", float(fitted))) != (float(fitted),)
        return Decimal(value) == Decimal(fitted) and not single
    if not isinstance(value, str):
        return True
    zone = ZONED.search(fitted) if base in {"timestamp", "timestamptz", "time", "timetz"} else None
    if base in {"timestamptz", "timetz"} and not (zone and zone[0] == "Z"):
        return False
    if base in {"timestamp", "time"} and zone:
        return False
    if base in {"real", "float", "double precision"} and not NUMBER.fullmatch(fitted):
        return False  # nan and NaN
    return bool(fitted == value and not value.endswith(" "))


def key_value(target: Target, attribute: Dict[str, Any]) -> Any:
    """The value of the key's column for a hash key alone. Raises Poison with the column."""
    column = {"name": target.key[0], "type": target.type_of(target.key[0])}
    return fit_column(column, plain(attribute), attribute, True)


def fit(value: Any, kind: str) -> Any:
    """The value as COPY reads it into a column of this type. Raises ValueError where it does not fit.

    Everything here is read by rules of its own and never by Python's: those differ between Python 3.9, which
    Glue has, and later ones, and take what Redshift refuses.
    """
    base, _, size = kind.rstrip(")").partition("(")
    base = base.strip()
    _check_all(value)
    if base == "super":
        return value
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, (dict, list)):
        value = to_json(value)
    text = str(value)
    if base in INTEGERS:
        return _integer(text, 2 ** (INTEGERS[base] - 1))
    if base in {"decimal", "numeric"}:
        precision, _, scale = (size or "18,0").partition(",")
        return _decimal(text, int(precision), int(scale or 0))
    if base in {"real", "float", "double precision"}:
        return _float(text, base == "real")
    if base == "boolean":
        lower = text.lower()
        if lower not in TRUE | FALSE:
            raise ValueError("the value is neither true nor false")
        return "true" if lower in TRUE else "false"
    if base in {"date", "timestamp", "timestamptz"}:
        return _moment(text, base)
    if base in {"time", "timetz"}:
        return _clock_time(text)
    if base in {"varchar", "character varying", "char", "character"}:
        return _text(text, base.startswith("varchar") or base.endswith("ing"), size)
    return text


def _number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{text[:100]!r} is not a number")
    return Decimal(text)


def _integer(text: str, limit: int) -> str:
    number = _number(text)
    if number.adjusted() > 40 or not -limit <= number < limit:
        raise ValueError(f"{number} does not fit")
    if number != number.to_integral_value():
        raise ValueError(f"{number} has a fraction and does not fit")
    return str(int(number))


def _decimal(text: str, precision: int, scale: int) -> str:
    number = _number(text)
    if number.adjusted() > 40:
        raise ValueError(f"{number} does not fit")
    if number.adjusted() < -DECIMALS.prec // 2:
        number = Decimal(0)
    number = number.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=DECIMALS)
    if number.copy_abs() >= Decimal(10) ** (precision - scale):
        raise ValueError(f"{number} does not fit")
    return format(number, "f")


def _float(text: str, single: bool) -> str:
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return text
    number = float(_number(text))
    if abs(number) > (LARGEST_REAL if single else sys.float_info.max):
        raise ValueError(f"{text[:100]} does not fit")
    return "0.0" if single and struct.unpack("f", struct.pack("f", number)) == (0.0,) else repr(number)


def _moment(text: str, base: str) -> str:
    found = MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text[:100]!r} is not a date or time as 2026-01-31T10:00:00Z is one")
    year, month, day = (int(part) for part in (found.group(1, 2, 3) if found[1] else found.group(4, 5, 6)))
    hour, minute, second, micro = _clock(
        *(found.group(7, 8, 9, 10) if found[7] else found.group(11, 12, 13, 14))
    )
    moment = datetime(year, month, day) + timedelta(0, hour * 3600 + minute * 60 + second, micro)
    if base == "date":
        return f"{year:04d}-{month:02d}-{day:02d}"
    written = f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}T{moment.hour:02d}:{moment.minute:02d}"
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".") if moment.microsecond else ""
    return f"{written}:{moment.second:02d}{fraction}{_zone(found[15])}"


def _clock_time(text: str) -> str:
    found = CLOCK_TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text[:100]!r} is not a time as 10:00:00 is one")
    hour, minute, second, micro = _clock(*(found.group(1, 2, 3, 4) if found[1] else found.group(5, 6, 7, 8)))
    fraction = f".{micro:06d}".rstrip("0").rstrip(".") if micro else ""
    return f"{hour:02d}:{minute:02d}:{second:02d}{fraction}{_zone(found[9])}"


def _clock(
    hour: Optional[str], minute: Optional[str], second: Optional[str], fraction: Optional[str]
) -> Tuple[int, int, int, int]:
    parts = int(hour or 0), int(minute or 0), int(second or 0), int((fraction or "0")[:6].ljust(6, "0"))
    if parts[0] > 24 or parts[1] > 59 or parts[2] > 60 or (parts[0] == 24 and any(parts[1:])):
        raise ValueError("the hour, minute or second is out of range")
    return parts


def _zone(zone: Optional[str]) -> str:
    if not zone or zone in "Zz":
        return (zone or "").upper()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    if int(digits[:2]) > 15 or int(digits[2:]) > 59:
        raise ValueError(f"{zone} is no time zone")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def _text(text: str, varying: bool, size: str) -> str:
    most, length = int(size or (256 if varying else 1)), len(text.encode("utf-8"))
    if length > most:
        raise ValueError(f"the text has {length} bytes, and the column takes {most}")
    if not varying and length != len(text):
        raise ValueError("the text has characters of several bytes, and CHAR takes only those of one")
    return text


# --- SQL: pure --------------------------------------------------------------------------------------


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted string; Redshift reads a backslash as an escape, so it is doubled like the quote."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def copy_sql(table: str, columns: Iterable[str], manifest: str, role: str, max_error: int = 0) -> str:
    """COPY of newline-delimited JSON that a manifest lists."""
    names = ", ".join(identifier(name) for name in columns)
    return (
        f"COPY {identifier(table)} ({names}) FROM {literal(manifest)} IAM_ROLE {literal(role)} "
        "MANIFEST FORMAT AS JSON 'auto' TIMEFORMAT 'auto' DATEFORMAT 'auto'"
    ) + (f" MAXERROR {max_error}" if max_error else "")


def log_sql(target: Target) -> str:
    """The load log, where it is missing; `dpctl tables apply` makes it with the tables."""
    return (
        f"CREATE TABLE IF NOT EXISTS {identifier(target.schema)}.{identifier(LOAD_LOG)} "
        "(batch_id varchar(64) NOT NULL, table_name varchar(127) NOT NULL, loaded_at timestamp NOT NULL)"
    )


def batch_id(last_read: int) -> str:
    """A name for one attempt to load; it says when its last item was read (epoch ms)."""
    return f"read-{last_read:013d}-{uuid.uuid4().hex}"


def staging_sql(target: Target, changed: str, removed: str, role: str, max_error: int = 0) -> List[str]:
    """The statements that bring the staged rows into temporary tables."""
    table = f"{identifier(target.schema)}.{identifier(target.name)}"
    gone = [*target.key, target.version]
    definition = ", ".join(f"{identifier(name)} {target.type_of(name)}" for name in gone)
    return [
        f"CREATE TEMP TABLE arrived (LIKE {table} INCLUDING DEFAULTS)",
        copy_sql("arrived", target.names, changed, role, max_error),
        f"CREATE TEMP TABLE removed ({definition})",
        copy_sql("removed", gone, removed, role, max_error),
    ]


def merge_sql(
    target: Target, changed: str, removed: str, role: str, batch: str, first_read: int
) -> List[str]:
    """The statements of one batch, for one transaction: always the same number.

    Guards: batches wait for each other at the log's lock, which comes before everything that would take a
    snapshot (Isolation levels, Amazon Redshift Database Developer Guide); a batch claims its place in the log
    and does nothing where a batch is that has read later, so that no deleted row comes back; a row in the
    table that was read later stays; a repeated batch changes nothing.
    """
    table = f"{identifier(target.schema)}.{identifier(target.name)}"
    log = f"{identifier(target.schema)}.{identifier(LOAD_LOG)}"
    short, version = identifier(target.name), identifier(target.version)
    columns = ", ".join(identifier(name) for name in target.names)
    key_columns = ", ".join(identifier(name) for name in target.key)
    claimed = f"EXISTS (SELECT 1 FROM {log} WHERE batch_id = {literal(batch)})"

    def same_key(other: str) -> str:
        return " AND ".join(f"{short}.{identifier(name)} = {other}.{identifier(name)}" for name in target.key)

    rest = [identifier(name) for name in target.names if name not in target.key]
    updates = ", ".join(f"{name} = latest.{name}" for name in rest)
    values = ", ".join(f"latest.{identifier(name)}" for name in target.names)
    return [
        f"LOCK {log}",
        f"INSERT INTO {log} (batch_id, table_name, loaded_at) "
        f"SELECT {literal(batch)}, {literal(target.name)}, GETDATE() WHERE NOT EXISTS (SELECT 1 FROM {log} "
        f"WHERE table_name = {literal(target.name)} AND batch_id LIKE 'read-%' "
        f"AND SUBSTRING(batch_id, 6, 13) BETWEEN '{first_read + 1:013d}' "
        f"AND '{first_read + OVERLAP_MS:013d}')",
        *staging_sql(target, changed, removed, role),
        f"CREATE TEMP TABLE latest AS SELECT {columns} FROM (SELECT {columns}, ROW_NUMBER() OVER "
        f"(PARTITION BY {key_columns} ORDER BY {version} DESC) AS nth FROM arrived WHERE {claimed}) "
        "AS ranked WHERE nth = 1",
        f"DELETE FROM latest USING {table} WHERE {same_key('latest')} "
        f"AND {short}.{version} > latest.{version}",
        f"DELETE FROM {table} USING removed WHERE {same_key('removed')} "
        f"AND COALESCE({short}.{version}, 0) <= removed.{version} AND {claimed}",
        f"MERGE INTO {table} USING latest ON {same_key('latest')} "
        f"WHEN MATCHED THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})",
    ]


CLAIM = 1  # the place of the INSERT into the log among the statements of merge_sql


def refused_sql(staging: str) -> str:
    """Ask which rows below a staging prefix COPY could not load, one of the errors of each first."""
    return (
        "SELECT file_name, line_number, column_name, error_message FROM sys_load_error_detail "
        f"WHERE file_name LIKE {literal(staging + '%')} ORDER BY file_name, line_number"
    )


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


def rows_of(client: Any, identity: str) -> List[Tuple[Any, ...]]:
    """The rows of a statement's result, of all its pages."""
    found: List[Tuple[Any, ...]] = []
    request = {"Id": identity}
    while True:
        answer = client.get_statement_result(**request)
        found += [tuple(next(iter(cell.values())) for cell in record) for record in answer["Records"]]
        if not answer.get("NextToken"):
            return found
        request["NextToken"] = answer["NextToken"]


class Store:
    """The folders of the chain in S3: pending, staging, archive, dead-letter."""

    def __init__(self, client: Any, bucket: str, prefix: str, alert: Callable[[str], None] = print):
        self.client, self.bucket, self.prefix, self.alert = client, bucket, prefix, alert

    def uri(self, path: str) -> str:
        """The address of an object."""
        return f"s3://{self.bucket}/{self.prefix}{path}"

    def put(self, path: str, body: bytes) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + path, Body=body)

    def read(self, key: str) -> Optional[bytes]:
        """Read an object by its whole key; None where a run that overlaps has settled it meanwhile."""
        try:
            return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except Exception as error:
            if _code(error) != "NoSuchKey":
                raise
            return None

    def read_all(self, keys: Sequence[str]) -> List[Tuple[str, bytes]]:
        """Read many small objects, some at a time; without those that are gone."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            read = zip(keys, pool.map(self.read, keys))
            return [(key, body) for key, body in read if body is not None]

    def listed(self, folder: str, most: int) -> List[Dict[str, Any]]:
        """Objects of a folder, by name: at most so many, and until they hold so many events."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}{folder}/", PaginationConfig={"MaxItems": most}
        )
        found: List[Dict[str, Any]] = []
        events = 0
        for item in (item for page in pages for item in page.get("Contents", [])):
            events += events_in(item["Key"])
            if found and events > most:
                break
            found.append(item)
        return found

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects. Raises RuntimeError where S3 leaves some."""
        for start in range(0, len(keys), DELETE_AT_ONCE):
            part = [{"Key": key} for key in keys[start : start + DELETE_AT_ONCE]]
            answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": part, "Quiet": True})
            if answer.get("Errors"):
                raise RuntimeError(f"S3 did not delete {len(answer['Errors'])} pending keys")

    def archive(self, events: Sequence[Event], moment: float) -> None:
        """Keep events that are loaded, many in one object, so that they can be made pending again."""
        folder = time.strftime("archive/%Y/%m/%d/%H%M%S", time.gmtime(moment))
        for start in range(0, len(events), ARCHIVED_EVENTS):
            part = events[start : start + ARCHIVED_EVENTS]
            body = "".join(f"{event.text}\n" for event in part)
            name = f"{folder}-{uuid.uuid4().hex[:12]}-x{len(part)}.json"
            self.put(name, body.encode("utf-8", "surrogatepass"))

    def set_aside(self, event: Event, number: int, reason: str) -> None:
        """Copy an event to the dead-letter prefix with the reason, and tell of it."""
        name = event.place.rpartition("/")[2]
        if events_in(name) > 1 or number:
            name = f"{name.rpartition('.')[0]}-{number}.json"
        letter = {"reason": reason, "pending": event.place, "event": event.text}
        self.put(f"dead-letter/{name}", json.dumps(letter).encode("ascii"))
        self.alert(UNSENT.sub("?", f"{self.uri('dead-letter/')}{name}: {reason[:1000]}"))


def events_in(key: str) -> int:
    """How many events an object has, by its name."""
    found = COUNT.search(key)
    return int(found[1]) if found else 1


@dataclass
class Read:
    """What a key's item is: the item, or None where there is none, or why it can't be read.

    ``version`` is the time before the read in epoch ms: what is read later is at least as new.
    """

    text: str
    key: Key
    version: int
    item: Optional[Dict[str, Any]] = None
    fault: str = ""


class Table:
    """The DynamoDB table."""

    def __init__(self, client: Any, settings: Any, sleep: Sleep, clock: Clock):
        self.client, self.settings, self.sleep, self.clock = client, settings, sleep, clock

    def read(self, keys: Dict[str, Key]) -> Iterator[Read]:
        """Consistent reads of many items, in the order of the answers.

        An answer holds at most 16 MB (API reference, BatchGetItem): what is left out is asked for again, and
        only answers that bring nothing count as failures. Raises RuntimeError after too many of those.
        """
        left, idle = list(keys.items()), 0
        while left:
            asked, left = left[:READ_AT_ONCE], left[READ_AT_ONCE:]
            version = int(self.clock() * 1000)
            try:
                items, again = self._get(dict(asked))
            except Exception as error:
                if _code(error) != "ValidationException":
                    raise
                yield from self._halves(asked, str(error))
                continue
            for text, key in asked:
                if text not in again:
                    yield Read(text, key, version, items.get(text))
            left = [(text, key) for text, key in asked if text in again] + left
            idle = idle + 1 if len(again) == len(asked) else 0
            if idle > READ_ATTEMPTS:
                name = self.settings.table_name
                raise RuntimeError(f"DynamoDB leaves keys of {name} unprocessed, {idle} times in a row")
            if idle:
                self.sleep(random.uniform(0, min(0.1 * 2**idle, 20)))

    def _get(self, keys: Dict[str, Key]) -> Tuple[Dict[str, Any], set]:
        """One read: the items by their keys' texts, and the texts that were left out."""
        name, hash_key = self.settings.table_name, self.settings.hash_key
        request = {name: {"Keys": list(keys.values()), "ConsistentRead": True}}
        answer = self.client.batch_get_item(RequestItems=request)
        items = {key_text(item[hash_key]): item for item in answer["Responses"].get(name, [])}
        again = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        return items, {key_text(key[hash_key]) for key in again}

    def _halves(self, asked: List[Tuple[str, Key]], reason: str) -> Iterator[Read]:
        """Find the keys for which DynamoDB refuses a whole read."""
        if len(asked) > 1:
            middle = len(asked) // 2
            yield from self.read(dict(asked[:middle]))
            yield from self.read(dict(asked[middle:]))
            return
        ((text, key),) = asked
        sure = {"S": "-", "N": "0", "B": b"-"}[self.settings.hash_key_type]
        self._get(
            {"-": {self.settings.hash_key: {self.settings.hash_key_type: sure}}}
        )  # or the table is wrong
        yield Read(text, key, int(self.clock() * 1000), fault=f"DynamoDB refuses the key: {reason}")


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


# --- one load ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A row to write, or the key of one to delete, as a line of JSON."""

    key: str
    line: bytes
    removed: bool
    version: int


@dataclass
class Load:
    """Rows on their way to Redshift. ``outcome`` says of each key why it was refused, or "" once loaded."""

    settings: Any
    store: Store
    redshift: Redshift
    clock: Clock
    end: float
    outcome: Dict[str, str] = field(default_factory=dict)
    last_error: str = ""

    def place(self, rows: List[Row]) -> None:
        """Load rows, and find those that Redshift refuses.

        Which they are is told by what loads and what does not, never by the words of an error. Raises
        StatementFailed where even a load without rows fails: then no row is at fault. Raises OutOfTime.
        """
        if self._loads(rows):
            return
        self._prepare()
        self._merge([])
        for key, reason in self._told(rows).items():
            self.outcome[key] = reason
        rest = [row for row in rows if row.key not in self.outcome]
        if not self._loads(rest):
            self._search(rest)

    def _prepare(self) -> None:
        try:
            self.redshift.run([log_sql(self.settings.target)])
        except (
            StatementFailed
        ) as error:  # the loader may not create tables: then the load itself will say more
            print(f"the load log: {error}")

    def _search(self, rows: List[Row]) -> None:
        """Halve a group that is refused until one row is left, then go on behind it.

        A refused row costs about log2(rows) loads, and every load that succeeds is kept.
        """
        while rows:
            group = rows
            while len(group) > 1:
                if self.clock() >= self.end:
                    raise OutOfTime(f"{len(rows)} rows are left")
                half = group[: len(group) // 2]
                group = group[len(half) :] if self._loads(half) else half
            if not self._loads(group):
                self._merge([])
                self.outcome[group[0].key] = self._reason(group[0])
            rows = rows[rows.index(group[0]) + 1 :]
            if self._loads(rows):
                return

    def _loads(self, rows: List[Row]) -> bool:
        """Try to load rows; whether that succeeded."""
        if rows:
            try:
                self._merge(rows)
            except StatementFailed as error:
                print(f"{len(rows)} rows are refused: {error}")
                self.last_error = str(error)
                return False
        self.outcome.update({row.key: "" for row in rows})
        return True

    def _merge(self, rows: List[Row]) -> None:
        """Stage rows and run the batch. Raises StatementFailed and Overtaken."""
        batch = batch_id(max((row.version for row in rows), default=0))
        changed, removed = self._staged(f"staging/{batch}", rows)
        first = min((row.version for row in rows), default=int(self.clock() * 1000))
        role, target = self.settings.copy_role_arn, self.settings.target
        answer = self.redshift.run(merge_sql(target, changed, removed, role, batch, first))
        parts = answer.get("SubStatements", [])
        if rows and len(parts) > CLAIM and parts[CLAIM].get("ResultRows") == 0:
            raise Overtaken(f"a later batch than {batch} is loaded")

    def _told(self, rows: List[Row]) -> Dict[str, str]:
        """The refused rows that COPY itself names, by their keys, with column and reason; maybe none."""
        staging = f"staging/{batch_id(0)}"
        changed, removed = self._staged(staging, rows)
        role, target = self.settings.copy_role_arn, self.settings.target
        sql = staging_sql(target, changed, removed, role, max_error=100000)
        try:
            answer = self.redshift.run([*sql, refused_sql(self.store.uri(staging))])
            refused = rows_of(self.redshift.client, f"{answer['Id']}:{len(sql) + 1}")
        except Exception as error:  # then they are searched for
            print(f"Redshift does not say which rows: {error}")
            return {}
        lines = {(name, number + 1): row for name, part in _files(rows) for number, row in enumerate(part)}
        reasons: Dict[str, str] = {}
        for file, line, column, message in refused:
            row = lines.get((str(file).strip().rpartition("/")[2], int(line)))
            if row is not None:
                reasons.setdefault(row.key, f"column {str(column).strip()}: {str(message).strip()}")
        return reasons

    def _reason(self, row: Row) -> str:
        """The column that a refused row is refused for, found by leaving columns out."""
        error = self.last_error
        if row.removed:
            return f"column {self.settings.target.key[0]}: {error}"
        values = json.loads(row.line, parse_float=Number, parse_int=Number)
        key = {name: values[name] for name in self.settings.target.key}
        names = [name for name in values if name not in key]
        if self._copies(values):
            return f"Redshift refuses the row: {error}"
        if not self._copies(key):
            return f"column {self.settings.target.key[0]}: {error}"
        while len(names) > 1:
            half = names[: len(names) // 2]
            fine = self._copies({**key, **{name: values[name] for name in half}})
            names = names[len(half) :] if fine else half
        return f"column {names[0]}: {error}"

    def _copies(self, values: Dict[str, Any]) -> bool:
        """Whether COPY takes a row of these values, into a table without constraints."""
        line = to_json(values).encode("utf-8")
        changed, _ = self._staged(f"staging/{batch_id(0)}", [Row("", line, False, 0)])
        target, role = self.settings.target, self.settings.copy_role_arn
        table = f"{identifier(target.schema)}.{identifier(target.name)}"
        empty = f"CREATE TEMP TABLE probe AS SELECT * FROM {table} WHERE 1 = 0"
        try:
            self.redshift.run([empty, copy_sql("probe", list(values), changed, role)])
        except StatementFailed:
            return False
        return True

    def _staged(self, folder: str, rows: List[Row]) -> Tuple[str, str]:
        """Write rows and the manifests that list them; returns the manifests' addresses."""
        entries: Dict[str, List[Dict[str, Any]]] = {"changed": [], "removed": []}
        for name, part in _files(rows):
            self.store.put(f"{folder}/{name}", b"".join(row.line + b"\n" for row in part))
            entry = {"url": self.store.uri(f"{folder}/{name}"), "mandatory": True}
            entries[name.partition("-")[0]].append(entry)
        for kind, listed in entries.items():
            self.store.put(f"{folder}/{kind}.manifest", json.dumps({"entries": listed}).encode("ascii"))
        return self.store.uri(f"{folder}/changed.manifest"), self.store.uri(f"{folder}/removed.manifest")


def _files(rows: List[Row]) -> Iterator[Tuple[str, List[Row]]]:
    """The staged files: at least one for either kind, and each of a size COPY likes."""
    for kind in ("changed", "removed"):
        files: List[List[Row]] = [[]]
        size = 0
        for row in (row for row in rows if row.removed == (kind == "removed")):
            if size > STAGED_FILE_BYTES:
                files.append([])
                size = 0
            files[-1].append(row)
            size += len(row.line) + 1
        for number, part in enumerate(files):
            yield f"{kind}-{number:04d}.json", part


# --- the run ----------------------------------------------------------------------------------------


@dataclass
class Job:
    """One run: its settings and its handles, so that a test can give its own."""

    settings: Any
    store: Store
    dynamodb: Any
    redshift: Redshift
    sleep: Sleep = time.sleep
    clock: Clock = time.time

    def drain(self) -> int:
        """Load until no key is pending, or the run's time is up; returns the number of events loaded.

        Keys that are left wait for the next run, which the next event or the sweeper starts.
        """
        end = self.clock() + self.settings.run_seconds
        loaded = 0
        while self.clock() < end and self._wait_for_window(end):
            self.store.put("last-load/time", str(self.clock()).encode("ascii"))
            objects = self.store.listed("pending", self.settings.chunk_size)
            while objects and self.clock() < end:
                loaded += self._load(objects, end)
                many = sum(events_in(item["Key"]) for item in objects) * 2 > self.settings.chunk_size
                objects = self.store.listed("pending", self.settings.chunk_size) if many else []
        return loaded

    def _wait_for_window(self, end: float) -> bool:
        """Wait until the window after the last load is over; False when nothing is pending.

        The first key after a quiet time does not wait. Waiting costs next to nothing here, while every
        load keeps Redshift awake for a minute at least. So many keys as would make one load too large cut the
        window short.
        """
        last = [item["LastModified"].timestamp() for item in self.store.listed("last-load", 1)]
        ready = min(last[0] + self.settings.window_seconds, end) if last else 0.0
        while True:
            waiting = self.store.listed("pending", self.settings.batch_size)
            full = sum(events_in(item["Key"]) for item in waiting) >= self.settings.batch_size
            if not waiting or full or self.clock() >= ready:
                return bool(waiting)
            self.sleep(min(WAIT_SECONDS, max(0.1, ready - self.clock())))

    def _load(self, objects: List[Dict[str, Any]], end: float) -> int:
        """Load what some pending objects name; what can be settled is, also where something else fails."""
        events, keys = self._events([item["Key"] for item in objects])
        load = Load(self.settings, self.store, self.redshift, self.clock, end)
        try:
            for attempt in range(OVERTAKEN_ATTEMPTS):
                left = {text: key for text, key in keys.items() if text not in load.outcome}
                try:
                    for rows in self._parts(left, load):
                        load.place(rows)
                    break
                except Overtaken as error:
                    print(f"reading again: {error}")
                    if attempt == OVERTAKEN_ATTEMPTS - 1:
                        raise
                    self.sleep(random.uniform(0, 2**attempt))
        except OutOfTime as error:
            print(f"the run's time is up: {error}")
        finally:
            dead, archived = self._settle(events, load.outcome)
        done = [text for text, reason in load.outcome.items() if not reason]
        print(f"load: {len(events)} events, {len(done)} keys loaded, {archived} archived, {dead} dead")
        return archived

    def _events(self, pending: Sequence[str]) -> Tuple[List[Event], Dict[str, Key]]:
        """The events of pending objects, and the keys to read by their texts."""
        settings = self.settings
        keys: Dict[str, Key] = {}
        events: List[Event] = []
        for place, body in self.store.read_all(pending):
            if place.endswith("/") and not body:  # a folder that somebody made in the console
                self.store.delete([place])
                continue
            try:
                texts = texts_of(body)
            except (ValueError, RecursionError) as error:
                events.append(Event(place, body.decode("utf-8", "replace"), fault=str(error)))
                continue
            for text in texts:
                event = Event(place, text)
                events.append(event)
                try:
                    parts = parsed(text)
                    table, name, kind = settings.table_name, settings.hash_key, settings.hash_key_type
                    found, faults = named_keys(parts, table, name, kind)
                    named = {key_text(key[name]): key for key in found}
                    if faults or not found:
                        event.fault = fault_of(parts, table, name, len(found), faults)
                    event.text = text.replace("\n", " ")  # between its parts: inside of a text it is escaped
                except (ValueError, ArithmeticError, RecursionError) as error:
                    event.fault = str(error)
                    continue
                keys.update(named)
                event.keys = list(named)
        return events, keys

    def _parts(self, keys: Dict[str, Key], load: Load) -> Iterator[List[Row]]:
        """Read the items and make rows of them, as many at a time as fit into memory."""
        rows: List[Row] = []
        size = 0
        for read in Table(self.dynamodb, self.settings, self.sleep, self.clock).read(keys):
            try:
                rows.append(self._row(read))
            except Poison as error:
                load.outcome[read.text] = str(error)
                continue
            size += len(rows[-1].line)
            if size >= self.settings.load_bytes:
                yield rows
                rows, size = [], 0
        if rows:
            yield rows

    def _row(self, read: Read) -> Row:
        target, hash_key = self.settings.target, self.settings.hash_key
        if read.fault:
            raise Poison(read.fault)
        if read.item is not None:
            values = row_of(read.item, target, read.version)
        else:
            key = key_value(target, read.key[hash_key])
            values = {target.key[0]: key, target.version: str(read.version)}
        return Row(read.text, to_json(values).encode("utf-8"), read.item is None, read.version)

    def _settle(self, events: List[Event], outcome: Dict[str, str]) -> Tuple[int, int]:
        """Set aside or archive the events whose keys all came to an end; returns how many of either.

        An object is deleted last, and only when all of its events are settled.
        """
        places: Dict[str, List[Event]] = {}
        for event in events:
            places.setdefault(event.place, []).append(event)
        settled = [
            place
            for place, parts in places.items()
            if all(key in outcome for part in parts for key in part.keys)
        ]
        dead, fine = 0, []
        for place in settled:
            for number, event in enumerate(places[place]):
                reason = event.fault or next((outcome[key] for key in event.keys if outcome[key]), "")
                if reason:
                    self.store.set_aside(event, number, reason)
                    dead += 1
                else:
                    fine.append(event)
        self.store.archive(fine, self.clock())
        self.store.delete(settled)
        return dead, len(fine)


def arguments(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the job's arguments; Glue adds arguments of its own, which are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "prefix", "region", "table_name", "hash_key", "dead_letter_queue"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("workgroup", "database", "copy_role_arn"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--secret_arn", default="")  # without one, the database user of the job's role
    parser.add_argument("--hash_key_type", default="S")
    parser.add_argument("--statement_name", default="GlueTestjob")
    parser.add_argument("--target", required=True, type=Target.from_json)
    numbers = {"batch_size": 20000, "window_seconds": 300, "chunk_size": 10000, "load_bytes": 64 << 20}
    numbers.update(run_seconds=2700, statement_seconds=1800)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_known_args(argv)[0]


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Drain the pending keys once."""
    import boto3
    import botocore.config

    settings = arguments(argv)
    config = botocore.config.Config(
        retries={"mode": "standard", "max_attempts": 8}, max_pool_connections=AT_ONCE
    )

    def client(service: str) -> Any:
        return boto3.client(service, region_name=settings.region, config=config)

    sqs = client("sqs")

    def alert(text: str) -> None:
        print(f"dead letter: {text}")
        sqs.send_message(QueueUrl=settings.dead_letter_queue, MessageBody=text)

    store = Store(client("s3"), settings.bucket, settings.prefix, alert)
    redshift = Redshift(client("redshift-data"), settings)
    job = Job(settings, store, client("dynamodb"), redshift)
    print(f"{job.drain()} events loaded")


if __name__ == "__main__":
    main(sys.argv[1:])
