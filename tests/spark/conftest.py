"""Tests with Spark, MariaDB, and both (make spark); skipped with the reason where one is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server, spark
from dpctl.sandbox.mysql import program
from dpctl.sandbox.services import rds
from tests.spark.chain import ASSETS, Chain

SCRIPT = Path(__file__).resolve().parents[2] / "runtime" / "glue_etl" / "gluejob.py"


@pytest.fixture(scope="session")
def installed():
    """The Spark of this machine."""
    found = spark.find()
    if found is None:
        pytest.skip(f"no Spark: {spark.INSTALL}")
    return found


@pytest.fixture(scope="session")
def mariadb():
    """The MySQL of this machine."""
    if program() is None:
        pytest.skip("no MariaDB: apt-get install --no-install-recommends mariadb-server")


@pytest.fixture(scope="module")
def front(repo, tmp_path_factory, installed, mariadb):
    """A sandbox in this process."""
    running = server.listen(load_environment(repo, "dev"), "existing", tmp_path_factory.mktemp("spark"))
    try:
        yield running.front
    finally:
        running.close()


@pytest.fixture(scope="module")
def account(front):
    """Its account."""
    return front.account


@pytest.fixture(scope="module")
def chain(account):
    """The job, made by hand in the sandbox of this process."""
    secret = account.client("secretsmanager").get_secret_value(SecretId="test/dbaccess")
    login = json.loads(secret["SecretString"])
    session = rds.server(account).session(login["username"], login["password"], "orders", tls=True)
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
    made = Chain(account.client, session, "fromMysql")
    made.login = login
    return made
