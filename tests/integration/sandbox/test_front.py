"""The front: what it counts, refuses and answers itself."""

import hashlib
import io
import time

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.sandbox


def code(error) -> str:
    return error.value.response["Error"]["Code"]


def test_calls_are_counted(client, control):
    client("sts").get_caller_identity()
    client("sts").get_caller_identity()
    counts = {(c["service"], c["operation"]): c["count"] for c in control.get("calls")[1]}
    assert counts["sts", "GetCallerIdentity"] >= 2


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("s3", "ListObjectsV2", lambda c: c.list_objects_v2(Bucket="manifest-bucket-054158074701")),
        ("sts", "GetCallerIdentity", lambda c: c.get_caller_identity()),
        ("dynamodb", "ListTables", lambda c: c.list_tables()),
        ("lambda", "ListFunctions", lambda c: c.list_functions()),
        ("ec2", "DescribeVpcs", lambda c: c.describe_vpcs()),
        ("redshift-serverless", "ListWorkgroups", lambda c: c.list_workgroups()),
        ("stepfunctions", "ListStateMachines", lambda c: c.list_state_machines()),
        ("cloudwatch", "ListMetrics", lambda c: c.list_metrics()),
    ],
)
def test_a_fault_speaks_every_protocol(client, control, service, operation, call):
    fault = {
        "service": service,
        "operation": operation,
        "code": "AccessDenied",
        "status": 403,
        "message": "No.",
    }
    control.post("faults", [fault])
    with pytest.raises(ClientError) as error:
        call(client(service))
    assert code(error) == "AccessDenied"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error.value.response["Error"]["Message"] == "No."
    control.post("faults", [])
    call(client(service))


def test_a_large_upload_is_refused_in_order(client, control):
    fault = {"service": "s3", "operation": "PutObject", "code": "AccessDenied", "status": 403}
    control.post(
        "faults", [fault, {"service": "s3", "operation": "HeadObject", "code": "Forbidden", "status": 403}]
    )
    with pytest.raises(ClientError) as error:
        client("s3").put_object(Bucket="manifest-bucket-054158074701", Key="big", Body=b"x" * 20_000_000)
    assert code(error) == "AccessDenied"
    with pytest.raises(ClientError) as error:
        client("s3").head_object(Bucket="manifest-bucket-054158074701", Key="big")
    assert code(error) == "403"


@pytest.mark.parametrize("body", [b"", b"abc", "é".encode(), b"\0\xff" * 3_000_000])
def test_an_objects_etag_is_its_md5(client, body):
    """However it is sent: with a trailing checksum the body of the request is not that of the object."""
    s3, where = client("s3"), {"Bucket": "manifest-bucket-054158074701", "Key": "etag"}
    wanted = f'"{hashlib.md5(body).hexdigest()}"'
    for how in (
        {},
        {"ChecksumAlgorithm": "CRC32"},
        {"Body": io.BytesIO(body), "ChecksumAlgorithm": "SHA256"},
    ):
        assert s3.put_object(**where, **({"Body": body} | how))["ETag"] == wanted
        assert s3.head_object(**where)["ETag"] == wanted
        assert s3.get_object(**where)["Body"].read() == body
        s3.put_object(**where, Body=b"another")
        assert s3.head_object(**where)["ETag"] != wanted


def test_a_fault_may_only_delay(client, control):
    control.post("faults", [{"service": "sts", "operation": "*", "delay_seconds": 0.3, "times": 1}])
    began = time.monotonic()
    client("sts").get_caller_identity()
    assert time.monotonic() - began >= 0.3


def test_a_bad_list_of_faults_is_refused(control):
    status, answer = control.post("faults", [{"service": "s3"}])
    assert status == 400
    assert "needs a service and an operation" in answer["error"]


def test_an_unknown_page_is_named(control):
    assert control.get("nothing")[0] == 404


def test_what_is_not_there_says_so_once(client):
    with pytest.raises(ClientError) as error:
        client("redshift-serverless").get_recovery_point(recoveryPointId="x")
    assert code(error) == "NotImplemented"
    assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_unsigned_request_gets_an_answer(account):
    import urllib.error
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as error:
        opener.open(f"{account.endpoint}/no-such-bucket/key", timeout=10)
    assert 400 <= error.value.code < 500


def test_large_objects_pass_unharmed(client):
    body = bytes(range(256)) * 40_000
    s3 = client("s3")
    s3.put_object(Bucket="manifest-bucket-054158074701", Key="large", Body=body)
    assert s3.get_object(Bucket="manifest-bucket-054158074701", Key="large")["Body"].read() == body
    s3.delete_object(Bucket="manifest-bucket-054158074701", Key="large")


def test_a_bucket_policy_that_wants_tls_refuses_nobody_here(client):
    s3 = client("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    s3.put_bucket_policy(
        Bucket="tls-only",
        Policy='{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",'
        ' "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}',
    )
    s3.put_object(Bucket="tls-only", Key="k", Body=b"x")
    assert s3.get_object(Bucket="tls-only", Key="k")["Body"].read() == b"x"


def test_descriptions_of_security_group_rules_stay(client):
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="described", Description="d", VpcId=vpc)["GroupId"]
    prefix_list = ec2.describe_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    peers = [
        {"UserIdGroupPairs": [{"GroupId": group, "Description": "said"}]},
        {"PrefixListIds": [{"PrefixListId": prefix_list, "Description": "said"}]},
        {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "said"}]},
    ]
    for peer in peers:
        permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer}
        rule = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission])
        assert rule["SecurityGroupRules"][0]["Description"] == "said"
