"""What Glue finds when it tests a connection: the first thing that is wrong, in words like AWS's."""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.exceptions import ClientError

from dpctl.sandbox import walk
from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.mysql import NO_TLS, MySql
from dpctl.sandbox.services import rds, roles
from dpctl.sandbox.services.redshift_store import Serverless

# Connector/J's words, where a server has no TLS and the connection enforces it.
UNOFFERED = "SSL Connection required, but not supported by server."
INSECURE = "Connections using insecure transport are prohibited while --require_secure_transport=ON."


def fault(account: Account, connection: dict[str, Any]) -> str:
    """The StatusReason of a test that fails; empty when the connection works.

    Order: placement, security groups, the connection's role, STS, Secrets Manager, S3, then the database
    itself (Glue developer guide, "Troubleshooting connection issues").
    """
    place = connection.get("PhysicalConnectionRequirements") or {}
    if not place.get("SubnetId"):
        return ""  # nothing in the VPC: Glue's own network reaches what is public
    network = walk.collect(account.client("ec2"))
    found = _placement(network, place) or _role(account, connection)
    if found:
        return found
    source = walk.Source(place["SubnetId"], tuple(place.get("SecurityGroupIdList", [])))
    return _services(account, network, source, connection) or _database(account, network, source, connection)


def _placement(network: walk.Network, place: dict[str, Any]) -> str:
    subnet, groups = place["SubnetId"], place.get("SecurityGroupIdList", [])
    known = network.subnets.get(subnet)
    if known is None:
        return f"InvalidSubnetID.NotFound: The subnet ID '{subnet}' does not exist."
    zone = place.get("AvailabilityZone")
    if zone and zone != known["AvailabilityZone"]:
        return f"Could not find subnet for AZ {zone}: {subnet} is in {known['AvailabilityZone']}."
    for group in groups:
        if network.groups.get(group, {}).get("VpcId") != known["VpcId"]:
            vpc = known["VpcId"]
            return f"InvalidGroup.NotFound: The security group '{group}' does not exist in VPC '{vpc}'."
    if not walk.opens_to_itself(network, groups):
        return (
            "At least one security group must open all ingress ports. To limit traffic, the source security "
            "group in your inbound rule can be restricted to the same security group."
        )
    return ""


def _role(account: Account, connection: dict[str, Any]) -> str:
    """A connection with a role of its own (ROLE_ARN): Glue must be let in, and it into the secret."""
    arn = connection.get("ConnectionProperties", {}).get("ROLE_ARN")
    if not arn:
        return ""
    name, service = _secret_id(connection), "glue.amazonaws.com"
    action, secret = "secretsmanager:GetSecretValue", ""
    try:
        account.client("iam").get_role(RoleName=arn.rsplit("/", 1)[-1])
        secret = account.client("secretsmanager").describe_secret(SecretId=name)["ARN"] if name else ""
    except ClientError as error:
        return f"The role {arn} cannot be used: {error}"
    try:
        roles.check_trust(account, arn, service)
    except ServiceError:
        return f"Glue is not authorized to perform: sts:AssumeRole on resource: {arn}"
    try:
        if secret:
            roles.require(account, arn, service, Need(action, secret))
    except ServiceError:
        return f"{arn} is not authorized to perform: {action} on resource: {secret}"
    return ""


def _services(
    account: Account, network: walk.Network, source: walk.Source, connection: dict[str, Any]
) -> str:
    needed = ["sts", *(["secretsmanager"] if _secret_id(connection) else [])]
    for service in needed:
        try:
            walk.reach_service(network, source, f"com.amazonaws.{account.region}.{service}")
        except walk.Unreachable:
            host = f"{service}.{account.region}.amazonaws.com"
            return f"Unable to execute HTTP request: Connect to {host}:443 failed: connect timed out"
    try:
        walk.reach_service(network, source, f"com.amazonaws.{account.region}.s3")
    except walk.Unreachable:
        vpc = network.subnets[source.subnet]["VpcId"]
        return (
            f"VPC S3 endpoint validation failed for SubnetId: {source.subnet}. VPC: {vpc}. Reason: "
            f"Could not find S3 endpoint or NAT gateway for subnetId: {source.subnet} in Vpc {vpc}"
        )
    return ""


def _database(
    account: Account, network: walk.Network, source: walk.Source, connection: dict[str, Any]
) -> str:
    properties = connection.get("ConnectionProperties", {})
    host, port, database = host_of(properties)
    target = redshift(account, host) or _mysql(account, host)
    if target is None:
        return f"The connection attempt failed. java.net.UnknownHostException: {host}"
    places, real_port, databases, tls = target
    found = rds.server(account) if host == rds.endpoint(account) else None
    try:
        if port != real_port:
            raise walk.Unreachable("nothing listens there")
        walk.reach_interface(network, source, places, port)
    except walk.Unreachable:
        return f"Communications link failure: the connection attempt to {host}:{port} timed out."
    if found is not None and found.instance is not None:
        return _real_login(account, connection, database, found)
    return _login(account, connection, database, databases, tls)


