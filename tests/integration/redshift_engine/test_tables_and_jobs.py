# ruff: noqa: E501  (tables of statements are read line by line)
"""What Redshift means by its statements: tables and their attributes, MERGE, QUALIFY, SUPER, COPY JOB."""

from __future__ import annotations

import pytest

from tests.integration.redshift_engine.conftest import BUCKET, ROLE

pytestmark = pytest.mark.sandbox


def test_what_is_said_of_a_table_is_told_back(lab, name):
    lab.run(f"create table {name} (a bigint encode zstd not null, b varchar(10) default 'x', c super, d numeric(9,3), "
            "primary key (a)) distkey (a) compound sortkey (b, a)")  # fmt: skip
    assert lab.rows(f"select * from pg_table_def where tablename = '{name}'") == [
        ("public", name, "a", "bigint", "zstd", True, 2, True),
        ("public", name, "b", "character varying(10)", "none", False, 1, False),
        ("public", name, "c", "super", "zstd", False, 0, False),
        ("public", name, "d", "numeric(9,3)", "az64", False, 0, False),
    ]
    assert lab.rows(f"select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable "
                    f"from svv_columns where table_name = '{name}' order by ordinal_position") == [
        ("a", "bigint", None, 64, 0, "NO"), ("b", "character varying", 10, None, None, "YES"),
        ("c", "super", None, None, None, "YES"), ("d", "numeric", None, 9, 3, "YES"),
    ]  # fmt: skip
    info = f"select diststyle, sortkey1, sortkey_num from svv_table_info where \"table\" = '{name}'"
    assert lab.rows(info) == []  # as in Redshift, an empty table is not there
    lab.run(f"insert into {name} values (1), (1)")  # a primary key is not enforced
    assert lab.rows(info) == [(f"KEY({'a'})", "b", 2)]
    lab.run(f"create table {name}_2 (like {name} including defaults)")
    lab.run(f"alter table {name}_2 alter sortkey (d)")
    assert lab.rows(f"select \"column\", distkey, sortkey from pg_table_def where tablename = '{name}_2' "
                    "and (distkey or sortkey > 0) order by 1") == [("a", True, 0), ("d", False, 1)]  # fmt: skip


def test_lengths_are_bytes(lab, name):
    lab.run(f"create table {name} (a varchar(4), b char(2))")
    lab.run(f"insert into {name} values ('éé', 'x')")
    for value in ("('ééé', 'x')", "('x', 'abc')"):
        assert "value too long for type character" in lab.fails(f"insert into {name} values {value}")
    lab.run(f"alter table {name} alter column a type varchar(6)")
    lab.run(f"insert into {name} values ('ééé', 'x')")
    lab.run(f"create table {name}_2 as select * from {name}")
    assert "varying(6)" in lab.fails(f"insert into {name}_2 values ('éééé', 'x')")


def test_merge(lab, name):
    lab.run(f"create table {name} (k int, v varchar(5))")
    lab.run(f"create table {name}_s (k int, v varchar(5))")
    lab.run(f"create table {name}_x (s super, {name}_s super, {name} super)")  # s.k is no path into these
    lab.run(f"insert into {name} values (1, 'old'), (2, 'old')")
    lab.run(f"insert into {name}_s values (2, 'new'), (3, 'new')")
    merge = (f"merge into {name} using {name}_s s on {name}.k = s.k when matched then update set v = s.v "
             "when not matched then insert values (s.k, s.v)")  # fmt: skip
    assert lab.run(merge)["ResultRows"] == 2
    assert lab.rows(f"select * from {name} order by 1") == [(1, "old"), (2, "new"), (3, "new")]
    lab.run(f"insert into {name}_s values (2, 'again')")
    assert "Found multiple matches to update the same tuple" in lab.fails(merge)
    lab.run(f"create view {name}_v as select * from {name}_s")
    assert "MERGE source must be a table" in lab.fails(merge.replace(f"{name}_s s", f"{name}_v s"))
    lab.run(f"truncate {name}_s")
    lab.run(f"insert into {name}_s values (3, 'x'), (3, 'x'), (4, 'y')")
    lab.run(f"merge into {name} using {name}_s on {name}.k = {name}_s.k remove duplicates")
    assert lab.rows(f"select * from {name} order by 1") == [(1, "old"), (2, "new"), (3, "x"), (4, "y")]


