"""Everything ``dpctl validate`` checks, in one list: env.yaml, the live tree, the contracts, the order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.config import check_environment, load_environment
from dpctl.errors import ConfigError, Problem
from dpctl.graph import Graph
from dpctl.livetree import contract, discover, mocks, overlooked, ownership, readings
from dpctl.livetree.advice import advised
from dpctl.livetree.discovery import misnamed

NOTHING = Problem(
    "nothing-to-check",
    "there is no environment here: no folder below live/",
    "live",
    hint="cd to the repository, or dpctl --root DIR validate",
)


def check(root: Path, envs: Iterable[str], environ: Mapping[str, str]) -> list[Problem]:
    """Every problem of some environments, sorted by file and line, each only once.

    Raises UsageError for an environment that does not exist.
    """
    problems: dict[Problem, None] = {}
    envs = list(envs)
    if not envs:
        return [NOTHING]
    for env in envs:
        problems.update(dict.fromkeys(_environment(root, env, environ)))
    problems.update(dict.fromkeys(ownership.check(root, envs, environ)))
    return sorted(
        advised(problems), key=lambda problem: (problem.file, problem.line, problem.key, problem.code)
    )


def _environment(root: Path, env: str, environ: Mapping[str, str]) -> Iterable[Problem]:
    if problem := misnamed(env):
        yield problem
        return
    yield from overlooked(root, env)
    units = discover(root, env)
    values = _values(root, env)
    yield from values
    if not units:
        hint = f"live/{env}/<layer>/terragrunt.hcl"
        yield Problem("no-units", "the environment has no units", f"live/{env}", hint=hint)
    definitions, problems = contract.survey(units, environ)
    wrong = any(problem.severity == "error" for problem in values)
    if problems and wrong:
        problems = _without_echoes(root, env, environ, problems)
    yield from _together(problems)
    if not wrong:
        yield from mocks.check(load_environment(root, env), definitions)
    try:
        Graph.build(definitions, partial=len(definitions) < len(units))
    except ConfigError as error:
        yield from error.problems


def _values(root: Path, env: str) -> list[Problem]:
    if (root / "live" / env / "env.yaml").is_file():
        found = check_environment(root, env)
        wrong = any(problem.severity == "error" for problem in found)
        return found if wrong else [*found, *readings.differences(root, env)]
    hint = f"copy the env.yaml of another environment to live/{env}/"
    return [Problem("missing-file", "the environment has no env.yaml", f"live/{env}/env.yaml", hint=hint)]


def _without_echoes(
    root: Path, env: str, environ: Mapping[str, str], problems: list[Problem]
) -> list[Problem]:
    """What units say of themselves: what they say as well where nothing of env.yaml is known."""
    hidden = frozenset({root.resolve() / "live" / env / "env.yaml"})
    known = set(contract.survey(discover(root, env), environ, hidden)[1])
    return [problem for problem in problems if problem in known]


def _together(problems: Iterable[Problem]) -> Iterable[Problem]:
    """One problem for what several lines of a file say in the same words."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.code, problem.file, problem.message), []).append(problem)
    for first, *others in groups.values():
        lines = sorted({other.line for other in others} - {first.line})
        more = f" (line {first.line}, and {', '.join(map(str, lines))})" if lines else ""
        yield replace(first, message=first.message + more)


def document(problems: Iterable[Problem]) -> dict[str, Any]:
    """The JSON document; docs/schemas/validate.schema.json describes it."""
    found = [problem.as_dict() for problem in problems]
    fine = all(problem["severity"] != "error" for problem in found)
    return {"schema_version": SCHEMA_VERSION, "ok": fine, "problems": found}
