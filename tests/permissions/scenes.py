"""What operators do, command by command: played in the sandbox, and written down as what it needs.

A scene is a list of command lines that stand for one command. Those of an environment are played in order,
each on the account as the one before has left it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dpctl import sandbox
from dpctl.aws import Aws
from dpctl.mysql.definition import Definition
from dpctl.mysql.insertion import write as write_table
from dpctl.sandbox import mysql, spark
from tests.integration.conftest import Workspace

Line = tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One command line, or something done to the account on the way, which nobody is asked to be able to do.

    ``command`` is the name under which its needs are kept; empty where they are not. ``codes`` are the exit
    codes that count as done.
    """

    command: str
    line: Line = ()
    does: Callable[[Account], None] | None = None
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Account:
    """The sandbox that a scene is played in."""

    workspace: Workspace
    env: str

    @property
    def running(self) -> Any:
        found = sandbox.status(self.workspace.environment(self.env))
        assert found is not None
        return found

    @property
    def aws(self) -> Aws:
        return Aws(self.running.region, self.running.environment())

    @property
    def config(self) -> Any:
        return self.workspace.environment(self.env).config

    @property
    def state_bucket(self) -> str:
        return self.workspace.environment(self.env).state_bucket

    def name(self, base: str) -> str:
        return self.workspace.environment(self.env).resource(base)

    def post(self, page: str, document: Any) -> Any:
        return sandbox.ask(self.running, page, document)


def write(account: Account) -> None:
    """Rows in the table, one of them poison; and what follows from it."""
    table = account.name(account.config.databases.dynamodb.table)
    for number in range(6):
        item = {"PartKey": {"S": f"key-{number}"}, "customer": {"S": "somebody"}, "amount": {"N": "1.5"}}
        account.aws.client("dynamodb").put_item(TableName=table, Item=item)
    poison = {"PartKey": {"S": "poison"}, "customer": {"S": "x" * 300}}
    account.aws.client("dynamodb").put_item(TableName=table, Item=poison)
    assert account.post("settle", {"seconds": 240})["settled"]


