"""What goes out comes back: random tables through unload and copy, row for row, or refused before running."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dpctl.errors import UsageError
from dpctl.redshift import files, source
from dpctl.redshift.connector import ConnectorExecutor
from dpctl.redshift.copy import Copy
from dpctl.redshift.dataapi import DataApiExecutor
from dpctl.redshift.ddl import ColumnSpec, Type
from dpctl.redshift.executor import Executor
from dpctl.redshift.polling import Clock, Waiting
from dpctl.redshift.quoting import identifiers, literal
from dpctl.redshift.transfer import Transfers
from dpctl.redshift.unload import NOT_WRITTEN, Unload, check_columns
from tests.integration.redshift_engine.conftest import BUCKET, CALLER, ROLE, SECRET, Lab

pytestmark = pytest.mark.sandbox

# In the suite the same 500 every time; `make round-trips` looks for new ones: 10,000, in parts with seeds.
ASKED = os.environ.get("DPCTL_ROUND_TRIPS")
CASES = int(ASKED or 500)
TARGET = {"WorkgroupName": "default-workgroup", "Database": "dev", "SecretArn": SECRET}
_numbers = itertools.count(1)


class EngineClient:
    """A client of redshift-data on the engine in this process."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def execute_statement(self, **arguments: Any) -> Any:
        return self.lab.engine.data_api("ExecuteStatement", arguments, CALLER)

    def describe_statement(self, **arguments: Any) -> Any:
        return self.lab.engine.data_api("DescribeStatement", arguments, CALLER)

    def get_statement_result(self, **arguments: Any) -> Any:
        return self.lab.engine.data_api("GetStatementResult", arguments, CALLER)


def in_utc(value: datetime) -> str:
    return f"{value.isoformat(sep=' ')}+00"


TRICKY = [
    "",
    "a\x85b\u2028c",
    " ",
    r"\N",
    "\\",
    "NULL",
    "a|b",
    'a"b',
    "a,b",
    "a\nb",
    "a\r\nb",
    "\t",
    "\x01",
    "\x7f",
    "é",
    "🙂",
    "'",
    r"\n",
]
texts = st.sampled_from(TRICKY) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12
)
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
near_days = st.dates().map(lambda day: literal(day.isoformat()))
numbers = st.decimals(Decimal("-9999999999.9999"), Decimal("9999999999.9999"), places=4)


# Redshift's days are those from 4713 BC to 294276 AD.
FAR_DAYS = ["'0044-03-15 BC'", "'4713-12-31 BC'", "'10000-01-01'", "'294276-12-31'"]
# What a column may be called ("Names and identifiers"); all but the first want quotation marks.
NAMES = [
    "c",
    "select",
    "a b",
    "a,b",
    'a"b',
    "a'b",
    "a|b",
    "ünï",
    "manifest",
    "1",
    "a=b",
    "a/b",
    "$",
    "\\",
    "a.b",
    "%41",
]
PARTED = frozenset(
    {"smallint", "integer", "bigint", "numeric(14,4)", "numeric(38,0)", "boolean", "date", "character(8)"}
    | {"character varying(100)", "timestamp without time zone"}
)
"""The types that PARTITION BY takes, but for REAL, whose values have no one text."""


def whole(bits: int) -> st.SearchStrategy[str]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1).map(str)


VALUES: dict[str, st.SearchStrategy[str]] = {
    "smallint": whole(16),
    "integer": whole(32),
    "bigint": whole(64),
    "numeric(14,4)": numbers.map(str),
    "numeric(38,0)": st.integers(-(10**38) + 1, 10**38 - 1).map(str),
    "double precision": st.floats(width=64).map(lambda number: literal(repr(number))),
    "real": st.floats(width=32).map(lambda number: literal(repr(number))),
    "boolean": st.sampled_from(["true", "false"]),
    "numeric(5,5)": st.decimals(Decimal("-0.99999"), Decimal("0.99999"), places=5).map(str),
    "date": st.sampled_from(FAR_DAYS) | near_days,
    "time without time zone": st.times().map(lambda at: literal(at.isoformat())),
    "timestamp without time zone": moments.map(lambda at: literal(at.isoformat(sep=" "))),
    "timestamp with time zone": moments.map(lambda at: literal(in_utc(at))),
    "time with time zone": st.builds(
        lambda at, hours: literal(f"{at.isoformat()}{hours:+03d}"), st.times(), st.integers(-12, 14)
    ),
    "character varying(100)": texts.map(literal),
    "character(8)": st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=8).map(literal),
    # COPY loads an empty field as NULL but for char and varchar (EMPTYASNULL), so an empty VARBYTE is lost.
    "binary varying(20)": st.binary(min_size=1, max_size=20).map(lambda raw: f"from_hex('{raw.hex()}')"),
    "super": st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ).map(lambda value: f"json_parse({literal(json.dumps(value))})"),
}


@dataclass(frozen=True)
class Trip:
    """A table of random columns and rows, and a way out and back."""

    types: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    options: dict[str, Any]
    by: str
    via: str
    slash: str


