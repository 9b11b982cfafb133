# ruff: noqa: E501 - tables read better with a row on a line
"""The table of accounts: what each is like, and what the doctor must say about it.

Letters are the causes a to s that are known for a broken Glue connection to Redshift; ``also`` are independent
faults that must be named beside the verdict, ``warns`` codes that must at least warn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.snapshot import Snapshot
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import (
    account,
    acl,
    add,
    drop,
    edit,
    egress,
    entry,
    failed,
    ingress,
    place,
    put,
    rule,
)

E, N = a.endpoints_account, a.nat_account


@dataclass(frozen=True)
class Broken:
    """An account in which something is wrong."""

    name: str
    build: Callable[[], Snapshot]
    verdict: str
    cause: str = ""
    also: frozenset[str] = frozenset()
    warns: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Healthy:
    """An account in which nothing is: no check fails, and there is no verdict."""

    name: str
    build: Callable[[], Snapshot]


def broken(name: str, verdict: str, base, *mutations, cause="", also=(), warns=()) -> Broken:
    return Broken(name, lambda: account(base, *mutations), verdict, cause, frozenset(also), frozenset(warns))


def healthy(name: str, base, *mutations) -> Healthy:
    return Healthy(name, lambda: account(base, *mutations))


def sts(**changes):
    """The STS endpoint, changed."""
    return edit(s.ENDPOINTS, "vpce-sts", **changes)


def reason(text: str):
    return failed(text)


ONLY_443 = rule(443, cidr=a.EVERYWHERE)
SELF_OUT = rule(group=a.DATABASE_GROUP)
DENY_SECRET = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, {"Effect": "Deny", '
    '"Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}'
)
OTHER_ROLE = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::054158074701:role/Other"}, '
    '"Action": "sts:*", "Resource": "*"}]}'
)
EC2_TRUST = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
ROOT_POLICY = (
    '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::054158074701:root"}, '
    '"Action": "kms:*", "Resource": "*"}]}'
)
CONDITIONAL = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", '
    '"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}]}'
)
OTHER_POLICY = ROOT_POLICY.replace(":root", ":role/Other")
WITH_KEY = (
    edit(s.SECRET, kms_key=a.KEY),
    put(s.KEYS, (m.Key(a.KEY, "Enabled"),)),
    put(s.KEY_POLICIES, {a.KEY: ROOT_POLICY}),
)
OTHER_ADDRESSES = (
    add(s.SUBNETS, m.Subnet("subnet-other", a.OTHER_VPC, "ap-south-1a", "10.99.0.0/24", 200)),
    edit(s.WAREHOUSE, vpc=a.OTHER_VPC, subnets=("subnet-other",), addresses=("10.99.0.9",)),
)
V2_PROPERTIES = {"HOST": a.HOST, "PORT": "5439", "DATABASE": "dev", "ENFORCE_SSL": "true", "ROLE_ARN": a.ROLE}

ALONE = (
    # a: the route
    broken("a the replica of dev", "GC08", a.replica_account, cause="GC05"),
    broken("a public subnet beside NAT ones", "GC08", N, place(a.PUBLIC), failed(), cause="GC05"),
    broken("a listed subnet with an igw route", "GC08", N, a.routes("rtb-a", a.TO_IGW), failed()),
    broken("a no default route, no endpoints", "GC08", N, a.routes("rtb-a"), failed()),
    broken("a main route table is public", "GC08", N, edit(s.ROUTES, "rtb-a", subnets=()),
           edit(s.ROUTES, "rtb-main", routes=(m.Route("10.11.0.0/16", "local"), a.TO_IGW)), failed()),
    broken("a halves of the internet to an igw", "GC08", N,
           a.routes("rtb-a", m.Route("0.0.0.0/1", "igw-1"), m.Route("128.0.0.0/1", "igw-1")), failed()),
    # b: S3
    broken("b gateway endpoint on other tables", "GC10", E, edit(s.ENDPOINTS, "vpce-s3", route_tables=("rtb-b",)),
           a.routes("rtb-a"), failed("VPC S3 endpoint validation failed for SubnetId: subnet-x. Reason: Could not "
                                    "find S3 endpoint or NAT gateway for subnetId")),
    broken("b no S3 endpoint at all", "GC10", E, drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"), failed("")),
    broken("b S3's route is a blackhole", "GC10", E, a.routes("rtb-a", m.Route("pl-s3", "vpce-s3", "blackhole")),
           failed("Could not find S3 endpoint or NAT gateway for subnetId")),
    # c: STS and Secrets Manager endpoints
    broken("c no STS endpoint", "GC12", E, drop(s.ENDPOINTS, "vpce-sts"), failed()),
    broken("c STS endpoint pending", "GC12", E, sts(state="pendingAcceptance"), failed()),
    broken("c STS endpoint failed", "GC12", E, sts(state="Failed", error="subnet is full"), failed()),
    broken("c STS endpoint without private DNS", "GC12", E, sts(private_dns=False), failed()),
    broken("c STS endpoint without a subnet", "GC12", E, sts(subnets=()), failed()),
    broken("c STS endpoint in another VPC", "GC12", E, sts(vpc=a.OTHER_VPC), failed()),
    broken("c no Secrets Manager endpoint", "GC13", E, drop(s.ENDPOINTS, "vpce-secretsmanager"),
           failed("secretsmanager.ap-south-1.amazonaws.com: connect timed out")),
    broken("c no KMS endpoint for a key of one's own", "GC13", E, *WITH_KEY, drop(s.ENDPOINTS, "vpce-kms"),
           failed("Read timed out")),
    broken("c endpoint group refuses 443", "GC14", E, ingress(a.ENDPOINT_GROUP), failed()),
    broken("c endpoint group knows another group", "GC14", E,
           ingress(a.ENDPOINT_GROUP, rule(443, group="sg-other-vpc")), failed()),
    broken("c endpoint group opens another port", "GC14", E,
           ingress(a.ENDPOINT_GROUP, rule(8443, group=a.DATABASE_GROUP)), failed()),
    broken("c endpoint group opens another subnet", "GC14", E,
           ingress(a.ENDPOINT_GROUP, rule(443, cidr="10.11.144.0/20")), failed()),
    # d: DNS
    broken("d enableDnsSupport off", "GC07", N, put(s.VPC_DNS, m.VpcDns(a.VPC, False, False)), failed()),
    broken("d enableDnsHostnames off", "GC07", E, put(s.VPC_DNS, m.VpcDns(a.VPC, True, False)),
           failed("No Private DNS for network interface found")),
    broken("d no host found", "GC07", N, put(s.VPC_DNS, m.VpcDns(a.VPC, False, True)),
           failed("java.net.UnknownHostException: sts")),
    # e: the self rule
    broken("e no self rule", "GC17", E, ingress(a.DATABASE_GROUP, rule(5439, cidr="10.11.0.0/16")),
           failed("At least one security group must open all ingress ports")),
    broken("e self rule for one port", "GC17", E, ingress(a.DATABASE_GROUP, rule(5439, group=a.DATABASE_GROUP)),
           failed("At least one security group must open all ingress ports")),
    broken("e self rule for UDP", "GC17", E,
           ingress(a.DATABASE_GROUP, rule(group=a.DATABASE_GROUP, protocol="udp"), rule(5439, cidr="10.11.0.0/16")),
           failed("")),
    broken("e all ports to another group", "GC17", E,
           ingress(a.DATABASE_GROUP, rule(group=a.ENDPOINT_GROUP), rule(5439, group=a.DATABASE_GROUP)), failed("")),
    # f: egress
    broken("f no way out at all", "GC18", E, egress(a.DATABASE_GROUP), failed()),
    broken("f only 443 out", "GC18", E, egress(a.DATABASE_GROUP, ONLY_443), failed("Connection timed out: 5439")),
    broken("f S3's prefix list is missing", "GC18", E,
           egress(a.DATABASE_GROUP, SELF_OUT, rule(443, cidr="10.11.0.0/16")), failed("")),
    broken("f endpoints are missing", "GC18", E,
           egress(a.DATABASE_GROUP, SELF_OUT, rule(443, prefix_list="pl-s3")), failed()),
    # g: network ACLs
    broken("g 443 out denied", "GC19", E, acl(entry(90, egress=True, allow=False, ports=(443, 443), protocol="6"),
                                              *a.OPEN_ACL), failed()),
    broken("g answers denied", "GC19", E,
           acl(entry(100, ports=(443, 443), protocol="6"), entry(100, egress=True), entry(32767, allow=False)), failed()),
    broken("g a deny with a lower number", "GC19", E, acl(entry(10, allow=False), *a.OPEN_ACL), failed()),
    broken("g the endpoint's subnets deny 443", "GC19", E,
           edit(s.ENDPOINTS, "", subnets=(a.B,)),
           acl(entry(90, allow=False, ports=(443, 443), protocol="6"), *a.OPEN_ACL, subnets=(a.B,)), failed()),
    broken("g the warehouse's subnet denies 5439", "GC19", E, edit(s.WAREHOUSE, addresses=("10.11.144.9",)),
           acl(entry(90, allow=False, ports=(5000, 6000), protocol="6"), *a.OPEN_ACL, subnets=(a.B,)),
           failed("Connection timed out 5439")),
    broken("g the NAT gateway's subnet denies answers", "GC19", N,
           acl(entry(100, ports=(443, 443), protocol="6"), entry(100, egress=True), subnets=(a.PUBLIC,)), failed()),
    # h: the subnet
    broken("h subnet deleted", "GC04", E, place("subnet-0gone00000000000"), failed("InvalidSubnetID.NotFound")),
    broken("h zone mismatch", "GC04", E, place(a.A, "ap-south-1b"), failed("Could not find subnet for AZ")),
    broken("h subnet of another VPC", "GC04", E,
           add(s.SUBNETS, m.Subnet("subnet-other", a.OTHER_VPC, "ap-south-1a", "10.99.0.0/24", 200)),
           add(s.ROUTES, a.table("rtb-other", (), main=True, vpc=a.OTHER_VPC)), place("subnet-other"), failed()),
    # i: addresses
    broken("i no free address", "GC06", E, edit(s.SUBNETS, a.A, free=0), failed("InsufficientFreeAddressesInSubnet")),
    broken("i fewer than workers", "GC06", E, edit(s.SUBNETS, a.A, free=9), failed("")),
    # j: NAT
    broken("j NAT failed", "GC09", N, edit(s.NATS, "nat-1", state="failed", failure="Elastic IP in use"), failed()),
    broken("j NAT deleted", "GC09", N, put(s.NATS, ()), failed()),
    broken("j NAT private", "GC09", N, edit(s.NATS, "nat-1", connectivity="private"), failed()),
    broken("j NAT's subnet has no igw", "GC09", N, a.routes("rtb-public"), failed()),
    broken("j NAT in its own private subnet", "GC09", N, edit(s.NATS, "nat-1", subnet=a.A), failed()),
    broken("j blackhole", "GC08", N, a.routes("rtb-a", m.Route(a.EVERYWHERE, "nat-1", "blackhole")), failed()),
    # k: the warehouse's group
    broken("k warehouse group refuses", "GC21", E, edit(s.WAREHOUSE, groups=("sg-wh",)),
           add(s.GROUPS, m.SecurityGroup("sg-wh", "wh", a.VPC, (), (a.ALL_OUT,))), failed("Connection timed out 5439")),
    broken("k warehouse group opens the wrong port", "GC21", E, edit(s.WAREHOUSE, groups=("sg-wh",)),
           add(s.GROUPS, m.SecurityGroup("sg-wh", "wh", a.VPC, (rule(5432, group=a.DATABASE_GROUP),), ())),
           failed("Communications link failure")),
    # l: the warehouse
    broken("l workgroup being modified away", "GC20", E, edit(s.WAREHOUSE, status="DELETING"), failed("")),
    broken("l workgroup in another VPC", "GC20", E, *OTHER_ADDRESSES, failed("Connection timed out 5439")),
    broken("l host of no workgroup", "GC03", E, put(s.WAREHOUSE, None), failed("")),
    broken("l wrong port", "GC03", E, edit(s.WAREHOUSE, port=5440), failed("")),
    broken("l no database", "GC03", E, a.properties(JDBC_CONNECTION_URL=f"jdbc:redshift://{a.HOST}:5439"), failed("")),
    broken("l not a URL", "GC03", E, a.properties(JDBC_CONNECTION_URL="redshift"), failed("")),
    # m: the secret
    broken("m no such secret", "GC24", E, put(s.SECRET, None), failed("")),
    broken("m secret to be deleted", "GC24", E, edit(s.SECRET, deleted_at="2026-02-01T00:00:00+00:00"), failed("")),
    broken("m no current version", "GC24", E, edit(s.SECRET, current=False), failed("")),
    broken("m wrong keys", "GC24", E, put(s.SECRET_KEYS, m.SecretKeys(("passwd", "user"))), failed("")),
    broken("m not JSON", "GC24", E, put(s.SECRET_KEYS, m.SecretKeys((), is_json=False)), failed("")),
    broken("m host of another warehouse", "GC24", E,
           put(s.SECRET_KEYS, m.SecretKeys(("password", "username"), "other.example")), failed("")),
    broken("m stale password", "GC24", E, failed("FATAL: password authentication failed for user admin")),
    # n: the role
    broken("n role missing", "GC25", E, put(s.ROLE, m.Role("", "Gone", "")), failed("Unable to assume role")),
    broken("n role trusts another service", "GC25", E, edit(s.ROLE, trust=EC2_TRUST), failed("Unable to assume role")),
    broken("n role may not read the secret", "GC25", E,
           add(s.ALLOWED, m.Decision("secretsmanager:GetSecretValue", a.SECRET, False, "implicitDeny")), failed("")),
    broken("n Glue says the role may not describe", "GC25", E,
           failed("User is not authorized to perform: ec2:DescribeVpcEndpoints")),
    broken("n the caller may not pass the role", "GC25", E, failed("not authorized to perform iam:PassRole")),
    # o: keys
    broken("o key disabled", "GC26", E, *WITH_KEY, put(s.KEYS, (m.Key(a.KEY, "Disabled"),)), failed("KMS exception")),
    broken("o key to be deleted", "GC26", E, *WITH_KEY, put(s.KEYS, (m.Key(a.KEY, "PendingDeletion"),)), failed("")),
    broken("o key policy without the role", "GC26", E, *WITH_KEY, put(s.KEY_POLICIES, {a.KEY: OTHER_POLICY}), failed("")),
    # p: TLS
    broken("p require_ssl, not enforced", "GC23", E, edit(s.WAREHOUSE, require_ssl=True),
           a.properties(JDBC_ENFORCE_SSL="false"), failed("SSL is required")),
    broken("p certificate", "GC23", E, failed("PKIX path building failed")),
    # q: endpoint policies and regions
    broken("q Secrets Manager's endpoint policy denies", "GC15", E,
           edit(s.ENDPOINTS, "vpce-secretsmanager", policy=DENY_SECRET), failed("")),
    broken("q STS's endpoint policy names another role", "GC15", E, sts(policy=OTHER_ROLE), failed()),
    # r: the global STS
    broken("r an old SDK asks the global STS", "GC27", E,
           failed("Connect timeout on endpoint URL: https://sts.amazonaws.com/")),
    # s: what no check can see, and Glue says
    broken("s nothing explains it", "GC01", E, failed("Something went wrong")),
    broken("the connection does not exist", "GC01", E, put(s.CONNECTION, None), put(s.OTHER_CONNECTIONS, ("Redshift",))),
    broken("neither connection nor role", "GC01", E, put(s.CONNECTION, None), put(s.ROLE, m.Role("", "Gone", "")),
           also=("GC25",)),
    broken("the connection has no subnet", "GC01", E, edit(s.CONNECTION, subnet="", groups=())),
    broken("another account's credentials", "GC00", E, edit(s.CALLER, account="111111111111")),
    broken("a security group that is gone", "GC16", E, edit(s.CONNECTION, groups=("sg-gone",)), failed()),
    broken("a security group of another VPC", "GC16", E, edit(s.CONNECTION, groups=("sg-other-vpc",)), failed()),
)  # fmt: skip

PAIRS = (
    broken("public route and no self rule", "GC08", a.replica_account,
           ingress(a.DATABASE_GROUP, rule(5439, group=a.DATABASE_GROUP)), cause="GC05", also=("GC17",)),
    broken("public route and secret to be deleted", "GC08", a.replica_account,
           edit(s.SECRET, deleted_at="2026-02-01T00:00:00+00:00"), cause="GC05", also=("GC24",)),
    broken("STS endpoint missing and warehouse group closed", "GC12", E, drop(s.ENDPOINTS, "vpce-sts"),
           edit(s.WAREHOUSE, groups=("sg-wh",)), add(s.GROUPS, m.SecurityGroup("sg-wh", "wh", a.VPC)), failed(),
           also=("GC21",)),
    broken("endpoint group closed and role untrusted", "GC14", E, ingress(a.ENDPOINT_GROUP),
           edit(s.ROLE, trust=EC2_TRUST), failed(), also=("GC25",)),
    broken("NAT failed and no egress", "GC09", N, edit(s.NATS, "nat-1", state="failed"), egress(a.DATABASE_GROUP),
           failed(), also=("GC18",)),
    broken("key disabled and TLS not enforced", "GC26", E, *WITH_KEY, put(s.KEYS, (m.Key(a.KEY, "Disabled"),)),
           edit(s.WAREHOUSE, require_ssl=True), a.properties(JDBC_ENFORCE_SSL="false"), failed(""), also=("GC23",)),
    broken("Glue's words choose between two", "GC17", E, ingress(a.DATABASE_GROUP, rule(5439, cidr="10.11.0.0/16")),
           drop(s.ENDPOINTS, "vpce-sts"), failed("At least one security group must open all ingress ports"),
           also=("GC12",)),
    broken("network ACL and warehouse gone", "GC19", E, acl(entry(10, allow=False), *a.OPEN_ACL),
           edit(s.WAREHOUSE, status="DELETING"), failed(), also=("GC20",)),
    broken("S3 and the secret", "GC10", E, drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"), put(s.SECRET, None),
           failed("Could not find S3 endpoint or NAT gateway"), also=("GC24",)),
    broken("zone mismatch and public route", "GC04", a.replica_account, edit(s.CONNECTION, zone="ap-south-1b"),
           failed("Could not find subnet for AZ"), cause="GC05", also=("GC08",)),
)  # fmt: skip

HEALTHY = (
    healthy("endpoints only", E),
    healthy("NAT only", N),
    healthy("NAT and endpoints", N, put(s.ENDPOINTS, E()[s.ENDPOINTS])),
    healthy("NAT, and an S3 gateway beside it", N, put(s.ENDPOINTS, (a.S3_GATEWAY,)), a.routes("rtb-a", a.TO_NAT, a.TO_S3)),
    healthy("endpoints in one other subnet of the VPC", E, edit(s.ENDPOINTS, "", subnets=(a.B,))),
    healthy("endpoints from a public subnet", E, place(a.PUBLIC),
            edit(s.ENDPOINTS, "vpce-s3", route_tables=("rtb-a", "rtb-public"))),
    healthy("main route table leads to NAT", N, edit(s.ROUTES, "rtb-a", subnets=()),
            edit(s.ROUTES, "rtb-main", routes=(m.Route("10.11.0.0/16", "local"), a.TO_NAT))),
    healthy("halves of the internet to NAT", N,
            a.routes("rtb-a", m.Route("0.0.0.0/1", "nat-1"), m.Route("128.0.0.0/1", "nat-1"))),
    healthy("S3 by an interface endpoint", E, drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"),
            add(s.ENDPOINTS, a.interface_endpoint("s3"))),
    healthy("states in capitals", E, edit(s.ENDPOINTS, "", state="Available")),
    healthy("narrow groups: prefix list, endpoint group, itself", E,
            egress(a.DATABASE_GROUP, SELF_OUT, rule(443, prefix_list="pl-s3"), rule(443, group=a.ENDPOINT_GROUP))),
    healthy("a prefix list of one's own lets in", E,
            ingress(a.ENDPOINT_GROUP, rule(443, prefix_list="pl-own")),
            add(s.PREFIX_LISTS, m.PrefixList("pl-own", "offices", a.ACCOUNT, ("10.11.0.0/16",)))),
    healthy("wide groups", E, ingress(a.ENDPOINT_GROUP, rule(443, cidr=a.EVERYWHERE)),
            ingress(a.DATABASE_GROUP, m.Rule("-1", 0, 65535, cidr=a.EVERYWHERE))),
    healthy("the VPC's block as the source", E, ingress(a.ENDPOINT_GROUP, rule(443, cidr="10.11.0.0/16"))),
    healthy("two halves of the subnet as sources", E, ingress(
        a.ENDPOINT_GROUP, rule(443, cidr="10.11.128.0/21"), rule(443, cidr="10.11.136.0/21"))),
    healthy("self rule in the second group, second permission", E,
            add(s.GROUPS, m.SecurityGroup("sg-2", "b", a.VPC, (rule(22, cidr="10.0.0.0/8"), rule(group="sg-2")), ())),
            edit(s.CONNECTION, groups=("sg-2", a.DATABASE_GROUP)),
            ingress(a.DATABASE_GROUP, rule(5439, group=a.DATABASE_GROUP))),
    healthy("custom ACL with client ports", E, acl(
        entry(100, ports=(1024, 65535), protocol="6"), entry(110, ports=(443, 443), protocol="6"),
        entry(100, egress=True, ports=(443, 443), protocol="6"),
        entry(110, egress=True, ports=(1024, 65535), protocol="6"), entry(32767, allow=False))),
    healthy("custom ACL with Linux client ports and a deny behind", E, acl(
        entry(100, ports=(32768, 60999), protocol="6"), entry(120, ports=(5439, 5439), protocol="6"),
        entry(130, ports=(443, 443), protocol="6"), entry(200, allow=False), entry(100, egress=True))),
    healthy("an ACL that denies RDP", E, acl(entry(50, allow=False, ports=(33890, 33890), protocol="6"), *a.OPEN_ACL)),
    healthy("unified connection", E, edit(
        s.CONNECTION, type="REDSHIFT", schema_version=2, auth_type="BASIC", properties=V2_PROPERTIES, role=a.ROLE)),
    healthy("IAM login without a secret", E, edit(
        s.CONNECTION, type="REDSHIFT", schema_version=2, auth_type="IAM", secret="", properties=V2_PROPERTIES),
        put(s.SECRET, None),
            add(s.ENDPOINTS, a.interface_endpoint("redshift-serverless"))),
    healthy("login in the connection", E, edit(s.CONNECTION, secret="", plaintext_password=True), put(s.SECRET, None)),
    healthy("never tested", E, edit(s.CONNECTION, status="", validated_at="")),
    healthy("a key of one's own", E, *WITH_KEY),
    healthy("a custom port", E, edit(s.WAREHOUSE, port=5445),
            a.properties(JDBC_CONNECTION_URL=f"jdbc:redshift:iam://{a.HOST.upper()}:5445/dev")),
    healthy("provisioned cluster", E, edit(
        s.WAREHOUSE, kind="cluster", status="AVAILABLE", subnets=(), host="c.abc.ap-south-1.redshift.amazonaws.com"),
        a.properties(JDBC_CONNECTION_URL="jdbc:redshift://c.abc.ap-south-1.redshift.amazonaws.com:5439/dev")),
    healthy("behind a transit gateway", N, a.routes("rtb-a", m.Route(a.EVERYWHERE, "tgw-1")), put(s.NATS, ())),
    healthy("DNS servers of one's own", E, put(s.DHCP, (m.DhcpOptions("dopt-1", ("10.11.0.53",)),))),
    healthy("outside the live tree", E, put(s.EXPECTED, None)),
    healthy("endpoint policy for the account's root", E, sts(
        policy=OTHER_ROLE.replace(":role/Other", ":root"))),
    healthy("endpoint policy under a condition", E, sts(policy=CONDITIONAL)),
    healthy("a catalog that encrypts, and no password in it", E, put(s.ENCRYPTION, m.CatalogEncryption(True, a.KEY))),
    healthy("no jobs", E, put(s.JOBS, ())),
    healthy("warehouse in a peered VPC", E, *OTHER_ADDRESSES,
            a.routes("rtb-a", a.TO_S3, m.Route("10.99.0.0/24", "pcx-1"))),
)  # fmt: skip

BROKEN = (*ALONE, *PAIRS)


def with_unknown(snapshot: Snapshot, section: s.Section) -> Snapshot:
    """The account as somebody sees it who lacks the permission for one section."""
    return snapshot.having(section, s.Unknown(section.permission, "AccessDenied"))


def odd() -> list[tuple[str, Snapshot]]:
    """Accounts that make little sense; the doctor must say something and not crash."""
    base = E()
    endpoint = replace(
        a.interface_endpoint("sts"), id="vpce-x", service="", groups=(), subnets=("subnet-gone",)
    )
    return [
        ("nothing at all", Snapshot({})),
        (
            "everything unknown",
            Snapshot({n: s.Unknown(x.permission, "AccessDenied") for n, x in s.SECTIONS.items()}),
        ),
        (
            "no networks",
            account(E, put(s.SUBNETS, ()), put(s.ROUTES, ()), put(s.GROUPS, ()), put(s.ACLS, ())),
        ),
        ("an endpoint without anything", account(E, add(s.ENDPOINTS, endpoint))),
        ("route without target", account(E, a.routes("rtb-a", m.Route(a.EVERYWHERE, "")))),
        ("a route to a list nobody knows", account(E, a.routes("rtb-a", m.Route("pl-unknown", "igw-1")))),
        ("a policy that is no JSON", account(E, sts(policy="{"), edit(s.ROLE, trust="not json"))),
        ("properties of nothing", account(E, edit(s.CONNECTION, properties={}, groups=()))),
        (
            "a port that is no number",
            account(E, edit(s.CONNECTION, properties={"HOST": "x", "PORT": "many"})),
        ),
        ("a workgroup without addresses", account(E, edit(s.WAREHOUSE, addresses=(), subnets=(), groups=()))),
        ("dates that are no dates", account(E, edit(s.SECRET, changed_at="soon"))),
        (
            "an ACL without entries",
            replace(base, facts={**base.facts, "network_acls": (m.Acl("x", a.VPC, (), True, ()),)}),
        ),
    ]
