"""What AWS said about one Glue connection and everything it depends on, as frozen data.

A snapshot is a set of *sections*. A section that could not be read is `Unknown` and names the permission that
was missing. Values of secrets and passwords never get in here: see `dpctl.doctor.parse`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from dpctl import jsontext
from dpctl.aws import DENIED_CODES
from dpctl.doctor import model as m
from dpctl.doctor.addresses import block
from dpctl.errors import UsageError

SCHEMA_VERSION = 1
COMMAND = "dpctl"
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Section(Generic[T_co]):
    """A part of the snapshot: its name, the type of its value, and what the caller needs to read it."""

    name: str
    kind: Any
    permission: str


# The caller may not ask, or nobody in this account may.
DENIED = DENIED_CODES | {"AuthFailure", "OptInRequired"}


@dataclass(frozen=True)
class Unknown:
    """A fact that AWS did not tell: the permission it takes, and the code of what went wrong."""

    permission: str
    reason: str

    @property
    def need(self) -> str:
        """What it would take: the permission; with the error's code where it is no permission that is
        missing.
        """
        return self.permission if self.denied or not self.permission else f"{self.permission} ({self.reason})"

    @property
    def denied(self) -> bool:
        """Whether it is a permission that is missing, and no error of AWS's or of the network's."""
        return self.reason in DENIED or self.reason == NOT_ASKED


NOT_ASKED = "it was not asked for"


def wanting(need: str) -> str:
    """What is said where something could not be seen: a missing permission, or an error of AWS's."""
    if need.endswith(")"):
        name, _, code = need[:-1].partition(" (")
        return f"AWS did not answer {name}: {code}; ask again later"
    return f"needs {need}"


def missing_permissions(unknown: Iterable[Unknown]) -> list[str]:
    """The permissions that AWS says are missing, each once, in order of their names."""
    return sorted({one.permission for one in unknown if one.denied and one.permission})


def unseen(unknown: Iterable[Unknown]) -> list[str]:
    """What AWS did not tell, a line each: for want of permissions, and for errors of its own."""
    unknown = tuple(unknown)
    denied = missing_permissions(unknown)
    errors = sorted({one.need for one in unknown if not one.denied})
    lines = [f"Not seen for want of: {', '.join(denied)}"] if denied else []
    if errors:
        lines.append(f"Not seen because AWS did not answer: {', '.join(errors)}; ask again later")
    return lines


class CannotSee(Exception):
    """A check asked for a section that is unknown; the runner turns it into the result ``error``."""

    def __init__(self, section: str, unknown: Unknown) -> None:
        super().__init__(f"{section}: {unknown.reason} ({unknown.permission})")
        self.section = section
        self.unknown = unknown


