"""The commands: where each is, and what it is for; a command is imported when it is asked for.

Importing all of them costs several times what Typer costs, and a run needs one. So the help page reads this
table. The first line of a command's docstring says the same (tested).
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import typer
from typer.main import get_command_from_info, get_group_from_info
from typer.models import CommandInfo, TyperInfo


class Entry(NamedTuple):
    """A command: ``module:attribute`` below ``dpctl.cli``, and its line on the help page."""

    place: str
    title: str


# In the order of the help page: what one does first comes first.
TABLE = {
    "demo": Entry("demo:demo", "Take the tour: a broken account, diagnosed, adopted, and at work."),
    "sandbox": Entry(
        "sandbox:app", "Run the local replica of the account, without credentials and without a network."
    ),
    "env": Entry("env:app", "Make environments of the live tree."),
    "validate": Entry("validate:validate", "Check env.yaml, the live tree and the contracts between layers."),
    "graph": Entry("graph:graph", "Show the layers, and why one waits for another."),
    "render": Entry("render:render", "Show a unit after evaluation: source, inputs, state, files."),
    "plan": Entry("plan:plan", "Show what apply would do, layer by layer, and change nothing."),
    "apply": Entry("apply:apply", "Plan the layers, show the plans, ask, and apply exactly those."),
    "destroy": Entry("destroy:destroy", "Destroy what the layers made, dependents first. There is no undo."),
    "output": Entry("output:output", "Print the outputs of a layer, read straight from its state."),
    "adopt": Entry("adopt:adopt", "Find what AWS has already, and write import blocks and settings for it."),
    "snapshot": Entry(
        "snapshot:snapshot", "Write down the settings of the account, without secrets and rows."
    ),
    "drift": Entry("drift:drift", "Show what was changed in the account behind Terraform's back."),
    "state": Entry("state:app", "Look after Terraform's state: its bucket, its locks, what is half made."),
    "providers": Entry("providers:app", "Look after the locks of Terraform's providers."),
    "cost": Entry("cost:cost", "Estimate what an environment costs in a month, line by line."),
    "permissions": Entry(
        "permissions:permissions",
        "Print the least IAM policies that commands need of an operator.",
    ),
    "tables": Entry("tables:app", "Compare and make the Redshift tables of env.yaml."),
    "unload": Entry("unload:unload", "Write a table or a query to files in S3, and count what was written."),
    "copy": Entry("copy:copy", "Load files or a DynamoDB table into Redshift, and say what failed."),
    "load": Entry("load:load", "Load a table from MySQL: start the job, follow it, and say what it did."),
    "autocopy": Entry("autocopy:app", "Make, watch and fix the jobs that load new files."),
    "sql": Entry("sql:sql", "Run SQL by hand, and print its rows."),
    "statements": Entry("history:app", "Look at the statements that ran in Redshift, and stop one."),
    "status": Entry("status:status", "Show whether data flows, hop by hop, and what to do next."),
    "drain": Entry("flows:drain", "Load the keys that wait: start a run, or find the active one; follow it."),
    "redrive": Entry("flows:redrive", "Load dead letters again: all, or those of a reason."),
    "replay": Entry("flows:replay", "Load archived events again: those that were loaded in a time."),
    "reconcile": Entry(
        "reconcile:reconcile", "Compare DynamoDB and Redshift: rows that are missing, extra or stale."
    ),
    "events": Entry("events:app", "Write to the DynamoDB table of the sandbox."),
    "doctor": Entry("doctor:app", "Find out what is wrong, prove it, and fix it."),
}
# What Typer would take from the program's own instance.
MANNERS: dict[str, Any] = {"pretty_exceptions_short": True, "rich_markup_mode": None}


class Commands(Mapping[str, Any]):
    """The commands by name, in the order of the help page; each is built when it is looked up."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = build(name, TABLE[name])
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLE)

    def __len__(self) -> int:
        return len(TABLE)


def build(name: str, entry: Entry) -> Any:
    """Import a command, or a group of commands, and make what Typer runs."""
    module, _, attribute = entry.place.partition(":")
    found = getattr(importlib.import_module(f"dpctl.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        _keep_all_examples(found)
        return get_group_from_info(TyperInfo(found, name=name), suggest_commands=True, **MANNERS)
    info = CommandInfo(name, callback=found)
    _keep_examples([info])
    return get_command_from_info(info, **MANNERS)


def _keep_all_examples(group: typer.Typer) -> None:
    """The same for a group, the groups in it, and what a group does when it is called alone."""
    _keep_examples(group.registered_commands)
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            _keep_all_examples(inner.typer_instance)


def _keep_examples(commands: list[CommandInfo]) -> None:
    """Keep the lines of ``Example:`` as they stand (``\\b`` is the mark); the rest is wrapped."""
    for command in commands:
        text = inspect.cleandoc((command.callback and command.callback.__doc__) or "")
        command.short_help = text.partition("\n")[0]
        command.help = text if "\b" in text else text.replace("\nExample:", "\n\b\nExample:")
