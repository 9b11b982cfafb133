"""A sandbox in this process for each file of this folder, as realistic as the file's REALISM says."""

from __future__ import annotations

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server
from dpctl.sandbox.services import settling


@pytest.fixture(scope="module")
def account(repo, tmp_path_factory, request):
    """The replica of dev."""
    realism, folder = request.module.REALISM, tmp_path_factory.mktemp("sandbox")
    found = server.listen(load_environment(repo, "dev"), "existing", folder, realism=realism)
    account = found.front.account
    account.front = found.front
    yield account
    found.close()


@pytest.fixture
def front(account):
    yield account.front
    account.front.faults.replace([])


@pytest.fixture
def client(account):
    """boto3 clients as AWS's own services have them."""
    return account.client


@pytest.fixture
def operator(account):
    """boto3 clients of who started the sandbox."""
    return lambda service: account.client_of(account.credentials, service)


@pytest.fixture
def advance(account):
    """Move the clock, and get what was done on the way."""
    return lambda seconds: settling.advance(account, {"advance_seconds": seconds})["done"]
