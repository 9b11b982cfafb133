# ruff: noqa: E501  (tables of statements are read line by line)
"""The Data API of the sandbox: states, pages, batches, tokens, limits, cancelling."""

from __future__ import annotations

import time

import pytest

from dpctl.sandbox.redshift import DataApiError
from tests.integration.redshift_engine.conftest import BUCKET, CALLER, ROLE, SECRET

pytestmark = pytest.mark.sandbox


def test_values_have_their_types(lab):
    found = lab.run("select 1::smallint a, 2::bigint b, 1.50::decimal(5,2) c, 0.5::float8 d, true e, null::int f, "
                    "'x'::varchar(9) g, date '2024-01-02' h, timestamp '2024-01-02 03:04:05' i, json_parse('[1]') j")  # fmt: skip
    assert (found["HasResultSet"], found["ResultRows"]) == (True, 1)
    assert found["Duration"] > 0
    assert found["RedshiftQueryId"] > 0
    page = lab.engine.data_api("GetStatementResult", {"Id": found["Id"]}, CALLER)
    assert page["Records"] == [[
        {"longValue": 1}, {"longValue": 2}, {"stringValue": "1.50"}, {"doubleValue": 0.5}, {"booleanValue": True},
        {"isNull": True}, {"stringValue": "x"}, {"stringValue": "2024-01-02"}, {"stringValue": "2024-01-02 03:04:05"},
        {"stringValue": "[1]"},
    ]]  # fmt: skip
    assert [(item["name"], item["typeName"]) for item in page["ColumnMetadata"]] == [
        ("a", "int2"), ("b", "int8"), ("c", "numeric"), ("d", "float8"), ("e", "bool"), ("f", "int4"), ("g", "varchar"),
        ("h", "date"), ("i", "timestamp"), ("j", "super"),
    ]  # fmt: skip
    assert (page["ColumnMetadata"][2]["precision"], page["ColumnMetadata"][2]["scale"]) == (5, 2)


def test_pages(lab):
    rows = lab.rows("select n, repeat('x', 100) from generate_series(1, 30000) as g(n)")
    assert [row[0] for row in rows] == list(range(1, 30001))
    name = lab.run("select n from generate_series(1, 10) as g(n)")["Id"]
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api("GetStatementResult", {"Id": name, "NextToken": "nonsense"}, CALLER)
    assert failure.value.code == "ValidationException"


def test_parameters_are_values_and_nothing_else(lab, name):
    lab.run(f"create table {name} (id int, note varchar(100))")
    nasty = "x'); drop table t; -- \\' $$ :id"
    values = [{"name": "id", "value": "7"}, {"name": "note", "value": nasty}]
    lab.run(f"insert into {name} values (:id::int, :note)", Parameters=values)
    assert lab.rows(f"select * from {name} where note = :note", Parameters=values[1:]) == [(7, nasty)]
    for sql, parameters in (("select :a, :b", values[:1]), ("select 1", values[:1])):
        with pytest.raises(DataApiError):
            lab.call("ExecuteStatement", Sql=sql, Parameters=parameters)


def test_a_batch_is_one_transaction(lab, name):
    sqls = [
        f"create table {name} (a int)",
        f"insert into {name} values (1), (2)",
        f"select count(*) from {name}",
    ]
    found = lab.describe(lab.call("BatchExecuteStatement", Sqls=sqls)["Id"])
    assert [sub["Status"] for sub in found["SubStatements"]] == ["FINISHED"] * 3
    assert [sub["ResultRows"] for sub in found["SubStatements"]] == [-1, 2, 1]
    page = lab.engine.data_api("GetStatementResult", {"Id": found["SubStatements"][2]["Id"]}, CALLER)
    assert page["Records"] == [[{"longValue": 2}]]
    failed = lab.describe(
        lab.call("BatchExecuteStatement", Sqls=[f"delete from {name}", "select 1/0", "select 1"])["Id"]
    )
    assert failed["Status"] == "FAILED"
    assert "division by zero" in failed["Error"]
    assert [sub["Status"] for sub in failed["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
    assert lab.rows(f"select count(*) from {name}") == [(2,)]


def test_a_batch_that_commits_by_itself(lab, name):
    sqls = [f"create table {name} (a int)", f"insert into {name} values (1)", "select 1/0"]
    found = lab.describe(lab.call("BatchExecuteStatement", Sqls=sqls, ExecutionMode="AUTO_COMMIT")["Id"])
    assert found["Status"] == "FAILED"
    assert lab.rows(f"select count(*) from {name}") == [(1,)]


def test_a_token_runs_once(lab, name):
    lab.run(f"create table {name} (a int)")
    call = {"Sql": f"insert into {name} values (1)", "ClientToken": name}
    first, second = lab.call("ExecuteStatement", **call), lab.call("ExecuteStatement", **call)
    assert first["Id"] == second["Id"]
    lab.describe(first["Id"])
    assert lab.call("ExecuteStatement", **call)["Id"] == first["Id"]
    assert lab.rows(f"select count(*) from {name}") == [(1,)]


def test_cancel_stops_the_server(lab):
    name = lab.call("ExecuteStatement", Sql="select pg_sleep(60)")["Id"]
    while lab.engine.data_api("DescribeStatement", {"Id": name}, CALLER)["Status"] != "STARTED":
        time.sleep(0.01)
    start = time.monotonic()
    assert lab.engine.data_api("CancelStatement", {"Id": name}, CALLER) == {"Status": True}
    assert time.monotonic() - start < 5
    assert lab.describe(name)["Status"] == "ABORTED"
    assert lab.rows(
        "select count(*) from pg_stat_activity where query like '%pg_sleep(60)' and state = 'active'"
    ) == [(0,)]
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api("CancelStatement", {"Id": name}, CALLER)
    assert failure.value.code == "ValidationException"


def test_cancel_stops_an_unload(lab, name):
    slow = "select pg_sleep(0.01), n from generate_series(1, 100000) as g(n)"
    sql = f"UNLOAD ('select n from ({slow}) x') TO 's3://{BUCKET}/{name}/' IAM_ROLE '{ROLE}'"
    statement = lab.call("ExecuteStatement", Sql=sql)["Id"]
    time.sleep(0.3)
    lab.engine.data_api("CancelStatement", {"Id": statement}, CALLER)
    assert lab.describe(statement)["Status"] == "ABORTED"
    assert lab.keys(f"{name}/") == []


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("ExecuteStatement", {"Sql": ""}, "ValidationException"),
        ("ExecuteStatement", {"Sql": "select 1; select 2"}, "ValidationException"),
        ("ExecuteStatement", {"Sql": "select '" + "x" * 200_000 + "'"}, "ValidationException"),
        ("ExecuteStatement", {"Sql": "select 1", "ClientToken": "x" * 65}, "ValidationException"),
        ("ExecuteStatement", {"Sql": "select 1", "Database": ""}, "ValidationException"),
        ("ExecuteStatement", {"Sql": "select 1", "WorkgroupName": ""}, "ValidationException"),
        ("ExecuteStatement", {"Sql": "select 1", "SecretArn": "arn:other"}, "ValidationException"),
        ("BatchExecuteStatement", {"Sqls": []}, "ValidationException"),
        ("BatchExecuteStatement", {"Sqls": ["select 1"] * 41}, "ValidationException"),
        ("DescribeStatement", {"Id": "0"}, "ResourceNotFoundException"),
        ("GetStatementResult", {"Id": "0"}, "ResourceNotFoundException"),
    ],
)
def test_refused_calls(lab, operation, params, code):
    with pytest.raises(DataApiError) as failure:
        lab.call(operation, **params)
    assert failure.value.code == code


