# ruff: noqa: E501 - tables read better with a row on a line
"""Wirings of the pipeline, each broken by an ordinary call, and what puts it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

TABLE, RULE, MACHINE, WORKFLOW, JOB = (
    "Orders",
    "dynamodb-insert",
    "LogEvent",
    "Glue-EventBridge-Workflow",
    "GlueTestjob",
)
ACCOUNT, REGION = "054158074701", "ap-south-1"
MACHINE_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{MACHINE}"
TARGET_ROLE = "Amazon_EventBridge_Invoke_Step_Functions_1920182076"
STATES_ROLE = "StepFunctions-LogEvent-role-omehw6l45"
ASSETS, SOURCE = f"aws-glue-assets-{ACCOUNT}-{REGION}", f"manifest-bucket-{ACCOUNT}"
TRUST_EC2 = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


@dataclass(frozen=True)
class Wiring:
    """``breaks`` does it and gives back what undoes it; ``code`` is the check that must fail."""

    name: str
    code: str
    breaks: Callable[[Any], Callable[[], Any]]


def once(
    client: str, operation: str, params: dict, back: tuple[str, dict]
) -> Callable[[Any], Callable[[], Any]]:
    """A call, and the call that takes it back."""

    def breaks(aws):
        made = aws.client(client)
        getattr(made, operation)(**params)
        return lambda: getattr(made, back[0])(**back[1])

    return breaks


def pattern(**changes):
    """The rule's pattern with other details; None takes one away."""

    def breaks(aws):
        events = aws.client("events")
        before = events.describe_rule(Name=RULE)
        now = json.loads(before["EventPattern"])
        for key, value in changes.items():
            (now if key == "source" else now["detail"])[key] = value
        events.put_rule(Name=RULE, EventPattern=json.dumps(now), State=before["State"])
        return lambda: events.put_rule(Name=RULE, EventPattern=before["EventPattern"], State=before["State"])

    return breaks


def target(**changes):
    """The rule's target with other settings."""

    def breaks(aws):
        events = aws.client("events")
        before = events.list_targets_by_rule(Rule=RULE)["Targets"]
        roles = aws.client("iam")
        if "RoleArn" in changes:
            with suppress(roles.exceptions.EntityAlreadyExistsException):  # it was healed without its undo
                roles.create_role(
                    RoleName="powerless", AssumeRolePolicyDocument=roles_trust(roles, TARGET_ROLE)
                )
        events.put_targets(Rule=RULE, Targets=[{**before[0], **changes}])

        def undo():
            events.put_targets(Rule=RULE, Targets=before)
            if "RoleArn" in changes:
                roles.delete_role(RoleName="powerless")

        return undo

    return breaks


def roles_trust(iam, name):
    return json.dumps(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])


def no_target(aws):
    events = aws.client("events")
    before = events.list_targets_by_rule(Rule=RULE)["Targets"]
    events.remove_targets(Rule=RULE, Ids=[before[0]["Id"]])
    return lambda: events.put_targets(Rule=RULE, Targets=before)


def policy_gone(role: str, name: str = ""):
    """A role without one (or all) of its inline policies."""

    def breaks(aws):
        iam = aws.client("iam")
        names = [name] if name else iam.list_role_policies(RoleName=role)["PolicyNames"]
        kept = {one: iam.get_role_policy(RoleName=role, PolicyName=one)["PolicyDocument"] for one in names}
        for one in kept:
            iam.delete_role_policy(RoleName=role, PolicyName=one)

        def undo():
            for one, document in kept.items():
                iam.put_role_policy(RoleName=role, PolicyName=one, PolicyDocument=json.dumps(document))

        return undo

    return breaks


def without_action(role: str, action: str):
    """A role whose policies do not allow an action any more."""

    def breaks(aws):
        iam = aws.client("iam")
        kept = {}
        for one in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=one)["PolicyDocument"]
            kept[one] = json.dumps(document)
            less = [
                s
                for s in document["Statement"]
                if action not in (s["Action"] if isinstance(s["Action"], list) else [s["Action"]])
            ]
            if less and len(less) < len(document["Statement"]):
                iam.put_role_policy(
                    RoleName=role, PolicyName=one, PolicyDocument=json.dumps({**document, "Statement": less})
                )
            elif not less:
                iam.delete_role_policy(RoleName=role, PolicyName=one)

        def undo():
            for one, document in kept.items():
                iam.put_role_policy(RoleName=role, PolicyName=one, PolicyDocument=document)

        return undo

    return breaks


