"""Mocks agree with env.yaml: a plan that is made with them is of this environment, not of a made-up one.

A mock that stands for a value of env.yaml must be that value; with a subnet that is none of the private ones
the layer can't even be planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dpctl.config import Environment
from dpctl.errors import Problem, Severity
from dpctl.livetree.unit import Definition, Dependency

SUBNETS = "private_subnets"


def check(environment: Environment, definitions: Iterable[Definition]) -> Iterator[Problem]:
    """A problem for each mock that says something else than env.yaml."""
    expected = _expected(environment)
    ids = {subnet.id for subnet in environment.config.network.private_subnets if subnet.id}
    for definition in definitions:
        for dependency in definition.dependencies:
            mocks = dependency.mock_outputs or {}
            for name, value in expected.items():
                if name in mocks and mocks[name] != value:
                    yield _problem(dependency, name, mocks[name], value, "warning")
            given = {subnet.get("id") for subnet in mocks.get(SUBNETS) or [] if isinstance(subnet, dict)}
            if ids and not given >= ids and SUBNETS in mocks:
                yield _problem(dependency, SUBNETS, sorted(map(str, given)), sorted(ids), "error")


def _expected(environment: Environment) -> dict[str, Any]:
    """The outputs whose values env.yaml gives, whoever makes them."""
    config, databases = environment.config, environment.config.databases
    found: dict[str, Any] = {
        "source_bucket": environment.resource(config.storage.source_bucket),
        "glue_assets_bucket": environment.resource(config.storage.glue_assets_bucket),
        "orders_table_name": environment.resource(databases.dynamodb.table),
        "redshift_workgroup_name": environment.resource(databases.redshift.workgroup),
        "redshift_database": databases.redshift.database,
        "redshift_port": databases.redshift.port,
    }
    if config.network.security_groups.database:
        found["database_security_group_id"] = config.network.security_groups.database
    if databases.mysql:
        found |= {"mysql_port": databases.mysql.port, "mysql_database": databases.mysql.database}
    return found


def _problem(dependency: Dependency, name: str, given: Any, wanted: Any, severity: Severity) -> Problem:
    message = f"the mock {name!r} is {given!r}, and env.yaml says {wanted!r}"
    hint = f"take {name} from env.yaml, as live/_envcommon does, so that both agree"
    key = f"dependency.{dependency.name}.mock_outputs.{name}"
    return Problem("mock-disagrees", message, dependency.file, dependency.line, key, hint, severity)
