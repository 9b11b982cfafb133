"""From boto3's dictionaries to the doctor's model. Passwords are dropped here, before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dpctl import redaction
from dpctl.doctor import model as m

Json = Mapping[str, Any]
_SECRET_PROPERTY = re.compile(r"password|passphrase|secret_key|private_key|token", re.IGNORECASE)
HIDDEN = "(hidden)"


def redact(text: str) -> str:
    """Blank the passwords that people put into URLs."""
    return redaction.text(text, HIDDEN)


def iso(moment: Any) -> str:
    """A time as ISO 8601, empty when there is none."""
    return moment.isoformat() if hasattr(moment, "isoformat") else str(moment or "")


def connection(raw: Json) -> m.Connection:
    """``glue.get_connection``; moto's replica nests the input in ``Connection``."""
    if "Connection" in raw and "ConnectionType" not in raw:
        raw = {**raw["Connection"], **raw}
    properties = {
        key: redact(str(value))
        for key, value in (raw.get("ConnectionProperties") or {}).items()
        if not _SECRET_PROPERTY.search(key)
    }
    place = raw.get("PhysicalConnectionRequirements") or {}
    auth = raw.get("AuthenticationConfiguration") or {}
    secret = auth.get("SecretArn") or properties.get("SECRET_ID", "")
    named = any(
        key in (raw.get("ConnectionProperties") or {})
        for key in ("PASSWORD", "ENCRYPTED_PASSWORD", "USERNAME")
    )
    return m.Connection(
        name=raw.get("Name", ""),
        type=raw.get("ConnectionType", ""),
        properties=properties,
        status=raw.get("Status", ""),
        reason=redact(raw.get("StatusReason", "") or ""),
        validated_at=iso(raw.get("LastConnectionValidationTime")),
        subnet=place.get("SubnetId", "") or "",
        groups=tuple(place.get("SecurityGroupIdList") or ()),
        zone=place.get("AvailabilityZone", "") or "",
        auth_type=auth.get("AuthenticationType", ""),
        secret=secret,
        role=properties.get("ROLE_ARN", ""),
        schema_version=int(raw.get("ConnectionSchemaVersion") or (2 if auth else 1)),
        plaintext_password=named and not secret,
    )


def job(raw: Json) -> m.Job:
    """``glue.get_jobs``."""
    command = raw.get("Command") or {}
    arguments = {key: str(value) for key, value in (raw.get("DefaultArguments") or {}).items()}
    capacity = raw.get("MaxCapacity") or raw.get("AllocatedCapacity") or 1
    kept = (
        "--additional-python-modules",
        "--extra-py-files",
        "--aws-sts-regional-endpoints",
        "--customer-driver-env-vars",
    )
    return m.Job(
        name=raw.get("Name", ""),
        type=command.get("Name", ""),
        role=raw.get("Role", ""),
        connections=tuple((raw.get("Connections") or {}).get("Connections") or ()),
        glue_version=raw.get("GlueVersion", "") or "",
        python_version=str(command.get("PythonVersion", "") or ""),
        script=command.get("ScriptLocation", "") or "",
        workers=max(1, int(raw.get("NumberOfWorkers") or capacity)),
        additional_modules=arguments.get("--additional-python-modules", ""),
        arguments={key: redact(arguments[key]) for key in kept if key in arguments},
    )


def encryption(raw: Json) -> m.CatalogEncryption:
    """``glue.get_data_catalog_encryption_settings``."""
    settings = (raw.get("DataCatalogEncryptionSettings") or {}).get("ConnectionPasswordEncryption") or {}
    return m.CatalogEncryption(
        bool(settings.get("ReturnConnectionPasswordEncrypted")), settings.get("AwsKmsKeyId", "") or ""
    )


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


