"""The only module of the doctor that asks AWS: one describe per kind of thing, side by side, all read-only.

What AWS refuses becomes `Unknown` with the permission that is missing; the run goes on. Only a caller without
valid credentials is an error, because then nothing at all can be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from dpctl.aws import partition
from dpctl.doctor import instance, parse
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Asker, Clients, attempt, document, found
from dpctl.doctor.logs import Reader
from dpctl.doctor.requirements import Scene, is_of, simulations
from dpctl.doctor.routes import FAR
from dpctl.doctor.simulator import simulate
from dpctl.doctor.target import Target, address, warehouse_name

T = TypeVar("T")


@dataclass
class Collector:
    """One run, which fills in the sections."""

    asker: Asker
    target: Target
    deep: bool = False
    logs: bool = True

    # -- asking -------------------------------------------------------------------------------------------

    @property
    def facts(self) -> dict[str, Any]:
        """The sections so far, by name."""
        return self.asker.facts

    def call(self, service: str, operation: str, **params: Any) -> Any:
        """One API call."""
        return self.asker.call(service, operation, **params)

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """All pages of a list."""
        return self.asker.pages(service, operation, key, **params)

    def fill(self, section: s.Section[T], ask: Callable[[], T | s.Unknown]) -> None:
        """Put the answer into a section, or what kept AWS from giving it."""
        self.facts[section.name] = attempt(section.permission, ask)

    def known(self, section: s.Section[T]) -> T | None:
        """What is known so far."""
        value: T | None = self.asker.known(section.name)
        return value

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
        self.facts[s.EXPECTED.name] = self.target.expected
        for section in s.TESTS:  # only what was asked for runs, and after this
            self.facts[section.name] = None
        big, small = {"PaginationConfig": {"PageSize": 1000}}, {"PaginationConfig": {"PageSize": 100}}
        self.together(
            self.caller,
            self.connection,
            lambda: self.fill(s.JOBS, self.jobs),
            lambda: self.fill(s.ENCRYPTION, self.encryption),
            self.ec2(s.SUBNETS, "describe_subnets", "Subnets", parse.subnet, **big),
            self.ec2(s.VPCS, "describe_vpcs", "Vpcs", parse.vpc),
            self.ec2(s.DHCP, "describe_dhcp_options", "DhcpOptions", parse.dhcp),
            self.ec2(s.ROUTES, "describe_route_tables", "RouteTables", parse.route_table, **small),
            self.ec2(s.NATS, "describe_nat_gateways", "NatGateways", parse.nat),
            self.ec2(s.ENDPOINTS, "describe_vpc_endpoints", "VpcEndpoints", parse.endpoint),
            self.ec2(s.GROUPS, "describe_security_groups", "SecurityGroups", parse.security_group, **big),
            self.ec2(s.ACLS, "describe_network_acls", "NetworkAcls", parse.acl, **big),
            self.ec2(s.PREFIX_LISTS, "describe_managed_prefix_lists", "PrefixLists", parse.prefix_list),
        )
        self.together(
            self.prefix_list_members,
            lambda: self.fill(s.VPC_DNS, self.vpc_dns),
            lambda: self.fill(s.INTERFACES, self.interfaces),
            self.warehouse,
            self.secret,
            lambda: self.fill(s.ROLE, self.role),
            lambda: self.fill(s.BUCKETS, self.buckets),
            lambda: self.fill(s.ZONES, self.zones),
            lambda: self.fill(s.PEERINGS, self.peerings),
            lambda: self.fill(s.ASSOCIATIONS, self.associations),
        )
        self.fill(s.LOGS, lambda: Reader(self.call, self.known).read() if self.logs else None)
        self.keys()
        self.fill(s.ALLOWED, self.permissions)
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
        """How the catalog encrypts passwords."""
        return parse.encryption(self.call("glue", "get_data_catalog_encryption_settings"))

    # -- the network --------------------------------------------------------------------------------------

    def vpc_id(self) -> str:
        """The VPC of the connection's subnet, or the expected one."""
        connection, subnets = self.known(s.CONNECTION), self.known(s.SUBNETS)
        subnet = s.find(subnets or (), connection.subnet) if connection else None
        return subnet.vpc if subnet else (self.target.expected.vpc if self.target.expected else "")

    def vpc_dns(self) -> m.VpcDns | None:
        """The two DNS switches."""
        vpc = self.vpc_id()
        if not vpc:
            return None
        support = self.call("ec2", "describe_vpc_attribute", VpcId=vpc, Attribute="enableDnsSupport")
        names = self.call("ec2", "describe_vpc_attribute", VpcId=vpc, Attribute="enableDnsHostnames")
        return m.VpcDns(
            vpc, bool(support["EnableDnsSupport"]["Value"]), bool(names["EnableDnsHostnames"]["Value"])
        )

    def home(self) -> tuple[m.Subnet | None, m.RouteTable | None]:
        """The connection's subnet and its route table, where both are seen."""
        connection, tables = self.known(s.CONNECTION), self.known(s.ROUTES) or ()
        subnet = s.find(self.known(s.SUBNETS) or (), connection.subnet) if connection else None
        if subnet is None:
            return None, None
        own = next((one for one in tables if subnet.id in one.subnets), None)
        return subnet, own or next((one for one in tables if one.main and one.vpc == subnet.vpc), None)

    def zones(self) -> tuple[m.HostedZone, ...] | s.Unknown:
        """The private hosted zones of the VPC; asked for only where one could make a difference."""
        subnet, table = self.home()
        if subnet is None:
            return ()
        mute = any(
            one.vpc == subnet.vpc and one.type.lower() == "interface" and not one.answers
            for one in self.known(s.ENDPOINTS) or ()
        )
        far = (
            any(one.target.startswith(FAR) and not _to_gateway(one) for one in table.routes)
            if table
            else False
        )
        if not mute and not far:
            return ()
        raw = self.call("route53", "list_hosted_zones_by_vpc", VPCId=subnet.vpc, VPCRegion=self.target.region)
        return tuple(parse.hosted_zone(item) for item in raw.get("HostedZoneSummaries") or ())

    def peerings(self) -> tuple[m.Peering, ...]:
        """The peerings, where the subnet's routes lead to one."""
        _, table = self.home()
        if table is None or not any(one.target.startswith("pcx-") for one in table.routes):
            return ()
        raw = self.pages("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections")
        return tuple(parse.peering(item) for item in raw)

    def associations(self) -> Mapping[str, tuple[str, ...]]:
        """The further VPCs of the connection's groups; asked for only where one is of another VPC."""
        connection, (subnet, _) = self.known(s.CONNECTION), self.home()
        known = self.known(s.GROUPS) or ()
        away = [
            identity
            for identity in (connection.groups if connection else ())
            if (group := s.find(known, identity)) and subnet and group.vpc != subnet.vpc
        ]
        if not away:
            return {}
        filters = [{"Name": "group-id", "Values": away}]
        raw = self.pages(
            "ec2", "describe_security_group_vpc_associations", "SecurityGroupVpcAssociations", Filters=filters
        )
        found: dict[str, tuple[str, ...]] = {}
        for one in raw:
            if one.get("State") == "associated":
                found[one["GroupId"]] = (*found.get(one["GroupId"], ()), one["VpcId"])
        return found

    def interfaces(self) -> tuple[m.Interface, ...]:
        """The network interfaces in the connection's subnet."""
        connection = self.known(s.CONNECTION)
        if not connection or not connection.subnet:
            return ()
        filters = [{"Name": "subnet-id", "Values": [connection.subnet]}]
        raw = self.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=filters)
        return tuple(parse.interface(item) for item in raw)

    def prefix_list_members(self) -> None:
        """The members of one's own prefix lists that a rule or route names; AWS's change by the day."""
        lists = self.known(s.PREFIX_LISTS)
        if not lists:
            return
        used = {
            rule.prefix_list
            for group in self.known(s.GROUPS) or ()
            for rule in (*group.ingress, *group.egress)
        } | {route.destination for table in self.known(s.ROUTES) or () for route in table.routes}

        def members(one: m.PrefixList) -> m.PrefixList:
            if one.owner == "AWS" or one.name.startswith("com.amazonaws.") or one.id not in used:
                return one
            raw = attempt(
                "ec2:GetManagedPrefixListEntries",
                lambda: self.pages("ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=one.id),
            )
            return (
                one if isinstance(raw, s.Unknown) else replace(one, cidrs=tuple(item["Cidr"] for item in raw))
            )

        self.facts[s.PREFIX_LISTS.name] = tuple(members(one) for one in lists)

    # -- Redshift -----------------------------------------------------------------------------------------

    def warehouse(self) -> None:
        """The workgroup or cluster the connection's host names, or the expected workgroup."""
        connection, expected = self.known(s.CONNECTION), self.target.expected
        where = address(connection.properties, connection.type) if connection else None
        kind, name = warehouse_name(where.host) if where else ("", "")
        if where and where.cluster:
            kind, name = "cluster", where.cluster
        if not name and expected and (where is None or where.engine == "redshift"):
            kind, name = "workgroup", expected.workgroup
        self.facts[s.WAREHOUSE.name] = self.facts[s.NAMESPACE.name] = None
        if kind == "cluster":
            self.facts[s.WAREHOUSE.name] = attempt("redshift:DescribeClusters", lambda: self.cluster(name))
        elif kind == "instance":
            self.facts[s.WAREHOUSE.name] = attempt("rds:DescribeDBInstances", lambda: self.instance(name))
        elif kind == "workgroup":
            self.fill(s.WAREHOUSE, lambda: self.workgroup(name))
            warehouse = self.known(s.WAREHOUSE)
            if warehouse and warehouse.namespace:
                self.fill(s.NAMESPACE, lambda: self.namespace(warehouse.namespace))

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

    def namespace(self, name: str) -> m.Namespace | None:
        """The namespace of a workgroup."""
        raw = found(lambda: self.call("redshift-serverless", "get_namespace", namespaceName=name))
        if not raw:
            return None
        one = raw["namespace"]
        return m.Namespace(
            one.get("namespaceName", name),
            one.get("status", ""),
            one.get("dbName", "") or "",
            one.get("adminPasswordSecretArn", "") or "",
        )

    # -- the secret, the role, the keys -------------------------------------------------------------------

    def secret(self) -> None:
        """The description of the connection's secret; with ``deep`` the names of the keys in it."""
        connection = self.known(s.CONNECTION)
        name = connection.secret if connection else ""

        def describe() -> m.Secret | None:
            raw = found(lambda: self.call("secretsmanager", "describe_secret", SecretId=name))
            return parse.secret(raw) if raw else None

        def keys() -> m.SecretKeys | None:
            raw = found(lambda: self.call("secretsmanager", "get_secret_value", SecretId=name))
            return parse.secret_keys(raw.get("SecretString", "")) if raw else None

        self.facts[s.SECRET.name] = self.facts[s.SECRET_KEYS.name] = None
        if name:
            self.fill(s.SECRET, describe)
        if name and self.deep:
            self.fill(s.SECRET_KEYS, keys)

    def role(self) -> m.Role | None:
        """The role of the connection, of a job that uses it, or the expected one."""
        name = role_name(self.known(s.CONNECTION), self.known(s.JOBS) or (), self.target.expected)
        if not name:
            return None
        raw = found(lambda: self.call("iam", "get_role", RoleName=name))
        if not raw:
            return m.Role("", name, "")
        return m.Role(raw["Role"]["Arn"], name, document(raw["Role"].get("AssumeRolePolicyDocument")))

    def permissions(self) -> tuple[m.Decision, ...]:
        """What IAM's simulator says the role may do."""
        role = self.known(s.ROLE)
        if role is None or not role.arn:
            return ()
        asked = simulations(self.scene(role))
        return tuple(decision for one in asked for decision in simulate(self.asker, role.arn, one, is_of))

    def scene(self, role: m.Role) -> Scene:
        """What the role's requests will name."""
        secret, connection, (subnet, _) = self.known(s.SECRET), self.known(s.CONNECTION), self.home()
        account = role.arn.split(":")[4] if role.arn.count(":") >= 5 else ""
        region = self.target.region
        return Scene(
            partition(region),
            region,
            (subnet.owner if subnet else "") or account,
            subnet.vpc if subnet else "",
            subnet.id if subnet else "",
            connection.groups if connection else (),
            secret.arn if secret else "",
            # AWS's own keys let every principal of the account in through the service
            tuple(one.arn for one in self.known(s.KEYS) or () if one.manager != "AWS"),
        )

    def customer_keys(self) -> list[str]:
        """The KMS keys the connection depends on; AWS's own (``alias/aws/...``) need no permission."""
        secret, encryption = self.known(s.SECRET), self.known(s.ENCRYPTION)
        connection = self.known(s.CONNECTION)
        keys = [secret.kms_key] if secret else []
        if encryption and encryption.passwords_encrypted and connection and connection.plaintext_password:
            keys.append(encryption.key)
        return [key for key in dict.fromkeys(keys) if key and "alias/aws/" not in key]

    def keys(self) -> None:
        """The state and the policy of those keys."""

        def describe() -> tuple[m.Key, ...]:
            return tuple(self.key(key) for key in self.customer_keys())

        def policies() -> Mapping[str, str]:
            # GetKeyPolicy takes the id or ARN of a key and no alias (AWS KMS API reference)
            known = self.known(s.KEYS) or ()
            keys = [one.arn for one in known if one.state != "Missing" and one.manager != "AWS"]
            return {
                key: document(self.call("kms", "get_key_policy", KeyId=key, PolicyName="default")["Policy"])
                for key in keys
                if key.startswith("arn:")
            }

        self.fill(s.KEYS, describe)
        self.fill(s.KEY_POLICIES, policies)

    def key(self, identity: str) -> m.Key:
        """One key; a missing one has the state ``Missing``."""
        raw = found(lambda: self.call("kms", "describe_key", KeyId=identity))
        if not raw:
            return m.Key(identity, "Missing")
        data = raw["KeyMetadata"]
        return m.Key(data.get("Arn", identity), data.get("KeyState", ""), data.get("KeyManager", "CUSTOMER"))

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


def _to_gateway(route: m.Route) -> bool:
    """Whether a route leads to a gateway endpoint: AWS's prefix lists do, and nothing far is behind them."""
    return route.destination.startswith("pl-") and route.target.startswith("vpce-")


def role_name(connection: m.Connection | None, jobs: tuple[m.Job, ...], expected: m.Expected | None) -> str:
    """The name of the role that Glue takes on for a connection."""
    candidates = [connection.role if connection else ""]
    candidates += [job.role for job in jobs if connection and connection.name in job.connections]
    candidates.append(expected.role if expected else "")
    return next((name.rsplit("/", 1)[-1] for name in candidates if name), "")
