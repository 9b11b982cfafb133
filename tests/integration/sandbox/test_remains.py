"""What a sandbox leaves behind, however it ends: nothing. And what a planted state file can do: nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from dpctl import sandbox
from dpctl.aws import Aws
from dpctl.config import load_environment
from dpctl.errors import UsageError
from dpctl.sandbox import lifecycle, processes
from tests.integration.conftest import copy_tree

pytestmark = pytest.mark.sandbox

# A job that leaves a process of its own behind, and one that never ends.
SCRIPT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{mark}"])
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture
def environment(repo, tmp_path):
    copy_tree(repo, tmp_path)
    found = load_environment(tmp_path, "prod")
    yield found
    sandbox.stop(found)


def commands() -> dict[int, str]:
    """The command lines of all processes, and where they work: PostgreSQL's children say no more."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            found[int(folder.name)] = f"{text} in {(folder / 'cwd').readlink()}"
        except (OSError, UnicodeDecodeError):
            continue
    return found


def until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def busy(environment, mark):
    """A sandbox with PostgreSQL and a job that runs; gives its state and the words its processes have."""
    info = sandbox.start(environment)
    aws = Aws(info.region, info.environment())
    serverless = aws.client("redshift-serverless")
    serverless.create_namespace(namespaceName="data", dbName="prod")
    serverless.create_workgroup(workgroupName="data", namespaceName="data")
    aws.client("redshift-data").list_databases(WorkgroupName="data", Database="prod")
    s3, iam, glue = (aws.client(name) for name in ("s3", "iam", "glue"))
    place = {"LocationConstraint": info.region}
    s3.create_bucket(Bucket="scripts", CreateBucketConfiguration=place)
    s3.put_object(Bucket="scripts", Key="job.py", Body=SCRIPT.replace("{mark}", mark).encode())
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"},
                            "Action": "sts:AssumeRole"}]}  # fmt: skip
    role = iam.create_role(RoleName="job", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::scripts/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [read]})
    iam.put_role_policy(RoleName="job", PolicyName="read", PolicyDocument=document)
    command = {"Name": "pythonshell", "ScriptLocation": "s3://scripts/job.py", "PythonVersion": "3.9"}
    glue.create_job(Name="job", Role=role, Command=command)
    glue.start_job_run(JobName="job")
    until(lambda: any(mark in text for text in commands().values()), "the job did not start")
    data = lifecycle.state_dir(environment) / "data"
    database = (data / "redshift" / "postgres").resolve()
    return info, (mark, str(data), str(database))


def left(words):
    return {pid: text for pid, text in commands().items() if any(word in text for word in words)}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")
@pytest.mark.parametrize(
    "way",
    ["stop", "kill -9", "kill -STOP", "kill -9 the reaper too", "kill -9, all of PostgreSQL stopped"],
)
def test_nothing_is_left(environment, way):
    info, words = busy(environment, f"mark-{os.getpid()}-{way.replace(' ', '')}")
    assert sum("postgres" in text for text in left(words).values()) > 3
    directory = lifecycle.state_dir(environment)
    if "PostgreSQL" in way:
        for pid in (pid for pid, text in left(words).items() if "postgres" in text):
            os.kill(pid, signal.SIGSTOP)
    if way == "kill -STOP":
        os.kill(info.pid, signal.SIGSTOP)
    if way == "kill -9 the reaper too":
        os.kill(processes.holder(directory, processes.REAPER), signal.SIGKILL)
    if way.startswith("kill -9"):
        os.kill(info.pid, signal.SIGKILL)
        until(lambda: processes.holder(directory, processes.SERVER) is None, "the server lives")
    if way in (
        "kill -9",
        "kill -9, all of PostgreSQL stopped",
    ):  # the next stop or start is not needed for it
        until(lambda: not left(words), left(words))
    stopped = sandbox.stop(environment)
    assert stopped is (way in ("stop", "kill -STOP"))
    if way != "kill -9 the reaper too":
        until(lambda: not left(words), left(words))
    else:
        assert not [text for text in left(words).values() if "postgres" in text]
        for pid in left(words):
            os.kill(pid, signal.SIGKILL)
    assert not Path(words[2]).exists()
    assert sorted(path.name for path in directory.iterdir()) == ["lock", "reaper", "sandbox.log", "server"]
    assert sandbox.start(environment).pid != info.pid


