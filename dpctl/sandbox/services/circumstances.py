"""Condition keys that are looked up when a policy asks for them: tags of the resource, the way of the call.

Source: IAM user guide, "AWS global condition context keys", and each service's page in the Service
Authorization Reference. Tags are read as anybody reads them, by the service's own operation; a request for
what does not exist yet has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from dpctl.sandbox import walk
from dpctl.sandbox.access.judge import Caller
from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.account import Account

Values = tuple[str, ...] | None
Tags = dict[str, str]


@dataclass
class Places:
    """The VPCs that sessions call from: subnet and security groups, by access key."""

    sources: dict[str, walk.Source] = field(default_factory=dict)


def place(account: Account, access_key: str, subnet: str | None, groups: Iterable[str]) -> None:
    """Have a session call from an interface in a VPC."""
    if subnet:
        account.store(Places).sources[access_key] = walk.Source(subnet, tuple(groups))


def of(account: Account, caller: Caller, need: Need) -> Callable[[str], Values]:
    """What looks up a key of a request: its values, none, or None for a key that is not known here."""
    service = need.action.partition(":")[0]
    tags = cache(lambda: _tags(account, need.resource))
    named = ("aws:resourcetag/", *((f"{service}:resourcetag/",) if service in OWN_NAME else ()))

    def look(key: str) -> Values:
        family, slash, name = key.partition("/")
        if family + slash in named:
            found = tags()
            return None if found is None else tuple(v for k, v in found.items() if k.lower() == name)
        if key in ("aws:sourcevpc", "aws:sourcevpce"):
            return _way(account, caller, service, endpoint=key.endswith("e"))
        return None

    return look


# Services whose own key says the same as aws:ResourceTag.
OWN_NAME = frozenset({"ec2", "iam", "secretsmanager"})


def _tags(account: Account, arn: str) -> Tags | None:
    """The tags of a resource; None where it is not known how that kind has any."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return {}
    service, rest = parts[2], parts[5]
    reading = READING.get(service)
    if reading is None:
        return None
    try:
        return _pairs(reading(account, arn, rest))
    except ClientError:  # it is not there, or has none
        return {}


def _pairs(answer: Any) -> Tags:
    if isinstance(answer, Mapping):
        return {str(name): str(value) for name, value in answer.items()}
    lower = [{str(name).lower(): value for name, value in one.items()} for one in answer or ()]
    return {str(one["key"]): str(one.get("value", "")) for one in lower}


def _listed(service: str, operation: str, parameter: str, answer: str) -> Callable[[Account, str, str], Any]:
    """Tags by the ARN."""

    def read(account: Account, arn: str, _: str) -> Any:
        return getattr(account.client(service), operation)(**{parameter: arn}).get(answer)

    return read


def _none(*_: Any) -> Tags:
    return {}


def _queue(account: Account, _: str, name: str) -> Any:
    client = account.client("sqs")
    return client.list_queue_tags(QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"]).get("Tags")


def _principal(account: Account, _: str, rest: str) -> Any:
    kind, _, path = rest.partition("/")
    name, iam = path.rpartition("/")[2], account.client("iam")
    if kind == "role":
        return iam.list_role_tags(RoleName=name)["Tags"]
    return iam.list_user_tags(UserName=name)["Tags"] if kind == "user" else {}


def _of_ec2(account: Account, _: str, rest: str) -> Any:
    wanted = [{"Name": "resource-id", "Values": [rest.partition("/")[2]]}]
    return account.client("ec2").describe_tags(Filters=wanted)["Tags"]


def _table(account: Account, arn: str, _: str) -> Any:
    """An index and a stream have the tags of their table."""
    table = "/".join(arn.split("/")[:2])
    return account.client("dynamodb").list_tags_of_resource(ResourceArn=table).get("Tags")


def _function(account: Account, arn: str, _: str) -> Any:
    return account.client("lambda").list_tags(Resource=":".join(arn.split(":")[:7])).get("Tags")


def _trail(account: Account, arn: str, _: str) -> Any:
    [found] = account.client("cloudtrail").list_tags(ResourceIdList=[arn])["ResourceTagList"]
    return found["TagsList"]


def _schedule_group(account: Account, arn: str, rest: str) -> Any:
    """A schedule itself has no tags, its group has (Service Authorization Reference)."""
    if not rest.startswith("schedule-group/"):
        return {}
    return account.client("scheduler").list_tags_for_resource(ResourceArn=arn).get("Tags")


def _log_group(account: Account, arn: str, _: str) -> Any:
    group = ":".join(arn.split(":")[:7])
    return account.client("logs").list_tags_for_resource(resourceArn=group).get("tags")


# A bucket's tags count where its owner has switched that on (S3 user guide, "Enabling ABAC in general purpose
# buckets"), an object's have a key of their own.
READING: Mapping[str, Callable[[Account, str, str], Any]] = {
    "budgets": _listed("budgets", "list_tags_for_resource", "ResourceARN", "ResourceTags"),
    "cloudtrail": _trail,
    "cloudwatch": _listed("cloudwatch", "list_tags_for_resource", "ResourceARN", "Tags"),
    "dynamodb": _table,
    "ec2": _of_ec2,
    "events": _listed("events", "list_tags_for_resource", "ResourceARN", "Tags"),
    "glue": _listed("glue", "get_tags", "ResourceArn", "Tags"),
    "iam": _principal,
    "kms": _listed("kms", "list_resource_tags", "KeyId", "Tags"),
    "lambda": _function,
    "logs": _log_group,
    "rds": _listed("rds", "list_tags_for_resource", "ResourceName", "TagList"),
    "redshift-serverless": _listed("redshift-serverless", "list_tags_for_resource", "resourceArn", "tags"),
    "s3": _none,
    "scheduler": _schedule_group,
    "secretsmanager": _listed("secretsmanager", "describe_secret", "SecretId", "Tags"),
    "sns": _listed("sns", "list_tags_for_resource", "ResourceArn", "Tags"),
    "sqs": _queue,
    "states": _listed("stepfunctions", "list_tags_for_resource", "resourceArn", "tags"),
}

# What the endpoints of services are called where it is not as their actions are.
ENDPOINTS = {"cloudwatch": "monitoring"}


def _way(account: Account, caller: Caller, service: str, *, endpoint: bool) -> Values:
    """The VPC that a call comes from, or the endpoint it comes by; neither where its way is the internet."""
    source = account.store(Places).sources.get(caller.access_key)
    if source is None:
        return ()
    ec2 = account.client("ec2")
    network = walk.collect(ec2)
    name = f"com.amazonaws.{account.region}.{ENDPOINTS.get(service, service)}"
    try:
        found = walk.reach_service(network, source, name)
    except walk.Unreachable:
        return ()
    if not found:
        return ()
    return (found,) if endpoint else (str(network.subnets[source.subnet]["VpcId"]),)
