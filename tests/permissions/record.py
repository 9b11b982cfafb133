"""Play the scenes of an environment, and write down what every call needed."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dpctl import sandbox
from tests.integration.conftest import Workspace, copy_tree, stop_all
from tests.permissions.scenes import Account, Step, steps, switched_on

REPO = Path(__file__).resolve().parents[2]
ACCOUNTS = {"dev": "existing", "prod": "empty"}


@dataclass(frozen=True)
class Run:
    """What was recorded: the needs of all calls, each with ``command``, and the states of the layers."""

    needs: list[dict[str, Any]]
    states: list[dict[str, Any]]


def record(env: str) -> Run:
    """Play the scenes of an environment: what operator and roles needed, and what stood before destroy."""
    needs: list[dict[str, Any]] = []
    states: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = copy_tree(REPO, Path(folder))
        switched_on(workspace, env)
        try:
            started = workspace.dpctl("sandbox", "start", "--env", env, "--account", ACCOUNTS[env])
            assert started.code == 0, started.stderr
            account = Account(workspace, env)
            for step in steps():
                states = states_of(account) if step.command == "destroy" else states
                needs += _played(account, step)
        finally:
            stop_all(workspace)
    return Run(needs, states)


def states_of(account: Account) -> list[dict[str, Any]]:
    """The states of all layers."""
    s3, bucket = account.aws.client("s3"), account.state_bucket
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    states = [key for key in keys if key.endswith("terraform.tfstate")]
    return [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in states]


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
    Path(sys.argv[2]).write_text(json.dumps(asdict(record(sys.argv[1])), indent=0), encoding="utf-8")
