"""The control plane of Redshift Serverless, integrations and resource policies."""

import json
import time
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox
BUCKET = "manifest-bucket-054158074701"


def refused(error) -> str:
    return error.value.response["Error"]["Code"]


@contextmanager
def namespace(serverless, name, **settings):
    yield serverless.create_namespace(namespaceName=name, **settings)["namespace"]
    serverless.delete_namespace(namespaceName=name)


def test_a_namespace_lives(client):
    serverless = client("redshift-serverless")
    role = "arn:aws:iam::054158074701:role/RedshiftS3role"
    with namespace(serverless, "short-lived", dbName="dev", tags=[{"key": "a", "value": "b"}]) as made:
        assert made["status"] == "AVAILABLE"
        updated = serverless.update_namespace(
            namespaceName="short-lived", iamRoles=[role], logExports=["userlog"]
        )
        assert updated["namespace"]["iamRoles"] == [f"IamRole(applyStatus=in-sync, iamRoleArn={role})"]
        assert updated["namespace"]["logExports"] == ["userlog"]
        arn = made["namespaceArn"]
        assert serverless.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "b"}]
        serverless.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert serverless.list_tags_for_resource(resourceArn=arn)["tags"] == []
        with pytest.raises(ClientError) as error:
            serverless.create_namespace(namespaceName="short-lived")
        assert refused(error) == "ConflictException"
    with pytest.raises(ClientError) as error:
        serverless.get_namespace(namespaceName="short-lived")
    assert refused(error) == "ResourceNotFoundException"


def test_a_managed_password_has_its_secret(client):
    serverless = client("redshift-serverless")
    with namespace(serverless, "managed", adminUsername="boss", manageAdminPassword=True) as made:
        value = client("secretsmanager").get_secret_value(SecretId=made["adminPasswordSecretArn"])
        assert json.loads(value["SecretString"])["username"] == "boss"


def test_a_workgroup_lives_in_its_network(client, config):
    serverless = client("redshift-serverless")
    subnets = [subnet.id for subnet in config.network.private_subnets]
    with namespace(serverless, "home"):
        made = serverless.create_workgroup(
            workgroupName="short",
            namespaceName="home",
            baseCapacity=8,
            maxCapacity=16,
            subnetIds=subnets,
            securityGroupIds=[config.network.security_groups.database],
            configParameters=[{"parameterKey": "require_ssl", "parameterValue": "false"}],
        )["workgroup"]
        endpoint = made["endpoint"]["vpcEndpoints"][0]
        assert endpoint["vpcId"] == config.network.vpc.id
        assert [interface["subnetId"] for interface in endpoint["networkInterfaces"]] == subnets
        settings = {item["parameterKey"]: item["parameterValue"] for item in made["configParameters"]}
        assert (settings["require_ssl"], settings["max_query_execution_time"]) == ("false", "14400")
        changed = serverless.update_workgroup(workgroupName="short", baseCapacity=16)["workgroup"]
        assert (changed["baseCapacity"], changed["maxCapacity"]) == (16, 16)
        with pytest.raises(ClientError) as error:
            serverless.delete_namespace(namespaceName="home")
        assert refused(error) == "ConflictException"
        serverless.delete_workgroup(workgroupName="short")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"maxCapacity": 4, "baseCapacity": 8}, "ValidationException"),
        ({"configParameters": [{"parameterKey": "colour", "parameterValue": "1"}]}, "ValidationException"),
        ({"subnetIds": ["subnet-00000000000000000"]}, "ValidationException"),
        ({"namespaceName": "nowhere"}, "ResourceNotFoundException"),
    ],
)
def test_a_workgroup_that_aws_would_refuse(client, settings, code):
    given = {"workgroupName": "refused", "namespaceName": "test-redshift"} | settings
    with pytest.raises(ClientError) as error:
        client("redshift-serverless").create_workgroup(**given)
    assert refused(error) == code


def test_sql_runs_through_the_data_api(client):
    data = client("redshift-data")
    statement = data.execute_statement(
        WorkgroupName="default-workgroup", Database="dev", Sql="select 41 + 1 as n"
    )
    for _ in range(200):
        described = data.describe_statement(Id=statement["Id"])
        if described["Status"] not in ("SUBMITTED", "PICKED", "STARTED"):
            break
    assert described["Status"] == "FINISHED"
    assert data.get_statement_result(Id=statement["Id"])["Records"] == [[{"longValue": 42}]]


def sql(client, text):
    data = client("redshift-data")
    identity = data.execute_statement(WorkgroupName="default-workgroup", Database="dev", Sql=text)["Id"]
    for _ in range(400):
        described = data.describe_statement(Id=identity)
        if described["Status"] in ("FINISHED", "FAILED", "ABORTED"):
            break
        time.sleep(0.02)
    assert described["Status"] == "FINISHED", described.get("Error")
    return data.get_statement_result(Id=identity)["Records"] if described["HasResultSet"] else None


def load_a_new_file(client, control):
    """A COPY JOB loads what is put after it was made, because the integration tells it."""
    sql(client, "create table watched (a int, b varchar(8))")
    role = "arn:aws:iam::054158074701:role/RedshiftS3role"
    copy = f"copy watched from 's3://{BUCKET}/watched/' iam_role '{role}' format csv"
    sql(client, f"{copy} job create watched_files auto on")
    client("s3").put_object(Bucket=BUCKET, Key="watched/1.csv", Body=b"1,one\n2,two\n")
    client("s3").put_object(Bucket=BUCKET, Key="elsewhere/1.csv", Body=b"3,three\n")
    assert control.post("settle", {"seconds": 60})[1] == {"settled": True}
    assert sql(client, "select count(*), max(b) from watched") == [[{"longValue": 2}, {"stringValue": "two"}]]
    sql(client, "copy job drop watched_files")
    sql(client, "drop table watched")


def test_an_integration_needs_what_auto_copy_needs(client, control):
    redshift, s3 = client("redshift"), client("s3")
    target = client("redshift-serverless").get_namespace(namespaceName="test-redshift")["namespace"][
        "namespaceArn"
    ]
    given = {"IntegrationName": "files", "SourceArn": f"arn:aws:s3:::{BUCKET}", "TargetArn": target}
    with pytest.raises(ClientError) as error:
        redshift.create_integration(**given)
    assert "bucket" in str(error.value) or "policy" in str(error.value)
    statement = {"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}}
    notify = ["s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation"]
    policy = {"Statement": [statement | {"Action": notify, "Resource": f"arn:aws:s3:::{BUCKET}"}]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    with pytest.raises(ClientError) as error:
        redshift.create_integration(**given)
    assert "does not authorize" in str(error.value)
    source = {"Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"}}}
    inbound = statement | {"Action": "redshift:AuthorizeInboundIntegration", "Resource": target} | source
    redshift.put_resource_policy(ResourceArn=target, Policy=json.dumps({"Statement": [inbound]}))
    try:
        made = redshift.create_integration(**given)
        assert made["Status"] == "active"
        found = redshift.describe_integrations(IntegrationArn=made["IntegrationArn"])["Integrations"]
        assert [item["IntegrationName"] for item in found] == ["files"]
        with pytest.raises(ClientError) as error:
            redshift.create_integration(**given | {"IntegrationName": "again"})
        assert refused(error) == "IntegrationAlreadyExistsFault"
        load_a_new_file(client, control)
        redshift.delete_integration(IntegrationArn=made["IntegrationArn"])
        assert redshift.describe_integrations()["Integrations"] == []
    finally:
        redshift.delete_resource_policy(ResourceArn=target)
        s3.delete_bucket_policy(Bucket=BUCKET)
