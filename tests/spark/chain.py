"""Both sides of a load from MySQL: tables, rows, and runs of the job by Glue's API."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymysql

from dpctl import sandbox
from dpctl.config import Environment
from tests import data_api

ASSETS = "aws-glue-assets-054158074701-ap-south-1"
MINUTES = 20  # a bound for a run, many times what a quiet machine needs
GOING = ("STARTING", "RUNNING", "STOPPING", "WAITING")
SCRIPT = Path(__file__).resolve().parents[2] / "runtime" / "glue_etl" / "gluejob.py"


def etl_job(
    client: Callable[[str], Any], environment: Environment, name: str, key: str, arguments: dict[str, str]
) -> None:
    """Make a job as somebody makes it by hand, with the roles of env.yaml; its script is in Glue's bucket."""
    config = environment.config
    role = f"arn:aws:iam::{config.account_id}:role"
    everywhere = {
        "--bucket": ASSETS,
        "--region": config.region,
        "--workgroup": "default-workgroup",
        "--database": "dev",
        "--secret_arn": "test/redshift",
        "--copy_role_arn": f"{role}/{config.iam.redshift_commands}",
    }
    client("glue").create_job(
        Name=name,
        Role=f"{role}/{config.iam.glue}",
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{ASSETS}/{key}"},
        GlueVersion="5.0",
        WorkerType="G.1X",
        NumberOfWorkers=2,
        DefaultArguments=everywhere | arguments,
    )


def create_job(client: Callable[[str], Any], environment: Environment, name: str) -> None:
    """Make the job that loads from MySQL, with its script."""
    client("s3").put_object(Bucket=ASSETS, Key="scripts/gj.py", Body=SCRIPT.read_bytes())
    arguments = {
        "--prefix": "gluejob/",
        "--source": "mysql",
        "--connection": "Jdbc connection mysql",
        "--tables": f"s3://{ASSETS}/scripts/tables.json",
        "--enable-continuous-cloudwatch-log": "true",
    }
    etl_job(client, environment, name, "scripts/gj.py", arguments)


def connect(running: sandbox.SandboxInfo, client: Callable[[str], Any]) -> Any:
    """A connection to the MySQL of a sandbox that is a process of its own."""
    login = json.loads(client("secretsmanager").get_secret_value(SecretId="test/dbaccess")["SecretString"])
    return pymysql.connect(
        host=running.mysql.host, port=running.mysql.port, user=login["username"],
        password=login["password"], database="orders", charset="utf8mb4", autocommit=True,
    )  # fmt: skip


class Chain:
    """``client`` gives boto3's clients, ``session`` is a connection to MySQL, ``job`` the job's name."""

    def __init__(self, client: Callable[[str], Any], session: Any, job: str) -> None:
        self.client, self.session, self.job = client, session, job
        self.login: dict[str, str] = {}
        self.tables: dict[str, Any] = {}

    def mysql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in MySQL; the rows of the last."""
        try:
            self.session.ping(reconnect=False)
        except Exception:  # the server was stopped meanwhile
            self.session.connect()
        with self.session.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def redshift(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in Redshift; the rows of the last."""
        return [tuple(row) for row in data_api.query(self.client("redshift-data"), *statements)]

    def declare(self) -> None:
        """Put the tables where the job looks for them, as Terraform does from env.yaml."""
        text = json.dumps(self.tables)
        self.client("s3").put_object(Bucket=ASSETS, Key="scripts/tables.json", Body=text.encode())

    def table(self, name: str, columns: dict[str, str], key: list[str], **load: Any) -> None:
        """Declare a table, and make it in Redshift."""
        declared = [
            {"name": column, "type": kind, "nullable": column not in key} for column, kind in columns.items()
        ]
        known = {"name": name, "schema": "public", "key": key, "columns": declared}
        self.tables[name] = known | {"load": {"mode": "full"} | load}
        self.declare()
        lines = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        self.redshift(f'CREATE TABLE IF NOT EXISTS public."{name}" ({lines})')

    def start(self, table: str, **arguments: str) -> str:
        """Start a run for a table; gives its id."""
        given = {"--table": table} | {f"--{name}": value for name, value in arguments.items()}
        return str(self.client("glue").start_job_run(JobName=self.job, Arguments=given)["JobRunId"])

    def state(self, run: str) -> dict[str, Any]:
        """A run, as GetJobRun has it."""
        return dict(self.client("glue").get_job_run(JobName=self.job, RunId=run)["JobRun"])

    def wait(self, run: str) -> dict[str, Any]:
        """Wait for the end of a run."""
        deadline = time.monotonic() + MINUTES * 60
        while time.monotonic() < deadline:
            found = self.state(run)
            if found["JobRunState"] not in GOING:
                return found
            time.sleep(0.2)
        raise AssertionError(f"{run} did not end")

    def load(self, table: str, **arguments: str) -> dict[str, Any]:
        """Run the job for a table to its end; gives what it says of itself. Nothing is left in staging."""
        run = self.wait(self.start(table, **arguments))
        assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
        assert self.keys("gluejob/staging/") == []
        key = f"gluejob/results/{run['Id']}.json"
        return dict(json.loads(self.client("s3").get_object(Bucket=ASSETS, Key=key)["Body"].read()))

    def keys(self, prefix: str) -> list[str]:
        """The keys of Glue's bucket below a prefix."""
        found = self.client("s3").list_objects_v2(Bucket=ASSETS, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]

    def ids(self, table: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """The columns id and name of a table, on both sides."""
        left = self.mysql(f"SELECT id, name FROM {table} ORDER BY id")
        right = self.redshift(f"SELECT id, name FROM public.{table} ORDER BY id")
        return [tuple(row) for row in left], [tuple(row) for row in right]
