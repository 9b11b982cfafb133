"""New endpoints by API calls, for a connection that no live tree manages."""

from __future__ import annotations

from typing import Any

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor import whatif
from dpctl.doctor.remedies import ApiCall, Remedy
from dpctl.doctor.routes import table_of
from dpctl.doctor.snapshot import Snapshot

CREATE = "create_vpc_endpoint"


def needed_services(snapshot: Snapshot) -> tuple[str, ...]:
    """The services that a test of the connection asks, by their endpoints' names; S3 has a gateway."""
    connection, secret = snapshot[s.CONNECTION], snapshot.known(s.SECRET)
    named = connection is not None and connection.secret
    own_key = secret and secret.kms_key and "alias/aws/" not in secret.kms_key
    return ("sts", *(["secretsmanager"] if named else []), *(["kms"] if own_key else []))


def new_endpoints(snapshot: Snapshot, subnet: m.Subnet) -> Remedy | None:
    """Endpoints for what a connection test needs and the VPC lacks, seen from one subnet.

    The interface endpoints wear the connection's own security group, whose self rule lets 443 in.
    """
    connection = snapshot[s.CONNECTION]
    caller = snapshot.known(s.CALLER)
    table = table_of(snapshot, subnet)
    if connection is None or caller is None or table is None or not connection.groups:
        return None
    group, region = connection.groups[0], caller.region
    missing = whatif.missing_endpoints(snapshot, subnet.vpc, needed_services(snapshot))
    calls = [_interface(service, subnet, group, region) for service in missing]
    gateways = [one for one in snapshot[s.ENDPOINTS] if one.vpc == subnet.vpc and one.service.endswith(".s3")]
    if not gateways:
        calls.append(_gateway(subnet.vpc, table.id, region))
    if not calls:
        return None
    effects = [
        whatif.with_endpoints(subnet.vpc, (subnet.id,), group, missing, region, guard=group),
        *([] if gateways else [whatif.with_s3_gateway(subnet.vpc, (table.id,), "", region)]),
    ]
    words = f"add endpoints for {', '.join([*missing, *([] if gateways else ['s3'])])} to {subnet.vpc}"
    cost = whatif.Cost(len(missing), 1, region=region)
    return Remedy(words, whatif.chain(*effects), tuple(calls), cost=cost)


def _interface(service: str, subnet: m.Subnet, group: str, region: str) -> ApiCall:
    params = {
        "VpcId": subnet.vpc,
        "ServiceName": f"com.amazonaws.{region}.{service}",
        "VpcEndpointType": "Interface",
        "SubnetIds": [subnet.id],
        "SecurityGroupIds": [group],
        "PrivateDnsEnabled": True,
    }
    return ApiCall("ec2", CREATE, params, f"add an endpoint for {service} in {subnet.id}", undo_from=_delete)


def _gateway(vpc: str, table: str, region: str) -> ApiCall:
    params = {
        "VpcId": vpc,
        "ServiceName": f"com.amazonaws.{region}.s3",
        "VpcEndpointType": "Gateway",
        "RouteTableIds": [table],
    }
    return ApiCall("ec2", CREATE, params, f"add S3's gateway endpoint to {table}", undo_from=_delete)


def _delete(answer: Any) -> ApiCall:
    identity = answer["VpcEndpoint"]["VpcEndpointId"]
    return ApiCall(
        "ec2", "delete_vpc_endpoints", {"VpcEndpointIds": [identity]}, f"take {identity} away again"
    )
