"""The options of roles."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from dpctl.sandbox.replica.seed import Seed

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def roles(seed: Seed, wanted: Mapping[str, Any]) -> None:
    """Description, duration, trust, boundary, tags and policies of the roles that the replica has."""
    for name, options in wanted.items():
        with contextlib.suppress(seed.client("iam").exceptions.NoSuchEntityException):
            seed.client("iam").get_role(RoleName=name)
            _role(seed, name, options)


def _role(seed: Seed, name: str, options: Mapping[str, Any]) -> None:
    iam = seed.client("iam")
    changes = {key: options[key] for key in ("Description", "MaxSessionDuration") if options.get(key)}
    if changes:
        iam.update_role(RoleName=name, **changes)
    if options.get("Trust"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(options["Trust"]))
    if options.get("Boundary"):
        _policy(seed, options["Boundary"], options.get("BoundaryPolicy") or ANYTHING)
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=options["Boundary"])
    if options.get("Tags"):
        iam.tag_role(RoleName=name, Tags=tag_list(options["Tags"]))
    for policy, document in (options.get("Inline") or {}).items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    if "Attached" in options:
        _attach(seed, name, options["Attached"], options.get("Documents") or {})


def _attach(seed: Seed, name: str, wanted: list[str], documents: Mapping[str, Any]) -> None:
    """Attach what is wanted and nothing else. A policy of AWS that the sandbox does not know is left out."""
    iam = seed.client("iam")
    there = {item["PolicyArn"] for item in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]}
    for arn in there - set(wanted):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    for arn in sorted(set(wanted) - there):
        of_aws = ":aws:policy/" in arn
        if not of_aws:
            _policy(seed, arn, documents.get(arn) or ANYTHING)
        unknown = (iam.exceptions.NoSuchEntityException,) if of_aws else ()
        with contextlib.suppress(*unknown):
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)


def _policy(seed: Seed, arn: str, document: Mapping[str, Any]) -> None:
    """A managed policy of the account, made with the ARN it has."""
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    iam = seed.client("iam")
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_policy(PolicyName=name, Path=f"{path}/", PolicyDocument=json.dumps(document))


def tag_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """A map of tags as a list, with the names of fields that a service has."""
    return [{key: name, value: text} for name, text in sorted(tags.items())]
