"""One sandbox in this process for every test of this folder: the replica of dev."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server
from dpctl.sandbox.signature import Credentials
from tests.integration.conftest import copy_tree, stop_all
from tests.integration.sandbox.acting import TRUST, document


@pytest.fixture(scope="package")
def running(repo, tmp_path_factory):
    """The replica of dev, served in this process. Tests leave what the replica has as they found it."""
    found = server.listen(load_environment(repo, "dev"), "existing", tmp_path_factory.mktemp("sandbox"))
    yield found
    found.close()


@pytest.fixture(scope="package")
def account(running):
    return running.front.account


@pytest.fixture
def client(account):
    """boto3 clients of the sandbox."""
    return account.client


@pytest.fixture
def config(account):
    return account.environment.config


@pytest.fixture
def role(account, client):
    """A role of the test's own; calling it with statements gives it those, and a client for a service."""
    iam, name = client("iam"), "held-to-it"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]

    def acting(service, *statements):
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
        keys = client("sts").assume_role(RoleArn=arn, RoleSessionName="tester")["Credentials"]
        credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return account.client_of(credentials, service)

    acting.name, acting.arn = name, arn
    yield acting
    iam.delete_role_permissions_boundary(RoleName=name)
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


class Control:
    """The pages under /_sandbox/."""

    def __init__(self, endpoint: str, token: str) -> None:
        self.endpoint = endpoint
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def get(self, page: str):
        return self._ask(page, None)

    def post(self, page: str, document):
        return self._ask(page, json.dumps(document).encode())

    def _ask(self, page: str, body: bytes | None):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        url = f"{self.endpoint}/_sandbox/{page}"
        request = urllib.request.Request(url, data=body, headers=self.headers)
        try:
            with opener.open(request, timeout=120) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@pytest.fixture
def control(running, account):
    found = Control(account.endpoint, running.front.token)
    yield found
    found.post("faults", [])


@pytest.fixture(scope="module")
def place(repo, tmp_path_factory):
    """A workspace of the file's own, whose sandbox runs in a process as its users have it."""
    made = copy_tree(repo, tmp_path_factory.mktemp("place"))
    assert made.dpctl("sandbox", "start", "--env", "dev").code == 0
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def variables(place):
    return place.dpctl("sandbox", "env", "--env", "dev", "--json").json
