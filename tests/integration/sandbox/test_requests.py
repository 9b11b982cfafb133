"""Every request is checked against its service's model before anything answers, whoever sends it."""

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("dynamodb", lambda c: c.get_item(Key={"k": {"S": "1"}}), "ValidationException"),
        ("iam", lambda c: c.create_role(RoleName="a b", AssumeRolePolicyDocument="{}"), "ValidationError"),
        ("ec2", lambda c: c.create_subnet(CidrBlock="10.0.0.0/24"), "MissingParameter"),
        ("rds", lambda c: c.create_db_instance(DBInstanceIdentifier="v"), "MissingParameter"),
        ("s3", lambda c: c.create_bucket(Bucket="UPPER"), "InvalidBucketName"),
        (
            "s3",
            lambda c: c.put_bucket_versioning(
                Bucket="manifest-bucket-054158074701", VersioningConfiguration={"Status": "On"}
            ),
            "MalformedXML",
        ),
        ("lambda", lambda c: c.list_functions(MaxItems=0), "ValidationException"),
        ("scheduler", lambda c: c.list_schedules(MaxResults=101), "ValidationException"),
        ("logs", lambda c: c.create_log_group(logGroupName="a b"), "InvalidParameterException"),
        ("sqs", lambda c: c.create_queue(), "MissingParameter"),
        ("stepfunctions", lambda c: c.list_state_machines(maxResults=-1), "ValidationException"),
        ("redshift-data", lambda c: c.describe_statement(Id="not an id"), "ValidationException"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_service_says_no_in_its_own_words(account, service, call, code):
    client = account.machine_client(service, account.region)  # its own checks are off
    with pytest.raises(ClientError) as error:
        call(client)
    assert error.value.response["Error"]["Code"] == code
    assert 400 <= error.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500


def test_a_refused_call_changes_nothing(account):
    client = account.machine_client("iam", account.region)
    with pytest.raises(ClientError):
        client.create_role(
            RoleName="half-made", AssumeRolePolicyDocument="{}", Tags=[{"Key": "", "Value": "x"}]
        )
    assert "half-made" not in {role["RoleName"] for role in client.list_roles()["Roles"]}


def test_of_an_object_only_what_stands_beside_it_is_checked(client):
    s3 = client("s3")
    with pytest.raises(ClientError) as error:
        s3.put_object(
            Bucket="manifest-bucket-054158074701", Key="k", Body=b"x" * 5_000_000, StorageClass="HOT"
        )
    assert error.value.response["Error"]["Code"] == "InvalidArgument"
    assert s3.list_objects_v2(Bucket="manifest-bucket-054158074701", Prefix="k").get("KeyCount") == 0


def test_a_tampered_body_of_s3_is_refused(account, monkeypatch):
    """S3's small bodies are read before the signature is checked: they must be those that were signed."""
    from botocore.awsrequest import AWSPreparedRequest

    client = account.machine_client("s3", account.region)

    def tamper(request: AWSPreparedRequest, **_):
        request.body = request.body.replace(b"Enabled", b"Suspended")
        request.headers["Content-Length"] = str(len(request.body))

    client.meta.events.register("before-send.s3.PutBucketVersioning", tamper)
    with pytest.raises(ClientError) as error:
        client.put_bucket_versioning(
            Bucket="manifest-bucket-054158074701", VersioningConfiguration={"Status": "Enabled"}
        )
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_unknown_operation_is_refused(account):
    def rename(params, **_):
        params["headers"]["X-Amz-Target"] = params["headers"]["X-Amz-Target"].replace(
            "ListTables", "MakeCoffee"
        )

    dynamodb = account.machine_client("dynamodb", account.region)
    dynamodb.meta.events.register("before-call.dynamodb.ListTables", rename)
    with pytest.raises(ClientError) as error:
        dynamodb.list_tables()
    assert error.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "MakeCoffee" in error.value.response["Error"]["Message"]
