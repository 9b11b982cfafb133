"""The things of AWS that the doctor looks at, each reduced to what a check needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expected:
    """What env.yaml says; absent for a connection outside the live tree."""

    env: str
    account: str
    region: str
    connection: str
    vpc: str = ""
    private_subnets: tuple[str, ...] = ()
    database_group: str = ""
    workgroup: str = ""
    database: str = ""
    port: int = 5439
    role: str = ""
    subnet: str = ""
    egress: str = "endpoints"
    naming: str = "existing"
    managed: bool = True  # whether Terraform writes the connection (glue.connection.manage)


@dataclass(frozen=True)
class Caller:
    """Who asks."""

    account: str
    arn: str
    region: str


@dataclass(frozen=True)
class Connection:
    """A Glue connection without its password. ``schema_version`` 1 is a JDBC one, 2 the unified one."""

    name: str
    type: str
    properties: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    reason: str = ""
    validated_at: str = ""
    subnet: str = ""
    groups: tuple[str, ...] = ()
    zone: str = ""
    auth_type: str = ""
    secret: str = ""
    role: str = ""
    schema_version: int = 1
    plaintext_password: bool = False

    @property
    def ready(self) -> bool:
        """Whether Glue's own last test succeeded."""
        return self.status.upper() == "READY"


@dataclass(frozen=True)
class Job:
    """A Glue job; ``workers`` is how many network interfaces it may need at once."""

    name: str
    type: str
    role: str
    connections: tuple[str, ...] = ()
    glue_version: str = ""
    python_version: str = ""
    script: str = ""
    workers: int = 1
    additional_modules: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CatalogEncryption:
    """Whether Glue encrypts connection passwords, and with which key."""

    passwords_encrypted: bool
    key: str = ""


@dataclass(frozen=True)
class Subnet:
    """A subnet; ``free`` is the number of IPv4 addresses nobody has.

    ``cidr`` is empty in an IPv6-only subnet. ``owner`` is the account that it belongs to: another one than
    the caller's where the VPC is shared with the caller (Amazon VPC user guide, "Share your VPC subnets").
    """

    id: str
    vpc: str
    zone: str
    cidr: str
    free: int
    state: str = "available"
    maps_public_ip: bool = False
    zone_id: str = ""
    owner: str = ""
    ipv6: str = ""

    @property
    def block(self) -> str:
        """The block its interfaces have their addresses of: IPv4 where it has one."""
        return self.cidr or self.ipv6


@dataclass(frozen=True)
class Vpc:
    """A VPC with all its blocks, IPv4 and IPv6."""

    id: str
    cidrs: tuple[str, ...]
    dhcp_options: str = "default"


@dataclass(frozen=True)
class VpcDns:
    """The two DNS switches of the connection's VPC."""

    vpc: str
    support: bool
    hostnames: bool


@dataclass(frozen=True)
class DhcpOptions:
    """The DNS servers a VPC hands out."""

    id: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """One route: ``destination`` is a CIDR or a prefix list, ``target`` an id or ``local``."""

    destination: str
    target: str
    state: str = "active"


