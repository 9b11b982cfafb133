"""Real server processes: started once, found again, ended for good."""

import json
import os
import signal
import socket
import threading
import time
from dataclasses import replace

import pytest

from dpctl import sandbox
from dpctl.config import load_environment
from dpctl.errors import DpctlError, UsageError
from dpctl.sandbox import lifecycle
from dpctl.sandbox.signature import Credentials
from tests.integration.conftest import copy_tree

pytestmark = pytest.mark.sandbox

KEYS = Credentials("AKIASANDBOX000000000", "s" * 40)


@pytest.fixture(scope="module")
def environment(repo, tmp_path_factory):
    """An environment with nothing in its account: the quickest to start."""
    root = tmp_path_factory.mktemp("lifecycle")
    copy_tree(repo, root)
    found = load_environment(root, "prod")
    yield found
    sandbox.stop(found)


def gone(pid: int) -> bool:
    for _ in range(200):
        if not lifecycle._alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_one_sandbox_for_everybody_and_none_after_stop(environment):
    found = []
    threads = [threading.Thread(target=lambda: found.append(sandbox.start(environment))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len({info.pid for info in found}) == 1
    info = found[0]
    assert sandbox.status(environment) == info
    assert info.endpoint.startswith("http://127.0.0.1:")
    assert info.account_id == "111122223333"
    with pytest.raises(UsageError, match="another one"):
        sandbox.start(environment, "empty")
    assert sandbox.stop(environment)
    assert gone(info.pid)
    assert sandbox.status(environment) is None
    assert not sandbox.stop(environment)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(info.endpoint.rsplit(":", 1)[1])), timeout=1)


def test_postgresql_ends_with_the_sandbox(environment):
    info = sandbox.start(environment)
    from dpctl.aws import Aws

    aws = Aws(info.region, info.environment())
    serverless = aws.client("redshift-serverless")
    serverless.create_namespace(namespaceName="data", dbName="prod")
    serverless.create_workgroup(workgroupName="data", namespaceName="data")
    aws.client("redshift-data").list_databases(WorkgroupName="data", Database="prod")
    files = lifecycle.state_dir(environment) / "data" / "redshift" / "postgres"
    postmaster = files.resolve() / "postmaster.pid"
    pid = int(postmaster.read_text().splitlines()[0])
    os.kill(info.pid, signal.SIGTERM)
    assert gone(info.pid)
    assert gone(pid)
    assert sandbox.status(environment) is None


def test_a_process_id_that_belongs_to_another_program_is_left_alone(environment):
    directory = lifecycle.state_dir(environment)
    directory.mkdir(parents=True, exist_ok=True)
    stale = replace(
        sandbox.SandboxInfo("http://127.0.0.1:9", "111122223333", "ap-south-1", "existing", os.getpid(),
                            "127.0.0.1", 1, "dev", "admin", directory / "sandbox.log",
                            directory / "ca.pem", KEYS, "t" * 32),
    )  # fmt: skip
    lifecycle.write_state(directory, stale)
    assert sandbox.status(environment) is None
    assert not sandbox.stop(environment)
    assert lifecycle.read_state(directory) is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"endpoint": 1, "redshift": {}}'])
def test_a_broken_state_file_is_no_sandbox(environment, text):
    path = lifecycle.state_dir(environment) / lifecycle.STATE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert sandbox.status(environment) is None


def test_a_failed_start_shows_the_log(environment, tmp_path):
    elsewhere = replace(environment, root=tmp_path)  # the server finds no live tree there
    with pytest.raises(DpctlError) as error:
        sandbox.start(elsewhere)
    assert "did not start" in error.value.what
    assert "There is no live" in error.value.why
    assert sandbox.status(elsewhere) is None


def test_an_interrupted_start_leaves_nothing(environment, monkeypatch):
    started = []

    def interrupt(process, *args):
        started.append(process.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(lifecycle, "_wait_ready", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sandbox.start(environment)
    assert gone(started[0])
    assert sandbox.status(environment) is None


def test_an_idle_sandbox_ends_by_itself(environment):
    info = sandbox.start(environment, idle_hours=0.0003)
    assert gone(info.pid)
    assert sandbox.status(environment) is None


def test_the_secrets_of_the_user_have_no_say(environment, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_PROFILE", "production")
    info = sandbox.SandboxInfo(
        "http://127.0.0.1:9", "111122223333", "ap-south-1", "existing", 1, "127.0.0.1", 1, "dev", "admin",
        tmp_path / "sandbox.log", tmp_path / "ca.pem", KEYS, "t" * 32,
    )  # fmt: skip
    variables = info.environment()
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert variables["AWS_PROFILE"] == "default"
    assert variables["AWS_CONFIG_FILE"].startswith(str(tmp_path))
    assert "AWS_PROFILE" not in {k for k in lifecycle._child_environment() if k.startswith("AWS_")}
    assert json.dumps(info.as_dict())
