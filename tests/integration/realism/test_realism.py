"""``--realism aws``: what takes its time, is tried again, is not known at once, and is throttled."""

from __future__ import annotations

import io
import json
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dpctl.sandbox.realism import Realism
from dpctl.sandbox.redshift.session import Session
from dpctl.sandbox.services import redshift_data, roles, settling
from dpctl.sandbox.services.throttling import Buckets
from tests.runtime.scripts import RUNTIME
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


def test_a_rule_of_one_bus_says_nothing_of_its_namesake_on_another(client, operator, advance):
    events, entry = client("events"), {"Source": "twins", "DetailType": "x", "Detail": "{}"}
    own = events.create_event_bus(Name="own")["EventBusArn"]
    urls = []
    for bus in ("default", own):
        url, arn = queue(client, f"twin-{len(urls)}")
        events.put_rule(Name="twins", EventPattern='{"source": ["twins"]}', EventBusName=bus)
        events.put_targets(Rule="twins", EventBusName=bus, Targets=[{"Id": "1", "Arn": arn}])
        urls.append(url)
    operator("events").put_rule(Name="twins", EventPattern='{"source": ["twins"]}', EventBusName=own)
    events.put_events(Entries=[entry, entry | {"EventBusName": "own"}])
    advance(1)
    assert [len(messages(client, url)) for url in urls] == [1, 0]
    advance(60)
    events.put_events(Entries=[entry, entry | {"EventBusName": "own"}])
    advance(1)
    assert [len(messages(client, url)) for url in urls] == [1, 1]


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


WAIT = {"Type": "Wait", "Seconds": 86_400, "End": True}
AGAIN = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 86_400, "MaxAttempts": 1}


def branch(state):
    return {"StartAt": "S", "States": {"S": state}}


def machine(client, name, state, *actions):
    """A state machine of one state, and how to ask for its run's status."""
    machines, arn = client("stepfunctions"), role(client, f"Runs{name}", "states.amazonaws.com", *actions)
    made = machines.create_state_machine(name=name, roleArn=arn, definition=json.dumps(branch(state)))
    run = machines.start_execution(stateMachineArn=made["stateMachineArn"], input="[1, 2]")["executionArn"]
    return lambda: machines.describe_execution(executionArn=run)["status"]


FAILS = {
    "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets", "Retry": [AGAIN], "End": True,
}  # fmt: skip
WAITS = {
    "parallel": {"Type": "Parallel", "Branches": [branch(WAIT)] * 3, "End": True},
    "map": {"Type": "Map", "ItemProcessor": branch(WAIT), "End": True},
    "retry": {"Type": "Parallel", "Branches": [branch(FAILS), branch(WAIT)], "End": True},
}


@pytest.mark.parametrize("name", WAITS)
def test_a_machine_that_waits_in_its_branches_hides_nobody_elses_work(account, client, advance, name):
    url, _ = queue(client, f"tokens-{name}")
    waits = machine(client, f"waits-{name}", WAITS[name])
    wait_for(lambda: settling.settle(account, {"seconds": 1})["settled"], 60)  # it waits for the clock alone
    sends = {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}
    call = {"Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Parameters": sends}
    works = machine(client, f"works-{name}", {"Type": "Task", "End": True} | call, "sqs:SendMessage")
    assert not settling.settle(account, {"seconds": 1})["settled"]
    [token] = [message["Body"] for message in messages(client, url)]
    client("stepfunctions").send_task_success(taskToken=token, output="{}")
    wait_for(lambda: works() == "SUCCEEDED", 60)
    assert settling.settle(account, {"seconds": 60})["settled"]
    assert waits() == "RUNNING"
    advance(86_400)
    wait_for(lambda: waits() != "RUNNING", 60)
    assert waits() == ("FAILED" if name == "retry" else "SUCCEEDED")


