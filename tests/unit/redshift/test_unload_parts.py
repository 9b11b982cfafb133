"""Parts of a table, and files brought home."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpctl.errors import DpctlError, UsageError
from dpctl.redshift import download
from dpctl.redshift.build import Part
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File
from dpctl.redshift.query import check_query
from tests.unit.redshift.fakes import FakeS3

PREFIX = S3Location("exports", "orders/run=1/")


@pytest.mark.parametrize(
    ("part", "always", "condition"),
    [
        (Part(), None, None),
        (Part(), "a = 1", "a = 1"),
        (Part(where="b = 2"), None, "b = 2"),
        (Part(where="b = 2 OR c = 3"), "a = 1", "(a = 1) AND (b = 2 OR c = 3)"),
        (Part(since="at=7d"), None, '"at" >= DATEADD(second, -604800, GETDATE())'),
        (Part(since="at = 90m", where="x"), None, '(x) AND ("at" >= DATEADD(second, -5400, GETDATE()))'),
    ],
)
def test_all_conditions_hold(part, always, condition):
    assert part.condition(always) == condition


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("a = 1) OR (b = 2", "parentheses of --where do not match"),
        ("(a = 1", "parentheses of --where do not match"),
        ("a = 1 UNION ALL SELECT * FROM t", "UNION is no part"),
        ("a = 1 except select 1", "EXCEPT is no part"),
        ("a = 1 ORDER BY a", "ORDER is no part"),
        ("a = 1 LIMIT 3", "LIMIT is no part"),
        ("true GROUP BY a HAVING count(*) > 1", "GROUP is no part"),
        ("a = 'x", "--where can't be read"),
        ("a = ')' AND b = '('", ""),
        ("a IN (SELECT a FROM u UNION SELECT b FROM u ORDER BY 1 LIMIT 2)", ""),
        ("t.limit = 1 AND \"order\" = 2 AND c = 'union'", ""),
    ],
)
@pytest.mark.parametrize("since", [None, "at=7d"])
def test_a_condition_is_nothing_else(where, said, since):
    if not said:
        assert where in (Part(where=where, since=since).condition(None) or "")
        return
    with pytest.raises(UsageError, match=said):
        Part(where=where, since=since).condition(None)
    with pytest.raises(UsageError, match=said.replace("--where", r"unload\.where in env\.yaml")):
        Part(since=since).condition(where)


@pytest.mark.parametrize("since", ["at", "at=", "at=7", "at=7x", "at=-1d", "=7d", "at=1.5h"])
def test_since_that_is_no_duration(since):
    with pytest.raises(UsageError):
        Part(since=since).condition(None)


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("at=1d", ""),
        ("day = 1d", ""),
        ("zoned=1d", ""),
        ("id=1d", "'id' is no date and no timestamp"),
        ("clock=1d", "'clock' is no date and no timestamp"),
        ("note=1d", "'note' is no date and no timestamp"),
        ("att=1d", "'att' is not a column of the table"),
    ],
)
def test_since_wants_a_time(since, said):
    types = {"id": "bigint", "at": "timestamp", "day": "DATE", "zoned": "timestamptz", "clock": "time"}
    Part(since="x=1d").check_since({})  # a table that env.yaml does not know
    if not said:
        Part(since=since).check_since(types)
        return
    with pytest.raises(UsageError, match=said):
        Part(since=since).check_since(types | {"note": "varchar(10)"})


def test_a_limit_is_written_as_unload_takes_it():
    limited = Part(limit=10).limited("SELECT * FROM t")
    assert limited == "SELECT * FROM (SELECT * FROM t LIMIT 10)"
    assert check_query(limited) == limited


def test_columns_are_those_of_the_table():
    assert Part(("b",)).check(("a", "b")) == ("b",)
    assert Part().check(("a", "b")) == ("a", "b")
    assert Part(("x",)).check(()) == ("x",)
    with pytest.raises(UsageError, match="no column 'amont'") as caught:
        Part(("amont",)).check(("amount", "id"))
    assert caught.value.hint == "--columns amount"


def brought(folder: Path, *keys: str) -> list[Path]:
    s3 = FakeS3()
    for key in keys:
        s3.put_object(Bucket="exports", Key=key, Body=key.encode())
    seen = []
    files = [File(f"s3://exports/{key}") for key in keys]
    found = download.fetch(s3, files, PREFIX, folder, lambda *told: seen.append(told))
    assert seen[-1] == (len(keys), len(keys), sum(map(len, keys)))
    return found


def test_files_lie_as_they_lay_below_their_prefix(tmp_path):
    found = brought(tmp_path / "new", "orders/run=1/a.csv", "orders/run=1/day=1/b.csv")
    assert [path.relative_to(tmp_path / "new").as_posix() for path in found] == ["a.csv", "day=1/b.csv"]
    assert found[1].read_bytes() == b"orders/run=1/day=1/b.csv"
    assert list(tmp_path.rglob("*.part")) == []


@pytest.mark.parametrize("key", ["orders/run=1/../../x", "orders/run=1/day=1/../../../../etc/x"])
def test_no_key_leads_out_of_the_folder(tmp_path, key):
    with pytest.raises(DpctlError, match="leads out of"):
        brought(tmp_path / "deep" / "new", key)


def test_nothing_of_the_users_is_overwritten(tmp_path):
    download.check(tmp_path / "new")
    (tmp_path / "x").touch()
    with pytest.raises(UsageError):
        download.check(tmp_path)


def test_a_name_that_no_folder_can_have(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written"):
        download.check(tmp_path / ("a" * 300))
