"""DynamotoRedshift: brings every item of the DynamoDB table to Redshift; a full load, started by hand.

A Glue ETL job (Glue 5.0). Redshift itself reads the table (COPY from dynamodb://), in parallel and at a share
of the table's read capacity, so Spark has nothing to do, and no row passes through this process. It takes
attributes of type S and N that have a column of the same name in any case; other attributes are left out.
The arguments are described in README.md.

With ``--export`` it reads an export of the table in S3 instead, which takes none of the table's capacity:
Spark gives each file to a worker, and GlueTestjob's rules (its script comes with ``--extra-py-files``) make
rows of the items: of every type, and an item that fits no row is a dead letter with the reason.

It may run beside the increments. Every row it writes carries the time before the read as its version, so a
newer row stays. An item that was deleted during the read could come back with it: afterwards the events of
that time are made pending again, and GlueTestjob reads those items once more.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

LOAD_LOG = "dpctl_load_log"
PAGE_BYTES = 8 << 20  # of a staged object
SKEW = 3600.0  # an archived event's folder is of its job's clock, before it is written; its time is of S3's
Sleep = Callable[[float], None]
Clock = Callable[[], float]


class StatementFailed(RuntimeError):
    """Redshift refused the batch of statements; the text is Redshift's."""


# --- SQL: pure; quoting and the Data API are those of glue_shell/GlueTestjob.py, word for word ------


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted string; Redshift reads a backslash as an escape, so it is doubled like the quote."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def from_table(settings: Any) -> List[str]:
    """The COPY of a DynamoDB table."""
    return [
        f"COPY arrived FROM {literal('dynamodb://' + settings.table_name)} "
        f"IAM_ROLE {literal(settings.copy_role_arn)} "
        f"READRATIO {settings.read_ratio} TIMEFORMAT 'auto' DATEFORMAT 'auto'"
    ]


def from_files(settings: Any, manifest: str, rows: int) -> List[str]:
    """The COPY of staged rows; another number of them than were staged undoes everything."""
    columns = ", ".join(identifier(column["name"]) for column in settings.target["columns"])
    return [
        f"COPY arrived ({columns}) FROM {literal(manifest)} IAM_ROLE {literal(settings.copy_role_arn)} "
        "MANIFEST FORMAT AS JSON 'auto' TIMEFORMAT 'auto' DATEFORMAT 'auto'",
        f"SELECT 1 / (CASE WHEN COUNT(*) = {rows} THEN 1 ELSE 0 END) FROM arrived",
    ]


def load_sql(target: Dict[str, Any], copy: List[str], settings: Any, version: int) -> List[str]:
    """The statements of a full load, for one transaction.

    ``copy`` fills the table ``arrived``; ``version`` is the time before the read in epoch ms. Rows that are
    newer than that stay. With ``settings.delete_missing`` rows whose item is gone are deleted.
    """
    table = f"{identifier(target['schema'])}.{identifier(target['name'])}"
    short, newer = identifier(target["name"]), identifier(target["version"])
    log = f"{identifier(target['schema'])}.{identifier(LOAD_LOG)}"
    names = [column["name"] for column in target["columns"]]
    columns = ", ".join(identifier(name) for name in names)
    values = ", ".join(f"arrived.{identifier(name)}" for name in names)
    rest = [identifier(name) for name in names if name not in target["key"]]
    updates = ", ".join(f"{name} = arrived.{name}" for name in rest)
    key = [identifier(name) for name in target["key"]]
    same_key = " AND ".join(f"{short}.{name} = arrived.{name}" for name in key)
    missing = (
        f"DELETE FROM {table} WHERE COALESCE({newer}, 0) < {version} "
        f"AND NOT EXISTS (SELECT 1 FROM arrived WHERE {same_key})"
    )
    return [
        f"LOCK {log}",  # one load at a time; before anything that takes a snapshot
        f"CREATE TEMP TABLE arrived (LIKE {table} INCLUDING DEFAULTS)",
        *copy,
        f"UPDATE arrived SET {newer} = {version}",
        f"DELETE FROM arrived USING {table} WHERE {same_key} AND {short}.{newer} > arrived.{newer}",
        *([missing] if settings.delete_missing else []),
        f"MERGE INTO {table} USING arrived ON {same_key} "
        f"WHEN MATCHED THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})",
        f"INSERT INTO {log} (batch_id, table_name, loaded_at) "
        f"VALUES ({literal(f'full-{version}')}, {literal(target['name'])}, GETDATE())",
    ]


def log_sql(target: Dict[str, Any]) -> str:
    """The load log, where it is missing; `dpctl tables apply` makes it with the tables."""
    return (
        f"CREATE TABLE IF NOT EXISTS {identifier(target['schema'])}.{identifier(LOAD_LOG)} "
        "(batch_id varchar(64) NOT NULL, table_name varchar(127) NOT NULL, loaded_at timestamp NOT NULL)"
    )


# --- an export in S3 ("DynamoDB table export output format", DynamoDB developer guide) ----------------


