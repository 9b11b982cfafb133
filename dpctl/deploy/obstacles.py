"""What is in the way of a plan, though Terraform does not see it: asked of AWS before anything is applied.

``CHECKS`` has one check per resource type that a plan creates: the planned values in, an obstacle or nothing
out. What AWS does not let us see is said, and stops nothing.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.deploy.adopt import Inventory
from dpctl.deploy.adopt.inventory import NotKnown, Values
from dpctl.deploy.adopt.search import created
from dpctl.deploy.adopt.storage import region
from dpctl.deploy.changes import Change
from dpctl.deploy.guard import Refused
from dpctl.errors import AwsError


@dataclass(frozen=True)
class Obstacle:
    """What keeps a resource from being created, or makes it do harm. ``hint`` is a command or an edit."""

    what: str
    why: str
    hint: str
    address: str = ""


@dataclass(frozen=True)
class NotSeen:
    """A resource of which nobody can say whether something is in its way."""

    address: str
    reason: str


@dataclass(frozen=True)
class Outlook:
    """What lies ahead of one plan."""

    obstacles: tuple[Obstacle, ...] = ()
    not_seen: tuple[NotSeen, ...] = ()


class Obstructed(Refused):
    """A plan meets an obstacle."""


Check = Callable[[Values, Inventory, str], Obstacle | None]


def worthwhile(changes: Iterable[Change]) -> bool:
    """Whether a plan creates something that has a check."""
    return any(
        (change.action == "create" and change.type in CHECKS) or (change.imported and change.type in KIND_OF)
        for change in changes
    )


def look(document: Mapping[str, Any], inventory: Inventory, settings: str) -> Outlook:
    """Check everything that a plan (``show -json``) creates; ``settings`` is the path of env.yaml."""
    obstacles, not_seen = list(other_kinds(document, settings)), []
    for resource in created(document):
        address, check = str(resource["address"]), CHECKS.get(str(resource["type"]))
        if check is None:
            continue
        try:
            met = check(Values(resource["change"].get("after") or {}), inventory, settings)
        except NotKnown:  # it hangs on what does not exist yet, so nothing is in its way yet
            continue
        except AwsError as error:
            not_seen.append(NotSeen(address, f"{error.what} {error.why}".strip()))
            continue
        if met is not None:
            obstacles.append(Obstacle(met.what, met.why, met.hint, address))
    return Outlook(tuple(obstacles), tuple(not_seen))


def check(unit: str, obstacles: Iterable[Obstacle]) -> None:
    """Raise Obstructed when something is in the way."""
    found = list(obstacles)
    if not found:
        return
    raise Obstructed(
        f"{unit} can't be applied as it stands.",
        why="\n".join(f"{one.address}: {one.what}\n{one.why}" for one in found),
        hint="; ".join(dict.fromkeys(one.hint for one in found)),
    )


# integrations of a bucket with Redshift (Redshift guide, "Create an S3 event integration": considerations)

DESTINATIONS = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
NARROWER = "AWS makes an integration only while the bucket has none; narrower ones may be added afterwards."


def integration(values: Values, aws: Inventory, settings: str) -> Obstacle | None:
    """The bucket has notifications of new objects, or an integration with the same warehouse already."""
    source = str(values["source_arn"])
    if source.split(":")[2:3] != ["s3"]:
        return None
    bucket = source.rpartition(":")[2]
    return _notified(bucket, aws, settings) or _integrated(source, values, aws, settings)


def _notified(bucket: str, aws: Inventory, settings: str) -> Obstacle | None:
    answer = aws.get("s3", "get_bucket_notification_configuration", Bucket=bucket) or {}
    lines, names = [], []
    for kind, destination in DESTINATIONS.items():
        for item in answer.get(kind) or []:
            events = [event for event in item["Events"] if event.startswith("s3:ObjectCreated:")]
            if events:
                about = ", ".join([*events, *_filter(item)])
                lines.append(f"  {item['Id']} ({about}) -> {item[destination]}")
                names.append(item["Id"])
    if not lines:
        return None
    return Obstacle(
        f"the bucket {bucket} has notifications of new objects.",
        "\n".join([*lines, NARROWER]),
        f"take {', '.join(names)} off the bucket, or set s3_to_redshift.mode: scheduled in {settings}",
    )


def _filter(notification: Mapping[str, Any]) -> list[str]:
    """``prefix in/``, ``suffix .csv``."""
    rules = (notification.get("Filter") or {}).get("Key", {}).get("FilterRules") or []
    return [f"{rule['Name'].lower()} {rule['Value']}" for rule in rules]


def _integrated(source: str, values: Values, aws: Inventory, settings: str) -> Obstacle | None:
    """One pair of source and target has one integration; one of the same name is adopted."""
    name, pair = values["integration_name"], (source, values.get("target_arn"))
    for item in aws.items("redshift", "describe_integrations", "Integrations"):
        if (item["SourceArn"], item["TargetArn"]) == pair and item["IntegrationName"] != name:
            arn = item["IntegrationArn"]
            return Obstacle(
                f"the integration {item['IntegrationName']} connects the same bucket and warehouse.",
                f"  {arn}\nAWS allows one for each pair. Under the name {name} it would be adopted.",
                f"aws redshift modify-integration --integration-arn {arn} --integration-name {name}, "
                f"or set s3_to_redshift.mode: scheduled in {settings}",
            )
    return None


# targets of an event rule


def event_target(values: Values, aws: Inventory, settings: str) -> Obstacle | None:
    """The rule has the same target under another id: each event would go there twice."""
    rule, arn, wanted = values["rule"], values["arn"], values.get("target_id")
    if not wanted:  # Terraform makes one up, and the look for what exists goes by the ARN
        return None
    bus = values.get("event_bus_name", "default")
    found = aws.items("events", "list_targets_by_rule", "Targets", Rule=rule, EventBusName=bus)
    others = [item["Id"] for item in found if item["Arn"] == arn and item["Id"] != wanted]
    if not others:
        return None
    known = others[0] if others[0][0].isalpha() else json.dumps(others[0])
    remove = f"aws events remove-targets --rule {rule} --event-bus-name {bus} --ids {' '.join(others)}"
    return Obstacle(
        f"the rule {rule} has this target already, as {', '.join(others)}.",
        f"  {arn}\nA second one, {wanted}, would start it twice for every event.",
        f"set capture.target: {known} in {settings}" if ":states:" in arn else remove,
    )


# the trigger that starts a workflow

STARTING = frozenset({"EVENT", "ON_DEMAND", "SCHEDULED"})


def start_trigger(values: Values, aws: Inventory, settings: str) -> Obstacle | None:
    """The workflow has another trigger that starts it: Glue takes one (CreateTrigger, "start trigger")."""
    name, flow = values["name"], values.get("workflow_name")
    if not flow or values["type"] not in STARTING:
        return None
    for one in aws.items("glue", "get_triggers", "Triggers"):
        other = one["Name"]
        if one.get("WorkflowName") == flow and one["Type"] in STARTING and other != name:
            actions = ", ".join(str(action.get("JobName")) for action in one.get("Actions") or [])
            return Obstacle(
                f"the workflow {flow} is started by the trigger {other} already.",
                f"  {other} ({one['Type']}) -> {actions}\nGlue refuses a second one, {name}.",
                f"set glue.start_trigger: {json.dumps(other)} in {settings}, and it is adopted",
            )
    return None


# names that are taken by something of another kind: what tells kinds apart can't be changed in place

KIND_OF = {
    "aws_db_instance": ("engine",),
    "aws_dynamodb_table": ("hash_key", "range_key"),
    "aws_glue_trigger": ("type", "workflow_name"),
    "aws_sfn_state_machine": ("type",),
    "aws_sqs_queue": ("fifo_queue",),
}


def other_kinds(document: Mapping[str, Any], settings: str) -> Iterator[Obstacle]:
    """What a plan imports under a name of ours, but is something else."""
    for resource in document.get("resource_changes") or []:
        change = resource["change"]
        before, after = change.get("before") or {}, change.get("after") or {}
        for name in KIND_OF.get(str(resource["type"]), ()) if change.get("importing") else ():
            if name in before and name in after and (before[name] or None) != (after[name] or None):
                yield Obstacle(
                    f"its name is taken by something of another kind: {name} is {json.dumps(before[name])}.",
                    f"  env.yaml asks for {json.dumps(after[name])}.",
                    f"another name, or what stands, in {settings}",
                    str(resource["address"]),
                )


# names that are taken where we can't go


def bucket(values: Values, aws: Inventory, settings: str) -> Obstacle | None:
    """A bucket of that name is in another region: Terraform's provider works in one, and names are unique."""
    name = str(values["bucket"])
    here, there = aws.aws.region, region(name, aws)
    if there is None or there == here:
        return None
    return Obstacle(
        f"the bucket {name} is in {there}.",
        f"  env.yaml is of {here}. A bucket can't be moved, and its name is taken as long as it is there.",
        f"another name in {settings}",
    )


