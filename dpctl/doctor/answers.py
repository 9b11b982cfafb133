"""What each thing on the way answers to a packet: DNS, endpoints, NAT gateways, routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import Range, block
from dpctl.doctor.firewall import Answer
from dpctl.doctor.routes import FAR, Choice, describe, outward, table_of
from dpctl.doctor.snapshot import CannotSee, Facts

MOST = 0.9  # of the public addresses: what decides about these decides about AWS's


def dns_answer(facts: Facts, subnet: m.Subnet, host: str) -> Answer:
    """Whether a name resolves in the subnet's VPC."""
    try:
        dns = facts[s.VPC_DNS]
        vpc = s.find(facts[s.VPCS], subnet.vpc)
        options = s.find(facts[s.DHCP], vpc.dhcp_options) if vpc else None
    except CannotSee as blind:
        return Answer("unknown", "the VPC's DNS can't be seen", blind.unknown.need)
    own = [server for server in options.servers if server != "AmazonProvidedDNS"] if options else []
    if own:
        return Answer("unknown", f"{host} is resolved by your own DNS servers {', '.join(own)}")
    if dns is not None and not dns.support:
        return Answer("blocked", f"enableDnsSupport of {subnet.vpc} is off: no name resolves")
    if not subnet.cidr:
        return Answer("unknown", f"{subnet.id} has IPv6 addresses only, and {host} may have none of these")
    return Answer("open", f"{host} resolves")


def name_answer(facts: Facts, host: str, zone: str) -> Answer | None:
    """What DNS Firewall and Resolver's rules make of a question for a name; None where they let it be.

    ``zone`` is the private zone that answers for it (of an endpoint: the name itself). DNS Firewall is asked
    first, and the first rule that names the name decides; then the most specific domain does, and a rule
    comes before a zone of the same name (Amazon Route 53 developer guide).
    """
    rule = next((one for one in facts[s.DNS_FIREWALL] if one.unseen or _names(one.domains, host)), None)
    if rule is not None and rule.unseen:
        return Answer("unknown", f"what {rule.name} of {rule.group} is about can't be seen", rule.unseen)
    if rule is not None and rule.action == "BLOCK":
        text = f"DNS Firewall answers {host} with {rule.response or 'nothing'}: {rule.name} of {rule.group}"
        return Answer("unknown" if rule.response == "OVERRIDE" else "blocked", text, label=FIREWALL)
    domain = host.lower()
    rules = [one for one in facts[s.RESOLVER_RULES] if _within(domain, one.domain)]
    asked = max(rules, key=lambda one: (len(one.domain), one.kind != "SYSTEM"), default=None)
    if asked is None or asked.kind in {"SYSTEM", "RECURSIVE"} or len(zone) > len(asked.domain):
        return None
    servers = ", ".join(asked.targets) or "other servers"
    text = f"{host} is asked of {servers} (Resolver rule {asked.id} for {asked.domain or '.'})"
    return Answer("unknown", f"{text}: what they answer is not seen from here")


FIREWALL = "DNS-FIREWALL"


def _within(host: str, domain: str) -> bool:
    return not domain or host == domain or host.endswith(f".{domain}")


def _names(domains: Iterable[str], host: str) -> bool:
    """Whether a list of DNS Firewall names a name; an asterisk stands for what comes before."""
    name = host.lower()
    return any(name.endswith(one[1:]) if one.startswith("*") else name == one for one in domains)


def endpoint_state(endpoint: m.Endpoint, subnets: list[m.Subnet] | None) -> Answer:
    """Whether an endpoint is there to answer; AWS writes its states in both cases."""
    if endpoint.state.lower() != "available":
        why = f": {endpoint.error}" if endpoint.error else ""
        return Answer("blocked", f"{endpoint.id} ({endpoint.service}) is {endpoint.state}{why}")
    if subnets is not None and not subnets:
        return Answer("blocked", f"{endpoint.id} has no subnet, so it has no address")
    return Answer("open", f"{endpoint.id} ({endpoint.service}) is available")


