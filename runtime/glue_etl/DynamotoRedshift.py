"""DynamotoRedshift: brings every item of the DynamoDB table to Redshift; a full load, started by hand.

A Glue ETL job (Glue 5.0). Redshift itself reads the table (COPY from dynamodb://), in parallel and at a share
of the table's read capacity, so Spark has nothing to do, and no row passes through this process. It takes
attributes of type S and N that have a column of the same name in any case; other attributes are left out.
The arguments are described in README.md.

It may run beside the increments. Every row it writes carries the time before the read as its version, so a
newer row stays. An item that was deleted during the read could come back with it: afterwards the events of
that time are made pending again, and GlueTestjob reads those items once more.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Dict, List, Optional, Sequence

LOAD_LOG = "dpctl_load_log"
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


def load_sql(target: Dict[str, Any], source: str, role: str, settings: Any, version: int) -> List[str]:
    """The statements of a full load, for one transaction.

    ``source`` is the DynamoDB table, ``version`` the time before the read in epoch ms. Rows that are newer
    than that stay. With ``settings.delete_missing`` rows whose item is gone are deleted.
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
        f"COPY arrived FROM {literal('dynamodb://' + source)} IAM_ROLE {literal(role)} "
        f"READRATIO {settings.read_ratio} TIMEFORMAT 'auto' DATEFORMAT 'auto'",
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
            pause = min(pause * 1.5, 5)


def replay(s3: Any, settings: Any, since: float, until: float) -> List[str]:
    """Make the events that were loaded since then pending again; returns the pending keys."""
    first, last = (datetime.fromtimestamp(moment, timezone.utc).date() for moment in (since, until))
    again = []
    for day in range((last - first).days + 1):
        folder = f"{settings.prefix}archive/{(first + timedelta(days=day)):%Y/%m/%d}/"
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=settings.bucket, Prefix=folder)
        for item in (item for page in pages for item in page.get("Contents", [])):
            if item["LastModified"].timestamp() < since - 1:  # S3 keeps whole seconds
                continue
            pending = f"{settings.prefix}pending/{item['Key'].rpartition('/')[2]}"
            source = {"Bucket": settings.bucket, "Key": item["Key"]}
            s3.copy_object(Bucket=settings.bucket, Key=pending, CopySource=source)
            again.append(pending)
    return again


def wake(glue: Any, settings: Any) -> None:
    """Start the workflow. The run that is active, or the sweeper, takes the keys where it is refused."""
    try:
        glue.start_workflow_run(Name=settings.workflow)
    except glue.exceptions.ConcurrentRunsExceededException:
        print("a run is active; it takes these keys, or the sweeper starts the next one")


def arguments(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the job's arguments; Glue adds arguments of its own, which are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "prefix", "region", "table_name", "workflow"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("workgroup", "database", "secret_arn", "copy_role_arn"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--target", required=True, type=json.loads)
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
    version = int(began * 1000)
    statements = load_sql(settings.target, settings.table_name, settings.copy_role_arn, settings, version)
    redshift = Redshift(boto3.client("redshift-data", region_name=region), settings)
    try:
        redshift.run([log_sql(settings.target)])
    except StatementFailed as error:  # a loader that may not create tables; `dpctl tables apply` made it
        print(f"the load log: {error}")
    redshift.run(statements)
    print(f"loaded {settings.table_name} with version {version}")
    pending = replay(s3, settings, began, time.time())
    if pending:
        print(f"{len(pending)} events came in meanwhile, and are loaded again")
        wake(glue, settings)


if __name__ == "__main__":
    main(sys.argv[1:])
