"""Roles are enforced: what a role may not do is refused, in the words of the service that refuses."""

from __future__ import annotations

import io
import json
import re
import urllib.error
import urllib.request
import zipfile
from ipaddress import ip_network

import botocore.credentials
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from dpctl.sandbox.signature import Credentials
from tests.integration.sandbox.acting import TRUST, document, refused, statement

pytestmark = pytest.mark.sandbox


@pytest.fixture
def bucket(client, config):
    name = config.storage.glue_assets_bucket
    client("s3").put_object(Bucket=name, Key="roles/k", Body=b"x")
    yield name
    client("s3").delete_object(Bucket=name, Key="roles/k")


def test_each_service_refuses_in_its_own_form(role, bucket, config):
    session = "assumed-role/held-to-it/tester is not authorized to perform: "
    s3 = role("s3")
    why = "because no identity-based policy allows the s3:GetObject action"
    arn = f"on resource: arn:aws:s3:::{bucket}/roles/k"
    refused(lambda: s3.get_object(Bucket=bucket, Key="roles/k"), "AccessDenied", session, arn, why)
    refused(lambda: s3.put_object(Bucket=bucket, Key="n", Body=b""), "AccessDenied", "s3:PutObject")
    table = config.databases.dynamodb.table
    refused(
        lambda: role("dynamodb").describe_table(TableName=table), "AccessDeniedException", f"table/{table}"
    )
    refused(lambda: role("ec2").describe_vpcs(), "UnauthorizedOperation", "ec2:DescribeVpcs")
    refused(lambda: role("iam").list_roles(), "AccessDenied", "iam:ListRoles")
    refused(lambda: role("glue").get_jobs(), "AccessDeniedException", "glue:GetJobs")
    refused(lambda: role("lambda").list_functions(), "AccessDeniedException", "lambda:ListFunctions")
    assert role("sts").get_caller_identity()["Arn"].endswith("assumed-role/held-to-it/tester")


def test_conditions_count(role, bucket):
    only = statement("s3:ListBucket", f"arn:aws:s3:::{bucket}", StringLike={"s3:prefix": "roles/*"})
    s3 = role("s3", only)
    assert s3.list_objects_v2(Bucket=bucket, Prefix="roles/")["KeyCount"] == 1
    refused(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="scripts/"), "AccessDenied", "s3:ListBucket")
    refused(lambda: s3.list_objects_v2(Bucket=bucket), "AccessDenied", "s3:ListBucket")


def test_what_is_not_known_is_named_and_denies(role, bucket):
    s3 = role("s3", statement("s3:*", IpAddress={"aws:SourceIp": "0.0.0.0/0"}))
    named = "the sandbox does not know the condition key aws:SourceIp"
    refused(lambda: s3.get_object(Bucket=bucket, Key="roles/k"), "AccessDenied", named)