def nat_state(
    facts: Facts, nat: m.NatGateway | None, identity: str, shared: str, onward: m.Subnet | None
) -> Answer:
    """Whether a NAT gateway passes packets on.

    ``shared`` is why it may be somebody else's; ``onward`` the subnet of a private one, which may lead
    further through a transit gateway or VPN (Amazon VPC user guide, "Private NAT gateways").
    """
    if nat is None and shared:
        return Answer("unknown", f"{identity} can't be seen: {shared}")
    if nat is None:
        return Answer("blocked", f"{identity} is not there, though the route to it is active", inferred=True)
    if nat.state.lower() != "available":
        why = f": {nat.failure}" if nat.failure else ""
        return Answer("blocked", f"{identity} is {nat.state}{why}")
    if nat.connectivity.lower() != "public":
        table = table_of(facts, onward) if onward else None
        choices = outward(facts, table) if table else []
        if choices and choices[0].route.state == "active" and choices[0].route.target.startswith(FAR):
            text = f"{identity} is a private NAT gateway: the walk ends at {choices[0].route.target}"
            return Answer("unknown", f"{text}, not seen from here")
        return Answer("blocked", f"{identity} is a private NAT gateway, which does not lead to the internet")
    return Answer("open", f"{identity} is available, public address {nat.public_ip or 'not shown'}")


def nat_route(facts: Facts, home: m.Subnet, nat: str) -> Answer:
    """Whether the NAT gateway's own subnet leads to an internet gateway."""
    table = table_of(facts, home)
    if table is None:
        return Answer("unknown", f"no route table of {home.id} was found")
    choices = outward(facts, table)
    evidence = f"{home.id}, the subnet of {nat}: {describe(table, home)}"
    if choices and choices[0].route.target.startswith("igw-") and choices[0].route.state == "active":
        return Answer("open", evidence)
    if choices and not choices[0].route.target.startswith(("igw-", "nat-", "local")):
        return Answer("unknown" if choices[0].route.state == "active" else "blocked", evidence)
    return Answer("blocked", f"{evidence}; it does not lead to an internet gateway")


def public_block(facts: Facts, home: m.Subnet) -> Answer | None:
    """Whether VPC Block Public Access lets a NAT gateway's packets out of its subnet; None where it is off.

    ``block-ingress`` leaves NAT gateways alone (Amazon VPC user guide, "Block public access to VPCs and
    subnets").
    """
    block = facts[s.PUBLIC_BLOCK]
    if block is None or block.mode == "off":
        return None
    text = f"VPC Block Public Access is {block.mode}"
    if block.mode == "block-ingress":
        return Answer("open", f"{text}, which leaves NAT gateways alone")
    if {home.id, home.vpc} & set(block.excluded):
        return Answer("open", f"{text}, and {home.id} is excluded from it")
    if block.mode != "block-bidirectional" or block.changing:
        return Answer("unknown", f"{text}{', and being changed' if block.changing else ''}")
    if block.unseen:
        return Answer("unknown", f"{text}; what is excluded from it can't be seen", block.unseen)
    return Answer("blocked", f"{text}, and neither {home.id} nor {home.vpc} is excluded: nothing gets out")


def route_answer(table: m.RouteTable, choices: list[Choice]) -> Answer:
    """What becomes of a packet to a public address."""
    if not choices:
        text = f"{table.id} has no route to public addresses: the subnet is isolated"
        return Answer("blocked", text, label="ISOLATED")
    answers = [(_target_answer(table, choice.route), choice.share) for choice in choices]
    first = answers[0][0]
    same = sum(share for answer, share in answers if answer.outcome == first.outcome)
    if same >= MOST:
        # a second route for a few addresses changes nothing for AWS's, unless they are just those
        return replace(first, inferred=first.inferred or same < 1.0 - 1e-9)
    return Answer("unknown", f"{table.id} leads different public addresses to different places")


def _target_answer(table: m.RouteTable, route: m.Route) -> Answer:
    text = f"{table.id}: {route.destination} -> {route.target or 'nothing'}"
    if route.state == "blackhole":
        return Answer("blocked", f"{text} [blackhole]: what it led to is gone", label="BLACKHOLE")
    if route.target.startswith("igw-"):
        why = "a public route: Glue's network interfaces have no public address, so no answer comes back"
        return Answer("blocked", f"{text}, {why}", label="IGW-TRAP")
    if route.target.startswith("nat-"):
        return Answer("open", text, label="NAT")
    return Answer("unknown", f"{text}: the walk ends at {route.target or 'nothing'}, not seen from here")


def all_of(answers: list[Answer], of: int) -> Answer:
    """The answer for several far subnets: blocked when all are, unknown when only some are."""
    blocked = [answer for answer in answers if answer.outcome == "blocked"]
    if blocked and len(blocked) < of:
        return Answer("unknown", f"{blocked[0].text} (only some of the far subnets: it fails now and then)")
    rest = [answer for answer in answers if answer.outcome == "unknown"]
    return next(iter([*blocked, *rest, *answers]))


def inside(address_range: Range, cidr: str) -> bool:
    """Whether an address is in a CIDR block."""
    low, high = block(cidr)
    return low <= address_range[0] <= high
