"""Who may do what, read from a plan or a state, and what goes further than it must.

``findings`` takes the JSON of ``terraform show -json`` (of a plan or a state) or a state file, of any unit,
and names each statement that allows a write to everything, trusts a service for every account, or hides what
it allows. What has to be that wide is in ``EXCEPTIONS``, with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

# Where policies are: the arguments of resources that hold one as JSON.
ARGUMENTS = ("policy", "assume_role_policy", "policy_document")

# Actions that only look, by the first word of their name.
READS = re.compile(r"(Get|List|Describe|BatchGet|Query|Scan|Head|Lookup|Search|Simulate|Test)")

# Reading these on "*" is no better than writing: they hand out data, secrets or credentials.
GUARDED = {
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "redshift-data:GetStatementResult",
    "redshift-serverless:GetCredentials",
    "s3:GetObject",
    "secretsmanager:GetSecretValue",
}

# action (a pattern) => the condition key that bounds it, or "" where AWS knows no bound at all, and why.
EXCEPTIONS: dict[str, tuple[str, str]] = {
    # Statements of the Data API have no ARN; AWS bounds them by who has started them.
    "redshift-data:CancelStatement": ("redshift-data:statement-owner-iam-userid", "a statement has no ARN"),
    "redshift-data:GetStatementResult": (
        "redshift-data:statement-owner-iam-userid",
        "a statement has no ARN",
    ),
    # Metrics have no ARN; the namespace is the bound.
    "cloudwatch:PutMetricData": ("cloudwatch:namespace", "a metric has no ARN"),
    # Network interfaces have no id before they are created; VPC, subnet, group or tag is the bound.
    "ec2:CreateNetworkInterface": ("", "bounded by the subnets and the group in the same statement"),
    "ec2:DeleteNetworkInterface": ("ec2:Vpc", "an interface has no id before it is created"),
    "ec2:CreateTags": ("aws:TagKeys", "an interface has no id before it is created"),
    "ec2:DeleteTags": ("aws:TagKeys", "an interface has no id before it is created"),
    # Vended logs and X-Ray take no resource (Step Functions developer guide, "Logging" and "Tracing").
    "logs:*LogDelivery": ("", "log deliveries have no ARN"),
    "logs:PutResourcePolicy": ("", "resource policies have no ARN"),
    "xray:Put*": ("", "traces have no ARN"),
}


@dataclass(frozen=True)
class Resource:
    """A resource: its address, its type, and its arguments."""

    address: str
    type: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What a statement allows that it should not."""

    address: str
    code: str
    what: str


def resources(document: Mapping[str, Any]) -> Iterator[Resource]:
    """The managed resources of a plan, of a state as ``terraform show`` prints it, or of a state file."""
    if "planned_values" in document or "values" in document:
        root = (document.get("planned_values") or document.get("values") or {}).get("root_module", {})
        yield from _module(root)
        return
    for resource in document.get("resources", ()):
        if resource["mode"] == "managed":
            module = f"{resource['module']}." if "module" in resource else ""
            for instance in resource["instances"]:
                key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                address = f"{module}{resource['type']}.{resource['name']}{key}"
                yield Resource(address, resource["type"], instance["attributes"])


def _module(module: Mapping[str, Any]) -> Iterator[Resource]:
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed":
            yield Resource(resource["address"], resource["type"], resource["values"])
    for child in module.get("child_modules", ()):
        yield from _module(child)


def unread(plan: Mapping[str, Any]) -> list[str]:
    """The policies of a plan that are not known before it is applied: look at the state for those."""
    return sorted(
        f"{change['address']}.{argument}"
        for change in plan.get("resource_changes", ())
        for argument in ARGUMENTS
        if (change["change"].get("after_unknown") or {}).get(argument) is True
    )


def statements(resource: Resource) -> Iterator[Mapping[str, Any]]:
    """The statements of every policy that a resource holds; a VPC endpoint's gives nothing, it only takes."""
    if resource.type == "aws_vpc_endpoint":
        return
    texts = [resource.values.get(argument) for argument in ARGUMENTS]
    texts += [inline.get("policy") for inline in resource.values.get("inline_policy") or ()]
    for text in texts:
        if isinstance(text, str) and '"Statement"' in text:
            yield from (one for one in _list(json.loads(text)["Statement"]))


def findings(document: Mapping[str, Any]) -> list[Finding]:
    """Everything that goes further than it must, in the order of the document."""
    found = []
    for resource in resources(document):
        for statement in statements(resource):
            if statement["Effect"] == "Allow":
                found += [Finding(resource.address, *each) for each in _allowed(resource, statement)]
        found += [Finding(resource.address, *each) for each in _attached(resource)]
    return found


def _attached(resource: Resource) -> Iterator[tuple[str, str]]:
    """Policies that AWS writes are for everything of everybody.

    Those that a role has without a resource for it were attached before it was adopted: ``attached-by-hand``.
    """
    if not resource.type.startswith("aws_iam_"):
        return
    ours, found = resource.values.get("policy_arn"), resource.values.get("managed_policy_arns") or ()
    for code, arn in (("managed-policy", ours), *(("attached-by-hand", arn) for arn in found)):
        if isinstance(arn, str) and re.match(r"arn:[\w-]+:iam::aws:policy/", arn):
            yield code, arn


def _allowed(resource: Resource, statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    keys = {key for test in statement.get("Condition", {}).values() for key in test}
    if "NotAction" in statement or "NotResource" in statement or "NotPrincipal" in statement:
        yield "inverted", "allows all but what is named"
    principal = statement.get("Principal")
    if principal is not None:
        yield from _trusted(resource, principal, keys)
    if resource.type in {"aws_kms_key", "aws_kms_key_policy"}:
        return  # in a key's policy the resource is the key itself
    wide = [target for target in _list(statement.get("Resource", [])) if everything(target)]
    for action in _list(statement.get("Action", [])):
        bound = next((EXCEPTIONS[known] for known in EXCEPTIONS if fnmatchcase(action, known)), None)
        name = action.partition(":")[2] or action
        if "*" in name and not READS.match(name):
            if bound is None:
                yield "wildcard-action", action
        elif wide and writes(action) and (bound is None or (bound[0] and bound[0] not in keys)):
            yield "wildcard-write", f"{action} on {', '.join(wide)}"


def _trusted(resource: Resource, principal: Any, keys: set[str]) -> Iterator[tuple[str, str]]:
    if principal == "*" or (isinstance(principal, Mapping) and "*" in _list(principal.get("AWS", []))):
        if not keys:
            yield "public", "anybody"
        return
    services = _list(principal.get("Service", [])) if isinstance(principal, Mapping) else []
    if services and not keys & {"aws:SourceAccount", "aws:SourceArn"}:
        yield "any-account", f"{', '.join(services)} on behalf of any account"


def writes(action: str) -> bool:
    """Whether an action changes something, or hands out what is to be guarded."""
    name = action.partition(":")[2]
    return action in GUARDED or not READS.match(name)


def everything(target: str) -> bool:
    """Whether a pattern takes all of a kind: ``*``, or an ARN whose resource is ``*`` or ``kind/*``."""
    if target == "*":
        return True
    parts = target.split(":", 5)
    return len(parts) == 6 and re.fullmatch(r"\*|[\w-]+[/:]\*", parts[5]) is not None and parts[2] != "s3"


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]
