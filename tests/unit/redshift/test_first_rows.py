"""What the first bytes of a file tell."""

from __future__ import annotations

import pytest

from dpctl.redshift.files import fields_of

# What Python takes for the end of a line, and Redshift does not.
ODD = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_only_a_newline_ends_a_row(odd: str) -> None:
    assert fields_of(f"a{odd}b,2\nc,3\n".encode(), {"format": "csv"}) == [f"a{odd}b", "2"]
    assert fields_of(f'"a{odd}\nb",2\n'.encode(), {"format": "csv"}) == [f"a{odd}\nb", "2"]


def test_a_row_that_is_cut_or_odd_tells_nothing() -> None:
    assert fields_of(b"a,2", {"format": "csv"}) is None
    assert fields_of(b"a\rb,2\n", {"format": "csv"}) is None
    assert fields_of(b"a|2\n", {"format": "text"}) is None