STATES = json.dumps({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})
ASSUMED = document(TRUST)
TEAM = [{"Key": "team", "Value": "orders"}]
ACCOUNT, TRAILS = "054158074701", "aws-cloudtrail-logs-054158074701-f4621182"
ALARM = f"arn:aws:cloudwatch:ap-south-1:{ACCOUNT}:alarm:"
BUDGET = {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": "1", "Unit": "USD"}}
COLUMN = [{"AttributeName": "k", "AttributeType": "S"}]
# service => how a resource is made of a name and tags; what asks for it, by its name; and what takes it away
TAGGED = {
    "dynamodb": (
        lambda c, name, tags: c.create_table(
            TableName=name, Tags=tags, AttributeDefinitions=COLUMN, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        ),
        lambda c, name: c.describe_table(TableName=name),
        lambda c, name: c.delete_table(TableName=name),
    ),
    "secretsmanager": (
        lambda c, name, tags: c.create_secret(Name=name, SecretString="s", Tags=tags),
        lambda c, name: c.get_secret_value(SecretId=name),
        lambda c, name: c.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True),
    ),
    "sqs": (
        lambda c, name, tags: c.create_queue(QueueName=name, tags={t["Key"]: t["Value"] for t in tags}),
        lambda c, name: c.get_queue_url(QueueName=name),
        lambda c, name: c.delete_queue(QueueUrl=c.get_queue_url(QueueName=name)["QueueUrl"]),
    ),
    "iam": (
        lambda c, name, tags: c.create_role(RoleName=name, AssumeRolePolicyDocument=ASSUMED, Tags=tags),
        lambda c, name: c.get_role(RoleName=name),
        lambda c, name: c.delete_role(RoleName=name),
    ),
    "logs": (
        lambda c, name, tags: c.create_log_group(
            logGroupName=name, tags={t["Key"]: t["Value"] for t in tags}
        ),
        lambda c, name: c.create_log_stream(logGroupName=name, logStreamName="s"),
        lambda c, name: c.delete_log_group(logGroupName=name),
    ),
    "glue": (
        lambda c, name, tags: c.create_trigger(
            Name=name, Type="ON_DEMAND", Actions=[], Tags={t["Key"]: t["Value"] for t in tags}
        ),
        lambda c, name: c.get_trigger(Name=name),
        lambda c, name: c.delete_trigger(Name=name),
    ),
    "cloudtrail": (
        lambda c, name, tags: c.create_trail(Name=name, S3BucketName=TRAILS, TagsList=tags),
        lambda c, name: c.get_trail_status(Name=name),
        lambda c, name: c.delete_trail(Name=name),
    ),
    "cloudwatch": (
        lambda c, name, tags: c.put_metric_alarm(
            AlarmName=name, MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold", Tags=tags,
        ),
        lambda c, name: c.list_tags_for_resource(ResourceARN=ALARM + name),
        lambda c, name: c.delete_alarms(AlarmNames=[name]),
    ),
    "scheduler": (
        lambda c, name, tags: c.create_schedule_group(Name=name, Tags=tags),
        lambda c, name: c.get_schedule_group(Name=name),
        lambda c, name: c.delete_schedule_group(Name=name),
    ),
    "budgets": (
        lambda c, name, tags: c.create_budget(
            AccountId=ACCOUNT, Budget=BUDGET | {"BudgetName": name}, ResourceTags=tags
        ),
        lambda c, name: c.describe_budget(AccountId=ACCOUNT, BudgetName=name),
        lambda c, name: c.delete_budget(AccountId=ACCOUNT, BudgetName=name),
    ),
    "events": (
        lambda c, name, tags: c.put_rule(Name=name, EventPattern='{"source": ["x"]}', Tags=tags),
        lambda c, name: c.describe_rule(Name=name),
        lambda c, name: c.delete_rule(Name=name),
    ),
}  # fmt: skip


@pytest.mark.parametrize("service", TAGGED)
def test_the_tags_of_a_resource_count(role, client, service):
    make, ask, take = TAGGED[service]
    mine, theirs, refusal = f"of-orders-{service}", f"of-others-{service}", {"sqs", "iam", "cloudwatch"}
    code = "AccessDenied" if service in refusal else "AccessDeniedException"
    make(client(service), mine, TEAM)
    make(client(service), theirs, [{"Key": "team", "Value": "customers"}])
    try:
        ours = role(service, statement(f"{service}:*", StringEquals={"aws:ResourceTag/Team": "orders"}))
        assert ask(ours, mine)
        refused(lambda: ask(ours, theirs), code, theirs)
        others = role(
            service,
            statement(f"{service}:*"),
            statement(f"{service}:*", effect="Deny", StringLike={"aws:ResourceTag/team": "ord*"}),
        )
        refused(lambda: ask(others, mine), code, "explicit deny")
        assert ask(others, theirs)
    finally:
        for name in (mine, theirs):
            take(client(service), name)


def test_tags_of_a_kind_that_is_not_known_are_named(role, client):
    held = role("xray", statement("xray:*", StringEquals={"aws:ResourceTag/Team": "orders"}))
    named = "the sandbox does not know the condition key aws:ResourceTag/Team"
    refused(lambda: held.get_group(GroupName="traces"), "AccessDeniedException", named)


