"""COPY's binary rows hold what PostgreSQL reads in the same texts."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from dpctl.sandbox.redshift.copy import binary
from dpctl.sandbox.redshift.copy.batch import Batch, Ready, make_ready
from dpctl.sandbox.redshift.copy.errors import LoadError
from dpctl.sandbox.redshift.copy.target import Target, find_target
from dpctl.sandbox.redshift.grammar import Copy, Options

pytestmark = pytest.mark.sandbox

TEXTS = {
    "smallint": [
        "0", "-32768", "32767", "32768", "0x1f", "0XFF", "+5", " 7", "7 ", "1_000", "007", "-0", "1e2",
        "1.0",
    ],
    "integer": [
        "2147483647", "-2147483648", "2147483648", "0xFFFFFFFF", "0b11", "0o17", "١",
    ],
    "bigint": [
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0xFFFFFFFFFFFFFFFF",
    ],
    "numeric(12,2)": [
        "9999999999.99", "-9999999999.99", "10000000000", "0.005", "1e3", "1E-2", ".5", "5.", "-.5",
        "+1.25", "NaN",
    ],
    "numeric(4,4)": [
        "0.9999", "-0.0001", "0", "1", "0.00001", "1e-4",
    ],
    "numeric(18,0)": [
        "999999999999999999", "-999999999999999999", "1.0", "1e17",
    ],
    "numeric(18,16)": [
        "99.9999999999999999", "-0.0000000000000001", "12.5",
    ],
    "numeric(5,1)": [
        "9999.9", "-9999.9", "10000", "12.34", "00012.3",
    ],
    "numeric(38,10)": [
        "1.5", "-9999999999999999999999999999.9999999999",
    ],
    "date": [
        "2026-01-31", "2026-02-30", "0001-01-01", "0000-01-01", "9999-12-31", "2026-1-1", "20260131",
        "01/31/2026", "2024-02-29", "1999-01-08 BC", "today", "infinity",
    ],
    "timestamp": [
        "2026-01-31 10:11:12", "2026-01-31T10:11:12.5", "2026-01-31", "2026-01-31 10", "2026-01-31 10:11",
        "2026-01-31 24:00:00", "2026-01-31 23:59:60", "2026-01-31 10:11:12Z", "2026-01-31 10:11:12+02",
        "2026-01-31 10:11:12.1234567", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999",
        "1969-12-31 23:59:59.999999", "20260131 101112", "2026-01-31 10:11:12 PM",
    ],
    "timestamptz": [
        "2026-01-31 10:11:12", "2026-01-31 10:11:12+02",
    ],
    "double precision": [
        "1.5", "1e400", "nan", "-0",
    ],
    "boolean": [
        "t", "true", "1", "yes",
    ],
    "varchar(20)": [
        "", " ", "é🙂", "a\nb", "\"", "\\N",
    ],
    "char(8)": [
        "", "a ",
    ],
}  # fmt: skip

NEVER = {"numeric(38,10)", "timestamptz", "double precision", "boolean"}
"""Of these PostgreSQL reads every text itself."""

VALUES: dict[str, tuple[Any, list[Any]]] = {
    "smallint": (pa.int16(), [0, -32768, 32767]),
    "integer": (pa.int16(), [1, -1]),
    "bigint": (pa.int64(), [2**63 - 1, -(2**63), 0]),
    "real": (pa.float32(), [1.5, -0.0, math.inf, 3.4028234663852886e38]),
    "double precision": (pa.float64(), [0.1, -0.0, 5e-324, 1.7976931348623157e308, -math.inf, math.nan]),
    "boolean": (pa.bool_(), [True, False]),
    "numeric(12,2)": (pa.decimal128(10, 1), [Decimal("1.5"), Decimal("-99999999.9")]),
    "numeric(18,4)": (pa.decimal128(18, 4), [Decimal("99999999999999.9999"), Decimal("-0.0001"), Decimal(0)]),
    "numeric(12,0)": (pa.int32(), [-99, 0, 2**31 - 1]),
    "date": (pa.date32(), [date(1, 1, 1), date(1999, 12, 31), date(2000, 1, 1), date(9999, 12, 31)]),
    "time": (pa.time64("us"), [time(0), time(23, 59, 59, 999_999)]),
    "timestamp": (pa.timestamp("us"), [datetime(1, 1, 1), datetime(1999, 12, 31, 23, 59, 59, 999_999)]),
    "timestamptz": (pa.timestamp("us"), [datetime(2026, 1, 31, 12), datetime(9999, 12, 31, 23, 59, 59)]),
    "varchar(20)": (pa.string(), ["", "é", "a,b\n"]),
}  # fmt: skip


@pytest.fixture
def postgres(lab):
    session = lab.engine._namespace.postgres.superuser("dev")
    yield session
    session.close()


def target_of(postgres: Any, name: str, kind: str) -> Target:
    postgres.query(f"CREATE TABLE public.{name} (line integer, v {kind})")
    return find_target(postgres, Copy(("public", name), (), "", (), "CSV", Options({})))


def made_of(target: Target, array: Any, *, textual: bool) -> tuple[Ready, list[LoadError]]:
    lines = pa.array(range(len(array)), pa.int32())
    batch = Batch("s3://a/b", [lines, array], range(1, len(array) + 1), textual)
    return make_ready(batch, target.columns, Options({}))


def ready_of(target: Target, array: Any, *, textual: bool) -> Ready:
    ready, errors = made_of(target, array, textual=textual)
    assert errors == []
    return ready


def goes_as_binary(target: Target, array: Any) -> bool:
    ready, errors = made_of(target, array, textual=True)
    return ready.binary and not errors


def same_both_ways(
    postgres: Any, name: str, kind: str, array: Any, monkeypatch: Any, *, textual: bool
) -> None:
    """Load values as binary and as CSV; what is in the two tables must be the same."""
    first, second = target_of(postgres, name, kind), target_of(postgres, f"{name}_csv", kind)
    ready = ready_of(first, array, textual=textual)
    assert ready.binary
    data = [binary.HEADER, ready.data, binary.END]
    assert postgres.copy_in(first.statement(binary=True), data) == len(array)
    monkeypatch.setattr(binary, "rows_of", lambda *_: None)
    plain = ready_of(second, array, textual=textual)
    assert not plain.binary
    assert postgres.copy_in(second.statement(binary=False), [plain.data]) == len(array)
    other = (
        f"SELECT line, a.v::text, b.v::text FROM {name} a FULL JOIN {name}_csv b USING (line) "
        "WHERE a.v::text IS DISTINCT FROM b.v::text"
    )
    assert postgres.query(other).rows == []


def changed(text: str, chance: random.Random) -> str:
    """A text that is almost the same."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(["", *"0123456789-+:. TZeExX_/,"]) + text[at + chance.randrange(2) :]


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_that_go_as_binary_mean_what_postgresql_reads_in_them(postgres, name, kind, monkeypatch):
    target = target_of(postgres, f"{name}_one", kind)
    chance = random.Random(kind)
    texts = [*TEXTS[kind], *(changed(chance.choice(TEXTS[kind]), chance) for _ in range(600))]
    arrays = {text: pa.array([text, None]) for text in texts if len(text) < 100}
    taken = [text for text, array in arrays.items() if goes_as_binary(target, array)]
    assert bool(taken) == (kind not in NEVER)
    if taken:
        array = pa.array(["", *taken, None, *reversed(taken)]).slice(1)
        same_both_ways(postgres, name, kind, array, monkeypatch, textual=True)


