"""A table's stream reaches the function that follows it; and schedules of a rate are fired by the clock."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile

import pytest
from botocore.exceptions import ClientError

from dpctl.sandbox.services.schedule_clock import interval
from tests.waiting import wait_for

pytestmark = pytest.mark.sandbox

# Keeps what it gets in the table Seen; fails at the keys it is told to fail at.
SOURCE = """
import boto3, json

def handler(event, context):
    keys = [record["dynamodb"]["Keys"]["PartKey"]["S"] for record in event["Records"]]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    bad = [number for key, number in zip(keys, numbers) if "bad" in key]
    if any("crash" in key for key in keys):
        raise RuntimeError("crash")
    s3 = boto3.client("s3")
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["PartKey"]["S"]
        if bad and record["dynamodb"]["SequenceNumber"] == bad[0]:
            break
        s3.put_object(Bucket="seen", Key=f"{record['eventName']}/{key}", Body=b"1")
    return {"batchItemFailures": [{"itemIdentifier": number} for number in bad[:1]]}
"""


def role(client, name, *actions):
    trust = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust | {"Action": "sts:AssumeRole"}]})
    arn = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return arn


@pytest.fixture(scope="module")
def stream(account):
    """A table of its own, its stream, and a queue for what fails for good."""
    client = account.client
    table = client("dynamodb").create_table(
        TableName="Followed",
        KeySchema=[{"AttributeName": "PartKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PartKey", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    client("s3").create_bucket(
        Bucket="seen", CreateBucketConfiguration={"LocationConstraint": account.region}
    )
    return table["LatestStreamArn"]


@pytest.fixture
def follow(account, stream):
    """Make a function and a mapping; both are gone at the end."""
    client, made = account.client, []
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("handler.py", SOURCE)

    def make(*actions, **settings):
        name = f"follower-{uuid.uuid4().hex[:8]}"
        function = client("lambda").create_function(
            FunctionName=name,
            Role=role(client, name, *actions),
            Runtime="python3.13",
            Handler="handler.handler",
            Code={"ZipFile": body.getvalue()},
            Timeout=30,
        )["FunctionArn"]
        made.append(name)
        return client("lambda").create_event_source_mapping(
            EventSourceArn=stream, FunctionName=function, StartingPosition="LATEST", **settings
        )

    yield make
    for mapping in client("lambda").list_event_source_mappings()["EventSourceMappings"]:
        client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
    for name in made:
        client("lambda").delete_function(FunctionName=name)


READ = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "s3:PutObject")


def seen(client):
    return {item["Key"] for item in client("s3").list_objects_v2(Bucket="seen").get("Contents", [])}


def put(client, *keys):
    for key in keys:
        client("dynamodb").put_item(TableName="Followed", Item={"PartKey": {"S": key}})


def test_puts_updates_and_deletes_reach_the_function(client, follow):
    mapping = follow(*READ, BatchSize=10)
    put(client, "a")
    client("dynamodb").update_item(
        TableName="Followed",
        Key={"PartKey": {"S": "a"}},
        UpdateExpression="SET note = :n",
        ExpressionAttributeValues={":n": {"S": "x"}},
    )
    client("dynamodb").delete_item(TableName="Followed", Key={"PartKey": {"S": "a"}})
    wait_for(lambda: {"INSERT/a", "MODIFY/a", "REMOVE/a"} <= seen(client), 60)
    get = client("lambda").get_event_source_mapping
    wait_for(lambda: get(UUID=mapping["UUID"])["LastProcessingResult"] == "OK", 60)
    assert get(UUID=mapping["UUID"])["State"] == "Enabled"


def test_an_item_whose_time_is_over_goes_and_the_stream_tells(client, account, follow):
    client("dynamodb").update_time_to_live(
        TableName="Followed", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    follow(*READ)
    now = int(time.time())
    for key, until in [("over", now - 60), ("ancient", now - 6 * 365 * 86_400), ("later", now + 86_400)]:
        item = {"PartKey": {"S": f"ttl-{key}"}, "until": {"N": str(until)}}
        client("dynamodb").put_item(TableName="Followed", Item=item)
    client("dynamodb").put_item(
        TableName="Followed", Item={"PartKey": {"S": "ttl-text"}, "until": {"S": str(now - 60)}}
    )
    wait_for(lambda: "REMOVE/ttl-over" in seen(client), 60)
    left = {item["PartKey"]["S"] for item in client("dynamodb").scan(TableName="Followed")["Items"]}
    assert {"ttl-ancient", "ttl-later", "ttl-text"} <= left
    shard = account.backend("dynamodb").tables["Followed"].stream_shard
    [removed] = [
        item.record
        for item in shard.items
        if item.record["eventName"] == "REMOVE"
        and item.record["dynamodb"]["Keys"]["PartKey"]["S"] == "ttl-over"
    ]
    assert removed["userIdentity"]["principalId"] == "dynamodb.amazonaws.com"


def test_a_disabled_mapping_reads_nothing_and_goes_on_where_it_was(client, follow):
    mapping = follow(*READ, Enabled=False)
    put(client, "later")
    client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    wait_for(lambda: "INSERT/later" in seen(client), 60)


@pytest.mark.parametrize("kind", ["bad", "crash"])
def test_what_always_fails_is_found_told_of_and_passed_over(client, follow, kind):
    queue = client("sqs").create_queue(QueueName=f"given-up-{kind}")["QueueUrl"]
    arn = f"arn:aws:sqs:ap-south-1:{client('sts').get_caller_identity()['Account']}:given-up-{kind}"
    follow(
        *READ,
        "sqs:SendMessage",
        BatchSize=10,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    put(client, f"before-{kind[0]}", f"{kind}-{kind}", f"after-{kind[0]}")
    wait_for(lambda: {f"INSERT/before-{kind[0]}", f"INSERT/after-{kind[0]}"} <= seen(client), 120)
    messages = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    batches = [json.loads(message["Body"])["DDBStreamBatchInfo"]["batchSize"] for message in messages]
    assert batches == [1]


def test_a_function_that_may_not_read_the_stream_gets_no_mapping(client, follow):
    with pytest.raises(ClientError, match="Cannot access stream"):
        follow("dynamodb:GetRecords")


@pytest.mark.parametrize("action", READ[:3])
def test_a_role_is_asked_whenever_the_stream_is_read(client, account, follow, action):
    mapping = follow(*READ)
    role_name = mapping["FunctionArn"].rsplit(":", 1)[-1]

    def may(*actions):
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client("iam").put_role_policy(RoleName=role_name, PolicyName="all", PolicyDocument=policy)

    def result():
        return client("lambda").get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"]

    may(*(one for one in READ if one != action))
    key = f"held-{action.rpartition(':')[2]}"
    put(client, key)
    wait_for(lambda: result().startswith("PROBLEM: Cannot access stream"), 60)
    assert f"is not authorized to perform: {action} on resource: {mapping['EventSourceArn']}" in result()
    assert f"INSERT/{key}" not in seen(client)
    may(*READ)
    wait_for(lambda: f"INSERT/{key}" in seen(client), 120)  # nothing is lost
    wait_for(lambda: result() == "OK", 60)


def test_a_mapping_is_not_given_a_function_that_may_not_read(client, follow):
    mapping, other = follow(*READ), follow(*READ)["FunctionArn"].rsplit(":", 1)[-1]
    client("iam").delete_role_policy(RoleName=other, PolicyName="all")
    with pytest.raises(ClientError, match=r"Cannot access stream .* dynamodb:DescribeStream"):
        client("lambda").update_event_source_mapping(UUID=mapping["UUID"], FunctionName=other)
    kept = client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
    assert kept["FunctionArn"] == mapping["FunctionArn"]


def test_what_cannot_be_told_of_is_passed_over_all_the_same(client, follow):
    queue = client("sqs").create_queue(QueueName="not-allowed")["QueueUrl"]
    arn = f"arn:aws:sqs:ap-south-1:{client('sts').get_caller_identity()['Account']}:not-allowed"
    follow(*READ, MaximumRetryAttempts=0, BatchSize=1, DestinationConfig={"OnFailure": {"Destination": arn}})
    put(client, "crash-untold", "after-untold")
    wait_for(lambda: "INSERT/after-untold" in seen(client), 120)
    assert client("sqs").receive_message(QueueUrl=queue).get("Messages", []) == []


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 6), ("rate(5 minutes)", 30), ("rate(1 hour)", 360), ("cron(0 1 * * ? *)", None)],
)
def test_a_minute_lasts_six_seconds(expression, seconds):
    assert interval(expression) == seconds


def test_a_schedule_of_a_rate_is_fired_by_the_clock(client):
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    arn = role(client, "Rate", "states:StartExecution")
    machine = client("stepfunctions").create_state_machine(name="Rate", definition=definition, roleArn=arn)
    client("scheduler").create_schedule(
        Name="rate",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": machine["stateMachineArn"], "RoleArn": arn, "Input": "{}"},
    )

    def executions():
        return client("stepfunctions").list_executions(stateMachineArn=machine["stateMachineArn"])[
            "executions"
        ]

    wait_for(executions, 120)
    client("scheduler").delete_schedule(Name="rate")
