"""Deaths: of dpctl, of Terraform, of both. No state is behind what was done, and the next run goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dpctl.deploy.traces import Started, Traces, birth
from tests.functional.deploy.test_deploy_terraform import alive, start
from tests.waiting import wait_for

APPLY = ("apply", "--yes", "--json")
STATIC = ("--layer", "static")
CREATES = {"plan": {"changes": [["aws_vpc.x", "create"]]}}
HOLDING = """
variable "text" {
  type = string
}

resource "terraform_data" "first" {
  input = var.text
}

resource "terraform_data" "x" {
  input = terraform_data.first.output

  provisioner "local-exec" {
    command = "echo $$ > ${path.root}/started; while test ! -e ${path.root}/go; do sleep 0.1; done"
  }
}

output "text" {
  value = terraform_data.x.output
}
"""
real = pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform")


@pytest.fixture
def begun(tree, fake):
    """dpctl, killed while its Terraform applies static; gives the pid of that one. It ends by itself."""

    def begin(seconds: float = 60, **doing) -> int:
        fake.script(static={**CREATES, "apply": {"seconds": seconds, **doing}})
        process = start(tree, *APPLY)
        wait_for(lambda: (fake.folder / "pid").exists() and (fake.folder / "pid").read_text())
        process.kill()
        process.communicate()
        return int((fake.folder / "pid").read_text())

    return begin


def traces(tree) -> Traces:
    return Traces(tree.root / ".dpctl" / "units" / "dev" / "static" / ".run")


def end(pid: int) -> None:
    os.killpg(pid, signal.SIGKILL)
    wait_for(lambda: not alive(pid))


def test_terraform_outlives_dpctl_and_the_next_run_waits_for_it(begun, dpctl, fake, tree):
    pid = begun(seconds=2)
    assert alive(pid)
    run = dpctl(*APPLY, *STATIC)
    assert run.results == {"static": "unchanged"} or run.results == {"static": "succeeded"}
    assert "the apply that was started at" in run.stderr
    assert "has finished (+1 ~0 -0)" in run.stderr
    assert fake.commands("apply")[0] == "static apply"
    assert tree.state_file("static").exists()


def test_what_ended_meanwhile_is_said_and_settled_once(begun, dpctl, fake):
    pid = begun(seconds=0.5)
    wait_for(lambda: not alive(pid))
    fake.script()
    run = dpctl("plan", "--json", *STATIC)
    assert "has finished (+1 ~0 -0)" in run.stderr
    assert run.results == {"static": "unchanged"}
    assert "has finished" not in dpctl("plan", *STATIC).stderr


def test_one_that_failed_meanwhile_says_why(begun, dpctl, fake):
    pid = begun(seconds=0.5, error="no permission")
    wait_for(lambda: not alive(pid))
    fake.script()
    assert "failed: no permission" in dpctl("plan", *STATIC).stderr


def test_ctrl_c_ends_what_an_earlier_run_had_started(begun, tree):
    pid = begun()
    process = start(tree, *APPLY)
    wait_for(lambda: (tree.root / ".dpctl/runs/dev.lock").read_text().strip() == str(process.pid))
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert not alive(pid)
    assert json.loads(out)["layers"][0]["result"] == "failed"


def test_a_plan_that_nobody_waits_for_is_ended(dpctl, fake, tree):
    fake.script(static={"plan": {"seconds": 60}})
    process = start(tree, "plan", *STATIC)
    wait_for(lambda: (fake.folder / "pid").exists() and (fake.folder / "pid").read_text())
    process.kill()
    process.communicate()
    pid = int((fake.folder / "pid").read_text())
    fake.script()
    assert dpctl(*APPLY, *STATIC).results == {"static": "succeeded"}
    assert not alive(pid)


def shown(fake, *addresses):
    change = {"actions": ["create"], "after": {}}
    fake.show(
        {
            "resource_changes": [
                {"address": a, "type": a.split(".")[0], "mode": "managed", "change": change}
                for a in addresses
            ]
        }
    )


def test_what_a_killed_terraform_made_is_imported_and_not_made_twice(begun, dpctl, fake, tree):
    """The id stands in its stream; the state knows nothing of it."""
    end(begun(made=[["aws_network_acl.x", "acl-1"]], begins=["aws_vpc.y"]))
    fake.script(static={"plan": {"changes": [["aws_network_acl.x", "create"], ["aws_vpc.y", "create"]]}})
    shown(fake, "aws_network_acl.x")
    run = dpctl("apply", "--yes", "--no-adopt", *STATIC)
    assert "was killed (+1 ~0 -0 done)" in run.stderr
    assert "1 thing may have been made without a word: aws_vpc.y" in run.stderr
    assert "adopting aws_network_acl.x = acl-1" in run.stderr
    assert [call["imports"] for call in fake.calls if call["command"] == "plan"][-2:] == [0, 1]
    fake.script(static={"plan": {"changes": []}})
    dpctl("plan", *STATIC)
    assert traces(tree).made().things == {}


def test_an_import_that_does_not_work_is_said_and_given_up(begun, dpctl, fake, tree):
    end(begun(made=[["aws_network_acl.x", "acl-1"]]))
    program = fake.program
    text = program.read_text().replace(
        "    fail(doing)\n    if ",
        "    if command == 'plan' and any('import {' in f.read_text() for f in cwd.glob('*.tf')):\n"
        "        doing = {'error': 'Cannot import non-existent remote object'}\n"
        "    fail(doing)\n    if ",
        1,
    )
    program.write_text(text)
    fake.script(static={"plan": {"changes": [["aws_network_acl.x", "create"]]}})
    run = dpctl("apply", "--yes", "--no-adopt", *STATIC)
    assert run.code == 0, run.stderr
    assert "was made by a killed apply as acl-1, and can't be imported" in run.stderr


def test_a_full_log_folder_ends_nothing(dpctl, fake, tree):
    logs = tree.root / ".dpctl" / "logs" / "dev"
    logs.mkdir(parents=True)
    (logs / "static.log").symlink_to("/dev/full")
    run = dpctl(*APPLY, *STATIC)
    assert run.results == {"static": "succeeded"}
    assert "could not be written to" in run.stderr
    assert "No space left on device" in run.stderr
    assert tree.state_file("static").exists()


def test_a_folder_of_logs_that_is_none_ends_nothing(dpctl, fake, tree):
    (tree.root / ".dpctl").mkdir()
    (tree.root / ".dpctl" / "logs").write_text("")
    assert dpctl(*APPLY).code == 0


def test_a_state_that_could_not_be_written_is_pushed_before_anything_else(dpctl, fake, tree):
    fake.script(
        static={
            "apply": {"error": "Failed to save state", "errored": [["terraform_data.x", "create"]]},
            "push": {"error": "no such host"},
        }
    )
    run = dpctl(*APPLY, *STATIC)
    assert run.code == 1
    assert "is behind what was done" in run.stderr
    assert "no such host" in run.stderr
    kept = traces(tree).folder / "errored.tfstate"
    assert kept.stat().st_mode & 0o077 == 0
    assert dpctl(*APPLY, *STATIC).code == 1
    assert kept.exists()
    fake.script(static={"plan": {"changes": []}})
    run = dpctl(*APPLY, *STATIC)
    assert run.results == {"static": "unchanged"}
    assert "wrote the state that an earlier apply could not write" in run.stderr
    assert not kept.exists()
    assert json.loads(tree.state_file("static").read_text())["resources"]


def test_it_is_pushed_at_once_where_that_works(dpctl, fake, tree):
    doing = {"error": "Failed to save state", "errored": [["terraform_data.x", "create"]]}
    fake.script(static={"apply": doing})
    run = dpctl(*APPLY, *STATIC)
    assert run.code == 1
    assert "wrote the state that an earlier apply could not write" in run.stderr
    assert tree.state_file("static").exists()


@real
@pytest.mark.parametrize("whom", ["terraform", "both"])
def test_a_killed_terraform_leaves_no_lock_to_the_next_run(dpctl, tree, monkeypatch, whom):
    monkeypatch.setenv("DPCTL_TERRAFORM", "terraform")
    tree.module("static", HOLDING)
    process = start(tree, *APPLY, *STATIC)
    work = tree.state_file("static").parent
    wait_for(lambda: (work / "started").exists() and (work / "started").read_text().strip())
    assert list(work.glob(".*.lock.info"))
    if whom == "both":
        process.kill()
    pid = traces(tree).started().pid
    end(pid)
    out, said = process.communicate(timeout=60)
    if whom == "terraform":
        assert json.loads(out)["layers"][0]["result"] == "failed", said
    (work / "go").touch()
    run = dpctl(*APPLY, *STATIC)
    assert run.results == {"static": "succeeded"}, run.stderr
    assert "released the lock of a Terraform that was killed" in run.stderr
    assert list(work.glob(".*.lock.info")) == []
    assert dpctl(*APPLY, *STATIC).results == {"static": "unchanged"}


@real
def test_a_terraform_that_goes_on_finishes_its_state(dpctl, tree, monkeypatch):
    monkeypatch.setenv("DPCTL_TERRAFORM", "terraform")
    tree.module("static", HOLDING)
    process = start(tree, *APPLY, *STATIC)
    work = tree.state_file("static").parent
    wait_for(lambda: (work / "started").exists() and (work / "started").read_text().strip())
    process.kill()
    process.communicate()
    (work / "go").touch()
    run = dpctl(*APPLY, *STATIC)
    assert run.results == {"static": "unchanged"}, run.stderr
    assert "has finished (+2 ~0 -0)" in run.stderr
    assert list(work.glob(".*.lock.info")) == []


def test_a_process_id_that_was_used_again_is_not_taken_for_ours(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert Started("apply", 0, pid=other.pid, birth=birth(other.pid)).alive
        assert not Started("apply", 0, pid=other.pid, birth="1").alive
        assert other.stdin
        other.stdin.close()
    assert not Started("apply", 0, pid=other.pid, birth="1").alive
    assert not Path(f"/proc/{other.pid}").exists()