def test_a_temporary_password_of_redshift_ends_by_the_sandboxs_clock(account, client, advance):
    given = client("redshift-serverless").get_credentials(
        workgroupName="default-workgroup", durationSeconds=900
    )
    engine = redshift_data.engine(account)
    assert abs(given["expiration"].timestamp() - account.clock.time() - 900) < 300
    assert engine.password_is(given["dbUser"], given["dbPassword"])
    advance(60)
    assert engine.password_is(given["dbUser"], given["dbPassword"])
    later = client("redshift-serverless").get_credentials(
        workgroupName="default-workgroup", durationSeconds=3600
    )
    advance(900)
    assert not engine.password_is(given["dbUser"], given["dbPassword"])
    assert engine.password_is(later["dbUser"], later["dbPassword"])
    advance(3600)
    assert not engine.password_is(later["dbUser"], later["dbPassword"])


TOKEN = {"Type": "Task", "End": True, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}


def test_a_task_that_waits_for_its_token_ends_by_the_clock(client, advance):
    url, _ = queue(client, "late-tokens")
    call = {"Parameters": {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}}
    status = machine(client, "late", TOKEN | call | {"TimeoutSeconds": 7200}, "sqs:SendMessage")
    advance(3600)
    assert status() == "RUNNING"
    advance(3700)
    wait_for(lambda: status() != "RUNNING", 60)
    assert status() == "FAILED"


def test_a_task_without_heartbeats_ends_by_the_clock(client, advance):
    url, _ = queue(client, "beats")
    call = {"Parameters": {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}}
    limits = {"TimeoutSeconds": 86_400, "HeartbeatSeconds": 600}
    status = machine(client, "beats", TOKEN | call | limits, "sqs:SendMessage")
    found = []
    wait_for(lambda: found.extend(messages(client, url)) or found, 60)
    for _ in range(3):
        advance(400)
        client("stepfunctions").send_task_heartbeat(taskToken=found[0]["Body"])
    assert status() == "RUNNING"
    advance(700)
    wait_for(lambda: status() != "RUNNING", 60)
    assert status() == "FAILED"


def test_an_execution_ends_by_the_clock(client, advance):
    machines, arn = client("stepfunctions"), role(client, "RunsOut", "states.amazonaws.com")
    definition = json.dumps(branch(WAIT) | {"TimeoutSeconds": 7200})
    made = machines.create_state_machine(name="runs-out", roleArn=arn, definition=definition)
    run = machines.start_execution(stateMachineArn=made["stateMachineArn"])["executionArn"]
    advance(3600)
    assert machines.describe_execution(executionArn=run)["status"] == "RUNNING"
    advance(3700)
    wait_for(lambda: machines.describe_execution(executionArn=run)["status"] != "RUNNING", 60)
    assert machines.describe_execution(executionArn=run)["status"] == "TIMED_OUT"


