"""The way to AWS: what of the user's settings counts, and how botocore's errors are told."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto

from dpctl.aws import Aws, absent, lacking, translate
from dpctl.errors import AccessError, AwsError

SANDBOX = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
}


def test_in_the_sandbox_nothing_of_the_users_settings_counts(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    client = Aws("ap-south-1", SANDBOX).client("s3")
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client._request_signer._credentials.access_key == "sandbox"
    assert client.meta.config.proxies == {}


def test_a_client_is_made_once():
    aws = Aws("ap-south-1", SANDBOX)
    assert aws.client("sts") is aws.client("sts")


def test_an_unknown_profile_is_an_access_error(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    with pytest.raises(AccessError, match="no AWS credentials"):
        Aws("ap-south-1").account_id()


def refusal(code):
    return boto.ClientError({"Error": {"Code": code, "Message": "because"}}, "GetThing")


SAID = (
    "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: glue:GetJob on resource: arn:aws:x"
)


@pytest.mark.parametrize(
    ("code", "message", "operation", "action"),
    [
        ("AccessDeniedException", SAID, "GetJob", "glue:GetJob"),
        ("UnauthorizedOperation", SAID.replace("glue:GetJob", "ec2:DescribeVpcs"), "D", "ec2:DescribeVpcs"),
        ("AuthorizationError", SAID.replace("glue:GetJob", "sns:Publish"), "Publish", "sns:Publish"),
        ("403", "Forbidden", "HeadObject", "s3:GetObject"),
        ("AccessDenied", "Access Denied", "GetObject", ""),
        ("EntityNotFoundException", SAID, "GetJob", ""),
    ],
)
def test_the_action_that_is_missing_is_read_from_a_refusal(code, message, operation, action):
    assert lacking(boto.ClientError({"Error": {"Code": code, "Message": message}}, operation)) == action
    assert lacking(ValueError(message)) == ""


# a service's own word for it: EC2's, SNS's, of the answers to HEAD, and of the rest
REFUSALS = (
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "NotAuthorized",
    "Forbidden",
    "403",
)


@pytest.mark.parametrize(
    ("error", "kind", "hint"),
    [
        (boto.NoCredentialsError(), AccessError, "--sandbox"),
        (refusal("InvalidClientTokenId"), AccessError, "--sandbox"),
        (refusal("ExpiredToken"), AccessError, "aws sso login"),
        *((refusal(code), AccessError, "ask for that permission") for code in REFUSALS),
        (refusal("NoSuchBucket"), AwsError, "dpctl plan"),
        (refusal("ResourceNotFoundException"), AwsError, "dpctl plan"),
        (refusal("NoSuchKey"), AwsError, ""),
        (boto.EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), AwsError, ""),
    ],
)
def test_errors_of_botocore_become_ours(error, kind, hint):
    told = translate(error, "read the thing")
    assert type(told) is kind
    assert told.what.startswith("Could not read the thing")
    assert hint in told.hint
    assert told.why


def test_the_bucket_that_is_not_there_is_named():
    gone = {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist", "BucketName": "exports"}
    assert translate(boto.ClientError({"Error": gone}, "ListObjectsV2"), "go on").why.endswith(": exports")


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        ("EntityNotFoundException", True),
        ("NoSuchBucketPolicy", True),
        ("ServerSideEncryptionConfigurationNotFoundError", True),
        ("StateMachineDoesNotExist", True),
        ("AWS.SimpleQueueService.NonExistentQueue", True),
        ("InvalidVpcID.NotFound", True),
        ("404", True),
        ("AccessDenied", False),
        ("ThrottlingException", False),
        ("4040", False),
        ("", False),
    ],
)
def test_what_aws_calls_the_absence_of_a_thing(code, gone):
    assert absent(refusal(code)) is gone
    assert not absent(boto.NoCredentialsError())