def test_a_schedule_has_no_tags_and_its_group_has(role, client):
    """Service Authorization Reference: the key is the group's alone."""
    scheduler, name = client("scheduler"), "of-orders"
    group = scheduler.create_schedule_group(Name=name, Tags=TEAM)["ScheduleGroupArn"]
    own = statement("scheduler:*", StringEquals={"aws:ResourceTag/team": "orders"})
    untagged = statement("scheduler:GetSchedule", Null={"aws:ResourceTag/team": "true"})
    held = role("scheduler", own)
    assert held.get_schedule_group(Name=name)["Arn"] == group
    words = "no identity-based policy allows the scheduler:GetSchedule action"
    refused(lambda: held.get_schedule(Name="s", GroupName=name), "AccessDeniedException", words)
    refused(
        lambda: role("scheduler", untagged).get_schedule(Name="s", GroupName=name),
        "ResourceNotFoundException",
    )
    scheduler.delete_schedule_group(Name=name)


def test_the_tags_of_a_budget_change(client):
    """As a call sets them and takes them away; moto itself keeps none."""
    budgets, arn = client("budgets"), f"arn:aws:budgets::{ACCOUNT}:budget/tagged"
    budgets.create_budget(AccountId=ACCOUNT, Budget=BUDGET | {"BudgetName": "tagged"}, ResourceTags=TEAM)
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "stage", "Value": "dev"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["team"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [
        {"Key": "stage", "Value": "dev"}
    ]
    budgets.delete_budget(AccountId=ACCOUNT, BudgetName="tagged")
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.list_tags_for_resource(ResourceARN=arn)


def test_the_tags_of_a_request_count_whatever_the_service_calls_them(role):
    """CloudTrail's TagsList, and ResourceTags of budgets."""
    only = statement("*", StringEquals={"aws:RequestTag/team": "orders"})
    theirs = [{"Key": "team", "Value": "customers"}]
    trails, budgets = role("cloudtrail", only), role("budgets")
    mine = trails.create_trail(Name="asked", S3BucketName=TRAILS, TagsList=TEAM)["TrailARN"]
    refused(lambda: trails.add_tags(ResourceId=mine, TagsList=theirs), "AccessDeniedException", "AddTags")
    trails.add_tags(ResourceId=mine, TagsList=TEAM)
    named = BUDGET | {"BudgetName": "asked"}
    refused(
        lambda: budgets.create_budget(AccountId=ACCOUNT, Budget=named, ResourceTags=theirs),
        "AccessDeniedException", "budgets:ModifyBudget",
    )  # fmt: skip
    budgets.create_budget(AccountId=ACCOUNT, Budget=named, ResourceTags=TEAM)
    role("cloudtrail", statement("cloudtrail:*")).delete_trail(Name="asked")
    role("budgets", statement("budgets:*")).delete_budget(AccountId=ACCOUNT, BudgetName="asked")


READS = """
import boto3
def handler(event, context):
    try:
        return boto3.client("s3").get_object(Bucket=event, Key="roles/k")["Body"].read().decode()
    except Exception as error:
        return str(error)
"""


@pytest.fixture
def endpoint(client, account):
    """A gateway endpoint of S3 in the first VPC: its id, a subnet whose way leads by it, and a group."""
    ec2 = client("ec2")
    [subnet, *_] = ec2.describe_subnets()["Subnets"]
    here = [{"Name": "vpc-id", "Values": [subnet["VpcId"]]}]
    name = f"com.amazonaws.{account.region}.s3"
    [group, *_] = ec2.describe_security_groups(Filters=here)["SecurityGroups"]
    table = ec2.create_route_table(VpcId=subnet["VpcId"])["RouteTable"]["RouteTableId"]
    alone = ec2.create_subnet(VpcId=subnet["VpcId"], CidrBlock=free(ec2, subnet["VpcId"]))["Subnet"][
        "SubnetId"
    ]
    bound = ec2.associate_route_table(RouteTableId=table, SubnetId=alone)["AssociationId"]
    made = ec2.create_vpc_endpoint(VpcId=subnet["VpcId"], ServiceName=name, RouteTableIds=[table])
    yield made["VpcEndpoint"]["VpcEndpointId"], alone, group["GroupId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpoint"]["VpcEndpointId"]])
    ec2.disassociate_route_table(AssociationId=bound)
    ec2.delete_subnet(SubnetId=alone)
    ec2.delete_route_table(RouteTableId=table)


