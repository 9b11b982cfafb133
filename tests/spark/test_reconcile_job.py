"""The Glue job Reconcile by Glue's API: Spark's workers scan the table, Redshift compares."""

from __future__ import annotations

import json
import time

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server
from tests.runtime.scripts import RUNTIME

pytestmark = [pytest.mark.spark, pytest.mark.sandbox]

ASSETS = "aws-glue-assets-054158074701-ap-south-1"
ITEMS = 20_000
MINUTES = 20  # a bound for a run, many times what a quiet machine needs
COLUMNS = [
    {"name": "partkey", "type": "varchar(64)", "nullable": False},
    {"name": "customer", "type": "varchar(32)"},
    {"name": "amount", "type": "decimal(12,2)"},
    {"name": "_version", "type": "bigint"},
]


class Chain:
    """A sandbox with the job as Terraform makes it, the table, and the target in Redshift."""

    def __init__(self, account):
        self.account, self.client = account, account.client
        s3 = self.client("s3")
        for folder, name in [("glue_etl", "Reconcile"), ("glue_shell", "GlueTestjob")]:
            body = (RUNTIME / folder / f"{name}.py").read_bytes()
            s3.put_object(Bucket=ASSETS, Key=f"scripts/rules/{name}.py", Body=body)
        target = {"schema": "public", "name": "orders", "columns": COLUMNS, "key": ["partkey"]}
        iam = account.environment.config.iam
        arguments = {
            "--bucket": ASSETS,
            "--prefix": "capture/",
            "--region": account.region,
            "--table_name": "Orders",
            "--hash_key": "PartKey",
            "--workflow": account.environment.config.glue.workflow,
            "--workgroup": "default-workgroup",
            "--database": "dev",
            "--secret_arn": "test/redshift",
            "--copy_role_arn": account.arn("iam", f"role/{iam.redshift_commands}"),
            "--target": json.dumps(target | {"version": "_version"}),
            "--extra-py-files": f"s3://{ASSETS}/scripts/rules/GlueTestjob.py",
            "--read_units": "100000",
            "--enable-continuous-cloudwatch-log": "true",
        }
        self.client("glue").create_job(
            Name="Reconcile",
            Role=account.arn("iam", f"role/{iam.glue}"),
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{ASSETS}/scripts/rules/Reconcile.py"},
            GlueVersion="5.0",
            WorkerType="G.1X",
            NumberOfWorkers=2,
            DefaultArguments=arguments,
        )

    def sql(self, *statements):
        data = self.client("redshift-data")
        place = {"WorkgroupName": "default-workgroup", "Database": "dev", "SecretArn": "test/redshift"}
        identity = data.batch_execute_statement(Sqls=list(statements), **place)["Id"]
        while (found := data.describe_statement(Id=identity))["Status"] not in ("FINISHED", "FAILED"):
            time.sleep(0.05)
        assert found["Status"] == "FINISHED", found.get("Error")

    def run(self, **arguments):
        given = {f"--{name}": value for name, value in arguments.items()}
        glue = self.client("glue")
        run = glue.start_job_run(JobName="Reconcile", Arguments=given)["JobRunId"]
        deadline = time.monotonic() + MINUTES * 60
        while True:
            found = glue.get_job_run(JobName="Reconcile", RunId=run)["JobRun"]
            if found["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"):
                return found
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def keys(self, folder):
        listed = self.client("s3").list_objects_v2(Bucket=ASSETS, Prefix=f"capture/{folder}/")
        return [item["Key"] for item in listed.get("Contents", [])]

    def report(self):
        name = max(self.keys("reconcile"))
        return json.loads(self.client("s3").get_object(Bucket=ASSETS, Key=name)["Body"].read())


@pytest.fixture(scope="module")
def chain(repo, tmp_path_factory, installed):
    running = server.listen(load_environment(repo, "dev"), "existing", tmp_path_factory.mktemp("reconcile"))
    try:
        yield Chain(running.front.account)
    finally:
        running.close()


def test_workers_find_what_differs_and_its_keys_become_pending(chain):
    dynamodb = chain.client("dynamodb")
    for start in range(0, ITEMS, 25):
        puts = [
            {"PutRequest": {"Item": {"PartKey": {"S": f"key-{n:06d}"}, "customer": {"S": f"c{n % 7}"}}}}
            for n in range(start, start + 25)
        ]
        dynamodb.batch_write_item(RequestItems={"Orders": puts})
    dynamodb.put_item(TableName="Orders", Item={"PartKey": {"S": "poison"}, "customer": {"S": "x" * 33}})
    columns = ", ".join(f'"{c["name"]}" {c["type"]}' for c in COLUMNS)
    chain.sql(
        "DROP TABLE IF EXISTS public.orders",
        f"CREATE TABLE public.orders ({columns})",
        "INSERT INTO public.orders SELECT 'key-' || LPAD(n::varchar, 6, '0'), "
        "'c' || (n % 7)::varchar, NULL, 1 "
        f"FROM generate_series(0, {ITEMS - 1}) AS s(n) WHERE n <> 77",
        "UPDATE public.orders SET customer = 'old' WHERE partkey = 'key-000123'",
        "INSERT INTO public.orders VALUES ('ghost', 'gone', NULL, 1)",
    )
    run = chain.run()
    assert run["JobRunState"] == "FAILED"
    assert "3 rows differ" in run["ErrorMessage"]
    found = chain.report()
    counts = {name: found[name] for name in ("scanned", "missing", "extra", "stale", "unfit", "fixed")}
    assert counts == {"scanned": ITEMS + 1, "missing": 1, "extra": 1, "stale": 1, "unfit": 1, "fixed": 0}
    assert found["differences"] == [["extra", "ghost"], ["missing", "key-000077"], ["stale", "key-000123"]]
    assert chain.keys("pending") == []
    mended = chain.run(fix="true")
    assert mended["JobRunState"] == "SUCCEEDED", mended.get("ErrorMessage")
    assert chain.report()["fixed"] == 3
    assert len(chain.keys("pending")) == 1
