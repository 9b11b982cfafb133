"""How long the command line takes to say something, against importing Typer alone."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.bench import Figure

RUNS = 9


def seconds(argv: list[str]) -> float:
    """The wall time of one process."""
    began = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def figures() -> Iterator[Figure]:
    """``dpctl --help`` over ``import typer``: medians of runs taken in turns."""
    help_, typer = [], []
    for _ in range(RUNS):
        help_.append(seconds([sys.executable, "-m", "dpctl", "--help"]))
        typer.append(seconds([sys.executable, "-c", "import typer"]))
    ratio = statistics.median(help_) / statistics.median(typer)
    yield Figure("dpctl --help / python -c 'import typer'", ratio, "at most 2")
