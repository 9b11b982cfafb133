# ruff: noqa: E501  (tables of statements are read line by line)
"""Sessions: what ends a statement ends that one alone, and nothing that a client sends ends the server."""

from __future__ import annotations

import threading
import time

import pytest

from dpctl.sandbox.redshift.session import Session
from tests.integration.redshift_engine.conftest import BUCKET, PASSWORD, ROLE
from tests.integration.redshift_engine.raw import (
    SYNC,
    Raw,
    bind,
    errors,
    fields,
    kinds,
    message,
    parse,
    values,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.sandbox


@pytest.fixture
def open_raw(lab):
    opened = []

    def open_one(**options) -> Raw:
        opened.append(Raw(lab.engine.wire_port, **options).log_in("admin", PASSWORD))
        return opened[-1]

    yield open_one
    for item in opened:
        item.close()


@pytest.fixture
def raw(open_raw):
    return open_raw()


STATEMENTS = [
    "create table {t} (a int)",
    "alter table {t} add column b varchar(10)",
    "alter table {t} alter column b encode zstd",
    "alter table {t} alter encode auto",
    "alter table {t} alter diststyle even",
    "alter table {t} alter diststyle key distkey a",
    "alter table {t} alter distkey a",
    "alter table {t} alter sortkey (a)",
    "alter table {t} alter sortkey auto",
    "alter table {t} alter sortkey none",
    "alter table {t} alter compound sortkey (a, b)",
    "alter table {t} rename column b to c",
    "create view {t}_v as select 1 a with no schema binding",
    "create user {t}_u password 'Abcdef-12'",
    "alter user {t}_u password 'Abcdef-13'",
    "unload ('select 1') to 's3://" + BUCKET + "/{t}/' iam_role '" + ROLE + "'",
    "copy {t} (a) from 's3://" + BUCKET + "/{t}/' iam_role '" + ROLE + "'",
    "copy {t} (a) from 's3://" + BUCKET + "/{t}_w/' iam_role '" + ROLE + "' job create {t}_j auto off",
    "copy job drop {t}_j",
    "truncate {t}",
    "analyze {t}",
    "vacuum {t}",
    "drop view {t}_v",
    "drop user {t}_u",
    "drop table {t}",
]


@pytest.mark.parametrize("end", ["", ";", " ; ", ";\n-- done"])
@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_statements_with_and_without_their_semicolon(raw, name, protocol, end):
    for sql in STATEMENTS:
        found = getattr(raw, protocol)(sql.format(t=name) + end)
        assert errors(found) == [], sql


@pytest.mark.parametrize("sql", ["", ";", " ", "-- nothing", "/* nothing */", "-- nothing\n;"])
def test_nothing_is_an_empty_query(raw, sql):
    assert kinds(raw.simple(sql)) == "IZ"
    assert kinds(raw.extended(sql)) == "12nIZ"


def test_two_statements_cannot_be_prepared(raw):
    assert errors(raw.extended("select 1; select 2")) == ["42601"]
    assert values(raw.simple("select 1; select 2")) == [["1"], ["2"]]


@pytest.mark.parametrize(
    "alter",
    [
        "alter table {t} alter", "alter table {t} alter column", "alter table {t} alter encode",
        "alter table {t} alter diststyle", "alter table {t} alter sortkey", "alter table {t}", "alter table",
        "alter", "create table {t} (", "create table {t} (a", "create table {t} (a varchar(x))",
        "create table {t} (a decimal(1,2,3))", "create user", "create user {t} password", "grant", "grant select",
        "merge into", "copy", "copy {t} from", "unload", "unload (", "comment", "set", "show", "explain", "declare",
        "fetch", "analyze compression {t}", "create view", "create view {t} as", "delete", "create table {t} ()",
        "alter table {t} add column", "alter table {t} add primary key (", "copy job", "copy job create",
        "create database", "drop database", "vacuum (", "create table {t} (a float(x))", "create schema", "truncate",
        "copy {t} from 's3://x/y' iam_role default fixedwidth 'a'", "alter table {t} alter column a type",
        "create table {t} (a int identity(1))", "create table {t} (a int default)", "select", "with", "insert",
    ],
)  # fmt: skip
@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_a_statement_that_breaks_off_is_an_error_of_its_own(raw, name, protocol, alter):
    found = getattr(raw, protocol)(alter.format(t=name))
    state = errors(found)
    assert state, alter
    assert state[0] != "XX000", [fields(body) for kind, body in found if kind == b"E"]
    assert values(getattr(raw, protocol)("select 1")) == [["1"]]


def test_a_mistake_of_the_engine_is_an_error_of_the_protocol(raw, monkeypatch):
    def broken(self, sql):
        raise IndexError("list index out of range")

    monkeypatch.setattr(Session, "plan", broken)
    assert errors(raw.simple("select 1")) == ["XX000"]
    assert errors(raw.extended("select 1")) == ["XX000"]
    raw.simple("begin")
    monkeypatch.undo()
    assert values(raw.extended("select 1")) == [["1"]]


def test_truncate_in_a_pipeline(raw, name):
    raw.simple(f"create table {name} (a int); insert into {name} values (7), (8)")
    found = raw.extended(f"truncate {name}", f"insert into {name} values (1)", f"select count(*) from {name}")
    assert (errors(found), values(found)) == ([], [["1"]])
    found = raw.extended(
        f"truncate {name}", f"insert into {name} values ('x')", f"select count(*) from {name}"
    )
    assert (errors(found), values(found)) == (["22P02"], [])
    assert values(raw.extended(f"select count(*) from {name}")) == [["0"]]


def test_an_error_of_the_engine_takes_the_pipeline_back(raw, name):
    raw.simple(f"create table {name} (a int)")
    assert errors(raw.extended(f"insert into {name} values (1)", "create index i on t (a)")) == ["0A000"]
    assert values(raw.simple(f"select count(*) from {name}")) == [["0"]]
    raw.simple("begin")
    assert errors(raw.extended("create index i on t (a)")) == ["0A000"]
    assert errors(raw.extended("select 1")) == ["25P02"]
    assert kinds(raw.simple("rollback")) == "CZ"
    assert values(raw.simple("select 1")) == [["1"]]


def test_many_prepared_statements(raw):
    for number in range(300):
        raw.sock.sendall(parse(f"select {number}", f"s{number}") + SYNC)
        assert errors(raw.until_ready()) == []
    for number in range(300):
        raw.sock.sendall(bind(f"s{number}") + message(b"E", b"\0\0\0\0\0") + SYNC)
        assert values(raw.until_ready()) == [[str(number)]]


def test_text_that_is_not_utf8(raw):
    assert errors(raw.simple(b"select '\xff'")) == ["22021"]
    raw.sock.sendall(message(b"P", b"\0select '\xff'\0\0\0") + SYNC)
    assert errors(raw.until_ready()) == ["22021"]
    assert values(raw.simple("select 1")) == [["1"]]


def test_a_statement_of_more_than_16_mb(raw):
    big = "select '" + "x" * (16 << 20) + "'"
    assert errors(raw.simple(big)) == ["54000"]
    assert errors(raw.extended(big)) == ["54000"]
    assert values(raw.simple("select 1")) == [["1"]]


def test_a_function_call_is_refused(raw):
    raw.sock.sendall(message(b"F", b"\0\0\0\0\0\0\0\0\0\0"))
    assert errors(raw.until_ready()) == ["0A000"]
    assert values(raw.simple("select 1")) == [["1"]]


@pytest.mark.parametrize("tls", [False, True])
def test_a_cancel_stops_its_own_statement(open_raw, tls):
    session = open_raw(tls=tls)
    for turn in range(5):
        killer = threading.Timer(0.1, session.cancel)
        killer.start()
        assert errors(session.simple("select pg_sleep(60)")) == ["57014"]
        for number in range(200):
            assert values(session.simple(f"select {number}")) == [[str(number)]], turn
        killer.join()


def test_a_cancel_of_nothing_does_nothing(raw):
    for number in range(200):
        raw.cancel()
        assert values(raw.simple(f"select {number}")) == [[str(number)]]


def test_a_cancel_within_a_transaction(raw, name):
    raw.simple(f"begin; create table {name} (a int)")
    threading.Timer(0.1, raw.cancel).start()
    assert errors(raw.extended("select pg_sleep(60)")) == ["57014"]
    assert errors(raw.simple("select 1")) == ["25P02"]
    assert errors(raw.simple("rollback")) == []


def test_a_client_that_disappears_takes_its_statement_along(lab, raw, open_raw, name):
    raw.simple(f"create table {name} (a int)")
    lost = [open_raw(tls=bool(number % 2)) for number in range(6)]
    for session in lost[:5]:
        session.sock.sendall(
            message(b"Q", f"select count(*), pg_sleep(600), '{name}' from {name}\0".encode())
        )
    big = f"insert into {name} select n from generate_series(1, 1000000000) as g(n)"
    lost[5].simple("begin")
    lost[5].sock.sendall(message(b"Q", f"lock table {name}\0".encode()))
    lost[5].sock.sendall(message(b"Q", big.encode() + b"\0"))
    backend = lab.engine._namespace.postgres.superuser("dev")
    running = (
        "select count(*) from pg_stat_activity where application_name <> 'dpctl-engine' and state <> 'idle' "
        f"and query like '%{name}%'"
    )
    wait_for(lambda: backend.value(running) == "6")
    for session in lost:
        session.close()
    began = time.monotonic()
    wait_for(lambda: backend.value(running) == "0")
    assert errors(raw.simple(f"drop table {name}")) == []
    assert time.monotonic() - began < 25
    backend.close()


def running(raw, pid):
    return raw.simple(
        f"select query_text from sys_query_history where status = 'running' and session_id = {pid}"
    )


@pytest.mark.parametrize("protocol", ["simple", "extended"])
def test_a_statement_that_runs_is_in_the_history_until_it_has_ended(raw, open_raw, protocol):
    other = open_raw()
    pid = values(other.simple("select pg_backend_pid()"))[0][0]
    thread = threading.Thread(target=lambda: getattr(other, protocol)("select pg_sleep(60)"))
    thread.start()
    deadline = time.monotonic() + 60
    while not (found := values(running(raw, pid))) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found == [["select pg_sleep(60)"]]
    other.cancel()
    thread.join()
    assert values(running(raw, pid)) == []
    last = f"select status, error_message like '%cancel%' from sys_query_history where session_id = {pid} order by query_id desc limit 1"
    assert values(raw.simple(last)) == [["canceled", "t"]]


def test_after_an_error_a_query_is_passed_over_up_to_the_sync(raw):
    raw.sock.sendall(parse("select nope") + message(b"Q", b"select 1\0") + SYNC)
    assert (kinds(found := raw.until_ready()), errors(found)) == ("EZ", ["42703"])
    assert values(raw.simple("select 2")) == [["2"]]
