"""The rules of the account: network, names, storage, Glue and databases."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from dpctl.config.models import (
    CAPTURED,
    Audit,
    Capture,
    Databases,
    Glue,
    Iam,
    Network,
    S3ToRedshift,
    Secrets,
    Storage,
    Subnet,
)
from dpctl.config.rules import Breach, rule

LEAST_RPU = 8  # the least base capacity that every Region has
DEAR = 10  # times the least price
# Account ids that AWS's own documentation uses for examples.
PLACEHOLDERS = frozenset({"000000000000", "111122223333", "123456789012"})


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


def _subnets(network: Network) -> Iterator[tuple[tuple[str, str, int], Subnet]]:
    """The subnets in the order of the file, each with its path."""
    for kind in ("private_subnets", "public_subnets"):
        for index, subnet in enumerate(getattr(network, kind)):
            yield ("network", kind, index), subnet


def _cidrs(network: Network) -> list[ipaddress.IPv4Network]:
    return [ipaddress.IPv4Network(subnet.cidr) for _, subnet in _subnets(network)]


@rule("network")
def _subnets_inside_vpc(_env: str, network: Network) -> Iterator[Breach]:
    vpc = ipaddress.IPv4Network(network.vpc.cidr)
    subnets = _cidrs(network)
    if len(subnets) > 1 and not any(subnet.subnet_of(vpc) for subnet in subnets):
        message = f"none of the subnets is inside {vpc}, the first being {subnets[0]}"
        hint = str(subnets[0].supernet(new_prefix=16))
        yield Breach(("network", "vpc", "cidr"), "subnet-outside-vpc", message, hint)
        return
    seen: list[tuple[str, ipaddress.IPv4Network]] = []
    for (section, kind, index), subnet in _subnets(network):
        path = (section, kind, index, "cidr")
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
                yield Breach(
                    path,
                    "overlapping-subnets",
                    f"{subnet.cidr} overlaps {name} ({other})",
                    f"a network that is free: {_free(vpc, cidr.prefixlen, network)}",
                )
        seen.append((f"{kind}[{index}]", cidr))


def _free(vpc: ipaddress.IPv4Network, prefix: int, network: Network) -> str:
    """The first network of a size inside the VPC that no subnet has."""
    taken = _cidrs(network)
    found = (
        item
        for item in vpc.subnets(new_prefix=max(vpc.prefixlen, prefix))
        if not any(map(item.overlaps, taken))
    )
    return str(next(found, f"one of another VPC than {vpc}"))


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
    seen: set[str] = set()
    for path, subnet in _subnets(network):
        if subnet.id and subnet.id in seen:
            message = f"{subnet.id} stands here more than once"
            hint = "the id of another subnet, or one entry less"
            yield Breach((*path, "id"), "repeated-id", message, hint)
        seen.add(subnet.id or "")
    if network.security_groups.database in network.security_groups.others:
        others = ("network", "security_groups", "others")
        yield Breach(
            others,
            "repeated-id",
            f"{network.security_groups.database} is already the database's group",
            f"others without {network.security_groups.database}",
        )


@rule("network")
def _all_or_none_by_id(_env: str, network: Network) -> Iterator[Breach]:
    for path, subnet in _subnets(network):
        if subnet.id and not network.vpc.id:
            yield Breach(
                (*path, "id"),
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


@rule("network", "glue")
def _jobs_without_a_way_out(_env: str, network: Network, glue: Glue) -> Iterator[Breach]:
    inside = [name for name, job in glue.jobs.items() if job.enabled and job.source == "mysql"]
    if network.egress == "none" and inside:
        yield Breach(
            ("network", "egress"),
            "job-without-egress",
            f"{', '.join(inside)} runs in the VPC, and reaches neither Glue nor Redshift without a way out",
            "egress: endpoints",
        )


@rule("region", "network")
def _zones_in_region(_env: str, region: str, network: Network) -> Iterator[Breach]:
    if other := _elsewhere(region, network):
        message = f"all subnets are in {other}, none in {region}"
        yield Breach(("region",), "wrong-region", message, other)
        return
    for path, subnet in _subnets(network):
        if subnet.az[:-1] != region:
            yield Breach((*path, "az"), "wrong-region", f"{subnet.az} is not in {region}", f"{region}a")


def _elsewhere(region: str, network: Network) -> str:
    """The one other region that all subnets are in; empty where one is here, or they are not of one mind."""
    found = {subnet.az[:-1] for _, subnet in _subnets(network)}
    return found.pop() if len(found) == 1 and region not in found else ""


@rule("account_id", "region", "audit", "network")
def _arns_of_this_account(
    _env: str, account: str, region: str, audit: Audit, network: Network
) -> Iterator[Breach]:
    if audit.kms_key_arn is None:
        return
    region = _elsewhere(region, network) or region  # then it is the region that is wrong, and said there
    path = ("audit", "kms_key_arn")
    _, _, service, arn_region, arn_account, resource = audit.kms_key_arn.split(":", 5)
    if arn_account != account:
        yield Breach(
            path,
            "wrong-account",
            f"the ARN is in account {arn_account}, this environment in {account}",
            audit.kms_key_arn.replace(arn_account, account)
            if arn_account
            else f"arn:aws:kms:{region}:{account}:key/<id>",
        )
    if arn_region != region:
        yield Breach(
            path,
            "wrong-region",
            f"the ARN is in {arn_region or 'no region'}, this environment in {region}",
            audit.kms_key_arn.replace(f":{arn_region}:", f":{region}:", 1),
        )
    if service != "kms" or not resource.startswith("key/"):
        hint = f"arn:aws:kms:{region}:{account}:key/<id>"
        yield Breach(path, "wrong-service", "this is not the ARN of a KMS key", hint)


@rule("project", "naming", "iam")
def _role_names_fit(env: str, project: str, naming: str, iam: Iam) -> Iterator[Breach]:
    prefix = f"{project}-{env}-" if naming == "prefixed" else ""
    seen: dict[str, str] = {}
    for key, value in iam.model_dump(exclude={"exclusive", "paths", "kms_key_arns"}).items():
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            path: tuple[str | int, ...] = ("iam", key, index) if isinstance(value, list) else ("iam", key)
            if len(prefix + name) > 64:
                message = f"{prefix + name!r} has {len(prefix + name)} characters; IAM takes 64"
                yield Breach(path, "name-too-long", message, name[: 64 - len(prefix)])
            if name in seen:
                message = f"{name!r} is already iam.{seen[name]}"
                yield Breach(path, "repeated-name", message, "a role of its own")
            seen[name] = key


@rule("project", "naming", "storage")
def _bucket_names_fit(env: str, project: str, naming: str, storage: Storage) -> Iterator[Breach]:
    prefix = f"{project}-{env}-" if naming == "prefixed" else ""
    seen: dict[str, str] = {}
    for key in ("source_bucket", "glue_assets_bucket", "trail_bucket", "export_bucket"):
        name = getattr(storage, key)
        if len(prefix + name) > 63:
            message = f"{prefix + name!r} has {len(prefix + name)} characters; S3 takes 63"
            yield Breach(("storage", key), "name-too-long", message, name[: 63 - len(prefix)].strip("-."))
        if name in seen:
            message = f"{name!r} is already storage.{seen[name]}"
            yield Breach(("storage", key), "repeated-name", message, "a bucket of its own")
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
    twice = len(set(private)) < len(private)  # then an id is missing that stands where another one is
    if glue.connection.subnet and glue.connection.subnet not in private and not twice:
        yield Breach(
            ("glue", "connection", "subnet"),
            "connection-outside-private-subnets",
            f"{glue.connection.subnet} is not one of network.private_subnets: Glue's network interfaces "
            "get no public address, so in a public subnet they reach nothing",
            f"{private[0]}" if private else "remove it: the first private subnet is taken",
        )
    groups = {network.security_groups.database, *network.security_groups.others}
    if glue.connection.security_group and glue.connection.security_group not in groups:
        path = ("glue", "connection", "security_group")
        message = f"{glue.connection.security_group} is not one of network.security_groups"
        yield Breach(
            path, "unknown-security-group", message, f"one of: {', '.join(sorted(filter(None, groups)))}"
        )


@rule("glue", "databases")
def _jobs_are_sized(_env: str, glue: Glue, databases: Databases) -> Iterator[Breach]:
    for name, job in glue.jobs.items():
        path = ("glue", "jobs", name)
        workers = (job.worker_type, job.number_of_workers)
        if job.type == "pythonshell" and (job.max_capacity is None or any(workers)):
            message = "a pythonshell job has max_capacity 0.0625 or 1.0, and no workers"
            yield Breach(path, "job-size", message, "max_capacity: 0.0625")
        if job.type == "glueetl" and (job.max_capacity is not None or not all(workers)):
            yield Breach(
                path,
                "job-size",
                "a glueetl job has worker_type and number_of_workers, and no max_capacity",
                "worker_type: G.1X, number_of_workers: 10",
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
    for key in ("base_capacity", "max_capacity"):
        value = getattr(redshift, key)
        if value is not None and value != (near := _near_capacity(value)):
            message = f"{value} RPU: 4, a multiple of 8 up to 512, or a multiple of 32 up to 1024"
            yield Breach((*path, key), "invalid-capacity", message, f"{key}: {near}")
    if redshift.max_capacity is not None and redshift.max_capacity < redshift.base_capacity:
        message = f"{redshift.max_capacity} RPU is below base_capacity, {redshift.base_capacity} RPU"
        hint = f"max_capacity: {redshift.base_capacity}"
        yield Breach((*path, "max_capacity"), "invalid-capacity", message, hint)
    if redshift.base_capacity > DEAR * LEAST_RPU:
        times = redshift.base_capacity // LEAST_RPU
        yield Breach(
            (*path, "base_capacity"),
            "dear-capacity",
            f"{redshift.base_capacity} RPU cost {times} times what {LEAST_RPU} do, for the same seconds "
            "awake",
            f"base_capacity: {LEAST_RPU}, max_capacity as its ceiling; `dpctl cost` tells what it saves",
            "warning",
        )
    # AWS documents 5431-5455 and 8191-8215 as the ports of a serverless workgroup.
    if not (5431 <= redshift.port <= 5455 or 8191 <= redshift.port <= 8215):
        message = f"{redshift.port}: Redshift Serverless takes 5431-5455 and 8191-8215"
        yield Breach((*path, "port"), "invalid-port", message, "5439")


def _near_capacity(value: int) -> int:
    """The next capacity that Redshift Serverless has (management guide, "Compute capacity")."""
    if value <= 4:
        return 4
    step = 8 if value <= 512 else 32
    return -(-value // step) * step


@rule("databases")
def _names_of_databases(_env: str, databases: Databases) -> Iterator[Breach]:
    mysql = databases.mysql
    if mysql and (mysql.identifier.endswith("-") or "--" in mysql.identifier):
        near = re.sub("-+", "-", mysql.identifier).strip("-")
        message = f"{mysql.identifier!r}: RDS takes no hyphen at the end, and no two together"
        yield Breach(("databases", "mysql", "identifier"), "invalid-value", message, near)


@rule("secrets")
def _secrets_apart(_env: str, secrets: Secrets) -> Iterator[Breach]:
    if secrets.redshift == secrets.database:
        message = (
            f"{secrets.database!r} is already secrets.redshift; the databases have passwords of their own"
        )
        yield Breach(("secrets", "database"), "repeated-name", message, "test/dbaccess")


@rule("capture")
def _writes_that_nobody_sees(_env: str, capture: Capture) -> Iterator[Breach]:
    if capture.source == "stream":
        return
    missed = [name for name in CAPTURED if name not in capture.events]
    if missed and capture.source == "cloudtrail":
        yield Breach(
            ("capture", "events"),
            "missed-writes",
            f"{', '.join(missed)} of the table reach Redshift by `dpctl reconcile` only",
            "add them to capture.events, or set capture.source: stream, which sees every change",
            "warning",
        )
    blind = [name for name in capture.events if name not in CAPTURED]
    if blind:
        yield Breach(
            ("capture", "events"),
            "events-without-keys",
            f"CloudTrail keeps no key of {', '.join(blind)}: their events end as dead letters",
            "leave them out, and set capture.source: stream, which sees these writes",
            "warning",
        )


@rule("capture")
def _short_windows(_env: str, capture: Capture) -> Iterator[Breach]:
    if capture.batch.size < 1000:
        yield Breach(
            ("capture", "batch", "size"),
            "small-batch",
            f"{capture.batch.size} waiting events cut the window of {capture.batch.window_seconds} s short, "
            "and every load keeps Redshift awake for a minute",
            "size: 20000; the window alone bounds the loads of an hour",
            "warning",
        )
