# ruff: noqa: E501 - tables read better with a row on a line
"""A pipeline that is whole, as AWS's answers tell it, and how its links are made otherwise."""

import json
from datetime import UTC, datetime

from dpctl.doctor import pipeline
from dpctl.doctor.backlog import Tally
from dpctl.doctor.links import Chain, Names

TABLE = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders"
MACHINE = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent"
SWEEPER = f"{MACHINE}Sweeper"
QUEUE = "arn:aws:sqs:ap-south-1:054158074701:dead-letters"
NAMES = Names(
    "dev", "data-events", TABLE, "dynamodb-insert", MACHINE, "Flow", "arn:aws:glue:::workflow/Flow", "GlueTestjob", "er", "sr",
    "nr", ("PutItem",), "054158074701", "ap-south-1", "assets", secret="test/redshift", source="source", integration="s3-redshift",
    groups=("redshift-s3",), schedules=("daily",), capture="CaptureStream", sweeper="LogEventSweeper",
    dumped={"daily": ("orders",)}, roles={"Glue": "glue", "Sweeper": "sweeper", "Dumps": "scheduler"},
)  # fmt: skip
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Statement": [statement]})


def field(name, *values, **operators):
    return {"Field": name, **({"Equals": list(values)} if values else {}), **operators}


def machine(name="Flow", resource="arn:aws:states:::aws-sdk:glue:startWorkflowRun", **more):
    start = {"Type": "Task", "Resource": resource, "Parameters": {"Name": name}, "Retry": [{}], **more}
    return {"status": "ACTIVE", "definition": json.dumps({"StartAt": "S", "States": {"S": start}})}


def role(*decisions, service="states.amazonaws.com", name="r", **more):
    return {"name": name, "trust": trust(service), "decisions": list(decisions), **more}


def refused(name, service):
    return role(("a:B", "r", "implicitDeny"), service=f"{service}.amazonaws.com", name=name)


def redshift(*services):
    return role(service=[f"{one}.amazonaws.com" for one in services])


def watch(*actions, effect="Allow"):
    one = {"Effect": effect, "Principal": {"Service": "redshift.amazonaws.com"}, "Action": list(actions), "Resource": "*",
           "Condition": {"StringEquals": {"aws:SourceAccount": "054158074701"}}}  # fmt: skip
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Policy": json.dumps({"Statement": [tls, one]})}


ADVANCED = [
    field("eventCategory", "Data"),
    field("resources.type", "AWS::DynamoDB::Table"),
    field("resources.ARN", TABLE),
    field("readOnly", "false"),
]
STREAM = TABLE + "/stream/2026"
MAPPING = {"UUID": "u", "State": "Enabled", "EventSourceArn": STREAM, "LastProcessingResult": "OK"}
WATCH = ("s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation")
START = ("states:StartExecution", MACHINE, "allowed")
FACTS = {
    "table": {"Table": {"TableStatus": "ACTIVE", "LatestStreamArn": STREAM, "StreamSpecification": {"StreamEnabled": True}}},
    "mappings": {"EventSourceMappings": [MAPPING]},
    "capture": {"FunctionName": "CaptureStream", "State": "Active", "Concurrency": {}},
    "status": {"IsLogging": True},
    "selectors": {"AdvancedEventSelectors": [{"FieldSelectors": ADVANCED}]},
    "rule": {"State": "ENABLED", "EventPattern": '{"detail": {"errorCode": [{"exists": false}]}}'},
    "matches": {"PutItem": True},
    "targets": {"Targets": [{"Id": "1", "Arn": MACHINE, "RoleArn": "r", "DeadLetterConfig": {"Arn": QUEUE}}]},
    "machine": machine(),
    "workflow": {"Workflow": {"Name": "Flow"}},
    "triggers": [
        {"Name": "t", "Type": "EVENT", "State": "CREATED", "WorkflowName": "Flow", "EventBatchingCondition": {"BatchSize": 100, "BatchWindow": 300},
         "Actions": [{"JobName": "GlueTestjob"}]}
    ],
    "role:0:events.amazonaws.com": role(START, service="events.amazonaws.com"),
    "role:machine:states.amazonaws.com": role(("glue:StartWorkflowRun", "w", "allowed")),
    "role:job:glue.amazonaws.com": role(("s3:GetObject", "o", "allowed"), service="glue.amazonaws.com"),
    "job": {"Job": {"Command": {"ScriptLocation": "s3://assets/x.py"}}},
    "runs": {"JobRuns": [{"JobRunState": "SUCCEEDED"}]},
    "script": True,
    "secret": {"ARN": "arn:secret", "Name": "test/redshift"},
    "keys": {"the secret: key-1": "Enabled"},
    "queues": {QUEUE: 0},
    "pending": Tally(),
    "dead_letters": Tally(),
    "integrations": [{"IntegrationName": "s3-redshift", "Status": "active"}],
    "bucket_policy": watch(*WATCH),
    "notifications": {},
    "schedules": [{"Name": "daily", "State": "ENABLED", "ScheduleExpression": "cron(0 1 * * ? *)", "FlexibleTimeWindow": {"Mode": "OFF"},
                   "Target": {"DeadLetterConfig": {"Arn": QUEUE}}}],
    "function": {"FunctionName": "unload", "State": "Active", "Concurrency": {}},
    "dumps": [{"at": NOON, "schedule": "daily", "error": ""}],
    "throttles": {"calls were throttled by their target (redshift-s3)": 0},
    "sweeper": {"Name": "LogEventSweeper", "State": "ENABLED", "ScheduleExpression": "rate(5 minutes)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": SWEEPER}},
    "sweeper_machine": machine(),
}  # fmt: skip


def examined(**changes):
    return pipeline.examine(Chain(NAMES, {**FACTS, **changes}))


def results(**changes):
    return {one.code: one.result for one in examined(**changes) if one.result != "pass"}


def without(name):
    return {"AdvancedEventSelectors": [{"FieldSelectors": [one for one in ADVANCED if one["Field"] != name]}]}


def with_field(one):
    rest = [other for other in ADVANCED if other["Field"] != one["Field"]]
    return {"AdvancedEventSelectors": [{"FieldSelectors": [*rest, one]}]}


def classic(kind, *values):
    data = [{"Type": "AWS::DynamoDB::Table", "Values": list(values)}]
    return {"EventSelectors": [{"ReadWriteType": kind, "DataResources": data}]}


def trigger(**changes):
    return [{**FACTS["triggers"][0], **changes}]


def target(**changes):
    return {"Targets": [{**FACTS["targets"]["Targets"][0], **changes}]}


def dump(error="", schedule="daily"):
    return {"at": NOON, "schedule": schedule, "error": error}


def listening(event):
    return {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": [event]}]}
