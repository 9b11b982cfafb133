"""The modules that decide, and the tests that hold their rules: quick ones, as they run once per mutant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A module, and what pytest is asked to run for each of its mutants."""

    module: str
    tests: tuple[str, ...]


TARGETS = (
    Target("dpctl/deploy/guard.py", ("tests/unit/deploy/test_guard.py",)),
    Target("dpctl/graph.py", ("tests/unit/test_graph.py",)),
    Target("dpctl/livetree/merging.py", ("tests/functional/livetree/test_semantics.py",)),
    Target("dpctl/redshift/quoting.py", ("tests/unit/redshift/test_literals.py",)),
    Target("dpctl/lexer.py", ("tests/unit/sandbox/test_redshift_lexer.py",)),
    Target("dpctl/doctor/firewall.py", ("tests/unit/doctor/test_doctor_firewall.py",)),
    Target("dpctl/doctor/routes.py", ("tests/unit/doctor/test_doctor_routes.py",)),
    Target(
        "dpctl/deploy/workdir.py",
        ("tests/unit/deploy/test_workdir.py", "tests/functional/deploy/test_deploy_folders.py"),
    ),
)
