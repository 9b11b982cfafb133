"""The rules between the values of env.yaml: what each value alone cannot say.

Every rule is a generator over the sections it names; a section that is itself invalid silences only the rules
that need it, so that one run reports everything else.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dpctl.config.models import (
    Audit,
    Databases,
    EnvConfig,
    Glue,
    Iam,
    Network,
    S3ToRedshift,
    Storage,
    Table,
)
from dpctl.errors import Severity

# Account ids that AWS's own documentation uses for examples.
PLACEHOLDERS = frozenset({"000000000000", "111122223333", "123456789012"})
# Columns UNLOAD can partition by (Redshift guide, UNLOAD, PARTITION BY).
PARTITION_TYPES = (
    "smallint", "integer", "int", "bigint", "decimal", "numeric", "real", "boolean",
    "char", "character", "varchar", "character varying", "date", "timestamp",
)  # fmt: skip


@dataclass(frozen=True)
class Breach:
    """A rule that is broken: the path of the value, and what is wrong with it."""

    path: tuple[str | int, ...]
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"


Rule = Callable[..., Iterator[Breach]]
_RULES: list[tuple[tuple[str, ...], Rule]] = []


def rule(*sections: str) -> Callable[[Rule], Rule]:
    """Register a rule over top-level sections, which it gets in this order after the environment's name."""

    def register(function: Rule) -> Rule:
        _RULES.append((sections, function))
        return function

    return register


def check(env: str, sections: dict[str, Any]) -> Iterator[Breach]:
    """Every breach of every rule whose sections are there."""
    for names, function in _RULES:
        if all(name in sections for name in names):
            yield from function(env, *(sections[name] for name in names))


@rule("account_id")
def _placeholder_account(_env: str, account: str) -> Iterator[Breach]:
    if account in PLACEHOLDERS:
        yield Breach(
            ("account_id",),
            "placeholder-account",
            f"{account} is an example id of AWS's documentation, not an account",
            "put the real account id here before the first apply to AWS; the sandbox does not mind",
            "warning",
        )


@rule("network")
def _subnets_inside_vpc(_env: str, network: Network) -> Iterator[Breach]:
    vpc = ipaddress.IPv4Network(network.vpc.cidr)
    seen: list[tuple[str, ipaddress.IPv4Network]] = []
    for kind in ("private_subnets", "public_subnets"):
        for index, subnet in enumerate(getattr(network, kind)):
            path = ("network", kind, index, "cidr")
            cidr = ipaddress.IPv4Network(subnet.cidr)
            if not cidr.subnet_of(vpc):
                yield Breach(
                    path,
                    "subnet-outside-vpc",
                    f"{subnet.cidr} is not inside the VPC's {network.vpc.cidr}",
                    f"a network such as {next(vpc.subnets(new_prefix=max(vpc.prefixlen, cidr.prefixlen)))}",
                )
            for name, other in seen:
                if cidr.overlaps(other):
                    yield Breach(path, "overlapping-subnets", f"{subnet.cidr} overlaps {name} ({other})")
            seen.append((f"{kind}[{index}]", cidr))


@rule("network")
def _two_zones(_env: str, network: Network) -> Iterator[Breach]:
    zones = {subnet.az for subnet in network.private_subnets}
    if len(zones) < 2:
        yield Breach(
            ("network", "private_subnets"),
            "same-zone",
            f"all private subnets are in {zones.pop()}; Redshift Serverless and RDS want two zones or more",
            "move one of them to another availability zone",
        )


@rule("network")
def _ids_once(_env: str, network: Network) -> Iterator[Breach]:
    subnets = Counter(s.id for s in (*network.private_subnets, *network.public_subnets) if s.id)
    for index, subnet in enumerate(network.private_subnets):
        if subnet.id and subnets[subnet.id] > 1:
            path = ("network", "private_subnets", index, "id")
            yield Breach(path, "repeated-id", f"{subnet.id} stands here more than once")
    if network.security_groups.database in network.security_groups.others:
        path = ("network", "security_groups", "others")
        yield Breach(
            path, "repeated-id", f"{network.security_groups.database} is already the database's group"
        )


