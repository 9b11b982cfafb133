"""``status --rows``: what only Redshift knows; and drift as it was last seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dpctl.cli import statements
from dpctl.config import load_environment
from dpctl.flows import drifted, page
from dpctl.flows.status import Hop, Status, next_step
from dpctl.redshift import autocopy
from dpctl.redshift.copy import copy_sql
from dpctl.redshift.executor import RecordingExecutor, Result
from dpctl.redshift.failures import StatementFailed
from tests.unit.flows.test_flows import World, world  # noqa: F401
from tests.unit.redshift.answers import DETAILS, ERROR_COLUMNS
from tests.unit.redshift.fakes import FakeS3

SOURCE = "manifest-bucket-054158074701"


def answers(repo: Path, status: str, *errors: tuple[Any, ...]) -> RecordingExecutor:
    (job,) = autocopy.wanted(load_environment(repo, "dev"))
    live = Result(
        "j", columns=("job_name", "job_text", "is_auto"), rows=((job.name, copy_sql(job.statement), "t"),)
    )
    return RecordingExecutor(
        [
            ("sys_load_error_detail", Result("e", columns=ERROR_COLUMNS, rows=errors)),
            (
                "sys_copy_job_detail",
                Result("d", columns=DETAILS, rows=((SOURCE, "orders/a", 3, "", status),)),
            ),
            ("sys_copy_job", live),
            ('FROM "public"."orders"', Result("n", columns=("name", "n"), rows=(("orders", 1234),))),
            ("COUNT(*)", StatementFailed("relation does not exist", statement_id="s")),
        ]
    )


@pytest.fixture
def typed(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: F811
    s3 = FakeS3()
    s3.put_object(Bucket=SOURCE, Key="orders/a", Body=b"abc")
    monkeypatch.setattr(statements, "open_s3", lambda *_: s3)

    def run(executor: RecordingExecutor, *words: str) -> Any:
        monkeypatch.setattr(statements, "open_executor", lambda *_, **__: executor)
        return world("status", "--env", "dev", "--rows", *words)

    return run


def test_a_file_that_failed_is_stuck_and_says_its_line(typed: Any, repo: Path, tmp_path: Path) -> None:
    error = (f"s3://{SOURCE}/orders/a", 3, "amount", "numeric", "12,2", 1207, "Invalid <digit>")
    file = tmp_path / "status.html"
    done = typed(answers(repo, "E", error), "--html", str(file))
    assert done.exit_code == 1, done.stderr
    assert "1,234 rows; order_files not there" in done.stdout
    assert "STUCK    files     1 file failed to load" in done.stdout
    assert f"failed  s3://{SOURCE}/orders/a:3: amount: Invalid <digit>" in done.stdout
    assert "Invalid &lt;digit&gt;" in file.read_text(encoding="utf-8")
    document = json.loads(typed(answers(repo, "E", error), "--json").stdout)
    schema = json.loads((repo / "docs/schemas/status.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["loads"]["rows"] == {"orders": 1234, "order_files": None}
    assert [hop["hop"] for hop in document["chain"]][-3:] == ["files", "redshift", "exports"]
    assert document["autocopy"][0]["files"][0]["error"]["line"] == 3


def test_files_that_loaded_are_fine(typed: Any, repo: Path) -> None:
    document = json.loads(typed(answers(repo, "I"), "--json").stdout)
    (hop,) = (hop for hop in document["chain"] if hop["hop"] == "files")
    assert (hop["state"], hop["detail"]) == ("ok", "1 file loaded by auto-copy")
    assert document["autocopy"][0]["files"] == []


def test_without_rows_redshift_is_not_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(statements, "open_executor", lambda *_, **__: pytest.fail("Redshift was asked"))
    assert "files" not in {
        hop["hop"] for hop in json.loads(world("status", "--env", "dev", "--json").stdout)["chain"]
    }


def test_drift_is_remembered_by_layer_and_by_place(tmp_path: Path) -> None:
    drifted.keep(tmp_path, "dev", False, {"static": 2, "ddb-redshift": 0}, "2026-01-31T10:00:00Z")
    drifted.keep(tmp_path, "dev", False, {"static": 0}, "2026-02-01T10:00:00Z")
    assert drifted.kept(tmp_path, "dev", False) == {
        "static": {"drifted": 0, "at": "2026-02-01T10:00:00Z"},
        "ddb-redshift": {"drifted": 0, "at": "2026-01-31T10:00:00Z"},
    }
    assert drifted.kept(tmp_path, "dev", True) == drifted.kept(tmp_path, "prod", False) == {}
    for broken in ("", "[]", '{"static": 1}', '{"static": {"drifted": "x", "at": ""}}'):
        (tmp_path / ".dpctl/drift-dev.json").write_text(broken)
        assert drifted.kept(tmp_path, "dev", False) == {}


def test_what_was_changed_by_hand_is_the_next_thing() -> None:
    status = Status("dev", "1", False, "now", chain=[Hop("table", "ok", "")])
    status.layers = [{"layer": "static", "applied": "", "drifted": 2, "drift_seen": ""}]
    assert next_step(status) == "Changed by hand: dpctl drift --env dev --layer static"
    assert "2" in page.page(status)
