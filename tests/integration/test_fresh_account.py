"""prod: an empty account, where the same modules create everything; and taking it down again."""

from __future__ import annotations

import re
import shlex

import pytest

from dpctl import sandbox
from dpctl.aws import Aws
from tests.integration.conftest import Story, copy_tree, stop_all

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform, pytest.mark.slow, pytest.mark.xdist_group("prod")]


@pytest.fixture(scope="module")
def prod(repo, tmp_path_factory, terraform):
    """All four layers of prod, created in an empty account."""
    made = copy_tree(repo, tmp_path_factory.mktemp("prod"))
    environment = made.environment("prod")
    try:
        assert made.dpctl("sandbox", "start", "--env", "prod", "--account", "empty").code == 0
        run = made.dpctl("--sandbox", "apply", "--env", "prod", "--yes", "--json", timeout=1200)
        running = sandbox.status(environment)
        assert running is not None
        yield Story(made, Aws(environment.config.region, running.environment()), [run])
    finally:
        stop_all(made)


def test_everything_is_created_and_nothing_imported(prod):
    [run] = prod.runs
    assert run.code == 0, run.stderr[-8000:]
    assert run.json["changes"]["import"] == 0
    assert run.json["changes"]["add"] > 100
    assert {layer["result"] for layer in run.json["layers"]} == {"succeeded"}


def test_names_carry_the_prefix(prod):
    assert prod.aws.client("dynamodb").list_tables()["TableNames"] == ["data-pipeline-prod-Orders"]
    names = [bucket["Name"] for bucket in prod.aws.client("s3").list_buckets()["Buckets"]]
    assert all(name.startswith("data-pipeline-") for name in names)


def test_again_nothing_changes(prod):
    again = prod.workspace.dpctl("--sandbox", "apply", "--env", "prod", "--yes", "--json")
    assert again.code == 0
    assert {layer["layer"]: layer["result"] for layer in again.json["layers"]} == dict.fromkeys(
        ("static", "ddb-redshift", "s3-redshift", "redshift-s3"), "unchanged"
    )


def test_a_bucket_that_was_made_half_way_is_kept(prod):
    """Terraform would replace it, and what lies in it; the line that is printed keeps it."""
    bucket = 'module.storage.aws_s3_bucket.this["source"]'
    work = prod.workspace.root / ".dpctl/units/prod/static-sandbox/modules/static-infrastructure"
    taint = ("terraform", f"-chdir={work}", "taint", bucket)
    assert prod.workspace.dpctl("sandbox", "exec", "--env", "prod", "--", *taint).code == 0
    apply = ("--sandbox", "apply", "--env", "prod", "--layer", "static", "--yes")
    refused = prod.workspace.dpctl(*apply)
    assert refused.code == 1
    assert f"-/+ {bucket} (tainted)" in refused.stderr
    printed = re.search(
        r"^Try: dpctl (.* state untaint .*?), which keeps what was made", refused.stderr, re.M
    )
    assert printed is not None, refused.stderr
    assert prod.workspace.dpctl(*shlex.split(printed[1]), "--yes").code == 0
    again = prod.workspace.dpctl(*shlex.split(printed[1]), "--yes")
    assert again.code == 1
    assert f"prod/static: Terraform did not take the mark off {bucket}." in again.stderr
    assert "tainted" in again.stderr.partition(bucket)[2]  # as Terraform says why
    assert prod.workspace.dpctl(*apply, "--json").json["layers"][0]["result"] == "unchanged"


def test_destroy_goes_from_the_leaves_and_stops_before_what_holds_data(prod):
    """Runs last: the export bucket and the static layer's databases are refused by name."""
    done = prod.workspace.dpctl("--sandbox", "destroy", "--env", "prod", "--yes", "--json")
    assert done.code == 1
    found = {layer["layer"]: layer["result"] for layer in done.json["layers"]}
    assert found["ddb-redshift"] == "succeeded"
    assert found["s3-redshift"] == "succeeded"
    assert found["static"] in {"failed", "skipped"}
    assert prod.aws.client("dynamodb").list_tables()["TableNames"] == ["data-pipeline-prod-Orders"]
