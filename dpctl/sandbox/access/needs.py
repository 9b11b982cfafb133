"""What a call needs: actions, each on a resource, with the condition keys it brings.

Which resources an action takes is AWS's Service Authorization Reference (``reference``); their names are read
from the call's parameters. What differs from "the action is called as the operation" stands in
``operations``, what a call needs beside its own action in ``companions``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Protocol

from dpctl.sandbox.access import reference
from dpctl.sandbox.access.names import PARAMETERS, RESOLVED, UNMADE
from dpctl.sandbox.access.operations import action_of
from dpctl.sandbox.access.patterns import arn_like

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
# EC2's ids say of what kind they are (EC2 user guide, "Resource IDs").
EC2_KINDS = {
    "acl": "network-acl", "eipalloc": "elastic-ip", "eni": "network-interface", "fl": "vpc-flow-log",
    "igw": "internet-gateway", "nat": "natgateway", "rtb": "route-table", "sg": "security-group",
    "sgr": "security-group-rule", "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint",
}  # fmt: skip

# With an index these are judged by it, and not by its table (DynamoDB developer guide, "IAM policy to prevent
# access to a table but allow an index").
OF_INDEX = ("dynamodb:Query", "dynamodb:Scan")


@dataclass(frozen=True)
class Need:
    """One action on one resource: an ARN, or ``*`` for an action that takes none."""

    action: str
    resource: str = "*"
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A call: names of service and operation as boto3 has them, and its parameters."""

    service: str
    operation: str
    params: Mapping[str, Any]


class Lookups(Protocol):
    """What has to be looked up in the account to know what a call is about."""

    account_id: str
    region: str

    def named(self, kind: str, name: str) -> str | None:
        """The ARN, or the id in it, of a secret, a key, a role or the like; None where there is none."""
        ...


def own_needs(asked: Asked, look: Lookups) -> list[Need]:
    """The needs of a call for its own action; none for what everybody may."""
    if (asked.service, asked.operation) == ("s3", "DeleteObjects"):
        return _deleted(asked.params)
    if (asked.service, asked.operation) == ("events", "PutEvents"):
        asked = _on_buses(asked)
    action = action_of(asked.service, asked.operation, asked.params)
    return [Need(action, resource) for resource in resources(action, asked, look)] if action else []


def _deleted(params: Mapping[str, Any]) -> list[Need]:
    """An object, or a version of it, which is another action (S3 API reference, "DeleteObjects")."""
    return [
        Need(
            "s3:DeleteObjectVersion" if one.get("VersionId") else "s3:DeleteObject",
            f"arn:aws:s3:::{params.get('Bucket', '')}/{one.get('Key', '')}",
        )
        for one in params.get("Delete", {}).get("Objects") or ()
    ]


def _on_buses(asked: Asked) -> Asked:
    """Each entry names its bus; one that does not is for the default one."""
    entries = [
        {"EventBusName": one.get("EventBusName") or "default"} for one in asked.params.get("Entries") or ()
    ]
    return Asked(asked.service, asked.operation, {**asked.params, "Entries": entries})


def resources(action: str, asked: Asked, look: Lookups) -> list[str]:
    """The ARNs that an action is needed on; ``*`` for one that takes no resource."""
    types = reference.types(action)
    if types is None or not (types[0] or types[1]):
        return ["*"]
    always, sometimes = types
    if action in OF_INDEX and asked.params.get("IndexName"):
        return _of_kind(action, "index", asked, look)
    found: list[str] = []
    for kind in always:
        found += _of_kind(action, kind, asked, look) or [_any(action, kind, look)]
    if found and not action.startswith("ec2:"):
        sometimes = []
    elif "ResourceARN" in asked.params:  # of what is tagged, nothing else is meant
        sometimes = [kind for kind in sometimes if _given(action, kind, asked, look)] or sometimes
    for kind in sometimes:
        found += _of_kind(action, kind, asked, look)
    return list(dict.fromkeys(found)) or [_any(action, types[1][0], look)]


