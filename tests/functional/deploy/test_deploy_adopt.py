"""Adoption: each resource type is made in moto, and found again by what a plan knows of it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from dpctl.aws import Aws
from dpctl.deploy import adopt
from dpctl.deploy.adopt.inventory import Inventory, NotKnown, Values
from dpctl.deploy.adopt.registry import HARMLESS, KINDS
from dpctl.deploy.changes import Change

REGION, ACCOUNT = "ap-south-1", "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


@pytest.fixture(scope="module")
def clients():
    """The clients of all tests: making one costs more than a test does."""
    pytest.importorskip("moto")
    return Aws(REGION, {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"})


@pytest.fixture
def world(clients, aws):
    return clients


def tags(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def make_vpc(world):
    ec2 = world.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.11.0.0/16", TagSpecifications=tags("vpc", "v"))["Vpc"]["VpcId"]
    return ec2, vpc


def make_table(world):
    ec2, vpc = make_vpc(world)
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table", "t"))["RouteTable"][
        "RouteTableId"
    ]
    return ec2, vpc, table


def vpc(world):
    _, identity = make_vpc(world)
    return {"cidr_block": "10.11.0.0/16", "tags": {"Name": "v"}}, identity


def subnet(world):
    ec2, vpc_id = make_vpc(world)
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.128.0/20")["Subnet"]["SubnetId"]
    return {"vpc_id": vpc_id, "cidr_block": "10.11.128.0/20"}, made


def internet_gateway(world):
    ec2, vpc_id = make_vpc(world)
    made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc_id, InternetGatewayId=made)
    return {"vpc_id": vpc_id}, made


def nat_gateway(world):
    ec2, vpc_id = make_vpc(world)
    place = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.0.0/20")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(
        SubnetId=place, AllocationId=address, TagSpecifications=tags("natgateway", "n")
    )
    return {"subnet_id": place, "tags": {"Name": "n"}}, made["NatGateway"]["NatGatewayId"]


def elastic_ip(world):
    made = world.client("ec2").allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", "e"))
    return {"tags": {"Name": "e"}}, made["AllocationId"]


def route_table(world):
    _, vpc_id, table = make_table(world)
    return {"vpc_id": vpc_id, "tags": {"Name": "t"}}, table


def route(world):
    ec2, vpc_id, table = make_table(world)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc_id, InternetGatewayId=gateway)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return {"route_table_id": table, "destination_cidr_block": "0.0.0.0/0"}, f"{table}_0.0.0.0/0"


def route_table_association(world):
    ec2, vpc_id, table = make_table(world)
    place = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.0.0/20")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=place)
    return {"route_table_id": table, "subnet_id": place}, f"{place}/{table}"


def vpc_endpoint(world):
    ec2, vpc_id = make_vpc(world)
    service = f"com.amazonaws.{REGION}.s3"
    made = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=service, VpcEndpointType="Gateway")
    values = {"vpc_id": vpc_id, "service_name": service, "vpc_endpoint_type": "Gateway"}
    return values, made["VpcEndpoint"]["VpcEndpointId"]


def vpc_endpoint_route_table(world):
    ec2, vpc_id, table = make_table(world)
    service = f"com.amazonaws.{REGION}.s3"
    made = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=service, RouteTableIds=[table])
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    return {"vpc_endpoint_id": endpoint, "route_table_id": table}, f"{endpoint}/{table}"


def make_group(world):
    ec2, vpc_id = make_vpc(world)
    return ec2, vpc_id, ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc_id)["GroupId"]


def security_group(world):
    _, vpc_id, group = make_group(world)
    return {"vpc_id": vpc_id, "name": "g"}, group


def ingress_rule(world):
    ec2, _, group = make_group(world)
    pairs = [{"GroupId": group}]
    rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": pairs}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    values = {"security_group_id": group, "ip_protocol": "tcp", "from_port": 0, "to_port": 65535}
    none = {"cidr_ipv4": None, "cidr_ipv6": None, "prefix_list_id": None}
    return {**values, **none, "referenced_security_group_id": group}, made["SecurityGroupRules"][0][
        "SecurityGroupRuleId"
    ]


def egress_rule(world):
    ec2, _, group = make_group(world)
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    values = {"security_group_id": group, "ip_protocol": "tcp", "from_port": 443, "to_port": 443}
    none = {"cidr_ipv6": None, "prefix_list_id": None, "referenced_security_group_id": None}
    return {**values, **none, "cidr_ipv4": "10.0.0.0/8"}, made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


def make_bucket(world):
    s3 = world.client("s3")
    s3.create_bucket(Bucket="bucket-b", CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def bucket(world):
    make_bucket(world)
    return {"bucket": "bucket-b"}, "bucket-b"


def of_bucket(method, **params):
    def make(world):
        getattr(make_bucket(world), method)(Bucket="bucket-b", **params)
        return {"bucket": "bucket-b"}, "bucket-b"

    return make


def s3_object(world):
    make_bucket(world).put_object(Bucket="bucket-b", Key="scripts/x.py", Body=b"x")
    return {"bucket": "bucket-b", "key": "scripts/x.py"}, "bucket-b/scripts/x.py"


def make_role(world):
    iam = world.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    return iam


def role(world):
    make_role(world)
    return {"name": "r"}, "r"


def role_policy(world):
    make_role(world).put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=ALLOW)
    return {"role": "r", "name": "p"}, "r:p"


def make_policy(world):
    return world.client("iam").create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]


def policy(world):
    return {"name": "p"}, make_policy(world)


def attachment(world):
    arn = make_policy(world)
    make_role(world).attach_role_policy(RoleName="r", PolicyArn=arn)
    return {"role": "r", "policy_arn": arn}, f"r/{arn}"


def exclusive(world):
    make_role(world)
    return {"role_name": "r"}, "r"


def make_key(world):
    return world.client("kms").create_key(Description="the trail's key")["KeyMetadata"]["KeyId"]


def kms_key(world):
    return {"description": "the trail's key"}, make_key(world)


def kms_key_policy(world):
    key = make_key(world)
    return {"key_id": key}, key


def kms_alias(world):
    world.client("kms").create_alias(AliasName="alias/trail", TargetKeyId=make_key(world))
    return {"name": "alias/trail"}, "alias/trail"


def make_secret(world):
    return world.client("secretsmanager").create_secret(Name="test/redshift", SecretString="hunter2")


def secret(world):
    return {"name": "test/redshift"}, make_secret(world)["ARN"]


def secret_version(world):
    made = make_secret(world)
    return {"secret_id": made["ARN"]}, f"{made['ARN']}|{made['VersionId']}"


def secret_policy(world):
    arn = make_secret(world)["ARN"]
    world.client("secretsmanager").put_resource_policy(SecretId=arn, ResourcePolicy=ALLOW)
    return {"secret_arn": arn}, arn


def dynamodb_table(world):
    world.client("dynamodb").create_table(
        TableName="Orders",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return {"name": "Orders"}, "Orders"


def db_instance(world):
    world.client("rds").create_db_instance(
        DBInstanceIdentifier="d",
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="admin",
        MasterUserPassword="hunter22",
    )
    return {"identifier": "d"}, "d"


def db_subnet_group(world):
    ec2, vpc_id = make_vpc(world)
    place = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.0.0/20")["Subnet"]["SubnetId"]
    world.client("rds").create_db_subnet_group(
        DBSubnetGroupName="g", DBSubnetGroupDescription="g", SubnetIds=[place]
    )
    return {"name": "g"}, "g"


def db_parameter_group(world):
    world.client("rds").create_db_parameter_group(
        DBParameterGroupName="p", DBParameterGroupFamily="mysql8.0", Description="p"
    )
    return {"name": "p"}, "p"


def trail(world):
    s3 = world.client("s3")
    s3.create_bucket(Bucket="trail-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    made = world.client("cloudtrail").create_trail(Name="data-events", S3BucketName="trail-logs")
    return {"name": "data-events"}, made["TrailARN"]


def make_rule(world):
    events = world.client("events")
    events.put_rule(Name="dynamodb-insert", EventPattern='{"source":["aws.dynamodb"]}')
    return events


def rule(world):
    make_rule(world)
    return {"name": "dynamodb-insert", "event_bus_name": None}, "default/dynamodb-insert"


def target(world):
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:LogEvent"
    make_rule(world).put_targets(Rule="dynamodb-insert", Targets=[{"Id": "log", "Arn": arn}])
    values = {"rule": "dynamodb-insert", "event_bus_name": "default", "target_id": "log", "arn": arn}
    return values, "default/dynamodb-insert/log"


def target_without_id(world):
    values, identity = target(world)
    return {**values, "target_id": None}, identity


def schedule(world):
    world.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f", "RoleArn": ROLE},
    )
    return {"name": "s", "group_name": "default"}, "default/s"


def schedule_group(world):
    world.client("scheduler").create_schedule_group(Name="g")
    return {"name": "g"}, "g"


def state_machine(world):
    definition = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
    made = world.client("stepfunctions").create_state_machine(
        name="LogEvent", definition=definition, roleArn=ROLE
    )
    return {"name": "LogEvent"}, made["stateMachineArn"]


def make_queue(world):
    sqs = world.client("sqs")
    return sqs, sqs.create_queue(QueueName="q")["QueueUrl"]


def queue(world):
    _, url = make_queue(world)
    return {"name": "q"}, url


def queue_policy(world):
    sqs, url = make_queue(world)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ALLOW})
    return {"queue_url": url}, url


def make_topic(world):
    sns = world.client("sns")
    return sns, sns.create_topic(Name="t")["TopicArn"]


def topic(world):
    _, arn = make_topic(world)
    return {"name": "t"}, arn


def topic_policy(world):
    _, arn = make_topic(world)
    return {"arn": arn}, arn


def subscription(world):
    sns, arn = make_topic(world)
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    make_queue(world)
    made = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)["SubscriptionArn"]
    return {"topic_arn": arn, "protocol": "sqs", "endpoint": queue_arn}, made


def make_function(world):
    make_role(world)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): pass")
    client = world.client("lambda")
    client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=ROLE,
        Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
        Publish=True,
    )
    return client


def function(world):
    make_function(world)
    return {"function_name": "f"}, "f"


def permission(world):
    make_function(world).add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    return {"function_name": "f", "statement_id": "s", "qualifier": None}, "f/s"


def alias(world):
    make_function(world).create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    return {"function_name": "f", "name": "live"}, "f/live"


def invoke_config(world):
    make_function(world).put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    return {"function_name": "f"}, "f"


def log_group(world):
    logs = world.client("logs")
    logs.create_log_group(logGroupName="/aws/x-longer")
    logs.create_log_group(logGroupName="/aws/x")
    return {"name": "/aws/x"}, "/aws/x"


def log_resource_policy(world):
    world.client("logs").put_resource_policy(policyName="p", policyDocument=ALLOW)
    return {"policy_name": "p"}, "p"


def metric_filter(world):
    log_group(world)
    metric = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    world.client("logs").put_metric_filter(
        logGroupName="/aws/x", filterName="f", filterPattern="ERROR", metricTransformations=metric
    )
    return {"log_group_name": "/aws/x", "name": "f"}, "/aws/x:f"


def alarm(world):
    world.client("cloudwatch").put_metric_alarm(
        AlarmName="a",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        Threshold=0,
    )
    return {"alarm_name": "a"}, "a"


def dashboard(world):
    world.client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    return {"dashboard_name": "d"}, "d"


def workflow(world):
    world.client("glue").create_workflow(Name="w")
    return {"name": "w"}, "w"


def trigger(world):
    world.client("glue").create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "j"}])
    return {"name": "t"}, "t"


def job(world):
    world.client("glue").create_job(Name="j", Role=ROLE, Command={"Name": "pythonshell"})
    return {"name": "j"}, "j"


def crawler(world):
    world.client("glue").create_crawler(
        Name="c", Role=ROLE, Targets={"S3Targets": [{"Path": "s3://bucket-b"}]}
    )
    return {"name": "c"}, "c"


def security_configuration(world):
    world.client("glue").create_security_configuration(
        Name="s", EncryptionConfiguration={"S3Encryption": [{"S3EncryptionMode": "DISABLED"}]}
    )
    return {"name": "s"}, "s"


def connection(world):
    properties = {"JDBC_CONNECTION_URL": "jdbc:redshift://h:5439/dev"}
    world.client("glue").create_connection(
        ConnectionInput={
            "Name": "Redshift connection",
            "ConnectionType": "JDBC",
            "ConnectionProperties": properties,
        }
    )
    return {"name": "Redshift connection", "catalog_id": None}, f"{ACCOUNT}:Redshift connection"


def database(world):
    world.client("glue").create_database(DatabaseInput={"Name": "d"})
    return {"name": "d"}, f"{ACCOUNT}:d"


BLOCK = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
SSE = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
LIFECYCLE = {"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 9}}]}
OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}]}

# (resource type, what makes one and says what a plan knows of it and what its import id is)
MADE = [
    ("aws_vpc", vpc),
    ("aws_subnet", subnet),
    ("aws_internet_gateway", internet_gateway),
    ("aws_nat_gateway", nat_gateway),
    ("aws_eip", elastic_ip),
    ("aws_route_table", route_table),
    ("aws_route", route),
    ("aws_route_table_association", route_table_association),
    ("aws_vpc_endpoint", vpc_endpoint),
    ("aws_vpc_endpoint_route_table_association", vpc_endpoint_route_table),
    ("aws_security_group", security_group),
    ("aws_vpc_security_group_ingress_rule", ingress_rule),
    ("aws_vpc_security_group_egress_rule", egress_rule),
    ("aws_s3_bucket", bucket),
    (
        "aws_s3_bucket_versioning",
        of_bucket("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"}),
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        of_bucket("put_bucket_encryption", ServerSideEncryptionConfiguration=SSE),
    ),
    (
        "aws_s3_bucket_public_access_block",
        of_bucket("put_public_access_block", PublicAccessBlockConfiguration=BLOCK),
    ),
    ("aws_s3_bucket_policy", of_bucket("put_bucket_policy", Policy=ALLOW)),
    (
        "aws_s3_bucket_lifecycle_configuration",
        of_bucket("put_bucket_lifecycle_configuration", LifecycleConfiguration=LIFECYCLE),
    ),
    (
        "aws_s3_bucket_ownership_controls",
        of_bucket("put_bucket_ownership_controls", OwnershipControls=OWNERSHIP),
    ),
    ("aws_s3_bucket_cors_configuration", of_bucket("put_bucket_cors", CORSConfiguration=CORS)),
    ("aws_s3_object", s3_object),
    ("aws_iam_role", role),
    ("aws_iam_role_policy", role_policy),
    ("aws_iam_role_policy_attachment", attachment),
    ("aws_iam_role_policy_attachments_exclusive", exclusive),
    ("aws_iam_role_policies_exclusive", exclusive),
    ("aws_iam_policy", policy),
    ("aws_kms_key", kms_key),
    ("aws_kms_key_policy", kms_key_policy),
    ("aws_kms_alias", kms_alias),
    ("aws_secretsmanager_secret", secret),
    ("aws_secretsmanager_secret_version", secret_version),
    ("aws_secretsmanager_secret_policy", secret_policy),
    ("aws_dynamodb_table", dynamodb_table),
    ("aws_db_instance", db_instance),
    ("aws_db_subnet_group", db_subnet_group),
    ("aws_db_parameter_group", db_parameter_group),
    ("aws_cloudtrail", trail),
    ("aws_cloudwatch_event_rule", rule),
    ("aws_cloudwatch_event_target", target),
    ("aws_cloudwatch_event_target", target_without_id),
    ("aws_scheduler_schedule", schedule),
    ("aws_scheduler_schedule_group", schedule_group),
    ("aws_sfn_state_machine", state_machine),
    ("aws_sqs_queue", queue),
    ("aws_sqs_queue_policy", queue_policy),
    ("aws_sns_topic", topic),
    ("aws_sns_topic_policy", topic_policy),
    ("aws_sns_topic_subscription", subscription),
    ("aws_lambda_function", function),
    ("aws_lambda_permission", permission),
    ("aws_lambda_alias", alias),
    ("aws_lambda_function_event_invoke_config", invoke_config),
    ("aws_cloudwatch_log_group", log_group),
    ("aws_cloudwatch_log_resource_policy", log_resource_policy),
    ("aws_cloudwatch_log_metric_filter", metric_filter),
    ("aws_cloudwatch_metric_alarm", alarm),
    ("aws_cloudwatch_dashboard", dashboard),
    ("aws_glue_workflow", workflow),
    ("aws_glue_trigger", trigger),
    ("aws_glue_job", job),
    ("aws_glue_crawler", crawler),
    ("aws_glue_security_configuration", security_configuration),
    ("aws_glue_connection", connection),
    ("aws_glue_catalog_database", database),
]
# moto does not know these, or not well enough; a client that answers as AWS documents stands in (below)
ANSWERED = {
    "aws_s3_bucket_notification",
    "aws_s3_bucket_logging",
    "aws_redshiftserverless_namespace",
    "aws_redshiftserverless_workgroup",
    "aws_redshiftserverless_usage_limit",
    "aws_redshiftserverless_resource_policy",
    "aws_redshift_integration",
    "aws_redshift_resource_policy",
}


@pytest.mark.parametrize(("kind", "make"), MADE, ids=[f"{kind}-{make.__name__}" for kind, make in MADE])
def test_what_exists_is_found_by_its_import_id_and_what_does_not_is_not(clients, kind, make):
    """The same look-up in the account in which it was made, and in one in which nothing was."""
    from moto import mock_aws

    with mock_aws():
        values, identity = make(clients)
        assert KINDS[kind].resolve(Values(values), Inventory(clients, ACCOUNT)) == identity
    with mock_aws():
        assert KINDS[kind].resolve(Values(values), Inventory(clients, ACCOUNT)) is None


def test_every_type_has_a_test():
    assert set(KINDS) == {kind for kind, _ in MADE} | ANSWERED


def test_every_type_that_the_modules_create_can_be_adopted(repo):
    import re

    used = set()
    for file in (repo / "modules").rglob("*.tf"):
        used |= set(re.findall(r'^resource "(\w+)"', file.read_text(encoding="utf-8"), re.MULTILINE))
    assert used
    assert sorted(used - set(KINDS) - HARMLESS) == []


class Answers:
    """A service that answers from a table, and with its own kind of not-found otherwise."""

    def __init__(self, **answers):
        self.answers = answers

    def client(self, _service):
        return self

    def can_paginate(self, _operation):
        return False

    def __getattr__(self, operation):
        def call(**_params):
            from botocore.exceptions import ClientError

            if operation in self.answers:
                return self.answers[operation]
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, operation)

        return call


ARN = f"arn:aws:redshift:{REGION}:{ACCOUNT}:integration:1"
NAMESPACE = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:namespace/1"


@pytest.mark.parametrize(
    ("kind", "values", "answers", "identity"),
    [
        (
            "aws_redshiftserverless_namespace",
            {"namespace_name": "n"},
            {"get_namespace": {"namespace": {}}},
            "n",
        ),
        (
            "aws_redshiftserverless_workgroup",
            {"workgroup_name": "w"},
            {"get_workgroup": {"workgroup": {}}},
            "w",
        ),
        (
            "aws_redshiftserverless_usage_limit",
            {"resource_arn": NAMESPACE, "usage_type": "serverless-compute", "period": None},
            {"list_usage_limits": {"usageLimits": [{"usageLimitId": "u", "period": "monthly"}]}},
            "u",
        ),
        (
            "aws_redshiftserverless_resource_policy",
            {"resource_arn": NAMESPACE},
            {"get_resource_policy": {"resourcePolicy": {"policy": "{}"}}},
            NAMESPACE,
        ),
        (
            "aws_redshift_integration",
            {"integration_name": "i"},
            {"describe_integrations": {"Integrations": [{"IntegrationName": "i", "IntegrationArn": ARN}]}},
            ARN,
        ),
        (
            "aws_redshift_resource_policy",
            {"resource_arn": NAMESPACE},
            {"get_resource_policy": {"ResourcePolicy": {"Policy": "{}"}}},
            NAMESPACE,
        ),
        (
            "aws_s3_bucket_logging",
            {"bucket": "bucket-b"},
            {"get_bucket_logging": {"LoggingEnabled": {"x": 1}}},
            "bucket-b",
        ),
    ],
)
def test_what_moto_lacks_is_found_and_missed(kind, values, answers, identity):
    assert KINDS[kind].resolve(Values(values), Inventory(Answers(**answers), ACCOUNT)) == identity
    assert KINDS[kind].resolve(Values(values), Inventory(Answers(), ACCOUNT)) is None


def plan_of(*resources):
    return {
        "resource_changes": [
            {
                "address": address,
                "type": kind,
                "mode": "managed",
                "change": {"actions": ["create"], "after": after},
            }
            for address, kind, after in resources
        ]
    }


def test_what_is_not_known_yet_is_looked_for_again(world):
    make_bucket(world).put_bucket_versioning(Bucket="bucket-b", VersioningConfiguration={"Status": "Enabled"})
    search = adopt.Search(Inventory(world, ACCOUNT))
    versioning = ("aws_s3_bucket_versioning.x", "aws_s3_bucket_versioning", {})
    changes = [Change(versioning[0], versioning[1], "create")]
    assert search.worthwhile(changes)
    first = search.look(plan_of(("aws_s3_bucket.x", "aws_s3_bucket", {"bucket": "bucket-b"}), versioning))
    assert [found.id for found in first] == ["bucket-b"]
    assert search.worthwhile(changes)
    second = search.look(plan_of((versioning[0], versioning[1], {"bucket": "bucket-b"})))
    assert [found.address for found in second] == ["aws_s3_bucket_versioning.x"]
    assert not search.worthwhile(changes)
    assert len(search.adopted) == 2


def test_a_type_nobody_knows_is_said(world):
    search = adopt.Search(Inventory(world, ACCOUNT))
    search.look(plan_of(("aws_quantum.x", "aws_quantum", {})))
    [missed] = search.not_adopted
    assert missed.address == "aws_quantum.x"
    assert "does not know" in missed.reason


def test_a_refused_look_up_is_said_and_the_rest_goes_on(world):
    class Refusing(Answers):
        def __getattr__(self, operation):
            def call(**_params):
                from botocore.exceptions import ClientError

                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not for you"}}, operation)

            return call

        def client(self, service):
            return self if service == "iam" else world.client(service)

    make_bucket(world)
    search = adopt.Search(Inventory(Refusing(), ACCOUNT))
    search.look(
        plan_of(
            ("aws_iam_role.r", "aws_iam_role", {"name": "r"}),
            ("aws_s3_bucket.x", "aws_s3_bucket", {"bucket": "bucket-b"}),
        )
    )
    assert [found.address for found in search.adopted] == ["aws_s3_bucket.x"]
    [missed] = search.not_adopted
    assert "not for you" in missed.reason


def test_a_call_is_made_once(world):
    make_bucket(world)
    inventory = Inventory(world, ACCOUNT)
    assert inventory.items("s3", "list_buckets", "Buckets") is inventory.items(
        "s3", "list_buckets", "Buckets"
    )


def test_unknown_and_null_are_told_apart():
    values = Values({"cidr_ipv4": None})
    assert values["cidr_ipv4"] is None
    with pytest.raises(NotKnown):
        values["security_group_id"]
    assert values.get("security_group_id", "x") == "x"


def test_import_blocks_are_in_order_and_keep_templates_literal():
    text = adopt.render(
        [
            adopt.Adoption('aws_iam_role.r["b"]', "aws_iam_role", "b"),
            adopt.Adoption("aws_glue_connection.c", "aws_glue_connection", '1:a "${b}" %{c}'),
        ]
    )
    assert text == adopt.HEADER + (
        "\n# Glue connection\n"
        'import {\n  to = aws_glue_connection.c\n  id = "1:a \\"$${b}\\" %%{c}"\n}\n'
        "\n# role\n"
        'import {\n  to = aws_iam_role.r["b"]\n  id = "b"\n}\n'
    )
