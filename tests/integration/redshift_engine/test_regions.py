"""REGION: a bucket of another Region is reached by its name only, as in AWS."""

from __future__ import annotations

import json

import boto3
import pytest

from dpctl.redshift.failures import explain
from tests.integration.redshift_engine.conftest import BUCKET, REGION, ROLE

ELSEWHERE = "us-east-1"
FAR = "exports-virginia"
REDIRECT = "must be addressed using the specified endpoint"


@pytest.fixture(scope="module")
def far(lab):
    """A bucket in another Region."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=ELSEWHERE)
    session.client("s3", endpoint_url=lab.s3.meta.endpoint_url).create_bucket(Bucket=FAR)
    return FAR


@pytest.mark.parametrize("fmt", ["", "CSV", "JSON", "PARQUET"])
@pytest.mark.parametrize(
    ("bucket", "region", "reached"),
    [
        (FAR, "", False),
        (FAR, f"REGION '{ELSEWHERE}'", True),
        (FAR, f"REGION AS '{ELSEWHERE.upper()}'", True),
        (FAR, f"REGION '{REGION}'", False),
        (FAR, "REGION 'eu-west-1'", False),
        (BUCKET, "", True),
        (BUCKET, f"REGION '{REGION}'", True),
        (BUCKET, f"REGION '{ELSEWHERE}'", False),
    ],
)
def test_unload_reaches_what_it_names(lab, far, name, fmt, bucket, region, reached):
    sql = f"UNLOAD ('SELECT 1 AS a') TO 's3://{bucket}/{name}/' IAM_ROLE '{ROLE}' {fmt} {region}"
    if reached:
        lab.run(sql)
    else:
        assert REDIRECT in lab.fails(sql)
    keys = lab.s3.list_objects_v2(Bucket=bucket, Prefix=f"{name}/").get("KeyCount", 0)
    assert bool(keys) == reached


@pytest.mark.parametrize(
    ("fmt", "body"), [("CSV", "1\n"), ("FORMAT JSON 'auto'", '{"a": 1}\n'), ("DELIMITER '|'", "1\n")]
)
@pytest.mark.parametrize(
    ("region", "reached"), [("", False), (f"REGION '{ELSEWHERE}'", True), (f"REGION '{REGION}'", False)]
)
@pytest.mark.parametrize("manifest", [False, True])
def test_copy_reaches_what_it_names(lab, far, name, fmt, body, region, reached, manifest):
    lab.run(f"CREATE TABLE {name} (a integer)")
    lab.s3.put_object(Bucket=FAR, Key=f"{name}/x", Body=body)
    listed = {"entries": [{"url": f"s3://{FAR}/{name}/x", "mandatory": True}]}
    lab.s3.put_object(Bucket=FAR, Key=f"{name}.manifest", Body=json.dumps(listed))
    source, more = (f"{name}.manifest", "MANIFEST") if manifest else (f"{name}/", "")
    sql = f"COPY {name} FROM 's3://{FAR}/{source}' IAM_ROLE '{ROLE}' {fmt} {region} {more}"
    if reached:
        lab.run(sql)
    else:
        error = lab.fails(sql)
        assert REDIRECT in error
        assert "another Region" in explain(error)[1]
    assert lab.rows(f"SELECT count(*) FROM {name}") == [(int(reached),)]


def test_parquet_comes_from_the_own_region_only(lab, far, name):
    lab.run(f"CREATE TABLE {name} (a integer)")
    lab.run(
        f"UNLOAD ('SELECT 1 AS a') TO 's3://{FAR}/{name}/' IAM_ROLE '{ROLE}' PARQUET REGION '{ELSEWHERE}'"
    )
    copy = f"COPY {name} FROM 's3://{FAR}/{name}/' IAM_ROLE '{ROLE}' PARQUET"
    assert REDIRECT in lab.fails(copy)
    assert "REGION argument is not supported" in lab.fails(f"{copy} REGION '{ELSEWHERE}'")


def test_a_manifests_files_are_in_that_region_too(lab, far, name):
    lab.run(f"CREATE TABLE {name} (a integer)")
    lab.s3.put_object(Bucket=FAR, Key=f"{name}/x", Body="1\n")
    lab.put(f"{name}/manifest", json.dumps({"entries": [{"url": f"s3://{FAR}/{name}/x"}]}))
    assert REDIRECT in lab.fails(lab.copy(name, f"{name}/manifest", "CSV MANIFEST"))