@rule("network")
def _all_or_none_by_id(_env: str, network: Network) -> Iterator[Breach]:
    for kind in ("private_subnets", "public_subnets"):
        for index, subnet in enumerate(getattr(network, kind)):
            if subnet.id and not network.vpc.id:
                yield Breach(
                    ("network", kind, index, "id"),
                    "id-without-vpc",
                    "a subnet that exists needs a VPC that exists: network.vpc has no id",
                    "add network.vpc.id, or remove this id so that the subnet is created",
                )


@rule("network")
def _nat_needs_public_subnet(_env: str, network: Network) -> Iterator[Breach]:
    if network.egress == "nat" and not network.public_subnets:
        yield Breach(
            ("network", "egress"),
            "nat-without-public-subnet",
            "a NAT gateway stands in a public subnet, and network.public_subnets is empty",
            "add one to network.public_subnets, or egress: endpoints",
        )


@rule("region", "network")
def _zones_in_region(_env: str, region: str, network: Network) -> Iterator[Breach]:
    for kind in ("private_subnets", "public_subnets"):
        for index, subnet in enumerate(getattr(network, kind)):
            if subnet.az[:-1] != region:
                path = ("network", kind, index, "az")
                yield Breach(path, "wrong-region", f"{subnet.az} is not in {region}", f"{region}a")


@rule("account_id", "region", "audit")
def _arns_of_this_account(_env: str, account: str, region: str, audit: Audit) -> Iterator[Breach]:
    if audit.kms_key_arn is None:
        return
    path = ("audit", "kms_key_arn")
    _, _, service, arn_region, arn_account, resource = audit.kms_key_arn.split(":", 5)
    if arn_account != account:
        yield Breach(
            path, "wrong-account", f"the ARN is in account {arn_account}, this environment in {account}"
        )
    if arn_region != region:
        yield Breach(
            path, "wrong-region", f"the ARN is in {arn_region or 'no region'}, this environment in {region}"
        )
    if service != "kms" or not resource.startswith("key/"):
        hint = f"arn:aws:kms:{region}:{account}:key/<id>"
        yield Breach(path, "wrong-service", "this is not the ARN of a KMS key", hint)


@rule("project", "naming", "iam")
def _role_names_fit(env: str, project: str, naming: str, iam: Iam) -> Iterator[Breach]:
    prefix = f"{project}-{env}-" if naming == "prefixed" else ""
    seen: dict[str, str] = {}
    for key, value in iam.model_dump().items():
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            path = ("iam", key, index) if isinstance(value, list) else ("iam", key)
            if len(prefix + name) > 64:
                message = f"{prefix + name!r} has {len(prefix + name)} characters; IAM takes 64"
                yield Breach(path, "name-too-long", message)
            if name in seen:
                yield Breach(path, "repeated-name", f"{name!r} is already iam.{seen[name]}")
            seen[name] = key


@rule("project", "naming", "storage")
def _bucket_names_fit(env: str, project: str, naming: str, storage: Storage) -> Iterator[Breach]:
    prefix = f"{project}-{env}-" if naming == "prefixed" else ""
    seen: dict[str, str] = {}
    for key in ("source_bucket", "glue_assets_bucket", "trail_bucket", "export_bucket"):
        name = getattr(storage, key)
        if len(prefix + name) > 63:
            message = f"{prefix + name!r} has {len(prefix + name)} characters; S3 takes 63"
            yield Breach(("storage", key), "name-too-long", message)
        if name in seen and key != "export_bucket":
            yield Breach(("storage", key), "repeated-name", f"{name!r} is already storage.{seen[name]}")
        seen.setdefault(name, key)


@rule("storage", "s3_to_redshift")
def _auto_copy_bucket(_env: str, storage: Storage, s3: S3ToRedshift) -> Iterator[Breach]:
    if s3.mode == "auto_copy" and "." in storage.source_bucket:
        yield Breach(
            ("storage", "source_bucket"),
            "dotted-bucket",
            "Redshift's S3 event integration refuses buckets with a dot in their name",
            "another bucket, or s3_to_redshift.mode: scheduled",
        )