def trust(role: str):
    def breaks(aws):
        iam = aws.client("iam")
        before = roles_trust(iam, role)
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=TRUST_EC2)
        return lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=before)

    return breaks


def definition(change: Callable[[str], str]):
    """The state machine with another definition."""

    def breaks(aws):
        states = aws.client("stepfunctions")
        before = states.describe_state_machine(stateMachineArn=MACHINE_ARN)["definition"]
        states.update_state_machine(stateMachineArn=MACHINE_ARN, definition=change(before))
        return lambda: states.update_state_machine(stateMachineArn=MACHINE_ARN, definition=before)

    return breaks


def workflow_gone(aws):
    glue = aws.client("glue")
    before = glue.get_workflow(Name=WORKFLOW)["Workflow"]
    glue.delete_workflow(Name=WORKFLOW)
    kept = {key: before[key] for key in ("Name", "Description", "MaxConcurrentRuns") if key in before}
    return lambda: glue.create_workflow(**kept)


def trigger_gone(aws):
    glue = aws.client("glue")
    before = glue.get_trigger(Name=f"{WORKFLOW}-start")["Trigger"]
    glue.delete_trigger(Name=f"{WORKFLOW}-start")
    kept = {key: before[key] for key in ("Name", "WorkflowName", "Type", "Actions", "EventBatchingCondition")}
    return lambda: glue.create_trigger(**kept)


def other_job(aws):
    glue = aws.client("glue")
    before = glue.get_trigger(Name=f"{WORKFLOW}-start")["Trigger"]["Actions"]
    glue.update_trigger(
        Name=f"{WORKFLOW}-start", TriggerUpdate={"Actions": [{"JobName": "DynamotoRedshift"}]}
    )
    return lambda: glue.update_trigger(Name=f"{WORKFLOW}-start", TriggerUpdate={"Actions": before})


def job_gone(aws):
    glue = aws.client("glue")
    job = glue.get_job(JobName=JOB)["Job"]
    glue.delete_job(JobName=JOB)
    dropped = {"CreatedOn", "LastModifiedOn", "AllocatedCapacity", "JobMode"}
    return lambda: glue.create_job(**{key: value for key, value in job.items() if key not in dropped})


def told_otherwise(**arguments: str):
    """The job with other default arguments."""

    def breaks(aws):
        glue = aws.client("glue")
        job = glue.get_job(JobName=JOB)["Job"]
        dropped = {"Name", "CreatedOn", "LastModifiedOn", "AllocatedCapacity", "JobMode"}
        before = {key: value for key, value in job.items() if key not in dropped}
        told = before["DefaultArguments"] | {f"--{name}": value for name, value in arguments.items()}
        glue.update_job(JobName=JOB, JobUpdate={**before, "DefaultArguments": told})
        return lambda: glue.update_job(JobName=JOB, JobUpdate=before)

    return breaks


def script_gone(aws):
    s3, key = aws.client("s3"), f"scripts/{JOB}.py"
    body = s3.get_object(Bucket=ASSETS, Key=key)["Body"].read()
    s3.delete_object(Bucket=ASSETS, Key=key)
    return lambda: s3.put_object(Bucket=ASSETS, Key=key, Body=body)


