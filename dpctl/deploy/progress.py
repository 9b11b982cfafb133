"""What a person sees while a run goes on: a few lines that repaint on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock

from dpctl.amounts import duration
from dpctl.deploy.changes import Stream
from dpctl.deploy.plan import Step
from dpctl.deploy.result import Result
from dpctl.terminal import HEARTBEAT_SECONDS, Terminal

WAITS_SHOWN = 3
WORDS = {
    "succeeded": "OK",
    "unchanged": "UNCHANGED",
    "failed": "FAILED",
    "skipped": "SKIP",
    "excluded": "EXCLUDED",
}
LOOKING = {"PLAN": "PLANNED", "TAKE UP": "TAKEN UP"}


@dataclass
class Line:
    """One running unit: what it does, since when, and how far it is."""

    name: str
    phase: str
    started: float
    said: float
    stream: Stream = field(default_factory=Stream)

    def text(self, now: float) -> str:
        """The unit in one line: what it does, how far it is, and what it waits for."""
        done = ""
        if self.stream.total:
            done = f"  {self.stream.done}/{self.stream.total}"
        elif self.stream.done:
            done = f"  {self.stream.done} done"
        waiting = waits(self.stream)
        return f"{self.name}  {self.phase} {now - self.started:.0f}s{done}" + (
            f" · {waiting}" if waiting else ""
        )


def waits(stream: Stream) -> str:
    """What Terraform waits for, by type, longest first: ``aws_db_instance 40s, 3 aws_s3_bucket 12s``."""
    now = stream.clock()
    groups: dict[str, list[float]] = {}
    for kind, since in list(stream.running.values()):
        groups.setdefault(kind or "?", []).append(now - since)
    ranked = sorted(groups.items(), key=lambda group: (-max(group[1]), group[0]))
    shown = [
        f"{f'{len(ages)} ' if len(ages) > 1 else ''}{kind} {max(ages):.0f}s"
        for kind, ages in ranked[:WAITS_SHOWN]
    ]
    more = sum(len(ages) for _, ages in ranked[WAITS_SHOWN:])
    return ", ".join([*shown, f"{more} more"] if more else shown)


class Progress:
    """Shows one pass over steps. ``clock`` counts seconds."""

    def __init__(
        self,
        terminal: Terminal,
        steps: Sequence[Step],
        verb: str = "START",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.terminal = terminal
        self.verb = verb
        self.clock = clock
        self._number = {step.layer: number for number, step in enumerate(steps, start=1)}
        self._lines: dict[str, Line] = {}
        self._lock = RLock()
        self._paint: Callable[[str], None] | None = None

    @contextmanager
    def showing(self) -> Iterator[None]:
        """While inside, a terminal has the running units at its bottom."""
        if not self.terminal.interactive:
            yield
            return
        with self.terminal.live() as paint:
            self._paint = paint
            try:
                yield
            finally:
                self._paint = None

    def watch(self, step: Step) -> Callable[[str, Stream], None]:
        """A unit has started; returns what takes its phase and events."""
        now = self.clock()
        with self._lock:
            self._lines[step.layer] = Line(step.unit.name, "starting", now, now)
        self.terminal.info(f"{self._of(step)} {self.verb} {step.unit.name}")

        def take(phase: str, stream: Stream) -> None:
            line = self._lines.get(step.layer)
            if line is not None:
                line.phase, line.stream = phase, stream

        return take

    def done(self, step: Step, result: Result) -> None:
        """A unit has its result. What was put off has none yet, and nothing is said."""
        with self._lock:
            line = self._lines.pop(step.layer, None)
        looked = LOOKING.get(self.verb) if result.result == "succeeded" else None
        if looked and line is None:
            return
        word = looked or WORDS[result.result]
        took = f" in {duration(self.clock() - line.started)}" if line else ""
        counts = f" ({result.changes})" if result.changes.any else ""
        why = f": {result.reason.splitlines()[0]}" if result.reason else ""
        text = f"{self._of(step)} {word} {step.unit.name}{took}{counts}{why}"
        say = self.terminal.warning if result.bad else self.terminal.info
        (self.terminal.success if word == "OK" else say)(text)

    def tick(self) -> None:
        """Repaint; or, where nothing can be repainted, say every half minute that a unit is still at work."""
        now = self.clock()
        with self._lock:
            lines = list(self._lines.values())
        if self._paint is not None:
            self._paint("\n".join(line.text(now) for line in lines))
            return
        due = [line for line in lines if now - line.said >= HEARTBEAT_SECONDS]
        if due:
            self.terminal.info("; ".join(line.text(now) for line in lines))
            for line in lines:  # all in one line, and none of them again before half a minute is over
                line.said = now

    def _of(self, step: Step) -> str:
        return f"{self._number.get(step.layer, '-')} of {len(self._number)}"