@rule("network", "glue")
def _connection_in_private_subnet(_env: str, network: Network, glue: Glue) -> Iterator[Breach]:
    private = [subnet.id for subnet in network.private_subnets if subnet.id]
    if glue.connection.subnet and glue.connection.subnet not in private:
        yield Breach(
            ("glue", "connection", "subnet"),
            "connection-outside-private-subnets",
            f"{glue.connection.subnet} is not one of network.private_subnets: Glue's network interfaces get no "
            "public address, so in a public subnet they reach nothing",
            f"{private[0]}" if private else "remove it: the first private subnet is taken",
        )
    groups = {network.security_groups.database, *network.security_groups.others}
    if glue.connection.security_group and glue.connection.security_group not in groups:
        path = ("glue", "connection", "security_group")
        message = f"{glue.connection.security_group} is not one of network.security_groups"
        yield Breach(path, "unknown-security-group", message)


@rule("glue", "databases")
def _jobs_are_sized(_env: str, glue: Glue, databases: Databases) -> Iterator[Breach]:
    for name, job in glue.jobs.items():
        path = ("glue", "jobs", name)
        workers = (job.worker_type, job.number_of_workers)
        if job.type == "pythonshell" and (job.max_capacity is None or any(workers)):
            yield Breach(path, "job-size", "a pythonshell job has max_capacity 0.0625 or 1.0, and no workers")
        if job.type == "glueetl" and (job.max_capacity is not None or not all(workers)):
            yield Breach(
                path, "job-size", "a glueetl job has worker_type and number_of_workers, and no max_capacity"
            )
        if job.enabled and job.source == "mysql" and databases.mysql is None:
            yield Breach(
                (*path, "source"),
                "job-without-source",
                "the job reads MySQL, and databases.mysql is null",
                "source: s3, or enabled: false",
            )


@rule("databases")
def _capacity(_env: str, databases: Databases) -> Iterator[Breach]:
    redshift = databases.redshift
    path = ("databases", "redshift")
    if redshift.base_capacity != 4 and redshift.base_capacity % 8:
        message = f"{redshift.base_capacity} RPU: base capacity is 4, or a multiple of 8 up to 1024"
        yield Breach((*path, "base_capacity"), "invalid-capacity", message)
    if redshift.max_capacity is not None and redshift.max_capacity < redshift.base_capacity:
        message = f"{redshift.max_capacity} RPU is below base_capacity, {redshift.base_capacity} RPU"
        yield Breach((*path, "max_capacity"), "invalid-capacity", message)
    # AWS documents 5431-5455 and 8191-8215 as the ports of a serverless workgroup.
    if not (5431 <= redshift.port <= 5455 or 8191 <= redshift.port <= 8215):
        message = f"{redshift.port}: Redshift Serverless takes 5431-5455 and 8191-8215"
        yield Breach((*path, "port"), "invalid-port", message, "5439")


