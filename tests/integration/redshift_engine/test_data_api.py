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


@pytest.mark.parametrize("first", ["delete from {}", "insert into {} values (3)", "copy"])
def test_a_table_has_one_writer_at_a_time(lab, name, connect, first):
    """Who empties and fills it waits for who does so already, and sees then what that one wrote."""
    lab.run(f"create table {name} (a int)")
    copy = lab.copy(name, lab.put(f"{name}.txt", "1\n2\n").removeprefix(f"s3://{BUCKET}/"))
    other = connect()
    for sql in (copy if first == "copy" else first.format(name), f"insert into {name} values (9)"):
        other.cursor().execute(sql)
    waits = lab.call("BatchExecuteStatement", Sqls=[f"delete from {name}", copy])["Id"]
    assert not lab.engine.settle(0.3)
    other.commit()
    assert lab.describe(waits)["Status"] == "FINISHED"
    assert lab.engine.settle(60)
    assert lab.rows(f"select a from {name} order by a") == [(1,), (2,)]


def test_who_only_adds_rows_keeps_nobody_waiting(lab, name, connect):
    lab.run(f"create table {name} (a int)")
    others = [connect(), connect()]
    for other in others:
        other.cursor().execute(f"insert into {name} values (1)")
    for other in others:
        other.cursor().execute(f"delete from {name} where a = 2")
        other.commit()
    assert lab.rows(f"select count(*) from {name}") == [(2,)]


def test_who_may_only_insert_still_may(lab, name, connect):
    lab.run(f"create table {name} (a int)")
    lab.run(f"create user {name}_in password 'Sandbox-1a'")
    lab.run(f"grant insert on {name} to {name}_in")
    theirs = connect(user=f"{name}_in", password="Sandbox-1a")
    theirs.cursor().execute(f"insert into public.{name} values (1)")
    theirs.commit()
    assert lab.rows(f"select a from {name}") == [(1,)]


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
        ("DescribeStatement", {"Id": "0"}, "ValidationException"),
        ("GetStatementResult", {"Id": "0"}, "ValidationException"),
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


def ended(lab, answer):
    """The description of a statement that was submitted with a session."""
    return lab.describe(answer["Id"])


def in_session(lab, session, sql, **params):
    return lab.engine.data_api("ExecuteStatement", {"SessionId": session, "Sql": sql} | params, CALLER)


def test_a_session_keeps_its_connection(lab):
    first = lab.call("ExecuteStatement", Sql="create temp table kept (a int)", SessionKeepAliveSeconds=60)
    session = first["SessionId"]
    assert ended(lab, first)["Status"] == "FINISHED"
    assert ended(lab, in_session(lab, session, "insert into kept values (5)"))["Status"] == "FINISHED"
    found = in_session(lab, session, "select a from kept", WaitTimeSeconds=30)
    assert (found["Status"], found["HasResultSet"], found["SessionId"]) == ("FINISHED", True, session)
    listed = lab.engine.data_api("ListSessions", {"SessionId": session}, CALLER)["Sessions"]
    assert [(item["Status"], item["WorkgroupName"]) for item in listed] == [
        ("AVAILABLE", "default-workgroup")
    ]
    assert "does not exist" in lab.fails("select a from kept")


def test_a_session_outlives_a_failed_transaction_and_ends_when_told(lab):
    first = lab.call("ExecuteStatement", Sql="begin", SessionKeepAliveSeconds=60, WaitTimeSeconds=30)
    session = first["SessionId"]
    assert in_session(lab, session, "select 1/0", WaitTimeSeconds=30)["Status"] == "FAILED"
    last = in_session(lab, session, "select 1", SessionKeepAliveSeconds=0, WaitTimeSeconds=30)
    assert last["Status"] == "FINISHED"
    lab.describe(last["Id"])
    with pytest.raises(DataApiError) as failure:
        in_session(lab, session, "select 1")
    assert failure.value.code == "ValidationException"


def test_a_session_runs_one_statement_at_a_time(lab):
    first = lab.call("ExecuteStatement", Sql="select pg_sleep(60)", SessionKeepAliveSeconds=60)
    with pytest.raises(DataApiError) as failure:
        in_session(lab, first["SessionId"], "select 1")
    assert failure.value.code == "ValidationException"
    lab.engine.data_api("CancelStatement", {"Id": first["Id"]}, CALLER)
    assert ended(lab, first)["Status"] == "ABORTED"