def _real_login(account: Account, connection: dict[str, Any], database: str, server: MySql) -> str:
    """Log in to the MySQL of the sandbox as Glue would: what the server says is the reason."""
    import pymysql

    properties = connection.get("ConnectionProperties", {})
    login, reason = _credentials(account, connection)
    if reason:
        return reason
    try:
        server.session(
            login["username"], login["password"], database or None, tls=_enforces_tls(properties)
        ).close()
    except pymysql.MySQLError as error:
        # MariaDB says "Access denied" to who comes without TLS and has to; MySQL says this.
        plain = server.tls_required and not _enforces_tls(properties)
        reason = INSECURE if plain else UNOFFERED if error.args[0] == NO_TLS else error.args[-1]
        return f"The connection attempt failed. java.sql.SQLException: {reason}"
    return ""


def _credentials(account: Account, connection: dict[str, Any]) -> tuple[dict[str, str], str]:
    """The user and password of a connection, or why there are none."""
    properties, name = connection.get("ConnectionProperties", {}), _secret_id(connection)
    if not name:
        login = {"username": properties.get("USERNAME", ""), "password": properties.get("PASSWORD", "")}
        return login, "" if login["username"] else "The connection has no credentials."
    try:
        value = json.loads(account.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    except Exception as error:
        return {}, f"Unable to read the secret {name}: {error}"
    if not (isinstance(value, dict) and value.get("username") and value.get("password")):
        return {}, f"password authentication failed: the secret {name} has no username and password"
    return value, ""


def _enforces_tls(properties: dict[str, str]) -> bool:
    value = properties.get("ENFORCE_SSL", properties.get("JDBC_ENFORCE_SSL", "false"))
    return str(value).lower() == "true"


def redshift(account: Account, host: str) -> tuple[walk.Source, int, list[str], bool] | None:
    """A workgroup by its host: where it is, its port, its databases, and whether it asks for TLS."""
    store = account.store(Serverless)
    for workgroup in store.workgroups.values():
        if workgroup["endpoint"]["address"] != host:
            continue
        interface = workgroup["endpoint"]["vpcEndpoints"][0]["networkInterfaces"][0]
        groups = tuple(workgroup["securityGroupIds"])
        settings = {item["parameterKey"]: item["parameterValue"] for item in workgroup["configParameters"]}
        database = store.namespaces[workgroup["namespaceName"]]["dbName"]
        tls = settings["require_ssl"] == "true"
        return walk.Source(interface["subnetId"], groups), workgroup["port"], [database], tls
    return None


def _mysql(account: Account, host: str) -> tuple[walk.Source, int, list[str], bool] | None:
    for instance in account.client("rds").describe_db_instances()["DBInstances"]:
        if instance["Endpoint"]["Address"] != host:
            continue
        subnets = instance.get("DBSubnetGroup", {}).get("Subnets", [])
        if not subnets:
            return None
        groups = tuple(group["VpcSecurityGroupId"] for group in instance["VpcSecurityGroups"])
        place = walk.Source(subnets[0]["SubnetIdentifier"], groups)
        return place, int(instance["Endpoint"]["Port"]), [instance.get("DBName", "")], False
    return None


def _login(
    account: Account, connection: dict[str, Any], database: str, databases: list[str], tls: bool
) -> str:
    if tls and not _enforces_tls(connection.get("ConnectionProperties", {})):
        return "FATAL: no pg_hba.conf entry for host, SSL off. The workgroup requires SSL."
    if database not in databases:
        return f'FATAL: database "{database}" does not exist'
    return _credentials(account, connection)[1]


def _secret_id(connection: dict[str, Any]) -> str:
    authentication = connection.get("AuthenticationConfiguration") or {}
    return str(
        authentication.get("SecretArn") or connection.get("ConnectionProperties", {}).get("SECRET_ID", "")
    )


def host_of(properties: dict[str, str]) -> tuple[str, int, str]:
    """Host, port and database of a connection, of either shape (HOST, or a JDBC URL)."""
    if "HOST" in properties:
        return properties["HOST"], int(properties.get("PORT", "5439")), properties.get("DATABASE", "")
    url = properties.get("JDBC_CONNECTION_URL", "")
    match = re.fullmatch(r"jdbc:\w+://([^:/]+):(\d+)/([^?;]*).*", url)
    return (match[1], int(match[2]), match[3]) if match else ("", 0, "")
