"""Runs the UNLOAD statements of a schedule; as a Lambda function, or as a Glue python shell job.

The event (the job's arguments) carries the finished statements, one for each table; ``__RUN__`` in them is
replaced by the scheduled time, so that a run writes a folder of its own. All statements are started, then all
are followed to their end; one that fails does not stop the others. The result names every table; if any did
not finish, it is raised instead of returned, so that the caller's alarm sees it.

Doing it again is harmless: the Data API gives the same statement for the same schedule, table, time and
attempt (ClientToken, remembered for 8 hours), so a second try follows what the first one started. One that
has failed is followed by a new attempt, in a folder of its own: UNLOAD refuses a folder that holds files.
Python 3.9, boto3 1.21 or later, nothing but the standard library beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

RUN_MARK = "__RUN__"
ENDED = {"FINISHED", "FAILED", "ABORTED"}
PAUSE_SECONDS = 1.0
MOST_MISSES = 30  # failed questions in a row after which a statement is no longer asked for
MOST_ATTEMPTS = 50  # of one table at one time; each call makes one new attempt at most
LAST_SECONDS = 15.0  # what a Lambda function keeps to report before its own timeout


class UnloadFailed(RuntimeError):
    """At least one table was not dumped; the text is the whole result as JSON."""


@dataclass
class Result:
    """What became of one table. ``rows`` is -1 where Redshift does not say; STARTED means not ended yet."""

    table: str
    status: str
    statement_id: str = ""
    location: str = ""
    rows: int = -1
    error: str = ""


@dataclass(frozen=True)
class Connection:
    """Where statements run, and the handles to run them with."""

    client: Any
    workgroup: str
    database: str
    secret_arn: str
    sleep: Callable[[float], None] = time.sleep


def run_name(scheduled_time: str) -> str:
    """The scheduled time as it stands in keys: ``20260131T003000Z``. Raises ValueError."""
    moment = datetime.fromisoformat(scheduled_time.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def location_of(sql: str) -> str:
    """Where an UNLOAD writes."""
    found = re.search(r"\bTO '(s3://(?:[^']|'')+)'", sql)
    return found[1].replace("''", "'").replace("\\\\", "\\") if found else ""


def start(connection: Connection, schedule: str, run: str, table: str, sql: str, attempt: int = 0) -> Result:
    """Start one statement, or find the one that an earlier try started."""
    sql = sql.replace(RUN_MARK, f"{run}-{attempt}" if attempt else run)
    request = {
        "WorkgroupName": connection.workgroup,
        "Database": connection.database,
        "SecretArn": connection.secret_arn,
        "Sql": sql,
        "StatementName": f"unload-{schedule}-{table}"[:500],
        "WithEvent": True,
    }
    shape = connection.client.meta.service_model.operation_model("ExecuteStatement").input_shape
    if "ClientToken" in shape.members:
        name = f"{schedule}\n{table}\n{run}" + (f"\n{attempt}" if attempt else "")
        request["ClientToken"] = hashlib.sha256(name.encode()).hexdigest()
    try:
        identity = connection.client.execute_statement(**request)["Id"]
    except Exception as error:  # one table's refusal must not stop the others
        return Result(table, "FAILED", location=location_of(sql), error=str(error))
    return Result(table, "STARTED", str(identity), location_of(sql))


def attempt_again(
    connection: Connection, schedule: str, run: str, table: str, sql: str, began: float
) -> Result:
    """Follow the last attempt of a table, or make a new one where those of earlier calls have failed.

    ``began`` is when this call began (epoch seconds): a statement that is older is not this call's.
    """
    for attempt in range(MOST_ATTEMPTS):
        result = start(connection, schedule, run, table, sql, attempt)
        if result.status == "FAILED" or not _failed_before(connection, result.statement_id, began, attempt):
            break
    return result


def _failed_before(connection: Connection, statement_id: str, began: float, attempt: int) -> bool:
    try:
        answer = connection.client.describe_statement(Id=statement_id)
    except Exception:  # followed later, where questions that fail are counted
        return False
    if answer["Status"] not in {"FAILED", "ABORTED"}:
        return False
    created = answer.get("CreatedAt")
    return attempt == 0 if created is None else created.timestamp() < began - 1


def follow(connection: Connection, results: List[Result], seconds_left: Callable[[], float]) -> None:
    """Ask until every statement has ended, or the time is up."""
    misses = {result.statement_id: 0 for result in results}
    while True:
        for result in results:
            if result.status in ENDED:
                continue
            try:
                answer = connection.client.describe_statement(Id=result.statement_id)
            except Exception as error:  # asked again below; the statement itself goes on
                misses[result.statement_id] += 1
                if misses[result.statement_id] == MOST_MISSES:
                    result.status, result.error = "FAILED", f"its end is not known: {error}"
                continue
            misses[result.statement_id] = 0
            result.status, result.error = answer["Status"], answer.get("Error", "")
            result.rows = answer.get("ResultRows", -1)
        if all(result.status in ENDED for result in results) or seconds_left() <= LAST_SECONDS:
            return
        connection.sleep(PAUSE_SECONDS)


def unload(
    connection: Connection, event: Mapping[str, Any], seconds_left: Callable[[], float]
) -> Dict[str, Any]:
    """Run the statements of an event. Raises UnloadFailed with every table's result."""
    schedule, run = event["schedule"], run_name(event["scheduled_time"])
    statements = sorted(event["statements"].items())
    began = time.time()
    results = [attempt_again(connection, schedule, run, table, sql, began) for table, sql in statements]
    follow(connection, results, seconds_left)
    summary = {"schedule": schedule, "run": run, "results": [asdict(result) for result in results]}
    print(json.dumps(summary))
    if any(result.status != "FINISHED" for result in results):
        raise UnloadFailed(json.dumps(summary))
    return summary


def handler(event: Mapping[str, Any], context: Any) -> Dict[str, Any]:
    """The Lambda function. A statement that outlasts it is followed by Lambda's next try."""
    import boto3

    client = boto3.client("redshift-data")
    environment = os.environ
    connection = Connection(
        client, environment["WORKGROUP"], environment["DATABASE"], environment["SECRET_ARN"]
    )
    return unload(connection, event, lambda: context.get_remaining_time_in_millis() / 1000)


def main(argv: Optional[Sequence[str]] = None) -> None:
    """The Glue job: the same, with arguments for the event, and no limit of fifteen minutes."""
    import boto3

    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("region", "workgroup", "database", "secret_arn", "schedule", "scheduled_time", "statements"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_known_args(argv)[0]
    client = boto3.client("redshift-data", region_name=given.region)
    connection = Connection(client, given.workgroup, given.database, given.secret_arn)
    event = {
        "schedule": given.schedule,
        "scheduled_time": given.scheduled_time,
        "statements": json.loads(given.statements),
    }
    unload(connection, event, lambda: float("inf"))


if __name__ == "__main__":
    main(sys.argv[1:])
