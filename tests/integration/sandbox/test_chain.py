"""What AWS would do next: events, state machines, workflows, functions, schedules."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from tests import data_api

pytestmark = pytest.mark.sandbox
MACHINE = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent"
WORKFLOW = "Glue-EventBridge-Workflow"
ROLE = "arn:aws:iam::054158074701:role/"


def executions(client):
    return client("stepfunctions").list_executions(stateMachineArn=MACHINE)["executions"]


def put(client, **item):
    client("dynamodb").put_item(
        TableName="Orders", Item={"PartKey": {"S": "ü-1"}, "amount": {"N": "7"}} | item
    )


def test_a_write_reaches_the_state_machine_with_its_key_and_no_values(client, control):
    before = len(executions(client))
    put(client)
    assert control.post("settle", {"seconds": 60})[1] == {"settled": True}
    now = executions(client)
    assert len(now) == before + 1
    described = client("stepfunctions").describe_execution(executionArn=now[0]["executionArn"])
    assert described["status"] == "SUCCEEDED"
    detail = json.loads(described["input"])["detail"]
    assert detail["requestParameters"] == {
        "tableName": "Orders",
        "key": {"PartKey": "ü-1"},
        "item": ["PartKey", "amount"],
    }
    assert detail["resources"][0]["ARN"].endswith("table/Orders")
    assert client("glue").get_workflow_runs(Name=WORKFLOW)["Runs"][0]["Status"] == "COMPLETED"


def test_other_operations_and_reads_start_nothing(client, control):
    before = len(executions(client))
    client("dynamodb").get_item(TableName="Orders", Key={"PartKey": {"S": "ü-1"}})
    client("dynamodb").delete_item(TableName="Orders", Key={"PartKey": {"S": "ü-1"}})
    control.post("settle", {"seconds": 60})
    assert len(executions(client)) == before


def test_a_trail_that_does_not_log_says_nothing(client, control):
    before = len(executions(client))
    client("cloudtrail").stop_logging(Name="data-events")
    try:
        put(client)
        control.post("settle", {"seconds": 60})
        assert len(executions(client)) == before
    finally:
        client("cloudtrail").start_logging(Name="data-events")


def test_a_refused_write_carries_its_error(client, control):
    sqs, events = client("sqs"), client("events")
    url = sqs.create_queue(QueueName="refused")["QueueUrl"]
    pattern = {"source": ["aws.dynamodb"], "detail": {"errorCode": [{"exists": True}]}}
    events.put_rule(Name="refused", EventPattern=json.dumps(pattern))
    arn = "arn:aws:sqs:ap-south-1:054158074701:refused"
    assert delivered(events, control, client, url, arn) == []  # a queue lets nobody in by itself
    let = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [let | {"Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    [message] = delivered(events, control, client, url, arn)
    assert json.loads(message["Body"]) == "ConditionalCheckFailedException"
    events.delete_rule(Name="refused")


def delivered(events, control, client, url, arn):
    """What reaches a queue of a write that is refused."""
    events.put_targets(Rule="refused", Targets=[{"Id": "q", "Arn": arn, "InputPath": "$.detail.errorCode"}])
    with pytest.raises(ClientError):
        client("dynamodb").put_item(
            TableName="Orders", Item={"PartKey": {"S": "x"}}, ConditionExpression="attribute_exists(PartKey)"
        )
    control.post("settle", {"seconds": 60})
    events.remove_targets(Rule="refused", Ids=["q"])
    return client("sqs").receive_message(QueueUrl=url).get("Messages", [])


def test_a_state_machine_catches_errors_by_the_names_of_aws(client, control):
    machines = client("stepfunctions")
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:glue:startWorkflowRun",
        "Parameters": {"Name": WORKFLOW},
        "Catch": [{"ErrorEquals": ["Glue.ConcurrentRunsExceededException"], "Next": "Caught"}],
        "End": True,
    }
    states = {"Start": start, "Caught": {"Type": "Pass", "Result": {"was": "caught"}, "End": True}}
    definition = json.dumps({"StartAt": "Start", "States": states})
    role = f"{ROLE}StepFunctions-LogEvent-role-omehw6l45"
    arn = machines.create_state_machine(name="catches", definition=definition, roleArn=role)[
        "stateMachineArn"
    ]
    fault = {"service": "glue", "operation": "StartWorkflowRun", "code": "ConcurrentRunsExceededException"}
    control.post("faults", [fault])
    execution = machines.start_execution(stateMachineArn=arn)["executionArn"]
    control.post("settle", {"seconds": 60})
    described = machines.describe_execution(executionArn=execution)
    assert (described["status"], json.loads(described["output"])) == ("SUCCEEDED", {"was": "caught"})
    machines.delete_state_machine(stateMachineArn=arn)


def notifier(client, workflow):
    """A role that lets EventBridge notify a workflow; the account's own trusts one rule alone."""
    iam = client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="Notifier", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    may = {"Effect": "Allow", "Action": "glue:NotifyEvent", "Resource": workflow}
    document = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_role_policy(RoleName="Notifier", PolicyName="notify", PolicyDocument=document)
    return f"{ROLE}Notifier"