def files(account: Account) -> None:
    """A file for the table that is loaded from S3."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = account.config.tables["order_files"]
    columns = {column.name: pa.nulls(2, pa.string()) for column in table.columns[:1]}
    columns[table.columns[0].name] = pa.array(["file-1", "file-2"])
    kinds = {"decimal": pa.decimal128(12, 2), "timestamp": pa.timestamp("us"), "date": pa.date32()}
    for column in table.columns[1:]:
        columns[column.name] = pa.nulls(2, kinds.get(column.type.partition("(")[0], pa.string()))
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    bucket = account.name(account.config.storage.source_bucket)
    key = f"{table.load.prefix}first.parquet"
    account.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body.getvalue())
    assert account.post("settle", {"seconds": 240})["settled"]


def dumps(account: Account) -> None:
    """Every schedule, as the clock would start it now: `status` reads what was dumped in the last days."""
    for one in account.config.schedules:
        account.post("fire", {"schedule": account.name(one.name)})
    assert account.post("settle", {"seconds": 240})["settled"]


def unlocked(account: Account) -> None:
    """A lock that somebody has left."""
    lock = {
        "ID": "11111111-2222-3333-4444-555555555555",
        "Operation": "OperationTypeApply",
        "Who": "somebody@elsewhere",
        "Version": "1.11.4",
        "Created": "2026-07-01T01:00:00Z",
        "Path": "static",
    }
    account.aws.client("s3").put_object(
        Bucket=account.state_bucket,
        Key=f"live/{account.env}/static/terraform.tfstate.tflock",
        Body=json.dumps(lock).encode(),
    )


COLUMNS = [
    {"name": "id", "type": "integer", "nullable": False},
    {"name": "name", "type": "varchar(20)"},
]
CUSTOMERS = Definition("customers", {"key": ["id"], "columns": COLUMNS, "load": {"source": "mysql"}}, ())


def switched_on(workspace: Workspace, env: str) -> None:
    """What env.yaml has switched off: the job that loads from MySQL, and a table for it."""
    workspace.edit(env, ("gluejob: {enabled: false", "gluejob: {enabled: true"))
    write_table(workspace.environment(env).file, CUSTOMERS)


def with_spark() -> bool:
    """Whether jobs of Spark, and MySQL, can be had on this machine."""
    return spark.find() is not None and mysql.program() is not None


def customers(account: Account) -> None:
    """The table in MySQL."""
    if not with_spark():
        return
    import pymysql

    mine = account.config.databases.mysql
    [instance] = account.aws.client("rds").describe_db_instances()["DBInstances"]
    secret = instance.get("MasterUserSecret", {}).get("SecretArn") or account.name(
        account.config.secrets.database
    )
    text = account.aws.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    login, server = json.loads(text), account.running.mysql
    session = pymysql.connect(
        host=server.host, port=server.port, user=login["username"], password=login["password"],
        database=mine.database, autocommit=True,
    )  # fmt: skip
    with session, session.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS customers (id INT PRIMARY KEY, name VARCHAR(20))")
        cursor.execute("REPLACE INTO customers VALUES (1, 'a'), (2, 'b')")


def whole_table(account: Account) -> None:
    """A full load of the DynamoDB table, which Redshift itself reads."""
    if with_spark():
        account.aws.client("glue").start_job_run(JobName=account.name("DynamotoRedshift"))
        assert account.post("settle", {"seconds": 1200})["settled"]


def no_endpoint(account: Account) -> None:
    """The way to STS is taken away."""
    ec2 = account.aws.client("ec2")
    wanted = [{"Name": "service-name", "Values": [f"com.amazonaws.{account.config.region}.sts"]}]
    found = ec2.describe_vpc_endpoints(Filters=wanted)["VpcEndpoints"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[one["VpcEndpointId"] for one in found])


def unwired(account: Account) -> None:
    """The chain is cut in three places: a switch, a call, and what Terraform writes."""
    events, glue, iam = (account.aws.client(name) for name in ("events", "glue", "iam"))
    rule = account.name(account.config.capture.rule)
    if rule in [one["Name"] for one in events.list_rules()["Rules"]]:
        events.disable_rule(Name=rule)
    workflow = account.name(account.config.glue.workflow)
    glue.stop_trigger(Name=account.config.glue.start_trigger or f"{workflow}-start")
    role = account.name(account.config.iam.glue)
    own = [name for name in iam.list_role_policies(RoleName=role)["PolicyNames"] if "ddb-redshift" in name]
    iam.delete_role_policy(RoleName=role, PolicyName=own[0])


def steps() -> Iterator[Step]:
    """Everything, in the order in which a team meets it."""
    yield Step("doctor", ("doctor", "glue-connection"), codes=(0, 1))
    yield Step("snapshot", ("snapshot", "--out", "account.json"))
    yield Step("state", ("state", "bootstrap", "--yes"))
    yield Step("adopt", ("adopt", "--dry-run"))
    yield Step("plan", ("plan",))
    yield Step("apply", ("apply", "--yes"))
    yield Step("plan", ("plan",))
    yield Step("apply", ("apply", "--yes"))  # nothing is left to do
    yield Step("output", ("output", "--layer", "static"))
    yield Step("tables", ("tables", "apply", "--yes"))
    yield Step("tables", ("tables", "diff"), codes=(0, 1))
    yield Step("", does=write)
    yield Step("", does=files)
    yield Step("", does=dumps)
    yield Step("", does=customers)
    yield Step("load", ("load", "--table", "customers"), codes=(0,) if with_spark() else (1,))
    yield Step("", does=whole_table)
    yield Step("status", ("status",), codes=(0, 1))
    yield Step("status", ("status", "--rows"), codes=(0, 1))
    yield Step("sql", ("sql", "SELECT count(*) FROM public.orders"))
    yield Step("statements", ("statements", "list"))
    yield Step("unload", ("unload", "--table", "orders"))
    yield Step("copy", ("copy", "--table", "order_files"))
    yield Step("autocopy", ("autocopy", "list"), codes=(0, 1))
    yield Step("autocopy", ("autocopy", "create", "--backfill"))
    yield Step("drain", ("drain",))
    yield Step("redrive", ("redrive", "--yes"), codes=(0, 1))
    yield Step("replay", ("replay", "--since", "2h", "--yes"), codes=(0, 1))
    yield Step("reconcile", ("reconcile", "--table", "orders"), codes=(0, 1))
    yield Step("reconcile", ("reconcile", "--table", "orders", "--fix"), codes=(0, 1))
    yield Step("cost", ("cost", "--measured"))
    yield Step("doctor", ("doctor", "glue-connection"), codes=(0, 1))
    yield Step("doctor", ("doctor", "pipeline"), codes=(0, 1))
    yield Step("doctor-active", ("doctor", "glue-connection", "--active"), codes=(0, 1))
    yield Step("", does=no_endpoint)
    yield Step("fix", ("doctor", "glue-connection", "--fix", "--yes"), codes=(0, 1))
    yield Step("", does=unwired)
    yield Step("fix", ("doctor", "pipeline", "--fix", "--yes"), codes=(0, 1))
    yield Step("", does=unlocked)
    yield Step("state", ("state", "unlock", "--layer", "static", "--yes"))
    yield Step("destroy", ("destroy", "--yes"), codes=(0, 1))
