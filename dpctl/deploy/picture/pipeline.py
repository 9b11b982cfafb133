"""Glue, the state machine, the event rule and Redshift's integrations."""

from __future__ import annotations

from dpctl.config import Environment
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.picture.shapes import Shape, from_json, only, tags, without_aws


def connections(aws: Inventory, environment: Environment) -> Shape:
    """Glue's connections by name, without passwords."""
    glue = environment.config.glue
    found: Shape = {}
    for base in (glue.connection.name, glue.mysql_connection):
        name = environment.resource(base)
        one = (aws.get("glue", "get_connection", Name=name, HidePassword=True) or {}).get("Connection")
        if one:
            found[name] = only(
                one, "Description", "ConnectionType", "MatchCriteria", "ConnectionProperties",
                "PhysicalConnectionRequirements", "AuthenticationConfiguration",
            )  # fmt: skip
    return found


JOB = tuple(
    [
        "Description",
        "Role",
        "ExecutionProperty",
        "Command",
        "DefaultArguments",
        "NonOverridableArguments",
        "Connections",
        "MaxRetries",
        "Timeout",
        "MaxCapacity",
        "WorkerType",
        "NumberOfWorkers",
        "GlueVersion",
        "SecurityConfiguration",
        "NotificationProperty",
        "ExecutionClass",
    ]
)


def jobs(aws: Inventory, environment: Environment) -> Shape:
    """Glue's jobs by name."""
    found: Shape = {}
    for base in environment.config.glue.jobs:
        name = environment.resource(base)
        one = (aws.get("glue", "get_job", JobName=name) or {}).get("Job")
        if one:
            found[name] = {**only(one, *JOB), "Tags": _glue_tags(aws, environment, f"job/{name}")}
    return found


def _glue_tags(aws: Inventory, environment: Environment, resource: str) -> dict[str, str]:
    config = environment.config
    arn = f"arn:aws:glue:{config.region}:{config.account_id}:{resource}"
    return without_aws((aws.get("glue", "get_tags", ResourceArn=arn) or {}).get("Tags") or {})


def workflow(aws: Inventory, environment: Environment) -> Shape | None:
    """The Glue workflow."""
    name = environment.resource(environment.config.glue.workflow)
    one = (aws.get("glue", "get_workflow", Name=name) or {}).get("Workflow")
    if not one:
        return None
    return {
        **only(one, "Description", "DefaultRunProperties", "MaxConcurrentRuns"),
        "Tags": _glue_tags(aws, environment, f"workflow/{name}"),
    }


def triggers(aws: Inventory, environment: Environment) -> Shape:
    """The triggers of the workflow, and those that start the pipeline's jobs."""
    flow = environment.resource(environment.config.glue.workflow)
    wanted = {environment.resource(job) for job in environment.config.glue.jobs}
    found: Shape = {}
    for one in aws.items("glue", "get_triggers", "Triggers"):
        if one.get("WorkflowName") == flow or wanted & {
            str(action.get("JobName")) for action in one["Actions"]
        }:
            found[one["Name"]] = only(
                one,
                "WorkflowName",
                "Type",
                "Description",
                "Schedule",
                "Actions",
                "Predicate",
                "EventBatchingCondition",
            )
    return found


def state_machine(aws: Inventory, environment: Environment) -> Shape | None:
    """The state machine and its definition."""
    name = environment.resource(environment.config.capture.state_machine)
    known = aws.items("stepfunctions", "list_state_machines", "stateMachines")
    arn = next((str(item["stateMachineArn"]) for item in known if item["name"] == name), None)
    one = aws.get("stepfunctions", "describe_state_machine", stateMachineArn=arn) if arn else None
    if not one:
        return None
    listed = aws.get("stepfunctions", "list_tags_for_resource", resourceArn=arn) or {}
    return {
        **only(one, "roleArn", "type", "loggingConfiguration", "tracingConfiguration"),
        "Definition": from_json(one["definition"]),
        "Tags": tags(listed.get("tags")),
    }


def rule(aws: Inventory, environment: Environment) -> Shape | None:
    """The event rule with its targets."""
    name = environment.resource(environment.config.capture.rule)
    one = aws.get("events", "describe_rule", Name=name)
    if not one:
        return None
    listed = aws.get("events", "list_tags_for_resource", ResourceARN=one["Arn"]) or {}
    found = aws.items("events", "list_targets_by_rule", "Targets", Rule=name)
    return {
        **only(one, "Description", "State", "RoleArn"),
        "EventPattern": from_json(one.get("EventPattern")),
        "Targets": sorted(found, key=lambda item: str(item["Id"])),
        "Tags": tags(listed.get("Tags")),
    }


def integrations(aws: Inventory, _environment: Environment) -> Shape:
    """Redshift's integrations by name."""
    known = aws.items("redshift", "describe_integrations", "Integrations")
    return {item["IntegrationName"]: only(item, "SourceArn", "TargetArn") for item in known}