def test_the_reaper_looks_where_the_engine_puts_its_files():
    from dpctl.sandbox import reaper
    from dpctl.sandbox.redshift.postgres import server

    assert (reaper.LINK, reaper.PREFIX) == (server.LINK, server.ELSEWHERE)


@pytest.mark.parametrize("pid", [-1, 0, 1, True, "7", 2**40, None])
def test_a_planted_process_id_is_never_signalled(environment, monkeypatch, pid):
    directory = lifecycle.state_dir(environment)
    keys = {"access_key": "A" * 20, "secret_key": "s" * 40}
    redshift = {"host": "127.0.0.1", "port": 1, "database": "dev", "user": "admin"}
    document = {"endpoint": "http://127.0.0.1:9", "account_id": "1", "region": "r", "account": "existing",
                "pid": pid, "redshift": redshift, "redshift_ca": "x", "log": "x", "token": "t",
                "credentials": keys}  # fmt: skip
    (directory / lifecycle.STATE_FILE).write_text(json.dumps(document))
    monkeypatch.setattr(os, "kill", lambda *call: pytest.fail(f"kill{call}"))
    monkeypatch.setattr(os, "killpg", lambda *call: pytest.fail(f"killpg{call}"))
    assert lifecycle.read_state(directory) is None
    assert sandbox.status(environment) is None
    assert sandbox.stop(environment) is False


@pytest.mark.parametrize("endpoint", ["file:///etc/passwd", "http://evil.example:80", "http://127.0.0.1:9@evil",
                                      "https://127.0.0.1:9", "http://127.0.0.1:9/x", 7])  # fmt: skip
def test_a_planted_endpoint_is_never_asked(environment, monkeypatch, endpoint):
    directory = lifecycle.state_dir(environment)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    keys = {"access_key": "A" * 20, "secret_key": "s" * 40}
    redshift = {"host": "127.0.0.1", "port": 1, "database": "dev", "user": "admin"}
    document = {"endpoint": endpoint, "account_id": "1", "region": "r", "account": "existing",
                "pid": sleeper.pid, "redshift": redshift, "redshift_ca": "x", "log": "x", "token": "t",
                "credentials": keys}  # fmt: skip
    (directory / lifecycle.STATE_FILE).write_text(json.dumps(document))
    try:
        monkeypatch.setattr(lifecycle.pages, "proves", lambda info: pytest.fail(info.endpoint))
        assert sandbox.stop(environment) is False
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.parametrize("level", ["data", "dev", "sandbox", ".dpctl"])
def test_a_link_in_the_way_writes_and_deletes_nothing_elsewhere(repo, tmp_path, level):
    root, victim = tmp_path / "tree", tmp_path / "victim"
    root.mkdir()
    copy_tree(repo, root)
    for folder in (victim, victim / "data", victim / "dev" / "data", victim / "sandbox" / "dev" / "data"):
        folder.mkdir(parents=True)
        (folder / "precious").write_text("x")
    parts = [".dpctl", "sandbox", "dev", "data"]
    here = root.joinpath(*parts[: parts.index(level)])
    here.mkdir(parents=True, exist_ok=True)
    (here / level).symlink_to(victim)
    before = sorted(str(path) for path in victim.rglob("*"))
    environment = load_environment(root, "dev")
    if level == "data":
        assert sandbox.stop(environment) is False
    else:
        with pytest.raises(UsageError, match="is a link"):
            sandbox.stop(environment)
    with pytest.raises(UsageError, match="is a link"):
        sandbox.start(environment)
    assert sorted(str(path) for path in victim.rglob("*")) == before


def test_the_state_of_a_sandbox_is_the_users_alone(environment):
    sandbox.start(environment)
    directory = lifecycle.state_dir(environment)
    for path in (directory, directory.parent, directory.parent.parent, directory / "data"):
        assert path.stat().st_mode & 0o077 == 0, path
    for name in (lifecycle.STATE_FILE, lifecycle.LOG_FILE, "aws-config"):
        assert (directory / name).stat().st_mode & 0o777 == 0o600, name


