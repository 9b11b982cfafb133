"""What a state machine does, read from its definition (Amazon States Language)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STARTS = re.compile(r":(aws-sdk:)?glue:(startWorkflowRun|notifyEvent)(\.\w+)?$", re.IGNORECASE)
_WRITES = re.compile(r":(aws-sdk:)?s3:putObject(\.\w+)?$", re.IGNORECASE)
_SENDS = re.compile(r":(aws-sdk:)?sqs:sendMessage(\.\w+)?$", re.IGNORECASE)
_LISTS = re.compile(r":(aws-sdk:)?s3:listObjectsV2(\.\w+)?$", re.IGNORECASE)
_PATH = re.compile(r"(?<![$\w])\$(?:\.[A-Za-z_]\w*)+")
_FORMAT = re.compile(r"States\.Format\('([^'{]*)")


@dataclass(frozen=True)
class Work:
    """What the states of a machine do: workflows they start, objects they write, queues they send to.

    ``workflows`` holds an empty name where it is only known when it runs; ``objects`` are ``bucket/prefix``,
    ``listed`` the buckets that are looked through; ``paths`` what the first state reads of the input.
    """

    workflows: tuple[str, ...]
    objects: tuple[str, ...]
    queues: tuple[str, ...]
    retries: bool
    listed: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def read(text: str) -> Work | None:
    """The work of a definition; None when it can't be read."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    tasks = list(_tasks(document))
    return Work(
        tuple(_given(task, "Name") for task in tasks if _STARTS.search(task["Resource"])),
        tuple(
            f"{_given(task, 'Bucket')}/{_given(task, 'Key')}"
            for task in tasks
            if _WRITES.search(task["Resource"])
        ),
        tuple(_given(task, "QueueUrl") for task in tasks if _SENDS.search(task["Resource"])),
        any(task.get("Retry") for task in tasks),
        tuple(_given(task, "Bucket") for task in tasks if _LISTS.search(task["Resource"])),
        _paths(document),
    )


def _paths(document: dict[str, Any]) -> tuple[str, ...]:
    """The paths of the input that the first state's parameters name; the context (``$$``) is none of it.

    A later state reads what earlier ones made of it, which is not followed.
    """
    states = document.get("States")
    first = states.get(document.get("StartAt")) if isinstance(states, dict) else None
    if not isinstance(first, dict) or first.get("InputPath", "$") != "$":
        return ()
    return tuple(dict.fromkeys(_PATH.findall(json.dumps(first.get("Parameters") or {}))))


def workflow_of(machine: dict[str, Any] | None, usual: str) -> str:
    """The workflow that a machine starts, by its definition; ``usual`` where that is not written there."""
    work = read(machine.get("definition", "")) if machine else None
    return next((one for one in work.workflows if one), usual) if work else usual


def _tasks(document: Any) -> Iterator[dict[str, Any]]:
    """The task states, those inside of Map and Parallel states too."""
    states = document.get("States") if isinstance(document, dict) else None
    for state in states.values() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        if isinstance(state.get("Resource"), str):
            yield state
        for inner in (state.get("Iterator"), state.get("ItemProcessor"), *(state.get("Branches") or ())):
            yield from _tasks(inner)


def _given(task: dict[str, Any], key: str) -> str:
    """A parameter as it is written, or the fixed beginning of one that is formatted when it runs."""
    given = task.get("Parameters") or task.get("Arguments") or {}
    if isinstance(given.get(key), str):
        return str(given[key])
    match = _FORMAT.search(str(given.get(f"{key}.$", "")))
    return match[1] if match else ""
