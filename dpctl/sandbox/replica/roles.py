"""The roles of the account, as consoles make them: broad managed policies, small inline ones."""

from __future__ import annotations

import json
from typing import Any

from dpctl.sandbox.replica.seed import Seed

# Managed policies that give "access" to a service, as somebody clicks it together.
GLUE_POLICIES = (
    "service-role/AWSGlueServiceRole",
    "AmazonS3FullAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonRedshiftFullAccess",
    "AmazonRedshiftDataFullAccess",
    "SecretsManagerReadWrite",
)
COMMANDS_POLICIES = ("AmazonS3FullAccess", "AWSGlueConsoleFullAccess", "SecretsManagerReadWrite")
COMMANDS_SERVICES = (
    "redshift.amazonaws.com",
    "redshift-serverless.amazonaws.com",
    "events.amazonaws.com",
    "scheduler.redshift.amazonaws.com",
)


def fill(seed: Seed) -> None:
    """Make every role that exists before the pipeline layers are applied."""
    iam = seed.config.iam
    _role(seed, iam.glue, ["glue.amazonaws.com"], GLUE_POLICIES)
    _role(seed, iam.redshift_commands, list(COMMANDS_SERVICES), COMMANDS_POLICIES)
    for name in iam.redshift_s3:
        _role(seed, name, ["redshift.amazonaws.com"], ("AmazonS3FullAccess",))
    _pipeline(seed)


def _pipeline(seed: Seed) -> None:
    config, arn = seed.config, seed.account.arn
    workflow = arn("glue", f"workflow/{config.glue.workflow}")
    machine = arn("states", f"stateMachine:{config.capture.state_machine}")
    rule = arn("events", f"rule/{config.capture.rule}")
    _role(seed, config.iam.step_functions, ["states.amazonaws.com"])
    _inline(
        seed,
        config.iam.step_functions,
        "GlueWorkflow",
        ["glue:StartWorkflowRun", "glue:GetWorkflowRun"],
        workflow,
    )
    logs = ["logs:CreateLogDelivery", "logs:PutResourcePolicy", "logs:DescribeLogGroups"]
    _inline(seed, config.iam.step_functions, "CloudWatchLogs", logs, "*")
    _role(seed, config.iam.events_to_step_functions, ["events.amazonaws.com"])
    _inline(seed, config.iam.events_to_step_functions, "StartExecution", ["states:StartExecution"], machine)
    _role(seed, config.iam.events_to_glue, ["events.amazonaws.com"], source_arn=rule)
    _inline(seed, config.iam.events_to_glue, "NotifyEvent", ["glue:NotifyEvent"], workflow)


def _role(
    seed: Seed, name: str, services: list[str], policies: tuple[str, ...] = (), *, source_arn: str = ""
) -> None:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": services[0] if len(services) == 1 else services},
        "Action": "sts:AssumeRole",
    }
    if source_arn:
        statement["Condition"] = {
            "StringEquals": {"aws:SourceArn": source_arn, "aws:SourceAccount": seed.account.account_id}
        }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam = seed.client("iam")
    path = seed.paths.get(name, "/")
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")


def _inline(seed: Seed, role: str, name: str, actions: list[str], resource: str) -> None:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    seed.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