def message(queue: str):
    def breaks(aws):
        sqs = aws.client("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="{}")
        return lambda: sqs.purge_queue(QueueUrl=url)

    return breaks


def queue_gone(queue: str):
    def breaks(aws):
        sqs = aws.client("sqs")
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"])
        return lambda: sqs.create_queue(QueueName=queue)

    return breaks


def schedule(state: str, group: str = "redshift-s3", name: str = "orders-daily"):
    """A schedule (the dump's) switched off, or deleted."""

    def breaks(aws):
        scheduler = aws.client("scheduler")
        before = scheduler.get_schedule(GroupName=group, Name=name)
        kept = {
            key: before[key]
            for key in (
                "Name",
                "GroupName",
                "ScheduleExpression",
                "ScheduleExpressionTimezone",
                "FlexibleTimeWindow",
                "Target",
            )
            if key in before
        }
        if state:
            scheduler.update_schedule(**kept, State=state)
            return lambda: scheduler.update_schedule(**kept, State="ENABLED")
        scheduler.delete_schedule(GroupName=group, Name=name)
        return lambda: scheduler.create_schedule(**kept, State="ENABLED")

    return breaks


def failed_dump(aws):
    """A dump that Redshift refuses; the next one is written."""
    functions, run = aws.client("lambda"), {"schedule": "orders-daily"}

    def dump(sql, at):
        event = {**run, "scheduled_time": at, "statements": {"orders": sql}}
        functions.invoke(FunctionName="redshift-unload", Payload=json.dumps(event).encode())

    dump("UNLOAD ('SELECT 1') TO 's3://nowhere/__RUN__/' IAM_ROLE default", "2026-01-01T00:00:00Z")
    return lambda: dump("SELECT 1", "2026-01-02T00:00:00Z")


def bucket_policy(change: Callable[[dict], dict] | None):
    def breaks(aws):
        s3 = aws.client("s3")
        before = s3.get_bucket_policy(Bucket=SOURCE)["Policy"]
        if change is None:
            s3.delete_bucket_policy(Bucket=SOURCE)
        else:
            s3.put_bucket_policy(Bucket=SOURCE, Policy=json.dumps(change(json.loads(before))))
        return lambda: s3.put_bucket_policy(Bucket=SOURCE, Policy=before)

    return breaks


def without_redshift(document: dict) -> dict:
    kept = [one for one in document["Statement"] if "redshift" not in json.dumps(one.get("Principal"))]
    return {**document, "Statement": kept}


def no_selector(aws):
    trail = aws.client("cloudtrail")
    before = trail.get_event_selectors(TrailName="data-events")["AdvancedEventSelectors"]
    management = [{"Name": "m", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    trail.put_event_selectors(TrailName="data-events", AdvancedEventSelectors=management)
    return lambda: trail.put_event_selectors(TrailName="data-events", AdvancedEventSelectors=before)


def reads_only(aws):
    trail = aws.client("cloudtrail")
    before = trail.get_event_selectors(TrailName="data-events")["AdvancedEventSelectors"]
    read = {"Field": "readOnly", "Equals": ["true"]}  # the owner's own selector logs everything
    now = [
        one
        | {
            "FieldSelectors": [
                *(field for field in one["FieldSelectors"] if field["Field"] != "readOnly"),
                read,
            ]
        }
        for one in before
    ]
    trail.put_event_selectors(TrailName="data-events", AdvancedEventSelectors=now)
    return lambda: trail.put_event_selectors(TrailName="data-events", AdvancedEventSelectors=before)


def denied_script(aws):
    s3, script = aws.client("s3"), f"arn:aws:s3:::{ASSETS}/scripts/*"
    try:
        before = s3.get_bucket_policy(Bucket=ASSETS)["Policy"]
    except s3.exceptions.ClientError:
        before = None
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": script}
    policy = json.loads(before or '{"Version": "2012-10-17", "Statement": []}')
    s3.put_bucket_policy(
        Bucket=ASSETS, Policy=json.dumps({**policy, "Statement": [*policy["Statement"], deny]})
    )
    if before is None:
        return lambda: s3.delete_bucket_policy(Bucket=ASSETS)
    return lambda: s3.put_bucket_policy(Bucket=ASSETS, Policy=before)


WIRINGS = (
    Wiring("the trail is stopped", "PD01", once("cloudtrail", "stop_logging", {"Name": "data-events"}, ("start_logging", {"Name": "data-events"}))),
    Wiring("the trail logs management events only", "PD02", no_selector),
    Wiring("the trail logs reads only", "PD02", reads_only),
    Wiring("the rule is disabled", "PD03", once("events", "disable_rule", {"Name": RULE}, ("enable_rule", {"Name": RULE}))),
    Wiring("the rule asks for another eventSource", "PD03", pattern(eventSource=["s3.amazonaws.com"])),
    Wiring("the rule asks for another source", "PD03", pattern(source=["aws.s3"])),
    Wiring("the rule asks for another region", "PD03", pattern(awsRegion=["us-east-1"])),
    Wiring("the rule asks for another table in the request", "PD03", pattern(requestParameters={"tableName": ["Other"]})),
    Wiring("the rule asks for deletes", "PD03", pattern(eventName=[{"prefix": "Delete"}])),
    Wiring("the target is gone", "PD04", no_target),
    Wiring("the target has a powerless role", "PD08", target(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/powerless")),
    Wiring("the target's role lost its policy", "PD08", policy_gone(TARGET_ROLE)),
    Wiring("the target's role trusts another service", "PD08", trust(TARGET_ROLE)),
    Wiring("the machine starts a workflow whose name looks alike", "PD05", definition(lambda text: text.replace(f'"{WORKFLOW}"', f'"{WORKFLOW}-2"'))),
    Wiring("the target gets a part of the event alone", "PD04", target(InputPath="$.detail")),
    Wiring("the machine writes keys elsewhere", "PD05", definition(lambda text: text.replace("pending/", "waiting/"))),
    Wiring("the job looks for keys elsewhere", "PD09", told_otherwise(prefix="old/")),
    Wiring("the machine's role may not write keys", "PD08", without_action(STATES_ROLE, "s3:PutObject")),
    Wiring("the machine's role may not start the workflow", "PD08", without_action(STATES_ROLE, "glue:StartWorkflowRun")),
    Wiring("the machine may not look for keys", "PD08", without_action(STATES_ROLE, "s3:ListBucket")),
    Wiring("the sweeper is off", "PD17", schedule("DISABLED", "default", f"{MACHINE}Sweeper")),
    Wiring("the sweeper is deleted", "PD17", schedule("", "default", f"{MACHINE}Sweeper")),
    Wiring("the sweeper's role lost its policy", "PD08", policy_gone("CaptureSweeperRole")),
    Wiring("the sweeper's role trusts another service", "PD08", trust("CaptureSweeperRole")),
    Wiring("the last dump failed", "PD32", failed_dump),
    Wiring("the workflow is deleted", "PD06", workflow_gone),
    Wiring("the trigger is stopped", "PD07", once("glue", "stop_trigger", {"Name": f"{WORKFLOW}-start"}, ("start_trigger", {"Name": f"{WORKFLOW}-start"}))),
    Wiring("the trigger is deleted", "PD07", trigger_gone),
    Wiring("the trigger starts another job", "PD07", other_job),
    Wiring("the job is deleted", "PD09", job_gone),
    Wiring("the script is deleted", "PD09", script_gone),
    Wiring("an event is in the dead-letter queue", "PD12", message(f"{RULE}-dead-letters")),
    Wiring("the dead-letter queue is deleted", "PD12", queue_gone(f"{RULE}-dead-letters")),
    Wiring("the secret is to be deleted", "PD14", once("secretsmanager", "delete_secret", {"SecretId": "test/redshift", "RecoveryWindowInDays": 7}, ("restore_secret", {"SecretId": "test/redshift"}))),
    Wiring("the schedule is off", "PD30", schedule("DISABLED")),
    Wiring("the schedule is deleted", "PD30", schedule("")),
    Wiring("the function may not run at all", "PD31", once("lambda", "put_function_concurrency", {"FunctionName": "redshift-unload", "ReservedConcurrentExecutions": 0}, ("delete_function_concurrency", {"FunctionName": "redshift-unload"}))),
    Wiring("the scheduler's role lost its policy", "PD08", policy_gone("RedshiftSchedulerRole")),
    Wiring("the bucket's policy is deleted", "PD21", bucket_policy(None)),
    Wiring("the bucket's policy leaves Redshift out", "PD21", bucket_policy(without_redshift)),
)  # fmt: skip
# Named, and left to a person: a bucket's policy is its owner's.
OWNERS = (
    Wiring("the bucket denies the job its script", "PD19", denied_script),
)  # fmt: skip
# What works though it looks otherwise.
HARMLESS = (
    Wiring("the rule names operations by prefix", "", pattern(eventName=[{"prefix": name} for name in ("Put", "Up", "Del", "Batch", "Trans")])),
    Wiring("the rule names its region", "", pattern(awsRegion=[REGION])),
)  # fmt: skip


@contextmanager
def broken(aws: Any, wiring: Wiring):
    """The wiring broken, and put back at the end."""
    undo = wiring.breaks(aws)
    try:
        yield
    finally:
        undo()
