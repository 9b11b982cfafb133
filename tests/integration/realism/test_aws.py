"""``--realism aws``: what takes its time, is tried again, is not known at once, and is throttled."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dpctl.sandbox.realism import Realism
from dpctl.sandbox.services import roles
from dpctl.sandbox.services.throttling import Buckets
from tests.waiting import wait_for

pytestmark = pytest.mark.sandbox
REALISM = Realism("aws")
MACHINE = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent"
ACCOUNT = "054158074701"


def code_of(call, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def queue(client, name, service="events.amazonaws.com"):
    """A queue that a service may send to, and its ARN."""
    arn = f"arn:aws:sqs:ap-south-1:{ACCOUNT}:{name}"
    let = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [let]})
    return client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"], arn


def role(client, name, service, *actions):
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    arn = client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    if actions:
        document = json.dumps({"Version": "2012-10-17", "Statement": [may]})
        client("iam").put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document)
    return arn


def function(client, name, source, *actions, **settings):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("h.py", source)
    made = client("lambda").create_function(
        FunctionName=name, Role=role(client, name, "lambda.amazonaws.com", *actions), Runtime="python3.12",
        Handler="h.handler", Code={"ZipFile": body.getvalue()}, Timeout=60, **settings,
    )  # fmt: skip
    return made["FunctionArn"]


def messages(client, url):
    found = []
    while more := client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += more
        for message in more:
            client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_write_reaches_its_rule_after_five_minutes(client, advance):
    def executions():
        return len(client("stepfunctions").list_executions(stateMachineArn=MACHINE)["executions"])

    client("dynamodb").put_item(TableName="Orders", Item={"PartKey": {"S": "k"}})
    before = executions()
    done = advance(360)
    assert executions() == before + 1
    assert "an event: aws.dynamodb, AWS API Call via CloudTrail" in [one["what"] for one in done]


def test_a_target_is_tried_again_by_its_policy_and_then_dead(client, front, advance):
    events = client("events")
    url, letters = queue(client, "letters")
    arn = function(client, "target", "def handler(event, context): pass")
    client("lambda").add_permission(
        FunctionName="target", StatementId="s", Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )  # fmt: skip
    events.put_rule(Name="tries", EventPattern='{"source": ["tries"]}')
    retries = {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600}
    target = {"Id": "1", "Arn": arn, "RetryPolicy": retries, "DeadLetterConfig": {"Arn": letters}}
    events.put_targets(Rule="tries", Targets=[target])
    busy = {"service": "lambda", "operation": "Invoke", "code": "TooManyRequestsException", "status": 429}
    front.faults.replace([busy])
    events.put_events(Entries=[{"Source": "tries", "DetailType": "x", "Detail": "{}"}])
    done = advance(3600)
    tries = [one["what"] for one in done if "tries its target again" in one["what"]]
    assert [text[-11:] for text in tries] == ["(attempt 2)", "(attempt 3)", "(attempt 4)"]
    [message] = messages(client, url)
    assert json.loads(message["Body"])["source"] == "tries"
    front.faults.replace([busy | {"times": 4}])  # a client of AWS's own tries each attempt twice
    events.put_events(Entries=[{"Source": "tries", "DetailType": "x", "Detail": "{}"}])
    advance(3600)
    assert messages(client, url) == []
    events.remove_targets(Rule="tries", Ids=["1"])
    events.delete_rule(Name="tries")


def test_an_invocation_that_nobody_waits_for_is_tried_twice_more(client, advance):
    url, letters = queue(client, "failed")
    source = "def handler(event, context): raise ValueError('no')"
    function(client, "fails", source, "sqs:SendMessage", DeadLetterConfig={"TargetArn": letters})
    client("lambda").invoke(FunctionName="fails", InvocationType="Event", Payload=b'{"n": 1}')
    done = advance(400)
    times = [one["what"] for one in done if one["what"].startswith("fails is invoked again")]
    assert times == ["fails is invoked again (attempt 2)", "fails is invoked again (attempt 3)"]
    [message] = messages(client, url)
    assert json.loads(message["Body"]) == {"n": 1}


def test_a_day_of_schedules(client, advance):
    url, arn = queue(client, "day")
    sender = role(client, "Day", "scheduler.amazonaws.com", "sqs:SendMessage")
    expressions = {
        "hourly": "rate(6 hours)",
        "nightly": "cron(0 1 * * ? *)",
        "once": "at(2020-01-01T00:00:00)",
    }
    for name, expression in expressions.items():
        client("scheduler").create_schedule(
            Name=name, ScheduleExpression=expression, ScheduleExpressionTimezone="Asia/Kolkata",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": arn, "RoleArn": sender, "Input": f'{{"{name}": "<aws.scheduler.scheduled-time>"}}',
            },
        )  # fmt: skip
    advance(86_400)
    found = [json.loads(message["Body"]) for message in messages(client, url)]
    assert sorted(name for one in found for name in one) == ["hourly"] * 4 + ["nightly"]
    [nightly] = [one["nightly"] for one in found if "nightly" in one]
    assert nightly.endswith("T19:30:00Z")
    client("scheduler").delete_schedule(Name="hourly")
    client("scheduler").delete_schedule(Name="nightly")
    advance(86_400)
    assert messages(client, url) == []


def test_a_message_is_visible_again_and_a_session_ends(account, client, advance):
    url, _ = queue(client, "hidden")
    client("sqs").send_message(QueueUrl=url, MessageBody="m")
    assert client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    assert "Messages" not in client("sqs").receive_message(QueueUrl=url)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    arn = client("iam").create_role(
        RoleName="Mine", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )["Role"]["Arn"]
    taken = client("sts").assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=900)["Credentials"]
    keys = roles.Credentials(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])
    mine = account.client_of(keys, "sts")
    assert mine.get_caller_identity()["Arn"].endswith("assumed-role/Mine/me")
    advance(901)
    assert client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert code_of(mine.get_caller_identity) == ("ExpiredToken", 403)


def test_a_role_counts_a_little_later(account, operator, advance):
    arn = role(operator, "New", "lambda.amazonaws.com", "s3:ListAllMyBuckets")
    with pytest.raises(roles.ServiceError, match="does not exist"):
        roles.take(account, arn, "lambda.amazonaws.com")
    advance(30)
    s3 = roles.client(account, "s3", arn, "lambda.amazonaws.com")
    assert s3.list_buckets()["Buckets"]
    operator("iam").delete_role_policy(RoleName="New", PolicyName="may")
    assert s3.list_buckets()["Buckets"]  # for a moment still
    advance(30)
    assert code_of(s3.list_buckets)[0] == "AccessDenied"


def test_a_rule_counts_a_little_later(client, operator, advance):
    url, arn = queue(client, "ruled")
    operator("events").put_rule(Name="late", EventPattern='{"source": ["late"]}')
    operator("events").put_targets(Rule="late", Targets=[{"Id": "1", "Arn": arn}])
    entry = {"Source": "late", "DetailType": "x", "Detail": "{}"}
    client("events").put_events(Entries=[entry])
    advance(60)
    assert messages(client, url) == []
    client("events").put_events(Entries=[entry])
    advance(1)
    assert len(messages(client, url)) == 1


def test_a_deleted_bucket_is_listed_a_little_longer_and_its_objects_never_are(operator, advance):
    s3 = operator("s3")
    s3.create_bucket(Bucket="short-lived", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    s3.put_object(Bucket="short-lived", Key="k", Body=b"")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="short-lived")["Contents"]] == ["k"]  # at once
    s3.delete_object(Bucket="short-lived", Key="k")
    assert "Contents" not in s3.list_objects_v2(Bucket="short-lived")
    s3.delete_bucket(Bucket="short-lived")
    assert "short-lived" in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    advance(30)
    assert "short-lived" not in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def _database(operator):
    made = operator("rds").create_db_instance(
        DBInstanceIdentifier="slow", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="not-a-secret-1",
    )["DBInstance"]["DBInstanceStatus"]  # fmt: skip
    found = operator("rds").describe_db_instances
    return made, lambda: found(DBInstanceIdentifier="slow")["DBInstances"][0]["DBInstanceStatus"]


def _workgroup(operator):
    serverless = operator("redshift-serverless")
    serverless.create_namespace(namespaceName="slow")
    made = serverless.create_workgroup(workgroupName="slow", namespaceName="slow")["workgroup"]["status"]
    return made, lambda: serverless.get_workgroup(workgroupName="slow")["workgroup"]["status"]


def _gateway(operator):
    ec2 = operator("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    found = ec2.describe_nat_gateways
    return made["State"], lambda: found(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"][0]["State"]


def _endpoint(operator):
    ec2 = operator("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    made = ec2.create_vpc_endpoint(
        VpcId=subnet["VpcId"], ServiceName="com.amazonaws.ap-south-1.kms", VpcEndpointType="Interface",
        SubnetIds=[subnet["SubnetId"]],
    )["VpcEndpoint"]  # fmt: skip
    found = ec2.describe_vpc_endpoints
    return made["State"], lambda: found(VpcEndpointIds=[made["VpcEndpointId"]])["VpcEndpoints"][0]["State"]


@pytest.mark.parametrize(
    ("make", "during", "after"),
    [
        (_database, "creating", "available"),
        (_workgroup, "CREATING", "AVAILABLE"),
        (_gateway, "pending", "available"),
        (_endpoint, "pending", "available"),
    ],
)
def test_a_resource_takes_its_time(operator, advance, make, during, after):
    made, state = make(operator)
    assert (made, state()) == (during, during)
    advance(600)
    assert state() == after


@pytest.mark.parametrize(
    ("service", "call", "tokens", "refused"),
    [
        ("ec2", "describe_vpcs", 100, ("RequestLimitExceeded", 503)),
        ("redshift-data", "list_statements", 3, ("ThrottlingException", 400)),
        ("lambda", "list_functions", 15, ("TooManyRequestsException", 429)),
    ],
)
def test_calls_are_throttled_at_the_published_rates(account, monkeypatch, service, call, tokens, refused):
    buckets = account.store(Buckets).of(account)
    monkeypatch.setattr(buckets, "_buckets", {})
    now = account.clock.time()
    monkeypatch.setattr(buckets, "_clock", lambda: now)
    once = Config(retries={"total_max_attempts": 1})
    made = account._make_client(service, more=once, credentials=account.credentials)
    for _ in range(tokens):
        getattr(made, call)()
    assert code_of(getattr(made, call)) == refused
    monkeypatch.setattr(buckets, "_clock", lambda: now + 1)
    getattr(made, call)()


def test_a_state_machine_waits_for_the_clock(client, advance):
    machines = client("stepfunctions")
    arn = role(client, "Waits", "states.amazonaws.com")
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
    machine = machines.create_state_machine(name="waits", roleArn=arn, definition=json.dumps(definition))
    run = machines.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    advance(3600)
    assert machines.describe_execution(executionArn=run)["status"] == "RUNNING"
    advance(86_400)
    wait_for(lambda: machines.describe_execution(executionArn=run)["status"] == "SUCCEEDED", 60)
