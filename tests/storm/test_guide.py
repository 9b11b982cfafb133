"""`make guide`: the commands of docs/guide.md, as printed, in a fresh copy, against the sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dpctl.sandbox import spark
from dpctl.sandbox.mysql import program
from tests.conftest import require_providers
from tests.integration.conftest import copy_tree

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]
BLOCK = re.compile(r"^```sh ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(repo: Path) -> list[tuple[str, int]]:
    """The lines to run, and the exit code that the page says they have.

    Those of MySQL are left out, with the reason, where there is no Spark or no server.
    """
    text = (repo / "docs/guide.md").read_text(encoding="utf-8")
    found = []
    for word, block in BLOCK.findall(text):
        if word == "mysql" and (spark.find() is None or program() is None):
            sys.stderr.write(
                f"left out: MySQL, without {'Spark' if program() else 'MariaDB'} on this machine\n"
            )
            continue
        code = int(word) if word.isdigit() else 0
        found += [(line, code) for line in block.splitlines()]
    return found


@pytest.fixture
def folder(repo, tmp_path):
    require_providers()
    made = copy_tree(repo, tmp_path)
    shutil.copytree(repo / "docs/examples", tmp_path / "docs/examples")
    yield made.root
    made.dpctl("sandbox", "stop", "--env", "dev", timeout=120)


def test_the_guide_works_as_printed(repo, folder):
    bin_folder = str(Path(sys.executable).parent)
    environ = os.environ | {"DPCTL_SANDBOX": "1", "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    lines = commands(repo)
    assert len(lines) > 15
    for line, code in lines:
        done = subprocess.run(
            line,
            shell=True,
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=1800,
        )
        sys.stderr.write(f"{done.returncode} {line}\n")
        assert done.returncode == code, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
