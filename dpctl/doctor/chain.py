"""What AWS says about the event chain: trail, rule, state machine, workflow, triggers, job, roles, keys."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from dpctl.doctor import backlog
from dpctl.doctor.asking import Clients, attempt, document, found
from dpctl.doctor.links import Chain, Names

if TYPE_CHECKING:
    from dpctl.config import Environment

LAST_RUNS = 5


def names_of(environment: Environment) -> Names:
    """The names of an environment's chain."""
    config, resource = environment.config, environment.resource
    where = f"{config.region}:{config.account_id}"
    workflow = resource(config.glue.workflow)
    return Names(
        env=environment.name,
        trail=resource(config.audit.trail),
        table_arn=f"arn:aws:dynamodb:{where}:table/{resource(config.databases.dynamodb.table)}",
        rule=resource(config.capture.rule),
        state_machine_arn=f"arn:aws:states:{where}:stateMachine:{resource(config.capture.state_machine)}",
        workflow=workflow,
        workflow_arn=f"arn:aws:glue:{where}:workflow/{workflow}",
        job=resource("GlueTestjob"),
        events_role=resource(config.iam.events_to_step_functions),
        states_role=resource(config.iam.step_functions),
        notify_role=resource(config.iam.events_to_glue),
        writes=tuple(config.capture.events),
        account=config.account_id,
        region=config.region,
        bucket=resource(config.storage.glue_assets_bucket),
    )


Ask = Callable[[], Any]


def collect_chain(clients: Clients, names: Names) -> Chain:
    """Ask AWS about every link. Raises AccessError without credentials."""
    tasks = {**_links(clients, names), **_roles(clients, names)}
    with ThreadPoolExecutor(8) as pool:
        futures = {name: pool.submit(attempt, permission, ask) for name, (permission, ask) in tasks.items()}
        return Chain(names, {name: future.result() for name, future in futures.items()})


def _links(clients: Clients, names: Names) -> dict[str, tuple[str, Ask]]:
    """What to ask about the links: the permission, and the question."""

    def call(service: str, operation: str, **params: Any) -> Ask:
        return lambda: found(lambda: getattr(clients.client(service), operation)(**params))

    def triggers() -> list[Any]:
        pages = clients.client("glue").get_paginator("get_triggers").paginate()
        return [
            one for page in pages for one in page["Triggers"] if one.get("WorkflowName") == names.workflow
        ]

    def objects(folder: str) -> Ask:
        ask = backlog.lister(clients, names.bucket, folder)
        return lambda: found(ask)

    machine = call("stepfunctions", "describe_state_machine", stateMachineArn=names.state_machine_arn)
    runs = call("glue", "get_job_runs", JobName=names.job, MaxResults=LAST_RUNS)
    return {
        "status": ("cloudtrail:GetTrailStatus", call("cloudtrail", "get_trail_status", Name=names.trail)),
        "selectors": (
            "cloudtrail:GetEventSelectors",
            call("cloudtrail", "get_event_selectors", TrailName=names.trail),
        ),
        "rule": ("events:DescribeRule", call("events", "describe_rule", Name=names.rule)),
        "targets": ("events:ListTargetsByRule", call("events", "list_targets_by_rule", Rule=names.rule)),
        "machine": ("states:DescribeStateMachine", machine),
        "workflow": ("glue:GetWorkflow", call("glue", "get_workflow", Name=names.workflow)),
        "triggers": ("glue:GetTriggers", triggers),
        "job": ("glue:GetJob", call("glue", "get_job", JobName=names.job)),
        "runs": ("glue:GetJobRuns", runs),
        "pending": ("s3:ListBucket", objects(backlog.PENDING)),
        "buried": ("s3:ListBucket", objects(backlog.BURIED)),
    }


def _roles(clients: Clients, names: Names) -> dict[str, tuple[str, Ask]]:
    """What to ask about the roles: who trusts them, and whether each may do its one thing."""

    def role(name: str, action: str, resource: str) -> tuple[str, Ask]:
        def ask() -> Any:
            iam = clients.client("iam")
            raw = found(lambda: iam.get_role(RoleName=name))
            if raw is None:
                return None
            params = {"ActionNames": [action], "ResourceArns": [resource]}
            answer = iam.simulate_principal_policy(PolicySourceArn=raw["Role"]["Arn"], **params)
            trust = document(raw["Role"].get("AssumeRolePolicyDocument"))
            return {"trust": trust, "decision": answer["EvaluationResults"][0]["EvalDecision"]}

        return "iam:SimulatePrincipalPolicy", ask

    return {
        "events_role": role(names.events_role, "states:StartExecution", names.state_machine_arn),
        "states_role": role(names.states_role, "glue:StartWorkflowRun", names.workflow_arn),
        "notify_role": role(names.notify_role, "glue:NotifyEvent", names.workflow_arn),
    }
