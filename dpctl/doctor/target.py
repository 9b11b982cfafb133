"""Which connection is looked at, and what its properties point to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpctl.doctor import model as m

if TYPE_CHECKING:
    from dpctl.config import Environment

_JDBC = re.compile(
    r"jdbc:(?P<kind>[\w:]+?)://(?P<host>[^:/?;\s]+)(?::(?:(?P<port>\d+)|(?P<region>[a-z][a-z0-9-]+-\d)))?"
    r"(?:/(?P<database>[^?;\s]*))?",
    re.I,
)
# Oracle's own form, jdbc:oracle:thin:@host:port:sid (AWS Glue developer guide, "Connection properties")
_ORACLE = re.compile(
    r"jdbc:(?P<kind>oracle):thin:@(?://)?(?P<host>[^:/?;\s]+):(?P<port>\d+)[:/](?P<database>\S*)", re.I
)
_NAMED = re.compile(r"[;?&](?:database(?:Name)?|db)=(?P<database>[^;&\s]+)", re.I)
PORTS = {
    "redshift": 5439, "postgresql": 5432, "mysql": 3306, "mariadb": 3306, "sqlserver": 1433, "oracle": 1521,
    "snowflake": 443,
}  # fmt: skip
REDSHIFT = "redshift"
_SERVERLESS = re.compile(
    r"^(?P<name>[a-z0-9-]+)\.(?P<account>\d{12})\.(?P<region>[a-z0-9-]+)\.redshift-serverless\."
)
_CLUSTER = re.compile(r"^(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.(?P<region>[a-z0-9-]+)\.redshift\.")


@dataclass(frozen=True)
class Target:
    """A connection by name, and what env.yaml expects of it where it does."""

    connection: str
    region: str
    expected: m.Expected | None = None


@dataclass(frozen=True)
class Address:
    """Host, port and database as the connection has them; ``port`` is 0 when it is no number.

    ``cluster`` is set by ``jdbc:redshift:iam://cluster:region/database``, which names no host.
    """

    host: str
    port: int
    database: str
    cluster: str = ""


def of_environment(environment: Environment, connection: str | None = None) -> Target:
    """The connection of an environment; another one of the same account when ``connection`` names it."""
    config = environment.config
    own = environment.resource(config.glue.connection.name)
    name = connection or own
    redshift = config.databases.redshift
    subnets = tuple(subnet.id for subnet in config.network.private_subnets if subnet.id)
    expected = m.Expected(
        env=environment.name if name == own else "",
        account=config.account_id,
        region=config.region,
        connection=name,
        vpc=config.network.vpc.id or "",
        private_subnets=subnets,
        database_group=config.network.security_groups.database or "",
        workgroup=environment.resource(redshift.workgroup),
        database=redshift.database,
        port=redshift.port,
        role=environment.resource(config.iam.glue),
        subnet=config.glue.connection.subnet or (subnets[0] if subnets else ""),
        egress=config.network.egress,
        naming=config.naming,
        managed=config.manages_connection,
    )
    return Target(name, config.region, expected)


def address(properties: Mapping[str, str]) -> Address:
    """Host, port and database of a unified (HOST, PORT, DATABASE) or a JDBC connection."""
    url = properties.get("JDBC_CONNECTION_URL", "").strip()
    if url and (oracle := _ORACLE.match(url)):
        return Address(oracle["host"].lower(), int(oracle["port"]), oracle["database"])
    if url:
        match = _JDBC.match(url)
        if not match:
            return Address("", 0, "")
        host, cluster = match["host"].lower(), match["host"].lower() if match["region"] else ""
        named = _NAMED.search(url)
        database = match["database"] or (named["database"] if named else "")
        port = int(match["port"] or PORTS.get(match["kind"].partition(":")[0].lower(), PORTS[REDSHIFT]))
        return Address(host, port, database, cluster)
    given = properties.get("PORT", "5439")
    return Address(
        properties.get("HOST", "").strip().lower(),
        int(given) if given.isdecimal() else 0,
        properties.get("DATABASE", ""),
    )


def store_of(connection: m.Connection) -> str:
    """What a connection is to: ``redshift``, or another store by the name that Glue or its URL has for it.

    Glue's connections lead to many stores (AWS Glue developer guide, "AWS Glue connection properties"); what
    only Redshift needs is asked of one to Redshift. A URL that can't be read counts as meant for it.
    """
    url = connection.properties.get("JDBC_CONNECTION_URL", "").strip().lower()
    if url.startswith("jdbc:"):
        return url.split(":")[1]
    kind = connection.type.lower()
    return REDSHIFT if url or kind in {"", "jdbc", REDSHIFT} else kind


def of_serverless(host: str) -> tuple[str, str, bool] | None:
    """The account and region that a Redshift Serverless host names, and whether it is a managed endpoint's.

    A Redshift-managed VPC endpoint is ``<name>-endpoint-<id>.<account>.<region>...`` (Redshift management
    guide).
    """
    match = _SERVERLESS.match(host)
    return (match["account"], match["region"], "-endpoint-" in match["name"]) if match else None


def region_of(host: str) -> str:
    """The region that a Redshift host names, or nothing."""
    match = _SERVERLESS.match(host) or _CLUSTER.match(host)
    return match["region"] if match else ""


def warehouse_name(host: str) -> tuple[str, str]:
    """What a host belongs to: ("workgroup" or "cluster" or "", its name)."""
    for kind, pattern in (("workgroup", _SERVERLESS), ("cluster", _CLUSTER)):
        match = pattern.match(host)
        if match:
            return kind, match["name"]
    return "", ""
