"""The only module of the doctor that asks AWS: one describe per kind of thing, side by side, all read-only.

What AWS refuses becomes `Unknown` with the permission that is missing; the run goes on. Only a caller without
valid credentials is an error, because then nothing at all can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from dpctl.doctor import instance, parse, parsevpc
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Asker, Clients, attempt, found
from dpctl.doctor.login import Login
from dpctl.doctor.logs import Reader
from dpctl.doctor.network import Network
from dpctl.doctor.resolver import Resolver
from dpctl.doctor.sections import Sections
from dpctl.doctor.target import REDSHIFT, Target, address, warehouse_name


@dataclass
class Collector(Sections):
    """One run, which fills in the sections."""

    deep: bool = False
    logs: bool = True

    def ec2(
        self, section: s.Section[Any], operation: str, key: str, read: Callable[[Any], Any], **params: Any
    ) -> Any:
        """A task that lists one kind of EC2 thing; big pages, few calls."""
        return lambda: self.fill(
            section, lambda: tuple(read(item) for item in self.pages("ec2", operation, key, **params))
        )

    # -- the rounds ---------------------------------------------------------------------------------------

    def run(self) -> s.Snapshot:
        """Three rounds: what needs nothing, what needs the connection, what needs its secret and role."""
        network, login = Network(self.asker, self.target), Login(self.asker, self.target)
        resolver = Resolver(self.asker, self.target)
        self.facts[s.EXPECTED.name] = self.target.expected
        for section in s.TESTS:  # only what was asked for runs, and after this
            self.facts[section.name] = None
        big, small = {"PaginationConfig": {"PageSize": 1000}}, {"PaginationConfig": {"PageSize": 100}}
        self.together(
            self.caller,
            self.connection,
            lambda: self.fill(s.JOBS, self.jobs),
            self.ec2(s.SUBNETS, "describe_subnets", "Subnets", parsevpc.subnet, **big),
            self.ec2(s.VPCS, "describe_vpcs", "Vpcs", parsevpc.vpc),
            self.ec2(s.DHCP, "describe_dhcp_options", "DhcpOptions", parsevpc.dhcp),
            self.ec2(s.ROUTES, "describe_route_tables", "RouteTables", parsevpc.route_table, **small),
            self.ec2(s.ENDPOINTS, "describe_vpc_endpoints", "VpcEndpoints", parsevpc.endpoint),
            self.ec2(s.GROUPS, "describe_security_groups", "SecurityGroups", parsevpc.security_group, **big),
            self.ec2(s.ACLS, "describe_network_acls", "NetworkAcls", parsevpc.acl, **big),
        )
        self.together(
            lambda: self.fill(s.ENCRYPTION, self.encryption),
            lambda: self.fill(s.NATS, network.nats),
            lambda: self.fill(s.PREFIX_LISTS, network.prefix_lists),
            lambda: self.fill(s.VPC_DNS, network.vpc_dns),
            lambda: self.fill(s.INTERFACES, network.interfaces),
            self.warehouse,
            partial(login.secret, deep=self.deep),
            lambda: self.fill(s.ROLE, login.role),
            lambda: self.fill(s.BUCKETS, self.buckets),
            lambda: self.fill(s.ZONES, network.zones),
            lambda: self.fill(s.PEERINGS, network.peerings),
            lambda: self.fill(s.ASSOCIATIONS, network.associations),
            lambda: self.fill(s.PUBLIC_BLOCK, network.public_block),
            resolver.ask,
        )
        resolver.zones_of_profiles()
        self.fill(s.LOGS, lambda: Reader(self.asker, self.known).read() if self.logs else None)
        login.keys()
        self.fill(s.ALLOWED, login.permissions)
        return s.Snapshot(dict(self.facts), self.asker.calls, datetime.now(UTC).isoformat(timespec="seconds"))

    def together(self, *tasks: Callable[[], None]) -> None:
        """Run tasks side by side; the first AccessError of one of them is raised."""
        self.asker.side_by_side({str(number): task for number, task in enumerate(tasks)})

    # -- Glue ---------------------------------------------------------------------------------------------

    def caller(self) -> None:
        """Who asks; raises AccessError when nobody does."""

        def ask() -> m.Caller:
            raw = self.call("sts", "get_caller_identity")
            return m.Caller(raw["Account"], raw["Arn"], self.target.region)

        self.fill(s.CALLER, ask)

    def connection(self) -> None:
        """The connection without its password; the names of the others when there is no such one."""

        def ask() -> m.Connection | None:
            raw = found(
                lambda: self.call("glue", "get_connection", Name=self.target.connection, HidePassword=True)
            )
            return parse.connection(raw["Connection"]) if raw else None

        self.fill(s.CONNECTION, ask)
        self.facts[s.OTHER_CONNECTIONS.name] = ()
        if self.facts[s.CONNECTION.name] is None:
            self.fill(
                s.OTHER_CONNECTIONS,
                lambda: tuple(
                    item["Name"]
                    for item in self.pages("glue", "get_connections", "ConnectionList", HidePassword=True)
                ),
            )

    def jobs(self) -> tuple[m.Job, ...]:
        """Every job."""
        return tuple(parse.job(item) for item in self.pages("glue", "get_jobs", "Jobs"))

    def encryption(self) -> m.CatalogEncryption:
        """How the catalog encrypts passwords; asked for where the connection has one of its own."""
        connection = self.known(s.CONNECTION)
        if connection is None or not connection.plaintext_password:
            return m.CatalogEncryption(False)
        return parse.encryption(self.call("glue", "get_data_catalog_encryption_settings"))

    # -- Redshift -----------------------------------------------------------------------------------------

    def warehouse(self) -> None:
        """The workgroup or cluster the connection's host names, or the expected workgroup."""
        connection, expected = self.known(s.CONNECTION), self.target.expected
        where = address(connection.properties, connection.type) if connection else None
        kind, name = warehouse_name(where.host) if where else ("", "")
        if where and where.cluster:
            kind, name = "cluster", where.cluster
        if not name and expected and (where is None or where.engine == REDSHIFT):
            kind, name = "workgroup", expected.workgroup
        self.facts[s.WAREHOUSE.name] = None
        if kind == "cluster":
            self.facts[s.WAREHOUSE.name] = attempt("redshift:DescribeClusters", lambda: self.cluster(name))
        elif kind == "instance":
            self.facts[s.WAREHOUSE.name] = attempt("rds:DescribeDBInstances", lambda: self.instance(name))
        elif kind == "workgroup":
            self.fill(s.WAREHOUSE, lambda: self.workgroup(name))

    def workgroup(self, name: str) -> m.Warehouse | None:
        """A Redshift Serverless workgroup."""
        raw = found(lambda: self.call("redshift-serverless", "get_workgroup", workgroupName=name))
        return parse.workgroup(raw["workgroup"]) if raw else None

    def cluster(self, name: str) -> m.Warehouse | None:
        """A provisioned cluster."""
        raw = found(lambda: self.call("redshift", "describe_clusters", ClusterIdentifier=name))
        return parse.cluster(raw["Clusters"][0]) if raw and raw.get("Clusters") else None

    def instance(self, name: str) -> m.Warehouse | None:
        """The RDS instance of a connection to MySQL."""
        raw = found(lambda: self.call("rds", "describe_db_instances", DBInstanceIdentifier=name))

        def parameters(group: str) -> list[Any]:
            given = {"DBParameterGroupName": group, "Source": "user"}  # what somebody set
            known = attempt(
                "rds:DescribeDBParameters",
                lambda: self.pages("rds", "describe_db_parameters", "Parameters", **given),
            )
            return [] if isinstance(known, s.Unknown) else known

        return instance.warehouse(raw["DBInstances"][0], parameters) if raw and raw["DBInstances"] else None

    # -- the jobs' buckets --------------------------------------------------------------------------------

    def buckets(self) -> Mapping[str, str]:
        """The regions of the buckets with the scripts of the connection's jobs (at most two are asked)."""
        jobs = [job for job in self.known(s.JOBS) or () if self.target.connection in job.connections]
        names = dict.fromkeys(job.script.split("/")[2] for job in jobs if job.script.startswith("s3://"))
        regions = {}
        for name in list(names)[:2]:
            raw = found(lambda name=name: self.call("s3", "get_bucket_location", Bucket=name))  # type: ignore[misc]
            if raw:
                regions[name] = raw.get("LocationConstraint") or "us-east-1"
        return regions


def collect(clients: Clients, target: Target, *, deep: bool = False, logs: bool = True) -> s.Snapshot:
    """Ask AWS about a connection and everything it depends on. Raises AccessError without credentials."""
    return Collector(Asker(clients), target, deep, logs).run()
