"""The environment whose tables, jobs and statements are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpctl.config import Environment, load_environment


@pytest.fixture(scope="session")
def dev(repo: Path) -> Environment:
    return load_environment(repo, "dev")
