"""`make guide`: the tour as `make demo` takes it, in a fresh copy: every stop, on one page, and its times."""

from __future__ import annotations

import re
import sys

import pytest

from dpctl.cli.tour import STOPS
from tests.conftest import require_providers
from tests.integration.conftest import copy_tree

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]
PAGE_LINES = 60
PATIENCE_SECONDS = 1800


def test_the_tour_fits_on_a_page(repo, tmp_path):
    require_providers()
    made = copy_tree(repo, tmp_path)
    try:
        done = made.dpctl("demo", "--yes", timeout=PATIENCE_SECONDS)
    finally:
        made.dpctl("sandbox", "stop", "--env", "dev", timeout=120)
    said = (done.stderr + done.stdout).replace(f" --root {tmp_path}", "").splitlines()
    assert done.code == 0, done.stderr
    assert len(said) <= PAGE_LINES, "\n".join(said)
    heads = [line for line in said if re.match(r"\d/\d ", line)]
    assert [line.partition("  $ ")[2] for line in heads] == [stop.command for stop in STOPS]
    assert any(re.search(r"in Redshift: .*Ada.*Barbara", line) for line in said)
    assert any("5 rows in" in line for line in said)
    times = next(line for line in said if line.startswith("The tour took "))
    assert (tmp_path / ".dpctl" / "status.html").is_file()
    sys.stderr.write(f"{times}\n")
