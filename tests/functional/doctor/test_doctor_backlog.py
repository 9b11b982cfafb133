"""The folders of the event chain, listed in moto."""

import boto3
import pytest
from moto import mock_aws

from dpctl.doctor import backlog
from dpctl.doctor.asking import attempt, found
from dpctl.doctor.snapshot import Unknown
from tests.functional.doctor.account_in_moto import REGION, Clients


@pytest.fixture
def clients(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Clients({})


@pytest.fixture
def bucket():
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": REGION})
    for name in ("pending/a.json", "pending/b.json", "dead-letter/c.json", "archive/2026/01/31/d.json"):
        s3.put_object(Bucket="assets", Key=f"capture/{name}", Body=b"{}")
    return "assets"


def test_each_folder_is_counted_on_its_own(clients, bucket):
    waiting = backlog.lister(clients, bucket, backlog.PENDING)()
    given_up = backlog.lister(clients, bucket, backlog.DEAD)()

    assert (waiting.count, waiting.old, waiting.more) == (2, 0, False)
    assert (given_up.count, given_up.oldest) == (1, "capture/dead-letter/c.json")
    assert given_up.since is not None


def test_no_bucket_is_an_answer_and_no_permission_is_not(clients, bucket):
    assert found(backlog.lister(clients, "nowhere", backlog.PENDING)) is None
    clients.denied["s3", "list_objects_v2"] = "AccessDenied"
    ask = backlog.lister(clients, bucket, backlog.PENDING)
    assert attempt("s3:ListBucket", lambda: found(ask)) == Unknown("s3:ListBucket", "AccessDenied")
