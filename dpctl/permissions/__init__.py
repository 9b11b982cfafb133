"""What an operator has to be allowed, command by command: measured in the sandbox, kept as data.

``recorded.json`` has every action and resource that the commands needed when they were run on an account that
stood (``existing``: adopted) and on an empty one (``prefixed``: created), with the names of env.yaml in place
of that account's. ``python -m tests.write_permissions`` records it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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


# Commands that log in to Redshift, and with what: the secret of env.yaml, or the one that the namespace keeps
# its password in, which has to be looked up first (`dpctl.redshift.settings.secret_id`). Which of the two it
# is, is the environment's choice (databases.redshift.managed_password), not the recorded account's.
_LOG_IN = frozenset(
    {"autocopy", "copy", "load", "reconcile", "sql", "statements", "status", "tables", "unload"}
)
_SECRET, _LOOK = "secretsmanager:GetSecretValue", "redshift-serverless:GetNamespace"
_SECRETS = "arn:${partition}:secretsmanager:${region}:${account}:secret:"
_OWN = _SECRETS + "${secrets.redshift}-??????"
_MANAGED = _SECRETS + "redshift!${databases.redshift.namespace}-admin-??????"
_NAMESPACE = "arn:${partition}:redshift-serverless:${region}:${account}:namespace/*"


@cache
def _recorded() -> dict[str, dict[str, dict[str, list[str]]]]:
    found: dict[str, dict[str, dict[str, list[str]]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def commands() -> list[str]:
    """The commands that were recorded, and the names for several of them."""
    return sorted({name for recorded in _recorded().values() for name in recorded} | set(ALIASES))


def _by_login(actions: Mapping[str, list[str]], *, managed: bool) -> dict[str, list[str]]:
    """The actions of a command that logs in, with the password that this environment has."""
    secrets = set(actions.get(_SECRET, ()))
    if not secrets & {_OWN, _MANAGED}:
        return dict(actions)
    found = {action: templates for action, templates in actions.items() if action != _LOOK}
    found[_SECRET] = sorted(secrets - {_OWN, _MANAGED} | {_MANAGED if managed else _OWN})
    return found | ({_LOOK: [_NAMESPACE]} if managed else {})


def needs(environment: Environment, wanted: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The actions and resources of some commands, or of all, in an environment."""
    recorded = _recorded()[environment.config.naming]
    chosen = [one for name in wanted for one in (name, *ALIASES.get(name, ()))] or sorted(recorded)
    names, managed = Names.of(environment), environment.config.databases.redshift.managed_password

    def of(command: str) -> Mapping[str, list[str]]:
        actions = recorded.get(command, {})
        return _by_login(actions, managed=managed) if command in _LOG_IN else actions

    found = {
        (action, arn)
        for command in chosen
        for action, templates in of(command).items()
        for template in templates
        for arn in names.expand(template)
    }
    return sorted(found)


def policies(environment: Environment, wanted: Iterable[str] = ()) -> list[Policy]:
    """The least policies for some commands, or for all, in an environment; each fits a managed policy."""
    return documents(needs(environment, wanted))
