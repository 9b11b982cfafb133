# ruff: noqa: E501  (tables of statements are read line by line)
"""The wire protocol: redshift-connector and psql, as users run them."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from decimal import Decimal

import pytest

from tests.integration.redshift_engine.conftest import BUCKET, PASSWORD, ROLE
from tests.waiting import wait_for

pytestmark = pytest.mark.sandbox


def test_parameters_and_types(connect, name):
    connection = connect()
    cursor = connection.cursor()
    cursor.execute(
        f"create table {name} (a int, b varchar(50), c decimal(12,2), d timestamp, e date, f boolean, g float8)"
    )
    row = (
        1,
        'it\'s \\ "q" é\n',
        Decimal("12.50"),
        dt.datetime(2024, 1, 2, 3, 4, 5, 6),
        dt.date(2024, 1, 2),
        True,
        0.5,
    )
    cursor.execute(f"insert into {name} values (%s, %s, %s, %s, %s, %s, %s)", row)
    cursor.execute(f"insert into {name} (a) values (%s)", (2,))
    connection.commit()
    cursor.execute(f"select * from {name} order by a")
    assert cursor.fetchall() == (list(row), [2, None, None, None, None, None, None])


def test_transactions(connect, name):
    connection, other = connect(), connect()
    cursor, watcher = connection.cursor(), other.cursor()
    cursor.execute(f"create table {name} (a int)")
    connection.commit()
    cursor.execute(f"insert into {name} values (1)")
    watcher.execute(f"select count(*) from {name}")
    assert watcher.fetchall() == ([0],)
    connection.rollback()
    cursor.execute(f"insert into {name} values (1)")
    connection.commit()
    other.rollback()
    watcher.execute(f"select count(*) from {name}")
    assert watcher.fetchall() == ([1],)
    other.rollback()  # TRUNCATE waits for readers
    cursor.execute(f"truncate {name}")
    connection.rollback()  # TRUNCATE has committed
    cursor.execute(f"select count(*) from {name}")
    assert cursor.fetchall() == ([0],)


def test_unload_copy_and_jobs(lab, connect, name):
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f"create table {name} as select n, 'row ' || n as s from generate_series(1, 100) as g(n)")
    cursor.execute(f"unload ('select * from {name}') to 's3://{BUCKET}/{name}/' iam_role '{ROLE}' parquet")
    cursor.execute(f"create table {name}_2 (n int, s varchar(20))")
    cursor.execute(f"copy {name}_2 from 's3://{BUCKET}/{name}/' iam_role '{ROLE}' parquet")
    cursor.execute("select pg_last_copy_count(), pg_last_unload_count()")
    assert cursor.fetchall() == ([100, 100],)
    cursor.execute(
        f"copy {name}_2 from 's3://{BUCKET}/{name}_w/' iam_role '{ROLE}' csv job create {name} auto off"
    )
    cursor.execute(f"copy job show {name}")
    assert [(row[1], row[3]) for row in cursor.fetchall()] == [(name, "OFF")]
    cursor.execute(f"copy job drop {name}")


def test_errors_carry_their_state(connect, name):
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f"create table {name} (a varchar(3) not null)")
    for sql, state in (
        (f"insert into {name} values ('éé')", "22001"),
        (f"insert into {name} values (null)", "23502"),
        ("select * from nothere", "42P01"),
        ("select from where", "42601"),
        ("alter table a append from b", "0A000"),
        ("unload ('select 1 limit 1') to 's3://x-y-z/' iam_role default", "0A000"),
    ):
        with pytest.raises(Exception) as failure:  # noqa: PT011  the driver's own, by state
            cursor.execute(sql)
        assert failure.value.args[0]["C"] == state
        cursor.execute("select 1")
        assert cursor.fetchall() == ([1],)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"user": "nobody"}, "password authentication failed"),
        ({"database": "nothere"}, 'database "nothere" does not exist'),
    ],
)
def test_log_in_refused(connect, settings, part):
    with pytest.raises(Exception, match=part):
        connect(**settings)


def test_many_rows(connect):
    cursor = connect().cursor()
    cursor.execute("select n, 'some text ' || n from generate_series(1, 200000) as g(n)")
    rows = cursor.fetchall()
    assert (len(rows), rows[-1]) == (200000, [200000, "some text 200000"])


def test_users_and_databases(lab, connect, name):
    connection = connect()
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(f"create user {name} password 'Reader-1'")
    cursor.execute(f"create database {name}")
    cursor.execute(f"create table {name} (a int)")
    cursor.execute(f"grant select on {name} to {name}")
    reader = connect(user=name, password="Reader-1").cursor()
    reader.execute(f"select count(*), current_user from {name}")
    assert reader.fetchall() == ([0, name],)
    with pytest.raises(Exception, match=f"permission denied for relation {name}"):
        reader.execute(f"insert into {name} values (1)")
    fresh = connect(database=name).cursor()
    fresh.execute("select current_database(), getdate() is not null")
    assert fresh.fetchall() == ([name, True],)


psql = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")


def run_psql(lab, *words, **options):
    return subprocess.run(
        ["psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(lab.engine.wire_port), "-U", "admin", "dev", *words],
        env={"PGPASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False, timeout=60,
        **options,
    )  # fmt: skip


@psql
def test_psql(lab, name):
    done = run_psql(
        lab, "-c", f"create table {name} (a int encode az64) diststyle all; insert into {name} values (1), (2)",
        "-c", f"unload ('select * from {name}') to 's3://{BUCKET}/{name}/' iam_role '{ROLE}' csv",
        "-c", f"select sum(a), nvl(null, 'x') from {name}", "-c", "select nope", "-c", "\\dt",
    )  # fmt: skip
    assert "UNLOAD completed, 2 record(s) unloaded successfully" in done.stderr
    assert 'column "nope" does not exist' in done.stderr
    assert "3|x" in done.stdout.splitlines()
    assert f"public|{name}|table|admin" in done.stdout


@psql
def test_several_statements_are_one_transaction(lab, name):
    run_psql(lab, "-c", f"create table {name} (a int)")
    run_psql(lab, "-c", f"insert into {name} values (1); select 1/0")
    assert run_psql(lab, "-c", f"select count(*) from {name}").stdout.strip() == "0"


@psql
def test_psql_cancels(lab):
    process = subprocess.Popen(
        ["psql", "-X", "-h", "127.0.0.1", "-p", str(lab.engine.wire_port), "-U", "admin", "dev", "-c", "select pg_sleep(300)"],
        env={"PGPASSWORD": PASSWORD, "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running = "select count(*) from sys_query_history where status = 'running' and query_text like '%pg_sleep(300)%'"
    wait_for(lambda: lab.rows(running) == [(1,)], 60)
    process.send_signal(2)
    _, error = process.communicate(timeout=200)
    assert "canceling statement due to user request" in error
