"""Terraform's own checks, for every module, without AWS: format, validate, and the modules' tests."""

from __future__ import annotations

import json

import pytest

from tests.modules.conftest import MODULES, TOP, name

each_top_module = pytest.mark.parametrize("module", TOP, ids=name)


def test_format(terraform):
    done = terraform.run("fmt", "-check", "-diff", "-recursive", cwd=MODULES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.terraform
@each_top_module
def test_validate(module, initialised, with_providers):
    done = with_providers.run("validate", "-json", cwd=initialised(module))
    found = json.loads(done.stdout)
    assert [f"{d['severity']}: {d['summary']} {d.get('detail', '')}" for d in found["diagnostics"]] == []
    assert found["valid"]


@pytest.mark.terraform
@each_top_module
def test_runs_of_the_module(module, initialised, with_providers):
    """``terraform test``: the runs of tests/*.tftest.hcl, with a mocked provider."""
    if not any((module / "tests").glob("*.tftest.hcl")):
        pytest.fail(f"{name(module)} has no tests/*.tftest.hcl")
    done = with_providers.run("test", "-json", cwd=initialised(module))
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    said = [
        f"{event['diagnostic']['summary']}: {event['diagnostic'].get('detail', '')}"
        for event in events
        if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error"
    ]
    assert said == []
    [summary] = [event["test_summary"] for event in events if event["type"] == "test_summary"]
    assert summary["status"] == "pass"
    assert summary["passed"] > 0
    assert done.returncode == 0
