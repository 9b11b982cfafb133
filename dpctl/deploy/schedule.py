"""Runs steps in dependency order, some at a time, and decides what a failure means for the rest.

A step starts when everything it needs is done and a worker is free, in the order of the plan. When a step
ends badly, what waits for it is skipped, with the unit that failed as the cause; independent steps carry on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from threading import Event

from dpctl.deploy.plan import Step
from dpctl.deploy.result import Result
from dpctl.errors import DpctlError

TICK_SECONDS = 0.2
INTERRUPTED = "interrupted"

Work = Callable[[Step], Result]


@dataclass
class Schedule:
    """One pass over steps.

    ``needs`` says what each layer waits for; ``tick`` is called several times a second, from the calling
    thread, for whoever draws.
    """

    steps: Sequence[Step]
    needs: Mapping[str, frozenset[str]]
    parallelism: int
    fail_fast: bool
    stop: Event
    tick: Callable[[], None] = lambda: None
    on_done: Callable[[Step, Result], None] = lambda _step, _result: None
    results: dict[str, Result] = field(default_factory=dict)

    def run(self, work: Work) -> dict[str, Result]:
        """Carry out all steps; every one has a result afterwards."""
        waiting = [step for step in self.steps if step.layer not in self.results]
        running: dict[Future[Result], Step] = {}
        with ThreadPoolExecutor(max_workers=self.parallelism) as pool:
            while waiting or running:
                waiting = self._settle(waiting)
                for step in list(waiting):
                    if len(running) < self.parallelism and self._ready(step):
                        waiting.remove(step)
                        running[pool.submit(_timed, work, step)] = step
                self._collect(running)
        return self.results

    def _ready(self, step: Step) -> bool:
        return not self.stop.is_set() and self.needs[step.layer] <= self.results.keys()

    def _collect(self, running: dict[Future[Result], Step]) -> None:
        done, _ = wait(running, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            self._done(running.pop(future), future.result())
        self.tick()

    def _settle(self, waiting: list[Step]) -> list[Step]:
        """Give a result to what will not run any more."""
        left = []
        for step in waiting:
            reason = self._why_not(step)
            if reason is None:
                left.append(step)
            else:
                self._done(step, reason)
        return left

    def _why_not(self, step: Step) -> Result | None:
        if step.excluded:
            return Result(step.layer, "excluded", step.excluded)
        if self.stop.is_set():
            return Result(step.layer, "skipped", INTERRUPTED)
        for name in sorted(self.needs[step.layer]):
            before = self.results.get(name)
            if before is not None and before.bad:
                cause = before.cause or before.layer
                return Result(step.layer, "skipped", f"{step.unit.env}/{cause} failed", cause)
        if self.fail_fast:
            failed = next((r for r in self.results.values() if r.result == "failed"), None)
            if failed is not None:
                reason = f"{step.unit.env}/{failed.layer} failed, and --fail-fast was given"
                return Result(step.layer, "skipped", reason, failed.layer)
        return None

    def _done(self, step: Step, result: Result) -> None:
        self.results[step.layer] = result
        self.on_done(step, result)


def _timed(work: Work, step: Step) -> Result:
    started = time.monotonic()
    try:
        result = work(step)
    except DpctlError as error:
        result = Result.of(step.layer, error)
    return replace(result, seconds=result.seconds + time.monotonic() - started)
