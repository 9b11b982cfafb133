"""The doctor where writes come by the stream, and by both ways."""

from __future__ import annotations

import pytest

from tests.integration.conftest import copy_tree
from tests.integration.wirings import Wiring, broken, once, policy_gone, script_gone
from tests.storm.flow import Flow

pytestmark = [pytest.mark.storm, pytest.mark.sandbox, pytest.mark.terraform]
FUNCTION, ROLE = "CaptureStream", "CaptureStreamRole"
ASSETS = "aws-glue-assets-054158074701-ap-south-1"


@pytest.fixture(scope="module")
def flow(repo, tmp_path_factory):
    """dev with ``capture.source: stream``, and all its layers."""
    found = Flow(copy_tree(repo, tmp_path_factory.mktemp("flow")))
    try:
        found.start("stream")
        done = found.dpctl("apply", "--layer", "s3-redshift", "--layer", "redshift-s3", "--yes")
        assert done.code == 0, done.stderr
        yield found
    finally:
        found.stop()


def doctor(flow, *options):
    done = flow.dpctl("doctor", "pipeline", "--json", *options)
    return done, {one["code"]: one for one in done.json["findings"]}


def bad(found):
    return {code: one["evidence"] for code, one in found.items() if one["result"] != "pass"}


def arrives(flow, lines):
    done, found = doctor(flow, "--active")

    assert (done.code, bad(found)) == (0, {})
    assert len(found["PD40"]["evidence"]) == lines
    assert done.json["calls"] <= 40
    return found


def test_an_event_comes_through_by_the_stream_alone(flow):
    found = arrives(flow, 3)

    assert "PD01" not in found
    assert FUNCTION in found["PD40"]["evidence"][0]


def mapping(flow, enabled):
    functions = flow.client("lambda")
    [one] = functions.list_event_source_mappings(FunctionName=FUNCTION)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=one["UUID"], Enabled=enabled)


def unread(flow):
    def breaks(_):
        mapping(flow, False)
        return lambda: mapping(flow, True)

    return Wiring("the mapping is off", "PD16", breaks)


HELD = once(
    "lambda", "put_function_concurrency", {"FunctionName": FUNCTION, "ReservedConcurrentExecutions": 0},
    ("delete_function_concurrency", {"FunctionName": FUNCTION}),
)  # fmt: skip
STOPS = [
    (unread, "nothing reads the table's stream"),
    (lambda _: Wiring("the function may not run", "PD16", HELD), "its reserved concurrency is 0"),
    (lambda _: Wiring("the function's role lost its policy", "PD08", policy_gone(ROLE)), FUNCTION),
    (lambda _: Wiring("the script is deleted", "PD09", script_gone), "the run of GlueTestjob FAILED"),
]  # fmt: skip


@pytest.mark.parametrize(("wiring", "says"), STOPS, ids=["mapping", "held", "role", "script"])
def test_where_an_event_of_the_stream_stops_is_said(flow, wiring, says):
    made = wiring(flow)
    with broken(flow.aws, made):
        done, found = doctor(flow, "--active")

    assert done.code == 1
    assert found["PD40"]["result"] == "fail"
    assert says in found["PD40"]["evidence"][-1]
    assert found[made.code]["result"] == "fail"
    for folder in ("pending", "dead-letter"):  # nothing of the event is left
        listed = flow.client("s3").list_objects_v2(Bucket=ASSETS, Prefix=f"capture/{folder}/")
        assert listed["KeyCount"] == 0


def test_both_sources_are_looked_at_in_forty_calls_and_an_event_comes_each_way(flow):
    flow.switch("both")

    found = arrives(flow, 6)

    assert {"PD01", "PD02", "PD03", "PD16"} <= set(found)
