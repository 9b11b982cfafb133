"""What a run says to type can be typed: it does the same run again, of the same layers, and nothing else."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dpctl.deploy import guard
from dpctl.deploy.changes import NO_ANSWER
from dpctl.deploy.executor import Options
from dpctl.deploy.failures import named
from dpctl.deploy.job import Request
from dpctl.deploy.named import Named

CREATES = {"plan": {"changes": [["aws_vpc.x", "create"]]}}
DEAD = {"error": NO_ANSWER}
BUCKET = {"plan": {"changes": [["aws_s3_bucket.x", "delete"]]}}


def hints(said: str) -> list[list[str]]:
    return [shlex.split(line) for line in re.findall(r"^Try: dpctl (.*)$", said, re.MULTILINE)]


@pytest.mark.parametrize(
    ("command", "broken", "again"),
    [
        (("plan",), {"plan": DEAD}, "plan --env dev --layer static --resume"),
        (("apply", "--yes"), {"plan": DEAD}, "apply --env dev --layer static --resume"),
        (("apply", "--yes"), {**CREATES, "apply": DEAD}, "apply --env dev --layer static --resume"),
        (("apply", "--dry-run"), {"plan": DEAD}, "apply --env dev --layer static --dry-run --resume"),
        (("destroy", "--yes"), {"plan": DEAD}, "destroy --env dev --layer static --resume"),
        (("destroy", "--yes"), {"apply": DEAD}, "destroy --env dev --layer static --resume"),
        (("drift",), {"plan": DEAD}, "drift --env dev --layer static"),
        (("adopt",), {"plan": DEAD}, "adopt --env dev --layer static"),
    ],
)
def test_a_dead_provider_names_the_same_command(dpctl, fake, command, broken, again):
    fake.script(static=CREATES)
    if command[0] in ("destroy", "drift"):
        assert dpctl("apply", "--yes", "--layer", "static").code == 0
    before = len(fake.calls)
    fake.script(static=broken)
    run = dpctl(*command, "--layer", "static")
    assert run.code == 1, run.stderr
    assert hints(run.stderr) == [again.split()]
    first = fake.calls[before:]
    before = len(fake.calls)
    dpctl(*hints(run.stderr)[0], *command[1:])
    theirs = [call for call in fake.calls[before:] if call["command"] == "plan"]
    mine = [call for call in first if call["command"] == "plan"]
    assert [(c["unit"], "-destroy" in c["argv"]) for c in theirs[:1]] == [
        (c["unit"], "-destroy" in c["argv"]) for c in mine[:1]
    ]
    assert {call["unit"] for call in theirs} == {"static"}


def test_the_hint_of_a_refusal_can_be_pasted(dpctl, fake):
    fake.script(static=CREATES)
    assert dpctl("apply", "--yes", "--layer", "static").code == 0
    fake.script(static=BUCKET)
    run = dpctl("apply", "--yes", "--layer", "static")
    assert run.code == 1, run.stdout
    [hint] = hints(run.stderr)
    assert hint == ["apply", "--env", "dev", "--layer", "static", "--allow-destroy", "aws_s3_bucket.x"]
    again = dpctl(*hint, "--yes")
    assert again.code == 0, again.stderr


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (Request("plan"), "dpctl plan --env dev"),
        (Request("destroy", adopt=False), "dpctl destroy --env dev"),
        (
            Request("apply", ("a", "b"), with_dependencies=True, targets=('a:x.y["k"]',), adopt=False),
            "dpctl apply --env dev --layer a --layer b --with-dependencies "
            "--target 'a:x.y[\"k\"]' --no-adopt",
        ),
        (
            Request("apply", accept=("x",), allow_destroy=("y",), reviewed=Path("a b"), report=Path("r.md")),
            "dpctl apply --env dev --accept x --allow-destroy y --plan 'a b' --report r.md",
        ),
        (
            Request(
                "apply",
                options=Options(yes=True, resume=True, dry_run=True, fail_fast=True, changed_only=True),
                terraform="/opt/tofu",
                since="main",
            ),
            "dpctl apply --env dev --changed-only --since main --fail-fast --dry-run --terraform /opt/tofu",
        ),
    ],
)  # fmt: skip
def test_a_request_is_told_as_it_is_typed(request_, line):
    assert request_.line("dev") == line


def test_every_option_that_decides_what_a_run_does_is_told():
    """A field that is added to Request has to be told as well, or to stand here."""
    told = Request("apply").line("dev")
    given = {
        "layers": ("a",), "with_dependencies": True, "terraform": "t", "allow_destroy": ("a",),
        "accept": ("a",), "adopt": False, "out": Path("o"), "reviewed": Path("r"), "report": Path("r.md"),
        "since": "main", "targets": ("t",),
    }  # fmt: skip
    left = set(Request.__dataclass_fields__) - {"command", "options", "as_json"}
    assert left == given.keys()
    for name, value in given.items():
        assert Request("apply", **{name: value}).line("dev") != told, name


def test_a_name_with_a_quote_is_one_word():
    change = guard.Change('aws_s3_bucket.x["it\'s"]', "aws_s3_bucket", "delete")
    with pytest.raises(guard.Refused) as refused:
        guard.check("dev/static", [change], Named(), line="dpctl apply")
    assert shlex.split(refused.value.hint)[2:] == ["--allow-destroy", change.address]


def test_a_log_is_named_so_that_it_can_be_read_from_here(tmp_path, monkeypatch):
    log = tmp_path / "a b" / "static.log"
    monkeypatch.chdir(tmp_path)
    assert named(log) == "'a b/static.log'"
    monkeypatch.chdir("/")
    assert named(log) == f"'{str(log).lstrip('/')}'"
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert named(log) == f"'{log}'"


def test_json_carries_the_hint_as_a_person_reads_it(dpctl, tree):
    unlike = dpctl("apply", "--plan", str(tree.root / "none"), "--env", "dev", "--json")
    assert unlike.code == 2
    assert unlike.json["error"]["hint"] == f"dpctl plan --env dev --out {tree.root / 'none'}"
