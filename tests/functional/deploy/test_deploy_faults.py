"""docs/faults.md, played row by row: the exit code and the words are the page's."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.conftest import require_providers
from tests.functional.deploy.test_deploy_terraform import alive, start
from tests.waiting import wait_for

STATIC = ("--layer", "static")
APPLY = ("apply", "--yes", *STATIC)
NOTHING = "(nothing"
CREATES = {"plan": {"changes": [["terraform_data.x", "create"]]}}
real = pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform")
ROOT = """
remote_state {
  backend  = "s3"
  generate = { path = "backend.tf", if_exists = "overwrite" }
  config = {
    bucket                      = "states"
    key                         = "${path_relative_to_include()}/terraform.tfstate"
    region                      = "ap-south-1"
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_s3_checksum            = true
  }
}
"""
PAGE = Path(__file__).resolve().parents[3] / "docs" / "faults.md"
ROW = re.compile(r"^\| ([^|]+) \| (-?\d+) \| ([^|]+) \| ([^|]*) ?\|$", re.MULTILINE)
ROWS = {fault: (int(code), words) for fault, code, words, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))}
PLAYED: set[str] = set()


def played(fault: str):
    """Marks the test that plays a row."""
    assert fault in ROWS, fault
    PLAYED.add(fault)
    return pytest.mark.parametrize("fault", [fault])


def as_told(fault: str, code: int, said: str) -> None:
    """The row's exit code and words are the real ones."""
    wanted, words = ROWS[fault]
    assert code == wanted, said
    if not words.startswith(NOTHING):
        assert words in said
    if wanted not in (0, 130, -9):
        assert "Try: " in said


def test_every_row_is_played():
    assert set(ROWS) == PLAYED
    assert len(ROWS) > 15


def test_the_codes_are_the_documented_ones(repo):
    page = (repo / "docs/exit-codes.md").read_text(encoding="utf-8")
    known = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert {code for code, _ in ROWS.values()} - {-9} <= known


# signals and deaths


@pytest.fixture
def applying(tree, fake):
    """dpctl, while its Terraform applies static."""

    def begin(**doing):
        fake.script(static={**CREATES, "apply": {"seconds": 60, **doing}})
        process = start(tree, *APPLY)
        wait_for(lambda: (fake.folder / "pid").exists() and (fake.folder / "pid").read_text())
        return process

    yield begin
    if (fake.folder / "pid").exists() and alive(pid := int((fake.folder / "pid").read_text())):
        os.killpg(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("fault", "number"),
    [("SIGTERM", signal.SIGTERM), ("SIGHUP", signal.SIGHUP)],
)
def test_asked_to_end(applying, fake, fault, number):
    process = applying()
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    as_told(fault, process.returncode, said)
    assert not alive(int((fake.folder / "pid").read_text()))


@played("SIGINT twice")
def test_asked_twice(applying, fake, fault):
    process = applying(stubborn=True)
    process.send_signal(signal.SIGINT)
    while "Interrupted" not in process.stderr.readline():
        continue
    process.send_signal(signal.SIGINT)
    said = process.stderr.read()
    as_told(fault, process.wait(timeout=120), said)


PLAYED |= {"SIGTERM", "SIGHUP"}


@played("kill -9 of dpctl")
def test_dpctl_dies(applying, fake, fault, dpctl):
    process = applying(seconds=2)
    process.kill()
    process.communicate()
    as_told(fault, process.returncode, "")
    again = dpctl(*APPLY)
    assert (again.code, "the apply that was started at" in again.stderr) == (0, True)


@played("kill -9 of Terraform")
def test_terraform_dies(fake, dpctl, fault):
    fake.script(static={**CREATES, "apply": {"dies": True}})
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    fake.script(static=CREATES)
    assert dpctl(*APPLY).code == 0


