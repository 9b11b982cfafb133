"""Write docs/captures.md: what a person sees of an apply, on terminals of three widths, and without one.

Each scene is a real run of dpctl, in a pseudo-terminal that a terminal emulator reads; Terraform and AWS are
the tests' stand-ins, and the clock stands still.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from tests.deploy_tree import Tree, make_tree
from tests.fake_terraform import FakeTerraform

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "captures.md"
LINES = 60
PATIENCE_SECONDS = 120.0
# a line of the live view that shows all that is waited for, or as much as fits
LIVE = re.compile(r"^dev/static  applying .* · .*aws_s3_bucket_lifecycle")
# dpctl with moto for AWS, and with a clock that stands still
DPCTL = """
import time
runs, time.monotonic = time.monotonic, lambda: 0.0
import dpctl.deploy.progress
time.monotonic = runs
import dpctl.amounts
dpctl.amounts.duration = lambda _seconds: "4.2s"
from moto import mock_aws
mock_aws().start()
from dpctl.__main__ import main
main()
"""
STATIC = {
    "plan": {
        "changes": [
            ["module.networking.aws_vpc.this", "create"],
            ["module.databases.aws_db_instance.mysql", "create"],
            ["module.storage.aws_s3_bucket_lifecycle_configuration.this", "create"],
            ["module.databases.aws_dynamodb_table.orders", "update"],
        ]
    },
    "apply": {
        "begins": [
            "module.databases.aws_db_instance.mysql",
            "module.storage.aws_s3_bucket_lifecycle_configuration.this",
        ],
        "seconds": 4,
    },
}
SCENES = (
    ("A terminal of 80 columns", {"columns": 80}),
    ("A terminal of 120 columns", {"columns": 120}),
    ("A terminal of 200 columns", {"columns": 200}),
    ("A terminal with NO_COLOR", {"columns": 120, "NO_COLOR": "1"}),
    ("CI: nobody is asked, and nothing is painted over", {"columns": 120, "CI": "true"}),
    ("Piped", {"columns": 0}),
)
COLORS = {"green": "green", "brown": "yellow", "red": "red", "default": ""}  # pyte calls yellow brown


@dataclass
class Capture:
    """What one run showed: a frame of the live view, and the lines it left, each with its colour."""

    frame: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


def page() -> str:
    """The whole page."""
    parts = [
        "# What a run looks like",
        "",
        "Written by `python -m tests.write_captures`, and compared by a test: an apply of two layers, with",
        "the tests' stand-ins for Terraform and AWS. Where a line has a colour, it is named in front of it.",
        "",
    ]
    for title, scene in SCENES:
        capture = _run(**scene)
        parts += [f"## {title}", ""]
        if capture.frame:
            parts += [
                "While it runs, the last line is painted over:",
                "",
                "```text",
                *capture.frame,
                "```",
                "",
            ]
            parts += ["What stays:", ""]
        parts += ["```text", *(_line(*pair) for pair in capture.left), "```", ""]
    return "\n".join(parts)


def _line(text: str, color: str) -> str:
    return f"{color:>6} | {text}".rstrip()


def _run(columns: int, **environ: str) -> Capture:
    with tempfile.TemporaryDirectory() as folder:
        tree = _tree(Path(folder))
        fake = FakeTerraform(Path(folder))
        fake.script(static=STATIC)
        names = {"PATH", "HOME", "LANG", "TMPDIR"}
        kept = {name: value for name, value in os.environ.items() if name in names}
        environ = {
            **kept,
            **environ,
            "PYTHONPATH": str(REPOSITORY),
            "DPCTL_TERRAFORM": str(fake.program),
            "FAKE_TERRAFORM": folder,
            "TERM": "xterm",
        }
        argv = [sys.executable, "-c", DPCTL, "apply", "--env", "dev", "--yes"]
        if columns:
            return _watched(argv, tree, environ, columns)
        done = subprocess.run(
            argv, cwd=tree.root, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        lines = [f"2> {line}" for line in done.stderr.decode().splitlines()]
        lines += [f"1> {line}" for line in done.stdout.decode().splitlines()]
        return Capture(left=[(line, "") for line in lines])


def _tree(folder: Path) -> Tree:
    tree = make_tree(folder / "repository", (REPOSITORY / "live/dev/env.yaml").read_text(encoding="utf-8"))
    tree.unit("static")
    tree.unit("redshift-s3", ["static"])
    return tree


def _watched(argv: list[str], tree: Tree, environ: dict[str, str], columns: int) -> Capture:
    screen = pyte.Screen(columns, LINES)
    stream = pyte.ByteStream(screen)
    capture = Capture()
    for data in _output(argv, tree, environ, columns):
        stream.feed(data)
        shown = [line.rstrip() for line in screen.display if LIVE.match(line)]
        if not capture.frame:
            capture.frame = shown
    if "CI" in environ:
        capture.frame = []
    rows = [(line.rstrip(), screen.buffer[number]) for number, line in enumerate(screen.display)]
    while rows and not rows[-1][0]:
        rows.pop()
    for text, cells in rows:
        first = next((cells[column] for column in range(len(text)) if text[column] != " "), None)
        color = COLORS.get(first.fg, first.fg) if first and text else ""
        capture.left.append((text, color))
    return capture


def _output(argv: list[str], tree: Tree, environ: dict[str, str], columns: int) -> Iterator[bytes]:
    """What a program writes to a terminal of its own, until it ends."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    process = subprocess.Popen(argv, cwd=tree.root, env=environ, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while select.select([master], [], [], max(deadline - time.monotonic(), 0))[0]:
            try:
                data = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            yield data
        code = process.wait(timeout=PATIENCE_SECONDS)
        assert code == 0, f"{json.dumps(argv[3:])} ended with {code}"
    finally:
        process.kill()
        os.close(master)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
