"""dpctl load: what is started, followed and said."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dpctl.config import load_environment
from dpctl.errors import DpctlError, UsageError
from dpctl.flows import load

DONE = {"table": "t", "mode": "full", "read": 3, "loaded": 3, "refused": 0, "seconds": {"read": 1, "load": 1}}
NOTED: list[str] = []


class Busy(Exception):
    """ConcurrentRunsExceededException."""


class Glue:
    """Glue's runs of a job: the states a run goes through, the last one for good."""

    class exceptions:
        ConcurrentRunsExceededException = Busy

    def __init__(self, *states: str, busy: bool = False) -> None:
        self.states, self.busy, self.started = list(states), busy, []

    def start_job_run(self, **given: Any) -> dict[str, str]:
        if self.busy:
            raise Busy
        self.started.append(given)
        return {"JobRunId": "jr_1"}

    def get_job_run(self, **given: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"JobRun": {"JobRunState": state, "ErrorMessage": "BadValues: 2 rows of t do not fit"}}


class S3:
    """The result that the run wrote."""

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        assert Key == "gluejob/results/jr_1.json"
        return {"Body": io.BytesIO(json.dumps(DONE).encode())}


class Aws:
    def __init__(self, glue: Glue) -> None:
        self.clients = {"glue": glue, "s3": S3()}

    def client(self, service: str) -> Any:
        return self.clients[service]


def environment(repo: Path, tmp_path: Path, *edits: tuple[str, str]) -> Any:
    text = (repo / "live/dev/env.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "live" / "dev").mkdir(parents=True)
    (tmp_path / "live" / "dev" / "env.yaml").write_text(text, encoding="utf-8")
    return load_environment(tmp_path, "dev")


MYSQL = ("{source: s3, prefix: orders/, format: parquet}", "{source: mysql}")
ON = ("gluejob: {enabled: false,", "gluejob: {enabled: true,")


def test_a_table_and_a_job_that_env_yaml_does_not_have_are_refused(repo: Path, tmp_path: Path) -> None:
    found = environment(repo, tmp_path / "a", MYSQL)
    with pytest.raises(UsageError, match=r"does not load 'orders' from MySQL"):
        load.check(found, "orders")
    with pytest.raises(UsageError, match=r"There is no table 'customers' in live/dev/env\.yaml"):
        load.check(found, "customers")
    with pytest.raises(UsageError, match="not switched on"):
        load.check(found, "order_files")
    load.check(environment(repo, tmp_path / "b", MYSQL, ON), "order_files")


def test_a_run_is_started_for_the_table_and_followed_to_what_it_says(repo: Path, tmp_path: Path) -> None:
    found, glue = environment(repo, tmp_path), Glue("STARTING", "RUNNING", "SUCCEEDED")
    run = load.start(Aws(glue), found, "t", full=True)
    assert glue.started == [{"JobName": "gluejob", "Arguments": {"--table": "t", "--full": "true"}}]
    said: list[str] = []
    assert load.follow(Aws(glue), found, run, 60, said.append, pause=0) == DONE
    assert [line.partition(",")[0] for line in said] == ["gluejob starting", "gluejob running"]


def test_a_run_that_fails_gives_its_own_reason(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(DpctlError) as error:
        load.follow(Aws(Glue("FAILED")), environment(repo, tmp_path), "jr_1", 60, NOTED.append, pause=0)
    assert "as it was" in str(error.value)
    assert error.value.why == "BadValues: 2 rows of t do not fit"


def test_a_run_that_takes_too_long_goes_on_and_another_one_is_not_started(repo: Path, tmp_path: Path) -> None:
    found = environment(repo, tmp_path)
    with pytest.raises(DpctlError, match="it goes on"):
        load.follow(Aws(Glue("RUNNING")), found, "jr_1", -1, NOTED.append, pause=0)
    with pytest.raises(DpctlError, match="runs already"):
        load.start(Aws(Glue("RUNNING", busy=True)), found, "t", full=False)
