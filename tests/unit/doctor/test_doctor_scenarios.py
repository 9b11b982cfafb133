"""Every account of the table gets the right verdict."""

import pytest

from dpctl.doctor import report
from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import diagnose, to_document
from tests.unit.doctor import accounts as a
from tests.unit.doctor import scenarios
from tests.unit.doctor.scenarios import BROKEN, HEALTHY, PAIRS


def name(one):
    return one.name


def failing(diagnosis):
    return {one.code for one in diagnosis.findings if one.result == "fail"}


@pytest.mark.parametrize("case", BROKEN, ids=name)
def test_a_broken_account_gets_its_verdict(case):
    diagnosis = diagnose(case.build())

    assert diagnosis.verdict is not None
    assert (diagnosis.verdict.code, diagnosis.verdict.cause) == (case.verdict, case.cause)
    assert set(diagnosis.verdict.also) == case.also
    assert not diagnosis.ok()


@pytest.mark.parametrize("case", HEALTHY, ids=name)
def test_a_healthy_account_is_left_alone(case):
    diagnosis = diagnose(case.build())

    assert failing(diagnosis) == set()
    assert diagnosis.verdict is None
    assert diagnosis.ok()
    assert "Verdict  nothing is broken." in report.text(diagnosis)


def test_the_table_is_large_enough():
    assert len({case.name for case in (*BROKEN, *HEALTHY)}) == len(BROKEN) + len(HEALTHY) >= 60
    assert len(HEALTHY) >= 15
    letters = {case.name[0] for case in scenarios.ALONE if case.name[1] == " "}
    assert letters >= set("abcdefghijklmnopqrs")


@pytest.mark.parametrize("case", PAIRS, ids=name)
def test_two_independent_faults_are_both_named(case):
    text = report.text(diagnose(case.build()))

    assert f"Verdict  {case.verdict}" in text
    assert all(f"Also     {code}" in text for code in case.also)


@pytest.mark.parametrize(
    ("title", "snapshot"), scenarios.odd(), ids=lambda x: x if isinstance(x, str) else ""
)
def test_an_odd_account_does_not_crash_the_doctor(title, snapshot):
    diagnosis = diagnose(snapshot)

    assert report.text(diagnosis, verbose=1)
    assert to_document(diagnosis)["schema_version"] == 1


SEEN = [section for section in s.SECTIONS.values() if section.permission]


@pytest.mark.parametrize("section", SEEN, ids=lambda section: section.permission)
def test_a_missing_permission_never_makes_a_healthy_account_broken(section):
    for case in HEALTHY:
        diagnosis = diagnose(scenarios.with_unknown(case.build(), section))

        assert failing(diagnosis) == set(), case.name
        assert diagnosis.verdict is None, case.name


# sections that only a fault, an option or another section's value makes interesting
QUIET = {
    "other_connections",
    "encryption",
    "secret_keys",
    "prefix_lists",
    "nat_gateways",
    "kms_key_policies",
    "hosted_zones",
    "peerings",
    "group_associations",
    "public_block",
    "profiles",
}


@pytest.mark.parametrize(
    "section", [one for one in SEEN if one.name not in QUIET], ids=lambda one: one.permission
)
def test_a_missing_permission_is_named(section):
    snapshot = scenarios.with_unknown(a.endpoints_account(), section)

    diagnosis = diagnose(snapshot)

    blind = [one for one in diagnosis.findings if one.result == "error"]
    assert blind
    assert all(one.permission == section.permission for one in blind)
    assert section.permission in report.text(diagnosis)


def test_a_switch_of_the_region_is_looked_at_where_the_way_out_is_a_nat_gateway():
    diagnosis = diagnose(scenarios.with_unknown(a.nat_account(), scenarios.s.PUBLIC_BLOCK))

    assert failing(diagnosis) == set()
    assert diagnosis.exit_code() == 4
    assert "ec2:DescribeVpcBlockPublicAccessOptions" in report.text(diagnosis)
