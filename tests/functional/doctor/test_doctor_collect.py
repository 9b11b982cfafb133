"""collect against moto: what it asks, what it keeps, and what it does when AWS refuses."""

import json

import pytest

from dpctl.doctor import report
from dpctl.doctor import snapshot as s
from dpctl.doctor.collect import collect
from dpctl.doctor.diagnosis import diagnose
from dpctl.doctor.target import Target
from dpctl.errors import AccessError
from tests.functional.doctor import account_in_moto as moto_account
from tests.functional.doctor.account_in_moto import NAME, REGION

# The read-only operations of the doctor's policy (docs/doctor.md); nothing else may be called.
READ_ONLY = ("describe_", "get_", "list_", "simulate_")


@pytest.fixture(scope="module")
def shared():
    with moto_account.healthy_account() as made:
        yield made


@pytest.fixture
def account(shared):
    """An account that the test only reads."""
    clients, _, _ = shared
    clients.denied = {}
    clients.calls.clear()
    return shared


def failing(diagnosis):
    return [one.code for one in diagnosis.findings if one.result == "fail"]


def test_a_healthy_account_is_healthy_and_took_few_calls(account):
    clients, target, _ = account

    snapshot = collect(clients, target)

    assert snapshot.unknown == {}
    assert failing(diagnose(snapshot)) == []
    assert diagnose(snapshot).verdict is None
    assert snapshot.calls == sum(clients.calls.values()) <= 25
    assert [one for one in clients.calls if not one[1].startswith(READ_ONLY)] == []


def test_one_describe_for_each_kind_of_thing(account):
    clients, target, _ = account

    collect(clients, target)

    more = {call: count for call, count in clients.calls.items() if count > 1}
    assert more == {("ec2", "describe_vpc_attribute"): 2, ("iam", "simulate_principal_policy"): 2}


def test_nothing_secret_gets_into_the_snapshot(account):
    clients, target, _ = account

    snapshot = collect(clients, target, deep=True)

    text = json.dumps(s.to_document(snapshot))
    assert "hunter2" not in text
    assert snapshot[s.SECRET_KEYS].keys == ("host", "password", "username")
    assert failing(diagnose(snapshot)) == []


def test_a_snapshot_survives_its_file(account, tmp_path):
    clients, target, _ = account
    snapshot = collect(clients, target, deep=True)

    s.save(snapshot, tmp_path / "s.json")

    assert s.load(tmp_path / "s.json") == snapshot
    assert (tmp_path / "s.json").stat().st_mode & 0o777 == 0o600


def test_every_permission_denied_in_turn_completes_and_breaks_nothing(account):
    clients, target, _ = account
    collect(clients, target)
    asked = list(clients.calls)
    assert len(asked) >= 18

    for number, (service, operation) in enumerate(asked):
        code = ("AccessDenied", "ThrottlingException", "InternalFailure")[number % 3]
        clients.denied = {(service, operation): code}
        snapshot = collect(clients, target)
        diagnosis = diagnose(snapshot)
        assert failing(diagnosis) == [], (service, operation, code)
        assert diagnosis.verdict is None
        assert snapshot.unknown, (service, operation)
        words = "Not seen for want of" if code == "AccessDenied" else "Not seen because AWS did not answer"
        assert words in report.text(diagnosis)
        assert diagnosis.exit_code() == 4, (service, operation, code)


def test_everything_denied_still_completes(account):
    clients, target, _ = account
    collect(clients, target)
    clients.denied = dict.fromkeys(clients.calls, "AccessDeniedException")

    snapshot = collect(clients, target)
    diagnosis = diagnose(snapshot)

    assert failing(diagnosis) == []
    text = report.text(diagnosis)
    for permission in ("glue:GetConnection", "ec2:DescribeSubnets", "sts:GetCallerIdentity"):
        assert permission in text


def test_no_login_is_an_error_with_a_hint(account):
    clients, target, _ = account
    clients.denied = {("sts", "get_caller_identity"): "ExpiredToken"}

    with pytest.raises(AccessError) as caught:
        collect(clients, target)

    assert caught.value.exit_code == 4
    assert caught.value.hint


def test_a_missing_connection_names_the_ones_that_are_there(account):
    clients, target, _ = account

    diagnosis = diagnose(collect(clients, Target("Redshift conection", REGION, target.expected)))

    assert diagnosis.verdict.code == "GC01"
    assert NAME in report.text(diagnosis)


def test_a_connection_outside_the_live_tree_needs_no_expectations(account):
    clients, _, _ = account

    diagnosis = diagnose(collect(clients, Target(NAME, REGION)))

    assert failing(diagnosis) == []
    assert next(one for one in diagnosis.findings if one.code == "GC05").result == "skip"