@pytest.mark.parametrize(
    ("caller", "params"),
    [
        ("arn:aws:iam::054158074701:user/other", {}),
        (CALLER, {"Database": "other"}),
        (CALLER, {"SessionId": "11111111-2222-4333-8444-555555555555"}),
        (CALLER, {"SessionId": "x"}),
        (CALLER, {"SessionKeepAliveSeconds": 86401}),
        (CALLER, {"WaitTimeSeconds": 31}),
    ],
)
def test_what_a_session_refuses(lab, caller, params):
    first = lab.call("ExecuteStatement", Sql="select 1", SessionKeepAliveSeconds=60, WaitTimeSeconds=30)
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api(
            "ExecuteStatement", {"SessionId": first["SessionId"], "Sql": "select 1"} | params, caller
        )
    assert failure.value.code == "ValidationException"


def test_results_as_csv_are_what_was_put_in(lab):
    import csv
    import io

    rows = [["1", "a,b"], ["2", 'say "hi"'], ["3", "two\nlines"], ["4", "é ☃"]]
    values = " union all ".join(f"select {number}, '{text}'" for number, text in rows)
    name = lab.run(f"{values} order by 1", ResultFormat="CSV")["Id"]
    page = lab.engine.data_api("GetStatementResultV2", {"Id": name}, CALLER)
    text = "".join(record["CSVRecords"] for record in page["Records"])
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows
    assert (page["TotalNumRows"], page["ResultFormat"]) == (4, "CSV")
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api("GetStatementResult", {"Id": name}, CALLER)
    assert failure.value.code == "ValidationException"
    name = lab.run("select 1")["Id"]
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api("GetStatementResultV2", {"Id": name}, CALLER)
    assert failure.value.code == "ValidationException"


def test_csv_tells_null_from_an_empty_text_and_comes_in_pages(lab):
    name = lab.run("select null::varchar, '', 'x'", ResultFormat="CSV")["Id"]
    page = lab.engine.data_api("GetStatementResultV2", {"Id": name}, CALLER)
    assert page["Records"] == [{"CSVRecords": ',"",x\r\n'}]
    long = "select n, repeat('x', 200) from generate_series(1, 20000) g(n)"
    name, lines, token = lab.run(long, ResultFormat="CSV")["Id"], 0, {}
    while True:
        page = lab.engine.data_api("GetStatementResultV2", {"Id": name, **token}, CALLER)
        lines += sum(record["CSVRecords"].count("\r\n") for record in page["Records"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert (lines, bool(token)) == (20000, True)


TYPES = {
    "smallint": "int2", "int": "int4", "bigint": "int8", "decimal(10,2)": "numeric", "real": "float4",
    "float8": "float8", "boolean": "bool", "char(3)": "bpchar", "varchar(9)": "varchar", "date": "date",
    "time": "time", "timetz": "timetz", "timestamp": "timestamp", "timestamptz": "timestamptz",
    "super": "super", "varbyte(8)": "varbyte",
}  # fmt: skip


def test_describe_table_names_types_as_results_do(lab, name):
    columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(TYPES))
    lab.run(f"create table {name} ({columns})")
    described = lab.call("DescribeTable", Schema="public", Table=name)["ColumnList"]
    assert [column["typeName"] for column in described] == list(TYPES.values())
    statement = lab.run(f"select * from {name}")["Id"]
    metadata = lab.engine.data_api("GetStatementResult", {"Id": statement}, CALLER)["ColumnMetadata"]
    assert [column["typeName"] for column in metadata] == list(TYPES.values())


@pytest.mark.parametrize("operation", ["DescribeStatement", "GetStatementResult", "CancelStatement"])
@pytest.mark.parametrize("identity", ["x", "", "D9B6C0C9-0747-4BF4-B142-E8883122F766", "1" * 36, "a" * 300])
def test_malformed_ids(lab, operation, identity):
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api(operation, {"Id": identity}, CALLER)
    assert failure.value.code == "ValidationException"


def test_a_well_formed_unknown_id(lab):
    with pytest.raises(DataApiError) as failure:
        lab.engine.data_api("DescribeStatement", {"Id": "d9b6c0c9-0747-4bf4-b142-e8883122f766"}, CALLER)
    assert failure.value.code == "ResourceNotFoundException"
