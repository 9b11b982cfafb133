"""GlueTestjob: brings the Redshift table up to date with the DynamoDB items that events pointed at.

A Glue python shell job (Python 3.9, boto3 1.21 or later, nothing but the standard library beside it).
The arguments are described in README.md. One run drains the pending keys:

1. list the pending objects, each one event of CloudTrail that names keys but no values;
2. read the items with consistent reads: the last state, whatever the order or number of events;
3. stage them in S3 and, in one transaction, COPY, remove duplicates, delete, and MERGE under a version guard;
4. archive the pending objects, and look again until none is left.

An event or item that cannot be loaded goes to the dead-letter prefix with the reason and blocks nothing.
A crash at any point leaves the keys pending; doing it all again gives the same rows.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

LOAD_LOG = "dpctl_load_log"
AT_ONCE = 16  # requests to S3 under way
DELETE_AT_ONCE = 1000  # the most keys of one DeleteObjects (API reference of S3)
READ_AT_ONCE = 100  # the most keys of one BatchGetItem (API reference of DynamoDB)
READ_ATTEMPTS = 10
LOAD_ATTEMPTS = 3
INTEGERS = {"smallint": 16, "integer": 32, "int": 32, "bigint": 64}
# what Redshift says when rows, and not the statement, are at fault
LOAD_ERROR = re.compile(r"load into table|load_error|stl_load_errors", re.IGNORECASE)
PASSING_ERROR = re.compile(r"serializable isolation|could not serialize|deadlock", re.IGNORECASE)

Sleep = Callable[[float], None]
Clock = Callable[[], float]
Keys = Dict[str, Dict[str, Any]]  # what is read, by the key as text


class Poison(ValueError):
    """An event or an item that can never be loaded; the text says why."""


class StatementFailed(RuntimeError):
    """Redshift refused the batch of statements; the text is Redshift's."""


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


# --- events and items to rows: pure -----------------------------------------------------------------


def keys_of(event: Any, table: str, hash_key: str, hash_key_type: str) -> List[Dict[str, Any]]:
    """The keys an event names, in DynamoDB's JSON. Raises Poison when it names none.

    CloudTrail spells ``key`` and ``tableName`` with either capital, and nests them for batches and
    transactions, so every mapping called key is looked at.
    """
    found: List[Dict[str, Any]] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for part in node:
                walk(part)
        if not isinstance(node, dict):
            return
        lower = {str(name).lower(): value for name, value in node.items()}
        named = lower.get("tablename")
        if isinstance(named, str) and named.rpartition("/")[2] != table:
            return
        key = lower.get("key")
        if isinstance(key, dict) and hash_key in key:
            found.append({hash_key: _typed(key[hash_key], hash_key_type)})
            return
        for value in node.values():
            walk(value)

    if not isinstance(event, dict):
        raise Poison("the event is not a JSON object")
    walk(event.get("requestParameters"))
    if not found:
        raise Poison(f"the event {event.get('eventName', '?')} names no key {hash_key} of table {table}")
    return found


def _typed(value: Any, kind: str) -> Dict[str, Any]:
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in {"S", "N", "B"}:
        ((kind, value),) = value.items()
    if isinstance(value, (dict, list, bool)) or value is None:
        raise Poison(f"the key's value is {json.dumps(value)}, which is no key")
    return {kind: base64.b64decode(value) if kind == "B" else str(value)}


def key_text(attribute: Dict[str, Any]) -> str:
    """A key as text; the same number has one text, however many zeros it was written with."""
    if "N" in attribute:
        return format(Decimal(attribute["N"]).normalize(), "f")
    return str(plain(attribute))


def plain(attribute: Dict[str, Any]) -> Any:
    """A DynamoDB attribute as a JSON value; numbers stay text, so that no digit is lost."""
    kind, value = next(iter(attribute.items()))
    if kind == "M":
        return {name: plain(part) for name, part in value.items()}
    if kind == "L":
        return [plain(part) for part in value]
    if kind == "NULL":
        return None
    if kind == "B":
        return _base64(value)
    if kind == "BS":
        return [_base64(part) for part in value]
    return value


