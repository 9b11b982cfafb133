"""Can a network interface reach an AWS service, or another interface? The sandbox's own answer.

It follows a packet: name, route, security groups, network ACLs, over what the EC2 API describes. It is the
"reality" that Glue's TestConnection meets here, and shares nothing with ``dpctl doctor``, which must find the
cause from outside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from dpctl.sandbox.access import policies

Rule = dict[str, Any]
EPHEMERAL = (1024, 65535)
# What a connection test asks of a service.
ACTIONS = {"sts": "sts:AssumeRole", "secretsmanager": "secretsmanager:GetSecretValue", "s3": "s3:GetObject"}
# A documentation address (RFC 5737) stands for "anywhere outside the VPC".
OUTSIDE = IPv4Address("203.0.113.10")


class Unreachable(Exception):
    """The packet is lost; the text says where, for the sandbox's log."""


@dataclass(frozen=True)
class Source:
    """Where the packets start: an interface without a public address, in a subnet, behind security groups."""

    subnet: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """What EC2 describes of one VPC's surroundings, by id; the values are the API's own shapes."""

    subnets: dict[str, Rule]
    tables: tuple[Rule, ...]
    endpoints: tuple[Rule, ...]
    groups: dict[str, Rule]
    acls: tuple[Rule, ...]
    nats: dict[str, Rule]
    dns: dict[str, bool]


def collect(ec2: Any) -> Network:
    """Read the network."""
    subnets = _by(ec2.describe_subnets()["Subnets"], "SubnetId")
    vpcs = {subnet["VpcId"] for subnet in subnets.values()}
    return Network(
        subnets=subnets,
        tables=tuple(ec2.describe_route_tables()["RouteTables"]),
        endpoints=tuple(ec2.describe_vpc_endpoints()["VpcEndpoints"]),
        groups=_by(ec2.describe_security_groups()["SecurityGroups"], "GroupId"),
        acls=tuple(ec2.describe_network_acls()["NetworkAcls"]),
        nats=_by(ec2.describe_nat_gateways()["NatGateways"], "NatGatewayId"),
        dns={vpc: _dns(ec2, vpc) for vpc in vpcs},
    )


def _by(items: Iterable[Rule], key: str) -> dict[str, Rule]:
    return {item[key]: item for item in items}


def _dns(ec2: Any, vpc: str) -> bool:
    return all(
        ec2.describe_vpc_attribute(VpcId=vpc, Attribute=name)[name[0].upper() + name[1:]]["Value"]
        for name in ("enableDnsSupport", "enableDnsHostnames")
    )


def reach_service(network: Network, source: Source, service_name: str) -> str:
    """Reach an AWS service (``com.amazonaws.<region>.sts``) on port 443: the id of the endpoint on the way.

    It is empty where the way is through the internet. Raises Unreachable.
    """
    subnet = network.subnets[source.subnet]
    mine = [
        x for x in network.endpoints if x["VpcId"] == subnet["VpcId"] and x["ServiceName"] == service_name
    ]
    table = route_table(network, source.subnet)
    # AWS has lists of the addresses of these two, which rules of security groups may name
    listed = service_name.endswith((".s3", ".dynamodb"))
    for endpoint in mine:
        if table["RouteTableId"] in endpoint.get("RouteTableIds", []):
            _egress_outside(network, source, 443, listed)
            _policy(endpoint)
            return str(endpoint["VpcEndpointId"])
    for endpoint in mine:
        if _answers(network, endpoint, subnet["VpcId"]):
            _reach_endpoint(network, source, endpoint)
            _policy(endpoint)
            return str(endpoint["VpcEndpointId"])
    _reach_outside(network, source, table, listed)
    return ""


def _answers(network: Network, endpoint: Rule, vpc: str) -> bool:
    """Whether the service's own name leads to this endpoint."""
    private = endpoint["VpcEndpointType"] == "Interface" and endpoint.get("PrivateDnsEnabled")
    return bool(private and endpoint["State"].lower() == "available" and network.dns[vpc])


