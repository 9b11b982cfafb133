import json
from dataclasses import replace

import pytest

from dpctl.sandbox.walk import Network, Source, Unreachable, opens_to_itself, reach_interface, reach_service

STS, S3 = "com.amazonaws.ap-south-1.sts", "com.amazonaws.ap-south-1.s3"
ALL_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []}
OPEN = [
    {"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": egress, "CidrBlock": "0.0.0.0/0"}
    for egress in (True, False)
]


def itself(group, first=0, last=65535):
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "UserIdGroupPairs": [{"GroupId": group}]}


def table(name, *routes, subnet=None, main=False):
    association = {"Main": True} if main else {"Main": False, "SubnetId": subnet}
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
    return {"RouteTableId": name, "VpcId": "vpc", "Associations": [association], "Routes": [local, *routes]}


def default(**via):
    return {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **via}


def endpoint(service=STS, **changes):
    return {
        "VpcEndpointId": "vpce",
        "VpcId": "vpc",
        "ServiceName": service,
        "VpcEndpointType": "Interface",
        "State": "available",
        "PrivateDnsEnabled": True,
        "SubnetIds": ["b"],
        "Groups": [{"GroupId": "sg-e"}],
    } | changes


def group(*ingress, egress=(ALL_OUT,)):
    return {"VpcId": "vpc", "IpPermissions": list(ingress), "IpPermissionsEgress": list(egress)}


HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg"}]}
NETWORK = Network(
    subnets={
        "a": {"VpcId": "vpc", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "z"},
        "b": {"VpcId": "vpc", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "z"},
        "public": {"VpcId": "vpc", "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "z"},
        "elsewhere": {"VpcId": "other", "CidrBlock": "10.9.0.0/24", "AvailabilityZone": "z"},
    },
    tables=(
        table("main", main=True),
        table("rtb-a", subnet="a"),
        table("rtb-public", default(GatewayId="igw-1"), subnet="public"),
    ),
    endpoints=(),
    groups={"sg": group(itself("sg")), "sg-e": group(HTTPS)},
    acls=({"NetworkAclId": "acl", "Associations": [{"SubnetId": x} for x in "ab"], "Entries": OPEN},),
    nats={
        "nat-1": {
            "NatGatewayId": "nat-1",
            "State": "available",
            "ConnectivityType": "public",
            "SubnetId": "public",
        }
    },
    dns={"vpc": True, "other": True},
)
HERE = Source("a", ("sg",))


def with_route(**via):
    tables = (NETWORK.tables[0], table("rtb-a", default(**via), subnet="a"), NETWORK.tables[2])
    return replace(NETWORK, tables=tables)


def with_acl(*entries):
    acl = {"NetworkAclId": "acl", "Associations": [{"SubnetId": "a"}], "Entries": list(entries)}
    return replace(with_route(NatGatewayId="nat-1"), acls=(acl,))


def entry(number, egress, action, ports=None, protocol="6", cidr="0.0.0.0/0"):
    found = {
        "RuleNumber": number,
        "Protocol": protocol,
        "RuleAction": action,
        "Egress": egress,
        "CidrBlock": cidr,
    }
    return found | ({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {})


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(with_route(NatGatewayId="nat-1"), id="nat"),
        pytest.param(replace(NETWORK, endpoints=(endpoint(),)), id="interface endpoint"),
        pytest.param(replace(NETWORK, endpoints=(endpoint(State="Available"),)), id="state in capitals"),
        pytest.param(
            with_acl(entry(1, True, "allow", (443, 443)), entry(2, False, "allow", (1024, 65535))),
            id="narrow ACL",
        ),
    ],
)
def test_sts_is_reached(network):
    reach_service(network, HERE, STS)


