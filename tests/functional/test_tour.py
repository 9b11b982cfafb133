"""The tour's list of stops, and what it says of an adoption."""

from __future__ import annotations

from types import SimpleNamespace

from typer.testing import CliRunner

from dpctl.cli import app
from dpctl.cli.tour import SHOWN, STOPS, adoption_lines


def test_the_stops_are_listed_and_nothing_is_done():
    done = CliRunner().invoke(app, ["demo", "--steps"])
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 2 * len(STOPS)
    assert lines[2].startswith("2. Why does its Glue connection say FAILED?")
    assert lines[3] == "   $ dpctl --sandbox doctor glue-connection"


def test_an_adoption_is_told_in_ten_lines():
    titles = [f"kind {n}" for n in range(12) for _ in range(12 - n)]
    adopted = tuple(SimpleNamespace(title=title) for title in titles)
    planned = SimpleNamespace(adopted=adopted, count=SimpleNamespace(add=46, destroy=0))
    lines = list(adoption_lines([SimpleNamespace(planned=planned), SimpleNamespace(planned=None)]))
    assert lines[0] == f"{len(titles)} things exist already and are imported, as they are:"
    assert lines[1] == "  12 x kind 0"
    assert lines[-1] == "46 are created, 0 destroyed"
    assert len(lines) <= SHOWN + 1
    named = sum(int(line.split()[0]) for line in lines[1:-1] if " x " in line)
    rest = next(int(line.split()[1]) for line in lines if line.startswith("  and "))
    assert named + rest == len(titles)
