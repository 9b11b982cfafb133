"""What an operator has to be allowed, command by command: measured in the sandbox, kept as data.

``recorded.json`` has every action and resource that the commands needed when they were run on an account that
stood (``existing``: adopted) and on an empty one (``prefixed``: created), with the names of env.yaml in place
of that account's. ``python -m tests.write_permissions`` records it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from dpctl.config import Environment
from dpctl.permissions.names import Names
from dpctl.permissions.policies import MOST, Policy, documents, size

__all__ = ["MOST", "Names", "Policy", "commands", "documents", "needs", "policies", "size"]

FILE = Path(__file__).with_name("recorded.json")
# What does as others do: a pull request's job plans, drift reads what a plan reads, and the doctor's --fix
# may make whatever an apply makes, and looks before and after.
ALIASES = {"ci": ("plan",), "drift": ("plan",), "fix": ("apply", "doctor", "doctor-active")}


@cache
def _recorded() -> dict[str, dict[str, dict[str, list[str]]]]:
    found: dict[str, dict[str, dict[str, list[str]]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def commands() -> list[str]:
    """The commands that were recorded, and the names for several of them."""
    return sorted({name for recorded in _recorded().values() for name in recorded} | set(ALIASES))


def needs(environment: Environment, wanted: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The actions and resources of some commands, or of all, in an environment."""
    recorded = _recorded()[environment.config.naming]
    chosen = [one for name in wanted for one in (name, *ALIASES.get(name, ()))] or sorted(recorded)
    names = Names.of(environment)
    found = {
        (action, arn)
        for command in chosen
        for action, templates in recorded.get(command, {}).items()
        for template in templates
        for arn in names.expand(template)
    }
    return sorted(found)


def policies(environment: Environment, wanted: Iterable[str] = ()) -> list[Policy]:
    """The least policies for some commands, or for all, in an environment; each fits a managed policy."""
    return documents(needs(environment, wanted))
