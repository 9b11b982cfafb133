"""`make storm`: four layers applied while dpctl, Terraform or both are killed at random moments.

DPCTL_STORM_KILLS says how often (30), DPCTL_STORM_SEED which moments. After each kill the next run goes on;
what it can't put right by itself it has to explain with a command, which is run. When all is applied, the
account must hold what an undisturbed apply makes: nothing twice, and nothing that the state does not know.
"""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from dpctl import sandbox
from dpctl.aws import Aws
from tests.conftest import require_providers
from tests.integration.conftest import copy_tree

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]

KILLS = int(os.environ.get("DPCTL_STORM_KILLS", "30"))
SEED = int(os.environ.get("DPCTL_STORM_SEED", "1"))
APPLY = ("--sandbox", "apply", "--env", "dev", "--yes")
PATIENCE_SECONDS = 1800
LONGEST_SECONDS = 60.0  # the moments of a run at which it is killed
LISTS = {  # what AWS lets one make twice: the operation, the key of its answer
    "ec2": [
        ("describe_vpcs", "Vpcs"),
        ("describe_subnets", "Subnets"),
        ("describe_vpc_endpoints", "VpcEndpoints"),
        ("describe_security_groups", "SecurityGroups"),
        ("describe_security_group_rules", "SecurityGroupRules"),
        ("describe_route_tables", "RouteTables"),
        ("describe_addresses", "Addresses"),
    ],
    "lambda": [("list_functions", "Functions"), ("list_event_source_mappings", "EventSourceMappings")],
    "events": [("list_rules", "Rules")],
    "iam": [("list_roles", "Roles"), ("list_policies", "Policies")],
    "sns": [("list_topics", "Topics"), ("list_subscriptions", "Subscriptions")],
    "sqs": [("list_queues", "QueueUrls")],
    "secretsmanager": [("list_secrets", "SecretList")],
    "kms": [("list_keys", "Keys")],
    "glue": [("get_jobs", "Jobs"), ("get_triggers", "Triggers")],
    "stepfunctions": [("list_state_machines", "stateMachines")],
    "redshift": [("describe_integrations", "Integrations")],
}


@pytest.fixture
def workspace(repo, tmp_path):
    require_providers()
    made = copy_tree(repo, tmp_path)
    yield made
    made.dpctl("sandbox", "stop", "--env", "dev", timeout=120)


def counts(workspace) -> Counter:
    environment = workspace.environment("dev")
    running = sandbox.status(environment)
    assert running is not None
    aws = Aws(running.region, running.environment())
    found: Counter = Counter()
    for service, lists in LISTS.items():
        for operation, key in lists:
            options = {"Scope": "Local"} if operation == "list_policies" else {}
            found[f"{service} {key}"] = len(getattr(aws.client(service), operation)(**options).get(key) or [])
    return found


def terraforms(workspace) -> list[int]:
    """The Terraform processes of all units that are at work, by their records."""
    pids = []
    for file in (workspace.root / ".dpctl" / "units" / "dev").glob("*/.run/started.json"):
        try:
            pids.append(int(json.loads(file.read_text())["pid"]))
        except (OSError, ValueError, KeyError):
            continue
    return [pid for pid in pids if pid]


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def strike(workspace, whom: str, after: float) -> str:
    """Start an apply, kill after some seconds; what it had said. Empty when it had ended before."""
    process = subprocess.Popen(
        workspace.argv(*APPLY),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    try:
        out, _ = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        if whom in ("dpctl", "both"):
            process.kill()
        if whom in ("terraform", "both"):
            for pid in terraforms(workspace):
                kill(pid)
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
        return out or "killed"
    follow_hints(workspace, out)
    return ""


def follow_hints(workspace, said: str) -> int:
    """Type what the run said to type; how many commands that were."""
    lines = re.findall(r"dpctl (--sandbox [^\n;]*?state unlock [^\n;]*--layer \S+)", said)
    for line in dict.fromkeys(lines):
        words = [word for word in shlex.split(line) if word]
        done = workspace.dpctl(*words, "--yes")
        assert done.code == 0, done.stderr
    return len(lines)


def finish(workspace) -> list[str]:
    """Apply until all is applied, doing what each run says; what was said on the way."""
    told = []
    for _ in range(8):
        done = workspace.dpctl(*APPLY, timeout=PATIENCE_SECONDS)
        told.append(done.stdout + done.stderr)
        if done.code == 0:
            return told
        assert "Try: " in done.stderr, done.stderr
        follow_hints(workspace, done.stderr)
    raise AssertionError("\n=====\n".join(told))


def test_no_moment_loses_state_or_makes_anything_twice(workspace):
    random_ = random.Random(SEED)
    assert workspace.dpctl("sandbox", "start", "--env", "dev").code == 0
    finish(workspace)
    reference = counts(workspace)
    struck = 0
    while struck < KILLS:
        assert workspace.dpctl("sandbox", "reset", "--env", "dev").code == 0
        while struck < KILLS:
            whom = random_.choice(["dpctl", "terraform", "both"])
            after = random_.uniform(1, LONGEST_SECONDS)
            began = time.monotonic()
            said = strike(workspace, whom, after)
            if not said:
                break
            struck += 1
            seconds = time.monotonic() - began
            sys.stderr.write(f"{struck}: {whom} after {after:.1f}s; {seconds:.0f}s in all\n")
        told = finish(workspace)
        assert counts(workspace) == reference, "\n=====\n".join(told)
        plan = workspace.dpctl("--sandbox", "plan", "--env", "dev", "--json", "--detailed-exitcode")
        assert plan.code == 0, plan.stdout
        assert not list((workspace.root / ".dpctl" / "units").rglob("errored.tfstate"))
        for layer in ("static", "ddb-redshift", "s3-redshift", "redshift-s3"):
            released = workspace.dpctl(
                "--sandbox", "state", "unlock", "--layer", layer, "--json", "--yes"
            ).json
            assert released["released"] is None
