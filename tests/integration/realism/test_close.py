"""A sandbox that is closed leaves nothing of its own behind in the process."""

from __future__ import annotations

from moto.core import utils
from moto.stepfunctions.parser.asl.utils import boto_client

from dpctl.config import load_environment
from dpctl.sandbox import server
from dpctl.sandbox.realism import Realism
from dpctl.sandbox.services import settling

DAY = 86_400


def ahead() -> float:
    """The seconds that moto's time is ahead of the machine's."""
    return (utils.utcnow() - utils.plain_utcnow()).total_seconds()


def test_moto_is_as_before_once_the_sandbox_is_closed(repo, tmp_path):
    found = server.listen(
        load_environment(repo, "dev"), "empty", tmp_path / "data", realism=Realism("aws", 1)
    )
    account = found.front.account
    definition = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'
    try:
        settling.advance(account, {"advance_seconds": 3 * DAY})
        account.client("iam").create_role(RoleName="machine", AssumeRolePolicyDocument="{}")
        machine = account.client("stepfunctions").create_state_machine(
            name="machine", definition=definition, roleArn=account.arn("iam", "role/machine")
        )
        account.client("stepfunctions").start_execution(stateMachineArn=machine["stateMachineArn"])
        assert ahead() > 2 * DAY
        assert boto_client.boto_client_for is not boto_client.plain_client_for
    finally:
        found.close()
    assert abs(ahead()) < DAY
    assert boto_client.boto_client_for is boto_client.plain_client_for
