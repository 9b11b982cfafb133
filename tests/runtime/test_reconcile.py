"""Both sides compared by the sandbox's Redshift, and what differs loaded by the deployed job."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dpctl.config import Environment, load_environment
from dpctl.config.tables import Column
from dpctl.errors import UsageError
from dpctl.flows.folders import PENDING
from dpctl.flows.reconcile import Difference, Reconciler, followed
from tests.runtime.glue_world import BUCKET, TABLE
from tests.runtime.scripts import RUNTIME, load
from tests.runtime.test_with_redshift import (  # noqa: F401
    ROLE,
    TARGET_COLUMNS,
    RealWorld,
    engine,
    world,
)

pytestmark = pytest.mark.sandbox

comparison = load("glue_etl/Reconcile.py")
rules = load("glue_shell/GlueTestjob.py")


class Executor:
    """One statement at a time, over the engine."""

    def __init__(self, account: RealWorld) -> None:
        self.world = account
        self.statements: list[str] = []

    def run(self, sql: str, *, fetch: bool = False) -> Any:
        self.statements.append(sql)
        rows = self.world.warehouse.query(sql)
        names = ("kind", "n") if "COUNT(*)" in sql else ("kind", "key")
        return SimpleNamespace(dicts=lambda: [dict(zip(names, row, strict=True)) for row in rows])


@pytest.fixture
def reconciler(world: RealWorld, repo: Path, monkeypatch: pytest.MonkeyPatch) -> Reconciler:  # noqa: F811
    environment = orders_as_in_the_world(load_environment(repo, "dev"))
    made = Reconciler(
        environment,
        Executor(world),
        world.s3,
        world.dynamodb,
        ROLE,
        500,
        lambda _: None,
        sleep=lambda _: None,
        now=world.clock,
    )
    made.bucket = BUCKET
    return made


def orders_as_in_the_world(environment: Environment) -> Environment:
    """dev, whose table orders has the columns of these tests."""
    config = environment.config
    columns = [Column(**column) for column in TARGET_COLUMNS]
    orders = config.tables["orders"].model_copy(update={"columns": columns, "sort_key": []})
    return replace(environment, config=config.model_copy(update={"tables": {"orders": orders}}))


def test_missing_and_extra_keys_are_found_and_fixed(reconciler: Reconciler, world: RealWorld) -> None:  # noqa: F811
    for number in range(30):
        world.put(f"key-{number:02d}", customer="x")
        if number not in {3, 17}:
            world.event(f"key-{number:02d}")
    world.job().drain()
    world.warehouse.query("INSERT INTO public.orders VALUES ('ghost', 'gone', NULL, NULL, 1)")
    name, table = followed(reconciler.environment, "orders")
    found = reconciler.compare(name, table)
    assert (found.scanned, found.missing, found.extra, found.stale) == (30, 2, 1, 0)
    assert found.differences == (
        Difference("extra", "ghost"),
        Difference("missing", "key-03"),
        Difference("missing", "key-17"),
    )
    assert reconciler.fix(name, table, found.differences) == 3
    world.job(window_seconds=0).drain()
    assert [row[0] for row in world.rows()] == [f"key-{number:02d}" for number in range(30)]
    again = reconciler.compare(name, table)
    assert (again.missing, again.extra) == (0, 0)
    assert world.dead() == {}


def test_a_row_with_other_values_is_stale_and_fixed(reconciler: Reconciler, world: RealWorld) -> None:  # noqa: F811
    """As CloudTrail loses an event: the item has changed, or lost an attribute, and nobody was told."""
    world.put("changed", customer="old", amount=Decimal("1.10"), ordered_at="2026-01-31T10:00:00Z")
    world.put("emptied", customer="old")
    world.put("filled", customer="same")
    world.put("same", customer="Adä \\'\n", amount=Decimal("12.5"), ordered_at="2026-01-31T10:00:00+05:30")
    world.put("poison", customer="x" * 17)
    for key in ("changed", "emptied", "filled", "same", "poison"):
        world.event(key)
    world.job().drain()
    world.put("changed", customer="new", amount=Decimal("1.10"), ordered_at="2026-01-31T10:00:00Z")
    world.put("emptied")
    world.put("filled", customer="same", amount=Decimal("3"))
    found = reconciler.compare(*followed(reconciler.environment, "orders"))
    assert (found.scanned, found.missing, found.extra, found.unfit) == (5, 0, 0, 1)
    assert found.differences == tuple(Difference("stale", key) for key in ("changed", "emptied", "filled"))
    reconciler.fix(*followed(reconciler.environment, "orders"), found.differences)
    world.job(window_seconds=0).drain()
    assert [row[1] for row in world.rows()] == ["new", None, "same", "Adä \\'\n"]
    again = reconciler.compare(*followed(reconciler.environment, "orders"))
    assert (again.missing, again.extra, again.stale) == (0, 0, 0)


def test_a_row_that_was_read_after_the_scan_is_newer_and_no_difference(
    reconciler: Reconciler,
    world: RealWorld,  # noqa: F811
) -> None:
    world.put("a", customer="before")
    before = world.clock()
    reconciler.now = lambda: before
    world.warehouse.query(
        f"INSERT INTO public.orders VALUES ('a', 'after', NULL, NULL, {int(before * 1000) + 1})"
    )
    found = reconciler.compare(*followed(reconciler.environment, "orders"))
    assert found.differences == ()


def test_keys_only_reads_no_values(reconciler: Reconciler, world: RealWorld) -> None:  # noqa: F811
    world.put("a", customer="new")
    world.put("b", customer="x" * 17)
    world.warehouse.query("INSERT INTO public.orders VALUES ('a', 'old', NULL, NULL, 1)")
    reconciler.keys_only = True
    found = reconciler.compare(*followed(reconciler.environment, "orders"))
    assert found.differences == (Difference("missing", "b"),)
    staged = world.s3.list_objects_v2(Bucket=BUCKET, Prefix=reconciler.prefix)["Contents"]
    body = world.s3.get_object(Bucket=BUCKET, Key=staged[0]["Key"])["Body"].read()
    assert b"new" not in body


def test_an_empty_table_leaves_everything_extra_and_nothing_behind(
    reconciler: Reconciler,
    world: RealWorld,  # noqa: F811
) -> None:
    world.warehouse.query("INSERT INTO public.orders VALUES ('ghost', 'gone', NULL, NULL, 1)")
    found = reconciler.compare(*followed(reconciler.environment, "orders"))
    assert (found.scanned, found.extra) == (0, 1)
    assert any(sql.startswith("DROP TABLE") for sql in reconciler.executor.statements)  # type: ignore[attr-defined]


def test_many_keys_are_put_in_a_few_objects(reconciler: Reconciler, world: RealWorld) -> None:  # noqa: F811
    differences = tuple(Difference("missing", f"key-{number}") for number in range(4500))
    reconciler.fix(*followed(reconciler.environment, "orders"), differences)
    listed = world.s3.list_objects_v2(Bucket=BUCKET, Prefix=PENDING)["Contents"]
    counts = sorted(int(item["Key"].rpartition("-x")[2].removesuffix(".json")) for item in listed)
    assert counts == [500, 2000, 2000]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Glue job's arguments; its workers find GlueTestjob as Glue's do, by `--extra-py-files`."""
    monkeypatch.syspath_prepend(str(RUNTIME / "glue_shell"))
    columns = [dict(column) for column in TARGET_COLUMNS]
    target = {"schema": "public", "name": "orders", "columns": columns, "key": ["partkey"]}
    given = {
        "bucket": BUCKET,
        "prefix": "capture/",
        "region": "ap-south-1",
        "table_name": TABLE,
        "hash_key": "PartKey",
        "workflow": "orders",
        "workgroup": "w",
        "database": "dev",
        "secret_arn": "arn",
        "copy_role_arn": ROLE,
        "target": json.dumps(target | {"version": "_version"}),
    }
    return comparison.arguments([word for name, value in given.items() for word in (f"--{name}", value)])


