"""Expressions with Redshift's documented result and type: the table of expressions.txt, line by line."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from dpctl.sandbox.redshift.postgres import protocol
from tests.integration.redshift_engine.conftest import PASSWORD
from tests.integration.redshift_engine.raw import Raw, errors, fields, values

pytestmark = pytest.mark.sandbox

TABLE = Path(__file__).with_name("expressions.txt")
LINE = re.compile(r"(?P<sql>.+) => (?P<result>.+) : (?P<type>\w+)(?:\((?P<precision>\d+),(?P<scale>\d+)\))?$")
OIDS = {
    "int2": 21, "int4": 23, "int8": 20, "float4": 700, "float8": 701, "numeric": 1700, "bool": 16,
    "varchar": 1043, "bpchar": 1042, "date": 1082, "time": 1083, "timestamp": 1114, "timestamptz": 1184,
    "timetz": 1266, "super": 4000, "varbyte": 6551, "name": 19,
}  # fmt: skip


def cases():
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def session(lab):
    client = Raw(lab.engine.wire_port).log_in("admin", PASSWORD)
    yield client
    client.close()


def result_of(text: str) -> str | None:
    """The result as the wire has it: within quotes where spaces count, \\N for NULL."""
    if text == r"\N":
        return None
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


@pytest.mark.parametrize("line", cases())
def test_the_documented_result_and_type(session, line):
    case = LINE.match(line)
    assert case is not None
    found = session.simple(f"select {case['sql']}")
    assert errors(found) == [], [fields(body)["M"] for kind, body in found if kind == b"E"]
    (column,) = next(protocol.parse_row_description(body) for kind, body in found if kind == b"T")
    assert (values(found), column.oid) == ([[result_of(case["result"])]], OIDS[case["type"]])
    if case["precision"]:
        precision, scale = struct.unpack(">HH", struct.pack(">I", column.modifier - 4))
        assert (precision, scale) == (int(case["precision"]), int(case["scale"]))


def test_the_table_has_300_expressions():
    assert len(set(cases())) >= 300