@dataclass(frozen=True)
class RouteTable:
    """A route table with the subnets that are associated with it by name."""

    id: str
    vpc: str
    main: bool
    subnets: tuple[str, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class NatGateway:
    """A NAT gateway; ``connectivity`` is public or private."""

    id: str
    state: str
    connectivity: str
    subnet: str
    vpc: str
    failure: str = ""
    public_ip: str = ""


@dataclass(frozen=True)
class PublicBlock:
    """VPC Block Public Access, which keeps internet gateways from working in a whole region.

    ``mode`` is off, block-ingress or block-bidirectional; ``changing`` whether AWS is still at it.
    ``excluded`` are the VPCs and subnets whose way out stays open, ``unseen`` the permission that was wanted
    to see them (Amazon VPC user guide, "Block public access to VPCs and subnets").
    """

    mode: str
    changing: bool = False
    excluded: tuple[str, ...] = ()
    unseen: str = ""


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint. ``service`` is AWS's full name, ``policy`` a JSON document or empty (all allowed)."""

    id: str
    service: str
    type: str
    state: str
    vpc: str
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    route_tables: tuple[str, ...] = ()
    private_dns: bool = False
    policy: str = ""
    error: str = ""
    inbound_dns_only: bool = False

    @property
    def answers(self) -> bool:
        """Whether the service's own name leads to it from inside its VPC.

        An S3 endpoint may keep its private DNS for Resolver's inbound endpoint (AWS PrivateLink guide,
        "Private DNS for Amazon S3").
        """
        return self.private_dns and not self.inbound_dns_only


@dataclass(frozen=True)
class HostedZone:
    """A private hosted zone that answers in the VPC; ``service`` is set where AWS itself made it."""

    id: str
    name: str
    service: str = ""


@dataclass(frozen=True)
class ResolverRule:
    """A rule of Route 53 Resolver that counts in the VPC: by whom names of a domain are answered.

    ``kind`` is FORWARD, SYSTEM or DELEGATE, ``domain`` without its last dot (empty: every name), ``targets``
    the servers that are asked.
    """

    id: str
    domain: str
    kind: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class DnsRule:
    """A rule of DNS Firewall that counts in the VPC, by the list of domains it names.

    ``action`` is ALLOW, ALERT or BLOCK, ``response`` what a blocked question gets (NODATA, NXDOMAIN,
    OVERRIDE); ``domains`` may begin with an asterisk. ``unseen`` is what it takes to read the list.
    """

    group: str
    name: str
    action: str
    response: str = ""
    domains: tuple[str, ...] = ()
    unseen: str = ""


@dataclass(frozen=True)
class Brought:
    """What a Route 53 profile brings into the VPC's names: a kind of AWS's, an id, and a name where known."""

    kind: str
    id: str
    name: str = ""


@dataclass(frozen=True)
class Peering:
    """A peering; ``resolves`` are the VPCs whose names lead to private addresses from the other side."""

    id: str
    vpcs: tuple[str, str]
    state: str
    resolves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One permission of a security group: exactly one of ``cidr``, ``group`` and ``prefix_list`` is set."""

    protocol: str
    from_port: int
    to_port: int
    cidr: str = ""
    group: str = ""
    prefix_list: str = ""


@dataclass(frozen=True)
class SecurityGroup:
    """A security group, its permissions flattened to one source or destination each."""

    id: str
    name: str
    vpc: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class AclEntry:
    """One rule of a network ACL; the lowest ``number`` that matches decides."""

    number: int
    egress: bool
    allow: bool
    protocol: str
    from_port: int
    to_port: int
    cidr: str


@dataclass(frozen=True)
class Acl:
    """A network ACL and the subnets it stands before."""

    id: str
    vpc: str
    subnets: tuple[str, ...]
    default: bool
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True)
class PrefixList:
    """A prefix list; ``cidrs`` is None for AWS's own, whose members change."""

    id: str
    name: str
    owner: str
    cidrs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Interface:
    """A network interface in the connection's subnet."""

    id: str
    description: str
    status: str
    address: str = ""


TAKES_CONNECTIONS = frozenset(
    {
        "AVAILABLE", "BACKING-UP", "CANCELLING-RESIZE", "CONFIGURING-ENHANCED-MONITORING",
        "CONFIGURING-IAM-DATABASE-AUTH", "CONFIGURING-LOG-EXPORTS", "MODIFYING", "RESIZING",
        "STORAGE-OPTIMIZATION",
    }
)  # fmt: skip
TAKES_NONE = frozenset(
    {
        "CREATING", "DELETED", "DELETING", "FAILED", "FINAL-SNAPSHOT", "HARDWARE-FAILURE",
        "INACCESSIBLE-ENCRYPTION-CREDENTIALS", "INACCESSIBLE-ENCRYPTION-CREDENTIALS-RECOVERABLE",
        "INCOMPATIBLE-NETWORK", "INCOMPATIBLE-RESTORE", "PAUSED", "PAUSING", "REBOOTING", "RESTORE-ERROR",
        "STARTING", "STOPPED", "STOPPING",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Warehouse:
    """What the connection's host belongs to: a Redshift Serverless workgroup, a provisioned cluster, or the
    RDS instance of a connection to MySQL (``kind`` is ``workgroup``, ``cluster`` or ``instance``).
    """

    kind: str
    name: str
    status: str
    host: str
    port: int
    vpc: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    database: str = ""
    namespace: str = ""
    addresses: tuple[str, ...] = ()
    public: bool = False
    require_ssl: bool = False
    enhanced_vpc_routing: bool = False
    base_capacity: int = 0
    names: tuple[str, ...] = ()
    engine: str = "redshift"

    @property
    def up(self) -> bool | None:
        """Whether it takes connections in its state; None for a state that says neither.

        Amazon Redshift management guide, "Cluster status" (a second word after a comma is a remark); Amazon
        RDS user guide, "Viewing DB instance status".
        """
        state = self.status.upper().partition(",")[0].strip()
        return True if state in TAKES_CONNECTIONS else False if state in TAKES_NONE else None

    def named(self, host: str) -> bool:
        """Whether a host is this warehouse: its own address, its id, or a custom domain name."""
        return host.lower() in {self.host.lower(), self.name.lower(), *(one.lower() for one in self.names)}


@dataclass(frozen=True)
class Secret:
    """A secret's description; never its value."""

    arn: str
    name: str
    deleted_at: str = ""
    current: bool = True
    changed_at: str = ""
    kms_key: str = ""
    owner: str = ""
    rotation: bool = False


@dataclass(frozen=True)
class SecretKeys:
    """The names of the keys in a secret, and the two values in it that are no secret."""

    keys: tuple[str, ...]
    host: str = ""
    port: str = ""
    is_json: bool = True


@dataclass(frozen=True)
class LogLine:
    """The last error in a log of Glue's: of a test of the connection, or of a job's last run (``job``)."""

    text: str
    job: str = ""


@dataclass(frozen=True)
class Logs:
    """What Glue's logs say; ``unread`` is why they could not be read, where they could not."""

    lines: tuple[LogLine, ...] = ()
    unread: str = ""


@dataclass(frozen=True)
class Role:
    """The role Glue takes on; ``trust`` is the JSON document of who may."""

    arn: str
    name: str
    trust: str


@dataclass(frozen=True)
class Decision:
    """One answer of IAM's policy simulator.

    ``missing`` are the condition keys that the policies hang on and that no value was given for: then a
    refusal proves nothing.
    """

    action: str
    resource: str
    allowed: bool
    decision: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """A KMS key."""

    arn: str
    state: str
    manager: str = "CUSTOMER"


@dataclass(frozen=True)
class ActiveTest:
    """The result of a test that did something: ``ok``, and what AWS said."""

    ok: bool
    text: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Probed:
    """What a probe in the connection's subnet found about one destination.

    ``open``: the name resolved, the connection was made, and the handshake of TLS ended. ``step`` is the last
    one that was tried (resolve, connect, handshake), ``error`` what it met, ``tls`` the protocol agreed on.
    """

    host: str
    port: int
    open: bool
    step: str
    error: str = ""
    addresses: tuple[str, ...] = ()
    tls: str = ""
    milliseconds: int = 0
