"""Only what changed: which units are left out, and what is said of the others."""

from __future__ import annotations

import subprocess

import pytest

APPLY = ("apply", "--env", "dev", "--yes", "--json")
PLAN = ("plan", "--env", "dev", "--json")


@pytest.fixture
def applied(dpctl, fake):
    """Everything is applied; gives what Terraform is called for from then on."""
    dpctl(*APPLY)
    before = len(fake.calls)
    return lambda: {call["unit"] for call in fake.calls[before:]}


def git(root, *words):
    author = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", "-C", str(root), *author, *words], check=True, capture_output=True)


def add_a_line(tree, layer):
    file = tree.root / "modules" / layer / "main.tf"
    file.write_text("# new\n" + file.read_text())


def test_nothing_changed_and_terraform_is_not_started(dpctl, applied):
    run = dpctl(*PLAN, "--changed-only")
    assert set(run.results.values()) == {"unchanged"}
    assert run.json["layers"][0]["reason"] == "nothing it follows from has changed"
    assert applied() == set()


@pytest.mark.parametrize("command", [PLAN, APPLY])
def test_nothing_changed_and_no_process_at_all_is_started(dpctl, applied, monkeypatch, command):
    """Neither Terraform nor git: what changed is told from the tree, the states and the last run's record."""
    started = []
    whole = subprocess.Popen.__init__

    def noted(self, args, *rest, **options):
        started.append(args)
        whole(self, args, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    run = dpctl(*command, "--changed-only")
    assert set(run.results.values()) == {"unchanged"}
    assert started == []


def test_what_changed_is_planned_and_said_why(dpctl, applied, tree):
    add_a_line(tree, "a")
    run = dpctl(*APPLY, "--changed-only")
    assert "dev/a has changed: module modules/a" in run.stderr
    assert applied() == {"a"}


def test_an_upstream_output_that_changes_brings_its_dependents_along(dpctl, applied, fake, tree):
    tree.unit("static", text="other")
    update = {"changes": [["terraform_data.x", "update"]]}
    fake.script(static={"apply": {"outputs": {"text": "other"}}, "plan": update})
    run = dpctl(*APPLY, "--changed-only")
    assert "dev/static has changed: files of the unit, input text" in run.stderr
    assert "dev/a has changed: input text" in run.stderr
    assert applied() == {"static", "a", "b"}


def test_an_upstream_output_that_stays_leaves_them_out(dpctl, applied, fake, tree):
    tree.unit("static", text="other")
    fake.script(static={"plan": {"changes": [["terraform_data.x", "update"]]}})
    run = dpctl(*APPLY, "--changed-only")
    assert run.results == {"static": "succeeded", "a": "unchanged", "b": "unchanged"}
    assert applied() == {"static"}


def test_since_a_commit(dpctl, applied, tree):
    git(tree.root, "init", "--quiet")
    git(tree.root, "add", "live", "modules", "terragrunt.hcl")
    git(tree.root, "commit", "--quiet", "-m", "first")
    assert set(dpctl(*PLAN, "--since", "HEAD").results.values()) == {"unchanged"}
    assert applied() == set()
    add_a_line(tree, "b")
    run = dpctl(*PLAN, "--changed-only", "--since", "HEAD")
    assert "dev/b has changed: module modules/b" in run.stderr
    assert applied() == {"b"}


@pytest.mark.parametrize("revision", ["no-such", "--upload-pack=x"])
def test_a_commit_that_is_not_there(dpctl, fake, tree, revision):
    git(tree.root, "init", "--quiet")
    run = dpctl(*PLAN, f"--since={revision}")
    assert run.code == 2
    assert fake.calls == []


def test_what_was_never_applied_from_here_is_planned(dpctl, fake):
    run = dpctl(*PLAN, "--changed-only", "--layer", "static")
    assert "dev/static has changed: no run from here has finished it" in run.stderr
    assert fake.commands("plan") == ["static plan"]
