"""The full load from an export in S3, with the drain's rules; Spark's part is played in this process."""

from __future__ import annotations

import gzip
import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.runtime import exports
from tests.runtime.exports import TAKEN
from tests.runtime.glue_world import BUCKET, TABLE
from tests.runtime.scripts import load
from tests.runtime.test_with_redshift import ROLE, TARGET_COLUMNS, RealWorld, engine, world

__all__ = ["engine", "world"]

pytestmark = pytest.mark.sandbox

full, rules = load("glue_etl/DynamotoRedshift.py"), load("glue_shell/GlueTestjob.py")
FOLDER = "exports/AWSDynamoDB/01750000000000-abcdef12"


def put(world: RealWorld, items: list[list[dict[str, Any]]], **summary: str) -> str:
    """An export as DynamoDB writes it; gives its address."""
    arn = f"arn:aws:dynamodb:ap-south-1:123456789012:table/{TABLE}"
    return exports.write(world.s3, BUCKET, FOLDER, arn, items, **summary)


def item(key: str, **more: Any) -> dict[str, Any]:
    return {"PartKey": {"S": key}, **more}


def settings_of(address: str, **changes: Any) -> SimpleNamespace:
    target = {"schema": "public", "name": "orders", "columns": TARGET_COLUMNS, "key": ["partkey"]}
    known = {
        "export": address, "table_name": TABLE, "hash_key": "PartKey", "bucket": BUCKET, "prefix": "capture/",
        "copy_role_arn": ROLE, "delete_missing": False, "target": {**target, "version": "_version"},
        "workgroup": "w", "database": "dev", "secret_arn": "arn", "statement_name": "full",
        "statement_seconds": 60,
    }  # fmt: skip
    return SimpleNamespace(**(known | changes))


@pytest.fixture
def run(world: RealWorld, monkeypatch: pytest.MonkeyPatch):
    """One full load from an export, as the job's main does it."""

    def in_workers(settings: Any, folder: str, files: Any, version: int) -> list[Any]:
        return [full.stage(settings, world.s3, rules, folder, file, version) for file in files]

    monkeypatch.setattr(full, "in_workers", in_workers)

    def run(address: str, **changes: Any) -> int:
        settings = settings_of(address, **changes)
        version, copy = full.exported(settings, world.s3, "staging/export-x/")
        redshift = full.Redshift(world.warehouse, settings, lambda _: None)
        redshift.run(full.load_sql(settings.target, copy, settings, version))
        full.clear(world.s3, settings, "staging/export-x/")
        return int(version)

    return run


def keys(world: RealWorld, prefix: str) -> list[str]:
    found = world.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [one["Key"] for one in found.get("Contents", [])]


def test_every_item_is_a_row_by_the_rules_of_the_drain(world: RealWorld, run: Any) -> None:
    items = [
        [item("a", customer={"S": "Ada"}, Amount={"N": "1.25"}, ordered_at={"S": "2026-01-31T10:00:00Z"})],
        [item("b", customer={"M": {"x": {"N": "1"}}}), item("c", customer={"B": "AQ=="})],
        [],
    ]  # fmt: skip
    assert run(put(world, items)) == TAKEN
    assert world.rows() == [
        ["a", "Ada", "1.25", "2026-01-31 10:00:00"],
        ["b", '{"x": 1}', None, None],
        ["c", "AQ==", None, None],
    ]
    assert keys(world, "capture/staging/") == []
    assert run(put(world, items)) == TAKEN  # and again
    assert len(world.rows()) == 3


def test_newer_rows_stay_and_rows_of_no_item_go_when_asked(world: RealWorld, run: Any) -> None:
    world.warehouse.query(f"INSERT INTO public.orders VALUES ('a', 'newer', NULL, NULL, {TAKEN + 1})")
    world.warehouse.query("INSERT INTO public.orders VALUES ('gone', 'old', NULL, NULL, 5)")
    world.warehouse.query(f"INSERT INTO public.orders VALUES ('later', 'new', NULL, NULL, {TAKEN + 9})")
    address = put(world, [[item("a", customer={"S": "older"}), item("b")]])
    run(address)
    assert [row[:2] for row in world.rows()] == [
        ["a", "newer"], ["b", None], ["gone", "old"], ["later", "new"],
    ]  # fmt: skip
    run(address, delete_missing=True)
    assert [row[0] for row in world.rows()] == ["a", "b", "later"]


def test_an_item_that_fits_no_row_is_a_dead_letter_that_can_be_brought_back(
    world: RealWorld, run: Any
) -> None:
    address = put(world, [[item("a"), item("long", customer={"S": "x" * 17})]])
    run(address)
    assert [row[0] for row in world.rows()] == ["a"]
    (key,) = keys(world, "capture/dead-letter/")
    letter = json.loads(world.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert letter["reason"].startswith("column customer (varchar(16)): the text has 17 bytes")
    event = rules.parsed(letter["event"])
    assert rules.keys_of(event, TABLE, "PartKey", "S") == [{"PartKey": {"S": "long"}}]
    with pytest.raises(full.Unusable, match="1 items fit no row"):
        run(address, delete_missing=True)
    assert keys(world, "capture/staging/") == []


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ({"outputFormat": "ION"}, "its format is not DYNAMODB_JSON"),
        ({"exportType": "INCREMENTAL_EXPORT"}, "it is incremental"),
        ({"tableArn": "arn:aws:dynamodb:r:1:table/Other"}, f"it is of the table Other, not of {TABLE}"),
    ],
)
def test_an_export_of_another_kind_is_refused_by_name(
    world: RealWorld, run: Any, summary: dict[str, Any], said: str
) -> None:
    with pytest.raises(full.Unusable, match=said):
        run(put(world, [[item("a")]], **summary))
    assert world.rows() == []


def test_an_export_that_is_not_whole_or_not_there_is_refused(world: RealWorld, run: Any) -> None:
    address = put(world, [[item("a"), item("b")]])
    text = json.dumps({"Item": item("a")}) + "\n"
    world.s3.put_object(Bucket=BUCKET, Key=f"{FOLDER}/data/file0.json.gz", Body=gzip.compress(text.encode()))
    with pytest.raises(full.Unusable, match="has 1 items, and the export says 2"):
        run(address)
    assert world.rows() == []
    assert keys(world, "capture/staging/") == []
    with pytest.raises(full.Unusable, match=r"no manifest-summary\.json"):
        run(f"s3://{BUCKET}/nothing/")
