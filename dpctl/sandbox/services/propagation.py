"""What AWS lets be true only a little later: changes of IAM, of rules, and of what buckets there are.

IAM "uses a distributed computing model called eventual consistency", so that a change "might not be
immediately visible" (IAM user guide, "Troubleshooting IAM"); a rule's new target "might not be immediately
invoked. Allow a short period of time" (EventBridge API reference, "PutTargets"). In S3 objects and lists are
strongly consistent since December 2020; what is not is the configuration of buckets: "If you delete a bucket
and immediately list all buckets, the deleted bucket might still appear in the list" (S3 user guide,
"Amazon S3 data consistency model"). AWS says of none of these how long it takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call

IAM_SECONDS, RULE_SECONDS, BUCKET_SECONDS = 10.0, 30.0, 10.0
_CHANGES = re.compile(r"(Create|Put|Attach|Detach|Delete|Update|Set|Tag|Untag)\w*(Role|Policy)\w*")


@dataclass
class Propagation:
    """What was true before the last changes, and until when it counts still."""

    roles: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    rules: dict[tuple[str, str], float] = field(default_factory=dict)  # by bus and name
    buckets: dict[str, tuple[float, Any]] = field(default_factory=dict)


def roles(account: Account) -> dict[str, Any]:
    """The roles as they count now, by ARN: as they were some seconds ago, where the account is not calm."""
    kept = account.store(Propagation).roles
    if kept:
        now = account.clock.time()
        with account.lock:
            kept[:] = [one for one in kept if one[0] > now]
            if kept:
                return kept[0][1]
    return {role.arn: role for role in account.backend("iam").roles.values()}


def before_change(account: Account, call: Call) -> None:
    """Before a call that changes roles: keep how they are."""
    if account.realism.calm or call.access_key == account.own.access_key:
        return
    if call.service == "iam" and _CHANGES.fullmatch(call.operation):
        with account.lock:
            found = {role.arn: _copy(role) for role in account.backend("iam").roles.values()}
            until = account.clock.time() + IAM_SECONDS
            account.store(Propagation).roles.append((until, found))
    elif (call.service, call.operation) == ("s3", "DeleteBucket"):
        name = str(call.parameters["Bucket"])
        with account.lock:
            bucket = account.backend("s3").buckets.get(name)
            if bucket is not None:
                until = account.clock.time() + BUCKET_SECONDS
                account.store(Propagation).buckets[name] = (until, bucket.creation_date)


def _copy(role: Any) -> Any:
    """A role with its policies, as they are at this moment."""
    policies = {
        arn: SimpleNamespace(
            name=policy.name,
            default_version_id=policy.default_version_id,
            versions=[
                SimpleNamespace(version_id=one.version_id, document=one.document) for one in policy.versions
            ],
        )
        for arn, policy in role.managed_policies.items()
    }
    tags = role.tags
    return SimpleNamespace(
        arn=role.arn,
        name=role.name,
        tags=dict(tags) if isinstance(tags, Mapping) else list(tags or ()),
        policies=dict(role.policies),
        managed_policies=policies,
        permissions_boundary_arn=getattr(role, "permissions_boundary_arn", None),
        assume_role_policy_document=role.assume_role_policy_document,
    )


def rule_changed(account: Account, call: Call, answer: Answer) -> None:
    """After PutRule and PutTargets: the rule counts a little later."""
    if account.realism.calm or answer.status >= 300 or call.access_key == account.own.access_key:
        return
    params = call.params()
    bus = str(params.get("EventBusName") or "default").rpartition("/")[2]  # a name, or an ARN
    rule = (bus, str(params.get("Name") or params.get("Rule")))
    account.store(Propagation).rules[rule] = account.clock.time() + RULE_SECONDS


def in_force(account: Account, bus: str, rule: str) -> bool:
    """Whether a rule of a bus counts already."""
    return account.store(Propagation).rules.get((bus, rule), 0.0) <= account.clock.time()


def list_buckets(account: Account, call: Call, answer: Answer) -> Answer | None:
    """After ListBuckets: those that were deleted a moment ago are there still."""
    kept, now = account.store(Propagation).buckets, account.clock.time()
    for name in [name for name, (until, _) in list(kept.items()) if until <= now]:
        del kept[name]
    if not kept or answer.status >= 300:
        return None
    there = "".join(
        f"<Bucket><Name>{name}</Name><CreationDate>{made:%Y-%m-%dT%H:%M:%S.000Z}</CreationDate></Bucket>"
        for name, (_, made) in kept.items()
        if f"<Name>{name}</Name>".encode() not in answer.body
    )
    body = answer.body.replace(b"<Buckets/>", b"<Buckets></Buckets>")
    body = body.replace(b"</Buckets>", f"{there}</Buckets>".encode())
    return Answer(answer.status, answer.headers, body)


AFTER = {
    ("events", "PutRule"): rule_changed,
    ("events", "PutTargets"): rule_changed,
    ("s3", "ListBuckets"): list_buckets,
}
