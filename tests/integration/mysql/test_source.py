"""What dpctl asks the real server: tables for env.yaml, the comparison of a plan, and the doctor's login."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from dpctl.aws import Aws
from dpctl.config.tables import Load, Table
from dpctl.doctor.examine import Visit, Wanted
from dpctl.doctor.target import of_environment
from dpctl.mysql import catalogue, source, watch
from dpctl.mysql.definition import define
from dpctl.sandbox.services import rds
from dpctl.terminal import Terminal

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def stand_in(account):
    found = rds.address(account)
    return found.endpoint, found.host, found.port


@pytest.fixture(scope="module")
def login(account, stand_in):
    return source.login(account.environment, account, stand_in)


@contextmanager
def administrator(account):
    """A session that may write."""
    found = rds.server(account).instance
    opened = rds.server(account).session(found.user, found.password, found.database, tls=True)
    try:
        with opened.cursor() as cursor:
            yield cursor.execute
    finally:
        opened.close()


@pytest.fixture(scope="module")
def tables(account):
    with administrator(account) as execute:
        execute(
            "CREATE TABLE `All of It` (id BIGINT UNSIGNED PRIMARY KEY, `Full Name` VARCHAR(50) "
            "CHARACTER SET utf8mb4, doc JSON, flag TINYINT(1), made INT AS (id * 2) STORED, "
            "hidden INT INVISIBLE, latin VARCHAR(20) CHARACTER SET latin1, kinds SET('x','y'), "
            "bits BIT(64), at DATETIME(6), place POINT, touched TIMESTAMP DEFAULT CURRENT_TIMESTAMP "
            "ON UPDATE CURRENT_TIMESTAMP, KEY (at))"
        )
        execute("CREATE TABLE keyless (a INT NOT NULL, b INT NOT NULL, UNIQUE KEY u (b, a))")
        execute("CREATE TABLE prefixed (a TEXT NOT NULL, UNIQUE KEY u (a(10)))")


def test_a_table_is_read_as_the_catalogue_has_it(login, tables):
    with source.session(login) as opened:
        made = define(catalogue.read(opened, "All of It"))
        keys = [catalogue.read(opened, name).key for name in ("keyless", "prefixed")]
    assert {one["name"]: one["type"] for one in made.settings["columns"]} == {
        "id": "decimal(20,0)",
        "full_name": "varchar(200)",
        "doc": "super",
        "flag": "boolean",
        "made": "integer",
        "hidden": "integer",
        "latin": "varchar(60)",
        "kinds": "varchar(12)",
        "bits": "decimal(20,0)",
        "at": "timestamp",
        "touched": "timestamptz",
    }
    assert made.settings["key"] == ["id"]
    assert made.settings["sort_key"] == ["at"]
    assert made.settings["load"] == {
        "source": "mysql",
        "source_table": "All of It",
        "mode": "upsert",
        "watermark": "touched",
    }
    assert keys == [("b", "a"), ()]


def with_table(account, columns):
    """The environment with a table that is loaded from MySQL."""
    load = Load(source="mysql", source_table="All of It")
    table = Table.model_validate({"columns": columns, "load": load})
    config = account.environment.config.model_copy(update={"tables": {"it": table}})
    return replace(account.environment, config=config)


def test_a_plan_is_told_what_does_not_fit(account, stand_in, tables):
    beside = watch.Comparison(with_table(account, [{"name": "id", "type": "date"}]))
    beside.begin(account, lambda: stand_in)
    first, rest = map(str, beside.found(60))
    assert first == ("it: id: MySQL's bigint(20) unsigned does not go into date; its load would be refused")
    assert rest.startswith("it: MySQL's Full Name, doc, flag,")


def test_a_plan_hears_nothing_where_there_is_nothing_to_ask(account, stand_in, tables):
    environment = with_table(account, [{"name": "id", "type": "date"}])
    nowhere = (stand_in[0], stand_in[1], 1)  # nobody listens there
    beside = watch.Comparison(environment)
    beside.begin(account, lambda: nowhere)
    assert beside.found(60) == []
    assert "refused" in beside.reason
    unused = watch.Comparison(account.environment)
    unused.begin(account, lambda: pytest.fail("nothing is asked without a table from MySQL"))
    assert unused.found() == []
    elsewhere = with_table(account, [{"name": "id", "type": "date"}])
    config = elsewhere.config.model_copy(update={"account_id": "000000000000"})
    foreign = watch.Comparison(replace(elsewhere, config=config))
    foreign.begin(account, lambda: stand_in)
    assert foreign.found(60) == []
    assert "env.yaml is for 000000000000" in foreign.reason


@pytest.fixture
def look(account, ways_out, stand_in):
    """The doctor's verdict, and all findings, after a change of the connection and of its login."""

    def look(secret=None, tables=(), **properties):
        glue, name = account.client("glue"), account.environment.config.glue.mysql_connection
        known = glue.get_connection(Name=name)["Connection"]
        kept = {key: known[key] for key in ("ConnectionType", "PhysicalConnectionRequirements")}
        changed = known["ConnectionProperties"] | properties
        if secret is not None:
            secrets = account.client("secretsmanager")
            text = json.dumps(secret)
            changed["SECRET_ID"] = secrets.create_secret(Name="of-the-test", SecretString=text)["ARN"]
        glue.create_connection(ConnectionInput={"Name": "tried", "ConnectionProperties": changed, **kept})
        try:
            target = of_environment(account.environment, "tried")
            aws = Aws(account.region, account.child_environment())
            visit = Visit(target, lambda: aws, Terminal(), Wanted(logs=False), True, stand_in, tables)
            diagnosis = visit.diagnose()
        finally:
            glue.delete_connection(ConnectionName="tried")
            if secret is not None:
                secrets.delete_secret(SecretId="of-the-test", ForceDeleteWithoutRecovery=True)
        return diagnosis.verdict.code if diagnosis.verdict else "", {
            one.code: one for one in diagnosis.findings
        }

    return look


