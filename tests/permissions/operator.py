"""An operator who is held to policies: a role in the sandbox, and commands that are run as it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from dpctl.permissions import Policy, documents, needs
from tests.integration.conftest import Result
from tests.permissions.scenes import Account, Step, steps

NAME = "operator"
Pair = tuple[str, str]
_REFUSED = re.compile(r"(?:not authorized to perform:|It needs) ([\w-]+:\w+)")
_LACKED = re.compile(r"You lack [\w ]+: (.+?)\.(?:\s|$)")
_UNSEEN = re.compile(r"(?:Not seen for want of:|needs) ((?:[\w-]+:\w+(?:, )?)+)")
_ACTION = re.compile(r"\b[a-z][a-z0-9-]*:[A-Z]\w+")


class Operator:
    """The role, in one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.iam = account.aws.client("iam")
        root = {"AWS": f"arn:aws:iam::{account.config.account_id}:root"}
        trust = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        if NAME not in {role["RoleName"] for role in self.iam.list_roles()["Roles"]}:
            self.iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=document)

    def may(self, pairs: Iterable[Pair]) -> None:
        """Allow these, and nothing else."""
        self.given(documents(pairs))

    def given(self, policies: list[Policy]) -> None:
        """Have these policies, and no others."""
        for old in self.iam.list_role_policies(RoleName=NAME)["PolicyNames"]:
            self.iam.delete_role_policy(RoleName=NAME, PolicyName=old)
        for number, policy in enumerate(policies):
            self.iam.put_role_policy(
                RoleName=NAME, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy)
            )

    def run(self, *line: str) -> Result:
        """Run a command as this role."""
        words = ("--sandbox", *line, "--env", self.account.env)
        return self.account.workspace.dpctl(*words, timeout=1800, DPCTL_SANDBOX_ROLE=NAME)

    def gone(self) -> None:
        """Take the role away."""
        self.given([])
        self.iam.delete_role(RoleName=NAME)


def pairs(account: Account, *commands: str) -> list[Pair]:
    """What `dpctl permissions` allows for commands."""
    return needs(account.workspace.environment(account.env), commands)


def without(allowed: Iterable[Pair], action: str) -> list[Pair]:
    """The same with one action taken away."""
    return [pair for pair in allowed if pair[0] != action]


def lines(command: str) -> list[Step]:
    """The command lines that stand for a command, each once."""
    return list({step.line: step for step in steps() if step.command == command}.values())


def named(done: Result) -> set[str]:
    """The actions that a command's own words say are missing."""
    text = " ".join(f"{done.stderr} {done.stdout}".split())
    found = set(_REFUSED.findall(text))
    found |= {action for said in _UNSEEN.findall(text) for action in _ACTION.findall(said)}
    return found | {action for said in _LACKED.findall(text) for action in _ACTION.findall(said)}


def words(done: Result) -> dict[str, Any]:
    """What to show of a command that went wrong."""
    return {"code": done.code, "stderr": done.stderr[-3000:], "stdout": done.stdout[-1500:]}