EXPECTED: Section[m.Expected | None] = Section("expected", m.Expected | None, "")
CALLER: Section[m.Caller] = Section("caller", m.Caller, "sts:GetCallerIdentity")
CONNECTION: Section[m.Connection | None] = Section("connection", m.Connection | None, "glue:GetConnection")
OTHER_CONNECTIONS: Section[tuple[str, ...]] = Section(
    "other_connections", tuple[str, ...], "glue:GetConnections"
)
JOBS: Section[tuple[m.Job, ...]] = Section("jobs", tuple[m.Job, ...], "glue:GetJobs")
ENCRYPTION: Section[m.CatalogEncryption] = Section(
    "encryption", m.CatalogEncryption, "glue:GetDataCatalogEncryptionSettings"
)
SUBNETS: Section[tuple[m.Subnet, ...]] = Section("subnets", tuple[m.Subnet, ...], "ec2:DescribeSubnets")
VPCS: Section[tuple[m.Vpc, ...]] = Section("vpcs", tuple[m.Vpc, ...], "ec2:DescribeVpcs")
VPC_DNS: Section[m.VpcDns | None] = Section("vpc_dns", m.VpcDns | None, "ec2:DescribeVpcAttribute")
DHCP: Section[tuple[m.DhcpOptions, ...]] = Section(
    "dhcp_options", tuple[m.DhcpOptions, ...], "ec2:DescribeDhcpOptions"
)
ROUTES: Section[tuple[m.RouteTable, ...]] = Section(
    "route_tables", tuple[m.RouteTable, ...], "ec2:DescribeRouteTables"
)
NATS: Section[tuple[m.NatGateway, ...]] = Section(
    "nat_gateways", tuple[m.NatGateway, ...], "ec2:DescribeNatGateways"
)
ENDPOINTS: Section[tuple[m.Endpoint, ...]] = Section(
    "vpc_endpoints", tuple[m.Endpoint, ...], "ec2:DescribeVpcEndpoints"
)
GROUPS: Section[tuple[m.SecurityGroup, ...]] = Section(
    "security_groups", tuple[m.SecurityGroup, ...], "ec2:DescribeSecurityGroups"
)
ACLS: Section[tuple[m.Acl, ...]] = Section("network_acls", tuple[m.Acl, ...], "ec2:DescribeNetworkAcls")
PREFIX_LISTS: Section[tuple[m.PrefixList, ...]] = Section(
    "prefix_lists", tuple[m.PrefixList, ...], "ec2:DescribeManagedPrefixLists"
)
INTERFACES: Section[tuple[m.Interface, ...]] = Section(
    "network_interfaces", tuple[m.Interface, ...], "ec2:DescribeNetworkInterfaces"
)
WAREHOUSE: Section[m.Warehouse | None] = Section(
    "warehouse", m.Warehouse | None, "redshift-serverless:GetWorkgroup"
)
SECRET: Section[m.Secret | None] = Section("secret", m.Secret | None, "secretsmanager:DescribeSecret")
SECRET_KEYS: Section[m.SecretKeys | None] = Section(
    "secret_keys", m.SecretKeys | None, "secretsmanager:GetSecretValue"
)
ROLE: Section[m.Role | None] = Section("role", m.Role | None, "iam:GetRole")
ALLOWED: Section[tuple[m.Decision, ...]] = Section(
    "permissions", tuple[m.Decision, ...], "iam:SimulatePrincipalPolicy"
)
KEYS: Section[tuple[m.Key, ...]] = Section("kms_keys", tuple[m.Key, ...], "kms:DescribeKey")
KEY_POLICIES: Section[Mapping[str, str]] = Section("kms_key_policies", Mapping[str, str], "kms:GetKeyPolicy")
BUCKETS: Section[Mapping[str, str]] = Section("bucket_regions", Mapping[str, str], "s3:GetBucketLocation")
ZONES: Section[tuple[m.HostedZone, ...]] = Section(
    "hosted_zones", tuple[m.HostedZone, ...], "route53:ListHostedZonesByVPC"
)
PEERINGS: Section[tuple[m.Peering, ...]] = Section(
    "peerings", tuple[m.Peering, ...], "ec2:DescribeVpcPeeringConnections"
)
ASSOCIATIONS: Section[Mapping[str, tuple[str, ...]]] = Section(
    "group_associations", Mapping[str, tuple[str, ...]], "ec2:DescribeSecurityGroupVpcAssociations"
)
PUBLIC_BLOCK: Section[m.PublicBlock | None] = Section(
    "public_block", m.PublicBlock | None, "ec2:DescribeVpcBlockPublicAccessOptions"
)
PROFILES: Section[tuple[m.Brought, ...]] = Section(
    "profiles", tuple[m.Brought, ...], "route53profiles:ListProfileAssociations"
)
RESOLVER_RULES: Section[tuple[m.ResolverRule, ...]] = Section(
    "resolver_rules", tuple[m.ResolverRule, ...], "route53resolver:ListResolverRuleAssociations"
)
DNS_FIREWALL: Section[tuple[m.DnsRule, ...]] = Section(
    "dns_firewall", tuple[m.DnsRule, ...], "route53resolver:ListFirewallRuleGroupAssociations"
)
LOGS: Section[m.Logs | None] = Section("logs", m.Logs | None, "glue:GetJobRuns")
ACTIVE: Section[m.ActiveTest | None] = Section("active_test", m.ActiveTest | None, "glue:TestConnection")
RUNBOOK: Section[m.ActiveTest | None] = Section(
    "runbook", m.ActiveTest | None, "ssm:StartAutomationExecution"
)
PROBE: Section[tuple[m.Probed, ...] | None] = Section(
    "probe", tuple[m.Probed, ...] | None, "lambda:CreateFunction"
)
SQL: Section[m.ActiveTest | None] = Section("sql_test", m.ActiveTest | None, "redshift-data:ExecuteStatement")

RETIRED = frozenset({"namespace"})  # what older files have, and nothing reads
# What is there only when it was asked for.
TESTS: tuple[Section[Any], ...] = (ACTIVE, RUNBOOK, SQL, PROBE)
SECTIONS: Mapping[str, Section[Any]] = {
    value.name: value for value in list(globals().values()) if isinstance(value, Section)
}


@dataclass(frozen=True)
class Snapshot:
    """Sections by name.

    ``calls`` is the number of AWS API calls it took, ``taken_at`` an ISO 8601 time (UTC); ``derived`` holds
    what was computed from the facts, so that it is computed once. ``sandboxed`` is whether a sandbox was
    asked.
    """

    facts: Mapping[str, Any]
    calls: int = 0
    taken_at: str = ""
    derived: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    sandboxed: bool = False

    def __getitem__(self, section: Section[T]) -> T:
        """The value of a section. Raises CannotSee when it is unknown."""
        value = self.facts.get(section.name, Unknown(section.permission, NOT_ASKED))
        if isinstance(value, Unknown):
            raise CannotSee(section.name, value)
        return value  # type: ignore[no-any-return]

    def known(self, section: Section[T]) -> T | None:
        """The value of a section, or None where it is unknown."""
        value = self.facts.get(section.name)
        return None if isinstance(value, Unknown) else value

    def having(self, section: Section[T], value: T | Unknown) -> Snapshot:
        """A copy in which one section is different: what would be, if."""
        facts = {**self.facts, section.name: value}
        return Snapshot(facts, self.calls, self.taken_at, sandboxed=self.sandboxed)

    @property
    def command(self) -> str:
        """How dpctl is called for the account."""
        return f"{COMMAND} --sandbox" if self.sandboxed else COMMAND

    @property
    def unknown(self) -> dict[str, Unknown]:
        """The sections that AWS did not tell."""
        return {name: value for name, value in self.facts.items() if isinstance(value, Unknown)}