@pytest.mark.parametrize(
    ("network", "where"),
    [
        pytest.param(NETWORK, "no route out", id="isolated"),
        pytest.param(with_route(GatewayId="igw-1"), "internet gateway", id="internet gateway"),
        pytest.param(with_route(NatGatewayId="nat-1", State="blackhole"), "blackhole", id="blackhole"),
        pytest.param(with_route(NatGatewayId="gone"), "nowhere", id="NAT that is gone"),
        pytest.param(
            replace(
                with_route(NatGatewayId="nat-1"), nats={"nat-1": NETWORK.nats["nat-1"] | {"State": "failed"}}
            ),
            "failed",
            id="NAT failed",
        ),
        pytest.param(
            replace(
                with_route(NatGatewayId="nat-1"), nats={"nat-1": NETWORK.nats["nat-1"] | {"SubnetId": "b"}}
            ),
            "without a way",
            id="NAT in a private subnet",
        ),
        pytest.param(
            replace(NETWORK, endpoints=(endpoint(PrivateDnsEnabled=False),)), "no route", id="private DNS"
        ),
        pytest.param(
            replace(NETWORK, endpoints=(endpoint(),), dns={"vpc": False}), "no route", id="VPC's DNS"
        ),
        pytest.param(replace(NETWORK, endpoints=(endpoint(State="pending"),)), "no route", id="pending"),
        pytest.param(replace(NETWORK, endpoints=(endpoint(VpcId="other"),)), "no route", id="of another VPC"),
        pytest.param(
            replace(NETWORK, endpoints=(endpoint(),), groups=NETWORK.groups | {"sg-e": group()}),
            "nothing in",
            id="endpoint's group shut",
        ),
        pytest.param(
            replace(
                with_route(NatGatewayId="nat-1"), groups={"sg": group(itself("sg"), egress=(itself("sg"),))}
            ),
            "nothing out",
            id="egress shut",
        ),
        pytest.param(
            with_acl(entry(1, True, "deny", (443, 443)), *OPEN), "stops port 443", id="ACL denies the request"
        ),
        pytest.param(
            with_acl(entry(1, True, "allow", protocol="-1"), entry(1, False, "allow", (443, 443))),
            "stops the answers",
            id="ACL stops the answers",
        ),
    ],
)
def test_sts_is_not_reached(network, where):
    with pytest.raises(Unreachable, match=where):
        reach_service(network, HERE, STS)


def test_an_endpoint_with_private_dns_is_taken_even_where_a_nat_would_do():
    network = replace(
        with_route(NatGatewayId="nat-1"), endpoints=(endpoint(),), groups=NETWORK.groups | {"sg-e": group()}
    )
    with pytest.raises(Unreachable):
        reach_service(network, HERE, STS)


def test_a_gateway_endpoint_counts_for_its_route_tables_only():
    gateway = endpoint(S3, VpcEndpointType="Gateway", RouteTableIds=["rtb-a"], PrivateDnsEnabled=False)
    network = replace(NETWORK, endpoints=(gateway,))
    reach_service(network, HERE, S3)
    with pytest.raises(Unreachable):
        reach_service(network, Source("b", ("sg",)), S3)


LIST_ONLY = group(
    itself("sg"),
    egress=(
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl"}]},
    ),
)


def test_a_prefix_list_lets_out_to_what_is_in_it_only():
    network = replace(with_route(NatGatewayId="nat-1"), groups={"sg": LIST_ONLY})
    reach_service(network, HERE, S3)
    with pytest.raises(Unreachable, match="nothing out"):
        reach_service(network, HERE, STS)


def statement(effect="Allow", action="*", **more):
    return {"Effect": effect, "Action": action, "Principal": "*", "Resource": "*", **more}


@pytest.mark.parametrize(
    ("statements", "reached"),
    [
        ([statement()], True),
        ([statement(action="sts:AssumeRole", Resource="arn:aws:iam::1:role/x")], True),
        ([statement(Condition={"StringEquals": {"aws:PrincipalAccount": "1"}})], True),
        ([statement(action="sts:GetCallerIdentity")], False),
        ([statement(), statement("Deny", "sts:*")], False),
        (
            [statement(), statement("Deny", "sts:*", Condition={"Bool": {"aws:SecureTransport": "false"}})],
            True,
        ),
    ],
)
def test_the_policy_of_an_endpoint(statements, reached):
    document = json.dumps({"Statement": statements})
    network = replace(NETWORK, endpoints=(endpoint(PolicyDocument=document),))
    if reached:
        reach_service(network, HERE, STS)
    else:
        with pytest.raises(Unreachable, match="does not allow sts:AssumeRole"):
            reach_service(network, HERE, STS)


def test_the_main_table_serves_subnets_without_one():
    tables = (table("main", default(NatGatewayId="nat-1"), main=True), NETWORK.tables[2])
    reach_service(replace(NETWORK, tables=tables), Source("b", ("sg",)), STS)


def test_a_database_behind_the_same_group_is_reached():
    reach_interface(NETWORK, HERE, Source("b", ("sg",)), 5439)


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (Source("elsewhere", ("sg",)), "another VPC"),
        (Source("b", ("sg-e",)), "nothing in to port 5439"),
    ],
)
def test_a_database_is_not_reached(target, where):
    with pytest.raises(Unreachable, match=where):
        reach_interface(NETWORK, HERE, target, 5439)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (itself("sg"), True),
        ({"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg"}]}, True),
        (itself("sg", 5439, 5439), False),
        (itself("sg-e"), False),
        (
            {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]},
            False,
        ),
    ],
)
def test_glue_wants_every_port_from_the_group_itself(rule, expected):
    network = replace(NETWORK, groups={"sg": group(rule)})
    assert opens_to_itself(network, ["sg"]) is expected
