"""The sandbox with real Terraform: one copy of the live tree per environment, applied once and shared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dpctl import sandbox
from dpctl.aws import Aws
from dpctl.config import Environment, load_environment
from tests.conftest import require_providers

TREE = ("terragrunt.hcl", "live", "modules", "runtime")


@dataclass(frozen=True)
class Result:
    """How one command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self):
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Workspace:
    """A copy of the repository's tree, and commands run in it as a user types them, with ``environ`` set."""

    root: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def environment(self, name: str) -> Environment:
        return load_environment(self.root, name)

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "dpctl", "--root", str(self.root), *words]

    def dpctl(self, *words: str, timeout: float = 900, **environ: str) -> Result:
        done = subprocess.run(
            self.argv(*words),
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **self.environ, **environ},
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def edit(self, name: str, *edits: tuple[str, str]) -> None:
        """Replace text in an environment's env.yaml."""
        path = self.root / "live" / name / "env.yaml"
        text = path.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Story:
    """An environment in its sandbox: the workspace, the way in, and how each `apply` so far ended."""

    workspace: Workspace
    aws: Aws
    runs: list[Result]


def copy_tree(repo: Path, target: Path) -> Workspace:
    """A workspace with its own copy of the live tree."""
    for name in TREE:
        source = repo / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(".terraform", "__pycache__"))
        else:
            shutil.copy(source, target / name)
    return Workspace(target)


@pytest.fixture(scope="session")
def terraform():
    """Skip where the AWS provider can be had neither from a mirror nor from the internet."""
    require_providers()


@pytest.fixture
def workspace(repo, tmp_path):
    """A workspace of the test's own; its sandboxes are stopped at the end."""
    made = copy_tree(repo, tmp_path)
    yield made
    stop_all(made)


def stop_all(made: Workspace) -> None:
    """Stop the sandboxes of a workspace, whatever state its files are in."""
    for name in ("dev", "prod"):
        made.dpctl("sandbox", "stop", "--env", name, timeout=60)


def faults(environment: Environment, *rules: dict) -> None:
    """Tell a running sandbox which calls to refuse; none: all are answered again."""
    running = sandbox.status(environment)
    assert running is not None
    sandbox.ask(running, "faults", list(rules), timeout=10)


def denied(service: str, operation: str) -> dict:
    """A fault: the operation is refused as AWS refuses without permission."""
    return {
        "service": service,
        "operation": operation,
        "code": "AccessDeniedException",
        "status": 400,
        "message": "not for you",
    }


@pytest.fixture(scope="session")
def dev_story(repo, tmp_path_factory, terraform):
    """All four layers of dev on the replica, in three runs: two meet a refused call, the third finishes."""
    made = copy_tree(repo, tmp_path_factory.mktemp("dev"))
    environment = made.environment("dev")
    try:
        assert made.dpctl("sandbox", "start", "--env", "dev").code == 0
        runs = []
        for refused in (
            [denied("dynamodb", "UpdateContinuousBackups")],
            [denied("redshift", "CreateIntegration")],
            [],
        ):
            faults(environment, *refused)
            runs.append(made.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json"))
        running = sandbox.status(environment)
        assert running is not None
        yield Story(made, Aws(environment.config.region, running.environment()), runs)
    finally:
        stop_all(made)


@pytest.fixture(scope="session")
def dev_applied(dev_story):
    """dev, with all four layers applied."""
    assert dev_story.runs[-1].code == 0, dev_story.runs[-1].stderr[-8000:]
    return dev_story
