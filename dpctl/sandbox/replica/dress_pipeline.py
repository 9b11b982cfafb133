"""The options of Glue, the state machine and the event rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dpctl.sandbox.replica.dress_identity import tag_list
from dpctl.sandbox.replica.seed import Seed

# what get_job shows and update_job does not take together with a worker type
COMPUTED = ("MaxCapacity",)


def _tag(seed: Seed, resource: str, tags: Mapping[str, str] | None) -> None:
    if tags:
        arn = seed.account.arn("glue", resource)
        seed.client("glue").tag_resource(ResourceArn=arn, TagsToAdd=dict(tags))


def connections(seed: Seed, wanted: Mapping[str, Any]) -> None:
    """The connections as they stand in the picture."""
    glue = seed.client("glue")
    for name, options in wanted.items():
        given = dict(options)
        authentication = given.pop("AuthenticationConfiguration", None)
        if authentication:
            known = ("AuthenticationType", "SecretArn")
            given["AuthenticationConfiguration"] = {
                key: authentication[key] for key in known if key in authentication
            }
        glue.update_connection(Name=name, ConnectionInput={"Name": name, **given})


def jobs(seed: Seed, wanted: Mapping[str, Any]) -> None:
    """Arguments, timeouts and everything else of the jobs: what is left out stays as it is."""
    glue = seed.client("glue")
    for name, options in wanted.items():
        now = glue.get_job(JobName=name)["Job"]
        given = {key: value for key, value in options.items() if key != "Tags"}
        keep = (
            "Role",
            "Command",
            "GlueVersion",
            "MaxCapacity",
            "WorkerType",
            "NumberOfWorkers",
            "Connections",
        )
        merged = {key: now[key] for key in keep if key in now} | {
            "DefaultArguments": now.get("DefaultArguments", {})
        }
        merged |= given
        if merged.get("WorkerType"):
            for key in COMPUTED:
                merged.pop(key, None)
        glue.update_job(JobName=name, JobUpdate=merged)
        _tag(seed, f"job/{name}", options.get("Tags"))


def workflow(seed: Seed, options: Mapping[str, Any]) -> None:
    """Description, run properties, concurrency and tags."""
    name = seed.config.glue.workflow
    names = ("Description", "DefaultRunProperties", "MaxConcurrentRuns")
    changes = {key: options[key] for key in names if options.get(key)}
    if changes:
        seed.client("glue").update_workflow(Name=name, **changes)
    _tag(seed, f"workflow/{name}", options.get("Tags"))


def triggers(seed: Seed, wanted: Mapping[str, Any]) -> None:
    """The triggers that are not there yet."""
    glue = seed.client("glue")
    there = {one["Name"] for one in glue.get_triggers()["Triggers"]}
    for name, options in wanted.items():
        if name not in there:
            glue.create_trigger(Name=name, **options)


def state_machine(seed: Seed, options: Mapping[str, Any]) -> None:
    """Definition, logging, tracing and tags."""
    client = seed.client("stepfunctions")
    arn = seed.account.arn("states", f"stateMachine:{seed.config.capture.state_machine}")
    names = ("loggingConfiguration", "tracingConfiguration", "roleArn")
    changes = {key: options[key] for key in names if options.get(key)}
    if options.get("Definition"):
        changes["definition"] = json.dumps(options["Definition"])
    if changes:
        client.update_state_machine(stateMachineArn=arn, **changes)
    if options.get("Tags"):
        client.tag_resource(resourceArn=arn, tags=tag_list(options["Tags"], "key", "value"))


def rule(seed: Seed, options: Mapping[str, Any]) -> None:
    """Pattern, description, targets and tags."""
    events, name = seed.client("events"), seed.config.capture.rule
    now = events.describe_rule(Name=name)
    given = {key: options[key] for key in ("Description", "State", "RoleArn") if options.get(key)}
    pattern = json.dumps(options["EventPattern"]) if options.get("EventPattern") else now["EventPattern"]
    events.put_rule(Name=name, EventPattern=pattern, **given)
    if options.get("Targets"):
        events.put_targets(Rule=name, Targets=options["Targets"])
    if options.get("Tags"):
        events.tag_resource(ResourceARN=now["Arn"], Tags=tag_list(options["Tags"]))
