"""Where the answer goes: letter for letter to programs, visible to people, and an error where nowhere."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from dpctl.errors import DpctlError
from dpctl.terminal import Terminal

TEXT = "a\r\n\x1b[31mü\u202e\n"


class Stream(io.TextIOWrapper):
    """A stream of a program or of a terminal, in the encoding of a locale."""

    def __init__(self, encoding: str, person: bool) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")
        self.person = person

    def isatty(self) -> bool:
        return self.person

    def written(self) -> bytes:
        self.flush()
        return self.buffer.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "iso8859-1"])
def test_a_program_gets_every_letter_in_utf8(monkeypatch, encoding):
    monkeypatch.setattr(sys, "stdout", Stream(encoding, False))
    Terminal().exact(TEXT)
    assert sys.stdout.written() == TEXT.encode()


@pytest.mark.parametrize(("encoding", "letter"), [("utf-8", "ü".encode()), ("ascii", b"\\xfc")])
@pytest.mark.parametrize("way", ["exact", "data"])
def test_a_person_gets_what_the_terminal_can_show(monkeypatch, encoding, letter, way):
    monkeypatch.setattr(sys, "stdout", Stream(encoding, True))
    getattr(Terminal(), way)(TEXT)
    assert sys.stdout.written() == b"a\\x0d\n\\x1b[31m" + letter + b"\\u202e\n"


def test_a_document_is_utf8_whatever_the_locale(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Stream("ascii", False))
    Terminal().json({"a": "ü\ud800"})
    assert sys.stdout.written().decode() == '{\n  "a": "ü\\ud800"\n}\n'


@pytest.mark.parametrize("way", ["exact", "data", "json"])
@pytest.mark.parametrize("where", ["full", "closed"])
def test_an_answer_that_can_not_be_written_is_an_error(monkeypatch, way, where):
    full = Path("/dev/full").open("w") if where == "full" else None  # noqa: SIM115
    monkeypatch.setattr(sys, "stdout", full)
    with pytest.raises(DpctlError, match="The answer could not be written"):
        getattr(Terminal(), way)("text")
    if full:
        full.close()  # what was left in it goes nowhere


@pytest.mark.parametrize("where", ["full", "closed"])
def test_what_is_said_in_passing_may_get_lost(monkeypatch, where):
    full = Path("/dev/full").open("w") if where == "full" else None  # noqa: SIM115
    monkeypatch.setattr(sys, "stderr", full)
    Terminal().info("text")
    Terminal().error(DpctlError("text"))
    assert Terminal().interactive is False
    if full:
        full.close()