def _reach_endpoint(network: Network, source: Source, endpoint: Rule) -> None:
    groups = tuple(group["GroupId"] for group in endpoint.get("Groups", []))
    subnets = [name for name in endpoint.get("SubnetIds", []) if name in network.subnets]
    if not subnets:
        raise Unreachable(f"{endpoint['VpcEndpointId']} has no subnet")
    reach_interface(network, source, Source(subnets[0], groups), 443)


def reach_interface(network: Network, source: Source, target: Source, port: int) -> None:
    """Reach an interface in the same VPC. Raises Unreachable."""
    here, there = network.subnets[source.subnet], network.subnets[target.subnet]
    if here["VpcId"] != there["VpcId"]:
        raise Unreachable(f"{target.subnet} is in another VPC")
    address, origin = _host(there), _host(here)
    if not _opens(network, source.groups, "IpPermissionsEgress", port, address, target.groups):
        raise Unreachable(f"the security groups of {source.subnet} let nothing out to port {port}")
    if not _opens(network, target.groups, "IpPermissions", port, origin, source.groups):
        raise Unreachable(f"the security groups of {target.subnet} let nothing in to port {port}")
    if source.subnet != target.subnet:
        _acl(network, source.subnet, address, port)
        _acl(network, target.subnet, origin, port, arriving=True)


def _host(subnet: Rule) -> IPv4Address:
    """An address of an interface: AWS keeps the first four and the last, and a /28 has sixteen."""
    block = IPv4Network(subnet["CidrBlock"])
    return block[min(20, block.num_addresses - 2)]


def _policy(endpoint: Rule) -> None:
    """Whether the endpoint's policy lets the calls of a connection test through at all.

    What it allows to some resource or under some condition is taken as allowed; what it denies, only where it
    denies it to everything.
    """
    document = json.loads(endpoint.get("PolicyDocument") or "{}")
    action = ACTIONS.get(endpoint["ServiceName"].rsplit(".", 1)[-1])
    if not document or action is None:
        return
    meant = [
        {key: value for key, value in one.body.items() if one.denies or key not in ("Resource", "Condition")}
        for one in policies.statements(document)
    ]
    if policies.evaluate({"endpoint": {"Statement": meant}}, action, "*").decision != "allowed":
        raise Unreachable(f"the policy of {endpoint['VpcEndpointId']} does not allow {action}")


def _reach_outside(network: Network, source: Source, table: Rule, listed: bool) -> None:
    _egress_outside(network, source, 443, listed)
    _acl(network, source.subnet, OUTSIDE, 443)
    route = _route(table, OUTSIDE)
    if route is None:
        raise Unreachable(f"{table['RouteTableId']} has no route out of the VPC")
    if route.get("GatewayId", "").startswith("igw-"):
        raise Unreachable(
            f"{table['RouteTableId']} leads to an internet gateway: no public address, no answer"
        )
    nat = network.nats.get(route.get("NatGatewayId", ""))
    if nat is None:
        raise Unreachable(f"{table['RouteTableId']} leads nowhere that is known here")
    if nat["State"] != "available" or nat.get("ConnectivityType", "public") != "public":
        raise Unreachable(f"{nat['NatGatewayId']} is {nat['State']}, {nat.get('ConnectivityType')}")
    onward = _route(route_table(network, nat["SubnetId"]), OUTSIDE) or {}
    if not onward.get("GatewayId", "").startswith("igw-"):
        raise Unreachable(f"{nat['NatGatewayId']} is in a subnet without a way to the internet")


def route_table(network: Network, subnet: str) -> Rule:
    """The route table of a subnet: its own, or the VPC's main one."""
    vpc = network.subnets[subnet]["VpcId"]
    main = None
    for table in network.tables:
        for association in table.get("Associations", []):
            if association.get("SubnetId") == subnet:
                return table
            if association.get("Main") and table["VpcId"] == vpc:
                main = table
    if main is None:
        raise Unreachable(f"{vpc} has no main route table")
    return main


