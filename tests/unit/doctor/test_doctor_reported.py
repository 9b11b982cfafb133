"""Accounts that people reported, and healthy ones nobody here wrote: the right verdict, and nobody blamed."""

import itertools

import pytest

from dpctl.doctor import report
from dpctl.doctor.diagnosis import diagnose
from tests.unit.doctor import architectures, further, naming, reported, scenarios, strangers, visitors
from tests.unit.doctor.test_doctor_scenarios import SEEN, failing, name

BROKEN = (
    *reported.REPORTED,
    *reported.KIN,
    *architectures.BROKEN,
    *further.BROKEN,
    *naming.BROKEN,
    *strangers.BROKEN,
    *visitors.BROKEN,
)
FURTHER = (*further.HEALTHY, *naming.HEALTHY, *strangers.HEALTHY, *visitors.HEALTHY)
FLAT = (*reported.FLAT, *architectures.HEALTHY)


@pytest.mark.parametrize("case", BROKEN, ids=name)
def test_a_reported_account_gets_its_verdict(case):
    diagnosis = diagnose(case.build())

    assert diagnosis.verdict is not None
    assert (diagnosis.verdict.code, diagnosis.verdict.cause) == (case.verdict, case.cause)
    assert set(diagnosis.verdict.also) == case.also
    assert case.verdict in failing(diagnosis)
    assert diagnosis.exit_code() == 1


@pytest.mark.parametrize(
    ("title", "snapshot", "code"), reported.WARNED, ids=lambda x: x if isinstance(x, str) else ""
)
def test_a_job_s_trouble_is_a_warning(title, snapshot, code):
    diagnosis = diagnose(snapshot)

    assert failing(diagnosis) == set()
    assert code in {one.code for one in diagnosis.findings if one.result == "warn"}
    assert diagnosis.exit_code() == 0


@pytest.mark.parametrize("case", [*FLAT, *FURTHER], ids=name)
def test_a_healthy_shape_is_left_alone(case):
    diagnosis = diagnose(case.build())

    assert failing(diagnosis) == set()
    assert diagnosis.verdict is None
    assert "Verdict  nothing is broken" in report.text(diagnosis)
    assert diagnosis.exit_code() == (4 if case.build().unknown else 0)


@pytest.mark.parametrize("section", SEEN, ids=lambda section: section.permission)
def test_whatever_can_t_be_seen_never_blames_a_healthy_account(section):
    reasons = itertools.cycle(["AccessDenied", "ThrottlingException", "InternalFailure"])
    for case, reason in zip(FLAT, reasons, strict=False):
        snapshot = case.build().having(section, scenarios.s.Unknown(section.permission, reason))
        assert failing(diagnose(snapshot)) == set(), case.name


@pytest.mark.parametrize("case", FURTHER, ids=name)
def test_further_ones_are_not_blamed_either(case):
    """Each with some of the sections unseen; every case with every section would take minutes."""
    start = FURTHER.index(case)
    for section in SEEN[start % 6 :: 6]:
        snapshot = case.build().having(section, scenarios.s.Unknown(section.permission, "AccessDenied"))
        assert failing(diagnose(snapshot)) == set(), section.name


def test_the_table_is_large_enough():
    names = [case.name for case in (*BROKEN, *FLAT, *further.HEALTHY)]
    assert len(set(names)) == len(names)
    assert len(reported.KIN) >= 60
    assert len(reported.FLAT) >= 40
    assert len(architectures.HEALTHY) >= 20
    assert len(further.HEALTHY) >= 40
    assert len(further.BROKEN) >= 20


def test_a_choice_of_checks_is_no_health():
    broken = diagnose(scenarios.a.replica_account(), only=["GC17"])
    healthy = diagnose(scenarios.a.endpoints_account(), only=["GC17"])

    assert broken.exit_code() == 1
    assert "Verdict  GC01" in report.text(broken)
    assert healthy.exit_code() == 0
    assert "the 1 check asked for found nothing; the others did not run." in report.text(healthy)


@pytest.mark.parametrize(
    "reason", ["AccessDeniedException", "ThrottlingException", "InternalServiceException"]
)
def test_who_sees_nothing_says_nothing_about_the_connection(reason):
    unseen = scenarios.s.Unknown("glue:GetConnection", reason)
    diagnosis = diagnose(scenarios.a.endpoints_account().having(scenarios.s.CONNECTION, unseen))

    text = report.text(diagnosis)

    assert diagnosis.exit_code() == 4
    assert "Verdict  nothing is broken." not in text
    words = (
        "Not seen for want of: glue:GetConnection"
        if reason.startswith("AccessDenied")
        else "AWS did not answer"
    )
    assert words in text
    only = diagnose(diagnosis.snapshot, only=["GC17"])
    assert only.exit_code() == 4
    assert "nothing could be seen" in report.text(only)
