"""What a person can get wrong, one case each: its own message, file and line, exit 3, no traceback."""

from __future__ import annotations

import json
import random
import time

import pytest
from typer.testing import CliRunner

from dpctl.cli import app
from tests.broken_inputs import CASES, ENV, INPUTS, LOAD, STATIC
from tests.livetree_builder import tree


@pytest.fixture
def made(tmp_path, repo):
    """A valid repository: two layers, and the env.yaml of this one."""
    outputs = ["vpc_id", "bucket"]
    built = tree(
        tmp_path / "repo",
        static={"gives": outputs},
        load={"needs": ["static"], "takes": {"static": outputs}},
    )
    built.write(ENV, (repo / ENV).read_text(encoding="utf-8"))
    built.edit(LOAD, INPUTS, INPUTS + "  account_id = include.root.locals.env.account_id\n")
    return built


def validate(made, *arguments):
    """Run ``dpctl validate --json``; the exit code and the document."""
    result = CliRunner().invoke(app, ["--root", str(made.root), "validate", "--json", *arguments])
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit | None)
    return result.exit_code, json.loads(result.stdout)


def apply(case, made):
    """Make the edit of a case; returns the line where the problem must be."""
    path = made.root / case.edited
    if case.new is None:
        path.unlink()
        return 0
    if case.old is None:
        path.write_bytes(case.new.encode("utf-8", "surrogateescape"))
    else:
        made.edit(case.edited, case.old, case.new)
    if not case.at:
        return None
    lines = (made.root / (case.file or case.edited)).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if case.at in line)


def test_the_tree_is_valid_before_it_is_broken(made):
    code, document = validate(made)
    assert (code, document["ok"]) == (0, True)
    assert [problem["code"] for problem in document["problems"]] == ["dear-capacity"]  # dev's, a warning


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_input(made, case):
    line = apply(case, made)
    code, document = validate(made)
    assert code == 3
    errors = [problem for problem in document["problems"] if problem["severity"] == "error"]
    found = [(problem["code"], problem["file"], problem["line"]) for problem in errors]
    places = [(code, file) for code, file, _ in found]
    assert (case.code, case.file or case.edited) in places
    if line is not None:
        assert (case.code, case.file or case.edited, line) in found
    assert all(problem["message"] for problem in errors)


def test_there_are_enough_cases_and_each_has_its_own_name():
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


def test_everything_is_reported_at_once_sorted_by_file(made):
    made.edit(ENV, "ap-south-1b", "ap-south-1a")
    made.edit(LOAD, INPUTS, INPUTS + "  buckets = local.x\n  more = 1 / 0\n")
    made.edit(STATIC, INPUTS, INPUTS + "  nothing = 1\n")
    code, document = validate(made)
    found = [(problem["file"], problem["code"]) for problem in document["problems"]]
    assert code == 3
    assert found == [
        (ENV, "same-zone"),
        (ENV, "dear-capacity"),
        (LOAD, "unknown-name"),
        (LOAD, "wrong-type"),
        (STATIC, "undeclared-input"),
    ]


def test_an_unreadable_env_yaml_is_said_once(made):
    made.edit(ENV, "  vpc: {", "\tvpc: {")
    _, document = validate(made)
    assert [problem["code"] for problem in document["problems"]] == ["yaml-syntax"]


def bomb():
    """Nine levels of ten aliases: a thousand million values in a few hundred bytes."""
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return ("\n".join(lines) + "\n").encode()


HOSTILE = {
    "random-bytes-in-yaml": (ENV, random.Random(1).randbytes(1_000_000)),
    "random-bytes-in-hcl": (LOAD, random.Random(2).randbytes(1_000_000)),
    "random-text-in-yaml": (ENV, bytes(random.Random(3).choices(range(32, 127), k=900_000))),
    "random-text-in-hcl": (LOAD, bytes(random.Random(4).choices(range(32, 127), k=130_000))),
    "yaml-bomb": (ENV, bomb()),
    "deep-yaml": (ENV, b"a: " + b"[" * 100_000),
    "deep-hcl-lists": (LOAD, b"inputs = " + b"[" * 60_000 + b"]" * 60_000),
    "deep-hcl-blocks": (LOAD, b"locals {" * 10_000),
    "deep-hcl-calls": (LOAD, b"inputs = " + b"upper(" * 10_000),
    "long-sum": (LOAD, b"inputs = {\n  a = 1" + b"+1" * 4_900 + b"\n}\n"),
    "long-index": (LOAD, b"inputs = {\n  a = local.a" + b"[0]" * 3_000 + b"\n}\n"),
    "long-conditional": (LOAD, b"inputs = {\n  a = " + b"true ? 1 : " * 800 + b"2\n}\n"),
    "long-chain-of-locals": (
        LOAD,
        b"locals {\n"
        + b"".join(b"  a%d = local.a%d\n" % (n, n + 1) for n in range(3000))
        + b"  a3000 = 1\n}\n",
    ),
    "long-line": (LOAD, b"inputs = {\n  a = 1" + b"+1" * 20_000 + b"\n}\n"),
    "nul-bytes": (LOAD, b"\0" * 1000),
    "many-heredocs": (LOAD, b"a = <<X\n" * 5_000),
    "unclosed-comment": (LOAD, b"/*" * 50_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_with_an_error_in_time(made, name):
    file, data = HOSTILE[name]
    (made.root / file).write_bytes(data)
    started = time.process_time()  # what it costs, however busy the machine is
    code, document = validate(made)
    assert time.process_time() - started < 2
    assert code == 3
    assert file in {problem["file"] for problem in document["problems"]}
