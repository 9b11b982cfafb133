"""The doctor on the replica of the account: the verdict, the fixing through Terraform, and the proof."""

import json

import jsonschema
import pytest

from dpctl import sandbox
from tests.integration.conftest import copy_tree, denied, faults, stop_all

pytestmark = pytest.mark.sandbox
DOCTOR = ("--sandbox", "doctor", "glue-connection", "--env", "dev")


@pytest.fixture(scope="module")
def replica(repo, tmp_path_factory):
    """A replica nobody has applied anything to."""
    made = copy_tree(repo, tmp_path_factory.mktemp("doctor"))
    yield made
    stop_all(made)


@pytest.fixture(autouse=True)
def no_faults(replica):
    yield
    if sandbox.status(replica.environment("dev")):
        faults(replica.environment("dev"))


def test_the_replica_is_diagnosed(replica, repo):
    done = replica.dpctl(*DOCTOR, "--json")

    assert done.code == 1, done.stderr
    document = done.json
    schema = json.loads((repo / "docs" / "schemas" / "doctor.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["status"] == "FAILED"
    assert document["verdict"]["code"] == "GC08"
    assert document["verdict"]["cause"] == "GC05"
    assert document["verdict"]["also"] == []
    assert document["missing_permissions"] == []
    assert document["calls"] <= 25
    sts = next(path for path in document["paths"] if path["to"] == "sts")
    end = next(hop for hop in sts["hops"] if hop["outcome"] == "blocked")
    assert (end["kind"], end["code"]) == ("route", "GC08")
    assert "igw-" in end["text"]


def test_the_text_shows_the_path_to_the_hop_where_it_dies(replica):
    done = replica.dpctl(*DOCTOR)

    assert done.code == 1
    assert "Verdict  GC08  A public route: Glue's network interfaces have no public address." in done.stdout
    assert "Because  GC05" in done.stdout
    assert "The way to sts.ap-south-1.amazonaws.com:443" in done.stdout
    assert "<- it ends here (GC08)" in done.stdout


def test_a_snapshot_gives_the_same_answer_without_aws(replica, tmp_path):
    file = str(tmp_path / "snapshot.json")
    first = replica.dpctl(*DOCTOR, "--json", "--snapshot", file)
    again = replica.dpctl("doctor", "glue-connection", "--from-snapshot", file, "--json")

    assert again.json == first.json
    assert "password" not in (tmp_path / "snapshot.json").read_text().lower().replace(
        "passwords_encrypted", ""
    ).replace("plaintext_password", "")


def test_the_sandbox_s_own_test_agrees(replica):
    done = replica.dpctl(*DOCTOR, "--active", "--only", "GC40", "--only", "GC01", "--json")

    results = {one["code"]: one["result"] for one in done.json["findings"]}
    assert results == {"GC01": "fail", "GC40": "fail"}
    assert "sts" in done.json["reason"].lower()


def test_a_refused_call_is_named_and_breaks_nothing_else(replica):
    faults(replica.environment("dev"), denied("ec2", "DescribeVpcEndpoints"))

    done = replica.dpctl(*DOCTOR, "--json")

    results = {one["code"]: one["result"] for one in done.json["findings"]}
    assert done.json["missing_permissions"] == ["ec2:DescribeVpcEndpoints"]
    assert results["GC12"] == "error"
    assert results["GC17"] == "pass"


def test_nobody_to_ask_changes_nothing(replica):
    done = replica.dpctl(*DOCTOR, "--fix")

    assert done.code == 2
    assert "--yes" in done.stderr
    assert "The plan" in done.stderr
    assert replica.dpctl(*DOCTOR, "--json").json["status"] == "FAILED"


def test_a_connection_outside_the_live_tree_is_fixed_by_api_calls(workspace):
    outside = ("--sandbox", "doctor", "glue-connection", "--connection", "Redshift connection")
    outside = (*outside, "--region", "ap-south-1")

    fixed = workspace.dpctl(*outside, "--fix", "--yes", "--json")

    assert fixed.code == 0, fixed.stderr[-4000:]
    assert fixed.json["status"] == "READY"
    assert len(fixed.json["fixed"]) == 3  # STS, Secrets Manager, S3
    assert "a month" in fixed.stderr
    assert workspace.dpctl(*outside, "--json").code == 0


def test_the_pipeline_of_an_account_that_nobody_has_touched_is_examined(replica):
    done = replica.dpctl("--sandbox", "doctor", "pipeline", "--env", "dev", "--json")

    results = {one["code"]: one["result"] for one in done.json["findings"]}
    assert set(results) >= {f"PD{number:02}" for number in range(1, 16)}
    assert "error" not in results.values()
    assert done.code == (1 if "fail" in results.values() else 0)
    assert {results[code] for code in ("PD01", "PD10", "PD11")} == {"pass"}


@pytest.mark.terraform
@pytest.mark.slow
def test_fix_fixes_a_connection_that_is_kept_as_it_is_and_it_is_ready(replica, terraform):
    fixed = replica.dpctl(*DOCTOR, "--fix", "--yes", "--json")

    assert fixed.code == 0, fixed.stderr[-4000:]
    document = fixed.json
    assert document["ok"]
    assert document["status"] == "READY"
    assert document["verdict"] is None
    moved, applied = document["fixed"]
    assert moved.startswith("move the connection from subnet-01830492b092ae6cf to subnet-")
    assert applied == "applied static"
    assert "$38 a month more" in fixed.stderr  # two endpoints in two zones, not six
    assert "static has more that env.yaml asks for, and none of it was done" in fixed.stderr
    assert "Glue says: READY" in fixed.stderr

    second = replica.dpctl(*DOCTOR, "--json", "--fail-on", "warn")
    assert second.code == 0, second.stdout[-4000:]
    assert second.json["findings"][5]["result"] == "pass"  # GC05: a private subnet

    # the rest of the layer is still to do, and what waits for its outputs waits
    plan = replica.dpctl(
        "--sandbox", "plan", "--env", "dev", "--layer", "static", "--layer", "ddb-redshift", "--json"
    )
    assert plan.code == 0, plan.stderr[-4000:]
    static, capture = plan.json["layers"]
    assert static["changes"]["add"] > 10
    assert static["changes"]["destroy"] == 0
    assert capture["estimated"]
