# ruff: noqa: E501 - tables read better with a row on a line
"""The checks as a registry: codes, pages, declared reads, and a scenario for each way a check can end."""

import contextlib
import dataclasses
import json

import jsonschema
import pytest

from dpctl.doctor import pipeline, report
from dpctl.doctor import snapshot as s
from dpctl.doctor.catalogue import BY_CODE, CONNECTION, PIPELINE
from dpctl.doctor.checks import ALL
from dpctl.doctor.diagnosis import diagnose, to_document
from dpctl.doctor.model import ActiveTest, Probed
from dpctl.doctor.reach import READS
from dpctl.doctor.snapshot import CannotSee, Section, Snapshot, View
from dpctl.errors import UsageError
from tests.unit.doctor import accounts as a
from tests.unit.doctor import architectures, reported, scenarios
from tests.unit.doctor.accounts import account, put

CODES = [one.code for one in CONNECTION]
ACCOUNTS = [
    case.build()
    for case in (*scenarios.BROKEN, *scenarios.HEALTHY, *reported.KIN, *reported.FLAT, *architectures.HEALTHY)
]
# What no network account shows: tests that run only when asked for, and messages and leftovers.
EXTRA = [
    account(a.endpoints_account, put(s.ACTIVE, ActiveTest(False, "FAILED: x"))),
    account(a.endpoints_account, put(s.ACTIVE, ActiveTest(True, "READY"))),
    account(a.endpoints_account, put(s.RUNBOOK, ActiveTest(False, "x"))),
    account(a.endpoints_account, put(s.RUNBOOK, ActiveTest(True, "x"))),
    account(
        a.endpoints_account, put(s.PROBE, (Probed("sts.ap-south-1.amazonaws.com", 443, True, "handshake"),))
    ),
    account(
        a.endpoints_account, put(s.PROBE, (Probed("sts.ap-south-1.amazonaws.com", 443, False, "connect"),))
    ),
    account(a.endpoints_account, put(s.SQL, ActiveTest(False, "x"))),
    account(a.endpoints_account, put(s.SQL, ActiveTest(True, "x"))),
    account(a.endpoints_account, a.edit(s.WAREHOUSE, subnets=(a.A,))),
    account(
        a.endpoints_account,
        put(
            s.INTERFACES, tuple(a.m.Interface(f"eni-{n}", "Attached to Glue", "available") for n in range(20))
        ),
    ),
]


@pytest.fixture(scope="module")
def results():
    """code -> the results it ended with somewhere in the table."""
    ends = {code: set() for code in CODES}
    for snapshot in (*ACCOUNTS, *EXTRA):
        for finding in diagnose(snapshot).findings:
            ends[finding.code].add(finding.result)
    return ends


def test_every_check_is_declared_once_and_examined():
    codes = [one.code for one in (*CONNECTION, *PIPELINE)]

    assert len(set(codes)) == len(codes)
    assert [check.code for check in ALL] == sorted(CODES)
    assert set(pipeline.CHECKS) == {one.code for one in PIPELINE}
    assert {one.code for one in CONNECTION if not one.fault} == {"GC02", "GC28"}  # these never fail
    assert all(one.fault for one in PIPELINE)
    assert {code for one in CONNECTION for code in one.follows} <= set(CODES)


@pytest.mark.parametrize("one", BY_CODE.values(), ids=BY_CODE)
def test_every_check_has_a_page(repo, one):
    page = (repo / one.page).read_text(encoding="utf-8")

    assert page.startswith(f"# {one.code}: {one.title}\n")
    assert "## Why it matters" in page
    assert "Source: " in page
    assert "## How to fix it" in page


def test_no_page_without_a_check(repo):
    assert {page.stem for page in (repo / "docs" / "checks").glob("*.md")} == set(BY_CODE)


@pytest.mark.parametrize("code", CODES)
def test_every_check_passes_somewhere_and_finds_fault_somewhere(results, code):
    assert "pass" in results[code]
    assert results[code] & {"fail", "warn"}


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.code)
def test_a_check_reads_only_what_it_declares_and_all_of_that(check):
    used = set()
    for snapshot in ACCOUNTS:
        view = View(Snapshot(snapshot.facts), check.reads)
        with contextlib.suppress(CannotSee):
            check.ask(view)  # LookupError here: it reads something else
        used |= view.used
    walked = set(READS) if set(READS) <= check.reads else set()
    assert used | walked == check.reads


def test_an_undeclared_read_is_an_error():
    view = View(a.endpoints_account(), frozenset({"caller"}))

    with pytest.raises(LookupError):
        view[s.SECRET]


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.code)
def test_every_finding_has_evidence_and_a_fault_has_a_fix(check):
    for snapshot in ACCOUNTS:
        finding = check.run(snapshot)
        assert finding.evidence
        assert all(line.strip() for line in finding.evidence)
        if finding.result in {"fail", "warn"}:
            assert finding.fix is not None
            assert finding.fix.text


def test_sections_name_a_permission_and_are_all_read_by_something():
    read = {name for check in ALL for name in check.reads}
    kept = {"encryption"}  # collect decides with it which keys to ask for
    assert read | kept == set(s.SECTIONS)
    assert all(section.permission for section in s.SECTIONS.values() if section is not s.EXPECTED)


@pytest.mark.parametrize("case", [*scenarios.BROKEN, *scenarios.HEALTHY], ids=lambda case: case.name)
def test_a_snapshot_survives_json(case):
    snapshot = case.build()

    again = s.from_document(json.loads(json.dumps(s.to_document(snapshot))))

    assert again == snapshot
    assert report.text(diagnose(again), 1) == report.text(diagnose(snapshot), 1)


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"schema_version": 2, "sections": {}}, {"schema_version": 1, "sections": {"nonsense": {"value": 1}}},
     {"schema_version": 1, "sections": {"subnets": {"value": [{"id": 1}]}}}, {"schema_version": 1, "sections": {"caller": 3}}],
)  # fmt: skip
def test_what_is_no_snapshot_is_refused(document):
    with pytest.raises(UsageError):
        s.from_document(document)


def test_every_document_holds_its_schema(repo):
    schema = json.loads((repo / "docs" / "schemas" / "doctor.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    for snapshot in [*ACCOUNTS, *EXTRA, *(snapshot for _, snapshot in scenarios.odd())]:
        validator.validate(json.loads(json.dumps(to_document(diagnose(snapshot), ["applied static"]))))


def test_models_are_frozen_and_hold_no_value_of_a_secret():
    for section in s.SECTIONS.values():
        assert isinstance(section, Section)
    fields = {field.name for field in dataclasses.fields(a.m.SecretKeys)} | {
        field.name for field in dataclasses.fields(a.m.Secret)
    }
    assert not fields & {"value", "password", "secret_string", "username"}


def test_only_and_skip_choose_checks():
    snapshot = a.replica_account()

    assert [one.code for one in diagnose(snapshot, only=["GC08"]).findings] == ["GC08"]
    assert "GC08" not in [one.code for one in diagnose(snapshot, skip=["GC08"]).findings]
    with pytest.raises(UsageError):
        diagnose(snapshot, only=["GC99"])


def test_fail_on_warn_counts_warnings_and_what_was_not_seen():
    warned = diagnose(account(a.nat_account, a.edit(s.WAREHOUSE, public=True)))
    unseen = diagnose(scenarios.with_unknown(a.endpoints_account(), s.SECRET))

    assert warned.ok()
    assert not warned.ok("warn")
    assert unseen.ok()
    assert not unseen.ok("warn")
    assert diagnose(Snapshot(a.endpoints_account().facts)).ok("warn")