def _base64(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode("ascii")


def row_of(item: Dict[str, Any], target: Target, version: int) -> Dict[str, Any]:
    """The row of an item: attributes by the column's name in any case. Raises Poison with the column."""
    attributes = {name.lower(): plain(value) for name, value in item.items()}
    row: Dict[str, Any] = {}
    for column in target.columns:
        name = column["name"]
        value = version if name == target.version else attributes.get(name)
        if value is None:
            if not column.get("nullable", True) or name in target.key:
                raise Poison(f"column {name} may not be null, and the item has no value for it")
            continue
        try:
            row[name] = fit(value, column["type"].lower())
        except (ValueError, InvalidOperation) as error:
            raise Poison(f"column {name} ({column['type']}): {error}") from error
    return row


def fit(value: Any, kind: str) -> Any:
    """The value as COPY reads it into a column of this type. Raises ValueError where it does not fit."""
    base, _, size = kind.rstrip(")").partition("(")
    base = base.strip()
    if base == "super":
        return value
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if base in INTEGERS:
        number = Decimal(str(value))
        limit = 2 ** (INTEGERS[base] - 1)
        if number != number.to_integral_value() or not -limit <= number < limit:
            raise ValueError(f"{number} does not fit")
        return str(int(number))
    if base in {"decimal", "numeric"}:
        precision, _, scale = (size or "18,0").partition(",")
        number = round(Decimal(str(value)), int(scale or 0))
        if not number.is_finite() or abs(number) >= Decimal(10) ** (int(precision) - int(scale or 0)):
            raise ValueError(f"{number} does not fit")
        return str(number)
    if base in {"real", "float", "double precision"}:
        return str(float(value))
    if base == "boolean":
        if str(value).lower() not in {"true", "false"}:
            raise ValueError("the value is neither true nor false")
        return str(value).lower()
    if base in {"date", "timestamp", "timestamptz"}:
        datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", str(value)).replace("Z", "+00:00"))
        return str(value)
    text = str(value)
    if base in {"varchar", "character varying", "char", "character"}:
        most = int(size or (256 if base.endswith("ing") or base == "varchar" else 1))
        if len(text.encode("utf-8")) > most:
            raise ValueError(f"the text has {len(text.encode('utf-8'))} bytes, and the column takes {most}")
    return text


# --- SQL: pure --------------------------------------------------------------------------------------


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted string; Redshift reads a backslash as an escape, so it is doubled like the quote."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def copy_sql(table: str, columns: Iterable[str], manifest: str, role: str) -> str:
    """COPY of newline-delimited JSON that a manifest lists."""
    names = ", ".join(identifier(name) for name in columns)
    return (
        f"COPY {identifier(table)} ({names}) FROM {literal(manifest)} IAM_ROLE {literal(role)} "
        "MANIFEST FORMAT AS JSON 'auto' TIMEFORMAT 'auto' DATEFORMAT 'auto'"
    )


def merge_sql(target: Target, changed: str, removed: str, role: str, batch: str) -> List[str]:
    """The statements of one batch, for one transaction: always the same number.

    Guards: a row in the table that was read later stays; a repeated batch changes nothing.
    """
    table = f"{identifier(target.schema)}.{identifier(target.name)}"
    log = f"{identifier(target.schema)}.{identifier(LOAD_LOG)}"
    short, version = identifier(target.name), identifier(target.version)
    columns = ", ".join(identifier(name) for name in target.names)
    key_columns = ", ".join(identifier(name) for name in target.key)
    types = {column["name"]: column["type"] for column in target.columns}
    removed_columns = [*target.key, target.version]
    definition = ", ".join(f"{identifier(name)} {types[name]}" for name in removed_columns)

    def same_key(other: str) -> str:
        return " AND ".join(f"{short}.{identifier(name)} = {other}.{identifier(name)}" for name in target.key)

    rest = [identifier(name) for name in target.names if name not in target.key]
    updates = ", ".join(f"{name} = latest.{name}" for name in rest)
    values = ", ".join(f"latest.{identifier(name)}" for name in target.names)
    return [
        f"CREATE TABLE IF NOT EXISTS {log} (batch_id varchar(64) NOT NULL, table_name varchar(127) NOT NULL, "
        "loaded_at timestamp NOT NULL)",
        f"CREATE TEMP TABLE arrived (LIKE {table} INCLUDING DEFAULTS)",
        copy_sql("arrived", target.names, changed, role),
        f"CREATE TEMP TABLE removed ({definition})",
        copy_sql("removed", removed_columns, removed, role),
        f"CREATE TEMP TABLE latest AS SELECT {columns} FROM (SELECT {columns}, ROW_NUMBER() OVER "
        f"(PARTITION BY {key_columns} ORDER BY {version} DESC) AS nth FROM arrived) AS ranked WHERE nth = 1",
        f"DELETE FROM latest USING {table} WHERE {same_key('latest')} "
        f"AND {short}.{version} > latest.{version}",
        f"DELETE FROM {table} USING removed WHERE {same_key('removed')} "
        f"AND COALESCE({short}.{version}, 0) <= removed.{version}",
        f"MERGE INTO {table} USING latest ON {same_key('latest')} "
        f"WHEN MATCHED THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})",
        f"INSERT INTO {log} (batch_id, table_name, loaded_at) "
        f"SELECT {literal(batch)}, {literal(target.name)}, GETDATE() "
        f"WHERE NOT EXISTS (SELECT 1 FROM {log} WHERE batch_id = {literal(batch)})",
    ]


# --- AWS --------------------------------------------------------------------------------------------


class Redshift:
    """The Data API: one batch of statements is one transaction."""

    def __init__(self, client: Any, settings: Any, sleep: Sleep = time.sleep, clock: Clock = time.time):
        self.client, self.settings, self.sleep, self.clock = client, settings, sleep, clock

    def run(self, statements: Sequence[str], token: str) -> None:
        """Run the statements and wait for the end. Raises StatementFailed.

        The same token within 8 hours runs nothing again. Old versions of boto3 know no token; there the
        statements' own guards make a repetition harmless.
        """
        request = {
            "WorkgroupName": self.settings.workgroup,
            "Database": self.settings.database,
            "SecretArn": self.settings.secret_arn,
            "Sqls": list(statements),
            "StatementName": self.settings.statement_name,
        }
        shape = self.client.meta.service_model.operation_model("BatchExecuteStatement").input_shape
        if "ClientToken" in shape.members:
            request["ClientToken"] = token
        identity = self.client.batch_execute_statement(**request)["Id"]
        deadline = self.clock() + self.settings.statement_seconds
        pause = 0.2
        while True:
            answer = self.client.describe_statement(Id=identity)
            if answer["Status"] == "FINISHED":
                return
            if answer["Status"] in {"FAILED", "ABORTED"}:
                raise StatementFailed(answer.get("Error") or f"the statement {identity} was cancelled")
            if self.clock() >= deadline:
                self.client.cancel_statement(Id=identity)
                raise StatementFailed(f"the statement {identity} was cancelled at its deadline")
            self.sleep(pause)
            pause = min(pause * 1.5, 5)


class Store:
    """The folders of the chain in S3: pending, staging, archive, dead-letter."""

    def __init__(self, client: Any, bucket: str, prefix: str, alert: Callable[[str], None] = print):
        self.client, self.bucket, self.prefix, self.alert = client, bucket, prefix, alert

    def uri(self, path: str) -> str:
        """The address of an object."""
        return f"s3://{self.bucket}/{self.prefix}{path}"

    def put(self, path: str, body: str) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + path, Body=body.encode("utf-8"))

    def read(self, key: str) -> bytes:
        """Read an object by its whole key."""
        return bytes(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def read_all(self, keys: Sequence[str]) -> List[Tuple[str, bytes]]:
        """Read many small objects, some at a time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(zip(keys, pool.map(self.read, keys)))

    def listed(self, folder: str, most: int) -> List[Dict[str, Any]]:
        """At most so many objects of a folder, by name."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}{folder}/", PaginationConfig={"MaxItems": most}
        )
        return [item for page in pages for item in page.get("Contents", [])]

    def archive(self, keys: Sequence[str], folder: str) -> None:
        """Move pending objects; all are copied first, so that a crash in between loses nothing."""

        def copy(key: str) -> None:
            to = f"{self.prefix}{folder}/{key.rpartition('/')[2]}"
            source = {"Bucket": self.bucket, "Key": key}
            self.client.copy_object(Bucket=self.bucket, Key=to, CopySource=source)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(copy, keys))
        for start in range(0, len(keys), DELETE_AT_ONCE):
            part = [{"Key": key} for key in keys[start : start + DELETE_AT_ONCE]]
            answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": part, "Quiet": True})
            if answer.get("Errors"):
                raise RuntimeError(f"S3 did not delete {len(answer['Errors'])} pending keys")

    def bury(self, key: str, reason: str) -> None:
        """Move a pending object to the dead-letter prefix, with the reason."""
        text = self.read(key).decode("utf-8", "replace")
        body = json.dumps({"reason": reason, "pending": key, "event": text}, ensure_ascii=False)
        self.put("dead-letter/" + key.rpartition("/")[2], body)
        self.client.delete_object(Bucket=self.bucket, Key=key)
        self.alert(f"{self.uri('dead-letter/')}{key.rpartition('/')[2]}: {reason}")


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

        Keys that are left have a state machine waiting for them, which starts the next run.
        """
        end = self.clock() + self.settings.run_seconds
        loaded = 0
        while self.clock() < end and self._wait_for_batch(end):
            objects = self.store.listed("pending", self.settings.chunk_size)
            self.store.put("last-load/time", str(self.clock()))
            loaded += self._load(objects)
        return loaded

    def _wait_for_batch(self, end: float) -> bool:
        """Wait until a batch is full or its window is over; False when nothing is pending.

        The first key after a quiet time does not wait. Waiting costs next to nothing here, while every
        load keeps Redshift awake for a minute at least.
        """
        last = [item["LastModified"].timestamp() for item in self.store.listed("last-load", 1)]
        ready = min(last[0] + self.settings.window_seconds, end) if last else 0.0
        while True:
            waiting = len(self.store.listed("pending", self.settings.batch_size))
            if waiting == 0 or waiting >= self.settings.batch_size or self.clock() >= ready:
                return waiting > 0
            self.sleep(min(5.0, max(0.1, ready - self.clock())))

    def _load(self, objects: List[Dict[str, Any]]) -> int:
        """Load what some pending objects name, dividing them where rows refuse to load."""
        keys, named = self._keys([item["Key"] for item in objects])
        rows, removed, poison = self._rows(keys)
        reasons = {key: poison[text] for key, texts in named.items() for text in texts if text in poison}
        objects = [item for item in objects if item["Key"] in named]
        batch = batch_id(objects)
        try:
            if rows or removed:
                self._merge(batch, rows, removed)
        except StatementFailed as error:
            if not LOAD_ERROR.search(str(error)):
                raise
            if len(objects) > 1:
                middle = len(objects) // 2
                return self._load(objects[:middle]) + self._load(objects[middle:])
            reasons = {objects[0]["Key"]: str(error)}
        for key, reason in reasons.items():
            self.store.bury(key, reason)
        day = time.strftime("%Y/%m/%d", time.gmtime(self.clock()))
        self.store.archive(sorted(set(named) - set(reasons)), f"archive/{day}")
        counts = f"{len(rows)} rows, {len(removed)} gone, {len(reasons)} buried"
        print(f"batch {batch}: {len(named)} events, {counts}")
        return len(named) - len(reasons)

    def _keys(self, pending: Sequence[str]) -> Tuple[Keys, Dict[str, List[str]]]:
        """The keys to read, by their text, and the texts that each pending object names."""
        settings = self.settings
        keys: Keys = {}
        named: Dict[str, List[str]] = {}
        for name, body in self.store.read_all(pending):
            try:
                event = json.loads(body)
                if isinstance(event, str):  # Step Functions may write a text as a JSON string
                    event = json.loads(event)
                found = keys_of(event, settings.table_name, settings.hash_key, settings.hash_key_type)
            except ValueError as error:
                self.store.bury(name, str(error))
                continue
            texts = {key_text(key[settings.hash_key]): key for key in found}
            keys.update(texts)
            named[name] = list(texts)
        return keys, named

    def _rows(self, keys: Keys) -> Tuple[List[Any], List[Any], Dict[str, str]]:
        """Read the items: the rows to write, the keys that are gone, and why an item cannot be a row."""
        version = int(self.clock() * 1000)  # before the read: what is read later is at least this new
        target, hash_key = self.settings.target, self.settings.hash_key
        items = {key_text(item[hash_key]): item for item in self._read(list(keys.values()))}
        rows, removed, poison = [], [], {}
        for text in keys:
            try:
                if text in items:
                    rows.append(row_of(items[text], target, version))
                else:
                    removed.append({target.key[0]: text, target.version: version})
            except Poison as error:
                poison[text] = str(error)
        return rows, removed, poison

    def _read(self, left: List[Dict[str, Any]]) -> Iterable[Dict[str, Any]]:
        """Consistent reads of many items; what DynamoDB leaves unprocessed is asked for again."""
        table, attempt = self.settings.table_name, 0
        while left:
            asked, left = left[:READ_AT_ONCE], left[READ_AT_ONCE:]
            request = {table: {"Keys": asked, "ConsistentRead": True}}
            answer = self.dynamodb.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(table, [])
            unprocessed = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            attempt = attempt + 1 if unprocessed else 0
            if attempt > READ_ATTEMPTS:
                raise RuntimeError(f"DynamoDB leaves keys of {table} unprocessed, {attempt} times in a row")
            if unprocessed:
                left = unprocessed + left
                self.sleep(random.uniform(0, min(0.1 * 2**attempt, 20)))

    def _merge(self, batch: str, rows: List[Any], removed: List[Any]) -> None:
        """Stage the batch and run its statements; a failure leaves a mark, which changes the next token."""
        staging = f"staging/{batch}"
        changed, gone = self._stage(f"{staging}/changed", rows), self._stage(f"{staging}/removed", removed)
        statements = merge_sql(self.settings.target, changed, gone, self.settings.copy_role_arn, batch)
        for attempt in range(1, LOAD_ATTEMPTS + 1):
            failures = len(self.store.listed(f"{staging}/failures", 1000))
            token = hashlib.sha256(f"{batch}:{failures}".encode()).hexdigest()
            try:
                self.redshift.run(statements, token)
                return
            except StatementFailed as error:
                self.store.put(f"{staging}/failures/{failures:06d}", str(error))
                if attempt == LOAD_ATTEMPTS or not PASSING_ERROR.search(str(error)):
                    raise

    def _stage(self, path: str, rows: List[Any]) -> str:
        """Write rows and the manifest that lists them; returns the manifest's address."""
        self.store.put(f"{path}.json", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        entry = {"url": self.store.uri(f"{path}.json"), "mandatory": True}
        self.store.put(f"{path}.manifest", json.dumps({"entries": [entry]}))
        return self.store.uri(f"{path}.manifest")


def batch_id(objects: Iterable[Dict[str, Any]]) -> str:
    """A name for this set of events: the same events give the same name."""
    lines = sorted(f"{item['Key']} {item['ETag']}" for item in objects)
    return hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()


def arguments(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the job's arguments; Glue adds arguments of its own, which are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "prefix", "region", "table_name", "hash_key", "dead_letter_queue"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("workgroup", "database", "secret_arn", "copy_role_arn"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--hash_key_type", default="S")
    parser.add_argument("--statement_name", default="GlueTestjob")
    parser.add_argument("--target", required=True, type=Target.from_json)
    numbers = {"batch_size": 100, "window_seconds": 300, "chunk_size": 5000}
    numbers.update(run_seconds=2700, statement_seconds=1800)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_known_args(argv)[0]


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Drain the pending keys once."""
    import boto3

    settings = arguments(argv)
    region = settings.region
    sqs = boto3.client("sqs", region_name=region)

    def alert(text: str) -> None:
        print(f"buried {text}")
        sqs.send_message(QueueUrl=settings.dead_letter_queue, MessageBody=text)

    store = Store(boto3.client("s3", region_name=region), settings.bucket, settings.prefix, alert)
    redshift = Redshift(boto3.client("redshift-data", region_name=region), settings)
    job = Job(settings, store, boto3.client("dynamodb", region_name=region), redshift)
    print(f"{job.drain()} events loaded")


if __name__ == "__main__":
    main(sys.argv[1:])
