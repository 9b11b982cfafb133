"""The rules of docs/mysql.md, value by value, as Spark carries them out."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from dpctl.sandbox.spark.home import environment
from tests.spark.chain import SCRIPT

pytestmark = pytest.mark.spark

# Kind of MySQL's, type of Redshift's, values that fit (and what is staged of them), and that do not.
RULES: list[tuple[str, str, list[str | tuple[str, str]], list[str]]] = [
    ("int", "smallint", ["0", "-32768", "32767"], ["32768", "-32769", "", "1.5", "x"]),
    ("int", "integer", ["2147483647", "0012"], ["2147483648", "-2147483649"]),
    ("int", "bigint", ["9223372036854775807", "-9223372036854775808"], ["9223372036854775808"]),
    ("int", "decimal(20,0)", ["18446744073709551615"], []),
    ("int", "decimal(19,0)", ["9999999999999999999"], ["18446744073709551615"]),
    ("decimal", "integer", [("7.000", "7"), ("-7", "-7")], ["7.5", "99999999999.0"]),
    ("decimal", "decimal(5,2)", ["999.99", "-1.5", "1.2300", ".5", "00012"], ["1000", "1.234", "-1000.00"]),
    ("decimal", "decimal(38,0)", ["9" * 38], ["1" + "0" * 38, "1.5"]),
    (
        "decimal",
        "double precision",
        ["0.1", "123456789012345", "1000000000000000000000"],
        ["1234567890123456.7"],
    ),
    ("decimal", "real", ["0.1", "123456"], ["1234567.8"]),
    ("float", "double precision", ["0.10000000149011612", "1e300", "-0"], ["", "x"]),
    ("float", "real", ["0.5", "0.10000000149011612", "16777216"], ["0.1", "1e300", "16777217"]),
    ("int", "boolean", ["0", "1"], ["2", "-1"]),
    ("bit", "boolean", ["0", "1"], ["3"]),
    ("bit", "bigint", ["9223372036854775807"], ["18446744073709551615"]),
    ("date", "date", ["2024-02-29", "9999-12-31", "0001-01-01"], ["0000-00-00", "2023-02-29", "2024-00-10"]),
    ("datetime", "date", [("2024-02-29 00:00:00", "2024-02-29")], ["2024-02-29 00:00:01"]),
    (
        "datetime",
        "timestamp",
        ["2024-02-29 23:59:59.123456", "1970-01-01 00:00:00", "2024-03-31 02:30:00", "2024-01-01"],
        ["0000-00-00 00:00:00", "2023-02-29 00:00:00", "0000-01-01 00:00:00"],
    ),
    (
        "text",
        "timestamp",
        ["2024-02-29 23:59:59.123456", "2024-01-01"],
        ["0000-01-01", "2023-02-29 00:00:00", "2024-01-01 24:00:00", "2024-01-01 10:00", "noon", ""],
    ),
    ("text", "date", ["2024-02-29"], ["2023-02-29", "0000-01-01", "2024-2-9", "2024-02", "today", ""]),
    (
        "timestamp",
        "timestamptz",
        [("2024-03-31 02:30:00.5", "2024-03-31 02:30:00.5+00")],
        ["0000-00-00 00:00:00"],
    ),
    ("time", "time", ["00:00:00", "23:59:59.999999"], ["24:00:00", "-01:00:00", "838:59:59"]),
    ("time", "varchar(20)", [("-838:59:59", '"-838:59:59"')], []),
    (
        "text",
        "varchar(4)",
        [("日a", '"日a"'), ("", '""'), ('a"b', '"a""b"'), ("😀", '"😀"')],
        ["日本", "abcde", "a\0b"],
    ),
    ("text", "char(3)", [("abc", '"abc"')], ["é", "abcd"]),
    ("text", "varchar(40)", [("line\nbreak, \\N", '"line\nbreak, \\N"'), (" both ", '" both "')], []),
    ("text", "integer", [("12", "12"), ("12.0", "12")], ["twelve", ""]),
    ("json", "super", [('{"a": "x"}', '"{""a"": ""x""}"')], ["\0"]),
    ("binary", "varbyte(2)", ["00FF"], ["00FF00", ""]),
]


@pytest.fixture(scope="module")
def answers(installed, tmp_path_factory):
    """What Spark says of every value, asked once."""
    cases = tmp_path_factory.mktemp("rules") / "cases.json"
    asked = [(kind, target, [_value(item) for item in good] + list(bad)) for kind, target, good, bad in RULES]
    cases.write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run(
        [str(installed.home / "bin" / "spark-submit"), "--conf", "spark.ui.enabled=false",
         str(Path(__file__).with_name("evaluate.py")), str(SCRIPT), str(cases)],
        env={**os.environ, **environment(installed)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWERS ")]
    assert lines, done.stderr[-3000:]
    return json.loads(lines[0].removeprefix("ANSWERS "))


def _value(item: str | tuple[str, str]) -> str:
    return item if isinstance(item, str) else item[0]


@pytest.mark.parametrize("number", range(len(RULES)), ids=[f"{kind}-{target}" for kind, target, *_ in RULES])
def test_a_value_fits_or_does_not_and_is_staged_as_it_is(answers, number):
    kind, target, good, bad = RULES[number]
    found = answers[number]
    for item, (fits, text) in zip(good, found, strict=False):
        assert fits, (kind, target, item)
        assert text == (item if isinstance(item, str) else item[1]), (kind, target, item)
    assert [value for value, (fits, _) in zip(bad, found[len(good) :], strict=True) if fits] == []