@dataclass
class View:
    """A snapshot through which a check sees only what it declared; remembers what was read."""

    snapshot: Snapshot
    declared: frozenset[str]
    used: set[str] = field(default_factory=set)

    @property
    def derived(self) -> dict[str, Any]:
        """What was computed from the snapshot."""
        return self.snapshot.derived

    def __getitem__(self, section: Section[T]) -> T:
        """The value of a declared section. Raises CannotSee, or LookupError for an undeclared one."""
        if section.name not in self.declared:
            raise LookupError(f"the check reads {section.name} without declaring it")
        self.used.add(section.name)
        return self.snapshot[section]

    def known(self, section: Section[T]) -> T | None:
        """The value of a declared section, or None where it is unknown."""
        try:
            return self[section]
        except CannotSee:
            return None


Facts = Snapshot | View


def find(items: Iterable[T], identity: str) -> T | None:
    """The item with this ``id``, or None."""
    return next((item for item in items if getattr(item, "id", None) == identity), None)


@cache
def _adapter(name: str) -> Any:
    """pydantic's reader and writer of one section; KeyError for a section that does not exist."""
    from pydantic import TypeAdapter

    return TypeAdapter(SECTIONS[name].kind)


def to_document(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as JSON values."""
    sections: dict[str, Any] = {}
    for name, value in snapshot.facts.items():
        if isinstance(value, Unknown):
            sections[name] = {"unknown": {"permission": value.permission, "reason": value.reason}}
        else:
            sections[name] = {"value": _adapter(name).dump_python(value, mode="json")}
    return {
        "schema_version": SCHEMA_VERSION,
        "taken_at": snapshot.taken_at,
        "calls": snapshot.calls,
        "sandboxed": snapshot.sandboxed,
        "sections": sections,
    }


def from_document(document: Any, file: str = "") -> Snapshot:
    """Read what `to_document` made. Raises UsageError when it is something else."""
    from pydantic import ValidationError

    facts: dict[str, Any] = {section.name: None for section in TESTS}
    try:
        if document["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version is {document['schema_version']!r}, not {SCHEMA_VERSION}")
        for name, entry in document["sections"].items():
            if name in RETIRED:
                continue
            if "unknown" in entry:
                facts[name] = Unknown(str(entry["unknown"]["permission"]), str(entry["unknown"]["reason"]))
            else:
                facts[name] = _adapter(name).validate_python(entry["value"])
        _check_networks(facts)
        taken, sandboxed = str(document.get("taken_at", "")), document.get("sandboxed") is True
        return Snapshot(facts, int(document.get("calls", 0)), taken, sandboxed=sandboxed)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, ValidationError) as error:
        raise UsageError(
            "This is not a snapshot of the doctor.",
            why=f"{type(error).__name__}: {error}",
            hint="dpctl doctor glue-connection --snapshot FILE",
            file=file,
        ) from error


def _check_networks(facts: Mapping[str, Any]) -> None:
    """Raise NoNetwork where a network is none: walks reckon with them, long after this file is read."""
    known = {name: () if isinstance(value, Unknown) else value for name, value in facts.items()}
    wanted = [subnet.block for subnet in known.get("subnets", ())]
    wanted += [cidr for vpc in known.get("vpcs", ()) for cidr in vpc.cidrs]
    wanted += [route.destination for table in known.get("route_tables", ()) for route in table.routes]
    wanted += [entry.cidr for acl in known.get("network_acls", ()) for entry in acl.entries]
    wanted += [cidr for listed in known.get("prefix_lists", ()) for cidr in listed.cidrs or ()]
    for group in known.get("security_groups", ()):
        wanted += [rule.cidr for rule in (*group.ingress, *group.egress) if rule.cidr]
    for text in wanted:
        if not text.startswith("pl-"):
            block(text)


def save(snapshot: Snapshot, path: Path) -> None:
    """Write a snapshot to a file that only its owner can read."""
    path.write_text(json.dumps(to_document(snapshot), indent=2) + "\n", encoding="utf-8")
    path.chmod(0o600)


def load(path: Path) -> Snapshot:
    """Read a snapshot from a file. Raises UsageError when there is none in it."""
    try:
        document = jsontext.read(path.read_bytes()).raw
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The snapshot {path} can't be read.",
            why=str(error),
            hint="dpctl doctor glue-connection --snapshot FILE",
        ) from error
    return from_document(document, str(path))
