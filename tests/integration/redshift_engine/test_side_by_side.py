"""Clients side by side: who reads the catalog or makes a table is not disturbed by who drops another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.redshift_engine.conftest import PASSWORD
from tests.integration.redshift_engine.raw import Raw, fields, values

pytestmark = pytest.mark.sandbox

LOOKS = (
    "svv_tables", "svv_columns", "svv_all_tables", "svv_all_columns", "svv_redshift_columns", "pg_views",
    "svv_table_info", "information_schema.columns", "information_schema.views", "pg_constraint",
)  # fmt: skip


def failures(client, *statements):
    found = []
    for sql in statements:
        found += [(sql, fields(body)["M"]) for kind, body in client.simple(sql) if kind == b"E"]
    return found


def test_schemas_come_and_go_while_others_look_and_make(lab, name):
    def makes(number):
        client, found = Raw(lab.engine.wire_port).log_in("admin", PASSWORD), []
        for turn in range(15):
            schema = f"{name}_{number}_{turn}"
            found += failures(
                client,
                f"create schema {schema}",
                f"create table {schema}.p (id bigint identity(1,1) primary key, b varchar(9))",
                f"create table {schema}.c (id int, p bigint references {schema}.p(id))",
                f"create view {schema}.v as select id from {schema}.p",
                f"create view {schema}.w as select id from {schema}.p with no schema binding",
                f"drop schema {schema} cascade",
            )
        client.close()
        return found

    def looks():
        client, found = Raw(lab.engine.wire_port).log_in("admin", PASSWORD), []
        for _ in range(8):
            found += failures(client, *(f"select * from {view}" for view in LOOKS))
        client.close()
        return found

    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(makes, 1), pool.submit(makes, 2), pool.submit(looks)]
        assert [run.result() for run in runs] == [[], [], []]


def test_a_late_view_outlives_the_schema_of_its_table(lab, name):
    client = Raw(lab.engine.wire_port).log_in("admin", PASSWORD)
    late, made = f"{name}_late", f"{name}_made"
    assert failures(
        client,
        f"create schema {name}",
        f"create view {late} as select a from {name}.t with no schema binding",
        f"create table {name}.t (a int)",
        f"insert into {name}.t values (7)",
        f"create table {made} as select * from {late}",
        f"drop schema {name} cascade",
    ) == []  # fmt: skip
    assert values(client.simple(f"select * from {made}")) == [["7"]]
    (error,) = failures(client, f"select * from {late}")
    assert "does not exist" in error[1]
    assert failures(client, f"create schema {name}", f"create table {name}.t (a varchar(3))") == []
    assert failures(client, f"insert into {name}.t values ('x')") == []
    assert values(client.simple(f"select * from {late}")) == [["x"]]
    assert failures(client, f"drop view {late}", f"drop table {made}") == []
    client.close()
