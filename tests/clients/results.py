"""What the clients' programs printed, and the record of it from which docs/sandbox-redshift.md is written."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

RECORD = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Check:
    """A line of a program: ``outcome`` is ok, refused (by name, as not in the sandbox) or FAIL."""

    outcome: str
    name: str
    reason: str = ""

    @property
    def area(self) -> str:
        """What kind of operation it is: the first word of what stands before the colon."""
        return self.name.partition(":")[0].replace(",", " ").split()[0] if ":" in self.name else "other"


def parse(text: str) -> list[Check]:
    """The checks among the lines of a program; what else it prints is not theirs."""
    found = []
    for line in text.splitlines():
        outcome, _, rest = line.partition("\t")
        if outcome in ("ok", "refused", "FAIL") and rest:
            name, _, reason = rest.partition("\t")
            found.append(Check(outcome, name, reason))
    return found


def summary(checks: list[Check]) -> dict[str, dict[str, int]]:
    """By area: how many checks there are, and how many passed."""
    every = Counter(check.area for check in checks)
    passed = Counter(check.area for check in checks if check.outcome == "ok")
    return {area: {"checks": count, "passed": passed[area]} for area, count in every.items()}


def recorded() -> dict[str, dict[str, dict[str, int]]]:
    """The record: by client, the summary of its last run."""
    return dict(json.loads(RECORD.read_text(encoding="utf-8"))) if RECORD.exists() else {}


def record(client: str, checks: list[Check]) -> None:
    """Put a run into the record; a page that is written from it tells when it is not current."""
    known = recorded() | {client: summary(checks)}
    text = json.dumps({name: known[name] for name in sorted(known)}, indent=1, ensure_ascii=False)
    RECORD.write_text(text + "\n", encoding="utf-8")
