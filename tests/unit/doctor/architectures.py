# ruff: noqa: E501 - tables read better with a row on a line
"""Accounts of kinds that the other tables do not have, after AWS's reference architectures.

"Centralized egress", "Centralized inspection with Network Firewall", "Route 53 profiles", "Regional NAT
gateways", "VPC sharing", "Private subnets from 100.64.0.0/10", "Dual-stack and IPv6-only", "PrivateLink".
"""

from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import add, drop, edit, egress, failed, ingress, place, put, rule
from tests.unit.doctor.reported import SHARED, UNTESTED, partition
from tests.unit.doctor.scenarios import SELF_OUT, E, N, broken, healthy

REGIONAL = edit(s.NATS, "nat-1", subnet="")
CARRIER = "100.64.0.0/20"
SECONDARY = (
    edit(s.VPCS, a.VPC, cidrs=("10.11.0.0/16", "100.64.0.0/16")),
    add(s.SUBNETS, m.Subnet("subnet-cg", a.VPC, f"{a.REGION}a", CARRIER, 4000)),
    put(s.ROUTES, (
        m.RouteTable("rtb-a", a.VPC, False, (a.A, "subnet-cg"), (m.Route("10.11.0.0/16", "local"), m.Route("100.64.0.0/16", "local"), a.TO_S3)),
        m.RouteTable("rtb-b", a.VPC, False, (a.B,), (m.Route("10.11.0.0/16", "local"), m.Route("100.64.0.0/16", "local"), a.TO_S3)),
    )),
    edit(s.ACLS, "acl-1", subnets=(a.A, a.B, a.PUBLIC, "subnet-cg")),
    place("subnet-cg"),
    edit(s.EXPECTED, private_subnets=(a.A, a.B, "subnet-cg")),
)  # fmt: skip
CORP = m.PrefixList("pl-corp", "corporate", a.ACCOUNT, ("10.0.0.0/8", "172.16.0.0/12"))
ALL = m.PrefixList("pl-all", "everything", a.ACCOUNT, (a.EVERYWHERE,))
PARTNER = m.PrefixList("pl-partner", "a partner", a.ACCOUNT, ("203.0.113.0/24",))
LATTICE = (
    replace(a.interface_endpoint("x"), id="vpce-res", service="", type="Resource", private_dns=False),
    replace(a.interface_endpoint("x"), id="vpce-sn", service="", type="ServiceNetwork", private_dns=False),
    replace(a.interface_endpoint("x"), id="vpce-gwlb", service="com.amazonaws.vpce.ap-south-1.vpce-svc-9", type="GatewayLoadBalancer", private_dns=False),
)  # fmt: skip

OWNERS_GROUP = (
    SHARED, edit(s.CONNECTION, groups=("sg-owner",)), edit(s.EXPECTED, database_group="sg-owner"),
    ingress(a.ENDPOINT_GROUP, rule(443, group="sg-owner")), ingress(a.DATABASE_GROUP, rule(5439, group="sg-owner")),
)  # fmt: skip

