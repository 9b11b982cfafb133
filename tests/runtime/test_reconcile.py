"""Both sides compared by the sandbox's Redshift, and what differs loaded by the deployed job."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dpctl.config import load_environment
from dpctl.errors import UsageError
from dpctl.flows.folders import PENDING
from dpctl.flows.reconcile import Difference, Reconciler, followed
from tests.runtime.glue_world import BUCKET
from tests.runtime.test_with_redshift import ROLE, RealWorld, engine, world  # noqa: F401

pytestmark = pytest.mark.sandbox


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
    environment = load_environment(repo, "dev")
    made = Reconciler(
        environment, Executor(world), world.s3, world.dynamodb, ROLE, 500, lambda _: None, lambda _: None
    )
    made.bucket = BUCKET
    return made


def test_missing_and_extra_keys_are_found_and_mended(reconciler: Reconciler, world: RealWorld) -> None:  # noqa: F811
    for number in range(30):
        world.put(f"key-{number:02d}", customer="x")
        if number not in {3, 17}:
            world.event(f"key-{number:02d}")
    world.job().drain()
    world.warehouse.query("INSERT INTO public.orders VALUES ('ghost', 'gone', NULL, NULL, 1)")
    name, table = followed(reconciler.environment, "orders")
    found = reconciler.compare(name, table)
    assert (found.scanned, found.missing, found.extra) == (30, 2, 1)
    assert found.differences == (
        Difference("extra", "ghost"),
        Difference("missing", "key-03"),
        Difference("missing", "key-17"),
    )
    assert reconciler.fix(found.differences) == 3
    world.job(window_seconds=0).drain()
    assert [row[0] for row in world.rows()] == [f"key-{number:02d}" for number in range(30)]
    again = reconciler.compare(name, table)
    assert (again.missing, again.extra) == (0, 0)
    assert world.dead() == {}


def test_an_empty_table_leaves_everything_extra_and_nothing_behind(
    reconciler: Reconciler,
    world: RealWorld,  # noqa: F811
) -> None:
    world.warehouse.query("INSERT INTO public.orders VALUES ('ghost', 'gone', NULL, NULL, 1)")
    found = reconciler.compare(*followed(reconciler.environment, "orders"))
    assert (found.scanned, found.extra) == (0, 1)
    assert any(sql.startswith("DROP TABLE") for sql in reconciler.executor.statements)  # type: ignore[attr-defined]


def test_many_keys_are_put_in_a_few_objects(reconciler: Reconciler, world: RealWorld) -> None:  # noqa: F811
    reconciler.fix(tuple(Difference("missing", f"key-{number}") for number in range(4500)))
    listed = world.s3.list_objects_v2(Bucket=BUCKET, Prefix=PENDING)["Contents"]
    counts = sorted(int(item["Key"].rpartition("-x")[2].removesuffix(".json")) for item in listed)
    assert counts == [500, 2000, 2000]


@pytest.mark.parametrize("name", ["order_files", "nothing"])
def test_only_the_table_that_follows_is_compared(repo: Path, name: str) -> None:
    with pytest.raises(UsageError, match="does not follow"):
        followed(load_environment(repo, "dev"), name)