def free(ec2, vpc):
    """A /28 of a VPC that no subnet has."""
    [found] = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    taken = [ip_network(one["CidrBlock"]) for one in ec2.describe_subnets()["Subnets"]]
    blocks = ip_network(found["CidrBlock"]).subnets(new_prefix=28)
    return str(next(one for one in blocks if not any(one.overlaps(other) for other in taken)))


def test_the_way_of_a_call_counts(role, client, bucket, endpoint):
    """A function in the VPC comes by the endpoint of S3; one outside, and an operator, do not."""
    functions = client("lambda")
    gateway, subnet, group = endpoint
    only = statement("s3:*", StringEquals={"aws:SourceVpce": gateway})
    outside = role("s3", only, statement(["ec2:*"]), statement("logs:*"))
    lacking = ("AccessDenied", "no identity-based policy allows the s3:GetObject action")
    refused(lambda: outside.get_object(Bucket=bucket, Key="roles/k"), *lacking)
    place = {"SubnetIds": [subnet], "SecurityGroupIds": [group]}
    said = {}
    for name, vpc in (("way-outside", {}), ("way-inside", {"VpcConfig": place})):
        functions.create_function(
            FunctionName=name, Runtime="python3.12", Role=role.arn, Handler="f.handler",
            Code={"ZipFile": zipped(READS)}, Timeout=60, **vpc,
        )  # fmt: skip
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(bucket).encode())["Payload"].read()
        said[name] = json.loads(answer)
        functions.delete_function(FunctionName=name)
    assert said["way-inside"] == "x"
    assert lacking[1] in said["way-outside"]


def test_the_way_of_a_job_counts(role, client, control, bucket, endpoint):
    """A job whose connection stands in the VPC comes by the endpoint of S3; one without does not."""
    glue, script = client("glue"), "roles/way.py"
    gateway, subnet, group = endpoint
    body = f"import boto3\nboto3.client('s3').get_object(Bucket={bucket!r}, Key='roles/k')\n"
    client("s3").put_object(Bucket=bucket, Key=script, Body=body.encode())
    trust = document(TRUST | {"Principal": {"Service": "glue.amazonaws.com"}})
    client("iam").update_assume_role_policy(RoleName=role.name, PolicyDocument=trust)
    policy = document(
        statement("s3:GetObject", f"arn:aws:s3:::{bucket}/roles/k", StringEquals={"aws:SourceVpce": gateway}),
        statement("s3:GetObject", f"arn:aws:s3:::{bucket}/{script}"),
        statement(["ec2:*", "logs:*", "glue:*"]),
    )
    client("iam").put_role_policy(RoleName=role.name, PolicyName="p", PolicyDocument=policy)
    place = {"SubnetId": subnet, "SecurityGroupIdList": [group]}
    glue.create_connection(
        ConnectionInput={
            "Name": "way", "ConnectionType": "NETWORK", "ConnectionProperties": {},
            "PhysicalConnectionRequirements": place,
        }
    )  # fmt: skip
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": f"s3://{bucket}/{script}"}
    ended = {}
    for name, more in (("job-outside", {}), ("job-inside", {"Connections": {"Connections": ["way"]}})):
        glue.create_job(Name=name, Role=role.arn, Command=command, **more)
        run = glue.start_job_run(JobName=name)["JobRunId"]
        assert control.post("settle", {"seconds": 120})[1] == {"settled": True}
        ended[name] = glue.get_job_run(JobName=name, RunId=run)["JobRun"]
        glue.delete_job(JobName=name)
    glue.delete_connection(ConnectionName="way")
    client("s3").delete_object(Bucket=bucket, Key=script)
    assert ended["job-inside"]["JobRunState"] == "SUCCEEDED", ended["job-inside"]
    assert ended["job-outside"]["JobRunState"] == "FAILED"
    words = "no identity-based policy allows the s3:GetObject action"
    assert words in ended["job-outside"]["ErrorMessage"]


def zipped(source):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("f.py", source)
    return package.getvalue()