HEALTHY = (
    healthy("a regional NAT gateway has no subnet", N, REGIONAL),
    healthy("a regional NAT gateway, never tested", N, REGIONAL, UNTESTED),
    healthy("Route 53 profile: no private DNS, no zone of the VPC's own", E, edit(s.ENDPOINTS, "", private_dns=False), put(s.ZONES, ()), put(s.PROFILES, (m.Brought("VPC_ENDPOINT", "vpce-hub"),))),
    healthy("Network Firewall before the NAT gateway", N, a.routes("rtb-a", m.Route(a.EVERYWHERE, "vpce-fw")), add(s.ENDPOINTS, LATTICE[2])),
    healthy("Network Firewall behind the NAT gateway", N, a.routes("rtb-public", m.Route(a.EVERYWHERE, "vpce-fw"))),
    healthy("a customer's prefix list to the transit gateway", E, put(s.ENDPOINTS, (a.S3_GATEWAY,)), add(s.PREFIX_LISTS, CORP),
            a.routes("rtb-a", a.TO_S3, m.Route("pl-corp", "tgw-1"))),
    healthy("a prefix list for everything leads to NAT", N, add(s.PREFIX_LISTS, ALL), a.routes("rtb-a", m.Route("pl-all", "nat-1"))),
    healthy("egress by a customer's prefix list", E, add(s.PREFIX_LISTS, CORP), egress(a.DATABASE_GROUP, SELF_OUT, rule(prefix_list="pl-corp"), rule(443, prefix_list="pl-s3"))),
    healthy("a participant with the owner's shared group", E, *OWNERS_GROUP),
    healthy("a participant with the owner's shared group, never tested", E, *OWNERS_GROUP, UNTESTED),
    healthy("a subnet of 100.64.0.0/10", E, *SECONDARY),
    healthy("a subnet of 100.64.0.0/10, never tested", E, *SECONDARY, UNTESTED),
    healthy("IPv6 out by an egress-only gateway, IPv4 by NAT", N, edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), a.routes("rtb-a", a.TO_NAT, m.Route("::/0", "eigw-1"))),
    healthy("DNS64 and NAT64", N, edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), a.routes("rtb-a", a.TO_NAT, m.Route("64:ff9b::/96", "nat-1"))),
    healthy("a Local Zone", E, edit(s.SUBNETS, a.A, zone="ap-south-1-del-1a"), edit(s.CONNECTION, zone="ap-south-1-del-1a")),
    healthy("Lattice's endpoints and a load balancer's beside the others", E, add(s.ENDPOINTS, *LATTICE)),
    healthy("an endpoint of another region beside the region's", E, add(s.ENDPOINTS, replace(a.interface_endpoint("sts"), id="vpce-far", service="com.amazonaws.us-east-1.sts", groups=("sg-gone",)))),
    healthy("FIPS endpoints beside the usual ones", E, add(s.ENDPOINTS, a.interface_endpoint("sts-fips", groups=())), partition("aws-us-gov", "us-gov-west-1", "amazonaws.com")),
    healthy("a Redshift-managed endpoint of a cluster, ready", E, put(s.WAREHOUSE, None), a.properties(JDBC_CONNECTION_URL=f"jdbc:redshift://wh-endpoint-a1b2c3.abc.{a.REGION}.redshift.amazonaws.com:5439/dev")),
    healthy("a cluster in China", E, edit(s.WAREHOUSE, kind="cluster", name="wh", subnets=(), host="wh.abc.cn-north-1.redshift.amazonaws.com.cn"),
            a.properties(JDBC_CONNECTION_URL="jdbc:redshift://wh.abc.cn-north-1.redshift.amazonaws.com.cn:5439/dev"), partition("aws-cn", "cn-north-1", "amazonaws.com.cn")),
    healthy("a gateway for DynamoDB as well", E, add(s.ENDPOINTS, m.Endpoint("vpce-ddb", f"com.amazonaws.{a.REGION}.dynamodb", "Gateway", "available", a.VPC, route_tables=("rtb-a",))),
            a.routes("rtb-a", a.TO_S3, m.Route("pl-ddb", "vpce-ddb"))),
)  # fmt: skip

BROKEN = (
    broken("a regional NAT gateway that failed", "GC09", N, edit(s.NATS, "nat-1", subnet="", state="failed", failure="no addresses"), failed()),
    broken("the firewall's endpoint is gone", "GC08", N, a.routes("rtb-a", m.Route(a.EVERYWHERE, "vpce-fw", "blackhole")), failed()),
    broken("a prefix list for everything leads to an internet gateway", "GC08", N, add(s.PREFIX_LISTS, ALL), a.routes("rtb-a", m.Route("pl-all", "igw-1")), failed()),
    broken("egress by a prefix list of somebody else's addresses", "GC18", E, add(s.PREFIX_LISTS, PARTNER), egress(a.DATABASE_GROUP, SELF_OUT, rule(443, prefix_list="pl-partner")), failed()),
    broken("endpoints let in the first block of the VPC only", "GC14", E, *SECONDARY, ingress(a.ENDPOINT_GROUP, rule(443, cidr="10.11.0.0/16")), UNTESTED),
    broken("only a FIPS endpoint for STS", "GC12", E, drop(s.ENDPOINTS, "vpce-sts"), add(s.ENDPOINTS, a.interface_endpoint("sts-fips")), failed()),
    broken("endpoints let in IPv6 only", "GC14", E, ingress(a.ENDPOINT_GROUP, rule(443, cidr="::/0")), edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), failed()),
    broken("IPv6 has a way out, IPv4 has none", "GC08", N, edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), a.routes("rtb-a", m.Route("::/0", "eigw-1")), failed()),
    broken("a participant whose own group keeps everything in", "GC18", E, SHARED, egress(a.DATABASE_GROUP), failed()),
    broken("the subnet of 100.64.0.0/10 has no table of its own", "GC10", E, *SECONDARY, put(s.ROUTES, (
        m.RouteTable("rtb-main", a.VPC, True, (), (m.Route("10.11.0.0/16", "local"), m.Route("100.64.0.0/16", "local"))),)), failed("VPC S3 endpoint validation failed")),
    broken("a Local Zone, and the connection names its parent", "GC04", E, edit(s.SUBNETS, a.A, zone="ap-south-1-del-1a"), UNTESTED),
)  # fmt: skip
