"""The RDS instance of env.yaml is a real MariaDB, where one is installed."""

from __future__ import annotations

import json
import os
import signal
import uuid

import pymysql
import pytest

from dpctl.sandbox.services import rds

pytestmark = pytest.mark.sandbox


def secret(account):
    name = account.environment.config.secrets.database
    return json.loads(account.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def connect(account, tls=True, **changes):
    login, address = secret(account), rds.address(account)
    given = {"user": login["username"], "password": login["password"], "database": login["dbname"]}
    secured = {"ssl_ca": str(account.data_dir / "redshift" / "tls" / "redshift-ca.pem")}
    return pymysql.connect(
        host=address.host,
        port=address.port,
        **(given | changes),
        **(secured if tls else {"ssl_disabled": True}),
    )


def ask(account, sql, **changes):
    with connect(account, **changes) as session, session.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
        session.commit()
        return rows


def test_the_secret_opens_it_over_tls_on_this_machine_only(account):
    address = rds.address(account)
    assert address.host.startswith("127.")
    assert address.endpoint == secret(account)["host"]
    assert ask(account, "SELECT DATABASE(), @@version LIKE '%MariaDB%'") == (("orders", 1),)
    assert ask(account, "SHOW STATUS LIKE 'Ssl_cipher'")[0][1].startswith("TLS_")
    assert "root" not in {row[0] for row in ask(account, "SELECT user FROM mysql.user")}


def test_the_administrator_is_no_superuser(account):
    for statement in (
        "SHUTDOWN",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SET GLOBAL read_only = 1",
        "SET GLOBAL general_log = 1",
    ):
        with pytest.raises(pymysql.err.Error, match="Access denied"):
            ask(account, statement)


def test_it_behaves_like_rds(account):
    assert ask(account, "SELECT @@character_set_server, @@global.time_zone") == (("utf8mb4", "+00:00"),)
    with pytest.raises(pymysql.err.Error, match="Invalid default value"):
        ask(account, "CREATE TEMPORARY TABLE z (d DATE NOT NULL DEFAULT '0000-00-00')")


def test_a_new_password_in_the_secret_takes_effect(account):
    client, name = account.client("secretsmanager"), account.environment.config.secrets.database
    before = secret(account)
    client.put_secret_value(SecretId=name, SecretString=json.dumps(before | {"password": "An'other\\1"}))
    assert ask(account, "SELECT 1") == ((1,),)
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        ask(account, "SELECT 1", password=before["password"])


def test_a_server_that_was_killed_is_there_again_for_the_next_client(account):
    ask(account, "CREATE TABLE IF NOT EXISTS kept (id INT PRIMARY KEY)")
    process = rds.server(account)._process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert ask(account, "SELECT COUNT(*) FROM kept") == ((0,),)


def test_a_stopped_instance_refuses_and_a_started_one_answers(account):
    client, name = account.client("rds"), rds.identifier(account)
    client.stop_db_instance(DBInstanceIdentifier=name)
    with pytest.raises(pymysql.err.OperationalError):
        ask(account, "SELECT 1")
    client.start_db_instance(DBInstanceIdentifier=name)
    assert ask(account, "SELECT 1") == ((1,),)


class TestConnection:
    """glue:TestConnection logs in for real: each fault has the server's own words."""

    @pytest.fixture
    def reason(self, account, ways_out):
        """The StatusReason after a change of the connection; None when it is READY."""
        glue, name = account.client("glue"), account.environment.config.glue.mysql_connection

        def test(**properties):
            known = glue.get_connection(Name=name)["Connection"]
            kept = {key: known[key] for key in ("ConnectionType", "PhysicalConnectionRequirements")}
            changed = {"ConnectionProperties": known["ConnectionProperties"] | properties}
            glue.create_connection(ConnectionInput={"Name": "changed", **kept, **changed})
            glue.test_connection(ConnectionName="changed")
            tested = glue.get_connection(Name="changed")["Connection"]
            glue.delete_connection(ConnectionName="changed")
            return tested.get("StatusReason")

        return test

    def test_it_is_ready(self, reason):
        assert reason() is None
        assert reason(JDBC_ENFORCE_SSL="true") is None

    def test_a_database_that_is_not_there(self, account, reason):
        url = f"jdbc:mysql://{rds.endpoint(account)}:3306/nothing"
        assert "Unknown database 'nothing'" in reason(JDBC_CONNECTION_URL=url)

    def test_a_wrong_password(self, account, reason):
        name = f"wrong-{uuid.uuid4().hex[:6]}"
        value = json.dumps({"username": "admin", "password": "no"})
        account.client("secretsmanager").create_secret(Name=name, SecretString=value)
        assert "Access denied for user 'admin'" in reason(SECRET_ID=name)

    def test_tls_that_the_server_requires_and_the_connection_does_not_use(self, account, reason):
        server = rds.server(account)
        server.require_tls(True)
        try:
            assert "insecure transport" in reason(JDBC_ENFORCE_SSL="false")
            assert reason(JDBC_ENFORCE_SSL="true") is None
        finally:
            server.require_tls(False)


def test_a_deleted_instance_takes_its_data_along(account):
    client, name = account.client("rds"), rds.identifier(account)
    client.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    assert not (account.data_dir / "mysql").exists()
    with pytest.raises(pymysql.err.OperationalError):
        connect(account, user="admin", password="x")