def test_a_missing_object_is_only_told_to_who_may_list(role, bucket):
    everything = f"arn:aws:s3:::{bucket}/*"
    refused(
        lambda: role("s3", statement("s3:GetObject", everything)).head_object(Bucket=bucket, Key="no"), "403"
    )
    both = role("s3", statement("s3:GetObject", everything), statement("s3:ListBucket"))
    refused(lambda: both.head_object(Bucket=bucket, Key="no"), "404")


def test_a_boundary_limits_and_a_managed_policy_allows(role, client, account, bucket):
    iam = client("iam")
    iam.attach_role_policy(RoleName=role.name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    s3 = role("s3")
    assert s3.get_object(Bucket=bucket, Key="roles/k")["Body"].read() == b"x"
    refused(lambda: s3.delete_object(Bucket=bucket, Key="roles/k"), "AccessDenied", "s3:DeleteObject")
    policy = iam.create_policy(PolicyName="edge", PolicyDocument=document(statement("s3:ListBucket")))[
        "Policy"
    ]
    try:
        iam.put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=policy["Arn"])
        refused(
            lambda: s3.get_object(Bucket=bucket, Key="roles/k"), "AccessDenied", "no permissions boundary"
        )
    finally:
        iam.delete_role_permissions_boundary(RoleName=role.name)
        iam.delete_policy(PolicyArn=policy["Arn"])


def test_a_buckets_own_policy_lets_in_and_keeps_out(role, client):
    s3, name = client("s3"), "of-its-own"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    mine = {"Principal": {"AWS": role.arn}, "Resource": f"arn:aws:s3:::{name}/*"}
    try:
        s3.put_bucket_policy(
            Bucket=name, Policy=document({"Effect": "Allow", "Action": "s3:GetObject", **mine})
        )
        assert role("s3").get_object(Bucket=name, Key="k")["Body"].read() == b"x"
        s3.put_bucket_policy(Bucket=name, Policy=document({"Effect": "Deny", "Action": "s3:*", **mine}))
        acting = role("s3", statement("s3:*"))
        refused(
            lambda: acting.get_object(Bucket=name, Key="k"), "AccessDenied", "deny in a resource-based policy"
        )
    finally:
        s3.delete_bucket_policy(Bucket=name)
        s3.delete_object(Bucket=name, Key="k")
        s3.delete_bucket(Bucket=name)


def test_passing_a_role_takes_a_permission_of_its_own(role, config):
    glue = role("glue", statement("glue:*"))
    job = {
        "Name": "passed",
        "Role": role.arn,
        "Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/k"},
    }
    refused(lambda: glue.create_job(**job), "AccessDeniedException", "iam:PassRole", role.arn)


def test_a_users_key_is_held_to_the_users_policies(account, client, bucket):
    iam = client("iam")
    iam.create_user(UserName="reader")
    keys = iam.create_access_key(UserName="reader")["AccessKey"]
    s3 = account.client_of(Credentials(keys["AccessKeyId"], keys["SecretAccessKey"]), "s3")
    try:
        refused(lambda: s3.get_object(Bucket=bucket, Key="roles/k"), "AccessDenied", ":user/reader")
        iam.put_user_policy(
            UserName="reader", PolicyName="p", PolicyDocument=document(statement("s3:GetObject"))
        )
        assert s3.get_object(Bucket=bucket, Key="roles/k")["Body"].read() == b"x"
    finally:
        iam.delete_access_key(UserName="reader", AccessKeyId=keys["AccessKeyId"])
        if iam.list_user_policies(UserName="reader")["PolicyNames"]:
            iam.delete_user_policy(UserName="reader", PolicyName="p")
        iam.delete_user(UserName="reader")


def test_what_the_operator_needs_is_recorded(account, control, bucket):
    control.post("needs", None)
    s3 = account.client_of(account.credentials, "s3")
    s3.list_objects_v2(Bucket=bucket, Prefix="roles/")
    [found] = [one for one in control.get("needs")[1] if one["role"] is None]
    assert found["resource"] == f"arn:aws:s3:::{bucket}"
    assert found["conditions"]["s3:prefix"] == ["roles/"]
    assert re.fullmatch(r"s3:ListObjectsV2", found["call"])


