"""What a check says: a code that never changes its meaning, a result, the evidence, and how to fix it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from dpctl.doctor.catalogue import BY_CODE
from dpctl.visible import visible_line

Result = Literal["pass", "warn", "fail", "skip", "error"]
FixKind = Literal["terraform", "api", "manual"]

MARKS: dict[Result, tuple[str, str]] = {
    "pass": ("✓", "ok"),
    "warn": ("!", "warning"),
    "fail": ("✗", "failed"),
    "skip": ("-", "skipped"),
    "error": ("?", "not seen"),
}
# The same where checks are counted, the worst first: 2 failed, 1 with a warning, ...
COUNTED: dict[Result, str] = {
    "fail": MARKS["fail"][1],
    "warn": "with a warning",
    "error": MARKS["error"][1],
    "skip": MARKS["skip"][1],
    "pass": "passed",
}


@dataclass(frozen=True)
class Fix:
    """How to fix something: who does it, in words, and the literal commands."""

    kind: FixKind
    text: str
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    ``follows`` holds the codes of the faults this one is a consequence of; ``inferred`` marks a fault that is
    concluded and not proven, which Glue's own READY outweighs.
    """

    code: str
    result: Result
    resource: str
    evidence: tuple[str, ...]
    fix: Fix | None = None
    follows: tuple[str, ...] = field(default=())
    permission: str = ""
    inferred: bool = False

    def plain(self) -> Finding:
        """The finding with what others named made fit to be shown, each line of evidence on a line."""
        fix = self.fix
        if fix is not None:
            fix = replace(fix, text=visible_line(fix.text), commands=tuple(map(visible_line, fix.commands)))
        lines = tuple(map(visible_line, self.evidence))
        return replace(self, resource=visible_line(self.resource), evidence=lines, fix=fix)

    @property
    def title(self) -> str:
        """The check's title."""
        return BY_CODE[self.code].title

    @property
    def docs(self) -> str:
        """The page that explains the check."""
        return BY_CODE[self.code].page

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``findings`` in ``doctor --json``."""
        return {
            "code": self.code,
            "title": self.title,
            "result": self.result,
            "resource": self.resource,
            "evidence": list(self.evidence),
            "fix": {**asdict(self.fix), "commands": list(self.fix.commands)} if self.fix else None,
            "follows": list(self.follows),
            "permission": None if self.permission.endswith(")") else self.permission or None,
            "docs": self.docs,
        }
