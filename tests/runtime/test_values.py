"""What DynamoDB holds becomes what COPY reads, digit by digit, on Glue's Python as on this one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.scripts import RUNTIME, load

job = load("glue_shell/GlueTestjob.py")

NINES = "9" * 38
# (type, value as DynamoDB has it, what is staged; None where it is refused)
VALUES: list[tuple[str, dict[str, Any], str | None]] = [
    ("decimal(38,0)", {"N": NINES}, NINES),
    ("decimal(38,10)", {"N": NINES[:28] + "." + NINES[:10]}, NINES[:28] + "." + NINES[:10]),
    ("decimal(38,37)", {"N": "1." + "2" * 37}, "1." + "2" * 37),
    ("decimal(38,37)", {"N": "10"}, None),
    ("decimal(12,2)", {"N": "1.005"}, "1.01"),
    ("decimal(12,2)", {"N": "-1.005"}, "-1.01"),
    ("decimal(12,2)", {"N": "1E-130"}, "0.00"),
    ("decimal(12,2)", {"N": "9.9999E+125"}, None),
    ("decimal(12,2)", {"S": "1_000"}, None),
    ("decimal(12,2)", {"S": "١٢"}, None),
    ("decimal(12,2)", {"S": "NaN"}, None),
    ("decimal(12,2)", {"S": "1e999999999"}, None),
    ("decimal", {"N": "1.5"}, "2"),
    ("bigint", {"N": "9223372036854775807"}, "9223372036854775807"),
    ("bigint", {"N": "9223372036854775808"}, None),
    ("smallint", {"N": "1.0"}, "1"),
    ("smallint", {"N": "1.5"}, None),
    ("integer", {"BOOL": True}, None),
    ("boolean", {"BOOL": True}, "true"),
    ("boolean", {"S": "No"}, "false"),
    ("boolean", {"N": "2"}, None),
    ("double precision", {"N": "1E+125"}, "1e+125"),
    ("double precision", {"S": "1e400"}, None),
    ("real", {"N": "1E+125"}, None),
    ("real", {"N": "1E-60"}, "0.0"),
    ("varchar(8)", {"BOOL": False}, "false"),
    ("varchar(40)", {"N": NINES}, NINES),
    ("varchar(8)", {"S": "a\x00b"}, None),
    ("varchar(8)", {"S": "a\ud800b"}, None),
    ("varchar(8)", {"B": b"\x00\xff"}, "AP8="),
    ("varchar(64)", {"M": {"b": {"N": "1.50"}, "a": {"L": [{"NULL": True}]}}}, '{"a": [null], "b": 1.50}'),
    ("varchar(64)", {"SS": ["b", "a"]}, '["a", "b"]'),
    ("char(3)", {"S": "abc"}, "abc"),
    ("char(3)", {"S": "é"}, None),
    ("varbyte(8)", {"B": b"\x00\xff"}, "00ff"),
    ("timestamp", {"S": "2026-01-31T10:00:00.5Z"}, "2026-01-31T10:00:00.5Z"),
    ("timestamp", {"S": "2026-01-31T10:00:00+0530"}, "2026-01-31T10:00:00+05:30"),
    ("timestamptz", {"S": "2026-01-31 10:00:00+05"}, "2026-01-31T10:00:00+05:00"),
    ("timestamp", {"S": "20260131T100000Z"}, "2026-01-31T10:00:00Z"),
    ("timestamp", {"S": "2026-01-31T10:00:00.123456789"}, "2026-01-31T10:00:00.123456"),
    ("timestamp", {"S": "2026-01-31T24:00"}, "2026-02-01T00:00:00"),
    ("timestamp", {"S": "2026-01-31"}, "2026-01-31T00:00:00"),
    ("timestamp", {"S": "2026-01-31T10"}, None),
    ("timestamp", {"S": "2026-W05-6"}, None),
    ("timestamp", {"S": "2026-031"}, None),
    ("timestamp", {"S": "2026-02-30"}, None),
    ("timestamp", {"S": "9999-12-31T24:00"}, None),
    ("timestamp", {"S": "2026-01-31T25:00:00"}, None),
    ("timestamp", {"S": "2026-01-31T10:00:00+99:00"}, None),
    ("date", {"S": "2026-01-31T23:00:00-05:00"}, "2026-01-31"),
    ("date", {"N": "20260131"}, "2026-01-31"),
    ("time", {"S": "10:00:00.25"}, "10:00:00.25"),
    ("time", {"S": "ten"}, None),
]
SUPER = {
    "M": {
        "n": {"N": "12345678901234567890.123456789"},
        "whole": {"N": NINES},
        "set": {"NS": ["1", "2.50"]},
        "text": {"S": "1"},
        "deep": {"L": [{"M": {"b": {"BOOL": True}, "none": {"NULL": True}}}]},
    }
}
SUPER_JSON = (
    '{"deep": [{"b": true, "none": null}], "n": 12345678901234567890.123456789, "set": [1, 2.50], '
    f'"text": "1", "whole": {NINES}}}'
)


def staged(kind: str, attribute: dict[str, Any]) -> str | None:
    columns = ({"name": "k", "type": "varchar(8)"}, {"name": "c", "type": kind})
    target = job.Target("public", "t", columns, ("k",), "_version")
    try:
        return str(job.row_of({"k": {"S": "k"}, "c": attribute}, target, 1)["c"])
    except job.Poison as error:
        return None if str(error).startswith(f"column c ({kind}): ") else f"no column: {error}"


@pytest.mark.parametrize(("kind", "attribute", "expected"), VALUES)
def test_a_value_is_staged_as_redshift_reads_it(
    kind: str, attribute: dict[str, Any], expected: str | None
) -> None:
    assert staged(kind, attribute) == expected


def test_numbers_inside_super_stay_numbers() -> None:
    assert job.to_json(job.fit(job.plain(SUPER), "super")) == SUPER_JSON


@pytest.mark.parametrize("bad", ["a\x00", "\udfff"])
@pytest.mark.parametrize("kind", ["super", "varchar(64)"])
def test_a_text_that_redshift_refuses_is_found_however_deep_it_lies(kind: str, bad: str) -> None:
    assert staged(kind, {"L": [{"M": {"x": {"S": bad}}}]}) is None
    assert staged(kind, {"M": {bad: {"S": "x"}}}) is None


@pytest.mark.parametrize("digits", [1, 27, 28, 29, 38])
def test_number_keys_that_differ_in_their_last_digit_stay_two(digits: int) -> None:
    one, two = ({"N": "1" * (digits - 1) + last} for last in "12")
    assert job.key_text(one) != job.key_text(two)
    assert job.key_text(one) == one["N"]
    columns = ({"name": "k", "type": "decimal(38,0)"},)
    target = job.Target("public", "t", columns, ("k",), "_version")
    assert job.row_of({"k": one}, target, 1)["k"] == one["N"]


def test_two_keys_never_become_one_row() -> None:
    columns = ({"name": "k", "type": "decimal(12,2)"},)
    target = job.Target("public", "t", columns, ("k",), "_version")
    with pytest.raises(job.Poison, match="two keys one row"):
        job.row_of({"k": {"N": "1.001"}}, target, 1)


# (type of the key's column, key, whether no other key of the table could be the same value there)
KEYS: list[tuple[str, dict[str, Any], bool]] = [
    ("varchar(64)", {"S": "a/b\\c"}, True),
    ("varchar(64)", {"S": "line\nline"}, True),
    ("varchar(64)", {"S": " a"}, True),
    ("varchar(64)", {"S": "a "}, False),  # Redshift: 'a ' = 'a'
    ("char(8)", {"S": "a  "}, False),
    ("varchar(64)", {"S": "a\u00a0"}, True),
    ("varchar(64)", {"S": "a\n"}, True),
    ("varchar(64)", {"S": "NaN"}, True),
    ("varchar(64)", {"S": "007"}, True),
    ("varchar(2048)", {"S": "k" * 1024}, True),
    ("varchar(2048)", {"S": "ü" * 1024}, True),
    ("varchar(64)", {"B": b"\x00 \xff"}, True),
    ("varbyte(8)", {"B": b"\x00\xff"}, True),
    ("integer", {"S": "7"}, True),
    ("integer", {"S": "007"}, False),
    ("decimal(12,2)", {"S": "1.50"}, True),
    ("decimal(12,2)", {"S": "1.5"}, False),
    ("decimal(12,2)", {"N": "1.5"}, True),
    ("integer", {"N": "1E+3"}, True),
    ("double precision", {"N": "0.1"}, True),
    ("double precision", {"N": "12345678901234567890"}, False),
    ("real", {"N": "0.5"}, True),
    ("real", {"N": "16777217"}, False),
    ("double precision", {"S": "nan"}, False),
    ("boolean", {"S": "true"}, True),
    ("boolean", {"S": "t"}, False),
    ("boolean", {"N": "1"}, True),
    ("date", {"S": "2026-01-31"}, True),
    ("date", {"S": "20260131"}, False),
    ("date", {"S": "2026-01-31T10:00:00"}, False),
    ("timestamp", {"S": "2026-01-31T10:00:00"}, True),
    ("timestamp", {"S": "2026-01-31 10:00:00"}, False),
    ("timestamp", {"S": "2026-01-31T10:00:00Z"}, False),
    ("timestamptz", {"S": "2026-01-31T10:00:00Z"}, True),
    ("timestamptz", {"S": "2026-01-31T10:00:00+00:00"}, False),
    ("timestamptz", {"S": "2026-01-31T10:00:00"}, False),
    ("time", {"S": "10:00:00"}, True),
    ("time", {"S": "10:00"}, False),
]


@pytest.mark.parametrize(("kind", "attribute", "fine"), KEYS)
def test_a_key_that_another_could_be_taken_for_is_refused(
    kind: str, attribute: dict[str, Any], fine: bool
) -> None:
    target = job.Target("public", "t", ({"name": "k", "type": kind},), ("k",), "_version")
    if fine:
        assert job.row_of({"k": attribute}, target, 1)["k"] == job.key_value(target, attribute)
        return
    for refused in (
        lambda: job.row_of({"k": attribute}, target, 1),
        lambda: job.key_value(target, attribute),
    ):
        with pytest.raises(job.Poison, match=r"column k .*two keys one row"):
            refused()
    other = job.Target(
        "public", "t", (*target.columns, {"name": "o", "type": "varchar(8)"}), ("o",), "_version"
    )
    assert "k" in job.row_of({"k": attribute, "o": {"S": "o"}}, other, 1), "a column that is no key takes it"


def test_the_columns_own_name_goes_before_another_case_of_it() -> None:
    columns = ({"name": "k", "type": "varchar(8)"}, {"name": "amount", "type": "integer"})
    target = job.Target("public", "t", columns, ("k",), "_version")
    item = {"k": {"S": "k"}, "Amount": {"N": "1"}, "amount": {"N": "2"}, "AMOUNT": {"N": "3"}}
    assert job.row_of(item, target, 1)["amount"] == "2"
    del item["amount"]
    assert job.row_of(dict(sorted(item.items())), target, 1) == job.row_of(
        dict(sorted(item.items(), reverse=True)), target, 1
    )


def python39() -> str | None:
    """A Python 3.9: on PATH, or among those of a version manager in the home directory."""
    candidates = [shutil.which("python3.9") or ""]
    for folder in (".pyenv/versions", ".local/share/uv/python", ".asdf/installs/python"):
        candidates += [str(path) for path in Path.home().glob(f"{folder}/*3.9.*/bin/python3.9")]
    for candidate in candidates:
        if (
            candidate
            and subprocess.run([candidate, "--version"], capture_output=True, check=False).returncode == 0
        ):
            return candidate  # a version manager's own python3.9 may say that it has none
    return None


CHECK = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("job", sys.argv[1])
job = sys.modules["job"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(job)
out = []
for kind, attribute in eval(sys.stdin.read()):
    columns = ({"name": "k", "type": "varchar(8)"}, {"name": "c", "type": kind})
    target = job.Target("public", "t", columns, ("k",), "_version")
    try:
        out.append(job.to_json(job.row_of({"k": {"S": "k"}, "c": attribute}, target, 1)["c"]))
    except job.Poison as error:
        out.append("refused: " + str(error))
print(json.dumps([sys.version_info[:2], out]))
"""


def test_glues_python_reads_values_as_this_one_does() -> None:
    interpreter = python39()
    if interpreter is None:
        pytest.skip("there is no Python 3.9 on this machine; the table above holds the known differences")
    cases = [(kind, attribute) for kind, attribute, _ in VALUES] + [("super", SUPER)]
    answers = []
    for python in (interpreter, sys.executable):
        ran = subprocess.run(
            [python, "-c", CHECK, str(RUNTIME / "glue_shell" / "GlueTestjob.py")],
            input=repr(cases),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        assert ran.returncode == 0, ran.stderr
        answers.append(json.loads(ran.stdout))
    assert answers[0][0] == [3, 9]
    assert answers[0][1] == answers[1][1]
