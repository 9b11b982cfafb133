"""Write ``dpctl/permissions/recorded.json`` again: what each command needs, from runs in the sandbox.

Beside it ``tests/permissions/roles.json``: what the deployed roles may do, and what their calls have needed.

``python -m tests.write_permissions`` plays the scenes of dev (an account that stands) and of prod (an empty
one), which takes half an hour; with a folder, it takes the runs that were written down there
(``python -m tests.permissions.record dev FOLDER/dev.json``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dpctl.config import load_environment
from dpctl.permissions import FILE, Names
from tests.permissions import least
from tests.permissions.record import ACCOUNTS, record

REPO = Path(__file__).resolve().parent.parent
ROLES = REPO / "tests/permissions/roles.json"
Kept = dict[str, dict[str, list[str]]]


def kept(env: str, needs: Iterable[Mapping[str, Any]]) -> Kept:
    """By command and action, the resources as templates: what the operator's own calls needed."""
    names = Names.of(load_environment(REPO, env))
    found: dict[str, dict[str, set[str]]] = {}
    for need in needs:
        if need["role"] is None and need["command"]:
            actions = found.setdefault(need["command"], {})
            actions.setdefault(need["action"], set()).add(names.generalise(need["resource"]))
    return {
        command: {action: sorted(templates) for action, templates in sorted(actions.items())}
        for command, actions in sorted(found.items())
    }


# What moves rows is the same in every account, and not every account has each kind of row to move.
SHARED = ("drain", "redrive", "replay", "reconcile", "autocopy")


def shared(document: Mapping[str, Kept]) -> None:
    """Give each of the commands that are the same everywhere what was seen of it anywhere."""
    for command in SHARED:
        found: dict[str, set[str]] = {}
        for commands in document.values():
            for action, templates in commands.get(command, {}).items():
                found.setdefault(action, set()).update(templates)
        for commands in document.values():
            commands[command] = {action: sorted(found[action]) for action in sorted(found)}


def text(runs: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """The file, one action a line; ``runs`` by environment."""
    environments = {env: load_environment(REPO, env).config.naming for env in runs}
    document = {environments[env]: kept(env, needs) for env, needs in sorted(runs.items())}
    shared(document)
    parts = []
    for naming, commands in document.items():
        inner = [f'  "{name}": {{\n{_lines(actions)}\n  }}' for name, actions in commands.items()]
        parts.append(f' "{naming}": {{\n' + ",\n".join(inner) + "\n }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(actions: Mapping[str, list[str]]) -> str:
    return ",\n".join(f"   {json.dumps(action)}: {json.dumps(found)}" for action, found in actions.items())


def main(folder: Path | None) -> None:
    """Record, or read, and write."""
    runs = {
        env: json.loads((folder / f"{env}.json").read_text(encoding="utf-8"))
        if folder
        else asdict(record(env))
        for env in ACCOUNTS
    }
    FILE.write_text(text({env: run["needs"] for env, run in runs.items()}), encoding="utf-8")
    roles = {env: least.of_run(run) for env, run in runs.items()}
    ROLES.write_text(json.dumps(roles, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
