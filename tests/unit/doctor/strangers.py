# ruff: noqa: E501 - tables read better with a row on a line
"""More accounts that nobody here made: squatted addresses, edge tables, odd URLs, rejected endpoints, roles with paths."""

from __future__ import annotations

from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import (
    acl,
    add,
    drop,
    edit,
    egress,
    entry,
    failed,
    ingress,
    place,
    properties,
    put,
    rule,
)
from tests.unit.doctor.further import store, typed
from tests.unit.doctor.reported import NO_SECRET, PEERED, PEERING, TO_PEER, UNTESTED
from tests.unit.doctor.scenarios import E, N, broken, healthy


def swapped(old, new):
    """The account with another word in all its texts."""
    return a.spelled(lambda text: text.replace(old, new))


def url(text):
    return properties(JDBC_CONNECTION_URL=text)


SQUATTED = swapped("10.11.", "11.11.")  # private use of addresses that are public elsewhere
CARRIER = swapped("10.11.", "100.64.")
WIDE = m.Route("10.0.0.0/8", "tgw-1", "blackhole")
BY_HAND = edit(s.CALLER, account=a.ACCOUNT)
LOCAL = m.Route("10.11.0.0/16", "local")
ANSWERS = entry(90, ports=(443, 443), protocol="17", allow=False)
ROOT_TRUST = a.TRUST.replace('"Service": "glue.amazonaws.com"', f'"AWS": "arn:aws:iam::{a.ACCOUNT}:root"')
WITH_PATH = a.ROLE.replace(":role/", ":role/service-role/")
CLUSTER = edit(s.WAREHOUSE, kind="cluster", name="wh", host="wh.abc.ap-south-1.redshift.amazonaws.com")
SECOND = replace(a.interface_endpoint("sts"), id="vpce-sts2", private_dns=False, groups=("sg-other-vpc",))

AT_WH = "jdbc:redshift://wh.abc.ap-south-1.redshift.amazonaws.com:5439/dev"
OF_THE_VPC = m.PrefixList("pl-vpc", "vpc", a.ACCOUNT, ("10.11.0.0/16",))
UNTOLD = replace(OF_THE_VPC, cidrs=None)