class Unusable(RuntimeError):
    """The export can't be loaded; the text says why."""


def opened(s3: Any, address: str, table: str) -> Tuple[int, List[Dict[str, Any]]]:
    """The time of an export (epoch ms), and its files: key and number of items. Raises Unusable."""
    bucket, _, prefix = address[5:].rstrip("/").partition("/")
    try:
        summary = json.loads(_read(s3, bucket, f"{prefix}/manifest-summary.json"))
        listed = _read(s3, summary["s3Bucket"], summary["manifestFilesS3Key"])
    except s3.exceptions.NoSuchKey as error:
        text = "the folder AWSDynamoDB/<export id> of an export that is COMPLETED has it"
        raise Unusable(f"{address} has no manifest-summary.json: {text}") from error
    name = str(summary.get("tableArn", "")).rpartition("/")[2]
    for wrong, text in (
        (summary.get("outputFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON", "its format is not DYNAMODB_JSON"),
        (summary.get("exportType", "FULL_EXPORT") != "FULL_EXPORT", "it is incremental: take a full one"),
        (name != table, f"it is of the table {name}, not of {table}"),
    ):
        if wrong:
            raise Unusable(f"{address}: {text}")
    taken = datetime.fromisoformat(summary["exportTime"].replace("Z", "+00:00"))
    files = [json.loads(line) for line in listed.decode("utf-8").splitlines() if line.strip()]
    found = [
        {"bucket": summary["s3Bucket"], "key": file["dataFileS3Key"], "items": file["itemCount"]}
        for file in files
    ]
    return int(taken.timestamp() * 1000), found


def _read(s3: Any, bucket: str, key: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def native(attribute: Dict[str, Any]) -> Dict[str, Any]:
    """An attribute of an export as boto3 gives it: bytes are bytes."""
    ((kind, value),) = attribute.items()
    if kind == "B":
        return {kind: base64.b64decode(value)}
    if kind == "BS":
        return {kind: [base64.b64decode(part) for part in value]}
    if kind == "M":
        return {kind: {name: native(part) for name, part in value.items()}}
    return {kind: [native(part) for part in value]} if kind == "L" else attribute


class Staged(NamedTuple):
    """What became of a file: the objects in S3, how many items fit a row or none; or why it can't be read."""

    entries: List[Dict[str, Any]]
    rows: int
    refused: int
    fault: str = ""


def stage(settings: Any, s3: Any, rules: Any, folder: str, file: Dict[str, Any], version: int) -> Staged:
    """Make rows of a file's items, and put them into S3 a page at a time; a worker does this.

    Doing it again gives the same objects. Items that fit no row become dead letters. Raises Unusable where
    the file has another number of items than the export says.
    """
    target = rules.Target.from_json(json.dumps(settings.target))
    store = rules.Store(s3, settings.bucket, settings.prefix, lambda text: print(f"dead letter: {text}"))
    name = file["key"].rpartition("/")[2].partition(".")[0]
    entries: List[Dict[str, Any]] = []
    page: List[str] = []
    size = rows = refused = 0

    def put() -> None:
        path = f"{folder}{name}-{len(entries):05d}.json"
        body = "".join(line + "\n" for line in page).encode("utf-8")
        store.put(path, body)
        length = {"content_length": len(body)}
        entries.append({"url": store.uri(path), "mandatory": True, "meta": length})
        page.clear()

    for number, item in enumerate(_items(s3, file)):
        try:
            page.append(rules.to_json(rules.row_of(item, target, version)))
        except rules.Poison as error:
            refused += 1
            key = {part: item[part] for part in (settings.hash_key,) if part in item}
            store.set_aside(_letter(rules, settings, f"{folder}{name}-{number}.json", key), 0, str(error))
            continue
        rows, size = rows + 1, size + len(page[-1])
        if size >= PAGE_BYTES:
            put()
            size = 0
    if page:
        put()
    if rows + refused != file["items"]:
        raise Unusable(f"{file['key']} has {rows + refused} items, and the export says {file['items']}")
    return Staged(entries, rows, refused)


def _items(s3: Any, file: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
    body = s3.get_object(Bucket=file["bucket"], Key=file["key"])["Body"]
    with gzip.open(body, "rt", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.strip():
                item = json.loads(line)["Item"]
                yield {name: native(attribute) for name, attribute in item.items()}


def _letter(rules: Any, settings: Any, place: str, key: Dict[str, Any]) -> Any:
    """An event that names the key, so that `dpctl redrive` can bring the item back once it is mended."""
    named = {name: {kind: _words(value) for kind, value in part.items()} for name, part in key.items()}
    asked = {"tableName": settings.table_name, "key": named}
    return rules.Event(place, json.dumps({"eventName": "Export", "requestParameters": asked}))


def _words(value: Any) -> str:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)


def in_workers(settings: Any, folder: str, files: Sequence[Dict[str, Any]], version: int) -> List[Staged]:
    """Stage all files of an export, each in one of Spark's workers."""
    from pyspark.sql import SparkSession

    def work(file: Dict[str, Any]) -> Staged:
        import boto3
        import GlueTestjob

        s3 = boto3.client("s3", region_name=settings.region)
        try:
            return stage(settings, s3, GlueTestjob, folder, file, version)
        except Unusable as error:  # trying the worker's task again would not help
            return Staged([], 0, 0, str(error))

    context = SparkSession.builder.getOrCreate().sparkContext
    return list(context.parallelize(list(files), max(1, len(files))).map(work).collect())


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


def replay(s3: Any, settings: Any, since: float, until: float) -> List[str]:
    """Make the events that were loaded since then pending again, by names of their own; returns those."""
    first, last = (datetime.fromtimestamp(at, timezone.utc).date() for at in (since - SKEW, until + SKEW))
    again = []
    for day in range((last - first).days + 1):
        folder = f"{settings.prefix}archive/{(first + timedelta(days=day)):%Y/%m/%d}/"
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=settings.bucket, Prefix=folder)
        for item in (item for page in pages for item in page.get("Contents", [])):
            if item["LastModified"].timestamp() < since - 1:  # S3 keeps whole seconds
                continue
            name = f"replay-{uuid.uuid4().hex[:12]}-{item['Key'].rpartition('/')[2]}"
            source = {"Bucket": settings.bucket, "Key": item["Key"]}
            again.append(f"{settings.prefix}pending/{name}")
            s3.copy_object(Bucket=settings.bucket, Key=again[-1], CopySource=source)
    return again


def wake(glue: Any, settings: Any) -> None:
    """Start the workflow. The run that is active, or the sweeper, takes the keys where it is refused."""
    try:
        glue.start_workflow_run(Name=settings.workflow)
    except glue.exceptions.ConcurrentRunsExceededException:
        print("a run is active; it takes these keys, or the sweeper starts the next one")


def exported(settings: Any, s3: Any, folder: str) -> Tuple[int, List[str]]:
    """Stage an export; returns its time (epoch ms) and the COPY of its rows. Raises Unusable."""
    version, files = opened(s3, settings.export, settings.table_name)
    try:
        staged = in_workers(settings, folder, files, version)
        for fault in (one.fault for one in staged if one.fault):
            raise Unusable(fault)
        rows, refused = sum(one.rows for one in staged), sum(one.refused for one in staged)
        print(f"{len(files)} files: {rows} items fit, {refused} are dead letters")
        if refused and settings.delete_missing:
            raise Unusable(f"{refused} items fit no row, and --delete_missing would delete theirs")
        entries = [entry for one in staged for entry in one.entries]
        key = f"{settings.prefix}{folder}manifest"
        s3.put_object(Bucket=settings.bucket, Key=key, Body=json.dumps({"entries": entries}).encode())
    except BaseException:
        clear(s3, settings, folder)
        raise
    return version, from_files(settings, f"s3://{settings.bucket}/{key}", rows) if entries else []


def clear(s3: Any, settings: Any, folder: str) -> None:
    """Take what was staged away."""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=settings.bucket, Prefix=f"{settings.prefix}{folder}"
    )
    for page in pages:
        keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=settings.bucket, Delete={"Objects": keys})


