"""Runs of the workflow that loads the pending keys: started, or found active, and followed to their end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dpctl.errors import AwsError

PAUSE_SECONDS = 2.0
START_ATTEMPTS = 5
ENDED = frozenset({"COMPLETED", "STOPPED", "ERROR"})


@dataclass(frozen=True)
class Run:
    """A run of the workflow; ``started`` is False for one that was active already."""

    id: str
    started: bool


def drain(
    glue: Any,
    workflow: str,
    *,
    seconds: float,
    waiting: Callable[[], int],
    progress: Callable[[int], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Run, bool | None]:
    """Start a run, or find the active one, and follow it: the last run, and whether it succeeded.

    A run that was active may have looked for keys before the newest came: a run of our own comes after it
    while keys wait. None when the time is up. Raises AwsError.
    """
    deadline = clock() + seconds
    while True:
        run = start(glue, workflow, sleep)
        fine = follow(
            glue,
            workflow,
            run,
            seconds=deadline - clock(),
            progress=lambda: progress(waiting()),
            sleep=sleep,
            clock=clock,
        )
        if run.started or fine is None or not waiting():
            return run, fine


def start(glue: Any, workflow: str, sleep: Callable[[float], None] = time.sleep) -> Run:
    """Start a run, or find the one that is active. Raises AwsError."""
    for _ in range(START_ATTEMPTS):
        try:
            return Run(str(glue.start_workflow_run(Name=workflow)["RunId"]), started=True)
        except glue.exceptions.ConcurrentRunsExceededException:
            runs = glue.get_workflow_runs(Name=workflow, MaxResults=5)["Runs"]
            active = [run["WorkflowRunId"] for run in runs if run["Status"] not in ENDED]
            if active:
                return Run(str(active[0]), started=False)
        sleep(PAUSE_SECONDS)  # it has just ended
    raise AwsError(
        f"The workflow {workflow} started no run.",
        why=f"Glue says that one is active, and lists none, {START_ATTEMPTS} times.",
        hint="dpctl drain",
    )


def follow(
    glue: Any,
    workflow: str,
    run: Run,
    *,
    seconds: float,
    progress: Callable[[], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> bool | None:
    """Wait for the end of a run: whether all of its jobs succeeded, or None when the time is up."""
    deadline = clock() + seconds
    while True:
        found = glue.get_workflow_run(Name=workflow, RunId=run.id)["Run"]
        if found["Status"] in ENDED:
            counts = found.get("Statistics", {})
            return found["Status"] == "COMPLETED" and not any(
                counts.get(name, 0) for name in ("FailedActions", "TimeoutActions", "StoppedActions")
            )
        if clock() >= deadline:
            return None
        progress()
        sleep(PAUSE_SECONDS)
