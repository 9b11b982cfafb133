# ruff: noqa: E501 - tables read better with a row on a line
"""A small language for accounts: a healthy one in several shapes, and mutations that break it.

A mutation is a function from snapshot to snapshot; `account(shape, *mutations)` applies them in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.snapshot import Section, Snapshot

Mutation = Callable[[Snapshot], Snapshot]

ACCOUNT, REGION = "054158074701", "ap-south-1"
NAME = "Redshift connection"
VPC, OTHER_VPC = "vpc-0c12017fa98cbab0d", "vpc-0ffffffffffffffff"
A, B, PUBLIC = "subnet-0c293c5fb7629213a", "subnet-07a5f68e689cfa8d0", "subnet-01830492b092ae6cf"
DATABASE_GROUP, ENDPOINT_GROUP = "sg-0537128325078f598", "sg-0e000000000000001"
HOST = f"default-workgroup.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:test/redshift-AbCdEf"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/GlueFullAccessRole"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
TRUST = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, '
    '"Action": "sts:AssumeRole"}]}'
)
STS_TIMEOUT = "Unable to connect: connect timed out. Could not reach https://sts.ap-south-1.amazonaws.com: timeout after 60 s"
SERVICES = ("sts", "secretsmanager", "glue", "logs", "kms")
EVERYWHERE = "0.0.0.0/0"


def rule(
    port: int | tuple[int, int] = (0, 65535), *, cidr="", group="", prefix_list="", protocol="tcp"
) -> m.Rule:
    """A rule of a security group."""
    first, last = (port, port) if isinstance(port, int) else port
    return m.Rule(protocol, first, last, cidr, group, prefix_list)


ALL_OUT = m.Rule("-1", 0, 65535, cidr=EVERYWHERE)
ITSELF = rule(group=DATABASE_GROUP)


def entry(
    number: int, *, egress=False, allow=True, cidr=EVERYWHERE, ports=(0, 65535), protocol="-1"
) -> m.AclEntry:
    """A rule of a network ACL."""
    return m.AclEntry(number, egress, allow, protocol, ports[0], ports[1], cidr)


OPEN_ACL = (
    entry(100),
    entry(32767, allow=False),
    entry(100, egress=True),
    entry(32767, egress=True, allow=False),
)


def interface_endpoint(service: str, **changes: Any) -> m.Endpoint:
    """A working interface endpoint."""
    one = m.Endpoint(
        f"vpce-{service}", f"com.amazonaws.{REGION}.{service}", "Interface", "available", VPC, (A, B),
        (ENDPOINT_GROUP,), (), True,
    )  # fmt: skip
    return replace(one, **changes)


S3_GATEWAY = m.Endpoint(
    "vpce-s3", f"com.amazonaws.{REGION}.s3", "Gateway", "available", VPC, route_tables=("rtb-a", "rtb-b")
)


def table(identity: str, subnets: tuple[str, ...], *routes: m.Route, main=False, vpc=VPC) -> m.RouteTable:
    """A route table with its local route."""
    return m.RouteTable(identity, vpc, main, subnets, (m.Route("10.11.0.0/16", "local"), *routes))


TO_IGW, TO_NAT, TO_S3 = (
    m.Route(EVERYWHERE, "igw-1"),
    m.Route(EVERYWHERE, "nat-1"),
    m.Route("pl-s3", "vpce-s3"),
)


def endpoints_account() -> Snapshot:
    """Healthy: private subnets without NAT, and an endpoint for everything."""
    facts: dict[Section[Any], Any] = {
        s.EXPECTED: m.Expected(
            "dev", ACCOUNT, REGION, NAME, VPC, (A, B), DATABASE_GROUP, "default-workgroup", "dev", 5439,
            "GlueFullAccessRole", A,
        ),
        s.CALLER: m.Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", REGION),
        s.CONNECTION: m.Connection(
            NAME, "JDBC",
            {"JDBC_CONNECTION_URL": f"jdbc:redshift://{HOST}:5439/dev", "JDBC_ENFORCE_SSL": "true", "SECRET_ID": SECRET},
            "READY", "", "2026-01-02T00:00:00+00:00", A, (DATABASE_GROUP,), f"{REGION}a", "", SECRET,
        ),
        s.OTHER_CONNECTIONS: (),
        s.JOBS: (
            m.Job("Loader", "glueetl", ROLE, (NAME,), "5.0", "3", f"s3://aws-glue-assets-{ACCOUNT}-{REGION}/x.py", 10),
        ),
        s.ENCRYPTION: m.CatalogEncryption(False),
        s.SUBNETS: (
            m.Subnet(A, VPC, f"{REGION}a", "10.11.128.0/20", 4000),
            m.Subnet(B, VPC, f"{REGION}b", "10.11.144.0/20", 4000),
            m.Subnet(PUBLIC, VPC, f"{REGION}a", "10.11.0.0/20", 4000, maps_public_ip=True),
        ),
        s.VPCS: (m.Vpc(VPC, ("10.11.0.0/16",), "dopt-1"), m.Vpc(OTHER_VPC, ("10.99.0.0/16",), "dopt-1")),
        s.VPC_DNS: m.VpcDns(VPC, True, True),
        s.DHCP: (m.DhcpOptions("dopt-1", ("AmazonProvidedDNS",)),),
        s.ROUTES: (
            table("rtb-a", (A,), TO_S3),
            table("rtb-b", (B,), TO_S3),
            table("rtb-public", (PUBLIC,), TO_IGW),
            table("rtb-main", (), main=True),
        ),
        s.NATS: (),
        s.ENDPOINTS: (*(interface_endpoint(service) for service in SERVICES), S3_GATEWAY),
        s.GROUPS: (
            m.SecurityGroup(DATABASE_GROUP, "dbsecuritygroup", VPC, (ITSELF,), (ALL_OUT,)),
            m.SecurityGroup(ENDPOINT_GROUP, "endpoints", VPC, (rule(443, group=DATABASE_GROUP),), (ALL_OUT,)),
            m.SecurityGroup("sg-other-vpc", "default", OTHER_VPC, (), (ALL_OUT,)),
        ),
        s.ACLS: (m.Acl("acl-1", VPC, (A, B, PUBLIC), True, OPEN_ACL),),
        s.PREFIX_LISTS: (m.PrefixList("pl-s3", f"com.amazonaws.{REGION}.s3", "AWS"),),
        s.INTERFACES: (m.Interface("eni-1", "Attached to Glue using role: GlueFullAccessRole", "in-use"),),
        s.WAREHOUSE: m.Warehouse(
            "workgroup", "default-workgroup", "AVAILABLE", HOST, 5439, VPC, (A, B), (DATABASE_GROUP,), "dev",
            "test-redshift", ("10.11.128.9", "10.11.144.9"), base_capacity=128,
        ),
        s.SECRET: m.Secret(SECRET, "test/redshift", changed_at="2026-01-01T00:00:00+00:00"),
        s.SECRET_KEYS: None,
        s.ROLE: m.Role(ROLE, "GlueFullAccessRole", TRUST),
        s.ALLOWED: (
            m.Decision("ec2:CreateNetworkInterface", "*", True, "allowed"),
            m.Decision("secretsmanager:GetSecretValue", SECRET, True, "allowed"),
        ),
        s.KEYS: (),
        s.KEY_POLICIES: {},
        s.BUCKETS: {f"aws-glue-assets-{ACCOUNT}-{REGION}": REGION},
        s.ZONES: (),
        s.PEERINGS: (),
        s.ASSOCIATIONS: {},
        s.PUBLIC_BLOCK: None,
        s.PROFILES: (),
        s.RESOLVER_RULES: (),
        s.DNS_FIREWALL: (),
        s.LOGS: m.Logs(),
        s.ACTIVE: None,
        s.RUNBOOK: None,
        s.SQL: None,
        s.PROBE: None,
    }  # fmt: skip
    return Snapshot(
        {section.name: value for section, value in facts.items()}, 20, "2026-01-03T00:00:00+00:00"
    )


def nat_account() -> Snapshot:
    """Healthy: NAT, and not a single endpoint."""
    return account(
        endpoints_account,
        put(s.ENDPOINTS, ()),
        put(
            s.ROUTES,
            (
                table("rtb-a", (A,), TO_NAT),
                table("rtb-b", (B,), TO_NAT),
                table("rtb-public", (PUBLIC,), TO_IGW),
                table("rtb-main", (), main=True),
            ),
        ),
        put(s.NATS, (m.NatGateway("nat-1", "available", "public", PUBLIC, VPC, public_ip="13.1.1.1"),)),
    )


def replica_account() -> Snapshot:
    """The account of dev as it was made by hand: the connection in the public subnet, private subnets without any way out."""
    return account(
        endpoints_account,
        put(s.ENDPOINTS, ()),
        put(
            s.ROUTES,
            (table("rtb-a", (A,)), table("rtb-b", (B,)), table("rtb-public", (PUBLIC,), TO_IGW)),
        ),
        place(PUBLIC),
        failed(STS_TIMEOUT),
    )


def account(base: Callable[[], Snapshot], *mutations: Mutation) -> Snapshot:
    """A base, changed."""
    snapshot = base()
    for mutation in mutations:
        snapshot = mutation(snapshot)
    return snapshot


# -- mutations --------------------------------------------------------------------------------------------


def spelled(change: Callable[[str], str]) -> Mutation:
    """The account with each of its texts changed."""

    def changed(value: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, tuple):
            return tuple(changed(one) for one in value)
        if isinstance(value, dict):
            return {changed(key): changed(one) for key, one in value.items()}
        if hasattr(value, "__dataclass_fields__"):
            return replace(
                value, **{name: changed(getattr(value, name)) for name in value.__dataclass_fields__}
            )
        return value

    return lambda snapshot: replace(
        snapshot, facts={key: changed(value) for key, value in snapshot.facts.items()}, derived={}
    )


def put(section: Section[Any], value: Any) -> Mutation:
    """Replace a whole section."""
    return lambda snapshot: snapshot.having(section, value)


def edit(section: Section[Any], identity: str = "", **changes: Any) -> Mutation:
    """Change fields of a single thing, or of one of several by its id or name."""

    def mutate(snapshot: Snapshot) -> Snapshot:
        value = snapshot[section]
        if not isinstance(value, tuple):
            return snapshot.having(section, replace(value, **changes))
        assert any(_is(one, identity) for one in value), f"{section.name} has no {identity}"
        return snapshot.having(
            section, tuple(replace(one, **changes) if _is(one, identity) else one for one in value)
        )

    return mutate


def _is(one: Any, identity: str) -> bool:
    return identity in {getattr(one, "id", None), getattr(one, "name", None)} or not identity


def drop(section: Section[Any], *identities: str) -> Mutation:
    """Take things away."""

    def mutate(snapshot: Snapshot) -> Snapshot:
        value = snapshot[section]
        for identity in identities:
            assert any(_is(one, identity) for one in value), f"{section.name} has no {identity}"
        return snapshot.having(
            section, tuple(one for one in value if not any(_is(one, i) for i in identities))
        )

    return mutate


def add(section: Section[Any], *things: Any) -> Mutation:
    """Add things."""
    return lambda snapshot: snapshot.having(section, (*snapshot[section], *things))


def failed(reason: str = STS_TIMEOUT) -> Mutation:
    """The connection's last test failed."""
    return edit(s.CONNECTION, status="FAILED", reason=reason)


