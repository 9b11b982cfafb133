"""From EC2's and Route 53's dictionaries to the doctor's model of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dpctl.doctor import model as m

Json = Mapping[str, Any]


def subnet(raw: Json) -> m.Subnet:
    """``ec2.describe_subnets``."""
    return m.Subnet(
        id=raw["SubnetId"],
        vpc=raw.get("VpcId", ""),
        zone=raw.get("AvailabilityZone", ""),
        cidr=raw.get("CidrBlock", ""),
        free=int(raw.get("AvailableIpAddressCount", 0)),
        state=raw.get("State", "available"),
        maps_public_ip=bool(raw.get("MapPublicIpOnLaunch")),
        zone_id=raw.get("AvailabilityZoneId", "") or "",
        owner=raw.get("OwnerId", "") or "",
        ipv6=next(iter(_ipv6(raw)), ""),
    )


def _ipv6(raw: Json) -> list[str]:
    """The IPv6 blocks that a subnet or VPC has."""
    return [
        one["Ipv6CidrBlock"]
        for one in raw.get("Ipv6CidrBlockAssociationSet") or ()
        if (one.get("Ipv6CidrBlockState") or {}).get("State", "associated") == "associated"
        and one.get("Ipv6CidrBlock")
    ]


def vpc(raw: Json) -> m.Vpc:
    """``ec2.describe_vpcs``, with the blocks that were added later."""
    blocks = [
        block["CidrBlock"]
        for block in raw.get("CidrBlockAssociationSet") or ()
        if (block.get("CidrBlockState") or {}).get("State", "associated") == "associated"
    ]
    first = [raw["CidrBlock"]] if raw.get("CidrBlock") and not blocks else []
    return m.Vpc(raw["VpcId"], (*first, *blocks, *_ipv6(raw)), raw.get("DhcpOptionsId", "default"))


def dhcp(raw: Json) -> m.DhcpOptions:
    """``ec2.describe_dhcp_options``."""
    servers = [
        str(value.get("Value", "") if isinstance(value, Mapping) else value)
        for option in raw.get("DhcpConfigurations") or ()
        if option.get("Key") == "domain-name-servers"
        for value in option.get("Values") or ()
    ]
    return m.DhcpOptions(raw["DhcpOptionsId"], tuple(servers))


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = (
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "NetworkInterfaceId",
    "InstanceId",
    "GatewayId",
)


def route_table(raw: Json) -> m.RouteTable:
    """``ec2.describe_route_tables``, routes of both families."""
    associations = raw.get("Associations") or ()
    routes = []
    for route in raw.get("Routes") or ():
        destination = next((route[key] for key in _DESTINATIONS if route.get(key)), "")
        if destination:
            target = next((str(route[key]) for key in _TARGETS if route.get(key)), "")
            routes.append(m.Route(destination, target, (route.get("State") or "active").lower()))
    return m.RouteTable(
        id=raw["RouteTableId"],
        vpc=raw.get("VpcId", ""),
        main=any(item.get("Main") for item in associations),
        subnets=tuple(item["SubnetId"] for item in associations if item.get("SubnetId")),
        routes=tuple(routes),
    )


def nat(raw: Json) -> m.NatGateway:
    """``ec2.describe_nat_gateways``."""
    public = next((a["PublicIp"] for a in raw.get("NatGatewayAddresses") or () if a.get("PublicIp")), "")
    return m.NatGateway(
        id=raw["NatGatewayId"],
        state=raw.get("State", ""),
        connectivity=raw.get("ConnectivityType") or "public",
        subnet=raw.get("SubnetId", ""),
        vpc=raw.get("VpcId", ""),
        failure=raw.get("FailureMessage", "") or "",
        public_ip=public,
    )


def endpoint(raw: Json) -> m.Endpoint:
    """``ec2.describe_vpc_endpoints``."""
    error = raw.get("LastError") or {}
    dns = raw.get("DnsOptions") or {}
    return m.Endpoint(
        id=raw["VpcEndpointId"],
        service=raw.get("ServiceName", ""),
        type=raw.get("VpcEndpointType") or "Gateway",
        state=raw.get("State", ""),
        vpc=raw.get("VpcId", ""),
        subnets=tuple(raw.get("SubnetIds") or ()),
        groups=tuple(group["GroupId"] for group in raw.get("Groups") or ()),
        route_tables=tuple(raw.get("RouteTableIds") or ()),
        private_dns=bool(raw.get("PrivateDnsEnabled")),
        policy=raw.get("PolicyDocument", "") or "",
        error=error.get("Message", "") or raw.get("FailureReason", "") or "",
        inbound_dns_only=bool(dns.get("PrivateDnsOnlyForInboundResolverEndpoint")),
    )


def hosted_zone(raw: Json) -> m.HostedZone:
    """``route53.list_hosted_zones_by_vpc``."""
    owner = raw.get("Owner") or {}
    return m.HostedZone(
        raw.get("HostedZoneId", ""),
        str(raw.get("Name", "")).rstrip("."),
        owner.get("OwningService", "") or "",
    )


def peering(raw: Json) -> m.Peering:
    """``ec2.describe_vpc_peering_connections``."""
    sides = [raw.get("RequesterVpcInfo") or {}, raw.get("AccepterVpcInfo") or {}]
    resolves = [
        str(side.get("VpcId", ""))
        for side in sides
        if (side.get("PeeringOptions") or {}).get("AllowDnsResolutionFromRemoteVpc")
    ]
    first, second = (str(side.get("VpcId", "")) for side in sides)
    state = str((raw.get("Status") or {}).get("Code", ""))
    return m.Peering(raw["VpcPeeringConnectionId"], (first, second), state, tuple(resolves))


def _rules(permissions: Iterable[Json]) -> tuple[m.Rule, ...]:
    rules: list[m.Rule] = []
    for permission in permissions:
        protocol = str(permission.get("IpProtocol", "-1"))
        every = protocol == "-1"
        start = 0 if every else int(permission.get("FromPort", 0))
        end = 65535 if every else int(permission.get("ToPort", 65535))
        where = (protocol, start, end)
        rules += [m.Rule(*where, cidr=item["CidrIp"]) for item in permission.get("IpRanges") or ()]
        rules += [m.Rule(*where, cidr=item["CidrIpv6"]) for item in permission.get("Ipv6Ranges") or ()]
        rules += [
            m.Rule(*where, group=item["GroupId"])
            for item in permission.get("UserIdGroupPairs") or ()
            if item.get("GroupId")
        ]
        rules += [
            m.Rule(*where, prefix_list=item["PrefixListId"]) for item in permission.get("PrefixListIds") or ()
        ]
    return tuple(rules)


def security_group(raw: Json) -> m.SecurityGroup:
    """``ec2.describe_security_groups``: every permission, not the first, of both families."""
    return m.SecurityGroup(
        id=raw["GroupId"],
        name=raw.get("GroupName", ""),
        vpc=raw.get("VpcId", ""),
        ingress=_rules(raw.get("IpPermissions") or ()),
        egress=_rules(raw.get("IpPermissionsEgress") or ()),
    )


def acl(raw: Json) -> m.Acl:
    """``ec2.describe_network_acls``, its entries in the order in which they are tried."""
    entries = []
    for entry in raw.get("Entries") or ():
        cidr = entry.get("CidrBlock") or entry.get("Ipv6CidrBlock")
        if not cidr:
            continue
        ports = entry.get("PortRange") or {}
        entries.append(
            m.AclEntry(
                number=int(entry["RuleNumber"]),
                egress=str(entry.get("Egress")).lower() == "true",
                allow=entry.get("RuleAction") == "allow",
                protocol=str(entry.get("Protocol", "-1")),
                from_port=int(ports.get("From", 0)),
                to_port=int(ports.get("To", 65535)),
                cidr=cidr,
            )
        )
    return m.Acl(
        id=raw["NetworkAclId"],
        vpc=raw.get("VpcId", ""),
        subnets=tuple(item["SubnetId"] for item in raw.get("Associations") or () if item.get("SubnetId")),
        default=bool(raw.get("IsDefault")),
        entries=tuple(sorted(entries, key=lambda entry: entry.number)),
    )


def prefix_list(raw: Json) -> m.PrefixList:
    """``ec2.describe_managed_prefix_lists``; members are asked for apart."""
    return m.PrefixList(raw["PrefixListId"], raw.get("PrefixListName", ""), raw.get("OwnerId", ""))


def interface(raw: Json) -> m.Interface:
    """``ec2.describe_network_interfaces``."""
    return m.Interface(
        raw["NetworkInterfaceId"],
        raw.get("Description", "") or "",
        raw.get("Status", ""),
        raw.get("PrivateIpAddress", "") or "",
    )


BLOCKS_BOTH_WAYS = "block-bidirectional"
# An exclusion counts once it is there, and until it is gone (EC2 API, VpcBlockPublicAccessExclusion).
HOLDS = frozenset({"create-complete", "update-complete", "update-in-progress", "delete-in-progress"})


def public_block(raw: Json) -> m.PublicBlock:
    """``ec2.describe_vpc_block_public_access_options``."""
    changing = raw.get("State") == "update-in-progress"
    return m.PublicBlock(raw.get("InternetGatewayBlockMode") or "off", changing)


def excluded(raw: Iterable[Json]) -> list[str]:
    """``ec2.describe_vpc_block_public_access_exclusions``: both of its modes let packets out."""
    return [str(one.get("ResourceArn", "")).rsplit("/", 1)[-1] for one in raw if one.get("State") in HOLDS]
