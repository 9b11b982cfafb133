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
JUDGED = frozenset({REDSHIFT, "mysql"})  # the stores whose other end the doctor looks at
_SERVERLESS = re.compile(
    r"^(?P<name>[a-z0-9-]+)\.(?P<account>\d{12})\.(?P<region>[a-z0-9-]+)\.redshift-serverless\."
)
_CLUSTER = re.compile(r"^(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.(?P<region>[a-z0-9-]+)\.redshift\.")
_INSTANCE = re.compile(r"^(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.(?P<region>[a-z0-9-]+)\.rds\.")


@dataclass(frozen=True)
class Target:
    """A connection by name, and what env.yaml expects of it where it does."""

    connection: str
    region: str
    expected: m.Expected | None = None


@dataclass(frozen=True)
class Address:
    """Host, port and database as the connection has them; ``port`` is 0 when it is no number.

    ``cluster`` is set by ``jdbc:redshift:iam://cluster:region/database``, which names no host. ``engine`` is
    ``redshift``, ``mysql`` or what else stands after ``jdbc:``.
    """

    host: str
    port: int
    database: str
    cluster: str = ""
    engine: str = REDSHIFT


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


def address(properties: Mapping[str, str], kind: str = "") -> Address:
    """Host, port and database of a unified (HOST, PORT, DATABASE) or a JDBC connection.

    ``kind`` is the connection's type, which tells the engine where no URL does (AWS Glue developer guide,
    "AWS Glue connection properties"). A URL that can't be read counts as one of Redshift.
    """
    url = properties.get("JDBC_CONNECTION_URL", "").strip()
    if url and (oracle := _ORACLE.match(url)):
        return Address(oracle["host"].lower(), int(oracle["port"]), oracle["database"], engine="oracle")
    if url:
        match = _JDBC.match(url)
        if not match:
            return Address("", 0, "")
        host, cluster = match["host"].lower(), match["host"].lower() if match["region"] else ""
        named = _NAMED.search(url)
        database = match["database"] or (named["database"] if named else "")
        engine = match["kind"].lower().partition(":")[0]
        return Address(host, int(match["port"] or PORTS.get(engine, 0)), database, cluster, engine)
    engine = REDSHIFT if kind.lower() in {"", "jdbc"} else kind.lower()
    text = properties.get("PORT", str(PORTS.get(engine, 0)))
    return Address(
        properties.get("HOST", "").strip().lower(),
        int(text) if text.isdecimal() else 0,
        properties.get("DATABASE", ""),
        engine=engine,
    )


def of_serverless(host: str) -> tuple[str, str, bool] | None:
    """The account and region that a Redshift Serverless host names, and whether it is a managed endpoint's.

    A Redshift-managed VPC endpoint is ``<name>-endpoint-<id>.<account>.<region>...`` (Redshift management
    guide).
    """
    match = _SERVERLESS.match(host)
    return (match["account"], match["region"], "-endpoint-" in match["name"]) if match else None


def region_of(host: str) -> str:
    """The region that a host of Redshift's or RDS's names, or nothing."""
    match = _SERVERLESS.match(host) or _CLUSTER.match(host) or _INSTANCE.match(host)
    return match["region"] if match else ""


def warehouse_name(host: str) -> tuple[str, str]:
    """What a host belongs to: ("workgroup", "cluster", "instance" or "", its name)."""
    for kind, pattern in (("workgroup", _SERVERLESS), ("cluster", _CLUSTER), ("instance", _INSTANCE)):
        match = pattern.match(host)
        if match:
            return kind, match["name"]
    return "", ""