def place(subnet: str, zone: str = f"{REGION}a") -> Mutation:
    """Put the connection into a subnet."""
    return edit(s.CONNECTION, subnet=subnet, zone=zone)


def routes(identity: str, *extra: m.Route) -> Mutation:
    """Give a route table these routes beside its local one."""
    return edit(s.ROUTES, identity, routes=(m.Route("10.11.0.0/16", "local"), *extra))


def ingress(identity: str, *rules: m.Rule) -> Mutation:
    """What a security group lets in."""
    return edit(s.GROUPS, identity, ingress=rules)


def egress(identity: str, *rules: m.Rule) -> Mutation:
    """What a security group lets out."""
    return edit(s.GROUPS, identity, egress=rules)


def acl(*entries: m.AclEntry, subnets: tuple[str, ...] = (A,)) -> Mutation:
    """A network ACL of its own before some subnets."""

    def mutate(snapshot: Snapshot) -> Snapshot:
        rest = tuple(
            replace(one, subnets=tuple(i for i in one.subnets if i not in subnets))
            for one in snapshot[s.ACLS]
        )
        return snapshot.having(s.ACLS, (*rest, m.Acl("acl-own", VPC, subnets, False, entries)))

    return mutate


def properties(**changes: str | None) -> Mutation:
    """Change the connection's properties; None takes one away."""

    def mutate(snapshot: Snapshot) -> Snapshot:
        connection = snapshot[s.CONNECTION]
        assert connection is not None
        merged = {**connection.properties, **changes}
        kept = {key: value for key, value in merged.items() if value is not None}
        return snapshot.having(s.CONNECTION, replace(connection, properties=kept))

    return mutate
