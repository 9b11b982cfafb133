"""The command line of the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.redshift.typed import Typed


@pytest.fixture
def dpctl(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    return Typed(repo, monkeypatch)