def _given(action: str, kind: str, asked: Asked, look: Lookups) -> list[str]:
    """The ARNs of a kind that stand in a call as they are."""
    shape = _PLACEHOLDER.sub("*", _placed(reference.template(action, kind), look))
    return [text for text in _texts(asked.params) if _is(text, shape)]


def _of_kind(action: str, kind: str, asked: Asked, look: Lookups) -> list[str]:
    template = _placed(reference.template(action, kind), look)
    shape = _PLACEHOLDER.sub("*", template)
    given = _given(action, kind, asked, look)
    service = action.partition(":")[0]
    if service == "ec2":
        return given or [
            shape.rpartition("/")[0] + f"/{text}"
            for text in _texts(asked.params, deep=True)
            if EC2_KINDS.get(text.partition("-")[0]) == kind and re.fullmatch(r"[a-z]+-[0-9a-f]{8,17}", text)
        ]
    names = _PLACEHOLDER.findall(template)
    values = [_values(service, kind, name, asked.params, look) for name in names]
    if given and values == [_values(service, kind, name, {}, look) for name in names]:
        return given  # nothing is named, but for defaults
    # A text that reads as an ARN may be a message or a secret: it stands beside the name, not for it.
    named = [_filled(template, names, chosen) for chosen in product(*values)] if all(values) else []
    return [*given, *named]


def _any(action: str, kind: str, look: Lookups) -> str:
    """Every resource of a kind, where the call names none."""
    return _PLACEHOLDER.sub("*", _placed(reference.template(action, kind), look))


def _placed(template: str, look: Lookups) -> str:
    for name, value in (("Partition", "aws"), ("Region", look.region), ("Account", look.account_id)):
        template = template.replace(f"${{{name}}}", value)
    return template


def _is(text: str, shape: str) -> bool:
    return text.startswith("arn:") and "${" not in text and arn_like(shape, text)


def _filled(template: str, names: list[str], values: tuple[str, ...]) -> str:
    if values and values[0].startswith("arn:"):
        return values[0]
    for name, value in zip(names, values, strict=True):
        template = template.replace(f"${{{name}}}", value)
    return template


def _values(service: str, kind: str, name: str, params: Mapping[str, Any], look: Lookups) -> list[str]:
    """What a part of an ARN is called in a call: one name, or several."""
    default = [name, name[0].lower() + name[1:], "Name", "name"]
    for path in PARAMETERS.get((service, kind, name), PARAMETERS.get((service, "", name), default)):
        if path.startswith("="):  # what AWS takes where nothing is given
            return [path[1:]]
        found = list(at_path(params, path.split(".")))
        if found:
            return [_resolved(service, kind, one, look) for one in found]
    return []


def _resolved(service: str, kind: str, name: str, look: Lookups) -> str:
    if (service, kind) == ("kms", "alias"):  # the name has the ARN's own word in it
        return name.removeprefix("alias/")
    known = RESOLVED.get((service, kind))
    found = look.named(known, name) if known else None
    if found is None and not name.startswith("arn:"):
        return UNMADE.get((service, kind), "{}").format(name)
    return found or name


def at_path(value: Any, path: Sequence[str]) -> Iterator[str]:
    """The texts at a path into structures, lists of them, and (``*``) the names of a map."""
    if isinstance(value, list):
        for one in value:
            yield from at_path(one, path)
    elif path and isinstance(value, Mapping):
        if path[0] == "*":
            yield from (str(key) for key in value)
        elif path[0] in value:
            yield from at_path(value[path[0]], path[1:])
    elif not path and isinstance(value, str) and value:
        yield value


def _texts(value: Any, *, deep: bool = False, level: int = 0) -> Iterator[str]:
    """The texts among a call's parameters: those at the top, and lists of them; ``deep``: all."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            if deep or isinstance(one, str):
                yield from _texts(one, deep=deep, level=level + 1)
    elif isinstance(value, Mapping) and (deep or level == 0):
        for one in value.values():
            yield from _texts(one, deep=deep, level=level + 1)
