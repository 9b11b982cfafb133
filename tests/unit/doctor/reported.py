# ruff: noqa: E501 - tables read better with a row on a line
"""Accounts of public reports, their kin, and healthy ones in the shapes of AWS's reference architectures.

Each report names where it was told; its facts are rebuilt over the accounts of `accounts`.
"""

from __future__ import annotations

import json
from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
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
from tests.unit.doctor.scenarios import V2_PROPERTIES, WITH_KEY, broken, healthy

E, N = a.endpoints_account, a.nat_account
LOCAL = m.Route("10.11.0.0/16", "local")
NO_SECRET = (edit(s.CONNECTION, secret="", plaintext_password=True), put(s.SECRET, None))
NO_ENDPOINTS = (put(s.ENDPOINTS, ()), a.routes("rtb-a"))
IAM = (
    edit(
        s.CONNECTION, type="REDSHIFT", schema_version=2, auth_type="IAM", secret="", properties=V2_PROPERTIES
    ),
    put(s.SECRET, None),
)
UNTESTED = edit(s.CONNECTION, status="", reason="", validated_at="")
GET_ENDPOINT = add(s.ENDPOINTS, a.interface_endpoint("redshift-serverless"))
OLD_SHELL = m.Job(
    "Loader", "pythonshell", a.ROLE, (a.NAME,), "", "3.9", f"s3://aws-glue-assets-{a.ACCOUNT}-{a.REGION}/x.py"
)
FOREIGN_SECRET = a.SECRET.replace(a.ACCOUNT, "999988887777")
PEERED = (
    add(s.SUBNETS, m.Subnet("subnet-other", a.OTHER_VPC, "ap-south-1a", "10.99.0.0/24", 200)),
    edit(
        s.WAREHOUSE, vpc=a.OTHER_VPC, subnets=("subnet-other",), addresses=("10.99.0.9",), groups=("sg-far",)
    ),
    add(
        s.GROUPS,
        m.SecurityGroup("sg-far", "far", a.OTHER_VPC, (rule(5439, cidr="10.11.0.0/16"),), (a.ALL_OUT,)),
    ),
)
TO_PEER = m.Route("10.99.0.0/16", "pcx-1")
PEERING = m.Peering("pcx-1", (a.VPC, a.OTHER_VPC), "active")
TGW = m.Route("10.0.0.0/8", "tgw-1")
ZONE = m.HostedZone("Z1", f"sts.{a.REGION}.amazonaws.com")