def test_events_gather_at_a_glue_trigger(client, control):
    glue, events = client("glue"), client("events")
    batch = {"BatchSize": 2, "BatchWindow": 900}
    actions = [{"JobName": "GlueTestjob"}]
    glue.create_trigger(
        Name="batched", Type="EVENT", WorkflowName=WORKFLOW, Actions=actions, EventBatchingCondition=batch
    )
    events.put_rule(Name="own", EventPattern='{"source": ["my.app"]}')
    arn = f"arn:aws:glue:ap-south-1:054158074701:workflow/{WORKFLOW}"
    role = notifier(client, arn)
    events.put_targets(Rule="own", Targets=[{"Id": "g", "Arn": arn, "RoleArn": role}])
    mine = {"Source": "my.app", "DetailType": "x", "Detail": "{}"}
    before = len(glue.get_workflow_runs(Name=WORKFLOW)["Runs"])

    def runs():
        control.post("settle", {"seconds": 60})
        return len(glue.get_workflow_runs(Name=WORKFLOW)["Runs"]) - before

    events.put_events(Entries=[mine])
    assert runs() == 0
    events.put_events(Entries=[mine])
    assert runs() == 1
    events.put_events(Entries=[mine])
    assert runs() == 1  # the event has arrived, and waits
    assert control.post("fire", {"trigger": "batched"})[1]["workflow_run"].startswith("wr_")
    assert runs() == 2
    events.remove_targets(Rule="own", Ids=["g"])
    events.delete_rule(Name="own")
    glue.delete_trigger(Name="batched")
    client("iam").delete_role_policy(RoleName="Notifier", PolicyName="notify")
    client("iam").delete_role(RoleName="Notifier")


def test_the_sources_of_aws_are_not_for_everyone(client):
    answer = client("events").put_events(Entries=[{"Source": "aws.s3", "DetailType": "x", "Detail": "{}"}])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


CODE = """
import os, boto3
def handler(event, context):
    print("hello", context.function_name)
    if event.get("fail"):
        raise ValueError("as asked")
    account = boto3.client("sts").get_caller_identity()["Account"]
    return {"event": event, "account": account, "variable": os.environ["MODE"]}
"""


@pytest.fixture(scope="module")
def function(account):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code.py", CODE)
        archive.writestr("handlers.py", CODE)
    lambdas, iam = account.client("lambda"), account.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="Tried", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    made = lambdas.create_function(
        FunctionName="tried",
        Role=f"{ROLE}Tried",
        Runtime="python3.12",
        Handler="handlers.handler",
        Code={"ZipFile": buffer.getvalue()},
        Environment={"Variables": {"MODE": "1"}},
        Timeout=30,
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:ap-south-1:054158074701:dead"},
        LoggingConfig={"LogFormat": "JSON"},
    )
    yield made["FunctionArn"]
    lambdas.delete_function(FunctionName="tried")
    iam.delete_role(RoleName="Tried")


def test_a_function_runs_its_code(client, function):
    answer = client("lambda").invoke(FunctionName="tried", Payload=b'{"k": "v"}', LogType="Tail")
    assert json.loads(answer["Payload"].read()) == {
        "event": {"k": "v"},
        "account": "054158074701",
        "variable": "1",
    }
    assert "FunctionError" not in answer
    failed = client("lambda").invoke(FunctionName=function, Payload=b'{"fail": true}')
    assert failed["FunctionError"] == "Unhandled"
    assert json.loads(failed["Payload"].read())["errorMessage"] == "as asked"


