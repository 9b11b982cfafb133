"""Two environments never own the same thing: the same state, or the same name in the same account.

Each would take over what the other manages, and undo it at every apply. What env.yaml names by id (VPC,
subnets, security groups) is only looked up, and may be shared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dpctl.config import Environment, environment_names, load_environment, locate
from dpctl.errors import ConfigError, DpctlError, Problem
from dpctl.livetree.discovery import discover, misnamed
from dpctl.livetree.reading import preview

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Owned:
    """One thing that an environment owns: what tells it from all others, in words, and where it is said."""

    identity: tuple[str, ...]
    words: str
    env: str
    file: str
    line: int
    key: str

    @property
    def where(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}" if self.line else self.file


def check(root: Path, envs: Collection[str], environ: Mapping[str, str]) -> Iterator[Problem]:
    """A problem for each thing that one of ``envs`` owns together with any environment of the tree."""
    first: dict[tuple[str, ...], Owned] = {}
    for env in environment_names(root):
        if misnamed(env):
            continue  # said elsewhere, and no command takes it
        for owned in (*_named(root, env), *_states(root, env, environ)):
            other = first.setdefault(owned.identity, owned)
            if other is not owned and {owned.env, other.env} & set(envs):
                yield _problem(owned, other)


def _problem(owned: Owned, other: Owned) -> Problem:
    if owned.env == other.env:
        hint = "give one of the two another name"
    else:
        hint = (
            f"in live/{owned.env}/env.yaml: naming: prefixed, without the ids of another environment, "
            f"or another account_id; dpctl env new {owned.env} --from {other.env} makes such a copy"
        )
    message = f"{owned.words} is owned by {other.where} ({other.env}) already"
    return Problem("owned-twice", message, owned.file, owned.line, owned.key, hint)


def _named(root: Path, env: str) -> Iterator[Owned]:
    try:
        environment = load_environment(root, env)
    except DpctlError:  # its own problems are told elsewhere
        return
    config = environment.config
    lines = locate(environment)
    for kind, keys, base in _names(environment):
        name = environment.resource(base)
        scope = {"bucket": (), "role": (config.account_id,)}.get(kind, (config.account_id, config.region))
        words = f"the {kind} {name}" + (f" (account {' in '.join(scope)})" if scope else "")
        key = ".".join(str(part) for part in keys)
        yield Owned((kind, *scope, name), words, env, f"live/{env}/env.yaml", lines(keys), key)


def _names(environment: Environment) -> Iterator[tuple[str, Keys, str]]:
    """Every name in env.yaml that stands for something an environment manages: kind, key, name."""
    config = environment.config
    for key in ("source_bucket", "glue_assets_bucket", "trail_bucket", "export_bucket"):
        yield "bucket", ("storage", key), getattr(config.storage, key)
    for key in ("redshift", "database"):
        yield "secret", ("secrets", key), getattr(config.secrets, key)
    yield "trail", ("audit", "trail"), config.audit.trail
    yield "table", ("databases", "dynamodb", "table"), config.databases.dynamodb.table
    if config.databases.mysql:
        yield "database instance", ("databases", "mysql", "identifier"), config.databases.mysql.identifier
    for key in ("namespace", "workgroup"):
        yield key, ("databases", "redshift", key), getattr(config.databases.redshift, key)
    for key in ("glue", "redshift_commands", "step_functions", "events_to_step_functions", "events_to_glue",
                "scheduler", "unload_lambda"):  # fmt: skip
        yield "role", ("iam", key), getattr(config.iam, key)
    for number, name in enumerate(config.iam.redshift_s3):
        yield "role", ("iam", "redshift_s3", number), name
    yield "workflow", ("glue", "workflow"), config.glue.workflow
    yield "connection", ("glue", "connection", "name"), config.glue.connection.name
    yield "connection", ("glue", "mysql_connection"), config.glue.mysql_connection
    for name, job in config.glue.jobs.items():
        if job.enabled:
            yield "job", ("glue", "jobs", name), name
    yield "rule", ("capture", "rule"), config.capture.rule
    yield "state machine", ("capture", "state_machine"), config.capture.state_machine


def _states(root: Path, env: str, environ: Mapping[str, str]) -> Iterator[Owned]:
    for unit in discover(root, env):
        try:
            remote = preview(unit, environ=environ).remote_state
        except ConfigError:
            continue
        if remote is None or remote.backend != "s3":
            continue
        bucket, key = str(remote.config.get("bucket")), str(remote.config.get("key"))
        file = unit.file.relative_to(unit.root).as_posix()
        words = f"the state s3://{bucket}/{key}"
        yield Owned(("state", bucket, key), words, env, file, 0, "remote_state")
