"""How long the command line takes to say something, against importing Typer alone."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator

from tests.bench import Figure, children

RUNS = 9
# A user's installation has compiled modules beside its own.
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
TYPER = [sys.executable, "-c", "import typer"]
HELP = [sys.executable, "-m", "dpctl", "--help"]
UNLOAD = [sys.executable, "-m", "dpctl", "unload", "--table", "orders", "--sql"]


def cpu(argv: list[str]) -> float:
    """The CPU seconds of one process."""
    before = children()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, env=COMPILED)
    return children() - before


def figures() -> Iterator[Figure]:
    """CPU time over that of ``import typer``: medians of runs taken in turns, after one that warms up."""
    taken: dict[str, list[float]] = {"typer": [], "help": [], "unload": []}
    for run in range(RUNS + 1):
        for name, argv in (("typer", TYPER), ("help", HELP), ("unload", UNLOAD)):
            seconds = cpu(argv)
            if run:
                taken[name].append(seconds)
    typer, help_, unload = (statistics.median(values) for values in taken.values())
    yield Figure("dpctl --help / python -c 'import typer'", help_ / typer, "at most 1.5")
    yield Figure("dpctl unload --table orders --sql / import typer", unload / typer, "at most 2.9")
