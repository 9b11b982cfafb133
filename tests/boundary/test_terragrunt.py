"""Random live trees, put to Terragrunt itself and to dpctl: the same values, or a refusal by both.

Runs where there is a Terragrunt of version 1 (DPCTL_TERRAGRUNT, or on the PATH) and Terraform. DPCTL_TREES
says how many trees (20), DPCTL_TREES_SEED which.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from dpctl.errors import ConfigError
from tests.boundary.random_trees import Trees
from tests.functional.livetree.test_terragrunt_trees import rendered, write

TERRAGRUNT = os.environ.get("DPCTL_TERRAGRUNT") or shutil.which("terragrunt")
COUNT = int(os.environ.get("DPCTL_TREES", "20"))
SEED = int(os.environ.get("DPCTL_TREES_SEED", "1"))
ASK = ("render", "--format", "json", "--no-color", "--log-level", "error", "--non-interactive")

pytestmark = [
    pytest.mark.skipif(not TERRAGRUNT, reason="no terragrunt on the PATH, and no DPCTL_TERRAGRUNT"),
    pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform on the PATH"),
]


def asked(unit):
    """What Terragrunt says of a unit in the form of ``rendered``; a text where it refuses."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_", "TG_"))
    }
    done = subprocess.run(
        [str(TERRAGRUNT), *ASK],
        cwd=unit.directory,
        env={**environ, "TG_TF_PATH": "terraform", "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        return done.stderr
    found = json.loads(done.stdout)
    result = {"inputs": found.get("inputs") or {}}
    if found.get("remote_state"):
        result["remote_state"] = found["remote_state"]["config"]
    if found.get("generate"):
        result["generate"] = {name: item["contents"] for name, item in found["generate"].items()}
    return result


@pytest.mark.parametrize("seed", range(SEED, SEED + COUNT))
def test_a_random_tree_means_the_same(tmp_path, seed):
    files = Trees(seed).tree()
    unit = write(tmp_path.resolve(), files)
    try:
        mine = rendered(unit)
    except ConfigError as error:
        mine = str(error)
    theirs = asked(unit)
    told = json.dumps(files, indent=1) + f"\n{mine}\n{theirs}"
    if isinstance(theirs, str) or isinstance(mine, str):
        assert isinstance(mine, str), told
        assert isinstance(theirs, str), told
    else:
        assert mine == theirs, told