class Workflows:
    """Glue, which takes note of who asks for a run."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start_workflow_run(self, *, Name: str) -> None:
        self.started.append(Name)


def on_workers(world: RealWorld, settings: Any) -> dict[str, Any]:  # noqa: F811
    """What the Glue job does, with its workers one after the other."""
    folder = "capture/staging/reconcile-1/"
    parts = [comparison.stage(settings, folder, (number, 4), world.clock) for number in range(4)]
    redshift = rules.Redshift(world.warehouse, settings, lambda _: None)
    found = dict(comparison.compare(settings, world.s3, redshift, rules, folder, parts))
    comparison.remove(settings, world.s3, folder)
    assert "Contents" not in world.s3.list_objects_v2(Bucket=BUCKET, Prefix="capture/staging/reconcile-")
    return found


@pytest.mark.parametrize("keys_only", [False, True])
def test_the_job_finds_what_the_command_finds_and_mends_it(
    reconciler: Reconciler,
    world: RealWorld,  # noqa: F811
    settings: Any,
    keys_only: bool,
) -> None:
    for number in range(40):
        world.put(f"key-{number:02d}", customer="x" * 17 if number == 9 else "x")
        if number not in {3, 17}:
            world.event(f"key-{number:02d}")
    world.job().drain()
    world.warehouse.query("INSERT INTO public.orders VALUES ('ghost', 'gone', NULL, NULL, 1)")
    world.put("key-05", customer="changed")
    reconciler.keys_only = settings.keys_only = keys_only
    found = on_workers(world, settings)
    same = reconciler.compare(*followed(reconciler.environment, "orders"))
    counts = (same.scanned, same.missing, same.extra, same.stale, same.unfit)
    names = ("scanned", "missing", "extra", "stale", "unfit")
    assert tuple(found[name] for name in names) == counts
    assert counts == ((40, 3, 1, 0, 0) if keys_only else (40, 2, 1, 1, 1))
    assert found["differences"] == [(item.kind, item.key) for item in same.differences]
    workflows = Workflows()
    assert comparison.mend(settings, world.s3, workflows, found["differences"]) == 4
    assert workflows.started == ["orders"]
    world.job(window_seconds=0).drain()
    left = on_workers(world, settings)
    assert (left["missing"], left["extra"], left["stale"]) == (int(keys_only), 0, 0)  # the poisoned item


def test_the_job_compares_with_an_empty_table(world: RealWorld, settings: Any) -> None:  # noqa: F811
    world.warehouse.query("INSERT INTO public.orders VALUES ('ghost', 'gone', NULL, NULL, 1)")
    found = on_workers(world, settings)
    assert (found["scanned"], found["differences"]) == (0, [("extra", "ghost")])


def test_a_scan_keeps_to_its_share_of_read_units(world: RealWorld) -> None:  # noqa: F811
    for number in range(20):
        world.put(f"key-{number:02d}", customer="x" * 4000)
    now, slept = [0.0], [0.0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds

    clocks = (sleep, lambda: now[0], lambda: 0.0)
    read = [
        item
        for n in range(2)
        for item, _ in comparison.scan(world.dynamodb, TABLE, "PartKey", (n, 2), 1.0, False, clocks)
    ]
    assert len(read) == 20
    assert slept[0] >= 2 * 0.5, "a page takes as long as its units are worth"


@pytest.mark.parametrize(
    ("name", "said"), [("order_files", "does not follow"), ("ordres", "There is no table 'ordres'")]
)
def test_only_the_table_that_follows_is_compared(repo: Path, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        followed(load_environment(repo, "dev"), name)