@st.composite
def trips(draw: st.DrawFn) -> Trip:
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))
    kind = draw(st.sampled_from(["parquet", "csv", "json", "text"]))
    values = VALUES | ({"date": near_days} if kind == "parquet" else {})  # arrow has no others
    row = st.tuples(*(values[kind] | st.just("NULL") for kind in types))
    rows = draw(st.lists(row, min_size=1, max_size=6))
    options: dict[str, Any] = {"format": kind}
    if kind != "parquet":
        options["compression"] = draw(st.sampled_from([None, "gzip", "bzip2", "zstd"]))
    if kind in {"csv", "text"}:
        options["header"] = draw(st.booleans())
    if kind in {"csv", "text"}:
        options["delimiter"] = draw(st.sampled_from([None, None, ";", "\t", "~", "\x02"]))
        options["null_as"] = draw(st.sampled_from([None, None, "(null)", "null here"]))
        if options["null_as"] and kind == "text":  # nothing is added to what was chosen
            options["escape"] = True
    options["extension"] = draw(st.sampled_from([None, None, "dat"]))
    options["parallel"] = draw(st.sampled_from([None, "off"]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=len(types), max_size=len(types), unique=True))
    parted = [name for name, type_ in zip(names, types, strict=True) if type_ in PARTED]
    if parted and draw(st.sampled_from([True, False, False])):
        options["partition_by"] = (draw(st.sampled_from(parted)),)
        options["include"] = draw(st.booleans()) or len(types) == 1 or None
    return Trip(
        tuple(types),
        tuple(names),
        tuple(rows),
        options,
        draw(st.sampled_from(["location", "manifest"])),
        draw(st.sampled_from(["data-api", "connector"])),
        draw(st.sampled_from(["/", "/", "_"])),
    )


def rows_of(own: Executor, table: str, trip: Trip) -> list[tuple[Any, ...]]:
    # A SUPER that is JSON's null and one that is NULL are the same in a file of JSON, and only there.
    as_text = (
        "nullif(json_serialize({}), 'null')" if trip.options["format"] == "json" else "json_serialize({})"
    )
    shown = {"super": as_text, "binary varying(20)": "to_hex({})"}
    named = zip(trip.names, trip.types, strict=True)
    columns = ", ".join(shown.get(kind, "{}::varchar").format(identifiers([name])) for name, kind in named)
    return sorted(own.run(f"SELECT {columns} FROM {table}", fetch=True).rows, key=repr)


def empty(s3: Any, place: str) -> None:
    """Delete what a trip left: a listing takes the longer, the more the bucket holds."""
    prefix = place.removeprefix(f"s3://{BUCKET}/")
    keys = [{"Key": item["Key"]} for item in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})


@pytest.fixture(scope="module")
def ways(lab):
    import redshift_connector

    def connect() -> Any:
        made = redshift_connector.connect(
            host="127.0.0.1",
            port=lab.engine.wire_port,
            ssl=False,
            user="admin",
            password="Sandbox-1",
            database="dev",
        )
        made.autocommit = True
        return made

    waiting = Waiting(600, Clock(), lambda _elapsed, _name: None)
    made = {
        "data-api": DataApiExecutor(EngineClient(lab), TARGET, waiting),
        "connector": ConnectorExecutor(connect, waiting),
    }
    yield made
    made["connector"].close()


@settings(
    max_examples=CASES,
    derandomize=ASKED is None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(trip=trips())
def test_what_goes_out_comes_back(lab, ways, trip):
    number = next(_numbers)
    out, back, place = f"out{number}", f"back{number}", f"s3://{BUCKET}/trips/{number}{trip.slash}"
    named = list(zip(trip.names, trip.types, strict=True))
    columns = ", ".join(f"{identifiers([name])} {kind}" for name, kind in named)
    refused = [
        kind for kind in trip.types if kind.partition("(")[0] in NOT_WRITTEN.get(trip.options["format"], ())
    ]
    if refused:
        statement = Unload(f"SELECT * FROM {out}", place, ROLE, format=trip.options["format"])
        with pytest.raises(UsageError, match="can't hold the column"):
            check_columns(statement, named)
        return
    own = ways["connector"]  # a connection that stays: the Data API makes a new one for each statement
    own.run(f"CREATE TABLE {out} ({columns})")
    own.run(f"CREATE TABLE {back} ({columns})")
    own.run(f"INSERT INTO {out} VALUES {', '.join('(' + ', '.join(row) + ')' for row in trip.rows)}")
    transfers = Transfers(ways[trip.via], lab.s3)
    chosen = {"manifest": True, "verbose": True, **{k: v for k, v in trip.options.items() if v is not None}}
    written = transfers.unload(
        Unload(query=f"SELECT * FROM {out}", to=place, iam_role=ROLE, **chosen | files.written_as(chosen))
    )
    assert (written.rows, written.problems) == (len(trip.rows), ())
    spec = tuple(ColumnSpec(name, Type.parse(kind)) for name, kind in named)
    asked = {} if trip.by == "location" else {"manifest": True}
    asked |= {key: chosen[key] for key in ("delimiter", "null_as") if key in chosen}
    if set(asked) - {"manifest"} or "extension" in chosen:  # what nobody could tell by the files
        asked["format"] = trip.options["format"]
    if {"extension", "null_as"} & set(chosen) and trip.options["format"] == "text":  # unload says so
        asked["escape"] = True
    written_to = written.manifest if "manifest" in asked else place
    statement = Copy("public", back, written_to, ROLE, **({"format": "parquet"} | asked))
    if "partition_by" in chosen and "include" not in chosen:
        with pytest.raises(UsageError, match=r"is not in the files|the manifest names \d"):
            source.look(lab.s3, statement, given=set(asked), table=spec)
        return
    found = source.look(lab.s3, statement, given=set(asked), table=spec)
    loaded = transfers.copy(found.statement)
    assert (loaded.rows, loaded.problems) == (len(trip.rows), ())
    assert rows_of(own, back, trip) == rows_of(own, out, trip)
    own.run(f"DROP TABLE {out}, {back}")
    empty(lab.s3, place)
