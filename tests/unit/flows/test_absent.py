"""What is not there is said to be so; nobody is sent to look for it who may only not see it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from dpctl.cli import app
from dpctl.cli.factory import App
from dpctl.config import load_environment
from dpctl.flows import folders
from dpctl.flows.status import Status, look, next_step
from tests.unit.flows.test_flows import NOW, account, listed

CODES = {  # operation: how AWS says that there is none, the hop, and what it is called
    "describe_table": ("ResourceNotFoundException", "table", "Orders"),
    "describe_rule": ("ResourceNotFoundException", "events", "the rule dynamodb-insert"),
    "get_job_runs": ("EntityNotFoundException", "job", "the job GlueTestjob"),
    "get_workgroup": ("ResourceNotFoundException", "redshift", "the workgroup default-workgroup"),
}
STATES = "data-pipeline-tfstate-054158074701-ap-south-1"


def refusing(code: str) -> Any:
    def answer(_: dict[str, Any]) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Any")

    return answer


def states(answer: Any) -> Any:
    """What the bucket of states answers; nothing waits or was given up in the others."""
    others = listed()

    def answered(params: dict[str, Any]) -> Any:
        if params["Bucket"] == STATES:
            return answer(params)
        return {} if params["Prefix"] == folders.DEAD else others(params)

    return answered


def applied(_: dict[str, Any]) -> Any:
    return {"Contents": [{"Key": "live/dev/static/terraform.tfstate", "LastModified": NOW}]}


def seen(repo, answer: Any, **changes: Any) -> Status:
    found = account(**{"list_objects_v2": states(answer), "receive_message": {}, **changes})
    return look(load_environment(repo, "dev"), found, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("operation", CODES)
def test_what_is_missing_of_an_applied_pipeline_is_stuck(repo, operation) -> None:
    code, hop, name = CODES[operation]
    status = seen(repo, applied, **{operation: refusing(code)})
    assert {one.hop: one.detail for one in status.chain if one.state == "stuck"} == {
        hop: f"{name} is not there"
    }
    assert (status.ok, status.next) == (False, f"{name} is not there: dpctl plan --env dev")


@pytest.mark.parametrize("operation", CODES)
@pytest.mark.parametrize("bucket", ["NoSuchBucket", "empty"])
def test_before_the_first_apply_it_is_not_missed(repo, operation, bucket) -> None:
    code, hop, name = CODES[operation]
    nothing = refusing(bucket) if bucket != "empty" else lambda _: {}
    status = seen(repo, nothing, **{operation: refusing(code)})
    assert {one.hop: one.detail for one in status.chain if one.state == "unknown"} == {
        hop: f"{name} is not there"
    }
    assert (status.ok, status.next) == (True, "No layer is applied: dpctl apply --env dev")


@pytest.mark.parametrize("operation", CODES)
def test_what_may_not_be_seen_is_not_called_missing(repo, operation) -> None:
    _, hop, name = CODES[operation]
    status = seen(repo, applied, **{operation: refusing("AccessDenied")})
    assert {one.hop: one.detail for one in status.chain if one.state == "unknown"} == {
        hop: f"{name} cannot be seen"
    }
    assert status.ok


def test_rows_that_are_counted_too_do_not_hide_that_no_layer_is_applied(repo) -> None:
    """`status --rows` says anew what to do next."""
    assert next_step(seen(repo, lambda _: {})) == "No layer is applied: dpctl apply --env dev"


def test_who_may_not_list_the_states_is_not_told_that_no_layer_is_applied(repo) -> None:
    assert seen(repo, refusing("AccessDenied")).next == "Nothing."


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_to_do_next_goes_where_this_run_went(repo, monkeypatch, form) -> None:
    found = account(list_objects_v2=states(applied), get_workgroup=refusing("ResourceNotFoundException"))
    monkeypatch.setattr(App, "aws", lambda *_: found)
    done = CliRunner().invoke(app, ["--root", str(repo), "status", "--env", "dev", *form])
    assert f"default-workgroup is not there: dpctl --root {repo} plan --env dev" in done.stdout