def test_a_function_keeps_settings_that_moto_drops(client, function):
    found = client("lambda").get_function_configuration(FunctionName="tried")
    assert found["DeadLetterConfig"]["TargetArn"].endswith(":dead")
    assert found["LoggingConfig"]["LogFormat"] == "JSON"


@pytest.fixture(scope="module")
def role(account):
    iam = account.client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(RoleName="Scheduler", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    return f"{ROLE}Scheduler"


def allow(client, action):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("iam").put_role_policy(
        RoleName="Scheduler", PolicyName=action.replace(":", "-"), PolicyDocument=document
    )


def schedule(client, name, **target):
    client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="cron(0 1 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )


def test_a_schedule_fires_its_function_if_its_role_may(client, control, function, role):
    schedule(client, "daily", Arn=function, RoleArn=role, Input='{"at": "<aws.scheduler.scheduled-time>"}')
    fire = {"schedule": "daily", "time": "2026-01-31T19:30:00Z"}
    refused = control.post("fire", fire)[1]
    assert (refused["ok"], "lambda:InvokeFunction" in refused["error"]) == (False, True)
    allow(client, "lambda:InvokeFunction")
    fired = control.post("fire", fire)[1]
    assert fired["result"]["event"] == {"at": "2026-01-31T19:30:00Z"}


def test_a_schedule_may_call_redshift_itself(client, control, role):
    statement = {
        "WorkgroupName": "default-workgroup",
        "Database": "dev",
        "Sql": "select 1",
        "ClientToken": "orders-<aws.scheduler.scheduled-time>",
    }
    target = "arn:aws:scheduler:::aws-sdk:redshiftdata:executeStatement"
    schedule(client, "sql", Arn=target, RoleArn=role, Input=json.dumps(statement))
    fire = {"schedule": "sql", "time": "2026-01-31T19:30:00Z"}
    for action in ("redshift-data:ExecuteStatement", "redshift-serverless:GetCredentials"):
        refused = control.post("fire", fire)[1]
        assert (refused["ok"], action in refused["error"]) == (False, True)
        allow(client, action)
    first, again = (control.post("fire", fire)[1]["result"]["Id"] for _ in range(2))
    assert first == again  # the token of the same time makes the second one harmless


def test_runs_of_a_schedule_that_overlap_replace_each_others_rows(client, control, role):
    """As `s3_to_redshift.mode: scheduled` does it; settle waits until what the schedule sent has ended."""
    data = client("redshift-data")
    data_api.query(data, "create table replaced (a int)")
    sqls = ["delete from replaced", "select pg_sleep(0.5)", "insert into replaced values (1), (2)"]
    token = {"ClientToken": "replace-<aws.scheduler.scheduled-time>"}
    for action in ("redshift-data:BatchExecuteStatement", "secretsmanager:GetSecretValue"):
        allow(client, action)
    target = "arn:aws:scheduler:::aws-sdk:redshiftdata:batchExecuteStatement"
    given = json.dumps({"Sqls": sqls, **data_api.PLACE, **token})
    schedule(client, "replace", Arn=target, RoleArn=role, Input=given)
    for hour in (1, 1, 2, 3):
        fired = control.post("fire", {"schedule": "replace", "time": f"2026-01-31T0{hour}:30:00Z"})[1]
        assert fired["ok"], fired
    assert control.post("settle", {"seconds": 120})[1] == {"settled": True}
    assert data_api.query(data, "select a from replaced order by a") == [[1], [2]]


def test_a_schedule_that_is_not_there(control):
    assert control.post("fire", {"schedule": "nowhere"})[0] == 404
    assert control.post("fire", {})[0] == 400


@pytest.mark.parametrize(
    ("action", "decision"),
    [("secretsmanager:GetSecretValue", "allowed"), ("iam:CreateUser", "implicitDeny")],
)
def test_the_policy_simulator_reads_the_roles_own_policies(client, action, decision):
    answer = client("iam").simulate_principal_policy(
        PolicySourceArn=f"{ROLE}GlueFullAccessRole", ActionNames=[action]
    )
    assert answer["EvaluationResults"][0]["EvalDecision"] == decision


def test_a_definition_is_checked(client):
    machines = client("stepfunctions")
    good = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    assert machines.validate_state_machine_definition(definition=good)["result"] == "OK"
    assert machines.validate_state_machine_definition(definition='{"StartAt": "A"}')["result"] == "FAIL"
    assert machines.list_state_machine_versions(stateMachineArn=MACHINE)["stateMachineVersions"] == []