HEALTHY = (
    # what takes connections though it is busy
    *(
        healthy(f"a cluster that is {state}", E, CLUSTER, edit(s.WAREHOUSE, status=state), url(AT_WH), UNTESTED)
        for state in ("available, maintenance", "resizing", "available, prep-for-resize", "rotating-keys", "storage-full", "updating-hsm", "a state of tomorrow", "")
    ),
    # rules by lists
    healthy("all ports from a list of the VPC's addresses", E, add(s.PREFIX_LISTS, OF_THE_VPC), ingress(a.DATABASE_GROUP, rule(prefix_list="pl-vpc")), UNTESTED),
    healthy("all ports from a list that can't be read", E, add(s.PREFIX_LISTS, UNTOLD), ingress(a.DATABASE_GROUP, rule(prefix_list="pl-vpc"), rule(5439, group=a.DATABASE_GROUP)), UNTESTED),
    healthy("all ports to a list of the VPC's addresses", E, add(s.PREFIX_LISTS, OF_THE_VPC), egress(a.DATABASE_GROUP, rule(prefix_list="pl-vpc"), rule(443, prefix_list="pl-s3")), UNTESTED),
    healthy("an endpoint in subnets that can't be seen", E, edit(s.ENDPOINTS, "", subnets=("subnet-owners",)), UNTESTED),
    # addresses
    healthy("a VPC of 11.0.0.0/8", E, SQUATTED),
    healthy("a VPC of 11.0.0.0/8 with NAT", N, SQUATTED, UNTESTED),
    healthy("a VPC of 100.64.0.0/10 alone", E, CARRIER, UNTESTED),
    healthy("IPv6's egress-only gateway beside NAT", N, edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), a.routes("rtb-a", a.TO_NAT, m.Route("::/0", "eigw-1")), UNTESTED),
    # routes
    healthy("private ranges dropped on purpose, the rest to a transit gateway", E, put(s.ENDPOINTS, ()), a.routes("rtb-a", WIDE, m.Route(a.EVERYWHERE, "tgw-1")), UNTESTED),
    healthy("private ranges dropped on purpose, NAT for the rest", N, a.routes("rtb-a", WIDE, a.TO_NAT), UNTESTED),
    healthy("a table of the internet gateway itself", N, add(s.ROUTES, m.RouteTable("rtb-edge", a.VPC, False, (), (LOCAL, m.Route("10.11.0.0/20", "vpce-fw")))), UNTESTED),
    healthy("halves of the internet to a transit gateway", E, put(s.ENDPOINTS, ()), a.routes("rtb-a", m.Route("0.0.0.0/1", "tgw-1"), m.Route("128.0.0.0/1", "tgw-1"))),
    healthy("an office's route is down, NAT is up", N, a.routes("rtb-a", a.TO_NAT, m.Route("172.16.0.0/12", "vgw-1", "blackhole")), UNTESTED),
    healthy("a peering that resolves names, and a public warehouse behind it", E, *PEERED, edit(s.WAREHOUSE, public=True), a.routes("rtb-a", a.TO_S3, TO_PEER), put(s.PEERINGS, (replace(PEERING, resolves=(a.OTHER_VPC,)),)), UNTESTED),
    # endpoints
    healthy("a second endpoint for STS without private DNS", E, add(s.ENDPOINTS, SECOND), UNTESTED),
    healthy("an old endpoint was rejected, a new one answers", E, add(s.ENDPOINTS, replace(SECOND, state="rejected")), UNTESTED),
    # ACLs
    healthy("an ACL that drops UDP 443", E, acl(ANSWERS, entry(100), entry(100, egress=True), entry(32767, allow=False)), UNTESTED),
    healthy("an ACL that drops IPv6 first", N, acl(entry(50, allow=False, cidr="::/0"), entry(50, egress=True, allow=False, cidr="::/0"), *a.OPEN_ACL), UNTESTED),
    healthy("an ACL that drops one hostile network", N, acl(entry(50, allow=False, cidr="198.51.100.0/24"), *a.OPEN_ACL), UNTESTED),
    # URLs
    healthy("a URL in capitals", E, url(f"jdbc:redshift://{a.HOST.upper()}:5439/dev"), UNTESTED),
    healthy("a URL without a port", E, url(f"jdbc:redshift://{a.HOST}/dev"), UNTESTED),
    healthy("a URL with options", E, url(f"jdbc:redshift://{a.HOST}:5439/dev?ssl=true&tcpKeepAlive=true"), UNTESTED),
    healthy("a URL with options after a semicolon", E, url(f"jdbc:redshift://{a.HOST}:5439/dev;ssl=true;LogLevel=3"), UNTESTED),
    healthy("a load balancer before the warehouse, on its own port", N, put(s.WAREHOUSE, None), url("jdbc:redshift://nlb-abc.elb.ap-south-1.amazonaws.com:15439/dev"), UNTESTED),
    healthy("the warehouse by its address", N, put(s.WAREHOUSE, None), url("jdbc:redshift://10.11.128.9:5439/dev"), UNTESTED),
    # login
    healthy("a role made by a console, with a path", E, edit(s.ROLE, arn=WITH_PATH), UNTESTED),
    healthy("TLS with a certificate of one's own", E, properties(CUSTOM_JDBC_CERT="s3://certs/ca.pem", SKIP_CUSTOM_JDBC_CERT_VALIDATION="false"), UNTESTED),
    healthy("own DNS servers, and Amazon's is off", E, put(s.DHCP, (m.DhcpOptions("dopt-1", ("10.11.0.53",)),)), put(s.VPC_DNS, m.VpcDns(a.VPC, False, False)), UNTESTED),
    healthy("MongoDB with a stored login", N, *typed("MONGODB", CONNECTION_URL="mongodb://docdb:27017/app"), *NO_SECRET, UNTESTED),
    healthy("Kafka by TLS with a client's certificate", N, *typed("KAFKA", KAFKA_BOOTSTRAP_SERVERS="b-1.msk:9094,b-2.msk:9094", KAFKA_SSL_ENABLED="true"), edit(s.CONNECTION, secret=""), put(s.SECRET, None), UNTESTED),
    # groups
    healthy("a self rule of every protocol", E, ingress(a.DATABASE_GROUP, m.Rule("-1", 0, 65535, group=a.DATABASE_GROUP)), UNTESTED),
    healthy("a self rule of every protocol outbound", E, egress(a.DATABASE_GROUP, m.Rule("-1", 0, 65535, group=a.DATABASE_GROUP), rule(443, cidr="10.11.0.0/16"), rule(443, prefix_list="pl-s3")), UNTESTED),
    healthy("sixty rules beside the ones that count", E, ingress(a.DATABASE_GROUP, *(rule(9000 + n, cidr=f"192.0.2.{n}/32") for n in range(60)), a.ITSELF), UNTESTED),
    healthy("ICMP beside the self rule", E, ingress(a.DATABASE_GROUP, m.Rule("icmp", -1, -1, a.EVERYWHERE), a.ITSELF), UNTESTED),
)  # fmt: skip

