"""Reconcile: compares the DynamoDB table with the Redshift table, and says or mends what differs.

A Glue ETL job (Glue 5.0), for tables too large for one machine: Spark's workers scan a segment of the table
each, at a bounded share of its read units, and make of every item the row that GlueTestjob would (its script
comes with `--extra-py-files`). Redshift loads these rows and compares. No row passes through the driver, and
no worker holds more than a page. `dpctl reconcile` is the same comparison with one process: it imports the
functions of this script. The arguments are described in README.md.

A row carries as its version the time before its item was read. A row in Redshift that was read later than the
scan did is newer, and no difference; one that was read before, and has other values, is stale.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

NO_ROW = -1  # the version of a key whose item no row can be made of: it is neither missing nor stale
PAGE = 10_000  # rows in an object, or
PAGE_BYTES = 8 << 20
MOST = 50_000  # differences that are fetched; the next run finds the rest
EVENTS = 2_000  # keys in a pending object
SCANNED = "scanned"
Sleep = Callable[[float], None]
Clock = Callable[[], float]
Difference = Tuple[str, str]  # missing, extra or stale; and the key


# --- the comparison: `dpctl reconcile` has it from here ------------------------------------------------


def line_of(
    rules: Any, target: Any, hash_key: str, item: Dict[str, Any], version: int, keys_only: bool
) -> Tuple[str, bool]:
    """The row of an item as a line of JSON, and whether one can be made of it.

    ``rules`` is GlueTestjob, ``target`` its Target. Of an item that fits no row there is its key, with the
    version NO_ROW.
    """
    key = target.key[0]
    if not keys_only:
        try:
            return str(rules.to_json(rules.row_of(item, target, version))), True
        except rules.Poison:
            pass
    try:
        value = rules.key_value(target, item[hash_key])
    except rules.Poison:
        return str(rules.to_json({target.version: str(NO_ROW)})), False
    return str(rules.to_json({key: value, target.version: str(version if keys_only else NO_ROW)})), keys_only


def columns_of(target: Any, keys_only: bool) -> List[str]:
    """The columns that are compared: all, or key and version."""
    return [target.key[0], target.version] if keys_only else list(target.names)


def scan(
    client: Any,
    table: str,
    hash_key: str,
    segments: Tuple[int, int],
    units: float,
    keys_only: bool,
    clocks: Tuple[Sleep, Clock, Clock],
) -> Iterator[Tuple[Dict[str, Any], int]]:
    """The items of one segment of so many, each with the time before it was read (epoch ms).

    No more than ``units`` read units a second are taken. ``clocks``: a sleep, a clock that only goes forward,
    and the time of day.
    """
    sleep, clock, now = clocks
    request: Dict[str, Any] = {
        "TableName": table,
        "ReturnConsumedCapacity": "TOTAL",
        "Segment": segments[0],
        "TotalSegments": segments[1],
    }
    if keys_only:
        request.update(ProjectionExpression="#k", ExpressionAttributeNames={"#k": hash_key})
    while True:
        began, version = clock(), int(now() * 1000)
        answer = client.scan(**request)
        for item in answer["Items"]:
            yield item, version
        used = float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
        sleep(max(0.0, used / units - (clock() - began)))
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def pages(lines: Iterable[Tuple[str, bool]]) -> Iterator[Tuple[List[str], int]]:
    """The lines, as many at a time as belong into an object, and how many of them fit no row."""
    page: List[str] = []
    size = unfit = 0
    for line, fits in lines:
        page.append(line)
        size, unfit = size + len(line), unfit + (not fits)
        if len(page) >= PAGE or size >= PAGE_BYTES:
            yield page, unfit
            page, size, unfit = [], 0, 0
    if page:
        yield page, unfit


def differences_sql(rules: Any, target: Any, scanned: str, keys_only: bool) -> str:
    """A query for the kind and key of every difference between a table of scanned rows and the target."""
    table = f"{rules.identifier(target.schema)}.{rules.identifier(target.name)}"
    key, version = rules.identifier(target.key[0]), rules.identifier(target.version)
    sides = (
        f"SELECT 'missing' AS kind, k.{key} AS key FROM {scanned} k LEFT JOIN {table} t "
        f"ON t.{key} = k.{key} WHERE t.{key} IS NULL AND k.{version} >= 0 "
        f"UNION ALL SELECT 'extra', t.{key} FROM {table} t "
        f"LEFT JOIN {scanned} k ON k.{key} = t.{key} WHERE k.{key} IS NULL"
    )
    if not keys_only:
        others = [name for name in target.names if name not in {target.key[0], target.version}]
        parts = [_unlike(rules.identifier(name), target.type_of(name)) for name in others]
        sides += (
            f" UNION ALL SELECT 'stale', t.{key} FROM {table} t JOIN {scanned} k ON k.{key} = t.{key} "
            f"WHERE COALESCE(t.{version}, 0) < k.{version} AND ({' OR '.join(parts) or 'FALSE'})"
        )
    return sides


def _unlike(column: str, kind: str) -> str:
    """That two values of a column are not the same; SUPER is compared by its text."""
    ours, theirs = f"k.{column}", f"t.{column}"
    if kind.strip().lower() == "super":
        ours, theirs = f"JSON_SERIALIZE({ours})", f"JSON_SERIALIZE({theirs})"
    return f"{ours} <> {theirs} OR (k.{column} IS NULL) <> (t.{column} IS NULL)"


def counted_sql(sides: str) -> str:
    """How many differences there are of each kind."""
    return f"SELECT kind, COUNT(*) AS n FROM ({sides}) AS d GROUP BY kind"


def listed_sql(sides: str) -> str:
    """The differences, MOST at most."""
    return f"SELECT kind, key FROM ({sides}) AS d ORDER BY 1, 2 LIMIT {MOST}"


def pending_objects(
    differences: Sequence[Difference], table: str, hash_key: str, hash_key_type: str
) -> Iterator[Tuple[str, bytes]]:
    """The pending objects, by name, that make the drain read the items of these keys again."""
    for start in range(0, len(differences), EVENTS):
        part = differences[start : start + EVENTS]
        lines = [
            json.dumps(
                {
                    "eventName": f"reconcile-{kind}",
                    "requestParameters": {"tableName": table, "key": {hash_key: {hash_key_type: key}}},
                }
            )
            for kind, key in part
        ]
        body = "".join(f"{line}\n" for line in lines).encode("utf-8")
        yield f"reconcile-{uuid.uuid4().hex}-x{len(part)}.json", body


# --- the job ------------------------------------------------------------------------------------------


def stage(settings: Any, folder: str, segments: Tuple[int, int], now: Clock = time.time) -> Dict[str, Any]:
    """Scan one segment and write its rows to S3: what a worker does. Returns counts, and the files."""
    import boto3
    import GlueTestjob as rules

    s3 = boto3.client("s3", region_name=settings.region)
    dynamodb = boto3.client("dynamodb", region_name=settings.region)
    target = rules.Target.from_json(settings.target)
    keys_only, units = settings.keys_only, settings.read_units / segments[1]
    clocks = (time.sleep, time.monotonic, now)
    items = scan(dynamodb, settings.table_name, settings.hash_key, segments, units, keys_only, clocks)
    found: Dict[str, Any] = {"scanned": 0, "unfit": 0, "files": []}
    lines = (line_of(rules, target, settings.hash_key, item, at, keys_only) for item, at in items)
    for number, (page, unfit) in enumerate(pages(lines)):
        key = f"{folder}{segments[0]:05d}-{number:06d}.json"
        body = "".join(f"{line}\n" for line in page).encode("utf-8")
        s3.put_object(Bucket=settings.bucket, Key=key, Body=body)
        found["scanned"] += len(page)
        found["unfit"] += unfit
        found["files"].append(f"s3://{settings.bucket}/{key}")
    return found


def compare(
    settings: Any, s3: Any, redshift: Any, rules: Any, folder: str, parts: List[Dict[str, Any]]
) -> Dict[str, Any]:
    """Load what the workers staged, and compare: one transaction, in a temporary table."""
    target = rules.Target.from_json(settings.target)
    names = columns_of(target, settings.keys_only)
    definition = ", ".join(f"{rules.identifier(name)} {target.type_of(name)}" for name in names)
    statements = [f"CREATE TEMP TABLE {SCANNED} ({definition})"]
    files = [file for part in parts for file in part["files"]]
    if files:
        key = f"{folder}manifest"
        entries = [{"url": file, "mandatory": True} for file in files]
        s3.put_object(Bucket=settings.bucket, Key=key, Body=json.dumps({"entries": entries}).encode())
        place = f"s3://{settings.bucket}/{key}"
        statements.append(rules.copy_sql(SCANNED, names, place, settings.copy_role_arn))
    sides = differences_sql(rules, target, SCANNED, settings.keys_only)
    done = redshift.run([*statements, counted_sql(sides), listed_sql(sides)])
    first = len(statements) + 1
    counts = dict(rules.rows_of(redshift.client, f"{done['Id']}:{first}"))
    keys = rules.rows_of(redshift.client, f"{done['Id']}:{first + 1}")
    return {
        "scanned": sum(part["scanned"] for part in parts),
        "unfit": sum(part["unfit"] for part in parts),
        **{kind: int(counts.get(kind, 0)) for kind in ("missing", "extra", "stale")},
        "differences": [(kind, str(key)) for kind, key in keys],
    }


def remove(settings: Any, s3: Any, folder: str) -> None:
    """Take away what was staged."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=settings.bucket, Prefix=folder)
    for page in pages:
        keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=settings.bucket, Delete={"Objects": keys})


