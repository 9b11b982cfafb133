"""Tables as people have them, by gluejob: names to be quoted, keys of all kinds, misleading watermarks."""

from __future__ import annotations

import pytest

from dpctl.mysql.compare import plain
from dpctl.sandbox.services import rds

pytestmark = [pytest.mark.spark, pytest.mark.sandbox]
ODD = "we`ird 'q\"uo?te' {fn} 100% größe日"


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def rows(chain, table, columns):
    return sorted(chain.redshift(f"SELECT {columns} FROM public.{table}"))


def test_names_that_need_quoting_on_the_way(chain):
    names = ["key ?", ODD, "a`b", "SELECT", "1st", "x{y", "it's"]
    kinds = ["INT PRIMARY KEY", "VARCHAR(40)", "INT", "INT", "INT", "INT", "DATE"]
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in zip(names, kinds, strict=True))
    chain.mysql(f"CREATE TABLE {quoted(ODD)} ({columns}) CHARACTER SET utf8mb4")
    chain.mysql(
        f"INSERT INTO {quoted(ODD)} VALUES (1, 'x ? {{fn now()}} ''q', 2, 3, 4, 5, '2020-01-01'), "
        "(2, NULL, NULL, NULL, NULL, NULL, NULL)"
    )
    types = ["integer", "varchar(40)", *["integer"] * 4, "date"]
    chain.table("odd", dict(zip(map(plain, names), types, strict=True)), [plain(names[0])], source_table=ODD)
    assert chain.load("odd")["loaded"] == 2
    found = rows(chain, "odd", "*")
    assert found == [(1, "x ? {fn now()} 'q", 2, 3, 4, 5, "2020-01-01"), (2, *[None] * 6)]


def test_keys_of_bytes_ends_of_the_range_and_an_empty_value_that_copy_makes_null(chain):
    chain.mysql(
        "CREATE TABLE bytes (k BINARY(2) PRIMARY KEY, v VARBINARY(8))",
        "INSERT INTO bytes VALUES (X'0000', X'00'), (X'0001', ''), (X'FF00', NULL)",
        "CREATE TABLE ends (a BIGINT, b BIGINT UNSIGNED, PRIMARY KEY (a), KEY (b))",
        "INSERT INTO ends VALUES (-9223372036854775808, 18446744073709551615), (9223372036854775807, 0), "
        "(0, 1)",
        "CREATE VIEW seen AS SELECT a, b + 1 AS c FROM ends WHERE b < 2",
    )
    chain.table("bytes", {"k": "varbyte(2)", "v": "varbyte(8)"}, ["k"], on_error="reject")
    done = chain.load("bytes")
    assert (done["loaded"], done["refused"]) == (2, 1)
    assert rows(chain, "bytes", "to_hex(k), to_hex(v)") == [("0000", "00"), ("FF00", None)]
    ends = {"a": "bigint", "b": "decimal(20,0)"}
    for given in (None, "B"):
        chain.table("ends", ends, ["a"], **({"partition_column": given} if given else {}))
        assert chain.load("ends")["loaded"] == 3
        assert rows(chain, "ends", "a, b::varchar") == [
            (-(2**63), str(2**64 - 1)), (0, "1"), (2**63 - 1, "0"),
        ]  # fmt: skip
    chain.table("seen", {"a": "bigint", "c": "decimal(21,0)"}, [])
    assert chain.load("seen")["loaded"] == 2


def test_a_watermark_in_the_future_or_none_hides_no_change(chain):
    chain.mysql(
        "CREATE TABLE ahead (a INT PRIMARY KEY, n INT, v VARCHAR(9), updated_at DATETIME NULL)",
        "INSERT INTO ahead VALUES (1, 1, 'none', NULL), (2, 1, 'ahead', '2099-01-01'), "
        "(3, 2, 'now', UTC_TIMESTAMP())",
    )
    columns = {"a": "integer", "n": "integer", "v": "varchar(9)", "updated_at": "timestamp"}
    chain.table("ahead", columns, ["a"], mode="upsert", watermark="updated_at")
    chain.table("shared", columns, ["a"], mode="append", watermark="n", source_table="ahead")
    for name in ("ahead", "shared"):
        assert chain.load(name)["mode"] == "full"
    chain.mysql(
        "UPDATE ahead SET v = 'changed', updated_at = UTC_TIMESTAMP() WHERE a = 3",
        "UPDATE ahead SET v = 'changed' WHERE a = 1",
        "INSERT INTO ahead VALUES (4, 2, 'late', UTC_TIMESTAMP())",  # another of the last number
    )
    for name in ("ahead", "shared"):
        assert chain.load(name)["mode"] in ("upsert", "append")
    assert rows(chain, "ahead", "a, v") == [(1, "changed"), (2, "ahead"), (3, "changed"), (4, "late")]
    assert rows(chain, "shared", "a, v") == [(1, "none"), (2, "ahead"), (3, "now"), (4, "late")]


def test_what_mysql_says_is_the_error_of_the_run(chain, account):
    chain.mysql("CREATE TABLE unreached (a INT PRIMARY KEY)")
    chain.table("unreached", {"a": "integer"}, ["a"])
    server = rds.server(account)
    server.pause(False)
    try:
        run = chain.wait(chain.start("unreached"))
    finally:
        server.pause(True)
    assert run["ErrorMessage"] == (
        "SourceFailed: MySQL: Communications link failure. "
        'Try: dpctl doctor glue-connection --name "Jdbc connection mysql"'
    )