def test_a_presigned_url_ends_by_the_clock(client, advance):
    """Also one that was made when the clock had been moved already."""
    s3 = client("s3")
    s3.create_bucket(Bucket="presigned", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    s3.put_object(Bucket="presigned", Key="k", Body=b"x")
    for _ in range(2):
        url = s3.generate_presigned_url("get_object", {"Bucket": "presigned", "Key": "k"}, ExpiresIn=3600)
        made = int(time.time())
        # A URL says no more than the second it was made in.
        wait_for(lambda now=made: time.time() >= now + 1, 60)
        advance(1800)
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"x"
        advance(1900)
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(url):
            pass
        assert (refused.value.code, b"Request has expired" in refused.value.read()) == (403, True)


TIMES = """select getdate(), sysdate, current_timestamp, current_date::timestamp, dateadd(day, 0, getdate()),
    (select max(start_time) from sys_query_history), (select max(made) from public.dated)"""


def test_redshifts_own_clock_is_the_accounts(account, advance):
    """In a session that is open while the clock moves, after a rollback, and in the default of a column."""
    near, redshift = timedelta(hours=6), account.environment.config.databases.redshift
    session = Session(redshift_data.engine(account)._namespace, redshift.admin_user, redshift.database)
    session.execute("create table public.dated (k int, made timestamp default getdate())")
    session.execute("begin")
    session.execute("insert into public.dated (k) values (0)")
    advance(3 * 86_400)
    session.execute("rollback")
    session.execute("insert into public.dated (k) values (1)")
    [row], now = session.execute(TIMES).rows, account.clock.now().replace(tzinfo=None)
    session.execute("drop table public.dated")
    session.close()
    found = [datetime.fromisoformat(one).replace(tzinfo=None) for one in row]
    day, rest = found[3], [*found[:3], *found[4:]]
    assert now.date() - day.date() <= timedelta(days=1)
    assert [str(one) for one in rest if abs(now - one) > near] == []


PACE = ("s3:*", "dynamodb:*", "redshift-data:*", "redshift-serverless:GetCredentials", "logs:*", "sqs:*")
WINDOW_SECONDS, MINUTES = 300, 16
OUTPUT = "/aws-glue/python-jobs/output"


def test_a_job_keeps_its_window(account, client, advance):
    """At most a load in five minutes, twelve in an hour, while an event a minute starts it."""
    s3, glue, data = client("s3"), client("glue"), client("redshift-data")
    bucket = account.environment.config.storage.glue_assets_bucket
    s3.put_object(Bucket=bucket, Key="pace/job.py", Body=(RUNTIME / "glue_shell/GlueTestjob.py").read_bytes())
    secret = client("secretsmanager").describe_secret(SecretId="test/redshift")["ARN"]
    place = {"WorkgroupName": "default-workgroup", "Database": "dev", "SecretArn": secret}
    sql = "create table public.paced (partkey varchar(64) not null, _version bigint)"
    made = data.execute_statement(Sql=sql, **place)["Id"]
    wait_for(lambda: data.describe_statement(Id=made)["Status"] == "FINISHED", 60)
    columns = [
        {"name": "partkey", "type": "varchar(64)", "nullable": False},
        {"name": "_version", "type": "bigint", "nullable": True},
    ]
    target = {"schema": "public", "name": "paced", "columns": columns, "key": ["partkey"]}
    arguments = {
        "bucket": bucket, "prefix": "pace/", "region": account.region, "table_name": "Orders",
        "hash_key": "PartKey", "dead_letter_queue": queue(client, "paced")[0],
        "workgroup": "default-workgroup", "database": "dev", "secret_arn": secret,
        "window_seconds": str(WINDOW_SECONDS),
        "copy_role_arn": f"arn:aws:iam::{ACCOUNT}:role/AmazonRedshift-CommandsAccessRole-20260201T170319",
        "target": json.dumps(target | {"version": "_version"}),
    }  # fmt: skip
    glue.create_job(
        Name="paced",
        Role=role(client, "Pace", "glue.amazonaws.com", *PACE, "secretsmanager:GetSecretValue"),
        Command={
            "Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": f"s3://{bucket}/pace/job.py",
        },
        DefaultArguments={f"--{name}": value for name, value in arguments.items()},
    )  # fmt: skip

    def event(number):
        client("dynamodb").put_item(TableName="Orders", Item={"PartKey": {"S": f"paced-{number}"}})
        request = {"tableName": "Orders", "key": {"PartKey": f"paced-{number}"}}
        body = json.dumps({"eventName": "PutItem", "requestParameters": request}).encode()
        s3.put_object(Bucket=bucket, Key=f"pace/pending/{number}.json", Body=body)
        with suppress(glue.exceptions.ConcurrentRunsExceededException):
            glue.start_job_run(JobName="paced")

    client("events").disable_rule(Name=account.environment.config.capture.rule)
    began = account.clock.time()
    for number in range(MINUTES):
        account.clock.after(60 * number + 1, "an event", partial(event, number))
    advance(60 * MINUTES)
    advance(2 * WINDOW_SECONDS)
    runs = glue.get_job_runs(JobName="paced")["JobRuns"]
    assert {run["JobRunState"] for run in runs} == {"SUCCEEDED"}, [run.get("ErrorMessage") for run in runs]
    loads = []
    for run in runs:
        found = client("logs").get_log_events(logGroupName=OUTPUT, logStreamName=run["Id"])
        loads += [one["message"] for one in found["events"] if one["message"].startswith("load: ")]
    assert sum(int(line.split()[1]) for line in loads) == MINUTES
    assert 3 <= len(loads) <= 1 + (account.clock.time() - began) // WINDOW_SECONDS