def mend(settings: Any, s3: Any, glue: Any, differences: Sequence[Difference]) -> int:
    """Make the keys that differ pending, and ask for a run; returns how many."""
    found = pending_objects(differences, settings.table_name, settings.hash_key, settings.hash_key_type)
    for name, body in found:
        s3.put_object(Bucket=settings.bucket, Key=f"{settings.prefix}pending/{name}", Body=body)
    if differences:
        try:
            glue.start_workflow_run(Name=settings.workflow)
        except glue.exceptions.ConcurrentRunsExceededException:
            print("a run is active; it takes these keys, or the sweeper starts the next one")
    return len(differences)


def report(settings: Any, s3: Any, found: Dict[str, Any]) -> None:
    """Keep what was found beside the chain's folders, and print the counts: logs hold no keys."""
    name = time.strftime("reconcile/%Y-%m-%dT%H%M%SZ.json", time.gmtime())
    s3.put_object(Bucket=settings.bucket, Key=settings.prefix + name, Body=json.dumps(found).encode("utf-8"))
    counts = {name: value for name, value in found.items() if name != "differences"}
    print(json.dumps({**counts, "report": f"s3://{settings.bucket}/{settings.prefix}{name}"}))


def arguments(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the job's arguments; Glue adds arguments of its own, which are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "prefix", "region", "table_name", "hash_key", "workflow"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("workgroup", "database", "copy_role_arn", "target"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--secret_arn", default="")  # without one, the database user of the job's role
    parser.add_argument("--hash_key_type", default="S")
    parser.add_argument("--statement_name", default="Reconcile")
    parser.add_argument("--read_units", type=float, default=500.0)
    parser.add_argument("--statement_seconds", type=int, default=3000)
    for name in ("keys_only", "fix"):
        parser.add_argument(f"--{name}", type=lambda text: text.lower() == "true", default=False)
    return parser.parse_known_args(argv)[0]


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Compare once. Fails where rows differ and are not mended, so that the alarm for failed runs rings."""
    import boto3
    import GlueTestjob as rules
    from pyspark.sql import SparkSession

    settings = arguments(argv)
    spark = SparkSession.builder.appName(settings.statement_name).getOrCreate().sparkContext
    folder = f"{settings.prefix}staging/reconcile-{uuid.uuid4().hex}/"
    many = max(1, spark.defaultParallelism)  # as many segments as are scanned at once
    s3, glue = (boto3.client(name, region_name=settings.region) for name in ("s3", "glue"))
    redshift = rules.Redshift(boto3.client("redshift-data", region_name=settings.region), settings)
    try:
        segments = spark.parallelize(range(many), many)
        parts = segments.map(lambda n: stage(settings, folder, (n, many))).collect()
        found = compare(settings, s3, redshift, rules, folder, parts)
    finally:
        remove(settings, s3, folder)
    found["fixed"] = mend(settings, s3, glue, found["differences"]) if settings.fix else 0
    report(settings, s3, found)
    differ = found["missing"] + found["extra"] + found["stale"]
    if differ > found["fixed"]:
        sys.exit(f"{differ - found['fixed']} rows differ: dpctl reconcile --fix, or --fix true for this job")


if __name__ == "__main__":
    main(sys.argv[1:])