@rule("tables")
def _table_columns(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        path = ("tables", name)
        counts = Counter(column.name for column in table.columns)
        for index, column in enumerate(table.columns):
            if counts[column.name] > 1:
                here = (*path, "columns", index, "name")
                yield Breach(here, "repeated-name", f"the column {column.name!r} stands here twice")
        for key, used in _columns_used(table):
            for column_name in used:
                if column_name not in counts:
                    yield Breach(
                        (*path, *key),
                        "unknown-column",
                        f"{column_name!r} is not a column of {name}; there is: {', '.join(counts)}",
                    )


def _columns_used(table: Table) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    yield ("key",), table.key
    yield ("sort_key",), table.sort_key
    yield ("version",), [table.version] if table.version else []
    yield ("distribution_key",), [table.distribution_key] if table.distribution_key else []
    if table.unload:
        yield ("unload", "partition_by"), table.unload.partition_by


@rule("tables")
def _partitions(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        if not table.unload:
            continue
        path = ("tables", name, "unload", "partition_by")
        types = {column.name: column.type.split("(")[0].lower() for column in table.columns}
        for column in table.unload.partition_by:
            if types.get(column, "date") not in PARTITION_TYPES:
                yield Breach(
                    path, "invalid-partition", f"UNLOAD can't partition by a column of type {types[column]}"
                )
        if set(table.unload.partition_by) >= set(types):
            yield Breach(path, "invalid-partition", "UNLOAD needs one column that is not a partition")


@rule("tables")
def _loads(_env: str, tables: dict[str, Table]) -> Iterator[Breach]:
    for name, table in tables.items():
        if table.load is None:
            continue
        path = ("tables", name, "load")
        if table.load.source == "s3" and table.load.prefix is None:
            yield Breach(path, "missing-key", "a load from s3 needs a prefix", "prefix: orders/")
        if table.load.source == "dynamodb" and not (table.key and table.version):
            yield Breach(
                path,
                "load-without-key",
                "rows that follow DynamoDB are merged: the table needs a key and a version column",
                "key: [partkey] and version: _version",
            )
        if table.load.source == "dynamodb" and table.load.prefix is not None:
            yield Breach((*path, "prefix"), "invalid-value", "a load from dynamodb has no prefix")
        yield from _text_options(
            path, table.load.format, table.load.delimiter, bool(table.load.ignore_header)
        )
    for name, table in tables.items():
        if table.unload:
            path = ("tables", name, "unload")
            yield from _text_options(path, table.unload.format, None, table.unload.header)
            if table.unload.format == "parquet" and table.unload.compression:
                yield Breach((*path, "compression"), "conflicting-options", "Parquet is compressed already")


def _text_options(path: tuple[str, ...], form: str, delimiter: str | None, header: bool) -> Iterator[Breach]:
    if form in ("parquet", "orc", "json") and header:
        yield Breach(path, "conflicting-options", f"{form} has no header lines")
    if form in ("parquet", "orc", "json") and delimiter:
        yield Breach((*path, "delimiter"), "conflicting-options", f"{form} has no delimiter")


@rule("storage", "tables")
def _prefixes(_env: str, storage: Storage, tables: dict[str, Table]) -> Iterator[Breach]:
    watched = {
        name: table.load.prefix
        for name, table in tables.items()
        if table.load and table.load.source == "s3" and table.load.prefix
    }
    for name, prefix in watched.items():
        for other, other_prefix in watched.items():
            if other < name and (prefix.startswith(other_prefix) or other_prefix.startswith(prefix)):
                path = ("tables", name, "load", "prefix")
                yield Breach(
                    path,
                    "overlapping-prefixes",
                    f"{prefix} and {other}'s {other_prefix} load each other's files",
                )
    for name, table in tables.items():
        if not table.unload or storage.export_bucket != storage.source_bucket:
            continue
        for other, prefix in watched.items():
            if table.unload.prefix.startswith(prefix):
                yield Breach(
                    ("tables", name, "unload", "prefix"),
                    "unload-into-watched-prefix",
                    f"{table.unload.prefix} is under {prefix}, which is loaded into {other}: "
                    "every dump would be loaded again",
                    "another prefix, or another storage.export_bucket",
                )


@rule("tables", "schedules")
def _schedules(_env: str, tables: dict[str, Table], schedules: list[Any]) -> Iterator[Breach]:
    names = Counter(schedule.name for schedule in schedules)
    for index, schedule in enumerate(schedules):
        path = ("schedules", index)
        if names[schedule.name] > 1:
            yield Breach(
                (*path, "name"), "repeated-name", f"the schedule {schedule.name!r} stands here twice"
            )
        for position, table in enumerate(schedule.tables):
            here = (*path, "tables", position)
            if table not in tables:
                known = ", ".join(tables) or "none"
                yield Breach(here, "unknown-table", f"there is no table {table!r}; there is: {known}")
            elif tables[table].unload is None:
                yield Breach(here, "table-without-unload", f"the table {table!r} has no unload section")


assert {name for names, _ in _RULES for name in names} <= set(EnvConfig.model_fields)
