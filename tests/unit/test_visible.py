"""What others chose to call their things reaches a terminal and a drawing harmlessly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from dpctl.errors import DpctlError, Problem
from dpctl.terminal import Terminal
from dpctl.visible import markup, visible, visible_json

HARMFUL = [*map(chr, [*range(9), *range(11, 32), *range(127, 160)]), *"\u202e\u2066\u2069\u200f\u061c\u2028"]
EVIL = "a\x1b]0;owned\x07b\x9b31mc\u202edne"


@pytest.mark.parametrize("letter", HARMFUL)
def test_each_of_them_is_written_out(letter):
    assert letter not in visible(f"a{letter}b")
    assert letter not in markup(f"a{letter}b")
    assert visible(f"a{letter}b").startswith("a\\")


@given(st.text())
def test_json_keeps_its_meaning(text):
    document = json.dumps({"name": text}, ensure_ascii=False)
    assert json.loads(visible_json(document)) == {"name": text}
    assert not set(visible_json(document)) & set(HARMFUL)


def test_other_letters_and_lines_stay():
    assert visible("ü 漢字 🙂\n\tx") == "ü 漢字 🙂\n\tx"


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
