"""HEADER, PARTITION BY and FIXEDWIDTH with names and values that do not fit what they are put into."""

from __future__ import annotations

import pytest

from tests.integration.redshift_engine.conftest import BUCKET, ROLE


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ("CSV", '"a,b","c""d",e|f,select'),
        ("CSV DELIMITER '|'", 'a,b|"c""d"|"e|f"|select'),
        ("", 'a,b|c"d|e|f|select'),
        ("ESCAPE", 'a,b|c"d|e\\|f|select'),
        ("ADDQUOTES", '"a,b"|"c"d"|"e|f"|"select"'),
        ("ADDQUOTES ESCAPE", '"a,b"|"c\\"d"|"e\\|f"|"select"'),
    ],
)
def test_what_is_done_to_fields_is_done_to_the_header(lab, name, options, header):
    """UNLOAD, "HEADER": CSV, DELIMITER, ADDQUOTES and ESCAPE apply to the header line too."""
    query = """SELECT 1 AS "a,b", 2 AS "c""d", 3 AS "e|f", 4 AS "select" """
    lab.unload(query, f"{name}/", f"HEADER PARALLEL OFF {options}")
    assert lab.get(f"{name}/000").decode().split("\n")[0] == header


VALUES = {
    "": "__HIVE_DEFAULT_PARTITION__",
    "a\x1fb": "a%1Fb",
    "x.y": "x.y",
    "\x1e": "%1E",
    "v": "v",
    '"': "%22",
}


@pytest.mark.parametrize(
    "options",
    ["CSV", "CSV DELIMITER '.'", "CSV DELIMITER 'v'", "CSV DELIMITER '6'", "JSON", "PARQUET", "ESCAPE"],
)
@pytest.mark.parametrize("more", ["", "INCLUDE"])
def test_a_partition_may_be_called_anything(lab, name, options, more):
    lab.run(f"CREATE TABLE {name} (k varchar(10), l varchar(10), a integer)")
    for at, value in enumerate(VALUES):
        lab.run(f"INSERT INTO {name} VALUES ('{value}', NULL, {at}), (NULL, '{value}', {at})")
    lab.unload(f"SELECT * FROM {name}", f"{name}/one/", f"{options} PARTITION BY (k) {more}")
    lab.unload(f"SELECT * FROM {name}", f"{name}/two/", f"{options} PARTITION BY (k, l) {more}")
    one = {key.partition("/")[0] for key in lab.keys(f"{name}/one/")}
    assert one == {f"k={text}" for text in VALUES.values()}
    two = {key.rpartition("/")[0] for key in lab.keys(f"{name}/two/")}
    none = VALUES[""]
    assert two == {f"k={text}/l={none}" for text in VALUES.values()} | {
        f"k={none}/l={text}" for text in VALUES.values()
    }


@pytest.mark.parametrize("day", ["0044-03-15 BC", "10000-01-01"])
def test_a_day_that_parquet_does_not_hold_here_is_refused_by_name(lab, name, day):
    sql = f"UNLOAD ('SELECT date ''{day}'' AS a') TO 's3://{BUCKET}/{name}/' IAM_ROLE '{ROLE}' PARQUET"
    assert "FORMAT PARQUET, is not supported in the sandbox" in lab.fails(sql)


@pytest.mark.parametrize(
    ("widths", "line"),
    [("0:3,1:4,2:2", "123ab    "), ("0:3,1:2,2:1", "123ab "), ("0:2,1:4,2:2", ""), ("0:3,1:1,2:2", "")],
)
def test_unload_fails_rather_than_truncate(lab, name, widths, line):
    """See "Unloading data in delimited or fixed-width format", Developer Guide."""
    query = "SELECT 123 AS a, ''ab'' AS b, NULL::varchar(5) AS c"
    sql = f"UNLOAD ('{query}') TO 's3://{BUCKET}/{name}/' IAM_ROLE '{ROLE}'"
    if line:
        lab.run(f"{sql} FIXEDWIDTH '{widths}' PARALLEL OFF")
        assert lab.get(f"{name}/000").decode() == f"{line}\n"
    else:
        assert "more than the width" in lab.fails(f"{sql} FIXEDWIDTH '{widths}'")
        assert lab.keys(f"{name}/") == []
