"""API calls that fix one fault each, for what Terraform does not manage; every one can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor import whatif
from dpctl.doctor.finding import Finding
from dpctl.doctor.paths import hops_of
from dpctl.doctor.reach import walk_all
from dpctl.doctor.routes import table_of
from dpctl.doctor.snapshot import Snapshot

UPDATE_CONNECTION = "update_connection"


@dataclass(frozen=True)
class ApiCall:
    """One call: boto3's client and method, its parameters, what it does in words, and what takes it back.

    ``undo_from`` makes the undoing of what AWS answered, where ids are only known then.
    """

    service: str
    operation: str
    params: dict[str, Any] = field(hash=False)
    says: str
    undo: ApiCall | None = None
    undo_from: Callable[[Any], ApiCall] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Remedy:
    """A change, what the account is after it, and what it adds to the bill.

    ``targets`` are the addresses of its layers that it takes; a layer without any is applied whole.
    """

    text: str
    effect: whatif.Effect
    calls: tuple[ApiCall, ...] = ()
    layers: tuple[str, ...] = ()
    subnet: str = ""
    targets: tuple[str, ...] = ()
    cost: whatif.Cost = field(default_factory=whatif.Cost)


def permit(group: str, source: str, first: int, last: int, *, outbound: bool = False) -> ApiCall:
    """A rule for a security group, and the call that takes it away again."""
    way = "egress" if outbound else "ingress"
    pair = [{"GroupId": source}]
    permission = {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "UserIdGroupPairs": pair}
    params = {"GroupId": group, "IpPermissions": [permission]}
    ports = str(first) if first == last else f"{first}-{last}"
    words = f"{ports} out of {group} to {source}" if outbound else f"{ports} into {group} from {source}"
    undo = ApiCall("ec2", f"revoke_security_group_{way}", params, f"take back {words}")
    return ApiCall("ec2", f"authorize_security_group_{way}", params, f"let {words}", undo)


def _rule(group: str, source: str, first: int, last: int, *, outbound: bool = False) -> Remedy:
    call = permit(group, source, first, last, outbound=outbound)
    effect = whatif.with_rule(group, m.Rule("tcp", first, last, group=source), outbound=outbound)
    return Remedy(call.says, effect, (call,))


def _self_rule(snapshot: Snapshot, _: Finding) -> Remedy | None:
    connection = snapshot[s.CONNECTION]
    group = next(iter(connection.groups), "") if connection else ""
    return _rule(group, group, 0, 65535) if group else None


def _warehouse_rule(snapshot: Snapshot, _: Finding) -> Remedy | None:
    connection, warehouse = snapshot[s.CONNECTION], snapshot[s.WAREHOUSE]
    if connection is None or warehouse is None or not connection.groups or not warehouse.groups:
        return None
    return _rule(warehouse.groups[0], connection.groups[0], warehouse.port, warehouse.port)


def _endpoint_rule(snapshot: Snapshot, _: Finding) -> Remedy | None:
    connection = snapshot[s.CONNECTION]
    closed = [hop for hop in hops_of(walk_all(snapshot), "GC14") if hop.outcome == "blocked"]
    if connection is None or not connection.groups or not closed or not closed[0].resource:
        return None
    return _rule(closed[0].resource.split(", ")[0], connection.groups[0], 443, 443)


def _egress_rule(snapshot: Snapshot, _: Finding) -> Remedy | None:
    connection = snapshot[s.CONNECTION]
    closed = [
        path
        for path in walk_all(snapshot)
        if any(h.code == "GC18" and h.outcome == "blocked" for h in path.hops)
    ]
    if connection is None or not connection.groups:
        return None
    if not closed:  # out to everything but itself
        group = connection.groups[0]
        expected = snapshot.known(s.EXPECTED)
        managed = bool(expected and expected.env)  # Terraform's own rule would be a duplicate
        return None if managed else _rule(group, group, 0, 65535, outbound=True)
    ports = sorted({path.to.port for path in closed})
    group = connection.groups[0]
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        for port in ports
    ]
    params = {"GroupId": group, "IpPermissions": permissions}
    words = f"{', '.join(map(str, ports))} out of {group}"
    undo = ApiCall("ec2", "revoke_security_group_egress", params, f"take back {words}")
    call = ApiCall("ec2", "authorize_security_group_egress", params, f"let {words}", undo)
    effects = [
        whatif.with_rule(group, m.Rule("tcp", port, port, cidr="0.0.0.0/0"), outbound=True) for port in ports
    ]
    return Remedy(call.says, whatif.chain(*effects), (call,))


def _dns(snapshot: Snapshot, _: Finding) -> Remedy | None:
    dns = snapshot[s.VPC_DNS]
    if dns is None or (dns.support and dns.hostnames):
        return None
    calls = []
    for name, on in (("EnableDnsSupport", dns.support), ("EnableDnsHostnames", dns.hostnames)):
        if not on:
            old = ApiCall(
                "ec2", "modify_vpc_attribute", {"VpcId": dns.vpc, name: {"Value": False}}, f"{name} off"
            )
            new = {"VpcId": dns.vpc, name: {"Value": True}}
            calls.append(ApiCall("ec2", "modify_vpc_attribute", new, f"turn {name} of {dns.vpc} on", old))
    after = replace(dns, support=True, hostnames=True)
    return Remedy(
        "; ".join(call.says for call in calls), lambda one: one.having(s.VPC_DNS, after), tuple(calls)
    )


def _private_dns(snapshot: Snapshot, finding: Finding) -> Remedy | None:
    off = [
        one for one in snapshot[s.ENDPOINTS]
        if one.type.lower() == "interface" and not one.private_dns
        and any(one.id in line for line in finding.evidence)
    ]  # fmt: skip
    if not off:
        return None
    calls = tuple(
        ApiCall(
            "ec2", "modify_vpc_endpoint", {"VpcEndpointId": one.id, "PrivateDnsEnabled": True},
            f"turn the private DNS of {one.id} on",
            ApiCall("ec2", "modify_vpc_endpoint", {"VpcEndpointId": one.id, "PrivateDnsEnabled": False},
                    f"private DNS of {one.id} off"),
        )
        for one in off
    )  # fmt: skip
    names = {one.id for one in off}

    def effect(before: Snapshot) -> Snapshot:
        changed = (replace(one, private_dns=True) if one.id in names else one for one in before[s.ENDPOINTS])
        return before.having(s.ENDPOINTS, tuple(changed))

    return Remedy("; ".join(call.says for call in calls), effect, calls)


def _s3_route(snapshot: Snapshot, _: Finding) -> Remedy | None:
    connection = snapshot[s.CONNECTION]
    subnet = s.find(snapshot[s.SUBNETS], connection.subnet) if connection else None
    table = table_of(snapshot, subnet) if subnet else None
    gateway = next(
        (
            one
            for one in snapshot[s.ENDPOINTS]
            if subnet
            and one.vpc == subnet.vpc
            and one.type.lower() == "gateway"
            and one.service.endswith(".s3")
        ),
        None,
    )
    if table is None or gateway is None or table.id in gateway.route_tables:
        return None
    base = {"VpcEndpointId": gateway.id}
    undo = ApiCall(
        "ec2", "modify_vpc_endpoint", {**base, "RemoveRouteTableIds": [table.id]}, "take the route back"
    )
    says = f"associate {gateway.id} (S3) with {table.id}"
    call = ApiCall("ec2", "modify_vpc_endpoint", {**base, "AddRouteTableIds": [table.id]}, says, undo)
    more = replace(gateway, route_tables=(*gateway.route_tables, table.id))

    def effect(before: Snapshot) -> Snapshot:
        return before.having(
            s.ENDPOINTS, tuple(more if one.id == more.id else one for one in before[s.ENDPOINTS])
        )

    return Remedy(says, effect, (call,))


def _restore_secret(snapshot: Snapshot, _: Finding) -> Remedy | None:
    secret = snapshot[s.SECRET]
    if secret is None or not secret.deleted_at:
        return None
    says = f"take {secret.name} back from its deletion"
    call = ApiCall("secretsmanager", "restore_secret", {"SecretId": secret.arn}, says)
    return Remedy(says, lambda one: one.having(s.SECRET, replace(secret, deleted_at="")), (call,))


def update_call(says: str, **changes: Any) -> ApiCall:
    """A change of the connection; `dpctl.doctor.update` makes a whole ConnectionInput of it."""
    return ApiCall("glue", UPDATE_CONNECTION, changes, says)


def _tls(snapshot: Snapshot, _: Finding) -> Remedy | None:
    connection = snapshot[s.CONNECTION]
    if connection is None or not can_update(connection):
        return None
    key = "JDBC_ENFORCE_SSL" if "JDBC_CONNECTION_URL" in connection.properties else "ENFORCE_SSL"
    if connection.properties.get(key, "").lower() == "true":
        return None  # it is on: what is wrong is something else
    call = update_call(f"set {key} of the connection to true", properties={key: "true"})
    after = replace(connection, properties={**connection.properties, key: "true"})
    return Remedy(call.says, lambda one: one.having(s.CONNECTION, after), (call,))


def can_update(connection: m.Connection) -> bool:
    """Whether the API can change the connection without losing the password that is stored in it."""
    return not connection.plaintext_password


def _address(snapshot: Snapshot, _: Finding) -> Remedy | None:
    connection, warehouse = snapshot[s.CONNECTION], snapshot[s.WAREHOUSE]
    if connection is None or warehouse is None or not warehouse.host or not can_update(connection):
        return None
    from dpctl.doctor.target import address

    where = address(connection.properties, connection.type)
    if warehouse.engine != where.engine:
        return None  # somebody else's database
    database = where.database or warehouse.database or "dev"
    if "JDBC_CONNECTION_URL" in connection.properties:
        new = {"JDBC_CONNECTION_URL": f"jdbc:{where.engine}://{warehouse.host}:{warehouse.port}/{database}"}
    else:
        new = {"HOST": warehouse.host, "PORT": str(warehouse.port), "DATABASE": database}
    if new.items() <= connection.properties.items():
        return None  # it is there already: the database itself is missing
    call = update_call(
        f"point the connection at {warehouse.host}:{warehouse.port}/{database}", properties=new
    )
    after = replace(connection, properties={**connection.properties, **new})
    return Remedy(call.says, lambda one: one.having(s.CONNECTION, after), (call,))


BY_CODE: dict[str, Callable[[Snapshot, Finding], Remedy | None]] = {
    "GC03": _address,
    "GC07": _dns,
    "GC10": _s3_route,
    "GC12": _private_dns,
    "GC13": _private_dns,
    "GC14": _endpoint_rule,
    "GC17": _self_rule,
    "GC18": _egress_rule,
    "GC21": _warehouse_rule,
    "GC23": _tls,
    "GC24": _restore_secret,
}