BROKEN = (
    *(
        broken(f"a cluster that is {state}", "GC20", E, CLUSTER, edit(s.WAREHOUSE, status=state), url(AT_WH), UNTESTED)
        for state in ("final-snapshot", "hardware-failure", "rebooting", "creating")
    ),
    broken("all ports from a list of others' addresses", "GC17", E, add(s.PREFIX_LISTS, replace(OF_THE_VPC, cidrs=("192.0.2.0/24",))), ingress(a.DATABASE_GROUP, rule(prefix_list="pl-vpc"), rule(5439, group=a.DATABASE_GROUP)), UNTESTED),
    broken("11.0.0.0/8, and a public route", "GC08", N, SQUATTED, a.routes("rtb-a", a.TO_IGW), failed()),
    broken("11.0.0.0/8, and no endpoint for STS", "GC12", E, SQUATTED, drop(s.ENDPOINTS, "vpce-sts"), failed()),
    broken("a deleted endpoint still in the list", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", state="deleted"), failed()),
    broken("the endpoint was rejected", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", state="Rejected"), UNTESTED),
    broken("the endpoint waits to be accepted", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", state="PendingAcceptance"), UNTESTED),
    broken("all routes but the local one are blackholes", "GC08", N, a.routes("rtb-a", m.Route(a.EVERYWHERE, "tgw-1", "blackhole")), failed()),
    broken("both halves of the internet are blackholes", "GC08", N, a.routes("rtb-a", m.Route("0.0.0.0/1", "nat-1", "blackhole"), m.Route("128.0.0.0/1", "nat-1", "blackhole")), failed()),
    broken("an ACL without a single rule", "GC19", N, acl(entry(32767, allow=False), entry(32767, egress=True, allow=False)), failed()),
    broken("an ACL for the company's addresses only", "GC19", N, acl(entry(100, cidr="10.0.0.0/8"), entry(100, egress=True, cidr="10.0.0.0/8")), failed()),
    broken("an ACL that denies everything before it allows it", "GC19", N, acl(entry(1, allow=False), *a.OPEN_ACL), failed()),
    broken("an ACL that lets UDP through", "GC19", N, acl(entry(100, protocol="17"), entry(100, egress=True, protocol="17")), failed()),
    broken("a URL in capitals, and the port is another", "GC03", E, url(f"jdbc:redshift://{a.HOST.upper()}:5440/dev"), UNTESTED),
    broken("a URL without a database", "GC03", E, url(f"jdbc:redshift://{a.HOST}:5439"), UNTESTED),
    broken("a URL of PostgreSQL's for a workgroup that has another port", "GC03", E, edit(s.WAREHOUSE, port=8191), url(f"jdbc:redshift://{a.HOST}/dev"), UNTESTED),
    broken("the secret is one of another region", "GC24", E, edit(s.CONNECTION, secret=a.SECRET.replace(a.REGION, "us-east-1")), put(s.SECRET, None), failed("")),
    broken("a role that trusts the account and not Glue", "GC25", E, edit(s.ROLE, trust=ROOT_TRUST), failed("Unable to assume role")),
    broken("a trust that denies Glue beside allowing it", "GC25", E, edit(s.ROLE, trust=a.TRUST.replace('{"Statement": [', '{"Statement": [{"Effect": "Deny", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}, ')), failed("Unable to assume role")),
    broken("a certificate of one's own that does not fit", "GC23", E, properties(CUSTOM_JDBC_CERT="s3://certs/ca.pem"), failed("PKIX path validation failed: unable to find valid certification path")),
    broken("Kafka in a public subnet", "GC08", N, *typed("KAFKA", KAFKA_BOOTSTRAP_SERVERS="b-1.msk:9098"), a.routes("rtb-a", a.TO_IGW), failed()),
    broken("MongoDB without a self rule", "GC17", N, *typed("MONGODB", CONNECTION_URL="mongodb://docdb:27017/app"), ingress(a.DATABASE_GROUP), failed("At least one security group must open all ingress ports")),
    broken("a network connection without a way to S3", "GC10", E, *typed("NETWORK"), edit(s.CONNECTION, secret=""), put(s.SECRET, None), drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"), failed("VPC S3 endpoint validation failed")),
    broken("an RDS proxy, and a NAT gateway that failed", "GC09", N, *store("jdbc:postgresql://proxy.proxy-abc.ap-south-1.rds.amazonaws.com:5432/app"), edit(s.NATS, "nat-1", state="failed"), failed()),
    broken("a self rule for ICMP", "GC17", E, ingress(a.DATABASE_GROUP, m.Rule("icmp", -1, -1, group=a.DATABASE_GROUP), rule(5439, cidr="10.11.0.0/16")), failed("must open all ingress ports")),
    broken("a self rule from port 1024 on", "GC17", E, ingress(a.DATABASE_GROUP, rule((1024, 65535), group=a.DATABASE_GROUP)), failed("must open all ingress ports")),
    broken("egress to somebody else's group only", "GC18", E, egress(a.DATABASE_GROUP, m.Rule("-1", 0, 65535, group="sg-other-vpc")), failed()),
    broken("endpoints let in the public subnet only", "GC14", E, ingress(a.ENDPOINT_GROUP, rule(443, cidr="10.11.0.0/20")), failed()),
    broken("the warehouse lets in one address", "GC21", E, edit(s.WAREHOUSE, groups=("sg-wh",)), add(s.GROUPS, m.SecurityGroup("sg-wh", "wh", a.VPC, (rule(5439, cidr="192.0.2.7/32"),))), failed("Connection timed out 5439")),
    broken("the cluster is being deleted", "GC20", E, CLUSTER, edit(s.WAREHOUSE, status="deleting"), url("jdbc:redshift://wh.abc.ap-south-1.redshift.amazonaws.com:5439/dev"), UNTESTED),
    broken("the cluster is paused", "GC20", E, CLUSTER, edit(s.WAREHOUSE, status="paused"), url("jdbc:redshift://wh.abc.ap-south-1.redshift.amazonaws.com:5439/dev"), failed("Connection refused")),
    broken("the connection stands in the other zone's subnet", "GC04", E, place(a.B), UNTESTED),
)  # fmt: skip
