"""The replica has what the account has, under its own ids, and each thing once."""

import json

import pytest

from dpctl.config import load_environment
from dpctl.errors import UsageError
from dpctl.sandbox import server

pytestmark = pytest.mark.sandbox
CONNECTION_SUBNET = "subnet-01830492b092ae6cf"


def test_the_network(client, config):
    ec2 = client("ec2")
    vpc = ec2.describe_vpcs(VpcIds=["vpc-0c12017fa98cbab0d"])["Vpcs"][0]
    assert vpc["CidrBlock"] == "10.11.0.0/16"
    assert {"Key": "Name", "Value": "dbhost-vpc"} in vpc["Tags"]
    private = ec2.describe_subnets(SubnetIds=["subnet-0c293c5fb7629213a", "subnet-07a5f68e689cfa8d0"])[
        "Subnets"
    ]
    assert {(s["CidrBlock"], s["AvailabilityZone"]) for s in private} == {
        ("10.11.128.0/20", "ap-south-1a"),
        ("10.11.144.0/20", "ap-south-1b"),
    }
    groups = ["sg-0537128325078f598", "sg-076cbf784b0d4caad", "sg-0798f776cd5d12bd3"]
    found = ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
    assert {group["GroupName"] for group in found} >= {"dbsecuritygroup"}
    assert {group["VpcId"] for group in found} == {vpc["VpcId"]}


def test_only_the_connections_subnet_leads_to_the_internet(client):
    tables = client("ec2").describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": ["vpc-0c12017fa98cbab0d"]}]
    )["RouteTables"]
    out = {
        association["SubnetId"]
        for table in tables
        for association in table["Associations"]
        if "SubnetId" in association
        and any(route.get("GatewayId", "").startswith("igw-") for route in table["Routes"])
    }
    assert out == {CONNECTION_SUBNET}


def test_storage_secrets_and_trail(client, config):
    buckets = {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}
    assert {
        "manifest-bucket-054158074701",
        "aws-glue-assets-054158074701-ap-south-1",
        "aws-cloudtrail-logs-054158074701-f4621182",
    } <= buckets
    names = {secret["Name"] for secret in client("secretsmanager").list_secrets()["SecretList"]}
    assert {"test/redshift", "test/dbaccess", "glue!054158074701-Redshiftconnection-1770324474685"} <= names
    trail = client("cloudtrail").describe_trails()["trailList"][0]
    key = "arn:aws:kms:ap-south-1:054158074701:key/f0e1f63d-890f-4db1-be25-1b87157c2119"
    assert (trail["Name"], trail["IsMultiRegionTrail"], trail["KmsKeyId"]) == ("data-events", True, key)
    assert client("kms").describe_key(KeyId=key)["KeyMetadata"]["Enabled"]


def test_the_databases(client):
    table = client("dynamodb").describe_table(TableName="Orders")["Table"]
    assert table["KeySchema"] == [{"AttributeName": "PartKey", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    instance = client("rds").describe_db_instances(DBInstanceIdentifier="database-1")["DBInstances"][0]
    address = "database-1.cx0o02ucshgw.ap-south-1.rds.amazonaws.com"
    assert instance["Endpoint"]["Address"] == address
    assert (instance["DBName"], instance["Endpoint"]["Port"]) == ("orders", 3306)
    serverless = client("redshift-serverless")
    namespace = serverless.get_namespace(namespaceName="test-redshift")["namespace"]
    assert (namespace["dbName"], namespace["adminUsername"]) == ("dev", "admin")
    workgroup = serverless.get_workgroup(workgroupName="default-workgroup")["workgroup"]
    host = "default-workgroup.054158074701.ap-south-1.redshift-serverless.amazonaws.com"
    assert (workgroup["baseCapacity"], workgroup["status"]) == (128, "AVAILABLE")
    assert (workgroup["endpoint"]["address"], workgroup["endpoint"]["port"]) == (host, 5439)


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("GlueFullAccessRole", {"glue.amazonaws.com"}),
        (
            "AmazonRedshift-CommandsAccessRole-20260201T170319",
            {
                "redshift.amazonaws.com",
                "redshift-serverless.amazonaws.com",
                "events.amazonaws.com",
                "scheduler.redshift.amazonaws.com",
            },
        ),
        ("RedshiftS3role", {"redshift.amazonaws.com"}),
        ("S3RoleforRedshift", {"redshift.amazonaws.com"}),
        ("StepFunctions-LogEvent-role-omehw6l45", {"states.amazonaws.com"}),
        ("Amazon_EventBridge_Invoke_Step_Functions_1920182076", {"events.amazonaws.com"}),
        ("Amazon_EventBridge_Invoke_Glue_1630857558", {"events.amazonaws.com"}),
    ],
)
def test_the_roles(client, name, services):
    statement = client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    named = statement["Principal"]["Service"]
    assert {named} if isinstance(named, str) else set(named) == services