def test_jobs_see_nothing_of_the_users_environment(environment, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("DATABASE_URL", "secret")
    monkeypatch.setenv("LC_TOKEN", "secret")
    info = sandbox.start(environment)
    seen = Path(f"/proc/{info.pid}/environ").read_bytes()
    assert b"secret" not in seen
    assert "GITHUB_TOKEN" not in processes.environment()


SEEN = """
import os
print(sorted(os.environ))
print([value for value in os.environ.values() if 'hush' in value])
"""


def test_a_job_sees_no_secret_of_who_started_the_sandbox(account, client, control, monkeypatch):
    """What a job and a function print of their environment has no name and no value of the user's."""
    names = ("GITHUB_TOKEN", "DATABASE_URL", "PGPASSWORD", "SSH_AUTH_SOCK", "TF_VAR_password", "LC_TOKEN")
    for name in names:
        monkeypatch.setenv(name, f"hush-{name}")
    bucket = "aws-glue-assets-054158074701-ap-south-1"
    client("s3").put_object(Bucket=bucket, Key="scripts/seen.py", Body=SEEN.encode())
    glue, command = client("glue"), {"Name": "pythonshell", "PythonVersion": "3.9"}
    command |= {"ScriptLocation": f"s3://{bucket}/scripts/seen.py"}
    glue.create_job(Name="seen", Role="GlueFullAccessRole", Command=command)
    run = glue.start_job_run(JobName="seen")["JobRunId"]
    while glue.get_job_run(JobName="seen", RunId=run)["JobRun"]["JobRunState"] in ("STARTING", "RUNNING"):
        control.post("settle", {"seconds": 0.05})
    found = client("logs").get_log_events(logGroupName="/aws-glue/python-jobs/output", logStreamName=run)
    glue.delete_job(JobName="seen")
    shown, values = (event["message"] for event in found["events"])
    assert "AWS_ENDPOINT_URL" in shown
    assert not [name for name in names if name in shown]
    assert values == "[]"


def test_two_sandboxes_side_by_side_know_nothing_of_each_other(environment):
    """Each has its key, its account and its processes; the end of one is not the end of the other."""
    other = load_environment(environment.root, "dev")
    try:
        mine, words = busy(environment, f"mark-{os.getpid()}-two")
        theirs = sandbox.start(other)
        assert mine.endpoint != theirs.endpoint
        stranger = theirs.environment() | {
            name: value for name, value in mine.environment().items() if name != "AWS_ENDPOINT_URL"
        }
        with pytest.raises(ClientError) as error:
            Aws(theirs.region, stranger).client("s3").list_buckets()
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        assert sandbox.stop(other)
        assert sandbox.status(environment).endpoint == mine.endpoint
        assert len(left(words)) >= 2
    finally:
        sandbox.stop(other)
    assert sandbox.stop(environment)
    until(lambda: not left(words), left(words))


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0
    if shutil.which("unshare")
    else True,
    reason="a small disk needs a mount of one's own (unshare -rm)",
)
def test_a_full_disk_is_an_error_and_leaves_nothing(repo, tmp_path):
    """A disk of 12 MB holds the tree and no database: the start says why it failed, and is gone."""
    disk, mark = tmp_path / "disk", f"full-{os.getpid()}"
    disk.mkdir()
    commands_in = (
        f"mount -t tmpfs -o size=12m none {disk} && cp -r {tmp_path}/tree {disk}/{mark} && "
        f"export TMPDIR={disk} && "
        f"{sys.executable} -m dpctl --root {disk}/{mark} sandbox start --env prod && "
        f"{sys.executable} -m dpctl --root {disk}/{mark} --sandbox sql --env prod 'select 1'; code=$?; "
        f"{sys.executable} -m dpctl --root {disk}/{mark} sandbox stop --env prod; exit $code"
    )
    (tmp_path / "tree").mkdir()
    copy_tree(repo, tmp_path / "tree")
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", commands_in], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode not in (0, 120), done.stdout + done.stderr
    assert "Traceback (most recent call last)" not in done.stderr.split("log", 1)[0]
    until(lambda: not left((mark,)), left((mark,)))
