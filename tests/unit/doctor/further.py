# ruff: noqa: E501 - tables read better with a row on a line
"""Accounts of further kinds: other stores, other logins, policies with conditions, networks of larger companies.

After AWS's reference architectures "Inspection VPC with Gateway Load Balancer", "Amazon VPC IPAM and secondary
blocks", "Split-view DNS", "Security group referencing across peering", "Data perimeter" (endpoint policies by
organisation), "Replicated secrets", and the connection types of the AWS Glue developer guide.
"""

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
    put,
    rule,
)
from tests.unit.doctor.reported import (
    FOREIGN_SECRET,
    IAM,
    PEERED,
    PEERING,
    TO_PEER,
    UNTESTED,
    document,
    policy,
)
from tests.unit.doctor.scenarios import SELF_OUT, WITH_KEY, E, N, broken, healthy

NO_WAREHOUSE = (put(s.WAREHOUSE, None),)
PERIMETER = policy(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1", "aws:ResourceOrgID": "o-1"}})
OUTSIDERS = policy(effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})
OTHER_VPCS = policy(effect="Deny", Condition={"StringNotEquals": {"aws:SourceVpc": a.VPC}})
GUARDED = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {%s}}]}'
EPHEMERAL = (
    entry(100, ports=(1024, 65535), protocol="6"), entry(110, cidr="10.0.0.0/8", ports=(443, 443), protocol="6"), entry(32767, allow=False),
    entry(100, egress=True, ports=(443, 443), protocol="6"), entry(110, egress=True, cidr="10.0.0.0/8", ports=(1024, 65535), protocol="6"),
    entry(32767, egress=True, allow=False),
)  # fmt: skip
HOSTS = {
    "postgresql": "jdbc:postgresql://aurora.cluster-abc.ap-south-1.rds.amazonaws.com:5432/app",
    "mysql": "jdbc:mysql://db.abc.ap-south-1.rds.amazonaws.com:3306/app",
    "sqlserver": "jdbc:sqlserver://sql.abc.ap-south-1.rds.amazonaws.com:1433;database=app",
    "oracle service": "jdbc:oracle:thin://@ora.abc.ap-south-1.rds.amazonaws.com:1521/ORCL",
    "oracle SID": "jdbc:oracle:thin:@ora.abc.ap-south-1.rds.amazonaws.com:1521:ORCL",
    "an RDS proxy": "jdbc:postgresql://proxy.proxy-abc.ap-south-1.rds.amazonaws.com:5432/app",
    "mariadb on premises": "jdbc:mariadb://db.corp.example:3306/app",
    "snowflake": "jdbc:snowflake://org-acc.snowflakecomputing.com/?warehouse=WH&db=APP",
}


def store(url):
    """A connection to another store than Redshift; nothing in the account is its warehouse."""
    return (*NO_WAREHOUSE, a.properties(JDBC_CONNECTION_URL=url))


def typed(kind, **properties):
    """A connection of another type, without a JDBC URL."""
    return (*NO_WAREHOUSE, edit(s.CONNECTION, type=kind, properties=properties))


