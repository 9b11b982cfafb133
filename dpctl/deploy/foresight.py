"""Obstacles of layers that can't be planned yet, looked for from env.yaml before anything is applied.

A layer that waits for another is planned at its turn only, when half of the run is done. What it will create
under names of env.yaml is known before, and so is what would be in its way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dpctl.config import Environment
from dpctl.deploy import obstacles
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.adopt.inventory import NotKnown, Values
from dpctl.errors import AwsError
from dpctl.layers import CAPTURE, COPIES

Planned = tuple[str, str, dict[str, Any]]


def look(environment: Environment, layer: str, inventory: Inventory) -> obstacles.Outlook:
    """What is in the way of a layer, as far as env.yaml tells what the layer will create."""
    settings = f"live/{environment.name}/env.yaml"
    found, not_seen = [], []
    for address, kind, values in _expected(environment, layer, inventory):
        try:
            met = obstacles.CHECKS[kind](Values(values), inventory, settings)
        except NotKnown:
            continue
        except AwsError as error:
            not_seen.append(obstacles.NotSeen(address, f"{error.what} {error.why}".strip()))
            continue
        if met is not None:
            found.append(replace(met, address=address))
    return obstacles.Outlook(tuple(found), tuple(not_seen))


def _expected(environment: Environment, layer: str, inventory: Inventory) -> Iterator[Planned]:
    if layer == CAPTURE:
        yield from _chain(environment)
    if layer == COPIES and environment.config.s3_to_redshift.mode == "auto_copy":
        yield from _integration(environment, inventory)


def _chain(environment: Environment) -> Iterator[Planned]:
    config = environment.config
    machine = environment.resource(config.capture.state_machine)
    target = {
        "rule": environment.resource(config.capture.rule),
        "target_id": config.capture.target,
        "arn": f"arn:aws:states:{config.region}:{config.account_id}:stateMachine:{machine}",
    }
    yield (
        "module.eventbridge.aws_cloudwatch_event_target.state_machine",
        "aws_cloudwatch_event_target",
        target,
    )
    flow = environment.resource(config.glue.workflow)
    trigger = {"name": config.glue.start_trigger or f"{flow}-start", "workflow_name": flow, "type": "EVENT"}
    yield "module.glue.aws_glue_trigger.start[0]", "aws_glue_trigger", trigger


def _integration(environment: Environment, inventory: Inventory) -> Iterator[Planned]:
    config = environment.config
    name = environment.resource(config.databases.redshift.namespace)
    found: Mapping[str, Any] = inventory.get("redshift-serverless", "get_namespace", namespaceName=name) or {}
    values = {
        "integration_name": environment.resource("s3-redshift"),
        "source_arn": f"arn:aws:s3:::{environment.resource(config.storage.source_bucket)}",
        "target_arn": (found.get("namespace") or {}).get("namespaceArn"),
    }
    yield "module.redshift_autocopy.aws_redshift_integration.s3[0]", "aws_redshift_integration", values