def secret(values: Values, aws: Inventory, settings: str) -> Obstacle | None:
    """A secret of that name is being deleted: until then its name is taken."""
    name = str(values["name"])
    found = aws.get("secretsmanager", "describe_secret", SecretId=name) or {}
    if not found.get("DeletedDate"):
        return None
    return Obstacle(
        f"the secret {name} is being deleted.",
        f"  {found['ARN']}, since {found['DeletedDate']:%Y-%m-%d}\nIts name is taken until it is gone.",
        f"aws secretsmanager restore-secret --secret-id {shlex.quote(name)}, or another name in {settings}",
    )


def trail(values: Values, aws: Inventory, settings: str) -> Obstacle | None:
    """A trail of all regions is at home in another one, where alone it can be changed."""
    name = str(values["name"])
    for one in aws.items("cloudtrail", "describe_trails", "trailList", trailNameList=[name]):
        home = one.get("HomeRegion", aws.aws.region)
        if one["Name"] == name and home != aws.aws.region:
            return Obstacle(
                f"the trail {name} is at home in {home}.",
                f"  {one['TrailARN']}\nIt logs this region too, but only {home} can change it.",
                f"another name for audit.trail in {settings}",
            )
    return None


CHECKS: dict[str, Check] = {
    "aws_s3_bucket": bucket,
    "aws_secretsmanager_secret": secret,
    "aws_cloudtrail": trail,
    "aws_glue_trigger": start_trigger,
    "aws_cloudwatch_event_target": event_target,
    "aws_redshift_integration": integration,
}