def test_qualify(lab, name):
    lab.run(f"create table {name} (k int, version int, v varchar(5))")
    lab.run(f"insert into {name} values (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c')")
    latest = "qualify row_number() over (partition by k order by version desc) = 1"
    assert lab.rows(f"select * from {name} {latest} order by k") == [(1, 2, "b"), (2, 1, "c")]
    assert lab.rows(f"select t.v, rank() over (order by k) r from {name} t qualify r = 1 order by v") == [
        ("a", 1),
        ("b", 1),
    ]
    assert lab.rows(f"select top 1 v from {name} {latest} order by version desc") == [("b",)]
    lab.run(f"create table {name}_2 as select * from {name} {latest}")
    assert lab.rows(f"select count(*) from svv_columns where table_name = '{name}_2'") == [(3,)]


def test_super(lab, name):
    lab.run(f"create table {name} (id int, payload super)")
    lab.run(f'insert into {name} select 1, json_parse(\'{{"a": {{"b": [10, {{"c": "q"}}]}}, "n": 1.5}}\')')
    assert lab.rows(
        f"select payload.a.b[0]::int, t.payload.a.b[1].c::varchar, payload.n, payload.nope from {name} t"
    ) == [(10, "q", "1.5", None)]
    assert lab.rows(f"select id from {name} where payload.a.b[1].c = 'q' and payload.n > 1") == [(1,)]
    assert lab.rows(f"select json_typeof(payload.a), get_array_length(payload.a.b) from {name}") == [
        ("object", 2)
    ]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("dateadd(month, 1, '2024-01-31'::date)", "2024-02-29 00:00:00"),
        ("dateadd(day, -1, '2024-03-01 10:00'::timestamp)", "2024-02-29 10:00:00"),
        ("datediff(year, '2023-12-31'::date, '2024-01-01'::date)", 1),
        ("datediff(hour, '2024-01-01 10:59'::timestamp, '2024-01-01 11:00'::timestamp)", 1),
        ("datediff(week, '2024-01-06'::date, '2024-01-07'::date)", 1),
        ("datediff(qtr, '2023-12-31'::date, '2024-07-01'::date)", 3),
        ("nvl(null, null, 'x')", "x"),
        ("nvl2(null, 'a', 'b')", "b"),
        ("decode(2, 1, 'one', 2, 'two', 'other')", "two"),
        ("convert_timezone('UTC', 'Asia/Kolkata', '2024-01-01 00:00'::timestamp)", "2024-01-01 05:30:00"),
        ("trunc('2024-01-01 10:00'::timestamp)", "2024-01-01"),
        ("trunc(1.789, 1)", "1.7"),
        ("len('éé')", 2),
        ("last_day('2024-02-01'::timestamp)", "2024-02-29"),
        ("json_extract_path_text('{\"a\":{\"b\":\"c\"}}', 'a', 'b')", "c"),
        ("1.5::decimal::varchar", "2"),
        ("charindex('b', 'abc')", 2),
        ("strtol('ff', 16)", 255),
        ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
        ("7 / 2", 3),
    ],
)
def test_functions(lab, expression, value):
    assert lab.rows(f"select {expression}") == [(value,)]


def test_aggregates(lab):
    values = "(select 'b' v union all select 'a' union all select 'b' union all select null) x"
    assert lab.rows(
        f"select listagg(v, ',') within group (order by v desc), approximate count(distinct v) from {values}"
    ) == [("b,b,a", 2)]
    assert lab.rows(f"select listagg(distinct v, '-') within group (order by v) from {values}") == [("a-b",)]


