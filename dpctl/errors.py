"""What can go wrong, as a tree with one class per thing a person does differently.

::

    DpctlError                1  ran, and something failed
    ├── Declined              1  the user said no
    ├── UsageError            2  the command line makes no sense
    ├── ConfigError           3  env.yaml or the live tree is invalid (carries every Problem)
    ├── AwsError              1  AWS answered with an error
    │   └── AccessError       4  credentials or permission
    ├── ToolMissing           5  a program or package is not there
    └── Interrupted         130  Ctrl-C

Every error says what happened, why, and what to type next; the command line prints the three apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal

Severity = Literal["error", "warning"]


class ExitCode(IntEnum):
    """What the process says to the shell; the same with and without ``--json``.

    ``name_in_json`` is the ``code`` of an error in ``--json``; ``meaning`` the words of ``--help``.
    """

    name_in_json: str
    meaning: str

    def __new__(cls, value: int, name_in_json: str, meaning: str) -> ExitCode:
        """A number with its name and its meaning."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.name_in_json, code.meaning = name_in_json, meaning
        return code

    OK = 0, "ok", "ok"
    FAILED = 1, "failed", "something failed or was declined"
    USAGE = 2, "usage", "usage"
    CONFIG = 3, "config", "configuration invalid"
    ACCESS = 4, "access", "credentials or permission"
    TOOL = 5, "tool-missing", "a tool is missing"
    CHANGES = 10, "changes", "changes (--detailed-exitcode)"
    INTERRUPTED = 130, "interrupted", "interrupted"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file.

    ``line`` is 1-based and 0 where a problem belongs to a whole file; ``key`` is the path inside the file
    (``network.vpc.cidr``), empty where there is none; ``code`` is stable and kebab-case.
    """

    code: str
    message: str
    file: str = ""
    line: int = 0
    key: str = ""
    hint: str = ""
    severity: Severity = "error"

    @property
    def where(self) -> str:
        """``file:line``, or what of it is known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``validate --json``."""
        return asdict(self)


class DpctlError(Exception):
    """The root of the tree: ``what`` happened, ``why``, and a ``hint`` that is a command or an edit."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(
        self, what: str, *, why: str = "", hint: str = "", file: str | Path = "", line: int = 0
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint
        self.file = str(file)
        self.line = line

    @property
    def where(self) -> str:
        """``file:line``, or what of it is known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def code(self) -> str:
        """A stable name of the kind, in kebab-case."""
        return self.exit_code.name_in_json

    def as_dict(self) -> dict[str, Any]:
        """The value of ``error`` in ``--json`` (docs/schemas/error.schema.json)."""
        return {
            "code": self.code,
            "message": self.what,
            "why": self.why,
            "hint": self.hint,
            "file": self.file,
            "line": self.line,
        }


class Declined(DpctlError):
    """The user was asked and said no."""

    @property
    def code(self) -> str:
        """A stable name of the kind."""
        return "declined"


class UsageError(DpctlError):
    """The options contradict each other, or name something that is not there."""

    exit_code = ExitCode.USAGE


class ConfigError(DpctlError):
    """env.yaml or the live tree is invalid; ``problems`` holds everything that was found."""

    exit_code = ExitCode.CONFIG

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        found = (problems,) if isinstance(problems, Problem) else tuple(problems)
        first = found[0]
        count = sum(1 for problem in found if problem.severity == "error")
        what = first.message if len(found) == 1 else f"{count} problems in the configuration"
        super().__init__(what, hint=first.hint if len(found) == 1 else "", file=first.file, line=first.line)
        self.problems = found

    @property
    def code(self) -> str:
        """The problem's own code, where there is one problem."""
        return self.problems[0].code if len(self.problems) == 1 else super().code

    def as_dict(self) -> dict[str, Any]:
        """As above, with every problem."""
        return super().as_dict() | {"problems": [problem.as_dict() for problem in self.problems]}


class AwsError(DpctlError):
    """AWS (or the sandbox) answered a call with an error; ``statement_id`` where it is about a statement."""

    statement_id: str = ""


class AccessError(AwsError):
    """No credentials, expired ones, the wrong account, or a permission that is missing."""

    exit_code = ExitCode.ACCESS


class ToolMissing(DpctlError):
    """A program or an optional package that the command needs is not installed."""

    exit_code = ExitCode.TOOL


class Interrupted(DpctlError):
    """Ctrl-C: what was running has been stopped in order; ``statement_id`` where it was a statement."""

    exit_code = ExitCode.INTERRUPTED
    statement_id: str = ""
