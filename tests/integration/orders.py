"""Orders that are hard to carry: NULL, empty text, Unicode, quotes, backslashes, line ends, long decimals."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = tuple[Any, ...]
COLUMNS = ("partkey", "customer", "status", "amount", "note", "ordered_at", "order_date", "_version")
SCHEMA = pa.schema(
    [
        ("partkey", pa.string()),
        ("customer", pa.string()),
        ("status", pa.string()),
        ("amount", pa.decimal128(12, 2)),
        ("note", pa.string()),
        ("ordered_at", pa.timestamp("us")),
        ("order_date", pa.date32()),
        ("_version", pa.int64()),
    ]
)
NOTES = [
    None,
    "",
    "plain",
    'it\'s "quoted"',
    "back\\slash \\N \\n \\'",
    "line one\nline two",
    "comma, pipe | and\ttab",
    "日本語 é 🦊",
    "NULL",
    " leading and trailing ",
    '{"json": [1, "2"]}',
    "$$; DROP TABLE orders; --",
]
NULL = "\\N"


def make(count: int) -> list[Row]:
    """``count`` orders, always the same ones, sorted by key."""
    chance = random.Random(7)
    start = datetime(2026, 1, 1)
    rows = []
    for number in range(count):
        at = start + timedelta(microseconds=chance.randrange(10 * 86_400 * 1_000_000))
        rows.append(
            (
                f"order-{number:07d}",
                chance.choice([None, "Ängström & Søns", f"customer {number % 97}"]),
                chance.choice(["NEW", "PAID", "SENT", None]),
                chance.choice([None, Decimal(chance.randrange(-(10**11), 10**11)) / 100]),
                NOTES[number % len(NOTES)],
                None if number % 50 == 0 else at,
                None if number % 40 == 0 else at.date(),
                number * 10**9,
            )
        )
    return rows


def parquet(rows: list[Row]) -> bytes:
    """The rows as a Parquet file."""
    arrays = [
        pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), SCHEMA.types, strict=True)
    ]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), sink)
    return sink.getvalue()


def from_parquet(bodies: Iterable[bytes]) -> list[Row]:
    """Rows of Parquet files, sorted by key."""
    tables = [pq.read_table(io.BytesIO(body)).cast(SCHEMA) for body in bodies]
    columns = [pa.concat_tables(tables).column(name).to_pylist() for name in COLUMNS]
    return sorted(zip(*columns, strict=True), key=lambda row: str(row[0]))


def from_csv(bodies: Iterable[bytes]) -> list[Row]:
    """Rows of gzipped CSV files with a header and NULL as \\N, sorted by key."""
    rows = []
    for body in bodies:
        lines = csv.reader(io.StringIO(gzip.decompress(body).decode(), newline=""))
        assert tuple(next(lines)) == COLUMNS
        rows += [_typed([None if field == NULL else field for field in line]) for line in lines]
    return sorted(rows, key=lambda row: str(row[0]))


def from_json(bodies: Iterable[bytes]) -> list[Row]:
    """Rows of files with one JSON object a line, sorted by key."""
    lines = [line for body in bodies for line in body.decode().split("\n") if line]
    documents = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines]
    rows = [_typed([document[name] for name in COLUMNS]) for document in documents]
    return sorted(rows, key=lambda row: str(row[0]))


def _typed(fields: list[Any]) -> Row:
    key, customer, status, amount, note, at, day, version = fields
    return (
        key,
        customer,
        status,
        None if amount is None else Decimal(amount),
        note,
        None if at is None else datetime.fromisoformat(at),
        None if day is None else date.fromisoformat(day),
        int(version),
    )