def policy(action="*", resource="*", principal="*", effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


def document(*statements):
    return json.dumps({"Statement": list(statements)})


def zones(*services):
    return put(
        s.ZONES, tuple(m.HostedZone(f"Z-{one}", f"{one}.{a.REGION}.amazonaws.com") for one in services)
    )


def partition(name, region, suffix):
    """Everything of an account, in another partition."""

    def change(text):
        text = text.replace("arn:aws:", f"arn:{name}:").replace("amazonaws.com", suffix)
        text = text.replace(a.REGION, region)
        return f"cn.{text}" if text.startswith("com.amazonaws.cn-") else text

    return a.spelled(change)


REPORTED = (
    broken("aws-glue-samples#18", "GC04", E, edit(s.CONNECTION, zone=""), failed("CONNECTION_LIST_CONNECTION_WITH_AZ_NULL")),
    broken("terraform-provider-aws#4762", "GC04", E, edit(s.CONNECTION, zone=""), UNTESTED),
    broken("terraform-provider-aws#28941", "GC04", E, place("private-a", "aps1-az1"), edit(s.CONNECTION, groups=("glue",)), UNTESTED,
           also=("GC16",)),
    broken("glue-sneaql-demo#1", "GC08", N, *NO_ENDPOINTS, a.routes("rtb-a", a.TO_IGW), failed("")),
    broken("aws-sdk-pandas#826 as the connection says it", "GC27", E, failed("Connect timeout on endpoint URL: https://sts.amazonaws.com/")),
    broken("cccatalog#27", "GC10", E, *NO_SECRET, *NO_ENDPOINTS, failed("VPC S3 endpoint validation failed for SubnetId: subnet-1. "
           "Reason: Could not find S3 endpoint or NAT gateway")),
    broken("cccatalog#27 with a secret", "GC10", E, *NO_ENDPOINTS, failed("VPC S3 endpoint validation failed for SubnetId: subnet-1."),
           also=("GC08",)),
    broken("cccatalog#27 (2)", "GC20", E, *PEERED, edit(s.WAREHOUSE, public=True), put(s.PEERINGS, (PEERING,)),
           a.routes("rtb-a", a.TO_S3, TO_PEER), failed("Connection timed out 5439")),
    broken("aws-glue-developer-guide#46", "GC10", E, drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"), failed("")),
    broken("aws-glue-developer-guide#15", "GC17", E, ingress(a.DATABASE_GROUP, rule(5439, cidr="10.11.0.0/16")),
           failed("No suitable security group was found")),
    broken("modernisation-platform#10835", "GC21", E, *PEERED, ingress("sg-far"), a.routes("rtb-a", a.TO_S3, TO_PEER), failed("connect timed out")),
    broken("SeanKilleen#669", "GC24", E, edit(s.CONNECTION, secret=FOREIGN_SECRET), edit(s.SECRET, arn=FOREIGN_SECRET),
           failed("Access to KMS is not allowed")),
    broken("kubernetes-external-secrets#838", "GC26", E, *WITH_KEY,
           put(s.KEY_POLICIES, {a.KEY: document(policy("kms:*", principal={"AWS": f"arn:aws:iam::{a.ACCOUNT}:role/Other"}))}), failed("")),
    broken("aws-sdk-pandas#286", "GC14", E, ingress(a.ENDPOINT_GROUP, rule(443, group="sg-other-vpc")), failed()),
    broken("redshift-jdbc#157", "GC13", E, *IAM, failed("IAM error retrieving temp credentials: connect timed out")),
    broken("redshift-python#246", "GC13", E, *IAM, UNTESTED),
    broken("re:Post store outside, no NAT", "GC08", E, put(s.WAREHOUSE, None), failed("connect timed out"),
           a.properties(JDBC_CONNECTION_URL="jdbc:redshift://c.abc.us-east-1.redshift.amazonaws.com:5439/dev")),
    broken("re:Post store outside, no NAT, no endpoint", "GC08", E, *PEERED, edit(s.WAREHOUSE, public=True), *NO_ENDPOINTS, failed("")),
    broken("re:Post free addresses", "GC06", E, edit(s.SUBNETS, a.A, free=5), failed("The specified subnet does not have enough free addresses")),
    broken("Glue troubleshooting: DescribeVpcEndpoints", "GC25", E,
           add(s.ALLOWED, m.Decision("ec2:DescribeVpcEndpoints", "*", False, "implicitDeny")),
           failed("Service role arn:aws:iam::1:role/x is not authorized to perform: ec2:DescribeVpcEndpoints")),
    broken("Glue troubleshooting: trust", "GC25", E, edit(s.ROLE, trust=a.TRUST.replace("glue.", "lambda.")), failed("Unable to assume role")),
    broken("Glue troubleshooting: egress", "GC18", E, egress(a.DATABASE_GROUP, rule(443, cidr=a.EVERYWHERE), rule(5439, cidr="10.11.0.0/16")),
           failed("At least one security group must open all egress ports")),
    broken("aws-glue-samples#67", "GC21", E, edit(s.WAREHOUSE, groups=("sg-wh",)), add(s.GROUPS, m.SecurityGroup("sg-wh", "wh", a.VPC)),
           failed("[Amazon](500150) Error setting/closing connection: Connection timed out.")),
    broken("re:Post enhanced VPC routing", "GC10", E, edit(s.WAREHOUSE, enhanced_vpc_routing=True, subnets=(a.B,)),
           a.routes("rtb-b"), edit(s.ENDPOINTS, "vpce-s3", route_tables=("rtb-a",))),
)  # fmt: skip

# Job-only reports: the connection is healthy, and the job's check warns.
WARNED = (
    ("boto3#1595", account(E, *NO_SECRET, drop(s.ENDPOINTS, "vpce-glue")), "GC13"),
    ("aws-sdk-pandas#826", account(E, put(s.JOBS, (replace(OLD_SHELL, type="glueetl", glue_version="3.0"),))), "GC27"),
    ("aws-sdk-pandas#2760", account(E, put(s.JOBS, (replace(OLD_SHELL, type="glueetl", glue_version="4.0"),))), "GC27"),
    ("boto3#4301", account(E, put(s.JOBS, (OLD_SHELL,))), "GC27"),
)  # fmt: skip

KIN = (
    # routes
    broken("a default route to an igw and an office's range to a VPN", "GC08", N,
           a.routes("rtb-a", a.TO_IGW, m.Route("203.0.113.0/24", "vgw-1")), failed()),
    broken("a default route to an igw and a partner's range to a NAT", "GC08", N,
           a.routes("rtb-a", a.TO_IGW, m.Route("198.51.100.0/24", "nat-1")), failed()),
    broken("IPv6 alone has a way out", "GC08", N, a.routes("rtb-a", m.Route("::/0", "eigw-1")), failed()),
    broken("an egress-only gateway beside an igw", "GC08", N, a.routes("rtb-a", m.Route("::/0", "eigw-1"), a.TO_IGW), failed()),
    broken("private NAT that leads to an igw", "GC09", N, edit(s.NATS, "nat-1", connectivity="private"), UNTESTED),
    broken("NAT whose subnet leads to itself", "GC09", N, a.routes("rtb-public", a.TO_NAT), UNTESTED),
    # the warehouse's network
    broken("warehouse in an unpeered VPC, behind NAT", "GC20", N, *PEERED, failed("Connection timed out 5439")),
    broken("warehouse in an unpeered VPC, no way", "GC20", E, *PEERED, UNTESTED),
    broken("warehouse in an unpeered VPC of the same addresses", "GC20", E, edit(s.WAREHOUSE, vpc=a.OTHER_VPC), UNTESTED),
    broken("the peering is gone", "GC20", E, *PEERED, a.routes("rtb-a", a.TO_S3, m.Route("10.99.0.0/16", "pcx-1", "blackhole")), UNTESTED),
    broken("peered public warehouse, name public, no NAT", "GC20", E, *PEERED, edit(s.WAREHOUSE, public=True),
           a.routes("rtb-a", a.TO_S3, TO_PEER), put(s.PEERINGS, (PEERING,)), UNTESTED),
    broken("public warehouse elsewhere, no NAT", "GC08", E, *PEERED, edit(s.WAREHOUSE, public=True), failed("Connection timed out 5439")),
    broken("public warehouse that knows the NAT not", "GC21", N, *PEERED, edit(s.WAREHOUSE, public=True), failed("Connection timed out 5439")),
    broken("warehouse paused", "GC20", E, edit(s.WAREHOUSE, status="PAUSED"), UNTESTED),
    # placement
    broken("no zone, though ready", "GC04", E, edit(s.CONNECTION, zone="")),
    broken("a zone's id", "GC04", E, edit(s.SUBNETS, a.A, zone_id="aps1-az1"), edit(s.CONNECTION, zone="aps1-az1"), UNTESTED),
    broken("a group's name for its id", "GC16", E, edit(s.CONNECTION, groups=("dbsecuritygroup",)), UNTESTED),
    broken("a subnet's name for its id", "GC04", E, place("private-a"), UNTESTED),
    broken("AZ null", "GC04", E, edit(s.CONNECTION, zone=""), failed("availability zone: null")),
    # endpoints
    broken("STS endpoint of us-east-1", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", service="com.amazonaws.us-east-1.sts"), failed()),
    broken("STS endpoint of another name", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", service="com.amazonaws.vpce.ap-south-1.vpce-svc-1.sts"), failed()),
    broken("the FIPS endpoint answers to its own name", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", service=f"com.amazonaws.{a.REGION}.sts-fips"), failed()),
    broken("private DNS off, and no zone", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False), put(s.ZONES, ()), failed()),
    broken("private DNS off, and another service's zone", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False), zones("sqs"), failed()),
    broken("S3 by inbound resolver only, no gateway", "GC10", E, drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"),
           add(s.ENDPOINTS, a.interface_endpoint("s3", inbound_dns_only=True)), put(s.ZONES, ()), failed("")),
    broken("the zone leads beside an endpoint that refuses", "GC14", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False), put(s.ZONES, (ZONE,)),
           ingress(a.ENDPOINT_GROUP), failed()),
    broken("IAM login by URL, no endpoint", "GC13", E, *NO_SECRET[1:], edit(s.CONNECTION, secret="", properties={
           "JDBC_CONNECTION_URL": f"jdbc:redshift:iam://{a.HOST}:5439/dev"}), UNTESTED),
    broken("IAM login at a cluster", "GC13", E, *IAM, edit(s.WAREHOUSE, kind="cluster"), GET_ENDPOINT, UNTESTED),
    broken("redshift-serverless timed out", "GC13", E, *IAM,
           failed("Unable to execute HTTP request: Connect to redshift-serverless.ap-south-1.amazonaws.com:443 failed: connect timed out")),
    # endpoint policies
    broken("S3 endpoint for other buckets", "GC15", E, edit(s.ENDPOINTS, "vpce-s3", policy=document(policy("s3:*", ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]))), failed("")),
    broken("everybody is denied, and the role can't be seen", "GC15", E, edit(s.ENDPOINTS, "vpce-secretsmanager",
           policy=document(policy(), policy("secretsmanager:*", effect="Deny"))), put(s.ROLE, s.Unknown("iam:GetRole", "AccessDenied")), failed("")),
    broken("STS's policy for another action", "GC15", E, edit(s.ENDPOINTS, "vpce-sts", policy=document(policy("sts:GetSessionToken"))), failed()),
    broken("Secrets Manager's policy for another secret", "GC15", E, edit(s.ENDPOINTS, "vpce-secretsmanager",
           policy=document(policy("secretsmanager:*", a.SECRET.replace("redshift", "other")))), failed("")),
    # groups
    broken("egress without a self rule, ready", "GC18", E, egress(a.DATABASE_GROUP, rule(443, cidr=a.EVERYWHERE), rule(5439, cidr=a.EVERYWHERE))),
    broken("egress by IPv6 only", "GC18", E, egress(a.DATABASE_GROUP, m.Rule("-1", 0, 65535, cidr="::/0")), failed()),
    broken("ingress by IPv6 only", "GC14", E, ingress(a.ENDPOINT_GROUP, rule(443, cidr="::/0")), failed()),
    broken("a group of a VPC that is not associated", "GC16", E, edit(s.CONNECTION, groups=("sg-other-vpc",)), put(s.ASSOCIATIONS, {}), UNTESTED),
    broken("must open all egress ports", "GC18", E, egress(a.DATABASE_GROUP, rule(443, cidr=a.EVERYWHERE), rule(5439, cidr=a.EVERYWHERE)),
           failed("At least one security group must open all egress ports.")),
    # network ACLs
    broken("an ACL that lets IPv6 through", "GC19", E, acl(entry(100, cidr="::/0"), entry(100, egress=True, cidr="::/0")), failed()),
    # secrets, keys, role
    broken("a secret of another account under AWS's key", "GC24", E, edit(s.CONNECTION, secret=FOREIGN_SECRET),
           edit(s.SECRET, arn=FOREIGN_SECRET, kms_key="alias/aws/secretsmanager"), failed("")),
    broken("a key that the role may not use", "GC25", E, *WITH_KEY, add(s.ALLOWED, m.Decision("kms:Decrypt", a.KEY, False, "implicitDeny")), failed("")),
    broken("a key that the role may not use, in Glue's words", "GC25", E, *WITH_KEY, add(s.ALLOWED, m.Decision("kms:Decrypt", a.KEY, False, "implicitDeny")),
           failed("Access to KMS is not allowed")),
    broken("a key that the role may not use, never tested", "GC25", E, *WITH_KEY, add(s.ALLOWED, m.Decision("kms:Decrypt", a.KEY, False, "implicitDeny")), UNTESTED),
    broken("a secret of another account under the default key, never tested", "GC24", E, edit(s.CONNECTION, secret=FOREIGN_SECRET),
           edit(s.SECRET, arn=FOREIGN_SECRET), UNTESTED),
    broken("a denial by name", "GC25", E, add(s.ALLOWED, m.Decision("ec2:CreateNetworkInterface", "*", False, "explicitDeny"))),
    broken("a key that is missing", "GC26", E, *WITH_KEY, put(s.KEYS, (m.Key(a.KEY, "Missing"),)), failed("")),
    broken("PKIX with TLS on", "GC23", E, edit(s.WAREHOUSE, require_ssl=True), failed("PKIX path building failed: unable to find valid certification path")),
    # enhanced VPC routing
    broken("the warehouse's route is a blackhole", "GC10", E, edit(s.WAREHOUSE, enhanced_vpc_routing=True, subnets=(a.B,)),
           a.routes("rtb-b", m.Route("pl-s3", "vpce-s3", "blackhole")), UNTESTED),
    broken("the warehouse's group keeps S3 out", "GC10", E, edit(s.WAREHOUSE, enhanced_vpc_routing=True, groups=("sg-wh",), addresses=("10.11.144.9",)),
           add(s.GROUPS, m.SecurityGroup("sg-wh", "wh", a.VPC, (rule(5439, group=a.DATABASE_GROUP),), ())), UNTESTED),
    broken("the warehouse may use another table's gateway only", "GC10", E, edit(s.WAREHOUSE, enhanced_vpc_routing=True),
           edit(s.ENDPOINTS, "vpce-s3", route_tables=("rtb-a",)), a.routes("rtb-b", a.TO_IGW)),
    # hosts
    broken("a workgroup of ours that is not there", "GC03", E, a.properties(JDBC_CONNECTION_URL=f"jdbc:redshift://gone.{a.ACCOUNT}.{a.REGION}.redshift-serverless.amazonaws.com:5439/dev"),
           UNTESTED),
    broken("a cluster of ours that is not there", "GC03", E, put(s.WAREHOUSE, None),
           a.properties(JDBC_CONNECTION_URL="jdbc:redshift://gone.abc.ap-south-1.redshift.amazonaws.com:5439/dev"), failed("")),
    broken("no host at all", "GC03", E, a.properties(JDBC_CONNECTION_URL=None), UNTESTED),
    # words
    broken("no valid connection, and a group that is gone", "GC16", E, edit(s.CONNECTION, groups=("sg-gone",)), failed("Unable to resolve any valid connection")),
    broken("meta key, and a subnet that is gone", "GC04", E, place("subnet-0gone"), failed("File entry does not have 'meta' key")),
    broken("insufficient addresses", "GC06", E, edit(s.SUBNETS, a.A, free=1), failed("Insufficient free addresses in subnet")),
    broken("in GovCloud the route is wrong too", "GC08", a.replica_account, partition("aws-us-gov", "us-gov-west-1", "amazonaws.com"), cause="GC05"),
    broken("in China STS has no endpoint", "GC12", E, partition("aws-cn", "cn-north-1", "amazonaws.com.cn"), drop(s.ENDPOINTS, "vpce-sts"), UNTESTED),
    broken("a shared VPC whose route is a blackhole", "GC08", N, edit(s.SUBNETS, "", owner="111122223333"), put(s.NATS, ()),
           a.routes("rtb-a", m.Route(a.EVERYWHERE, "nat-9", "blackhole")), edit(s.SUBNETS, a.A, owner=a.ACCOUNT), failed()),
    broken("a stored login: S3 alone is missing", "GC10", E, *NO_SECRET, drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"), UNTESTED),
    broken("a stored login in a public subnet", "GC08", E, *NO_SECRET, *NO_ENDPOINTS, a.routes("rtb-a", a.TO_IGW), UNTESTED),
    # logs
    broken("a job's log names the global STS", "GC27", E, put(s.LOGS, m.Logs((m.LogLine("ConnectTimeout: https://sts.amazonaws.com/", "Loader"),)))),
    broken("the log of the test says what the connection does not", "GC17", E, ingress(a.DATABASE_GROUP, rule(5439, cidr="10.11.0.0/16")),
           drop(s.ENDPOINTS, "vpce-sts"), failed("Check the logs"), put(s.LOGS, m.Logs((m.LogLine("No suitable security group found"),))), also=("GC12",)),
    broken("two faults: no zone and no way to STS", "GC04", E, edit(s.CONNECTION, zone=""), drop(s.ENDPOINTS, "vpce-sts"), UNTESTED, also=("GC12",)),
    broken("two faults: unpeered and no self rule outbound", "GC18", E, *PEERED,
           egress(a.DATABASE_GROUP, rule(443, cidr=a.EVERYWHERE), rule(5439, cidr=a.EVERYWHERE)), UNTESTED, also=("GC20",)),
)  # fmt: skip

HUB = (
    put(s.ENDPOINTS, (a.S3_GATEWAY,)), a.routes("rtb-a", a.TO_S3, TGW),
)  # fmt: skip
SHARED = edit(s.SUBNETS, "", owner="111122223333")
SCOPED = tuple(
    m.Decision("ec2:CreateNetworkInterface", f"arn:aws:ec2:{a.REGION}:{a.ACCOUNT}:{name}", True, "allowed")
    for name in ("network-interface/*", f"subnet/{a.A}", f"security-group/{a.DATABASE_GROUP}")
)
FLAT = (
    # AWS reference architectures: "Centralized access to VPC private endpoints", "Transit Gateway with NAT and
    # inspection", "VPC sharing", "Private NAT", "Multi-Region Redshift", "PrivateLink"
    healthy("hub endpoints behind a transit gateway, with zones", E, *HUB, zones("sts", "secretsmanager", "glue", "logs")),
    healthy("hub endpoints behind a transit gateway, never tested", E, *HUB, zones("sts", "secretsmanager"), UNTESTED),
    healthy("hub endpoints behind a peering, with zones", E, put(s.ENDPOINTS, (a.S3_GATEWAY,)),
            a.routes("rtb-a", a.TO_S3, m.Route("10.50.0.0/16", "pcx-9")), zones("sts", "secretsmanager", "glue", "logs")),
    healthy("hub endpoints behind a transit gateway, zones not seen", E, *HUB, put(s.ZONES, s.Unknown("route53:ListHostedZonesByVPC", "AccessDenied"))),
    healthy("hub endpoints by resolver rules", E, *HUB, put(s.ZONES, ())),
    healthy("Cloud WAN as the way to the hub", E, put(s.ENDPOINTS, (a.S3_GATEWAY,)), a.routes("rtb-a", a.TO_S3,
            m.Route("10.0.0.0/8", "arn:aws:networkmanager::1:core-network/core-network-1"))),
    healthy("central egress: all to a transit gateway", E, put(s.ENDPOINTS, ()), a.routes("rtb-a", m.Route(a.EVERYWHERE, "tgw-1"))),
    healthy("a firewall endpoint before the way out", E, put(s.ENDPOINTS, ()), a.routes("rtb-a", m.Route(a.EVERYWHERE, "vpce-gwlb"))),
    healthy("a NAT instance", E, put(s.ENDPOINTS, ()), a.routes("rtb-a", m.Route(a.EVERYWHERE, "eni-0nat"))),
    healthy("Direct Connect to the office, no default", E, put(s.ENDPOINTS, ()), a.routes("rtb-a", m.Route("10.0.0.0/8", "vgw-1")), zones("sts", "secretsmanager", "s3")),
    healthy("private DNS off beside an own zone", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False), put(s.ZONES, (ZONE,))),
    healthy("private DNS off beside an own zone, never tested", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False), put(s.ZONES, (ZONE,)), UNTESTED),
    healthy("all private DNS off beside zones", E, edit(s.ENDPOINTS, "", private_dns=False), zones("sts", "secretsmanager", "glue", "logs", "kms")),
    healthy("private DNS off, zones not seen", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False),
            put(s.ZONES, s.Unknown("route53:ListHostedZonesByVPC", "AccessDenied"))),
    healthy("a zone for the whole region's domain", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False), put(s.ZONES, (m.HostedZone("Z", f"{a.REGION}.amazonaws.com"),))),
    healthy("shared VPC: endpoints are the owner's", E, SHARED, put(s.ENDPOINTS, ())),
    healthy("shared VPC: NAT is the owner's", N, SHARED, put(s.NATS, ())),
    healthy("shared VPC: NAT is the owner's, never tested", N, SHARED, put(s.NATS, ()), UNTESTED),
    healthy("shared VPC: route tables are not seen", N, SHARED, put(s.NATS, ()), put(s.ROUTES, ())),
    healthy("shared VPC: network ACLs are not seen", E, SHARED, put(s.ACLS, ())),
    healthy("private NAT to a transit gateway", N, edit(s.NATS, "nat-1", connectivity="private"), a.routes("rtb-public", m.Route(a.EVERYWHERE, "tgw-1"))),
    healthy("private NAT to a transit gateway, never tested", N, edit(s.NATS, "nat-1", connectivity="private"), UNTESTED,
            a.routes("rtb-public", m.Route(a.EVERYWHERE, "tgw-1"))),
    healthy("S3 for the inbound resolver beside a gateway", E, add(s.ENDPOINTS, a.interface_endpoint("s3", inbound_dns_only=True, groups=("sg-closed",))),
            add(s.GROUPS, m.SecurityGroup("sg-closed", "closed", a.VPC))),
    healthy("custom domain of the workgroup", E, edit(s.WAREHOUSE, names=("dwh.example.com",)), a.properties(JDBC_CONNECTION_URL="jdbc:redshift://dwh.example.com:5439/dev")),
    healthy("custom domain nobody told", E, a.properties(JDBC_CONNECTION_URL="jdbc:redshift://dwh.example.com:5439/dev")),
    healthy("custom domain nobody told, never tested", E, a.properties(JDBC_CONNECTION_URL="jdbc:redshift://dwh.example.com:5439/dev"), put(s.WAREHOUSE, None), UNTESTED),
    healthy("redshift-jdbc#137: a managed endpoint", E, put(s.WAREHOUSE, None), a.properties(
            JDBC_CONNECTION_URL=f"jdbc:redshift://wg-endpoint-x1y2.{a.ACCOUNT}.{a.REGION}.redshift-serverless.amazonaws.com:5439/dev")),
    healthy("OpenMetadata#28127: a PrivateLink name", E, put(s.WAREHOUSE, None), a.properties(
            JDBC_CONNECTION_URL=f"jdbc:redshift://vpce-0abc-x.vpce-svc-1.{a.REGION}.vpce.amazonaws.com:5439/dev")),
    healthy("PrivateLink to an endpoint of this VPC", E, put(s.WAREHOUSE, None),
            add(s.ENDPOINTS, replace(a.interface_endpoint("x"), id="vpce-0abc", service="com.amazonaws.vpce.ap-south-1.vpce-svc-1", groups=("sg-pl",))),
            add(s.GROUPS, m.SecurityGroup("sg-pl", "pl", a.VPC, (rule(5439, group=a.DATABASE_GROUP),), ())),
            a.properties(JDBC_CONNECTION_URL=f"jdbc:redshift://vpce-0abc-x.vpce-svc-1.{a.REGION}.vpce.amazonaws.com:5439/dev")),
    healthy("a cluster of another region", N, put(s.WAREHOUSE, None), a.properties(JDBC_CONNECTION_URL="jdbc:redshift://c.abc.us-east-1.redshift.amazonaws.com:5439/dev")),
    healthy("a cluster of another region, never tested", N, put(s.WAREHOUSE, None), UNTESTED,
            a.properties(JDBC_CONNECTION_URL="jdbc:redshift://c.abc.us-east-1.redshift.amazonaws.com:5439/dev")),
    healthy("a workgroup of another account", N, put(s.WAREHOUSE, None), a.properties(
            JDBC_CONNECTION_URL=f"jdbc:redshift://wg.999988887777.{a.REGION}.redshift-serverless.amazonaws.com:5439/dev"), UNTESTED),
    healthy("a cluster of another account, ready", N, put(s.WAREHOUSE, None), a.properties(JDBC_CONNECTION_URL=f"jdbc:redshift://c.abc.{a.REGION}.redshift.amazonaws.com:5439/dev")),
    healthy("the IAM URL of a cluster and its region", E, edit(s.WAREHOUSE, kind="cluster", name="wh", subnets=()), a.properties(
            JDBC_CONNECTION_URL=f"jdbc:redshift:iam://wh:{a.REGION}/dev")),
    healthy("an IAM URL with an endpoint for it", E, *NO_SECRET[1:], edit(s.CONNECTION, secret="", properties={
            "JDBC_CONNECTION_URL": f"jdbc:redshift:iam://{a.HOST}:5439/dev"}), GET_ENDPOINT),
    healthy("IAM login through NAT", N, *IAM),
    healthy("China", E, partition("aws-cn", "cn-north-1", "amazonaws.com.cn")),
    healthy("China with NAT, never tested", N, partition("aws-cn", "cn-northwest-1", "amazonaws.com.cn"), UNTESTED),
    healthy("GovCloud", E, partition("aws-us-gov", "us-gov-west-1", "amazonaws.com")),
    healthy("GovCloud with a key of its own", E, *WITH_KEY, partition("aws-us-gov", "us-gov-west-1", "amazonaws.com")),
    healthy("an endpoint policy in China's partition", E, edit(s.ENDPOINTS, "vpce-sts", policy=document(policy("sts:*", principal={"AWS": f"arn:aws:iam::{a.ACCOUNT}:root"}))),
            edit(s.ENDPOINTS, "vpce-s3", policy=document(policy("s3:*", f"arn:aws:s3:::aws-glue-assets-{a.ACCOUNT}-{a.REGION}/*"))),
            partition("aws-cn", "cn-north-1", "amazonaws.com.cn")),
    healthy("STS's policy lets roles be taken on, no more", E, edit(s.ENDPOINTS, "vpce-sts", policy=document(policy("sts:AssumeRole")))),
    healthy("S3's policy for the buckets it needs", E, edit(s.ENDPOINTS, "vpce-s3", policy=document(policy("s3:*", f"arn:aws:s3:::aws-glue-assets-{a.ACCOUNT}-{a.REGION}/*")))),
    healthy("a group by association", E, edit(s.CONNECTION, groups=("sg-shared",)), put(s.ASSOCIATIONS, {"sg-shared": (a.VPC,)}),
            add(s.GROUPS, m.SecurityGroup("sg-shared", "shared", a.OTHER_VPC, (rule(group="sg-shared"),), (a.ALL_OUT,))),
            ingress(a.ENDPOINT_GROUP, rule(443, group="sg-shared")), ingress(a.DATABASE_GROUP, rule(5439, group="sg-shared"))),
    healthy("a group by association that can't be seen", E, edit(s.CONNECTION, groups=("sg-shared",)),
            put(s.ASSOCIATIONS, s.Unknown("ec2:DescribeSecurityGroupVpcAssociations", "UnauthorizedOperation")),
            add(s.GROUPS, m.SecurityGroup("sg-shared", "shared", a.OTHER_VPC, (rule(group="sg-shared"),), (a.ALL_OUT,))),
            ingress(a.ENDPOINT_GROUP, rule(443, group="sg-shared")), ingress(a.DATABASE_GROUP, rule(5439, group="sg-shared"))),
    healthy("IPv6-only subnets beside dual-stack ones", E, add(s.SUBNETS, m.Subnet("subnet-v6", a.VPC, f"{a.REGION}c", "", 0, ipv6="2406:da1a::/64")),
            edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), edit(s.ENDPOINTS, "", subnets=(a.A, a.B, "subnet-v6")),
            edit(s.WAREHOUSE, subnets=(a.A, a.B, "subnet-v6"))),
    healthy("a ready connection in an IPv6-only subnet", E, edit(s.SUBNETS, a.A, cidr="", free=0, ipv6="2406:da1a:0:1::/64")),
    healthy("dual stack, with IPv6 rules everywhere", E, add(s.GROUPS, m.SecurityGroup("sg-v6", "v6", a.VPC, (rule(443, cidr="::/0"),), (m.Rule("-1", 0, 65535, cidr="::/0"),))),
            acl(entry(101, cidr="::/0"), entry(101, egress=True, cidr="::/0"), *a.OPEN_ACL), a.routes("rtb-a", a.TO_S3, m.Route("::/0", "eigw-1"))),
    healthy("a role scoped by ARN and condition", E, put(s.ALLOWED, SCOPED)),
    healthy("a role that hangs on a key nobody knows", E, put(s.ALLOWED, (m.Decision("ec2:DeleteNetworkInterface", "*", False, "implicitDeny", ("aws:PrincipalTag/team",)),)), UNTESTED),
    healthy("an implicit denial, though ready", E, add(s.ALLOWED, m.Decision("kms:Decrypt", a.KEY, False, "implicitDeny"))),
    healthy("default to NAT, an office's range to a VPN", N, a.routes("rtb-a", a.TO_NAT, m.Route("203.0.113.0/24", "vgw-1"))),
    healthy("a peered public warehouse that resolves privately", E, *PEERED, edit(s.WAREHOUSE, public=True), a.routes("rtb-a", a.TO_S3, TO_PEER),
            put(s.PEERINGS, (replace(PEERING, resolves=(a.OTHER_VPC,)),))),
    healthy("a peered public warehouse through NAT", N, *PEERED, edit(s.WAREHOUSE, public=True), ingress("sg-far", rule(5439, cidr="13.1.1.1/32")),
            a.routes("rtb-a", a.TO_NAT, TO_PEER), put(s.PEERINGS, (PEERING,))),
    healthy("a peered public warehouse, peering not seen, ready", E, *PEERED, edit(s.WAREHOUSE, public=True), a.routes("rtb-a", a.TO_S3, TO_PEER),
            put(s.PEERINGS, s.Unknown("ec2:DescribeVpcPeeringConnections", "UnauthorizedOperation"))),
    healthy("enhanced VPC routing through the gateway", E, edit(s.WAREHOUSE, enhanced_vpc_routing=True)),
    healthy("enhanced VPC routing through NAT", N, edit(s.WAREHOUSE, enhanced_vpc_routing=True)),
    healthy("a secret of another account with a shared key", E, edit(s.CONNECTION, secret=FOREIGN_SECRET), *WITH_KEY, edit(s.SECRET, arn=FOREIGN_SECRET)),
    healthy("a secret of another account that can't be seen", E, edit(s.CONNECTION, secret=FOREIGN_SECRET), put(s.SECRET, None)),
    healthy("logs that may not be read", E, put(s.LOGS, m.Logs(unread="logs:DescribeLogGroups"))),
    healthy("a job whose run failed for a reason of its own", E, put(s.LOGS, m.Logs((m.LogLine("KeyError: 'x'", "Loader"),)))),
    healthy("a stored login without STS", E, *NO_SECRET, drop(s.ENDPOINTS, "vpce-sts", "vpce-secretsmanager")),
)  # fmt: skip
