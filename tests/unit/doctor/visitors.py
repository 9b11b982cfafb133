# ruff: noqa: E501 - tables read better with a row on a line
"""Accounts after AWS's reference architectures and after public reports: NAT instances, firewalls, Cloud WAN, second CIDRs, isolated CDK subnets."""

from __future__ import annotations

from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import (
    add,
    drop,
    edit,
    egress,
    failed,
    ingress,
    place,
    properties,
    put,
    rule,
    table,
)
from tests.unit.doctor.further import typed
from tests.unit.doctor.reported import UNTESTED
from tests.unit.doctor.scenarios import E, N, broken, healthy


def out_by(target, state="active"):
    """The connection's subnet with another default route."""
    return a.routes("rtb-a", m.Route(a.EVERYWHERE, target, state))


C = "subnet-0c0c0c0c0c0c0c0c0"  # of a second CIDR, as pods and jobs get one
SECOND = (
    edit(s.VPCS, a.VPC, cidrs=("10.11.0.0/16", "100.64.0.0/16")),
    add(s.SUBNETS, m.Subnet(C, a.VPC, f"{a.REGION}a", "100.64.0.0/18", 16000)),
    add(s.ROUTES, replace(table("rtb-c", (C,), m.Route("100.64.0.0/16", "local"), a.TO_S3))),
    edit(s.ENDPOINTS, "vpce-s3", route_tables=("rtb-a", "rtb-b", "rtb-c")),
    edit(s.ACLS, "", subnets=(a.A, a.B, a.PUBLIC, C)),
    place(C),
    put(s.EXPECTED, None),
)
# Three groups with a purpose each (awslabs' best practices): Glue's, the warehouse's, the endpoints'.
GLUE, WAREHOUSE = "sg-glue", "sg-warehouse"
SELF = rule(group=GLUE)
THREE = (
    add(
        s.GROUPS,
        m.SecurityGroup(GLUE, "glue", a.VPC, (SELF,), (SELF, rule(5439, group=WAREHOUSE), rule(443, group=a.ENDPOINT_GROUP), rule(443, prefix_list="pl-s3"))),
        m.SecurityGroup(WAREHOUSE, "warehouse", a.VPC, (rule(5439, group=GLUE),), ()),
    ),
    ingress(a.ENDPOINT_GROUP, rule(443, group=GLUE)),
    edit(s.CONNECTION, groups=(GLUE,)),
    edit(s.WAREHOUSE, groups=(WAREHOUSE,)),
    put(s.EXPECTED, None),
)  # fmt: skip
MANAGED = f"arn:aws:secretsmanager:{a.REGION}:{a.ACCOUNT}:secret:redshift!test-redshift-admin-AbCdEf"
ISOLATED = (put(s.ENDPOINTS, (a.interface_endpoint("ssm"),)), a.routes("rtb-a"), a.routes("rtb-b"))
ONE_ZONE = tuple(edit(s.ENDPOINTS, f"vpce-{name}", subnets=(a.B,)) for name in a.SERVICES)

HEALTHY = (
    healthy("three groups with a purpose each", E, *THREE, UNTESTED),
    healthy("a NAT instance by its network interface", E, put(s.ENDPOINTS, ()), out_by("eni-0123456789abcdef0"), UNTESTED),
    healthy("a NAT instance by its id", E, put(s.ENDPOINTS, ()), out_by("i-0123456789abcdef0"), UNTESTED),
    healthy("AWS Network Firewall before the NAT gateway", N, out_by("vpce-0firewall"), UNTESTED),
    healthy("Cloud WAN's core network leads out", E, put(s.ENDPOINTS, ()), out_by(f"arn:aws:networkmanager::{a.ACCOUNT}:core-network/core-network-1"), UNTESTED),
    healthy("a VPN's gateway leads out", E, put(s.ENDPOINTS, ()), out_by("vgw-1"), UNTESTED),
    healthy("an outpost's local gateway leads out", E, put(s.ENDPOINTS, ()), out_by("lgw-1"), UNTESTED),
    healthy("a regional NAT gateway, which is in no subnet", N, edit(s.NATS, "nat-1", subnet="", public_ip=""), UNTESTED),
    healthy("NAT in one zone for both", N, place(a.B, f"{a.REGION}b"), put(s.EXPECTED, None), UNTESTED),
    healthy("a subnet of a second CIDR, endpoints open to both", E, *SECOND, ingress(a.ENDPOINT_GROUP, rule(443, cidr="10.11.0.0/16"), rule(443, cidr="100.64.0.0/16")), UNTESTED),
    healthy("a subnet of a second CIDR, endpoints open to the group", E, *SECOND, UNTESTED),
    healthy("endpoints in the other zone alone", E, *ONE_ZONE, UNTESTED),
    healthy("the namespace's own secret", E, edit(s.CONNECTION, secret=MANAGED), properties(SECRET_ID=MANAGED), put(s.SECRET, m.Secret(MANAGED, "redshift!test-redshift-admin", changed_at="2026-01-01T00:00:00+00:00", owner="redshift")), UNTESTED),
    healthy("a network connection for a driver of the job's own", N, *typed("NETWORK"), edit(s.CONNECTION, secret=""), put(s.SECRET, None), UNTESTED),
    healthy("all traffic out by IPv4 and IPv6, as CDK writes it", N, egress(a.DATABASE_GROUP, a.ALL_OUT, m.Rule("-1", 0, 65535, cidr="::/0")), UNTESTED),
    healthy("S3 by an interface endpoint, names led there", E, drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"), add(s.ENDPOINTS, a.interface_endpoint("s3")), UNTESTED),
)  # fmt: skip

BROKEN = (
    broken("isolated subnets with an endpoint for SSM alone, as CDK makes them", "GC08", E, *ISOLATED, failed()),
    broken("endpoints open to the first CIDR alone", "GC14", E, *SECOND, ingress(a.ENDPOINT_GROUP, rule(443, cidr="10.11.0.0/16")), failed()),
    broken("three groups, and Glue's lets only HTTPS in from itself", "GC17", E, *THREE, ingress(GLUE, rule(443, group=GLUE)), failed("At least one security group must open all ingress ports")),
    broken("three groups, and the warehouse's knows the application's alone", "GC21", E, *THREE, ingress(WAREHOUSE, rule(5439, group="sg-application")), failed("[Amazon](500150) Error setting/closing connection: Connection timed out.")),
    broken("three groups, and the endpoints' knows the application's alone", "GC14", E, *THREE, ingress(a.ENDPOINT_GROUP, rule(443, group="sg-application")), failed()),
    broken("three groups, and Glue's lets nothing out but the warehouse's port", "GC18", E, *THREE, egress(GLUE, SELF, rule(5439, group=WAREHOUSE)), failed()),
    broken("the NAT instance was stopped", "GC08", N, out_by("eni-0123456789abcdef0", "blackhole"), failed()),
    broken("the firewall's endpoint was deleted", "GC08", N, out_by("vpce-0firewall", "blackhole"), failed()),
    broken("the workgroup moved to another port", "GC03", E, edit(s.WAREHOUSE, port=8195), UNTESTED),
    broken("a regional NAT gateway, which failed", "GC09", N, edit(s.NATS, "nat-1", subnet="", public_ip="", state="failed"), failed()),
)  # fmt: skip
