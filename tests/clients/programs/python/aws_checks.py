"""The aws CLI: the Data API and Redshift Serverless from a shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from checks import SCHEMA, check, same

AWS = str(Path(sys.executable).parent / "aws")
WHERE = ("--workgroup-name", "default-workgroup", "--database", os.environ["PGDATABASE"],
         "--secret-arn", os.environ["CHECKS_SECRET"])  # fmt: skip


def aws(*words):
    done = subprocess.run([AWS, *words, "--output", "json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout) if done.stdout.strip() else {}


def refused(code, *words):
    try:
        aws(*words)
    except RuntimeError as error:
        if code not in str(error):
            raise AssertionError(f"fails otherwise: {error}") from error
        return
    raise AssertionError("accepted")


def data(operation, *words):
    return aws("redshift-data", operation, *words)


def run(sql, *more):
    found = data("execute-statement", *WHERE, "--sql", sql, *more)
    while True:
        described = data("describe-statement", "--id", found["Id"])
        if described["Status"] in ("FINISHED", "FAILED", "ABORTED"):
            return described
        time.sleep(0.05)


def records(sql, *more):
    done = run(sql, *more)
    if done["Status"] != "FINISHED":
        raise AssertionError(done["Error"])
    return data("get-statement-result", "--id", done["Id"])["Records"]


ID = "d9b6c0c9-0747-4bf4-b142-e8883122f766"
TABLE = f"{SCHEMA}.t"
check("statements: execute and describe", lambda: same("FINISHED", run("select 1")["Status"]))
check("statements: create a schema", lambda: same("FINISHED", run(f"create schema {SCHEMA}")["Status"]))
check(
    "statements: create a table",
    lambda: same("FINISHED", run(f"create table {TABLE} (a int, b varchar(9));")["Status"]),
)
check(
    "statements: insert",
    lambda: same(2, run(f"insert into {TABLE} values (1, 'x'), (2, null)")["ResultRows"]),
)
check(
    "results: typed values",
    lambda: same(
        [[{"longValue": 1}, {"stringValue": "x"}], [{"longValue": 2}, {"isNull": True}]],
        records(f"select * from {TABLE} order by a"),
    ),
)
check(
    "results: parameters",
    lambda: same(
        [[{"stringValue": "it's"}]],
        records("select :p", "--parameters", json.dumps([{"name": "p", "value": "it's"}])),
    ),
)


def csv():
    done = run(f"select * from {TABLE} order by a", "--result-format", "CSV")
    found = data("get-statement-result-v2", "--id", done["Id"])
    same(["1,x\r\n2,\r\n"], [record["CSVRecords"] for record in found["Records"]])


check("results: CSV", csv)


def asked():
    found = run("select 1", "--no-with-event")
    words = (
        "redshift-data",
        "describe-statement",
        "--id",
        found["Id"],
        "--query",
        "Status",
        "--output",
        "text",
    )
    done = subprocess.run([AWS, *words], capture_output=True, text=True, check=True)
    same("FINISHED", done.stdout.strip())


check("results: --query and --output", asked)


def batch():
    found = data(
        "batch-execute-statement",
        *WHERE,
        "--sqls",
        f"insert into {TABLE} values (3, 'y')",
        f"select count(*) from {TABLE}",
    )
    while data("describe-statement", "--id", found["Id"])["Status"] not in ("FINISHED", "FAILED"):
        time.sleep(0.05)
    same([[{"longValue": 3}]], data("get-statement-result", "--id", f"{found['Id']}:2")["Records"])


check("batch: two statements", batch)


def session():
    first = data(
        "execute-statement",
        *WHERE,
        "--sql",
        "create temp table s (a int)",
        "--session-keep-alive-seconds",
        "60",
    )
    while data("describe-statement", "--id", first["Id"])["Status"] not in ("FINISHED", "FAILED"):
        time.sleep(0.05)
    next_one = data(
        "execute-statement", "--session-id", first["SessionId"], "--sql", "select count(*) from s"
    )
    same(first["SessionId"], next_one["SessionId"])


check("sessions: two statements", session)
check("errors: of SQL", lambda: same(True, "nowhere" in run("select * from nowhere")["Error"]))
check(
    "errors: a malformed id",
    lambda: refused("ValidationException", "redshift-data", "describe-statement", "--id", "x"),
)
check(
    "errors: an unknown id",
    lambda: refused("ResourceNotFoundException", "redshift-data", "describe-statement", "--id", ID),
)
check("metadata: list-databases", lambda: same(True, "dev" in data("list-databases", *WHERE)["Databases"]))
check(
    "metadata: list-schemas",
    lambda: same([SCHEMA], data("list-schemas", *WHERE, "--schema-pattern", SCHEMA)["Schemas"]),
)
check(
    "metadata: list-tables",
    lambda: same(
        ["t"], [item["name"] for item in data("list-tables", *WHERE, "--schema-pattern", SCHEMA)["Tables"]]
    ),
)
check(
    "metadata: describe-table",
    lambda: same(
        ["int4", "varchar"],
        [
            item["typeName"]
            for item in data("describe-table", *WHERE, "--schema", SCHEMA, "--table", "t")["ColumnList"]
        ],
    ),
)
check("metadata: list-statements", lambda: same(True, len(data("list-statements")["Statements"]) > 5))
check(
    "workgroup: get-workgroup",
    lambda: same(
        "AVAILABLE",
        aws("redshift-serverless", "get-workgroup", "--workgroup-name", "default-workgroup")["workgroup"][
            "status"
        ],
    ),
)
check(
    "workgroup: list-namespaces",
    lambda: same(1, len(aws("redshift-serverless", "list-namespaces")["namespaces"])),
)
for seconds in ("900", "3600"):
    check(
        f"credentials: for {seconds} s",
        lambda seconds=seconds: same(
            True,
            aws(
                "redshift-serverless",
                "get-credentials",
                "--workgroup-name",
                "default-workgroup",
                "--duration-seconds",
                seconds,
            )["dbUser"].startswith("IAM"),
        ),
    )
check(
    "credentials: not for 10 s",
    lambda: refused(
        "ValidationException",
        "redshift-serverless",
        "get-credentials",
        "--workgroup-name",
        "default-workgroup",
        "--duration-seconds",
        "10",
    ),
)


def cancelled():
    found = data("execute-statement", *WHERE, "--sql", "select pg_sleep(60)")
    while data("describe-statement", "--id", found["Id"])["Status"] != "STARTED":
        time.sleep(0.05)
    same(True, data("cancel-statement", "--id", found["Id"])["Status"])
    same("ABORTED", data("describe-statement", "--id", found["Id"])["Status"])


check("cancel: a statement that runs", cancelled)


def unloaded():
    path = f"{os.environ['CHECKS_S3']}/{SCHEMA}/"
    done = run(
        f"unload ('select * from {TABLE}') to '{path}' iam_role '{os.environ['CHECKS_ROLE']}' csv parallel off"
    )
    same("FINISHED", done["Status"])
    same(0, subprocess.run([AWS, "s3", "ls", path], capture_output=True, check=False).returncode)


check("files: unload, and aws s3 ls", unloaded)
check("statements: drop the schema", lambda: same("FINISHED", run(f"drop schema {SCHEMA} cascade")["Status"]))
