"""Commands in this process, against a tree of the test's own; AWS is moto, in this process too."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tests.deploy_tree import make_tree
from tests.fake_terraform import FakeTerraform


@pytest.fixture
def aws():
    """moto instead of AWS; the account is 123456789012."""
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        yield


@pytest.fixture
def tree(repo, tmp_path):
    """A live tree in which static is needed by a and b."""
    made = make_tree(tmp_path / "repo", (repo / "live/dev/env.yaml").read_text(encoding="utf-8"))
    made.unit("static")
    made.unit("a", ["static"])
    made.unit("b", ["static"])
    return made


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A terraform that follows a script."""
    folder = tmp_path / "fake"
    folder.mkdir()
    made = FakeTerraform(folder)
    monkeypatch.setenv("DPCTL_TERRAFORM", str(made.program))
    monkeypatch.setenv("FAKE_TERRAFORM", str(folder))
    return made


class Ran:
    """How a command ended."""

    def __init__(self, result, root):
        # every hint carries the --root that the fixture gives; without it they read as in the documentation
        self.code, self.stdout = result.exit_code, result.stdout.replace(f" --root {root}", "")
        self.stderr = result.stderr.replace(f" --root {root}", "")
        self.exception = result.exception

    @property
    def json(self):
        return json.loads(self.stdout)

    @property
    def results(self):
        return {layer["layer"]: layer["result"] for layer in self.json["layers"]}


@pytest.fixture
def dpctl(tree, aws):
    """Run a command on the tree."""

    def run(*words: str) -> Ran:
        from dpctl.cli import app

        return Ran(CliRunner().invoke(app, ["--root", str(tree.root), *words]), tree.root)

    return run
