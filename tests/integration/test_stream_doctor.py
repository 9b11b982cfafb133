"""The doctor where the table's stream is followed: beside the trail, and alone."""

from __future__ import annotations

import pytest

from dpctl import sandbox
from dpctl.aws import Aws
from tests.integration.conftest import Story, copy_tree, stop_all
from tests.integration.wirings import ASSETS, JOB, once, policy_gone, script_gone

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.terraform,
    pytest.mark.storm,
    pytest.mark.xdist_group("followed"),
]
DOCTOR = ("--sandbox", "doctor", "pipeline", "--env", "dev", "--json")
APPLY = ("--sandbox", "apply", "--env", "dev", "--yes")
FUNCTION, FUNCTION_ROLE = "CaptureStream", "CaptureStreamRole"


@pytest.fixture(scope="module")
def both(repo, tmp_path_factory, terraform):
    """dev, applied with ``capture.source: both``, and its tables."""
    made = copy_tree(repo, tmp_path_factory.mktemp("followed"))
    try:
        assert made.dpctl("sandbox", "start", "--env", "dev").code == 0
        made.edit("dev", ("  source: cloudtrail #", "  source: both #"))
        run = made.dpctl(*APPLY, timeout=1800)
        assert run.code == 0, run.stderr[-4000:]
        tables = made.dpctl("--sandbox", "tables", "apply", "--env", "dev", "--yes")
        assert tables.code == 0, tables.stderr[-2000:]
        environment = made.environment("dev")
        running = sandbox.status(environment)
        assert running is not None
        yield Story(made, Aws(environment.config.region, running.environment()), [run])
    finally:
        stop_all(made)


@pytest.fixture(scope="module")
def stream(both):
    """The same, with the stream alone."""
    both.workspace.edit("dev", ("  source: both #", "  source: stream #"))
    run = both.workspace.dpctl(*APPLY, timeout=1800)
    assert run.code == 0, run.stderr[-4000:]
    return both


def found(done):
    return {one["code"]: one for one in done.json["findings"]}


def test_both_sources_are_looked_at_in_at_most_forty_calls(both):
    done = both.workspace.dpctl(*DOCTOR)

    assert done.code == 0, done.stdout[-4000:]
    assert {"PD02", "PD03", "PD16"} <= set(found(done))
    assert done.json["calls"] <= 40


def test_an_event_comes_through_the_stream_alone(stream):
    done = stream.workspace.dpctl(*DOCTOR, "--active")

    assert done.code == 0, done.stdout[-4000:]
    assert found(done)["PD40"]["result"] == "pass"
    assert "PD03" not in found(done)
    assert done.json["calls"] <= 40


def mapping_off(aws):
    lambda_ = aws.client("lambda")
    [one] = lambda_.list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]
    lambda_.update_event_source_mapping(UUID=one["UUID"], Enabled=False)
    return lambda: lambda_.update_event_source_mapping(UUID=one["UUID"], Enabled=True)


def failing_script(aws):
    s3, key = aws.client("s3"), f"scripts/{JOB}.py"
    body = s3.get_object(Bucket=ASSETS, Key=key)["Body"].read()
    s3.put_object(Bucket=ASSETS, Key=key, Body=b"raise SystemExit('not today')\n")
    return lambda: s3.put_object(Bucket=ASSETS, Key=key, Body=body)


CONCURRENCY = once(
    "lambda", "put_function_concurrency", {"FunctionName": FUNCTION, "ReservedConcurrentExecutions": 0},
    ("delete_function_concurrency", {"FunctionName": FUNCTION}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("breaks", "code", "said"),
    [
        (mapping_off, "PD16", "nothing reads the table's stream"),
        (CONCURRENCY, "PD16", ""),
        (policy_gone(FUNCTION_ROLE), "PD08", "could not record the key"),
        (failing_script, "", f"the run of {JOB}"),
        (script_gone, "PD09", f"the run of {JOB}"),
    ],
    ids=["mapping off", "no concurrency", "role without policy", "script fails", "script gone"],
)
def test_where_it_stopped_is_said(stream, breaks, code, said):
    undo = breaks(stream.aws)
    try:
        done = stream.workspace.dpctl(*DOCTOR, "--active")
    finally:
        undo()

    assert done.code == 1, done.stdout[-2000:] + done.stderr[-2000:]
    stopped = found(done)["PD40"]
    assert stopped["result"] == "fail", stopped
    assert said in " ".join(stopped["evidence"]), stopped
    assert not code or found(done)[code]["result"] == "fail"
