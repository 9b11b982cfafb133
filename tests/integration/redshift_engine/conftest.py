"""One engine and one S3 for all tests of the sandbox's Redshift; a schema of its own for each test."""

from __future__ import annotations

import io
import itertools
import logging
import shutil
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from dpctl.sandbox.redshift import Engine, Surroundings

ACCOUNT = "054158074701"
REGION = "ap-south-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/RedshiftS3role"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:test/redshift"
PASSWORD = "Sandbox-1"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/engineer"
BUCKET = "exports"

_numbers = itertools.count(1)


@dataclass
class Lab:
    """The engine, its S3 and DynamoDB, and short ways to use them."""

    engine: Engine
    s3: Any
    dynamodb: Any
    events: list[dict[str, Any]] = field(default_factory=list)
    integrations: set[str] = field(default_factory=set)

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """A call of the Data API as the secret's user."""
        common = {"WorkgroupName": "default-workgroup", "Database": "dev", "SecretArn": SECRET}
        return self.engine.data_api(operation, common | params, CALLER)

    def describe(self, name: str) -> dict[str, Any]:
        """The description of a statement that has ended."""
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            found = self.engine.data_api("DescribeStatement", {"Id": name}, CALLER)
            if found["Status"] not in ("SUBMITTED", "PICKED", "STARTED"):
                return found
            time.sleep(0.005)
        raise TimeoutError(name)

    def run(self, sql: str, **params: Any) -> dict[str, Any]:
        """Run a statement that is expected to succeed."""
        found = self.describe(self.call("ExecuteStatement", Sql=sql, **params)["Id"])
        assert found["Status"] == "FINISHED", found.get("Error")
        return found

    def fails(self, sql: str, **params: Any) -> str:
        """Run a statement that is expected to fail; gives its error."""
        found = self.describe(self.call("ExecuteStatement", Sql=sql, **params)["Id"])
        assert found["Status"] == "FAILED", found
        return str(found["Error"])

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        name = self.run(sql, **params)["Id"]
        found, token = [], {}
        while True:
            page = self.engine.data_api("GetStatementResult", {"Id": name, **token}, CALLER)
            for record in page["Records"]:
                found.append(
                    tuple(None if "isNull" in value else next(iter(value.values())) for value in record)
                )
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    def put(self, key: str, body: bytes | str) -> str:
        """Put an object; gives its URI."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def put_quickly(self, key: str, body: bytes) -> None:
        """Put an object into moto's memory, without a request."""
        from moto.backends import get_backend

        get_backend("s3")["123456789012"]["aws"].put_object(BUCKET, key, body)

    def get(self, key: str) -> bytes:
        """Read an object."""
        return bytes(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        """The keys under a prefix, without it."""
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [item["Key"].removeprefix(prefix) for item in found]

    def parquet(self, key: str) -> Any:
        """A Parquet object as a table."""
        from pyarrow import parquet

        return parquet.read_table(io.BytesIO(self.get(key)))

    def unload(self, query: str, prefix: str, options: str = "") -> dict[str, Any]:
        """Unload a query under a prefix."""
        text = query.replace("'", "''")
        return self.run(f"UNLOAD ('{text}') TO 's3://{BUCKET}/{prefix}' IAM_ROLE '{ROLE}' {options}")

    def copy(self, table: str, key: str, options: str = "") -> str:
        """The text of a COPY."""
        return f"COPY {table} FROM 's3://{BUCKET}/{key}' IAM_ROLE '{ROLE}' {options}"


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The engine, started once."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    s3 = session.client("s3", endpoint_url=f"http://{host}:{port}")
    dynamodb = session.client("dynamodb", endpoint_url=f"http://{host}:{port}")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    events: list[dict[str, Any]] = []
    integrations: set[str] = set()
    surroundings = Surroundings(
        region=REGION,
        account_id=ACCOUNT,
        s3=lambda: s3,
        dynamodb=lambda: dynamodb,
        secret=lambda arn: {"username": "admin", "password": PASSWORD} if arn == SECRET else None,
        role_exists=lambda arn: not arn.endswith("/nobody"),
        integration_exists=lambda bucket: bucket in integrations,
        statement_changed=events.append,
        bucket_region=lambda bucket: _region_of(s3, bucket),
    )
    folder = tmp_path_factory.mktemp("redshift")
    engine = Engine.start(folder, surroundings=surroundings, admin_password=PASSWORD)
    engine.register_role(ROLE)
    yield Lab(engine, s3, dynamodb, events, integrations)
    engine.stop()
    shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
    server.stop()


def _region_of(s3: Any, bucket: str) -> str:
    from botocore.exceptions import ClientError

    try:
        return str(s3.head_bucket(Bucket=bucket)["BucketRegion"])
    except ClientError:
        return ""


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"t{next(_numbers)}"


@pytest.fixture
def connect(lab):
    """Opens connections of redshift-connector, and closes them."""
    import redshift_connector

    opened = []

    def open_one(**options: Any) -> Any:
        settings = {"user": "admin", "password": PASSWORD, "database": "dev"} | options
        opened.append(
            redshift_connector.connect(host="127.0.0.1", port=lab.engine.wire_port, ssl=False, **settings)
        )
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()
