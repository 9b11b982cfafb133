"""The plan is the least change that works, tried on the snapshot."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dpctl.doctor import aims, fixes, report
from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import diagnose
from dpctl.doctor.remedies import Remedy
from dpctl.doctor.update import CannotCarry, changed, connection_input
from dpctl.doctor.whatif import chain
from dpctl.errors import UsageError
from dpctl.layers import LAYERS
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import account, edit, failed, ingress, place, put, rule
from tests.unit.doctor.scenarios import ALONE, with_unknown

MODULES = {
    "static": "static-infrastructure",
    "ddb-redshift": "dynamodb-to-redshift",
    "s3-redshift": "s3-to-redshift",
    "redshift-s3": "redshift-to-s3",
}
OUTSIDE = put(s.EXPECTED, None)


def plan_of(snapshot):
    return fixes.make(diagnose(snapshot))


def after(snapshot, plan):
    return diagnose(chain(*(remedy.effect for remedy in plan.remedies))(snapshot))


def broken(diagnosis):
    return {one.code for one in diagnosis.findings if one.result == "fail"} - {"GC01"}


def test_a_healthy_account_needs_nothing():
    plan = plan_of(a.endpoints_account())

    assert plan.empty
    assert not plan.retest


def test_a_stale_status_needs_only_a_test():
    plan = plan_of(account(a.endpoints_account, failed()))

    assert plan.empty
    assert plan.retest


def test_an_existing_subnet_with_a_way_out_comes_before_new_endpoints():
    plan = plan_of(account(a.nat_account, place(a.PUBLIC), failed()))

    assert (plan.layers, plan.subnet, plan.monthly, plan.calls) == (("ddb-redshift",), a.A, 0.0, ())
    assert plan.left == ()


def test_the_second_subnet_is_taken_when_the_first_has_no_way_out():
    plan = plan_of(account(a.nat_account, a.routes("rtb-a"), place(a.PUBLIC), failed()))

    assert plan.subnet == a.B
    assert plan.monthly == 0.0


def test_the_replica_needs_endpoints_and_a_move_and_says_what_they_cost():
    snapshot = a.replica_account()
    plan = plan_of(snapshot)

    assert plan.layers == ("static", "ddb-redshift")
    assert plan.subnet == a.A
    assert plan.monthly == pytest.approx(2 * 2 * 0.013 * 730)
    assert broken(after(snapshot, plan)) == set()
    text = fixes.describe(plan, None, "dev")
    assert "$38 a month" in text
    assert "NAT gateway" in text
    assert "dpctl apply --env dev --layer static --layer ddb-redshift --target" in text
    assert plan.targets == (*aims.S3, *aims.endpoints(["sts", "secretsmanager"]), aims.CONNECTION)
    every = next(one for one in plan.others if aims.NETWORK in one.targets)  # all of it can be chosen
    assert every.monthly == pytest.approx(6 * 2 * 0.013 * 730)
    assert fixes.choose(plan, 2 + plan.others.index(every)).targets == every.targets
    assert not any(one.does(plan) for one in plan.others)


def managed(*changes):
    kept = a.endpoints_account()[s.EXPECTED]
    return account(a.endpoints_account, put(s.EXPECTED, replace(kept, managed=True)), *changes, failed(""))


def without_sts(snapshot):
    return snapshot.having(s.ENDPOINTS, tuple(one for one in snapshot[s.ENDPOINTS] if one.id != "vpce-sts"))


def without_s3(snapshot):
    rest = tuple(one for one in snapshot[s.ENDPOINTS] if not one.service.endswith(".s3"))
    return snapshot.having(s.ENDPOINTS, rest)


@pytest.mark.parametrize(
    ("fault", "targets"),
    [
        (ingress(a.DATABASE_GROUP), aims.SELF_RULES),
        (without_s3, aims.S3),
        (edit(s.WAREHOUSE, port=5440), (aims.CONNECTION,)),
        (ingress(a.ENDPOINT_GROUP), None),
    ],
)
def test_only_what_heals_the_fault_is_applied(fault, targets):
    snapshot = managed(fault)

    plan = plan_of(snapshot)

    assert plan.targets == (targets or ())
    assert bool(plan.calls) == (targets is None)  # a rule that Terraform does not know of
    assert broken(after(snapshot, plan)) == set()
    assert plan.monthly == 0


def test_an_endpoint_that_is_there_is_no_target():
    plan = plan_of(managed(without_sts))

    assert plan.targets == aims.endpoints(["sts"])
    assert plan.monthly == pytest.approx(2 * 0.013 * 730)


def test_a_layer_that_one_remedy_needs_whole_is_applied_whole():
    part = Remedy("a", lambda one: one, layers=("static",), targets=aims.S3)
    whole = Remedy("b", lambda one: one, layers=("static",))
    move = Remedy("c", lambda one: one, layers=("ddb-redshift",), targets=(aims.CONNECTION,))

    assert fixes.Plan((part, move), ()).targets == (*aims.S3, aims.CONNECTION)
    assert fixes.Plan((part, whole, move), ()).targets == (aims.CONNECTION,)


def every_aim():
    yield from (*aims.SELF_RULES, *aims.S3, *aims.endpoints(["sts"]), aims.CONNECTION, aims.NETWORK)
    yield from (
        *aims.QUEUE,
        *aims.DUMP_QUEUE,
        *aims.COPY_QUEUE,
        aims.MACHINE,
        aims.SWEEPER_MACHINE,
        aims.TABLE,
    )
    for targets in aims.CHECKS.values():
        yield from targets
    for kind in aims.ROLES:
        yield from aims.of_role(kind, "some")


@pytest.mark.parametrize("aim", sorted(set(every_aim())))
def test_every_address_that_heals_is_one_of_the_modules(repo, aim):
    layer, _, address = aim.partition(":")
    assert layer in LAYERS
    folder, parts = repo / "modules" / MODULES[layer], [part.split("[")[0] for part in address.split(".")]
    while parts[:1] == ["module"]:
        text = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.tf"))
        found = re.search(rf'^module "{parts[1]}" \{{\n\s*source\s*=\s*"\./([\w-]+)"', text, re.MULTILINE)
        assert found, aim
        folder, parts = folder / found[1], parts[2:]
    text = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.tf"))
    assert not parts or f'resource "{parts[0]}" "{parts[1]}"' in text, aim


def test_where_the_network_was_never_applied_and_the_connection_needs_it_the_price_is_that_of_all():
    snapshot = a.replica_account()

    plan = fixes.make(diagnose(snapshot), frozenset({"static"}))

    assert plan.layers == ("static", "ddb-redshift")
    assert plan.targets == (aims.CONNECTION,)
    assert plan.monthly == pytest.approx(6 * 2 * 0.013 * 730)
    assert broken(after(snapshot, plan)) == set()
    kept = account(a.replica_account, edit(s.EXPECTED, managed=False))  # then no layer needs its outputs
    assert fixes.make(diagnose(kept), frozenset({"static"})).monthly == pytest.approx(2 * 2 * 0.013 * 730)


def test_a_missing_connection_is_made_by_the_layers_and_by_nothing_else():
    missing = put(s.CONNECTION, None)

    plan = plan_of(account(a.endpoints_account, missing))
    assert plan.layers == ("static", "ddb-redshift")
    assert plan.retest

    assert plan_of(account(a.replica_account, missing)).monthly == pytest.approx(6 * 2 * 0.013 * 730)

    outside = plan_of(account(a.endpoints_account, missing, OUTSIDE))
    assert outside.empty
    assert not outside.retest
    assert [one.code for one in outside.left] == ["GC01"]

    unseen = plan_of(account(a.endpoints_account, put(s.CONNECTION, s.Unknown("glue:GetConnection", "x"))))
    assert unseen.empty


HALF_SEEN = {
    "the replica": (a.replica_account,),
    "endpoints elsewhere": (a.endpoints_account, place(a.PUBLIC), failed()),
    "no rule to itself": (a.endpoints_account, place(a.PUBLIC), ingress(a.DATABASE_GROUP), failed()),
    "outside the tree": (a.nat_account, place(a.PUBLIC), ingress(a.DATABASE_GROUP), failed(), OUTSIDE),
}


@pytest.mark.parametrize("section", [s.GROUPS, s.ENDPOINTS, s.ROUTES], ids=lambda one: one.name)
@pytest.mark.parametrize("name", HALF_SEEN)
def test_a_plan_promises_nothing_of_what_is_not_seen(name, section):
    """Whatever one permission is missing: what a fix would change may be just that."""
    diagnosis = diagnose(with_unknown(account(*HALF_SEEN[name]), section))
    assert report.text(diagnosis)
    assert after(diagnosis.snapshot, fixes.make(diagnosis)).findings


def test_outside_the_live_tree_the_api_does_it():
    snapshot = account(a.nat_account, place(a.PUBLIC), failed(), OUTSIDE, ingress(a.DATABASE_GROUP))
    plan = plan_of(snapshot)

    assert [call.operation for call in plan.calls] == [
        "update_connection",
        "authorize_security_group_ingress",
    ]
    assert plan.layers == ()
    assert broken(after(snapshot, plan)) == set()


def test_outside_the_live_tree_endpoints_are_made_where_nothing_else_helps():
    snapshot = account(a.replica_account, OUTSIDE)
    plan = plan_of(snapshot)

    assert [call.params["ServiceName"].rsplit(".", 1)[1] for call in plan.calls] == [
        "sts",
        "secretsmanager",
        "s3",
    ]
    assert plan.monthly == pytest.approx(2 * 0.013 * 730)
    assert plan.left == ()
    assert broken(after(snapshot, plan)) == set()
    undo = plan.calls[0].undo_from({"VpcEndpoint": {"VpcEndpointId": "vpce-1"}})
    assert (undo.operation, undo.params) == ("delete_vpc_endpoints", {"VpcEndpointIds": ["vpce-1"]})


@pytest.mark.parametrize(
    ("fault", "operation"),
    [
        (ingress(a.ENDPOINT_GROUP), "authorize_security_group_ingress"),
        (edit(s.ENDPOINTS, "vpce-sts", private_dns=False), "modify_vpc_endpoint"),
        (put(s.VPC_DNS, a.m.VpcDns(a.VPC, True, False)), "modify_vpc_attribute"),
        (edit(s.SECRET, deleted_at="2026-02-01T00:00:00+00:00"), "restore_secret"),
        (a.egress(a.DATABASE_GROUP, rule(group=a.DATABASE_GROUP)), "authorize_security_group_egress"),
        (edit(s.WAREHOUSE, port=5440), "update_connection"),
    ],
)
def test_one_fault_one_call_and_a_way_back(fault, operation):
    snapshot = account(a.endpoints_account, OUTSIDE, fault, failed(""))
    plan = plan_of(snapshot)

    assert [call.operation for call in plan.calls] == [operation]
    assert broken(after(snapshot, plan)) == set()
    for call in plan.calls:
        assert call.undo or call.undo_from or operation in {"restore_secret", "update_connection"}


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.name)
@pytest.mark.parametrize("managed", [True, False], ids=["live tree", "elsewhere"])
def test_a_plan_never_makes_it_worse_and_says_what_is_left(case, managed):
    snapshot = case.build() if managed else OUTSIDE(case.build())
    before = diagnose(snapshot)
    plan = fixes.make(before)

    then = after(snapshot, plan)
    left = {one.code for one in plan.left}
    assert len(broken(then)) <= len(broken(before))
    roots = {one.code for one in then.findings if one.result == "fail" and not one.follows}
    assert roots - {"GC01", "GC11"} == left - {"GC01"}
    assert fixes.describe(plan, None, "dev")


def test_env_yaml_is_changed_in_one_line(repo, tmp_path):
    file = tmp_path / "env.yaml"
    text = (repo / "live" / "dev" / "env.yaml").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")

    assert fixes.edit_subnet(file, a.A) is None
    edit_ = fixes.edit_subnet(file, a.B)

    changes = [
        line for line in edit_.diff().splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}
    ]
    assert [line[0] for line in changes] == ["-", "+"]
    assert a.A in changes[0]
    assert a.B in changes[1]
    assert file.read_text(encoding="utf-8") == text  # nothing is written yet


def test_a_subnet_is_added_where_env_yaml_has_none(repo, tmp_path):
    file = tmp_path / "env.yaml"
    text = (repo / "live" / "dev" / "env.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.strip().startswith("subnet: ")]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    edit_ = fixes.edit_subnet(Path(file), a.B)

    assert f"    subnet: {a.B}\n" in edit_.after


RAW = {
    "Name": a.NAME,
    "Description": "d",
    "ConnectionType": "JDBC",
    "MatchCriteria": ["x"],
    "ConnectionProperties": {"JDBC_CONNECTION_URL": "u", "SECRET_ID": "s", "CUSTOM_JDBC_CERT": "c"},
    "AthenaProperties": {"k": "v"},
    "PhysicalConnectionRequirements": {
        "SubnetId": "subnet-old", "SecurityGroupIdList": ["sg-1"], "AvailabilityZone": "a"
    },
    "Status": "FAILED",
    "LastUpdatedBy": "someone",
}  # fmt: skip


def test_an_update_carries_every_property():
    before = connection_input(RAW)
    then = changed(before, {"subnet": "subnet-new", "zone": "b"})

    assert then["ConnectionProperties"] == RAW["ConnectionProperties"]
    assert then["AthenaProperties"] == {"k": "v"}
    assert then["MatchCriteria"] == ["x"]
    assert then["PhysicalConnectionRequirements"] == {
        "SubnetId": "subnet-new", "SecurityGroupIdList": ["sg-1"], "AvailabilityZone": "b"
    }  # fmt: skip
    assert before["PhysicalConnectionRequirements"]["SubnetId"] == "subnet-old"
    assert "Status" not in then
    assert (
        changed(before, {"properties": {"JDBC_ENFORCE_SSL": "true"}})["ConnectionProperties"]["SECRET_ID"]
        == "s"
    )


def test_every_field_of_the_input_is_carried_or_known_not_to_come_back():
    import botocore.session

    model = botocore.session.get_session().get_service_model("glue").operation_model("UpdateConnection")
    fields = set(model.input_shape.members["ConnectionInput"].members)
    from dpctl.doctor.update import CARRIED

    not_given_out = {"ValidateCredentials", "ValidateForComputeEnvironments"}
    assert fields - set(CARRIED) - {"Name", "AuthenticationConfiguration"} == not_given_out


@pytest.mark.parametrize(
    "raw",
    [
        {**RAW, "ConnectionProperties": {"USERNAME": "admin", "JDBC_CONNECTION_URL": "u"}},
        {
            **RAW,
            "AuthenticationConfiguration": {"AuthenticationType": "OAUTH2", "OAuth2Properties": {"x": 1}},
        },
    ],
)
def test_a_password_is_never_lost(raw):
    with pytest.raises(CannotCarry) as caught:
        connection_input(raw)
    assert caught.value.hint


# What --fix can do nothing about: it says so, and is not offered.
HELPLESS = (
    ("a certificate, with TLS on", account(a.endpoints_account, failed("PKIX path building failed"))),
    (
        "a role that nobody trusts",
        account(a.endpoints_account, edit(s.ROLE, trust=a.TRUST.replace("glue.", "ec2.")), failed("")),
    ),
    ("a secret that is gone", account(a.endpoints_account, put(s.SECRET, None), failed(""))),
)


@pytest.mark.parametrize(("title", "snapshot"), HELPLESS, ids=[title for title, _ in HELPLESS])
def test_what_cannot_be_fixed_is_neither_offered_nor_tested_again(title, snapshot):
    plan = plan_of(snapshot)

    assert plan.empty
    assert plan.left
    assert not plan.retest
    assert "--fix" not in report.text(diagnose(snapshot))


def test_tls_is_switched_on_and_the_words_of_the_last_test_are_no_fault_after_it():
    snapshot = account(
        a.endpoints_account,
        edit(s.WAREHOUSE, require_ssl=True),
        a.properties(JDBC_ENFORCE_SSL="false"),
        failed("SSL is required"),
        OUTSIDE,
    )
    plan = plan_of(snapshot)

    assert [call.operation for call in plan.calls] == ["update_connection"]
    assert broken(after(snapshot, plan)) == set()


def test_a_stored_password_forbids_every_change_of_the_connection():
    snapshot = account(
        a.replica_account,
        edit(s.CONNECTION, secret="", plaintext_password=True),
        put(s.SECRET, None),
        OUTSIDE,
    )

    assert all(call.operation != "update_connection" for call in plan_of(snapshot).calls)


def test_another_plan_can_be_chosen_by_its_number():
    plan = plan_of(account(a.replica_account, OUTSIDE))

    assert plan.others
    text = fixes.describe(plan, None, "")
    assert "Instead (--choose 2): " + plan.others[0].words in text
    assert fixes.choose(plan, 1).words == plan.words
    assert fixes.choose(plan, 2).words == plan.others[0].words != plan.words
    with pytest.raises(UsageError):
        fixes.choose(plan, 99)
    with pytest.raises(UsageError):
        fixes.choose(plan, 0)


def test_a_group_that_lets_everything_out_but_to_itself_gets_that_rule():
    closed = a.egress(a.DATABASE_GROUP, rule(443, cidr=a.EVERYWHERE), rule(5439, cidr=a.EVERYWHERE))
    snapshot = account(a.endpoints_account, closed, OUTSIDE)
    plan = plan_of(snapshot)

    assert [call.operation for call in plan.calls] == ["authorize_security_group_egress"]
    assert broken(after(snapshot, plan)) == set()


def test_the_plan_says_what_is_taken_back_and_what_it_costs():
    text = fixes.describe(plan_of(account(a.replica_account, OUTSIDE)), None, "")

    assert "taken back if a later step fails" in text
    assert "a month more, without traffic" in text