@pytest.fixture
def send(account, client):
    """Send a request that is signed by hand, with a role's keys; the status of the answer."""

    def asked(role, service, method, path, body="", change=lambda headers: headers, **headers):
        keys = client("sts").assume_role(RoleArn=role.arn, RoleSessionName="tester")["Credentials"]
        request = AWSRequest(method, f"{account.endpoint}{path}", headers=headers, data=body.encode())
        SigV4Auth(
            botocore.credentials.Credentials(
                keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
            ),
            service,
            account.region,
        ).add_auth(request)
        sent = urllib.request.Request(
            request.url, data=body.encode() or None, headers=change(dict(request.headers)), method=method
        )
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                sent, timeout=60
            ) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    return asked


FORM = "application/x-www-form-urlencoded"
JSON = "application/x-amz-json-1.1"


def test_a_function_gets_into_a_vpc_with_its_roles_permissions(role, client):
    """Lambda developer guide: without them CreateFunction is refused, whoever calls it."""
    [subnet, *_] = client("ec2").describe_subnets()["Subnets"]
    [group, *_] = client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}]
    )["SecurityGroups"]
    made = {
        "FunctionName": "in-a-vpc",
        "Runtime": "python3.12",
        "Role": role.arn,
        "Handler": "f.handler",
        "Code": {"ZipFile": zipped("def handler(event, context): return 1")},
        "VpcConfig": {"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": [group["GroupId"]]},
    }
    code = "InvalidParameterValueException"
    role("ec2", statement(["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces"]))
    refused(lambda: client("lambda").create_function(**made), code, "to call DeleteNetworkInterface on EC2")
    role("ec2", statement("ec2:*NetworkInterface*"))
    client("lambda").create_function(**made)
    client("lambda").delete_function(FunctionName="in-a-vpc")


def test_what_was_judged_is_what_is_done(role, send, client):
    """One operation in the address, another in the body or the header: one of them is not judged."""
    role("iam", statement("iam:ListUsers"), statement("glue:GetDatabases"))
    body = "Action=CreateUser&UserName=sneaked&Version=2010-05-08"
    send(role, "iam", "POST", "/?Action=ListUsers&Version=2010-05-08", body, **{"Content-Type": FORM})
    send(role, "iam", "POST", f"/?{body}", "Action=ListUsers&Version=2010-05-08", **{"Content-Type": FORM})
    document = json.dumps({"DatabaseInput": {"Name": "sneaked"}})
    headers = {"Content-Type": JSON, "X-Amz-Target": "AWSGlue.GetDatabases"}
    send(role, "glue", "POST", "/?Action=CreateDatabase", document, **headers)
    text = json.dumps({"DatabaseInput": {"Name": "sneaked"}, "CatalogId": "&Action=CreateDatabase&"})
    send(role, "glue", "POST", "/", text, **headers)
    assert "sneaked" not in [user["UserName"] for user in client("iam").list_users()["Users"]]
    assert "sneaked" not in [one["Name"] for one in client("glue").get_databases()["DatabaseList"]]


def test_who_signs_says_so_once(role, send, client):
    role("s3", statement("s3:ListAllMyBuckets"))
    body = "Action=CreateUser&UserName=sneaked&Version=2010-05-08"

    def another(headers):
        own = headers["Authorization"]
        credential = own.partition("Credential=")[2].partition(",")[0].replace("/s3/", "/iam/")
        return headers | {
            "Authorization": own.replace("Credential=", f"Credential={credential}, Credential=", 1)
        }

    assert send(role, "s3", "GET", "/") == 200
    assert send(role, "s3", "GET", "/", change=another) in (400, 403)
    assert send(role, "s3", "POST", "/", body, another, **{"Content-Type": FORM}) in (400, 403)
    assert "sneaked" not in [user["UserName"] for user in client("iam").list_users()["Users"]]


def test_a_call_that_is_not_known_is_refused(role, send):
    role("lambda", statement("lambda:*"))
    assert send(role, "lambda", "GET", "/2015-03-31/functions/") == 200
    assert send(role, "lambda", "GET", "/2015-03-31/nothing-of-lambda/") == 403
