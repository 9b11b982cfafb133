"""Tests with Spark, MariaDB, and both (make spark); skipped with the reason where one is not there."""

from __future__ import annotations

import json

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server, spark
from dpctl.sandbox.mysql import program
from dpctl.sandbox.services import rds
from tests.spark.chain import Chain, create_job


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
    create_job(account.client, account.environment, "fromMysql")
    made = Chain(account.client, session, "fromMysql")
    made.login = login
    return made
