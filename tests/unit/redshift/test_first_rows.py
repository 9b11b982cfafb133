"""What the first bytes of a file tell."""

from __future__ import annotations

import pytest

from dpctl.redshift.files import fields_of, first_fields

# What Python takes for the end of a line, and Redshift does not.
ODD = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_only_a_newline_ends_a_row(odd: str) -> None:
    assert fields_of(f"a{odd}b,2\nc,3\n".encode(), {"format": "csv"}) == [f"a{odd}b", "2"]
    assert fields_of(f'"a{odd}\nb",2\n'.encode(), {"format": "csv"}) == [f"a{odd}\nb", "2"]


def test_a_row_that_is_cut_or_odd_tells_nothing() -> None:
    assert fields_of(b"a,2", {"format": "csv"}) is None
    assert fields_of(b"a\rb,2\n", {"format": "csv"}) is None
    assert fields_of(b"a|2\n", {"format": "text", "fixed_width": "0:1,1:1"}) is None
    assert fields_of(b"a|2\n", {"format": "text", "remove_quotes": True}) is None
    assert fields_of(b"\na|2\n", {"format": "text"}) == [""]
    assert fields_of(b"a\\\n", {"format": "text", "escape": True}) is None


@pytest.mark.parametrize(
    ("head", "more", "fields"),
    [
        (b"a|2\nb|3\n", {}, ["a", "2"]),
        (b"a|2\r\nb|3\r\n", {}, ["a", "2"]),
        (b"a|\n", {}, ["a", ""]),
        (b"a;b|2\n", {"delimiter": ";"}, ["a", "b|2"]),
        (b"a~~2\n", {"delimiter": "~~"}, ["a", "2"]),
        (rb"a\|b|2" + b"\n", {"escape": True}, ["a|b", "2"]),
        (rb"a\|b|2" + b"\n", {}, ["a\\", "b", "2"]),
        (b"a\\\nb|2\nc|3\n", {"escape": True}, ["a\nb", "2"]),
        (rb"a\\|2" + b"\n", {"escape": True}, ["a\\", "2"]),
    ],
)
def test_the_first_row_of_text(head, more, fields):
    assert fields_of(head, {"format": "text"} | more) == fields


@pytest.mark.parametrize(
    ("line", "how", "fields"),
    [
        (b'"a|b"|"c"', {"quotes": True}, ["a|b", "c"]),
        (b"'a'|b", {"quotes": True}, ["a", "b"]),
        (b'"a"b"|c', {"quotes": True}, ['a"b', "c"]),
        (b'"a|b"|c', {}, ['"a', 'b"', "c"]),
        (rb"a\|b|c", {"escape": True}, ["a|b", "c"]),
        (b"", {}, []),
    ],
)
def test_a_header_of_text_is_read_as_copy_reads_it(line, how, fields):
    assert first_fields(line + b"\n1|2\n", "text", "|", **how) == fields
