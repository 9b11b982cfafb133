"""Everything ``dpctl validate`` checks, in one list: env.yaml, the live tree, the contracts, the order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.config import check_environment, load_environment
from dpctl.errors import ConfigError, Problem
from dpctl.graph import Graph
from dpctl.livetree import contract, discover, mocks, ownership
from dpctl.livetree.discovery import misnamed


def check(root: Path, envs: Iterable[str], environ: Mapping[str, str]) -> list[Problem]:
    """Every problem of some environments, sorted by file and line, each only once.

    Raises UsageError for an environment that does not exist.
    """
    problems: dict[Problem, None] = {}
    envs = list(envs)
    for env in envs:
        problems.update(dict.fromkeys(_environment(root, env, environ)))
    problems.update(dict.fromkeys(ownership.check(root, envs, environ)))
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.key, problem.code))


# problems that make env.yaml unreadable as a whole; what units say about the same file is then an echo
_UNREADABLE = {"empty-file", "missing-file", "not-utf-8", "too-large", "unreadable-file", "yaml-syntax"}


def _environment(root: Path, env: str, environ: Mapping[str, str]) -> Iterable[Problem]:
    if problem := misnamed(env):
        yield problem
        return
    units = discover(root, env)
    values = _values(root, env)
    yield from values
    if not units:
        hint = f"live/{env}/<layer>/terragrunt.hcl"
        yield Problem("no-units", "the environment has no units", f"live/{env}", hint=hint)
    definitions, problems = contract.survey(units, environ)
    unreadable = any(problem.code in _UNREADABLE for problem in values)
    yield from (problem for problem in problems if not (unreadable and _echo(problem)))
    if not any(problem.severity == "error" for problem in values):
        yield from mocks.check(load_environment(root, env), definitions)
    try:
        Graph.build(definitions, partial=len(definitions) < len(units))
    except ConfigError as error:
        yield from error.problems


def _values(root: Path, env: str) -> list[Problem]:
    if (root / "live" / env / "env.yaml").is_file():
        return check_environment(root, env)
    hint = f"copy the env.yaml of another environment to live/{env}/"
    return [Problem("missing-file", "the environment has no env.yaml", f"live/{env}/env.yaml", hint=hint)]


def _echo(problem: Problem) -> bool:
    """Whether a unit only repeats that env.yaml can't be read."""
    about = ("file(): ", "yamldecode(): ", "find_in_parent_folders(): there is no env.yaml ")
    return problem.code == "null-value" or problem.message.startswith(about)


def document(problems: Iterable[Problem]) -> dict[str, Any]:
    """The JSON document; docs/schemas/validate.schema.json describes it."""
    found = [problem.as_dict() for problem in problems]
    fine = all(problem["severity"] != "error" for problem in found)
    return {"schema_version": SCHEMA_VERSION, "ok": fine, "problems": found}