@real
@played("a provider that does not start")
def test_a_provider_that_crashes(dpctl, tree, tmp_path, monkeypatch, fault):
    """A provider is a program; this one ends at once, as one does that is built for another processor."""
    platform = f"{sys.platform}_{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(os.uname().machine, 'amd64') }"
    folder = tmp_path / "mirror" / "registry.terraform.io" / "acme" / "crash" / "1.0.0" / platform
    folder.mkdir(parents=True)
    program = folder / "terraform-provider-crash_v1.0.0"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("DPCTL_PROVIDER_MIRROR", str(tmp_path / "mirror"))
    tree.module(
        "static",
        'terraform {\n  required_providers {\n    crash = { source = "acme/crash", version = "1.0.0" }\n'
        '  }\n}\n\nresource "crash_x" "x" {}\n',
        file="crash.tf",
    )
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    assert "crash" in run.stderr


@played("Terraform too old")
def test_an_old_terraform(dpctl, fake, fault):
    (fake.folder / "version").write_text("1.5.7")
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    assert fake.commands() == []
    (fake.folder / "version").write_text("1.10.0")
    assert dpctl(*APPLY).code == 0


@played("the clock jumps back and forth")
def test_a_clock_that_jumps(dpctl, fake, monkeypatch, fault):
    """Every look at the clock is a day or an hour off the last one: nothing here hangs on it."""
    now, jumps = time.time, iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: now() + (86400 if next(jumps) % 2 else -3600))
    fake.script(static=CREATES)
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    assert not re.search(r"in -\d", run.stderr + run.stdout)
    assert dpctl(*APPLY).code == 0


@played("another dpctl in the same repository")
def test_two_of_us(applying, dpctl, fault):
    process = applying(seconds=60)
    run = dpctl(*APPLY)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    as_told(fault, run.code, run.stderr)


@played("the folder of logs can't be written")
def test_no_place_for_logs(dpctl, tree, fake, fault):
    fake.script(static=CREATES)
    logs = tree.root / ".dpctl" / "logs" / "dev"
    logs.mkdir(parents=True)
    (logs / "static.log").symlink_to("/dev/full")
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)


# AWS and the state's bucket: moto behind a front that goes wrong when it is told to


@dataclass
class Front:
    """An AWS that breaks. ``rules`` are asked of each call, in order; the first that says something decides.

    A rule takes method and path, and gives None, an HTTP status, or "drop". What is in ``done`` is called
    with them once AWS has done what it was asked, before anybody hears of it.
    """

    inner: object
    rules: list = field(default_factory=list)
    done: list = field(default_factory=list)
    clock_off: float = 0.0

    def __call__(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        verdict = next((found for rule in self.rules if (found := rule(method, path)) is not None), None)
        if verdict == "drop":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionError
        if isinstance(verdict, int):
            body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            return self._answer(start_response, verdict, body)
        if self.clock_off:
            body = (
                b"<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code>"
                b"<Message>Signature not yet current</Message></Error></ErrorResponse>"
            )
            return self._answer(start_response, 403, body)
        answer = list(self.inner(environ, start_response))
        for tell in self.done:
            tell(method, path)
        return answer

    def _answer(self, start_response, status, body):
        headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]


@pytest.fixture
def front(tree, monkeypatch):
    """A tree whose states are in a bucket, of an AWS that can be broken."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_args):
            """Nothing."""

        def date_time_string(self, timestamp=None):
            return super().date_time_string((timestamp or time.time()) + made.clock_off)

        def run_wsgi(self):
            try:
                super().run_wsgi()
            except (ConnectionError, ValueError, OSError):
                self.close_connection = True

    made = Front(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, made, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    (tree.root / "terragrunt.hcl").write_text(ROOT)
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_MAX_ATTEMPTS": "3",
    }.items():
        monkeypatch.setenv(name, value)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(front, dpctl):
    """The state's bucket."""
    import boto3

    s3 = boto3.client("s3", region_name="ap-south-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    s3.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    return s3


def state(bucket) -> dict:
    body = bucket.get_object(Bucket="states", Key="live/dev/static/terraform.tfstate")["Body"].read()
    return json.loads(body)


@played("the state's bucket is not there")
def test_no_bucket(front, dpctl, fake, fault):
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)


