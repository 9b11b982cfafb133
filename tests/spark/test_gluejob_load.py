"""gluejob by Glue's API, from a real MySQL to the sandbox's Redshift, with the script that Glue runs."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.spark.chain import ASSETS

pytestmark = [pytest.mark.spark, pytest.mark.sandbox]
ROWS = 20_000
# Each type of MySQL's with the one of Redshift's that takes all of it, and an expression of the number n.
TYPES = {
    "id": ("BIGINT UNSIGNED PRIMARY KEY", "decimal(20,0)", "CAST(n AS UNSIGNED) + 18446744073709000000"),
    "tiny": ("TINYINT(1)", "smallint", "n % 256 - 128"),
    "flag": ("BIT(1)", "boolean", "n % 2"),
    "bits": ("BIT(64)", "decimal(20,0)", "~n"),
    "small": ("SMALLINT UNSIGNED", "integer", "n % 65536"),
    "medium": ("MEDIUMINT ZEROFILL", "integer", "n"),
    "whole": ("INT UNSIGNED", "bigint", "4294967295 - n"),
    "exact": ("DECIMAL(38,10)", "decimal(38,10)", "1234567890123456789012345678.0123456789 + n"),
    "single": ("FLOAT", "real", "n / 7"),
    "twice": ("DOUBLE", "double precision", "n / 7e100"),
    "day": ("DATE", "date", "DATE '1000-01-01' + INTERVAL n DAY"),
    "at": ("DATETIME(6)", "timestamp", "TIMESTAMP '2024-03-31 00:30:00.123456' + INTERVAL n SECOND"),
    "moment": ("TIMESTAMP(3) NULL", "timestamptz", "TIMESTAMP '2024-03-31 00:30:00.123' + INTERVAL n SECOND"),
    "clock": ("TIME(6)", "time", "SEC_TO_TIME(n % 86400)"),
    "span": ("TIME", "varchar(20)", "SEC_TO_TIME(n % 20000 * 100 - 1000000)"),
    "year": ("YEAR", "smallint", "1901 + n % 255"),
    "kind": ("ENUM('a','b','c d')", "varchar(8)", "1 + n % 3"),
    "kinds": ("SET('x','y','z')", "varchar(8)", "n % 8"),
    "doc": ("JSON", "super", "JSON_OBJECT('n', n, 'text', 'it''s \\\\ \"quoted\"')"),
    "code": ("CHAR(4)", "varchar(16)", "CONV(n, 10, 36)"),
    "words": (
        "LONGTEXT CHARACTER SET utf8mb4",
        "varchar(65535)",
        "CONCAT('zeile\\n', REPEAT('日😀,\"', n % 50))",
    ),
    "bytes": ("VARBINARY(64)", "varbyte(64)", "UNHEX(SHA2(n, 256))"),
    "made": ("INT AS (medium * 2) STORED", "integer", None),
    "hidden": ("INT INVISIBLE", "integer", "n"),
}
KEY_RANGE = 18446744073709000000


def names(column: str) -> str:
    """MySQL's names are in capitals, with spaces, or reserved words; env.yaml's are plain."""
    return {"kind": "KIND", "kinds": "All Kinds", "year": "year"}.get(column, column)


TARGETS = {("all_kinds" if name == "kinds" else name): kind for name, (_, kind, _) in TYPES.items()}


def fill(chain, rows):
    """A table of every type in MySQL, and one row in eight of NULLs."""
    columns = ", ".join(f"`{names(name)}` {kind}" for name, (kind, _, _) in TYPES.items())
    chain.mysql(f"CREATE TABLE `Every Type` ({columns}) CHARACTER SET utf8mb4")
    filled = {name: value for name, (_, _, value) in TYPES.items() if value is not None}
    into = ", ".join(f"`{names(name)}`" for name in filled)
    values = [
        value if name in ("id", "medium") else f"IF(n % 8 = 5, NULL, {value})"
        for name, value in filled.items()
    ]
    chain.mysql(
        f"INSERT INTO `Every Type` ({into}) SELECT {', '.join(values)} "
        f"FROM (SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_{rows}) s"
    )


@pytest.fixture(scope="module")
def everything(chain):
    """The table of every type on both sides."""
    fill(chain, ROWS)
    chain.table("every_type", TARGETS, ["id"], source_table="Every Type")
    return chain


BETWEEN = "\x1f"  # between the columns of a row, which is asked for as one text


def both(chain, where="1 = 1"):
    """The rows of both sides, in words that both databases say alike."""
    source = {
        "bits": "CAST(bits + 0 AS CHAR)", "flag": "flag + 0", "single": "single + 0e0",
        "twice": "twice", "bytes": "LOWER(HEX(bytes))", "doc": "JSON_VALUE(doc, '$.text')",
    }  # fmt: skip
    theirs = ", ".join(
        f"IFNULL({source.get(name, f'CAST(`{names(name)}` AS CHAR)')}, 'NULL')" for name in TYPES
    )
    ours = {
        "flag": "flag::int", "bytes": "LOWER(to_hex(bytes))", "doc": "doc.text::varchar",
        "moment": "(moment AT TIME ZONE 'UTC')",
    }  # fmt: skip
    mine = " || CHR(31) || ".join(
        f"COALESCE(({ours.get(name, chr(34) + name + chr(34))})::varchar, 'NULL')" for name in TARGETS
    )
    left = chain.mysql(
        "SET time_zone = '+00:00'",
        f"SELECT CONCAT_WS(CHAR(31), {theirs}) FROM `Every Type` WHERE {where} ORDER BY id",
    )
    right = chain.redshift(f"SELECT {mine} FROM public.every_type WHERE {where} ORDER BY id")
    return [normal(row) for (row,) in left], [normal(row) for (row,) in right]


def normal(row: str | bytes) -> tuple:
    text = row.decode() if isinstance(row, bytes) else row
    return tuple(
        None if value == "NULL" else _normal(value, i) for i, value in enumerate(text.split(BETWEEN))
    )


NUMBERS = ("single", "twice", "exact", "medium")


def _normal(text: str, position: int) -> object:
    name = list(TYPES)[position]
    if name in ("single", "twice"):
        return float(f"{float(text):.6g}") if name == "single" else float(text)
    if name in ("exact", "medium"):
        return Decimal(text)
    if name in ("at", "moment", "clock") and "." in text:
        return text.rstrip("0").rstrip(".")
    return text


def test_every_type_row_for_row(everything):
    done = everything.load("every_type")
    assert (done["mode"], done["loaded"], done["refused"]) == ("full", ROWS, 0)
    left, right = both(everything)
    assert len(right) == ROWS
    for mine, theirs in zip(left, right, strict=True):
        assert mine == theirs


def test_a_full_load_follows_changes_and_deletions(everything):
    everything.mysql(
        f"DELETE FROM `Every Type` WHERE id < {KEY_RANGE} + 300",
        f"UPDATE `Every Type` SET words = 'changed', tiny = NULL WHERE id < {KEY_RANGE} + 700",
        f"INSERT INTO `Every Type` (id, medium) SELECT {KEY_RANGE} + 30000 + seq, seq FROM seq_1_to_300",
    )
    assert everything.load("every_type")["loaded"] == ROWS + 300 - 299
    left, right = both(everything)
    assert left == right


def plain(chain, name: str) -> tuple[list[tuple], list[tuple]]:
    """The rows of a table of three columns on both sides."""
    left = chain.mysql(f"SELECT id, name FROM {name} ORDER BY id")
    right = chain.redshift(f"SELECT id, name FROM public.{name} ORDER BY id")
    return [tuple(row) for row in left], [tuple(row) for row in right]


def test_upsert_by_the_time_of_change_and_append_by_the_key(chain):
    for name in ("changing", "growing"):
        chain.mysql(
            f"CREATE TABLE {name} (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20), "
            "updated_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))",
            f"INSERT INTO {name} (name) SELECT CONCAT('row ', seq) FROM seq_1_to_5000",
        )
    columns = {"id": "integer", "name": "varchar(20)", "updated_at": "timestamp"}
    chain.table("changing", columns, ["id"], mode="upsert", watermark="updated_at")
    chain.table("growing", columns, ["id"], mode="append", watermark="id")
    for name in ("changing", "growing"):
        assert chain.load(name)["mode"] == "full"
        left, right = plain(chain, name)
        assert left == right
    chain.mysql(
        "UPDATE changing SET name = 'changed' WHERE id % 5 = 1",
        "INSERT INTO changing (name) SELECT 'new' FROM seq_1_to_1000",
        "INSERT INTO growing (name) SELECT 'new' FROM seq_1_to_1000",
    )
    assert chain.load("changing")["mode"] == "upsert"
    done = chain.load("growing")
    ((last,),) = chain.mysql("SELECT MAX(id) FROM growing")  # bulk inserts leave gaps
    assert (done["mode"], done["watermark"]) == ("append", str(last))
    assert 1000 <= done["read"] <= 2000
    for name in ("changing", "growing"):
        left, right = plain(chain, name)
        assert left == right
    chain.mysql("DELETE FROM changing WHERE id <= 10")  # nothing tells upsert of it: full does
    assert chain.load("changing", full="true")["mode"] == "full"
    left, right = plain(chain, "changing")
    assert left == right


def test_a_table_without_key_and_watermark_is_loaded_empty_or_not(chain):
    chain.mysql("CREATE TABLE keyless (name VARCHAR(20))")
    chain.table("keyless", {"name": "varchar(20)"}, [])
    assert chain.load("keyless")["loaded"] == 0
    chain.mysql("INSERT INTO keyless VALUES ('a'), ('b')")
    assert chain.load("keyless")["loaded"] == 2


MANY = 100_000
NINES = "9" * 39
# A column of each kind, which says how a value of it does not fit: its type, the one of Redshift's, a value
# of the number n that fits, and one that does not.
BAD = {
    "made_too_large": ("BIGINT UNSIGNED AS (base) STORED", "bigint", None, None),
    "hidden_too_large": ("INT UNSIGNED INVISIBLE", "integer", "n", "4294967295"),
    "not_a_flag": ("TINYINT(1)", "boolean", "n % 2", "2"),
    "too_many_bits": ("BIT(8)", "boolean", "n % 2", "b'11'"),
    "too_many_digits": ("DECIMAL(65,0)", "decimal(38,0)", "n", NINES),
    "too_precise": ("DECIMAL(10,3)", "decimal(10,2)", "n / 100", "1.234"),
    "too_fine": ("DOUBLE", "real", "n", "0.1"),
    "no_date": ("DATE", "date", "DATE '2020-01-01' + INTERVAL n % 999 DAY", "'0000-00-00'"),
    "no_moment": (
        "DATETIME", "timestamp", "TIMESTAMP '2020-01-01 00:00:00' + INTERVAL n SECOND",
        "'0000-00-00 00:00:00'",
    ),
    "no_instant": (
        "TIMESTAMP NULL", "timestamptz", "TIMESTAMP '2020-01-01 00:00:00' + INTERVAL n SECOND",
        "'0000-00-00 00:00:00'",
    ),
    "over_a_day": ("TIME", "time", "SEC_TO_TIME(n % 86400)", "'24:00:01'"),
    "below_zero": ("TIME", "time", "SEC_TO_TIME(n % 86400)", "'-00:00:01'"),
    "no_member": ("ENUM('a','b','日本')", "varchar(4)", "1 + n % 2", "'日本'"),
    "no_members": ("SET('x','y','other')", "varchar(4)", "n % 4", "'x,other'"),
    "no_json": ("TEXT", "super", "JSON_OBJECT('n', n)", "'{broken'"),
    "too_long": ("VARCHAR(4)", "varchar(4)", "n % 10000", "'日本'"),
    "no_ascii": ("CHAR(4)", "char(4)", "n % 10000", "'é'"),
    "too_long_text": ("LONGTEXT", "varchar(8)", "n", "'more than eight'"),
    "too_many_bytes": ("BLOB", "varbyte(2)", "UNHEX(LPAD(HEX(n % 256), 2, '0'))", "'abc'"),
    "no_null": ("INT", "integer", "n", "NULL"),
}  # fmt: skip
KEYS = {name: 1000 + 4001 * number for number, name in enumerate(BAD)}


def fill_with_bad_values(chain) -> None:
    """Each column of BAD has one value that does not fit, in a row of its own."""
    columns = ", ".join(f"{name} {kind}" for name, (kind, *_) in BAD.items())
    good = {name: value for name, (_, _, value, _) in BAD.items() if value}
    chain.mysql(
        "SET SESSION sql_mode = '', time_zone = '+00:00'",
        f"CREATE TABLE bad (id INT PRIMARY KEY, base BIGINT UNSIGNED, {columns}) CHARACTER SET utf8mb4",
        f"INSERT INTO bad (id, base, {', '.join(good)}) SELECT n, n, {', '.join(good.values())} "
        f"FROM (SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_{MANY}) s",
        f"UPDATE bad SET base = 18446744073709551615 WHERE id = {KEYS['made_too_large']}",
        *(
            f"UPDATE bad SET {name} = {value} WHERE id = {KEYS[name]}"
            for name, (_, _, _, value) in BAD.items()
            if value
        ),
    )


def test_values_that_do_not_fit_are_refused_by_name_or_set_aside(chain):
    fill_with_bad_values(chain)
    chain.table("bad", {"id": "integer"} | {name: kind for name, (_, kind, *_) in BAD.items()}, ["id"])
    next(one for one in chain.tables["bad"]["columns"] if one["name"] == "no_null")["nullable"] = False
    chain.declare()

    run = chain.wait(chain.start("bad"))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("BadValues: 20 rows of bad do not fit, and nothing was loaded")
    for name, key in KEYS.items():
        assert f"bad.{name} of id={key}: " in run["ErrorMessage"]
    assert chain.redshift("SELECT COUNT(*) FROM public.bad") == [(0,)]
    assert chain.keys("gluejob/staging/") == []

    chain.tables["bad"]["load"]["on_error"] = "reject"
    chain.declare()
    done = chain.load("bad")
    assert (done["read"], done["loaded"], done["refused"]) == (MANY, MANY - 20, 20)
    s3, prefix = chain.client("s3"), done["set_aside"].removeprefix(f"s3://{ASSETS}/")
    bodies = [s3.get_object(Bucket=ASSETS, Key=key)["Body"].read().decode() for key in chain.keys(prefix)]
    refused = [json.loads(line) for body in bodies for line in body.splitlines()]
    assert {row["column"]: int(row["key"]["id"]) for row in refused} == KEYS
    assert len(refused) == 20

    theirs = {
        "too_many_bits": "too_many_bits + 0", "too_precise": "CAST(too_precise AS DECIMAL(10,2))",
        "no_json": "JSON_VALUE(no_json, '$.n')", "too_many_bytes": "LOWER(HEX(too_many_bytes))",
    }  # fmt: skip
    ours = {
        "not_a_flag": "not_a_flag::int", "too_many_bits": "too_many_bits::int", "no_json": "no_json.n",
        "no_instant": "(no_instant AT TIME ZONE 'UTC')", "too_many_bytes": "LOWER(to_hex(too_many_bytes))",
        "no_ascii": "RTRIM(no_ascii)",
    }  # fmt: skip
    left = chain.mysql(
        f"SELECT CONCAT_WS('|', id, {', '.join(theirs.get(name, f'CAST({name} AS CHAR)') for name in BAD)}) "
        f"FROM bad WHERE id NOT IN ({', '.join(map(str, KEYS.values()))}) ORDER BY id"
    )
    text = " || '|' || ".join(f"({ours.get(name, name)})::varchar" for name in ["id", *BAD])
    right = chain.redshift(f"SELECT {text} FROM public.bad ORDER BY id")
    assert len(right) == MANY - 20
    assert [(row.decode() if isinstance(row, bytes) else row) for (row,) in left] == [row for (row,) in right]


def test_no_secret_is_in_the_logs(chain):
    logs = chain.client("logs")
    for group in ("/aws-glue/jobs/output", "/aws-glue/jobs/error", "/aws-glue/jobs/logs-v2"):
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
            found = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])
            text = "\n".join(event["message"] for event in found["events"])
            assert chain.login["password"] not in text
