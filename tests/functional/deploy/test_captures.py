"""docs/captures.md is what a run looks like today."""

from __future__ import annotations

from tests.write_captures import PAGE, page


def test_the_captures_are_fresh():
    assert page() == PAGE.read_text(encoding="utf-8"), "run: python -m tests.write_captures"
