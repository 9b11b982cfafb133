"""Play the scenes of an environment, and write down what every call needed."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from dpctl import sandbox
from tests.integration.conftest import Workspace, copy_tree, stop_all
from tests.permissions.scenes import Account, Step, steps

REPO = Path(__file__).resolve().parents[2]
ACCOUNTS = {"dev": "existing", "prod": "empty"}


def record(env: str) -> list[dict[str, Any]]:
    """The needs of all calls, of operator and roles, each with ``command``: whose scene it was."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = copy_tree(REPO, Path(folder))
        try:
            started = workspace.dpctl("sandbox", "start", "--env", env, "--account", ACCOUNTS[env])
            assert started.code == 0, started.stderr
            return [need for step in steps(env) for need in _played(Account(workspace, env), step)]
        finally:
            stop_all(workspace)


def _played(account: Account, step: Step) -> list[dict[str, Any]]:
    account.post("needs", {})
    if step.does:
        step.does(account)
    else:
        _run(account.workspace, account.env, step)
    needs = sandbox.ask(account.running, "needs")
    return [need | {"command": step.command} for need in needs if need["role"] or step.command]


def _run(workspace: Workspace, env: str, step: Step) -> None:
    done = workspace.dpctl("--sandbox", *step.line, "--env", env, timeout=1800)
    sys.stderr.write(f"{done.code} {' '.join(step.line)}\n")
    if done.code not in step.codes:
        sys.stderr.write(f"not as expected: {done.stdout[-3000:]} {done.stderr[-3000:]}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(record(sys.argv[1]), indent=0), encoding="utf-8")
