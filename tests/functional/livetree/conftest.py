"""A live tree that tests write into."""

from __future__ import annotations

import pytest

from tests.livetree_builder import tree


@pytest.fixture
def made(tmp_path):
    """A repository with the layers a and b (b takes a.id)."""
    return tree(tmp_path / "repo", a={}, b={"needs": ["a"]})
