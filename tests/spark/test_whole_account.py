"""All layers applied with MySQL switched on, and the job that Terraform made, run by Glue's API.

200,000 rows of every type are equal row for row, and in each mode after changes, additions and deletions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dpctl import sandbox
from dpctl.aws import Aws
from dpctl.mysql.definition import Definition
from dpctl.mysql.insertion import write
from tests.conftest import require_providers
from tests.integration.conftest import copy_tree, stop_all
from tests.spark import test_gluejob_load as every
from tests.spark.chain import Chain, connect

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.sandbox, pytest.mark.terraform]
ROWS = int(os.environ.get("DPCTL_SPARK_ROWS", "200000"))
CHANGED = 1_000
AT_ONCE = 20_000
SIMPLE = {"id": "integer", "name": "varchar(20)", "updated_at": "timestamp"}
MODES = {
    "changing": {"mode": "upsert", "watermark": "updated_at"},
    "growing": {"mode": "append", "watermark": "id"},
}


def declared(name: str, columns: dict[str, str], load: dict) -> Definition:
    listed = [
        {"name": column, "type": kind, **({"nullable": False} if column == "id" else {})}
        for column, kind in columns.items()
    ]
    return Definition(name, {"key": ["id"], "columns": listed, "load": {"source": "mysql", **load}}, ())


@pytest.fixture(scope="module")
def whole(repo, tmp_path_factory, installed, mariadb) -> Iterator[Chain]:
    """Everything as a user has it: env.yaml with tables from MySQL, dpctl apply, dpctl tables apply."""
    require_providers()
    made = copy_tree(repo, tmp_path_factory.mktemp("whole"))
    made.edit("dev", ("gluejob: {enabled: false", "gluejob: {enabled: true"))
    file = made.environment("dev").file
    write(file, declared("every_type", every.TARGETS, {"mode": "full", "source_table": "Every Type"}))
    for name, load in MODES.items():
        write(file, declared(name, SIMPLE, load))
    try:
        for words in (
            ("sandbox", "start", "--env", "dev"),
            ("--sandbox", "apply", "--env", "dev", "--yes"),
            ("--sandbox", "tables", "apply", "--env", "dev", "--yes"),
        ):
            done = made.dpctl(*words, timeout=3600)
            assert done.code == 0, done.stderr[-4000:]
        running = sandbox.status(made.environment("dev"))
        aws = Aws("ap-south-1", running.environment())
        yield Chain(aws.client, connect(running, aws.client), "gluejob")
    finally:
        stop_all(made)


def equal(chain: Chain) -> int:
    """Compare every row of the table of every type; how many there are."""
    ((last,),) = chain.mysql("SELECT MAX(medium) FROM `Every Type`")
    total = 0
    for low in range(0, last + 1, AT_ONCE):
        left, right = every.both(chain, f"medium >= {low} AND medium < {low + AT_ONCE}")
        assert len(left) == len(right)
        for mine, theirs in zip(left, right, strict=True):
            assert mine == theirs
        total += len(right)
    return total


def test_every_type_is_equal_row_for_row_and_stays_so(whole: Chain) -> None:
    every.fill(whole, ROWS)
    done = whole.load("every_type")
    assert (done["mode"], done["loaded"], done["refused"]) == ("full", ROWS, 0)
    assert equal(whole) == ROWS
    base = every.KEY_RANGE
    whole.mysql(
        f"DELETE FROM `Every Type` WHERE medium <= {CHANGED}",
        f"UPDATE `Every Type` SET words = 'changed', tiny = NULL WHERE medium <= {2 * CHANGED}",
        f"INSERT INTO `Every Type` (id, medium) SELECT {base} + 300000 + seq, {ROWS} + seq "
        f"FROM seq_1_to_{CHANGED}",
    )
    assert whole.load("every_type")["loaded"] == ROWS
    assert equal(whole) == ROWS


@pytest.mark.parametrize("name", MODES)
def test_a_mode_follows_what_changed(whole: Chain, name: str) -> None:
    mode = MODES[name]["mode"]
    whole.mysql(
        f"CREATE TABLE {name} (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20), "
        "updated_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), "
        "KEY (updated_at))",
        f"INSERT INTO {name} (name) SELECT CONCAT('row ', seq) FROM seq_1_to_20000",
    )
    assert whole.load(name)["mode"] == "full"
    if mode == "upsert":
        whole.mysql(f"UPDATE {name} SET name = 'changed' WHERE id % 20 = 1")
    whole.mysql(f"INSERT INTO {name} (name) SELECT 'new' FROM seq_1_to_{CHANGED}")
    assert whole.load(name)["mode"] == mode
    left, right = whole.ids(name)
    assert left == right
    whole.mysql(f"DELETE FROM {name} WHERE id <= {CHANGED}")  # what only a full load can see
    assert whole.load(name, full="true")["mode"] == "full"
    left, right = whole.ids(name)
    assert left == right