@pytest.mark.parametrize("kind", VALUES)
def test_values_go_as_binary_as_they_are(postgres, name, kind, monkeypatch):
    of, values = VALUES[kind]
    array = pa.array([None, *values, None, *values], of).slice(1)
    same_both_ways(postgres, name, kind, array, monkeypatch, textual=False)


@pytest.mark.parametrize("kind", VALUES)
def test_without_null_too(postgres, name, kind, monkeypatch):
    of, values = VALUES[kind]
    same_both_ways(postgres, name, kind, pa.array(values, of), monkeypatch, textual=False)


def test_a_load_of_both_kinds_counts_and_tells_each_row(lab, name):
    """Plain blocks and one in the middle that PostgreSQL has to read, with rows that do not fit."""
    lab.run(f"CREATE TABLE {name} (a integer, b varchar(20))")
    block = "".join(f"{n},plain\n" for n in range(700_000))  # more than the reader takes at once
    lab.put(f"{name}/0.csv", block)
    lab.put(f"{name}/1.csv", "1,one\nx,bad\n 3 ,three\n")
    lab.put(f"{name}/2.csv", "4,four\n")
    lab.put(f"{name}/3.csv", "y,bad too\n")
    lab.run(lab.copy(name, f"{name}/", "CSV MAXERROR 5"))
    assert lab.rows(f"SELECT count(*), sum(a::bigint) FROM {name}") == [(700_003, "244999650008")]
    assert lab.rows(
        "SELECT file_name, line_number, column_name FROM sys_load_error_detail "
        f"WHERE table_id = '{name}'::regclass ORDER BY 1, 2"
    ) == [
        (f"s3://exports/{name}/1.csv", 2, "a"),
        (f"s3://exports/{name}/3.csv", 1, "a"),
    ]
