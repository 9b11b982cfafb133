"""Statements of AWS's pages over tables of their own, with the rows that the pages print."""

from __future__ import annotations

import pytest

from tests.integration.redshift_engine.conftest import PASSWORD
from tests.integration.redshift_engine.raw import Raw, errors, fields, values

pytestmark = pytest.mark.sandbox

# "Window functions", "Sample table for window function examples": the columns that the examples use.
WINSALES = """
    create table winsales (salesid int, dateid date, sellerid int, buyerid char(10), qty int,
      qty_shipped int);
    insert into winsales values (30001, '8/2/2003', 3, 'b', 10, 10), (10001, '12/24/2003', 1, 'c', 10, 10),
      (10005, '12/24/2003', 1, 'a', 30, null), (40001, '1/9/2004', 4, 'a', 40, null),
      (10006, '1/18/2004', 1, 'c', 10, null), (20001, '2/12/2004', 2, 'b', 20, 20),
      (40005, '2/12/2004', 4, 'a', 10, 10), (20002, '2/16/2004', 2, 'c', 20, 20),
      (30003, '4/18/2004', 3, 'b', 15, null), (30004, '4/18/2004', 3, 'b', 20, null),
      (30007, '9/7/2004', 3, 'c', 30, null)
"""
# "Querying semistructured data", and "Loading semistructured data"
SUPERS = """
    create table supers (i int, s super);
    insert into supers values (1, null), (2, 'a'::super), (3, json_parse('{"AttributeName": "b"}')),
      (4, 'plain'), (5, 3.14159), (6, '{"a": 1}');
    insert into supers (s, i) values ('[1]', 7);
    insert into supers (s, i) select '[2]', 8;
    create table orders (c_custkey int, c_orders super);
    insert into orders values (9451, json_parse('[{"o_orderkey": 1, "o_orderstatus": "F"}]'))
"""
CASES = [
    (
        "select distinct buyerid, listagg(salesid, ',') within group (order by salesid) "
        "over (partition by buyerid) from winsales where sellerid < 3 order by 1",
        [["a         ", "10005"], ["b         ", "20001"], ["c         ", "10001,10006,20002"]],
    ),
    (
        "select distinct sellerid, percentile_disc(0.5) within group (order by qty) "
        "over (partition by sellerid) from winsales order by 1",
        [["1", "10"], ["2", "20"], ["3", "15"], ["4", "10"]],
    ),
    (
        "select salesid, lag(qty_shipped) ignore nulls over (order by salesid) from winsales "
        "where sellerid = 3 order by 1",
        [["30001", None], ["30003", "10"], ["30004", "10"], ["30007", "10"]],
    ),
    (
        "select i, s from supers order by i",
        [
            ["1", None], ["2", '"a"'], ["3", '{"AttributeName":"b"}'], ["4", '"plain"'], ["5", "3.14159"],
            ["6", r'"{\"a\": 1}"'], ["7", '"[1]"'], ["8", '"[2]"'],
        ],
    ),
    (
        "select attr, json_typeof(val) from orders c, c.c_orders as o, unpivot o as val at attr order by 1",
        [["o_orderkey", "number"], ["o_orderstatus", "string"]],
    ),
    ("select |/ 16.0, ||/ 8.0", [["4", "2"]]),
    ("select 1e2, -1.5e-3", [["100", "-0.0015"]]),
]  # fmt: skip
# Redshift has them; the sandbox says so by their full names.
ELSEWHERE = {
    "select * from (select sellerid, qty from winsales) pivot (sum(qty) for sellerid in (1, 2))": "PIVOT",
    "select salesid from winsales start with salesid = 1 connect by prior salesid = sellerid": "CONNECT BY",
    "select 1 from winsales a, winsales b where a.qty(+) = b.qty": "The outer join operator (+)",
    "create rls policy p with (a int) using (a = 1)": "CREATE RLS POLICY",
    "create masking policy p with (a int) using (1)": "CREATE MASKING POLICY",
    "attach masking policy p on winsales (qty) to public": "ATTACH MASKING POLICY",
    "create datashare d": "A datashare",
    "show datashares like 'a%'": "SHOW DATASHARES",
    "alter table winsales append from supers": "ALTER TABLE APPEND FROM",
    "use dev": "USE",
}
FOREIGN = (
    "declare c cursor with hold for select 1",
    "select quote_nullable('a')",
    "select a from (values (1)) x(a)",
)


@pytest.fixture(scope="module")
def session(lab):
    client = Raw(lab.engine.wire_port).log_in("admin", PASSWORD, search_path="pages")
    for sql in ("create schema pages", *WINSALES.split(";"), *SUPERS.split(";")):
        found = client.simple(sql)
        assert errors(found) == [], [fields(body)["M"] for kind, body in found if kind == b"E"]
    yield client
    client.simple("drop schema pages cascade")
    client.close()


@pytest.mark.parametrize(("sql", "rows"), CASES)
def test_the_printed_rows(session, sql, rows):
    found = session.simple(sql)
    assert errors(found) == [], [fields(body)["M"] for kind, body in found if kind == b"E"]
    assert values(found) == rows


@pytest.mark.parametrize(("sql", "name"), ELSEWHERE.items())
def test_what_the_sandbox_has_not_is_named(session, sql, name):
    (error,) = [fields(body) for kind, body in session.simple(sql) if kind == b"E"]
    assert (error["C"], error["M"]) == ("0A000", f"{name} is not supported in the sandbox.")


@pytest.mark.parametrize("sql", FOREIGN)
def test_what_only_postgresql_has_is_refused(session, sql):
    session.simple("begin")
    assert errors(session.simple(sql)) == ["0A000"]
    session.simple("rollback")