def workgroup(raw: Json) -> m.Warehouse:
    """``redshift-serverless.get_workgroup``."""
    place = raw.get("endpoint") or {}
    endpoints = place.get("vpcEndpoints") or ()
    interfaces = [face for item in endpoints for face in item.get("networkInterfaces") or ()]
    parameters = {
        item.get("parameterKey"): item.get("parameterValue") for item in raw.get("configParameters") or ()
    }
    return m.Warehouse(
        kind="workgroup",
        name=raw.get("workgroupName", ""),
        status=raw.get("status", ""),
        host=place.get("address", "") or "",
        port=int(place.get("port") or raw.get("port") or 5439),
        vpc=next((item["vpcId"] for item in endpoints if item.get("vpcId")), ""),
        subnets=tuple(raw.get("subnetIds") or ()),
        groups=tuple(raw.get("securityGroupIds") or ()),
        namespace=raw.get("namespaceName", "") or "",
        addresses=tuple(face["privateIpAddress"] for face in interfaces if face.get("privateIpAddress")),
        public=bool(raw.get("publiclyAccessible")),
        require_ssl=str(parameters.get("require_ssl")).lower() == "true",
        enhanced_vpc_routing=bool(raw.get("enhancedVpcRouting")),
        base_capacity=int(raw.get("baseCapacity") or 0),
        names=tuple(name for name in (raw.get("customDomainName"),) if name),
    )


def cluster(raw: Json) -> m.Warehouse:
    """``redshift.describe_clusters``; its parameter group (require_ssl) is not asked for."""
    place = raw.get("Endpoint") or {}
    status = raw.get("ClusterAvailabilityStatus") or raw.get("ClusterStatus") or ""
    return m.Warehouse(
        kind="cluster",
        name=raw.get("ClusterIdentifier", ""),
        status=str(status).upper(),
        host=place.get("Address", "") or "",
        port=int(place.get("Port") or 5439),
        vpc=raw.get("VpcId", "") or "",
        subnets=(),
        groups=tuple(group["VpcSecurityGroupId"] for group in raw.get("VpcSecurityGroups") or ()),
        database=raw.get("DBName", "") or "",
        addresses=tuple(
            node["PrivateIPAddress"] for node in raw.get("ClusterNodes") or () if node.get("PrivateIPAddress")
        ),
        public=bool(raw.get("PubliclyAccessible")),
        enhanced_vpc_routing=bool(raw.get("EnhancedVpcRouting")),
        names=tuple(name for name in (raw.get("CustomDomainName"),) if name),
    )


def secret(raw: Json) -> m.Secret:
    """``secretsmanager.describe_secret``."""
    versions = raw.get("VersionIdsToStages") or {}
    return m.Secret(
        arn=raw.get("ARN", ""),
        name=raw.get("Name", ""),
        deleted_at=iso(raw.get("DeletedDate")),
        current=any("AWSCURRENT" in stages for stages in versions.values()),
        changed_at=iso(raw.get("LastChangedDate")),
        kms_key=raw.get("KmsKeyId", "") or "",
        owner=raw.get("OwningService", "") or "",
        rotation=bool(raw.get("RotationEnabled")),
    )


def decisions(raw: Json, asked: tuple[str, ...], is_of: Callable[[str, str], bool]) -> list[m.Decision]:
    """``iam.simulate_principal_policy``: one for each action and resource that a request of it names."""
    found: list[m.Decision] = []
    for item in raw.get("EvaluationResults") or ():
        action, default = item["EvalActionName"], asked[0] if asked else "*"
        parts = item.get("ResourceSpecificResults") or [
            {**item, "EvalResourceDecision": item["EvalDecision"]}
        ]
        for part in parts:
            resource, decision = part.get("EvalResourceName") or default, part["EvalResourceDecision"]
            missing = tuple(part.get("MissingContextValues") or item.get("MissingContextValues") or ())
            if is_of(action, resource):
                found.append(m.Decision(action, resource, decision == "allowed", decision, missing))
    return found


def secret_keys(text: str) -> m.SecretKeys:
    """The names of a secret's keys, its host and port; the rest of the value is forgotten here."""
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return m.SecretKeys((), is_json=False)
    if not isinstance(value, dict):
        return m.SecretKeys((), is_json=False)
    return m.SecretKeys(
        tuple(sorted(str(key) for key in value)),
        str(value.get("host", "") or value.get("HOST", "")),
        str(value.get("port", "") or value.get("PORT", "")),
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