def test_copy_job(lab, name):
    lab.integrations.discard(BUCKET)
    lab.run(f"create table {name} (a int)")
    lab.put(f"{name}/before", "1\n")
    job = f"COPY {name} FROM 's3://{BUCKET}/{name}/' IAM_ROLE '{ROLE}' CSV JOB CREATE {name}_job AUTO ON"
    lab.run(job)
    assert "already exists" in lab.fails(job)
    lab.put(f"{name}/first", "2\n")
    lab.engine.object_created(BUCKET, f"{name}/first", 2, "e")
    assert lab.engine.settle()
    assert lab.rows(f"select a from {name}") == []  # no integration: nobody told
    lab.run(f"COPY JOB RUN {name}_job")
    assert lab.rows(f"select a from {name}") == [(2,)]  # what was there before is left to a plain COPY
    lab.integrations.add(BUCKET)
    for key, body in (("second", "3\n"), ("bad", "x\n"), ("third", "4\n"), ("second", "99\n")):
        lab.put(f"{name}/{key}", body)
        lab.engine.object_created(BUCKET, f"{name}/{key}", len(body), "e")
        assert lab.engine.settle()
    assert lab.rows(f"select a from {name} order by 1") == [(2,), (3,), (4,)]
    detail = lab.rows(
        f"select file_name, status from sys_copy_job_detail where job_name = '{name}_job' order by 1"
    )
    assert detail == [
        (f"{name}/bad", "E"),
        (f"{name}/first", "I"),
        (f"{name}/second", "I"),
        (f"{name}/third", "I"),
    ]
    assert lab.rows(f"select job_name, is_auto from sys_copy_job where job_name = '{name}_job'") == [
        (f"{name}_job", 1)
    ]
    assert lab.rows(f"select error_code from sys_load_error_detail where file_name like '%{name}/bad'") == [
        (1207,)
    ]
    lab.run(f"COPY JOB ALTER {name}_job AUTO OFF")
    lab.put(f"{name}/fourth", "5\n")
    lab.engine.object_created(BUCKET, f"{name}/fourth", 2, "e")
    assert lab.engine.settle()
    assert lab.rows(f"select count(*) from {name}") == [(3,)]
    lab.run(f"COPY JOB DROP {name}_job")
    assert "does not exist" in lab.fails(f"COPY JOB RUN {name}_job")


def test_copy_job_is_not_for_transactions(lab, name):
    lab.run(f"create table {name} (a int)")
    job = f"COPY {name} FROM 's3://{BUCKET}/{name}/' IAM_ROLE '{ROLE}' CSV JOB CREATE {name}_job"
    failed = lab.describe(lab.call("BatchExecuteStatement", Sqls=[job, "select 1"])["Id"])
    assert "cannot run inside a transaction block" in failed["Error"]


def test_databases_users_and_jobs_outlive_a_restart(lab, tmp_path):
    from dataclasses import replace

    from dpctl.sandbox.redshift import Engine

    first = Engine.start(
        tmp_path / "data", surroundings=lab.engine._namespace.surroundings, admin_password="Once-1"
    )
    first.register_role(ROLE)
    again = replace(lab, engine=first)
    first.set_password("admin", "Sandbox-1")
    again.run("create table kept (a int)")
    again.put("restart/seen", "1\n")
    again.run(f"COPY kept FROM 's3://{BUCKET}/restart/' IAM_ROLE '{ROLE}' CSV JOB CREATE kept_job")
    first.stop()
    second = Engine.start(tmp_path / "data", surroundings=lab.engine._namespace.surroundings)
    try:
        second.register_role(ROLE)
        lab.integrations.add(BUCKET)
        again.put("restart/new", "7\n")
        second.object_created(BUCKET, "restart/new", 2, "e")
        assert second.settle()
        assert replace(lab, engine=second).rows("select a from kept") == [(7,)]
    finally:
        second.stop()