@pytest.fixture
def without_tls(account):
    """The server, started anew without TLS."""
    server = rds.server(account)
    server.options = ("--skip-ssl",)
    server.pause(available=False)
    server.pause(available=True)
    found = server.instance
    server.session(found.user, found.password, found.database).close()  # without TLS: it is there
    yield
    server.options = ()
    server.pause(available=False)
    server.pause(available=True)
    server.session(found.user, found.password, found.database, tls=True).close()


class TestDoctor:
    """``doctor glue-connection --name "Jdbc connection mysql"``: a real login, and each fault its verdict."""

    def test_a_connection_that_works(self, account, look, tables):
        verdict, findings = look(tables=("keyless", "All of It"))
        assert verdict == ""
        assert {one.result for one in findings.values()} <= {"pass", "skip", "warn"}
        assert findings["GC40"].result == findings["GC42"].result == findings["GC20"].result == "pass"
        assert "admin reads 2 tables of orders" in findings["GC42"].evidence[0]
        assert findings["GC03"].result == "pass"

    def test_a_wrong_password(self, look):
        verdict, findings = look({"username": "admin", "password": "no"})
        assert verdict == "GC24"
        assert findings["GC25"].result == "pass"  # "access denied" is MySQL's word, and no role's

    def test_a_database_that_is_not_there(self, account, look):
        verdict, findings = look(JDBC_CONNECTION_URL=f"jdbc:mysql://{rds.endpoint(account)}:3306/nothing")
        assert verdict == "GC03"
        assert any("Unknown database 'nothing'" in line for line in findings["GC03"].evidence)

    def test_a_host_of_no_instance(self, look):
        verdict, findings = look(
            JDBC_CONNECTION_URL="jdbc:mysql://gone.abc.ap-south-1.rds.amazonaws.com/orders"
        )
        assert verdict == "GC03"
        assert any("no instance of this account" in line for line in findings["GC03"].evidence)

    def test_tls_that_the_parameter_group_requires_and_the_connection_does_not_use(self, account, look):
        client, name = account.client("rds"), rds.identifier(account)
        before = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        client.create_db_parameter_group(
            DBParameterGroupName="tls", DBParameterGroupFamily="mysql8.0", Description="TLS"
        )
        wanted = {"ParameterName": "require_secure_transport", "ApplyMethod": "immediate"}
        client.modify_db_instance(DBInstanceIdentifier=name, DBParameterGroupName="tls")
        try:
            client.modify_db_parameter_group(
                DBParameterGroupName="tls", Parameters=[{**wanted, "ParameterValue": "1"}]
            )
            assert rds.server(account).tls_required
            verdict, findings = look(JDBC_ENFORCE_SSL="false")
            assert verdict == "GC23"
            assert "require_ssl True" in findings["GC23"].evidence
            assert look(JDBC_ENFORCE_SSL="true")[0] == ""
        finally:
            client.modify_db_parameter_group(
                DBParameterGroupName="tls", Parameters=[{**wanted, "ParameterValue": "0"}]
            )
        assert not rds.server(account).tls_required
        assert before["DBInstanceIdentifier"] == name

    def test_tls_that_the_connection_requires_and_the_server_has_not(self, look, without_tls, login):
        verdict, findings = look(JDBC_ENFORCE_SSL="true")
        assert verdict == "GC23"
        said = "\n".join(findings["GC23"].evidence)
        assert "SSL Connection required, but not supported by server" in said
        assert "Turn TLS on at the server" in findings["GC23"].fix.text
        assert {findings[code].result for code in ("GC20", "GC21", "GC24")} == {"pass"}
        assert look(JDBC_ENFORCE_SSL="false")[0] == ""
        with pytest.raises(source.Refused, match="SSL is required") as refused, source.session(login):
            pass
        assert "has no TLS" in str(source.explained(login, refused.value))

    def test_a_user_without_select(self, account, look, tables):
        with administrator(account) as execute:
            execute("CREATE USER reader@'%' IDENTIFIED BY 'r'")
            execute("CREATE USER writer@'%' IDENTIFIED BY 'w'")
            execute("GRANT INSERT ON orders.* TO writer@'%'")
            execute("GRANT SELECT ON orders.keyless TO reader@'%'")
        verdict, findings = look({"username": "writer", "password": "w"}, tables=("keyless",))
        assert verdict == "GC42"
        assert "keyless: SELECT command denied to user 'writer'" in findings["GC42"].evidence[0]
        assert look({"username": "reader", "password": "r"}, tables=("keyless",))[0] == ""
        verdict, findings = look({"username": "reader", "password": "r"}, tables=("prefixed",))
        assert verdict == "GC42"
        assert "prefixed" in findings["GC42"].evidence[0]
        with administrator(account) as execute:
            execute("CREATE USER nobody@'%' IDENTIFIED BY 'n'")
        verdict, findings = look({"username": "nobody", "password": "n"})
        assert verdict == "GC42"
        assert findings["GC25"].result == "pass"


def test_a_command_that_needs_mysql_says_what_is_in_the_way(login):
    with pytest.raises(source.Refused) as refused, source.session(replace(login, password="no")):
        pass
    said = source.explained(login, refused.value)
    assert "refuses 'admin'" in str(said)
    assert "Access denied" in said.why
    assert login.password not in str(refused.value)
    with pytest.raises(source.Unreached), source.session(replace(login, port=1)):
        pass