def test_the_pipeline(client):
    rule = client("events").describe_rule(Name="dynamodb-insert")
    assert json.loads(rule["EventPattern"])["detail"]["eventName"] == ["PutItem"]
    arn = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent"
    assert [t["Arn"] for t in client("events").list_targets_by_rule(Rule="dynamodb-insert")["Targets"]] == [
        arn
    ]
    assert client("stepfunctions").describe_state_machine(stateMachineArn=arn)["type"] == "STANDARD"
    glue = client("glue")
    assert glue.get_workflow(Name="Glue-EventBridge-Workflow")["Workflow"]["Name"]
    jobs = {job["Name"]: job for job in glue.get_jobs()["Jobs"]}
    shell = jobs["GlueTestjob"]
    assert (shell["Command"]["Name"], shell["GlueVersion"], shell["MaxCapacity"]) == (
        "pythonshell",
        "3.0",
        0.0625,
    )
    assert shell["DefaultArguments"]["--additional-python-modules"] == "boto3>=1.34.0"
    for name in ("DynamotoRedshift", "gluejob"):
        assert (jobs[name]["GlueVersion"], jobs[name]["NumberOfWorkers"], jobs[name]["WorkerType"]) == (
            "5.0",
            10,
            "G.1X",
        )


def test_the_connection_is_failed_for_the_plans_reason(client):
    connection = client("glue").get_connection(Name="Redshift connection")["Connection"]
    assert connection["ConnectionType"] == "REDSHIFT"
    assert connection["PhysicalConnectionRequirements"]["SubnetId"] == CONNECTION_SUBNET
    assert connection["Status"] == "FAILED"
    assert "sts" in connection["StatusReason"]
    assert "timed out" in connection["StatusReason"]


def test_the_passwords_open_redshift_and_are_nobodys(client, account, running, tmp_path):
    import redshift_connector

    value = client("secretsmanager").get_secret_value(SecretId="test/redshift")["SecretString"]
    login = json.loads(value)
    info = running.info("existing", tmp_path / "log")
    connection = redshift_connector.connect(
        host=info.redshift_host,
        port=info.redshift_port,
        database="dev",
        user=login["username"],
        password=login["password"],
        ssl=False,
    )
    cursor = connection.cursor()
    cursor.execute("select 1")
    assert list(cursor.fetchone()) == [1]
    connection.close()
    assert login["password"] not in json.dumps(info.as_dict())


@pytest.mark.parametrize("odd", [{"network": 7}, {"roles": "x"}, {"secrets": {"a": [[]]}}])
def test_a_picture_of_another_shape_is_named(repo, tmp_path, config, odd):
    file = tmp_path / "account.json"
    head = {"schema_version": 1, "account_id": config.account_id, "region": config.region}
    file.write_text(json.dumps(head | odd))
    with pytest.raises(UsageError, match=r"account\.json is not a picture of an account"):
        server.listen(load_environment(repo, "dev"), "snapshot", tmp_path / "data", str(file))
