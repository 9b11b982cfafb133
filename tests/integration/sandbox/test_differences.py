"""What docs/sandbox-differences.md says of the sandbox: each line that no other test shows."""

from __future__ import annotations

import json

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

pytestmark = pytest.mark.sandbox
ASSETS = "aws-glue-assets-054158074701-ap-south-1"
BUCKET = "manifest-bucket-054158074701"
ROLE = "arn:aws:iam::054158074701:role/gaps"


@pytest.fixture
def role(client):
    """A role that state machines run as."""
    iam = client("iam")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "states.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(
        RoleName="gaps",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    yield ROLE
    iam.delete_role(RoleName="gaps")


def test_a_database_is_there_at_once(client):
    rds = client("rds")
    made = rds.create_db_instance(
        DBInstanceIdentifier="gaps", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="not-a-secret-1",
    )  # fmt: skip
    assert made["DBInstance"]["DBInstanceStatus"] == "available"
    rds.delete_db_instance(DBInstanceIdentifier="gaps", SkipFinalSnapshot=True)


def test_a_job_does_not_wait_for_its_window(client, control):
    glue, s3 = client("glue"), client("s3")
    s3.put_object(Bucket=ASSETS, Key="scripts/gaps.py", Body=b"import sys; print(sys.argv[1:])")
    glue.create_job(
        Name="gaps",
        Role="GlueFullAccessRole",
        Command={
            "Name": "pythonshell",
            "PythonVersion": "3.9",
            "ScriptLocation": f"s3://{ASSETS}/scripts/gaps.py",
        },
        DefaultArguments={"--window_seconds": "900"},
    )
    run = glue.start_job_run(JobName="gaps")["JobRunId"]
    while glue.get_job_run(JobName="gaps", RunId=run)["JobRun"]["JobRunState"] in ("STARTING", "RUNNING"):
        control.post("settle", {"seconds": 0.05})
    found = client("logs").get_log_events(logGroupName="/aws-glue/python-jobs/output", logStreamName=run)
    assert "'--window_seconds', '0'" in found["events"][0]["message"]
    glue.delete_job(JobName="gaps")


def test_a_wait_state_takes_a_second(client, control, role):
    machines = client("stepfunctions")
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
    arn = machines.create_state_machine(name="gaps", roleArn=role, definition=json.dumps(definition))[
        "stateMachineArn"
    ]
    run = machines.start_execution(stateMachineArn=arn)["executionArn"]
    assert control.post("settle", {"seconds": 300})[1] == {"settled": True}
    assert machines.describe_execution(executionArn=run)["status"] == "SUCCEEDED"
    machines.delete_state_machine(stateMachineArn=arn)


@pytest.fixture
def rule(client):
    """A rule with a queue as its target, or a target that is not there, and the queue behind it."""
    events, sqs = client("events"), client("sqs")
    url = sqs.create_queue(QueueName="gaps")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": queue,
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="gaps", EventPattern='{"source": ["gaps"]}')

    def make(target):
        events.put_targets(Rule="gaps", Targets=[{"Id": "1"} | target(queue)])
        return url

    yield make
    events.remove_targets(Rule="gaps", Ids=["1"])
    events.delete_rule(Name="gaps")
    sqs.delete_queue(QueueUrl=url)


def received(sqs, url):
    found = []
    while more := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += more
    return found


def put(client, control, *numbers):
    entries = [{"Source": "gaps", "DetailType": "n", "Detail": json.dumps({"n": n})} for n in numbers]
    assert client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
    assert control.post("settle", {"seconds": 120})[1] == {"settled": True}


def test_events_arrive_once_and_in_order(client, control, rule):
    url = rule(lambda queue: {"Arn": queue})
    put(client, control, *range(9))
    bodies = [json.loads(message["Body"]) for message in received(client("sqs"), url)]
    assert [body["detail"]["n"] for body in bodies] == list(range(9))


def test_a_target_that_fails_is_tried_once(client, control, rule):
    gone = "arn:aws:lambda:ap-south-1:054158074701:function:gone"
    retries = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}
    url = rule(lambda queue: {"Arn": gone, "RetryPolicy": retries, "DeadLetterConfig": {"Arn": queue}})
    put(client, control, 1)
    [message] = received(client("sqs"), url)
    assert json.loads(message["Body"])["detail"] == {"n": 1}


def test_the_signatures_of_chunks_are_not_checked(account):
    class Chunked(S3SigV4Auth):
        def payload(self, request):
            return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

    chunks = [
        b"5;chunk-signature=" + b"0" * 64 + b"\r\nhello\r\n",
        b"0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n",
    ]
    request = AWSRequest(
        "PUT",
        f"{account.endpoint}/{BUCKET}/chunked",
        headers={"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "5"},
        data=b"".join(chunks),
    )
    keys = account.credentials
    Chunked(Credentials(keys.access_key, keys.secret_key), "s3", account.region).add_auth(request)
    assert URLLib3Session(proxies={}).send(request.prepare()).status_code == 200
    found = account.client("s3").get_object(Bucket=BUCKET, Key="chunked")["Body"].read()
    account.client("s3").delete_object(Bucket=BUCKET, Key="chunked")
    assert found == b"hello"