HEALTHY = (
    *(healthy(f"{name}, ready", E, *store(url)) for name, url in HOSTS.items()),
    *(healthy(f"{name}, never tested", N, *store(url), UNTESTED) for name, url in HOSTS.items()),
    healthy("Kafka", E, *typed("KAFKA", KAFKA_BOOTSTRAP_SERVERS="b-1.msk.abc.kafka.ap-south-1.amazonaws.com:9098", KAFKA_SASL_MECHANISM="AWS_MSK_IAM")),
    healthy("MongoDB", E, *typed("MONGODB", CONNECTION_URL="mongodb://docdb.cluster-abc.ap-south-1.docdb.amazonaws.com:27017/app")),
    healthy("a network connection", E, *typed("NETWORK"), edit(s.CONNECTION, secret=""), put(s.SECRET, None)),
    healthy("a network connection, never tested", N, *typed("NETWORK"), edit(s.CONNECTION, secret=""), put(s.SECRET, None), UNTESTED),
    healthy("Snowflake by its own type", N, *typed("SNOWFLAKE", HOST="org-acc.snowflakecomputing.com", PORT="443", WAREHOUSE="WH", DATABASE="APP"), edit(s.CONNECTION, schema_version=2, auth_type="BASIC")),
    healthy("PostgreSQL by its own type", E, *typed("POSTGRESQL", HOST="aurora.cluster-abc.ap-south-1.rds.amazonaws.com", PORT="5432", DATABASE="app"), edit(s.CONNECTION, schema_version=2, auth_type="BASIC")),
    # policies with conditions
    healthy("a data perimeter by organisation", E, edit(s.ENDPOINTS, "", policy=document(PERIMETER))),
    healthy("a data perimeter that denies outsiders", E, edit(s.ENDPOINTS, "", policy=document(policy(), OUTSIDERS))),
    healthy("endpoints that deny other VPCs", E, edit(s.ENDPOINTS, "vpce-secretsmanager", policy=document(policy(), OTHER_VPCS)), UNTESTED),
    healthy("a role that trusts Glue for this account's connection", E, edit(s.ROLE, trust=GUARDED % f'"StringEquals": {{"aws:SourceAccount": "{a.ACCOUNT}"}}, "ArnLike": {{"aws:SourceArn": "arn:aws:glue:{a.REGION}:{a.ACCOUNT}:*"}}')),
    healthy("a role that trusts Glue of its organisation", E, edit(s.ROLE, trust=GUARDED % '"StringEquals": {"aws:SourceOrgID": "o-1"}'), UNTESTED),
    healthy("a key by grant alone, ready", E, *WITH_KEY, put(s.KEY_POLICIES, {a.KEY: document(policy("kms:*", principal={"AWS": f"arn:aws:iam::{a.ACCOUNT}:role/KeyAdmin"}))})),
    healthy("a key for callers through Secrets Manager", E, *WITH_KEY, UNTESTED, put(s.KEY_POLICIES, {a.KEY: document(policy("kms:Decrypt", principal={"AWS": "*"}, Condition={
        "StringEquals": {"kms:ViaService": f"secretsmanager.{a.REGION}.amazonaws.com", "kms:CallerAccount": a.ACCOUNT}}))})),
    healthy("a replica of a secret of another region", E, edit(s.SECRET, owner="", rotation=True), *WITH_KEY),
    healthy("a secret of another account that the role's own policies don't name, ready", E, edit(s.CONNECTION, secret=FOREIGN_SECRET), put(s.SECRET, s.Unknown("secretsmanager:DescribeSecret", "AccessDeniedException"))),
    # networks
    healthy("ACLs with ephemeral ranges", E, acl(*EPHEMERAL, subnets=(a.A, a.B))),
    healthy("ACLs with ephemeral ranges before NAT", N, acl(*EPHEMERAL, subnets=(a.A,))),
    healthy("a group referenced across a peering", E, *PEERED, ingress("sg-far", rule(5439, group=a.DATABASE_GROUP)), a.routes("rtb-a", a.TO_S3, TO_PEER), put(s.PEERINGS, (PEERING,))),
    healthy("a group of the peer as destination", E, *PEERED, egress(a.DATABASE_GROUP, SELF_OUT, rule(443, cidr="10.11.0.0/16"), rule(443, prefix_list="pl-s3"), rule(5439, group="sg-far")),
            a.routes("rtb-a", a.TO_S3, TO_PEER), put(s.PEERINGS, (PEERING,))),
    healthy("a peering to another region", E, *NO_WAREHOUSE, a.properties(JDBC_CONNECTION_URL="jdbc:redshift://c.abc.eu-west-1.redshift.amazonaws.com:5439/dev"), a.routes("rtb-a", a.TO_S3, TO_PEER), put(s.PEERINGS, (PEERING,))),
    healthy("own DNS servers that forward, private DNS on", E, put(s.DHCP, (m.DhcpOptions("dopt-1", ("10.11.0.53", "10.11.0.54")),)), UNTESTED),
    healthy("own DNS servers beside Amazon's", N, put(s.DHCP, (m.DhcpOptions("dopt-1", ("AmazonProvidedDNS", "10.11.0.53")),))),
    healthy("split-view: a private zone for the company's domain", E, put(s.ZONES, (m.HostedZone("Z9", "corp.example"),))),
    healthy("the warehouse by a name in a private zone", E, put(s.ZONES, (m.HostedZone("Z9", "corp.example"),)), *NO_WAREHOUSE, a.properties(JDBC_CONNECTION_URL="jdbc:redshift://warehouse.corp.example:5439/dev"), UNTESTED),
    healthy("inspection by a Gateway Load Balancer between subnets", E, edit(s.ROUTES, "rtb-a", routes=(m.Route("10.11.0.0/16", "local"), m.Route("10.11.144.0/20", "vpce-gwlb"), a.TO_S3))),
    healthy("two NAT gateways, a zone each", N, add(s.NATS, m.NatGateway("nat-2", "available", "public", a.PUBLIC, a.VPC)), a.routes("rtb-b", m.Route(a.EVERYWHERE, "nat-2"))),
    healthy("an old NAT gateway that was deleted, beside the new one", N, add(s.NATS, m.NatGateway("nat-0", "deleted", "public", a.PUBLIC, a.VPC))),
    healthy("a carrier gateway for Wavelength beside NAT", N, add(s.SUBNETS, m.Subnet("subnet-wl", a.VPC, "ap-south-1-wl1-del-wlz-1", "10.11.200.0/24", 200)), add(s.ROUTES, a.table("rtb-wl", ("subnet-wl",), m.Route(a.EVERYWHERE, "cagw-1")))),
    healthy("an Outpost's local gateway for the company's range", N, a.routes("rtb-a", a.TO_NAT, m.Route("192.168.0.0/16", "lgw-1"))),
    healthy("an endpoint with addresses of both families", E, edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), edit(s.SUBNETS, a.B, ipv6="2406:da1a:0:2::/64"), ingress(a.ENDPOINT_GROUP, rule(443, cidr="::/0"), rule(443, group=a.DATABASE_GROUP))),
    healthy("a cluster with enhanced VPC routing", E, edit(s.WAREHOUSE, kind="cluster", name="wh", host="wh.abc.ap-south-1.redshift.amazonaws.com", enhanced_vpc_routing=True),
            a.properties(JDBC_CONNECTION_URL="jdbc:redshift://wh.abc.ap-south-1.redshift.amazonaws.com:5439/dev")),
    healthy("IAM login at a cluster, with its endpoint", E, *IAM, edit(s.WAREHOUSE, kind="cluster"), add(s.ENDPOINTS, a.interface_endpoint("redshift"))),
    healthy("IAM login at a workgroup through NAT", N, *IAM, UNTESTED),
    # VPC Block Public Access
    healthy("public access blocked inbound only", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-ingress")), UNTESTED),
    healthy("public access blocked, the VPC excluded", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional", excluded=(a.VPC,))), UNTESTED),
    healthy("public access blocked, the NAT gateway's subnet excluded", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional", excluded=(a.PUBLIC,))), UNTESTED),
    healthy("public access blocked, and only endpoints are used", E, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional")), UNTESTED),
    healthy("public access being changed", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional", changing=True))),
    healthy("public access blocked in a way that is newer than this doctor", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-somehow")), UNTESTED),
    healthy("public access blocked, and a private NAT gateway to the hub", N, edit(s.NATS, "nat-1", connectivity="private"), a.routes("rtb-public", m.Route(a.EVERYWHERE, "tgw-1")), put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional"))),
    healthy("an endpoint being deleted beside its successor", E, add(s.ENDPOINTS, replace(a.interface_endpoint("sts"), id="vpce-old", state="deleting", private_dns=False))),
    healthy("egress by the blocks of the prefix list's own", E, add(s.PREFIX_LISTS, m.PrefixList("pl-vpc", "vpc", a.ACCOUNT, ("10.11.0.0/17", "10.11.128.0/17"))),
            egress(a.DATABASE_GROUP, SELF_OUT, rule(443, prefix_list="pl-vpc"), rule(443, prefix_list="pl-s3"))),
)  # fmt: skip

BROKEN = (
    broken("PostgreSQL from an isolated subnet", "GC10", E, *store(HOSTS["postgresql"]), drop(s.ENDPOINTS, "vpce-s3"), a.routes("rtb-a"), failed("VPC S3 endpoint validation failed")),
    broken("MySQL without a self rule", "GC17", E, *store(HOSTS["mysql"]), ingress(a.DATABASE_GROUP, rule(3306, cidr="10.11.0.0/16")), failed("At least one security group must open all ingress ports")),
    broken("SQL Server, and STS has no endpoint", "GC12", E, *store(HOSTS["sqlserver"]), drop(s.ENDPOINTS, "vpce-sts"), failed()),
    broken("Oracle in a subnet that is gone", "GC04", E, *store(HOSTS["oracle SID"]), edit(s.CONNECTION, subnet="subnet-0gone"), failed("InvalidSubnetID.NotFound")),
    broken("Snowflake from a public subnet", "GC08", N, *store(HOSTS["snowflake"]), a.routes("rtb-a", a.TO_IGW), failed()),
    broken("Kafka without free addresses", "GC06", E, *typed("KAFKA", KAFKA_BOOTSTRAP_SERVERS="b-1.msk:9098"), edit(s.SUBNETS, a.A, free=0), failed("not enough free addresses")),
    broken("MongoDB, the secret is to be deleted", "GC24", E, *typed("MONGODB", CONNECTION_URL="mongodb://docdb:27017/app"), edit(s.SECRET, deleted_at="2026-02-01T00:00:00+00:00"), failed("")),
    broken("a network connection with a group of nobody's", "GC16", E, *typed("NETWORK"), edit(s.CONNECTION, secret="", groups=("sg-gone",)), put(s.SECRET, None), UNTESTED),
    broken("a network connection in an isolated subnet", "GC08", E, *typed("NETWORK"), edit(s.CONNECTION, secret=""), put(s.SECRET, None), put(s.ENDPOINTS, ()), a.routes("rtb-a"), UNTESTED),
    broken("an endpoint that denies everybody, whatever the perimeter", "GC15", E, edit(s.ENDPOINTS, "vpce-sts", policy=document(PERIMETER, policy("sts:*", effect="Deny"))), failed()),
    broken("a trust for another account's resources", "GC25", E, edit(s.ROLE, trust=GUARDED % '"StringEquals": {"aws:SourceAccount": "111122223333"}'), failed("Unable to assume role")),
    broken("a key policy for another service's callers only", "GC26", E, *WITH_KEY, put(s.KEY_POLICIES, {a.KEY: document(policy("kms:Encrypt", principal={"AWS": "*"}))}), failed("")),
    broken("ACLs without the ephemeral range inbound", "GC19", E, acl(*(one for one in EPHEMERAL if one.number != 100 or one.egress), subnets=(a.A,)), failed()),
    broken("ACLs with an ephemeral range that is too narrow by far", "GC19", E, acl(entry(100, ports=(65000, 65535), protocol="6"), entry(100, egress=True), entry(32767, allow=False)), failed()),
    broken("a peer's group that names another group", "GC21", E, *PEERED, ingress("sg-far", rule(5439, group="sg-other-vpc")), a.routes("rtb-a", a.TO_S3, TO_PEER), put(s.PEERINGS, (PEERING,)), failed("Connection timed out 5439")),
    broken("only the deleted NAT gateway is left", "GC09", N, edit(s.NATS, "nat-1", state="deleted"), failed()),
    broken("the new endpoint is still pending, the old one deleting", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", state="pending"), add(s.ENDPOINTS, replace(a.interface_endpoint("sts"), id="vpce-old", state="deleting", private_dns=False)), failed()),
    broken("public access blocked both ways", "GC09", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional")), failed()),
    broken("public access blocked both ways, never tested", "GC09", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional")), UNTESTED),
    broken("public access blocked, another VPC excluded", "GC09", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional", excluded=(a.OTHER_VPC,))), failed()),
    broken("public access blocked, the private subnet excluded", "GC09", N, put(s.PUBLIC_BLOCK, m.PublicBlock("block-bidirectional", excluded=(a.A,))), failed()),
    broken("a zone's NAT failed, the other zone's works", "GC09", N, add(s.NATS, m.NatGateway("nat-2", "available", "public", a.PUBLIC, a.VPC)), a.routes("rtb-b", m.Route(a.EVERYWHERE, "nat-2")), edit(s.NATS, "nat-1", state="failed"), failed()),
    broken("a prefix list that leaves the endpoints' subnet out", "GC18", E, edit(s.ENDPOINTS, "", subnets=(a.B,)), add(s.PREFIX_LISTS, m.PrefixList("pl-half", "half", a.ACCOUNT, ("10.11.128.0/20",))),
           egress(a.DATABASE_GROUP, SELF_OUT, rule(443, prefix_list="pl-half"), rule(443, prefix_list="pl-s3")), failed()),
    broken("IAM login at a cluster with the workgroups' endpoint", "GC13", E, *IAM, edit(s.WAREHOUSE, kind="cluster"), add(s.ENDPOINTS, a.interface_endpoint("redshift-serverless")), failed("IAM error retrieving temp credentials: connect timed out")),
    broken("a cluster with enhanced VPC routing and no way to S3", "GC10", E, edit(s.WAREHOUSE, kind="cluster", name="wh", host="wh.abc.ap-south-1.redshift.amazonaws.com", enhanced_vpc_routing=True, subnets=(a.B,)),
           a.properties(JDBC_CONNECTION_URL="jdbc:redshift://wh.abc.ap-south-1.redshift.amazonaws.com:5439/dev"), a.routes("rtb-b"), edit(s.ENDPOINTS, "vpce-s3", route_tables=("rtb-a",)), failed("")),
    broken("endpoints of both families that let the old one out", "GC14", E, edit(s.SUBNETS, a.A, ipv6="2406:da1a:0:1::/64"), ingress(a.ENDPOINT_GROUP, rule(443, cidr="2406:da1a::/32")), failed()),
)  # fmt: skip
