"""The only module that prints. Data goes to stdout; everything said about it goes to stderr.

Rich's markup is off: it would eat ``[brackets]``, and wraps piped lines at 80 columns, which splits ARNs.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

from dpctl import SCHEMA_VERSION
from dpctl.errors import ConfigError, Declined, DpctlError, Problem, UsageError
from dpctl.visible import visible, visible_json

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


HEARTBEAT_SECONDS = 30.0  # nothing that goes on is silent for longer
_CODES = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "alarm": "1;31"}


class Terminal:
    """Output of one command. ``verbosity`` counts ``-v``; ``color`` None means: ask the environment.

    ``retell`` gives commands in texts what this run was given, and ``hint`` makes one of a hint that names an
    option only. ``protected`` is the name of an environment whose changes want it typed; empty for all
    others.
    """

    def __init__(self, *, verbosity: int = 0, color: bool | None = None) -> None:
        self.verbosity = verbosity
        self.color = color
        self.retell: Callable[[str], str] = str
        self.hint: Callable[[str], str] = str
        self.protected = ""
        self._documented = False
        self._consoles: dict[bool, Console] = {}

    @property
    def interactive(self) -> bool:
        """Whether a person is there to be asked, and to watch."""
        watched = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
        return watched and not os.environ.get("CI")

    def data(self, text: str, style: Callable[[str], str] | None = None) -> None:
        """Print the answer; of its characters only those that would command the terminal are written out.

        ``style`` names the colour of a line, or "", where there are colours.
        """
        text = visible(text)
        if style is not None and self._colored(sys.stdout):
            text = "\n".join(_painted(line, style(line)) for line in text.split("\n"))
        _write(sys.stdout, text if text.endswith("\n") else text + "\n")

    def report(self, text: str, style: Callable[[str], str] | None = None) -> None:
        """Print words on what was found or done, each ``dpctl ...`` in them with what this run was given."""
        self.data(self.retell(text), style)

    def exact(self, text: str) -> None:
        """Print what a program reads, letter for letter and in UTF-8; a terminal gets it as ``data``."""
        if sys.stdout is None or sys.stdout.isatty():
            self.data(text)
        else:
            _write(sys.stdout, text, "utf-8")

    def json(self, document: Any) -> None:
        """Print one JSON document."""
        self._documented = True
        error = document.get("error") if isinstance(document, dict) else None
        if isinstance(error, dict) and error.get("hint"):
            document = document | {"error": error | {"hint": self.hint(error["hint"])}}
        self.exact(visible_json(json.dumps(document, indent=2, ensure_ascii=False, default=str)) + "\n")

    def error_document(self, error: DpctlError) -> None:
        """The document of a command that could not begin; none where it has printed its own."""
        if not self._documented:
            self.json({"schema_version": SCHEMA_VERSION, "ok": False, "error": error.as_dict()})

    def header(self, text: str, *, alarm: bool) -> None:
        """The line that says where this run goes; red where that wants care."""
        self._say(text, "alarm" if alarm else "dim")

    def info(self, text: str) -> None:
        """Say something in passing."""
        self._say(text)

    def detail(self, text: str) -> None:
        """Say one of many things of a kind; who tells them together says nothing here."""
        self.info(text)

    def success(self, text: str) -> None:
        """Say that something went well."""
        self._say(text, "green")

    def warning(self, text: str) -> None:
        """Say that something may go wrong."""
        self._say(f"Warning: {text}", "yellow")

    def debug(self, text: str) -> None:
        """Say something only with ``-v``."""
        if self.verbosity:
            self._say(text, "dim")

    def error(self, error: DpctlError) -> None:
        """Print an error: what and where, why, and what to type next."""
        if isinstance(error, ConfigError) and len(error.problems) > 1:
            self.problems(error.problems)
            self._say(f"Error: {error.what}", "red")
            return
        self._say(f"Error: {error.what}" + (f" ({error.where})" if error.where else ""), "red")
        for line in error.why.splitlines():
            self._say(f"  {line}")
        if error.hint:
            self._say(f"Try: {self.hint(error.hint)}")

    def problems(self, problems: Sequence[Problem]) -> None:
        """List problems, one paragraph each, in the order of the files."""
        for problem in sorted(problems, key=lambda p: (p.file, p.line, p.key, p.code)):
            style = "red" if problem.severity == "error" else "yellow"
            key = f" {problem.key}:" if problem.key else ""
            self._say(f"{problem.where}: {problem.severity}:{key} {problem.message} [{problem.code}]", style)
            if problem.hint:
                self._say(f"  Try: {problem.hint}")

    def confirm(self, question: str, *, yes: bool, as_json: bool = False, word: str = "") -> None:
        """Ask before something changes. Raises Declined, or UsageError where nobody can answer.

        ``word`` is what has to be typed where a mere yes is too easy.
        """
        word = word or self.protected
        if yes:
            return
        if as_json or not self.interactive:
            what = "With --json nothing is asked" if as_json else "stdin is not a terminal"
            raise UsageError(
                f"{what}; pass --yes.",
                why="The command changes things, and asks before it does.",
                hint="--yes",
            )
        question = visible(question)
        _write(sys.stderr, f"{question} Type {word} to go on: " if word else f"{question} [y/N] ")
        answer = sys.stdin.readline().strip()
        if (answer != word) if word else (answer.lower() not in {"y", "yes"}):
            raise Declined("Nothing was changed.", why="The question was answered with no.")

    def render(self, renderable: RenderableType) -> None:
        """Print a rich table or tree to stdout."""
        self.console(stderr=False).print(renderable)

    @contextmanager
    def status(self, text: str) -> Iterator[None]:
        """Show that something goes on: a spinner that counts for a person, a line each half minute else."""
        if self.interactive:
            from rich import progress

            columns = (
                progress.SpinnerColumn(),
                progress.TextColumn("{task.description}", markup=False),
                progress.TimeElapsedColumn(),
            )
            with progress.Progress(*columns, console=self.console(stderr=True), transient=True) as shown:
                shown.add_task(visible(text), total=None)
                yield
            return
        self.info(text)
        ended, began = threading.Event(), time.monotonic()

        def beat() -> None:
            while not ended.wait(HEARTBEAT_SECONDS):
                self.info(f"{text}: {time.monotonic() - began:.0f}s")

        threading.Thread(target=beat, daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    @contextmanager
    def live(self) -> Iterator[Callable[[str], None]]:
        """A few lines at the bottom of stderr that are painted over; yields what paints them.

        What is printed meanwhile appears above. Only for ``interactive`` terminals.
        """
        from rich.live import Live
        from rich.text import Text

        with Live(console=self.console(stderr=True), transient=True, refresh_per_second=8) as live:
            yield lambda text: live.update(Text(text, no_wrap=True, overflow="ellipsis"))

    def console(self, *, stderr: bool) -> Console:
        """The rich console behind one of the two streams."""
        if stderr not in self._consoles:
            self._consoles[stderr] = _console()(
                stderr=stderr,
                markup=False,
                emoji=False,
                highlight=False,
                soft_wrap=True,
                no_color=not self._colored(sys.stderr if stderr else sys.stdout),
                force_terminal=True if self.color else None,
            )
        return self._consoles[stderr]

    def _colored(self, stream: Any) -> bool:
        if self.color is not None:
            return self.color
        if os.environ.get("NO_COLOR"):
            return False
        return bool(os.environ.get("FORCE_COLOR")) or (stream is not None and stream.isatty())

    def _say(self, text: str, style: str = "") -> None:
        text = visible(self.retell(text))
        _write(sys.stderr, (_painted(text, style) if self._colored(sys.stderr) else text) + "\n")


def _painted(text: str, style: str) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style and text else text


@cache
def _console() -> type[Console]:
    """Rich's console, which writes out what would command the terminal in the texts it is given."""
    from rich.console import Console
    from rich.segment import Segment

    class Visible(Console):
        def render(self, *args: Any, **kwargs: Any) -> Any:
            """Every piece of text of a renderable, made visible; colours are added afterwards."""
            for segment in super().render(*args, **kwargs):
                plain = segment.control is None
                yield Segment(visible(segment.text), segment.style) if plain else segment

    return Visible


