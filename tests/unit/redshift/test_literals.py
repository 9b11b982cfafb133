"""Quoting, as a table: what is written for a text, and which texts none is written for."""

from __future__ import annotations

import pytest

from dpctl.errors import UsageError
from dpctl.redshift.quoting import IDENTIFIER_BYTES, identifier, identifiers, literal, qualified


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "''"),
        ("a", "'a'"),
        ("it's", "'it''s'"),
        ("\\", r"'\\'"),
        ("\\'", r"'\\'''"),
        ("'\\", r"'''\\'"),
        ("a\nb", "'a\nb'"),
        ('"', "'\"'"),
        ("$$", "'$$'"),
        ("\u00e9\U0001f98a", "'\u00e9\U0001f98a'"),
    ],
)
def test_literals(text: str, written: str) -> None:
    assert literal(text) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [("a", '"a"'), ('a"b', '"a""b"'), ("A b", '"A b"'), ("a'b", '"a\'b"'), ("a\\b", '"a\\b"')],
)
def test_identifiers(name: str, written: str) -> None:
    assert identifier(name) == written


def test_names_together() -> None:
    assert qualified("S", 't"') == '"S"."t"""'
    assert identifiers(("a",)) == '"a"'
    assert identifiers(("a", "b,c")) == '"a", "b,c"'


def test_the_longest_name_is_counted_in_bytes() -> None:
    assert IDENTIFIER_BYTES == 127
    assert identifier("x" * 127) == '"' + "x" * 127 + '"'
    assert identifier("é" * 63 + "x")
    for name, size in (("x" * 128, 128), ("é" * 64, 128), ("", 0)):
        with pytest.raises(UsageError) as caught:
            identifier(name)
        assert caught.value.what == f"{name[:40]!r} is not a name Redshift can have."
        assert caught.value.why == f"A name has 1 to 127 bytes; this one has {size}."


@pytest.mark.parametrize(("make", "what"), [(literal, "a value"), (identifier, "a name")])
@pytest.mark.parametrize(("text", "why"), [("a\0b", "NUL"), ("\0", "NUL"), ("x" * 50 + "\ud800", "surrog")])
def test_what_cannot_be_stored(make, what: str, text: str, why: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError) as caught:
        make(text)
    assert f"{text[:40]!r} can't be {what}" in caught.value.what
    assert why in caught.value.why + caught.value.what
