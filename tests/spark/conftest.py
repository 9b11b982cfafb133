"""Tests with Spark, MariaDB, and both (make spark); skipped with the reason where one is not there."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server, spark
from dpctl.sandbox.mysql import program
from dpctl.sandbox.services import rds

ASSETS = "aws-glue-assets-054158074701-ap-south-1"
SCRIPT = Path(__file__).resolve().parents[2] / "runtime" / "glue_etl" / "gluejob.py"
MINUTES = 20  # a bound for a run, many times what a quiet machine needs


@pytest.fixture(scope="session")
def installed():
    found = spark.find()
    if found is None:
        pytest.skip(f"no Spark: {spark.INSTALL}")
    return found


class Chain:
    """A sandbox with MySQL and gluejob: tables on both sides, runs by Glue's API."""

    def __init__(self, account: Any) -> None:
        self.account = account
        self.tables: dict[str, Any] = {}
        secret = account.client("secretsmanager").get_secret_value(SecretId="test/dbaccess")
        self.login = json.loads(secret["SecretString"])
        self.session = rds.server(account).session(
            self.login["username"], self.login["password"], "orders", tls=True
        )
        account.client("s3").put_object(Bucket=ASSETS, Key="scripts/gj.py", Body=SCRIPT.read_bytes())
        names = account.environment.config.iam
        arguments = {
            "--bucket": ASSETS,
            "--prefix": "gluejob/",
            "--region": account.region,
            "--workgroup": "default-workgroup",
            "--database": "dev",
            "--secret_arn": "test/redshift",
            "--copy_role_arn": account.arn("iam", f"role/{names.redshift_commands}"),
            "--source": "mysql",
            "--connection": "Jdbc connection mysql",
            "--tables": f"s3://{ASSETS}/scripts/tables.json",
            "--enable-continuous-cloudwatch-log": "true",
        }
        account.client("glue").create_job(
            Name="fromMysql",
            Role=account.arn("iam", f"role/{names.glue}"),
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{ASSETS}/scripts/gj.py"},
            GlueVersion="5.0",
            WorkerType="G.1X",
            NumberOfWorkers=2,
            DefaultArguments=arguments,
        )

    def mysql(self, *statements: str) -> list[tuple[Any, ...]]:
        with self.session.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def redshift(self, *statements: str) -> list[tuple[Any, ...]]:
        data = self.account.client("redshift-data")
        identity = data.batch_execute_statement(
            WorkgroupName="default-workgroup",
            Database="dev",
            SecretArn="test/redshift",
            Sqls=list(statements),
        )["Id"]
        while (found := data.describe_statement(Id=identity))["Status"] not in ("FINISHED", "FAILED"):
            time.sleep(0.05)
        assert found["Status"] == "FINISHED", found.get("Error")
        last = found["SubStatements"][-1]
        if not last["HasResultSet"]:
            return []
        pages = data.get_paginator("get_statement_result").paginate(Id=last["Id"])
        return [
            tuple(None if field.get("isNull") else next(iter(field.values())) for field in record)
            for page in pages
            for record in page["Records"]
        ]

    def table(self, name: str, columns: dict[str, str], key: list[str], **load: Any) -> None:
        """Declare a table, as Terraform does from env.yaml, and make it in Redshift."""
        declared = [
            {"name": column, "type": kind, "nullable": column not in key} for column, kind in columns.items()
        ]
        known = {"name": name, "schema": "public", "key": key, "columns": declared}
        self.tables[name] = known | {"load": {"mode": "full"} | load}
        text = json.dumps(self.tables)
        self.account.client("s3").put_object(Bucket=ASSETS, Key="scripts/tables.json", Body=text.encode())
        lines = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        self.redshift(f'CREATE TABLE IF NOT EXISTS public."{name}" ({lines})')

    def start(self, table: str, **arguments: str) -> str:
        given = {"--table": table} | {f"--{name}": value for name, value in arguments.items()}
        glue = self.account.client("glue")
        return str(glue.start_job_run(JobName="fromMysql", Arguments=given)["JobRunId"])

    def wait(self, run: str) -> dict[str, Any]:
        deadline = time.monotonic() + MINUTES * 60
        while time.monotonic() < deadline:
            found = self.account.client("glue").get_job_run(JobName="fromMysql", RunId=run)["JobRun"]
            if found["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"):
                return dict(found)
            time.sleep(0.2)
        raise AssertionError(f"{run} did not end")

    def load(self, table: str, **arguments: str) -> dict[str, Any]:
        """Run the job for a table to its end; gives what it says of itself."""
        run = self.wait(self.start(table, **arguments))
        assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
        assert self.keys("gluejob/staging/") == []
        body = self.account.client("s3").get_object(Bucket=ASSETS, Key=f"gluejob/results/{run['Id']}.json")
        return dict(json.loads(body["Body"].read()))

    def keys(self, prefix: str) -> list[str]:
        found = self.account.client("s3").list_objects_v2(Bucket=ASSETS, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]


@pytest.fixture(scope="module")
def chain(repo, tmp_path_factory, installed):
    if program() is None:
        pytest.skip("no MariaDB: apt-get install --no-install-recommends mariadb-server")
    running = server.listen(load_environment(repo, "dev"), "existing", tmp_path_factory.mktemp("spark"))
    try:
        yield Chain(running.front.account)
    finally:
        running.close()
