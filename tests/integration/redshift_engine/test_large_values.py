"""The longest values that columns hold, out and back in each format; what is longer is refused by row."""

from __future__ import annotations

import pytest

from tests.integration.redshift_engine.conftest import BUCKET

COLUMNS = "id integer, v varchar(65535), w varchar(65535), b varbyte(1000000), s super"
ROWS = """
    SELECT 1, repeat('€', 21845), repeat('"', 65535), from_hex(repeat('ff', 1000000)), json_parse('[1]')
    UNION ALL SELECT 2, repeat('a', 65535), repeat('\\\\', 65535), from_hex(repeat('00', 1000000)),
      json_parse('[' || repeat('123456789,', 1600000) || '1]')
    UNION ALL SELECT 3, repeat(',', 65535), repeat(chr(10), 65535), from_hex('0a'),
      json_parse('{"a": "' || repeat('x', 9000000) || '"}')
    UNION ALL SELECT 4, 'x', 'y', from_hex('22'), json_parse('"z"')
"""
FORMATS = {
    "CSV": ("id, v, w, b, s", "CSV", "CSV"),
    "text": ("id, v, w, b, s", "ESCAPE", "ESCAPE"),
    "text with quotes": ("id, v, b", "ADDQUOTES", "REMOVEQUOTES"),
    "JSON": ("id, v, w, s", "JSON", "FORMAT JSON 'auto'"),
    "Parquet": ("id, v, w, s", "PARQUET", "PARQUET"),
}


@pytest.fixture(scope="module")
def large(lab):
    lab.run(f"CREATE TABLE large_values ({COLUMNS})")
    lab.run(f"INSERT INTO large_values {ROWS}")
    return "large_values"


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("parallel", ["", "PARALLEL OFF"])
def test_they_come_back(lab, large, name, fmt, parallel):
    columns, out, back = FORMATS[fmt]
    lab.unload(f"SELECT {columns} FROM {large} ORDER BY id", f"{name}/", f"{out} MANIFEST VERBOSE {parallel}")
    lab.run(f"CREATE TABLE {name} ({COLUMNS})")
    lab.run(f"{lab.copy(f'{name} ({columns})', f'{name}/manifest', back)} MANIFEST")
    same = " AND ".join(f"a.{column} = b.{column}" for column in columns.split(", "))
    assert lab.rows(f"SELECT count(*) FROM {large} a JOIN {name} b ON {same}") == [(4,)]
    assert lab.rows(f"SELECT count(*) FROM {name}") == [(4,)]


TOO_LARGE = "SUPER value exceeds the limit of 16777216 bytes"
FILES = {
    "CSV": ("CSV QUOTE ''''", "{row},'{value}'\n"),
    "text": ("ESCAPE", "{row}|{value}\n"),
    "JSON": ("FORMAT JSON 'auto'", '{{"id": {row}, "s": {value}}}\n'),
}


@pytest.mark.parametrize("fmt", FILES)
def test_a_super_of_more_than_16_mb_is_a_load_error(lab, name, fmt):
    options, line = FILES[fmt]
    fits, large = ('["' + "x" * size + '"]' for size in (15_999_990, 16_777_213))
    lab.run(f"CREATE TABLE {name} (id integer, s super)")
    text = "".join(line.format(row=row, value=value) for row, value in ((1, fits), (2, large), (3, "1")))
    lab.put_quickly(f"{name}/x", text.encode())
    lab.run(lab.copy(name, f"{name}/", f"{options} MAXERROR 1"))
    assert lab.rows(f"SELECT id, len(json_serialize(s)) FROM {name} ORDER BY 1") == [(1, 15_999_994), (3, 1)]
    found = lab.rows(
        "SELECT line_number, column_name, error_code, error_message FROM sys_load_error_detail "
        f"WHERE file_name = 's3://{BUCKET}/{name}/x'"
    )
    assert found == [(2, "s", 1224, TOO_LARGE)]


def test_nor_is_one_made(lab):
    assert TOO_LARGE in lab.fails("SELECT json_size(json_parse('[' || repeat('1,', 8388608) || '1]'))")
    assert lab.rows("SELECT json_size(json_parse('[' || repeat('1,', 8388606) || '12]')) > 0") == [(True,)]