@played("a clock that is not AWS's")
def test_another_time(front, dpctl, fake, fault):
    front.clock_off = 90 * 60
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    assert "timedatectl" in run.stderr


@played("AWS does not answer")
def test_no_answer(front, dpctl, fake, monkeypatch, fault):
    front.rules.append(lambda _method, _path: "drop")
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)


@real
@played("the state's bucket refuses reading")
def test_a_bucket_that_refuses(front, bucket, dpctl, fault):
    assert dpctl(*APPLY).code == 0
    front.rules.append(lambda method, path: 403 if method == "GET" and path.endswith(".tfstate") else None)
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    assert "AccessDenied" in run.stderr


@real
@played("the state's bucket refuses writing, after the apply")
def test_a_state_that_can_not_be_written(front, bucket, dpctl, fault):
    front.rules.append(lambda method, path: 403 if method == "PUT" and path.endswith(".tfstate") else None)
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    front.rules.clear()
    again = dpctl(*APPLY)
    assert again.code == 0
    assert "wrote the state that an earlier apply could not write" in again.stderr
    assert [resource["name"] for resource in state(bucket)["resources"]] == ["x"]


@real
@played("the state's bucket is slow, and drops connections")
def test_a_bucket_that_is_slow(front, bucket, dpctl, fault):
    dropped = set()

    def slow(method, path):
        if "states" not in path:
            return None
        time.sleep(0.2)
        return None if (method, path) in dropped else dropped.add((method, path)) or "drop"

    front.rules.append(slow)
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    front.rules.clear()
    assert [resource["name"] for resource in state(bucket)["resources"]] == ["x"]


AWS_MODULE = """
variable "text" {
  type = string
}

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region            = "ap-south-1"
  s3_use_path_style = true
}

resource "aws_s3_bucket" "first" {
  bucket = "made-before"
}

resource "aws_s3_bucket" "x" {
  bucket     = "made-without-a-word"
  depends_on = [aws_s3_bucket.first]
}

output "text" {
  value = aws_s3_bucket.x.bucket
}
"""


def providers() -> list[int]:
    """The AWS providers that this process has started, through Terraform."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, fields = (folder / "stat").read_text().rpartition(")")[::2]
        except OSError:
            continue
        parents[int(folder.name)] = int(fields.split()[1])
        if "(terraform-prov" in name:
            found.append(int(folder.name))

    def ours(pid: int) -> bool:
        return pid == os.getpid() or (pid in parents and ours(parents[pid]))

    return [pid for pid in found if ours(pid)]


@real
@pytest.mark.terraform
@played("kill -9 of a provider")
def test_a_provider_that_is_killed(front, bucket, dpctl, tree, fault):
    """AWS has made a bucket; nobody hears of it."""
    require_providers()
    tree.module("static", AWS_MODULE)
    killed = []

    def kill(method, path):
        if (method, path.strip("/")) == ("PUT", "made-without-a-word") and not killed:
            killed.extend(providers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    front.done.append(kill)
    run = dpctl(*APPLY, "--no-adopt")
    assert killed
    as_told(fault, run.code, run.stderr)
    assert "done without a word: aws_s3_bucket.x." in run.stderr
    again = dpctl(*APPLY)
    assert "adopting aws_s3_bucket.x = made-without-a-word" in again.stderr
    assert again.code == 0, again.stderr
    assert {resource["name"] for resource in state(bucket)["resources"]} == {"first", "x"}


@real
@played("the state is locked by somebody else")
def test_a_lock(bucket, dpctl, fault):
    assert dpctl(*APPLY).code == 0
    held = {
        "ID": "1",
        "Who": "ada@laptop",
        "Operation": "OperationTypeApply",
        "Created": "2020-01-01T00:00:00Z",
    }
    key = "live/dev/static/terraform.tfstate.tflock"
    bucket.put_object(Bucket="states", Key=key, Body=json.dumps(held))
    run = dpctl(*APPLY)
    as_told(fault, run.code, run.stderr)
    assert "ada@laptop" in run.stderr
