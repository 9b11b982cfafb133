"""`make guide`: the commands of the README and docs/guide.md, as printed, in a fresh copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from dpctl.sandbox import spark
from dpctl.sandbox.mysql import program
from tests.conftest import require_providers
from tests.integration.conftest import copy_tree
from tests.person import typed

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]
BLOCK = re.compile(r"^```sh ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ENOUGH = {"README.md": 8, "docs/guide.md": 16}  # commands
THERE = {"README.md": {}, "docs/guide.md": {"DPCTL_SANDBOX": "1"}}  # the guide says that it is set


def commands(page: Path) -> list[tuple[str, int]]:
    """The lines to run, and the exit code that the page says they have.

    Those of MySQL are left out, with the reason, where there is no Spark or no server.
    """
    text = page.read_text(encoding="utf-8")
    found = []
    for word, block in BLOCK.findall(text):
        if word == "mysql" and (spark.find() is None or program() is None):
            missing = "Spark" if program() else "MariaDB"
            sys.stderr.write(f"left out: MySQL, without {missing} on this machine\n")
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


@pytest.mark.parametrize("page", ENOUGH)
def test_a_page_works_as_printed(repo, folder, page):
    bin_folder = str(Path(sys.executable).parent)
    environ = os.environ | THERE[page] | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    environ.pop("CI", None)  # nobody is asked there
    lines = commands(repo / page)
    assert len(lines) >= ENOUGH[page]
    for line, code in lines:
        found, said = typed(line, folder, environ)
        sys.stderr.write(f"{found} {line}\n")
        assert found == code, f"{line}\n{said[-6000:]}"
