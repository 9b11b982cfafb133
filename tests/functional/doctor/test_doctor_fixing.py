"""Fixing by API calls against moto, with a Glue that tests and updates connections: done, or taken back."""

import boto3
import pytest
from moto import mock_aws

from dpctl.doctor import active, fixes
from dpctl.doctor.collect import collect
from dpctl.doctor.diagnosis import diagnose
from dpctl.doctor.fixing import Fixer
from dpctl.doctor.target import Target
from dpctl.errors import DpctlError
from tests.functional.doctor import account_in_moto as moto_account
from tests.functional.doctor.account_in_moto import NAME, REGION, refusal


class Glue:
    """moto's Glue, with the two operations it lacks; ``answers`` are the statuses after a test, in order."""

    def __init__(self, glue, answers=("READY",)):
        self._glue = glue
        self.connection = glue.get_connection(Name=NAME)["Connection"]
        self.answers = list(answers)
        self.updates = []
        self.tested = 0

    def __getattr__(self, name):
        return getattr(self._glue, name)

    def get_connection(self, **_):
        return {"Connection": dict(self.connection)}

    def update_connection(self, Name, ConnectionInput):
        self.updates.append(ConnectionInput)
        self.connection |= ConnectionInput

    def test_connection(self, ConnectionName):
        self.tested += 1
        self.connection |= {"Status": self.answers.pop(0), "LastConnectionValidationTime": self.tested}


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        clients, names = moto_account.build()
        glue = Glue(boto3.client("glue", region_name=REGION))
        clients.special["glue"] = glue
        ec2 = boto3.client("ec2", region_name=REGION)
        public = ec2.create_subnet(
            VpcId=names["vpc"], CidrBlock="10.11.0.0/24", AvailabilityZone=REGION + "a"
        )
        names["public"] = public["Subnet"]["SubnetId"]
        fence(ec2, names)  # an ACL is nothing the doctor changes: only a move helps
        place = glue.connection["PhysicalConnectionRequirements"]
        glue.connection |= {
            "Status": "FAILED",
            "StatusReason": "Could not find S3 endpoint or NAT gateway for subnetId",
            "PhysicalConnectionRequirements": {**place, "SubnetId": names["public"]},
        }
        yield clients, glue, names, ec2


def fence(ec2, names):
    closed = ec2.create_network_acl(VpcId=names["vpc"])["NetworkAcl"]["NetworkAclId"]
    where = [{"Name": "association.subnet-id", "Values": [names["public"]]}]
    now = ec2.describe_network_acls(Filters=where)["NetworkAcls"][0]["Associations"]
    mine = next(one for one in now if one["SubnetId"] == names["public"])
    ec2.replace_network_acl_association(AssociationId=mine["NetworkAclAssociationId"], NetworkAclId=closed)


def plan_for(clients):
    return fixes.make(diagnose(collect(clients, Target(NAME, REGION))))


def close(ec2, group):
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rules)


def test_the_connection_moves_and_is_ready(account):
    clients, glue, names, _ = account
    plan = plan_for(clients)
    said = []
    fixer = Fixer(clients, NAME, None, said.append)

    fixer.carry_out(plan, None)
    tested = fixer.test()

    assert tested.ok
    assert glue.connection["PhysicalConnectionRequirements"]["SubnetId"] in names["subnets"]
    assert glue.updates[0]["ConnectionProperties"]["SECRET_ID"] == names["secret"]
    again = diagnose(collect(clients, Target(NAME, REGION)))
    assert again.ok()
    assert len(fixer.done) == len(plan.calls) == len(said)


def test_what_was_begun_is_taken_back_when_a_later_call_is_refused(account):
    clients, glue, names, ec2 = account
    close(ec2, names["guard"])
    plan = plan_for(clients)
    assert {call.operation for call in plan.calls} == {
        "update_connection",
        "authorize_security_group_ingress",
    }
    last = plan.calls[-1]
    clients.denied = {(last.service, last.operation): "UnauthorizedOperation"}

    with pytest.raises(DpctlError) as caught:
        Fixer(clients, NAME, None, lambda _: None).carry_out(plan, None)

    assert "Taken back" in caught.value.why
    assert glue.connection["PhysicalConnectionRequirements"]["SubnetId"] == names["public"]
    assert ec2.describe_security_groups(GroupIds=[names["guard"]])["SecurityGroups"][0]["IpPermissions"] == []


def test_what_cannot_be_taken_back_is_said(account):
    clients, glue, names, ec2 = account
    close(ec2, names["guard"])
    plan = plan_for(clients)
    clients.denied = {("ec2", "authorize_security_group_ingress"): "UnauthorizedOperation"}
    glue.update_connection = refuse_second(glue)

    with pytest.raises(DpctlError) as caught:
        Fixer(clients, NAME, None, lambda _: None).carry_out(plan, None)

    assert "NOT taken back" in caught.value.why


def refuse_second(glue):
    real, count = glue.update_connection, []

    def update_connection(**params):
        count.append(1)
        if len(count) > 1:
            raise refusal("AccessDeniedException", "UpdateConnection")
        real(**params)

    return update_connection


def test_env_yaml_is_put_back_when_a_layer_fails(account, tmp_path):
    clients, _, _, _ = account
    file = tmp_path / "env.yaml"
    file.write_text("before\n", encoding="utf-8")
    plan = fixes.Plan((fixes.Remedy("x", lambda one: one, layers=("static",)),), ())

    def apply(*_):
        assert file.read_text(encoding="utf-8") == "after\n"
        raise DpctlError("terraform failed")

    with pytest.raises(DpctlError) as caught:
        Fixer(clients, NAME, apply, lambda _: None).carry_out(plan, fixes.Edit(file, "before\n", "after\n"))

    assert file.read_text(encoding="utf-8") == "before\n"
    assert "Taken back: env.yaml is as it was." in caught.value.why


def test_a_test_waits_for_its_own_result_and_no_longer_than_the_deadline(account):
    clients, glue, _, _ = account
    states = iter(["FAILED", "IN_PROGRESS", "IN_PROGRESS", "READY"])
    glue.get_connection = lambda **_: {
        "Connection": {"Status": next(states), "LastConnectionValidationTime": 7}
    }
    glue.test_connection = lambda **_: None
    naps = []

    tested = active.ask_glue(clients, NAME, sleep=naps.append, clock=lambda: 0.0)

    assert tested.ok
    assert len(naps) == 2

    ticks = iter(range(0, 10_000, 100))
    glue.get_connection = lambda **_: {"Connection": {"Status": "IN_PROGRESS"}}
    late = active.ask_glue(clients, NAME, deadline=600, sleep=naps.append, clock=lambda: float(next(ticks)))
    assert not late.ok
    assert "no result after 600 s" in late.text
