"""gluejob: loads one table from MySQL, or from files in S3, into Redshift; a Glue ETL job (Glue 5.0).

From MySQL, Spark reads the table through the Glue connection and stages it as Parquet; from S3, Redshift
reads the files as they are. Then one transaction copies the rows to a temporary table and moves them to the
target: with a key they replace the rows that have the same one, without a key they are appended.
The arguments are described in README.md. Spark is imported in ``stage_mysql`` only.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import uuid
from typing import Any, Callable, Dict, List, Optional, Sequence

Sleep = Callable[[float], None]
Clock = Callable[[], float]
SPARK_TYPES = {
    "smallint": "smallint",
    "integer": "int",
    "int": "int",
    "bigint": "bigint",
    "real": "float",
    "float": "double",
    "double precision": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}


class StatementFailed(RuntimeError):
    """Redshift refused the batch of statements; the text is Redshift's."""


# --- pure: quoting and the Data API are those of glue_shell/GlueTestjob.py, word for word ----------


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted string; Redshift reads a backslash as an escape, so it is doubled like the quote."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def spark_type(kind: str) -> str:
    """The Spark type whose Parquet COPY takes into a column of this type; text for everything else."""
    base, _, size = kind.lower().rstrip(")").partition("(")
    if base.strip() in {"decimal", "numeric"}:
        return f"decimal({size or '18,0'})"
    return SPARK_TYPES.get(base.strip(), "string")


def select_expressions(columns: Sequence[Dict[str, Any]]) -> List[str]:
    """What Spark selects: the target's columns in order, each in its type, because COPY goes by position."""
    return [
        f"CAST(`{column['name']}` AS {spark_type(column['type'])}) AS `{column['name']}`"
        for column in columns
    ]


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
    """The statements of one load, for one transaction."""
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


def stage_mysql(settings: Any, location: str) -> None:
    """Read the MySQL table with Spark and stage it as Parquet."""
    from awsglue.context import GlueContext
    from pyspark.context import SparkContext

    context = GlueContext(SparkContext.getOrCreate())
    options = {
        "useConnectionProperties": "true",
        "connectionName": settings.connection,
        "dbtable": settings.source_table,
    }
    frame = context.create_dynamic_frame.from_options("mysql", connection_options=options).toDF()
    frame.selectExpr(*select_expressions(settings.target["columns"])).write.parquet(location)


def arguments(argv: Optional[Sequence[str]] = None) -> argparse.Namespace:
    """Read the job's arguments; Glue adds arguments of its own, which are left alone."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("bucket", "prefix", "region", "workgroup", "database", "secret_arn", "copy_role_arn"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--target", required=True, type=json.loads)
    parser.add_argument("--source", required=True, choices=["mysql", "s3"])
    for name in ("connection", "source_table", "location"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--format", type=json.loads, default={})
    parser.add_argument("--JOB_RUN_ID", default="")
    parser.add_argument("--statement_seconds", type=int, default=3000)
    parser.add_argument("--statement_name", default="gluejob")
    return parser.parse_known_args(argv)[0]


def main(argv: Optional[Sequence[str]] = None) -> None:
    """Load the table once."""
    import boto3

    settings = arguments(argv)
    run = settings.JOB_RUN_ID or str(int(time.time() * 1000))
    location, clauses = settings.location, format_clauses(settings.format)
    if settings.source == "mysql":
        location, clauses = f"s3://{settings.bucket}/{settings.prefix}staging/{run}/", "FORMAT AS PARQUET"
        stage_mysql(settings, location)
    statements = load_sql(settings.target, location, clauses, settings.copy_role_arn)
    Redshift(boto3.client("redshift-data", region_name=settings.region), settings).run(statements)
    print(f"loaded {settings.target['name']} from {location}")


if __name__ == "__main__":
    main(sys.argv[1:])
