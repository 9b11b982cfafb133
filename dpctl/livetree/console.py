"""Terraform's own console, asked for what dpctl does not evaluate itself: then its meaning is Terraform's.

While a run is being read (:func:`collecting`) questions are only noted, and what depends on them is unknown;
then one process answers all of them, and the reading is done again. Answers are kept for the next run
(:mod:`dpctl.usercache`).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from dpctl import usercache
from dpctl.errors import ConfigError
from dpctl.livetree import numbers
from dpctl.livetree.values import LATER, Mismatch, TooMuch, Unknown

T = TypeVar("T")
MAX_LINE = 60_000  # the console reads lines of at most 64 KiB
TIMEOUT = 120.0
CPU_SECONDS = 10  # a thousand questions take one
MEMORY = 1024**3  # bytes that it may write to; its start takes a tenth of them
ROUNDS = 50  # calls inside calls inside calls; each round answers one level
FILE = "console-2.json"  # another number where answers mean something else
UNKNOWN = LATER.text  # for a value that Terraform does not know; no JSON
ENDLESS = "(more time or memory than it is given)"  # no JSON either
MAX_KEPT = 5_000
_FLEETING = ("fileset(", "rsadecrypt(")  # what depends on more than the question, and what is secret
_KEPT = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LANG", "LC_ALL")


class Missing(Exception):
    """There is no Terraform to ask."""


class Runaway(Exception):
    """Terraform took more time or memory than it is given."""


class Pending(Unknown):
    """What a question will have for an answer."""


class Answers:
    """What was asked, and what Terraform answered: ``[value]`` as JSON text, or None where it refuses.

    UNKNOWN and ENDLESS stand for what has no value.
    """

    def __init__(self) -> None:
        self.known: dict[str, str | None] = {}
        self.wanted: dict[str, None] = {}
        self.depth = 0
        self.named: str | None = None
        self._kept: dict[str, str | None] | None = None

    def get(self, question: str) -> Any:
        """The answer as JSON values.

        Raises Mismatch where Terraform refuses, TooMuch where it does not come to an end, and Missing where
        there is none.
        """
        if question not in self.known and not self._recall(question):
            self.wanted[question] = None
            if self.depth:
                return Pending("(known after Terraform was asked)")
            self.settle()
        answer = self.known[question]
        if answer == UNKNOWN:
            return LATER
        shown = question if len(question) < 200 else question[:200] + "..."
        if answer == ENDLESS:
            raise TooMuch(f"Terraform takes more than {CPU_SECONDS} s or {MEMORY >> 30} GB for {shown}")
        if answer is None:
            raise Mismatch(f"Terraform refuses {shown}")
        try:
            return json.loads(answer, parse_float=numbers.parse, parse_int=numbers.parse)[0]
        except numbers.TooLarge as error:
            raise TooMuch(str(error)) from None

    def settle(self) -> None:
        """Ask everything that is wanted, and keep the answers for the next run."""
        questions, self.wanted = list(self.wanted), {}
        for batch in _batches(questions):
            self.known.update(zip(batch, _ask(batch), strict=True))
        kept = {
            usercache.named(text): self.known[text]
            for text in questions
            if not text.startswith(_FLEETING) and self.known[text] != ENDLESS
        }
        if kept and self._kept is not None and (path := program()):
            self._kept = dict(list({**self._kept, **kept}.items())[-MAX_KEPT:])
            usercache.save(FILE, {"terraform": identity(path), "answers": self._kept})

    def _recall(self, question: str) -> bool:
        """Whether an earlier run of this user asked the same Terraform. Raises Missing."""
        path = program()
        if not path:
            raise Missing
        if self._kept is None:
            document = usercache.load(FILE)
            same = isinstance(document, dict) and document.get("terraform") == identity(path)
            self._kept = dict(document["answers"]) if same else {}
        if question.startswith(_FLEETING) or not self._kept:
            return False
        name = usercache.named(question)
        if name in self._kept:
            self.known[question] = self._kept[name]
        return name in self._kept


answers = Answers()


def use(path: str | None) -> None:
    """Ask the Terraform that ``--terraform`` names; None: the one that the environment has."""
    answers.named = path


def program() -> str | None:
    """The Terraform to ask: what ``--terraform`` or DPCTL_TERRAFORM names, else terraform or tofu on PATH."""
    named = answers.named or os.environ.get("DPCTL_TERRAFORM")
    return (
        shutil.which(named)
        if named and named != "embedded"
        else shutil.which("terraform") or shutil.which("tofu")
    )


@lru_cache(maxsize=4)
def identity(path: str) -> str:
    """What tells one Terraform from another, without starting it: answers are kept by it."""
    real = Path(path).resolve()
    found = real.stat()
    return f"{real}:{found.st_size}:{found.st_mtime_ns}"


def collecting(run: Callable[[], T]) -> T:
    """Do something that asks questions, and do it again when they are answered.

    What is raised while questions are open may only follow from them, so it counts in the last round only.
    """
    if answers.depth:
        return run()
    for _ in range(ROUNDS):
        with _noting():
            try:
                result = run()
            except ConfigError:
                if not answers.wanted:
                    raise
            else:
                if not answers.wanted:
                    return result
        answers.settle()
    return run()


@contextmanager
def _noting() -> Iterator[None]:
    answers.depth += 1
    try:
        yield
    finally:
        answers.depth -= 1


def _batches(questions: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for question in questions:
        cost = len(question.encode()) + 20
        if batch and size + cost > MAX_LINE:
            yield batch
            batch, size = [], 0
        batch.append(question)
        size += cost
    if batch:
        yield batch


def _ask(questions: list[str]) -> list[str | None]:
    """One process for all; where one of them spoils it, halves are asked."""
    inner = ", ".join(f"try(jsonencode([{question}]), null)" for question in questions)
    try:
        found = _run(f"base64encode(jsonencode([{inner}]))")
    except Runaway:
        found = ENDLESS
    if isinstance(found, list):
        return found
    if len(questions) == 1:
        return [found]
    middle = len(questions) // 2
    return _ask(questions[:middle]) + _ask(questions[middle:])


@lru_cache(maxsize=4)
def _version(path: str, identity: str) -> str:
    try:
        found = json.loads(_output(path, ["version", "-json"], "") or "{}")
    except (ValueError, Runaway):
        return ""
    return str(found.get("terraform_version", ""))


def version() -> str:
    """The version of the Terraform that is asked, "" where there is none."""
    path = program()
    return _version(path, identity(path)) if path else ""


def _run(line: str) -> list[str | None] | str | None:
    """The answers to a line of questions; None where it is refused, UNKNOWN where one is not known.

    Raises Missing, and Runaway.
    """
    path = program()
    if path is None:
        raise Missing
    output = _output(path, ["console"], line + "\n")
    if output is None:
        return None
    try:
        found: list[str | None] = json.loads(base64.b64decode(output.strip().strip('"')))
    except ValueError:
        return UNKNOWN  # which makes all of the line unknown
    return found


def _output(path: str, arguments: list[str], text: str) -> str | None:
    """What Terraform prints in an empty folder, with nothing of the user's settings; None where it fails.

    Raises Runaway.
    """
    environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environ |= {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    with tempfile.TemporaryDirectory(prefix="dpctl-console-") as folder:
        try:
            done = _bounded([path, *arguments], text, folder, environ)
        except (OSError, UnicodeError):
            return None
    return done.stdout if done.returncode == 0 else None


def _bounded(
    argv: list[str], text: str, folder: str, environ: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a program with an end in time and memory, also where dpctl is killed meanwhile.

    Raises Runaway, OSError, and UnicodeDecodeError.
    """
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=folder,
        env=environ,
    ) as process:
        try:
            _limit(process.pid)
            output, errors = process.communicate(text, TIMEOUT)
        except subprocess.TimeoutExpired:
            raise Runaway from None
        finally:
            process.kill()
    if process.returncode < 0 or "out of memory" in errors:
        raise Runaway
    return subprocess.CompletedProcess(argv, process.returncode, output, errors)


def _limit(process: int) -> None:
    """Linux ends a process that takes more; elsewhere the clock does."""
    if sys.platform == "linux":
        from resource import RLIMIT_CPU, RLIMIT_DATA, prlimit

        prlimit(process, RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        prlimit(process, RLIMIT_DATA, (MEMORY, MEMORY))