def arguments(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the job's arguments; Glue adds arguments of its own, which are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "prefix", "region", "table_name", "workflow"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("workgroup", "database", "secret_arn", "copy_role_arn"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--target", required=True, type=json.loads)
    parser.add_argument("--hash_key", default="")
    parser.add_argument("--export", default="")
    parser.add_argument("--read_ratio", type=int, default=50, choices=range(1, 201), metavar="1..200")
    parser.add_argument("--delete_missing", type=lambda text: text.lower() == "true", default=False)
    parser.add_argument("--statement_seconds", type=int, default=3000)
    parser.add_argument("--statement_name", default="DynamotoRedshift")
    return parser.parse_known_args(argv)[0]


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Load everything once."""
    import boto3

    settings = arguments(argv)
    region = settings.region
    s3, glue = boto3.client("s3", region_name=region), boto3.client("glue", region_name=region)
    began = time.time()
    version, copy = int(began * 1000), from_table(settings)
    folder = f"staging/export-{uuid.uuid4().hex}/"
    if settings.export:
        try:
            version, copy = exported(settings, s3, folder)
        except Unusable as error:
            sys.exit(f"Unusable: {error}")
        began = version / 1000  # what was written since the export is loaded again
    statements = load_sql(settings.target, copy, settings, version)
    redshift = Redshift(boto3.client("redshift-data", region_name=region), settings)
    try:
        redshift.run([log_sql(settings.target)])
    except StatementFailed as error:  # a loader that may not create tables; `dpctl tables apply` made it
        print(f"the load log: {error}")
    try:
        redshift.run(statements)
    finally:
        if settings.export:
            clear(s3, settings, folder)
    print(f"loaded {settings.export or settings.table_name} with version {version}")
    pending = replay(s3, settings, began, time.time())
    if pending:
        print(f"{len(pending)} events came in meanwhile, and are loaded again")
        wake(glue, settings)


if __name__ == "__main__":
    main(sys.argv[1:])
