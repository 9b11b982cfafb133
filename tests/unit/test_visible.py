"""What others chose to call their things reaches a terminal and a drawing harmlessly."""

import io
import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from dpctl.errors import DpctlError, Problem
from dpctl.flows import page
from dpctl.flows.status import Hop, Status
from dpctl.terminal import Terminal
from dpctl.visible import markup, visible, visible_json

HARMFUL = [*map(chr, [*range(9), *range(11, 32), *range(127, 160)]), *"\u202e\u2066\u2069\u200f\u061c\u2028"]
UNSEEN = [*"\u00ad\u115f\u180e\u200b\u2060\u2064\u206f\u3164\uffa0\ufeff\ufff9\U000e0001\U000e0041\U000e007f"]
HARMFUL += [*UNSEEN, "\ud800", "\udfff"]
EVIL = "a\x1b]0;owned\x07b\x9b31mc\u202edne\u200b\U000e0041\ud800"


@pytest.mark.parametrize("letter", HARMFUL)
def test_each_of_them_is_written_out(letter):
    assert letter not in visible(f"a{letter}b")
    assert letter not in markup(f"a{letter}b")
    assert visible(f"a{letter}b").startswith("a\\")


@given(st.text() | st.text(st.sampled_from(HARMFUL)))
def test_json_keeps_its_meaning(text):
    document = json.dumps({"name": text}, ensure_ascii=False)
    assert json.loads(visible_json(document)) == {"name": text}
    assert not set(visible_json(document)) & set(HARMFUL)


@pytest.mark.parametrize(
    "text", ["ü 漢字 🙂\n\tx", "e\u0301", "क्\u200dष", "می\u200cخواهم", "👩\u200d💻\ufe0f"]
)
def test_other_letters_and_lines_stay(text):
    assert visible(text) == text
    assert json.loads(visible_json(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_a_letter_that_the_terminal_has_not_is_written_out(monkeypatch, encoding):
    """A name in Hindi ends no command where the locale is C."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    name = f"ü漢🙂{EVIL}"
    terminal = Terminal()
    terminal.info(name)
    terminal.data(name)
    told = raw.getvalue().decode(encoding)
    assert ("🙂" if encoding == "utf-8" else "\\U0001f642") in told
    raw.truncate(0)
    raw.seek(0)
    terminal.json({name: name})
    assert json.loads(raw.getvalue()) == {name: name}  # for programs, in UTF-8


def shown(capsys):
    out, err = capsys.readouterr()
    return out + err


def say(terminal):
    table = Table("name", title=EVIL)
    table.add_row(EVIL)
    error = DpctlError(EVIL, why=EVIL, hint=EVIL, file=EVIL)
    return {
        "data": lambda: terminal.data(EVIL),
        "json": lambda: terminal.json({EVIL: EVIL}),
        "info": lambda: terminal.info(EVIL),
        "warning": lambda: terminal.warning(EVIL),
        "success": lambda: terminal.success(EVIL),
        "error": lambda: terminal.error(error),
        "problems": lambda: terminal.problems([Problem("code", EVIL, EVIL, 1, EVIL, EVIL)]),
        "table": lambda: terminal.render(table),
        "confirm": lambda: terminal.confirm(EVIL, yes=True),
    }


@pytest.mark.parametrize("way", list(say(Terminal())))
@pytest.mark.parametrize("color", [False, True])
def test_no_way_out_of_the_terminal_carries_them(capsys, way, color):
    say(Terminal(color=color))[way]()
    text = shown(capsys)
    assert "\x1b]" not in text
    assert not set(text) & (set(HARMFUL) - {"\x1b"} if color else set(HARMFUL))


def test_markup_is_made_in_one_place(repo):
    """Python's own escape lets control characters through to a page."""
    own = re.compile(r"^\s*(from html import|import html\b)|\bhtml\.escape\(", re.MULTILINE)
    files = (repo / "dpctl").rglob("*.py")
    found = {file.name for file in files if own.search(file.read_text(encoding="utf-8"))}
    assert found == {"visible.py"}


def test_the_page_of_status_carries_none_of_them():
    made = Status("dev", EVIL, True, EVIL)
    made.chain = [Hop("keys", "stuck", EVIL, backlog=1)]
    made.dead_letters = {"count": 1, "reasons": {EVIL: 1}, "shown": 1}
    made.next, made.lacking = EVIL, [EVIL]
    text = page.page(made)
    assert not set(text) & set(HARMFUL)
    assert "\\x1b]0;owned" in text
