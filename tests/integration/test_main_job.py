"""The main job: the account adopted and completed in the replica, and what happens when a call is refused."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.waiting import wait_for

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform, pytest.mark.xdist_group("dev")]

LAYERS = ["static", "ddb-redshift", "redshift-s3", "s3-redshift"]


def results(run):
    return {layer["layer"]: layer["result"] for layer in run.json["layers"]}


def test_a_refused_call_fails_its_layer_and_skips_what_depends_on_it(dev_story):
    first = dev_story.runs[0]
    assert first.code == 1
    assert results(first) == {
        "static": "failed",
        "ddb-redshift": "skipped",
        "s3-redshift": "skipped",
        "redshift-s3": "skipped",
    }
    assert {layer["cause"] for layer in first.json["layers"] if layer["result"] == "skipped"} == {"static"}
    [static] = [layer for layer in first.json["layers"] if layer["layer"] == "static"]
    assert "not for you" in static["reason"]


def test_independent_layers_are_done_when_one_fails(dev_story):
    second = dev_story.runs[1]
    assert second.code == 1
    assert results(second) == {
        "static": "succeeded",
        "ddb-redshift": "succeeded",
        "s3-redshift": "failed",
        "redshift-s3": "succeeded",
    }


def test_the_next_run_finishes_the_rest(dev_applied):
    last = dev_applied.runs[-1]
    assert last.json["ok"] is True
    found = results(last)
    assert found.pop("s3-redshift") == "succeeded"
    assert set(found.values()) == {"unchanged"}


def test_what_exists_was_imported_and_not_created(dev_applied):
    said = "".join(run.stderr for run in dev_applied.runs)
    adopted = set(re.findall(r"^ +adopting (\S+) = ", said, re.MULTILINE))
    assert len(adopted) >= 30
    assert "module.databases.aws_dynamodb_table.orders" in adopted
    assert sum(run.json["changes"]["destroy"] for run in dev_applied.runs) == 0


def test_again_nothing_changes(dev_applied):
    again = dev_applied.workspace.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json")
    assert again.code == 0
    assert set(results(again).values()) == {"unchanged"}
    assert again.json["changes"] == {"add": 0, "change": 0, "destroy": 0, "import": 0}


def test_a_plan_with_detailed_exit_code_says_there_is_nothing(dev_applied):
    done = dev_applied.workspace.dpctl(
        "--sandbox", "plan", "--env", "dev", "--layer", "static", "--detailed-exitcode", "--json"
    )
    assert done.code == 0


def test_the_tree_stays_clean(dev_applied):
    assert list((dev_applied.workspace.root / "live").rglob("*.tf")) == []


def test_outputs_come_from_the_state(dev_applied):
    done = dev_applied.workspace.dpctl("--sandbox", "output", "--env", "dev", "--layer", "static", "--json")
    assert done.code == 0
    outputs = done.json["outputs"]
    assert outputs["vpc_id"] == "vpc-0c12017fa98cbab0d"
    assert outputs["orders_table_name"] == "Orders"
    one = dev_applied.workspace.dpctl("--sandbox", "output", "--env", "dev", "--layer", "static", "vpc_id")
    assert one.stdout == "vpc-0c12017fa98cbab0d\n"


def test_no_lock_is_left(dev_applied):
    s3 = dev_applied.aws.client("s3")
    bucket = "data-pipeline-tfstate-054158074701-ap-south-1"
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(keys) == [f"live/dev/{layer}/terraform.tfstate" for layer in sorted(LAYERS)]


def test_destroying_what_holds_data_is_refused_by_name(dev_applied):
    done = dev_applied.workspace.dpctl("--sandbox", "destroy", "--env", "dev", "--layer", "static", "--yes")
    assert done.code == 1
    for kind in ("aws_dynamodb_table", "aws_s3_bucket", "aws_redshiftserverless_namespace", "aws_cloudtrail"):
        assert kind in done.stderr
    assert "--allow-destroy" in done.stderr
    assert dev_applied.aws.client("dynamodb").list_tables()["TableNames"] == ["Orders"]


def test_without_credentials_the_error_names_the_sandbox(repo):
    from tests.integration.conftest import Workspace

    done = Workspace(repo).dpctl("apply", "--env", "dev", "--layer", "static", "--yes")
    assert done.code == 4
    assert done.stderr.count("Error:") == 1
    assert "--sandbox" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_leaves_no_process_and_no_lock(workspace, terraform):
    """Interrupted while Terraform applies: Terraform ends in order, and the next run finishes."""
    assert workspace.dpctl("sandbox", "start", "--env", "dev").code == 0
    argv = workspace.argv("--sandbox", "apply", "--env", "dev", "--layer", "static", "--yes")
    process = subprocess.Popen(
        argv, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, env=dict(os.environ)
    )
    try:
        wait_for(lambda: children(process.pid, "apply"), 1800, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=1200)
    finally:
        if process.poll() is None:
            process.kill()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert running_in(workspace.root, "terraform") == []
    environment = workspace.environment("dev")
    from dpctl import sandbox
    from dpctl.aws import Aws

    s3 = Aws(environment.config.region, sandbox.status(environment).environment()).client("s3")
    listed = s3.list_objects_v2(Bucket="data-pipeline-tfstate-054158074701-ap-south-1")
    assert [item["Key"] for item in listed.get("Contents", []) if item["Key"].endswith(".tflock")] == []


def processes():
    """Every process of this machine: pid, parent, words of its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            yield int(folder.name), parent, (folder / "cmdline").read_text(errors="replace").split("\0")
        except OSError:
            continue


def children(pid, word):
    """Descendants of a process with a word on their command line."""
    table = list(processes())
    family = {pid}
    for _ in range(5):
        family |= {child for child, parent, _ in table if parent in family}
    return [child for child, _, words in table if child in family - {pid} and word in words]


def running_in(root, name):
    """Processes of a program that work below a folder."""
    return [
        words
        for _, _, words in processes()
        if words and name in words[0] and any(str(root) in word for word in words)
    ]


def test_the_json_documents_keep_their_schema(dev_applied, repo):
    import jsonschema

    schema = json.loads((repo / "docs/schemas/run.schema.json").read_text(encoding="utf-8"))
    for run in dev_applied.runs:
        jsonschema.validate(run.json, schema)
