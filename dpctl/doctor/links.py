"""The links of the event chain: what env.yaml calls them, and what AWS answered about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dpctl.doctor.snapshot import CannotSee, Unknown

READS = frozenset({"Enabled", "Enabling", "Creating", "Updating"})  # a mapping that reads, or will
ACTIVE_RUNS = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})  # states that take a place
BAD_RUNS = frozenset({"FAILED", "ERROR", "TIMEOUT"})  # how a run of a Glue job can end badly


@dataclass(frozen=True)
class Names:
    """What env.yaml calls the links of the pipeline, from which everything that is deployed is followed.

    ``writes`` are the operations on the table it follows; ``bucket`` is where keys wait. ``secret`` is the
    login to Redshift (empty where Redshift keeps it: a job that signs in with its role needs none);
    ``source`` is the bucket that auto-copy watches (empty without it), ``integration`` what watches it.
    ``trailed`` is whether writes come by the trail; ``capture`` the function that reads the table's stream,
    where one does. ``groups`` are the groups of schedules, and ``schedules`` the names that
    must be in the group of dumps. ``sweeper`` is the schedule, and the machine it starts, that looks for
    keys that wait while nothing runs. ``dumped`` are the tables of each schedule, ``exports`` the places
    (``bucket/prefix``) that they are dumped to, with ``unload_role``. ``mysql_job`` is what loads tables from
    MySQL (empty without such tables). ``roles`` are the roles of all layers: what env.yaml calls each, by its
    name in AWS. ``script`` is where the layer puts the job's script; ``followed`` are the tables of env.yaml
    that are loaded from the DynamoDB table.
    """

    env: str
    trail: str
    table_arn: str
    rule: str
    state_machine_arn: str
    workflow: str
    workflow_arn: str
    job: str
    events_role: str
    states_role: str
    notify_role: str
    writes: tuple[str, ...]
    account: str
    region: str
    bucket: str
    secret: str = ""
    source: str = ""
    integration: str = ""
    groups: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    workgroup: str = ""
    database: str = ""
    tables: tuple[str, ...] = ()
    trailed: bool = True
    capture: str = ""
    sweeper: str = ""
    hash_key: str = "PartKey"
    unload_role: str = ""
    exports: tuple[str, ...] = ()
    dumped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mysql_job: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    script: str = ""
    followed: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The DynamoDB table's name."""
        return self.table_arn.rsplit("/", 1)[-1]

    def arn(self, service: str, resource: str) -> str:
        """An ARN in the account, in the table's partition."""
        partition = self.table_arn.split(":")[1]
        return f"arn:{partition}:{service}:{self.region}:{self.account}:{resource}"

    def s3(self, place: str) -> str:
        """The ARN of a bucket, or of ``bucket/key``."""
        return f"arn:{self.table_arn.split(':')[1]}:s3:::{place}"


@dataclass(frozen=True)
class Chain:
    """The answers by name, each a boto3 answer, None (there is no such thing) or Unknown.

    ``calls`` is the number of API calls it took; ``first`` tells of a layer which of the layers that it
    needs, itself among them, nobody has applied yet.
    """

    names: Names
    facts: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    first: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether a question was asked: not every environment has every part."""
        return name in self.facts

    def known(self, name: str) -> Any:
        """An answer, or None where there is none."""
        value = self.facts.get(name)
        return None if isinstance(value, Unknown) else value

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What AWS did not tell."""
        return tuple(value for value in self.facts.values() if isinstance(value, Unknown))

    def __getitem__(self, name: str) -> Any:
        """An answer. Raises CannotSee when AWS refused it."""
        value = self.facts[name]
        if isinstance(value, Unknown):
            raise CannotSee(name, value)
        return value
