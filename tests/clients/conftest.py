"""A sandbox of the clients' own, started as its users start it, and what they need to reach it."""

from __future__ import annotations

import os

import pytest

from tests.clients.clients import CLIENTS, Runs
from tests.integration.conftest import copy_tree, stop_all

BUCKET = "manifest-bucket-054158074701"
ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="write the clients' results into results.json")


@pytest.fixture(scope="session")
def place(repo, tmp_path_factory):
    """A workspace whose sandbox runs."""
    made = copy_tree(repo, tmp_path_factory.mktemp("clients"))
    started = made.dpctl("sandbox", "start", "--env", "dev")
    assert started.code == 0, started.stderr
    yield made
    stop_all(made)


@pytest.fixture(scope="session")
def runs(request, tmp_path_factory):
    """The programs of the clients whose tests were chosen, begun in the background."""
    asked = {item.callspec.params["client"] for item in request.session.items if hasattr(item, "callspec")}
    chosen = [client for client in CLIENTS if client in asked]
    made = Runs(
        chosen, lambda: environ(request.getfixturevalue("place")), tmp_path_factory.mktemp("programs")
    )
    yield made
    made.close()


def environ(place):
    """The environment of a client: the sandbox's variables, its authority, and a secret."""
    import boto3

    variables = place.dpctl("sandbox", "env", "--env", "dev", "--json").json
    manager = boto3.client(
        "secretsmanager", endpoint_url=variables["AWS_ENDPOINT_URL"], region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    secret = manager.describe_secret(SecretId="test/redshift")["ARN"]
    mine = {"CHECKS_SECRET": secret, "CHECKS_ROLE": ROLE, "CHECKS_S3": f"s3://{BUCKET}/checks"}
    return {**os.environ, **variables, **mine, "SSL_CERT_FILE": variables["PGSSLROOTCERT"]}