def _route(table: Rule, address: IPv4Address) -> Rule | None:
    """The active route with the longest prefix that covers an address."""
    covering = [
        route
        for route in table["Routes"]
        if "DestinationCidrBlock" in route and address in IPv4Network(route["DestinationCidrBlock"])
    ]
    if not covering:
        return None
    best: Rule = max(covering, key=lambda route: IPv4Network(route["DestinationCidrBlock"]).prefixlen)
    if best.get("State") == "blackhole":
        raise Unreachable(f"{table['RouteTableId']} has a blackhole for {best['DestinationCidrBlock']}")
    return best


def _egress_outside(network: Network, source: Source, port: int, listed: bool) -> None:
    if not _opens(network, source.groups, "IpPermissionsEgress", port, OUTSIDE, (), listed):
        raise Unreachable(f"the security groups of {source.subnet} let nothing out to port {port}")


def _opens(
    network: Network,
    groups: Iterable[str],
    side: str,
    port: int,
    address: IPv4Address,
    others: Iterable[str],
    listed: bool = False,
) -> bool:
    """Whether one rule of the groups lets a TCP port through, to or from an address or other groups.

    ``listed``: the address is in a prefix list of AWS, and a rule may name that.
    """
    for name in groups:
        for rule in network.groups.get(name, {}).get(side, []):
            if rule["IpProtocol"] not in ("-1", "tcp", "6"):
                continue
            if rule["IpProtocol"] != "-1" and not rule.get("FromPort", 0) <= port <= rule.get(
                "ToPort", 65535
            ):
                continue
            if any(address in IPv4Network(item["CidrIp"]) for item in rule.get("IpRanges", [])):
                return True
            if any(item.get("GroupId") in others for item in rule.get("UserIdGroupPairs", [])):
                return True
            if listed and rule.get("PrefixListIds"):
                return True
    return False


def opens_to_itself(network: Network, groups: Iterable[str]) -> bool:
    """Whether one of the groups lets in every TCP port from itself, as Glue demands."""
    return any(
        rule["IpProtocol"] == "-1"
        or (rule["IpProtocol"] in ("tcp", "6") and rule.get("FromPort") == 0 and rule.get("ToPort") == 65535)
        for name in groups
        for rule in network.groups.get(name, {}).get("IpPermissions", [])
        if any(pair.get("GroupId") == name for pair in rule.get("UserIdGroupPairs", []))
        or any(item["CidrIp"] == "0.0.0.0/0" for item in rule.get("IpRanges", []))
    )


def _acl(network: Network, subnet: str, peer: IPv4Address, port: int, *, arriving: bool = False) -> None:
    """ACLs keep no state: the request needs its port one way, the answer an ephemeral port the other way."""
    acl = next(
        (x for x in network.acls if any(a["SubnetId"] == subnet for a in x.get("Associations", []))),
        None,
    )
    if acl is None:
        return
    request, answer = (port, port), EPHEMERAL
    if not _acl_allows(acl, peer, request, egress=not arriving):
        raise Unreachable(f"{acl['NetworkAclId']} stops port {port} at {subnet}")
    if not _acl_allows(acl, peer, answer, egress=arriving):
        raise Unreachable(f"{acl['NetworkAclId']} stops the answers at {subnet}")


def _acl_allows(acl: Rule, peer: IPv4Address, ports: tuple[int, int], *, egress: bool) -> bool:
    entries = [entry for entry in acl["Entries"] if entry["Egress"] == egress and "CidrBlock" in entry]
    for entry in sorted(entries, key=lambda entry: entry["RuleNumber"]):
        spans = entry.get("PortRange", {"From": 0, "To": 65535})
        if str(entry["Protocol"]) not in ("-1", "6") or peer not in IPv4Network(entry["CidrBlock"]):
            continue
        if str(entry["Protocol"]) == "6" and not (spans["From"] <= ports[0] and ports[1] <= spans["To"]):
            if spans["To"] < ports[0] or ports[1] < spans["From"]:
                continue
            if entry["RuleAction"] == "allow":
                continue  # lets through a part of the ports: not enough to be relied on
        return bool(entry["RuleAction"] == "allow")
    return False