def test_only_the_same_role_sees_a_statement(lab):
    name = lab.run("select 1")["Id"]
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api("DescribeStatement", {"Id": name}, "arn:aws:iam::054158074701:user/other")
    assert failure.value.code == "ResourceNotFoundException"


def test_without_a_secret_the_caller_is_the_user_and_needs_grants(lab, name):
    lab.run(f"create table {name} (a int)")
    role = "arn:aws:sts::054158074701:assumed-role/GlueFullAccessRole/session"
    params = {"WorkgroupName": "default-workgroup", "Database": "dev"}

    def run(sql):
        statement = lab.engine.data_api("ExecuteStatement", params | {"Sql": sql}, role)["Id"]
        while True:
            found = lab.engine.data_api("DescribeStatement", {"Id": statement}, role)
            if found["Status"] in ("FINISHED", "FAILED"):
                return found

    assert f"permission denied for relation {name}" in run(f"select * from {name}")["Error"]
    lab.run(f'grant select on {name} to "IAMR:GlueFullAccessRole"')
    assert run(f"select * from {name}")["Status"] == "FINISHED"


def test_events_and_lists(lab, name):
    lab.run("select 1", StatementName=name, WithEvent=True)
    deadline = time.monotonic() + 5
    while not lab.events and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (lab.events[-1]["statementName"], lab.events[-1]["state"], lab.events[-1]["rows"]) == (
        name,
        "FINISHED",
        1,
    )
    listed = lab.engine.data_api("ListStatements", {"StatementName": name}, CALLER)["Statements"]
    assert [item["QueryString"] for item in listed] == ["select 1"]


def test_metadata(lab, name):
    lab.run(f"create table {name} (a int not null, b varchar(30))")
    assert "dev" in lab.call("ListDatabases")["Databases"]
    assert "public" in lab.call("ListSchemas")["Schemas"]
    assert {"name": name, "schema": "public", "type": "TABLE"} in lab.call("ListTables")["Tables"]
    columns = lab.call("DescribeTable", Schema="public", Table=name)["ColumnList"]
    assert [(c["name"], c["typeName"], c["nullable"], c["length"]) for c in columns] == [
        ("a", "int4", 0, 0), ("b", "varchar", 1, 30),
    ]  # fmt: skip


def test_history(lab, name):
    lab.run(f"create table {name} as select 1 a")
    query_id = lab.unload(f"select * from {name}", f"{name}/", "csv gzip parallel off")["RedshiftQueryId"]
    assert lab.rows(f"select status, file_format, compression_type, unloaded_rows, unloaded_files_count "
                    f"from sys_unload_history where query_id = {query_id}") == [("completed", "csv", "gzip", 1, 1)]  # fmt: skip
    assert lab.rows(f"select status, query_type from sys_query_history where query_id = {query_id}") == [
        ("success", "UNLOAD")
    ]
    assert "does not exist" in lab.fails("select * from stl_load_errors")
    assert lab.rows("select charged_seconds > 0 from sys_serverless_usage limit 1") == [(True,)]


def test_wrong_password_in_the_secret(lab, monkeypatch):
    lab.engine.set_password("writer", "Right-1")
    assert lab.engine.password_is("writer", "Right-1")
    assert not lab.engine.password_is("writer", "Wrong-1")
    assert not lab.engine.password_is("nobody", "Wrong-1")
    assert SECRET