def _write(stream: TextIO | None, text: str, encoding: str = "") -> None:
    """Write, and mind no reader who has gone (``dpctl ... | head``): what is under way goes on.

    ``encoding`` is what programs expect, whatever the locale says; for people a letter that the locale has
    not is written out. What is said on stderr gets lost where that is closed or full; of the answer on
    stdout DpctlError tells.
    """
    if stream is None:
        if sys.stdout is None and sys.stderr is not None:
            raise DpctlError("The answer could not be written: stdout is closed.")
        return
    try:
        if encoding and hasattr(stream, "buffer"):
            stream.flush()
            stream.buffer.write(text.encode(encoding, "backslashreplace"))
        else:
            known = getattr(stream, "encoding", None) or "utf-8"
            stream.write(text.encode(known, "backslashreplace").decode(known))
        stream.flush()
    except BrokenPipeError:
        _to_nowhere(stream)
    except OSError as error:
        _to_nowhere(stream)  # what is left of it can't be written at the end either
        if stream is sys.stdout:
            raise DpctlError(f"The answer could not be written to stdout: {error.strerror}.") from error


def unread() -> bool:
    """Whether the reader of stdout has gone; what is still written there then goes nowhere."""
    try:
        waiting = select.poll()
        waiting.register(sys.stdout.fileno(), 0)
        gone = any(event & select.POLLERR for _, event in waiting.poll(0))
    except (OSError, ValueError):  # no file, or a closed one
        return False
    if gone:
        _to_nowhere(sys.stdout)
    return gone


def _to_nowhere(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
