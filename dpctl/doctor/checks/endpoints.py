"""Names, endpoints and the sum of all paths (GC07, GC10-GC13, GC15)."""

from __future__ import annotations

from dpctl.doctor import snapshot as s
from dpctl.doctor.answers import FIREWALL
from dpctl.doctor.checks.check import check, connection_of, ended, from_hops, skipped, terraform
from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.paths import Hop, Path
from dpctl.doctor.reach import walk_all
from dpctl.doctor.snapshot import View, wanting
from dpctl.layers import STATIC

OTHERS = frozenset({"secretsmanager", "kms", "glue", "logs", "redshift-serverless", "redshift"})


@check("GC07", walks=True)
def dns(facts: View) -> Finding:
    """Without enableDnsSupport no name resolves; without enableDnsHostnames none leads to an endpoint."""
    if connection_of(facts) is None:
        return skipped("GC07", "the connection has no subnet")
    dns = facts[s.VPC_DNS]
    vpc = dns.vpc if dns else ""
    fix = terraform(
        facts,
        STATIC,
        "Turn both DNS switches of the VPC on, and hand out AmazonProvidedDNS.",
        (
            f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-support",
            f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-hostnames",
        ),
    )
    found = from_hops("GC07", walk_all(facts), lambda hops: _names_fix(hops) or fix, "no path was walked")
    fix = found.fix or fix
    if dns is None:
        return found
    switches = f"enableDnsSupport {_on(dns.support)}, enableDnsHostnames {_on(dns.hostnames)}"
    result = "warn" if found.result == "pass" and not dns.hostnames else found.result
    return ended("GC07", result, vpc, [switches, *found.evidence], fix, found.permission)


def _names_fix(hops: list[Hop]) -> Fix | None:
    """Where DNS Firewall or a Resolver rule is at fault, no switch of the VPC helps."""
    if any(hop.kind != "resolver" for hop in hops):
        return None
    if any(hop.label == FIREWALL for hop in hops):
        text = "Let the name through: a rule with ALLOW for it, tried before the one that blocks it."
        return Fix("manual", text, ("aws route53resolver list-firewall-rule-group-associations",))
    text = "Let Resolver answer AWS's names itself: a rule of type SYSTEM for amazonaws.com."
    return Fix("manual", text, ("aws route53resolver list-resolver-rule-associations",))


def _on(value: bool) -> str:
    return "on" if value else "off"


def _endpoint_fix(facts: View, hops: list[Hop], services: str) -> Fix:
    existing = [hop.resource for hop in hops if hop.resource.startswith("vpce-")]
    if existing:
        text = f"Fix {', '.join(dict.fromkeys(existing))}: available, private DNS on, in this VPC's subnets."
        commands = tuple(
            f"aws ec2 modify-vpc-endpoint --vpc-endpoint-id {one} --private-dns-enabled" for one in existing
        )
        return terraform(facts, STATIC, text, commands)
    text = f"Add an endpoint for {services} with private DNS (network.egress: endpoints), or a NAT gateway."
    return terraform(facts, STATIC, text)


@check("GC10", walks=True)
def s3(facts: View) -> Finding:
    """S3 is reached by a gateway endpoint on this subnet's own route table, an interface endpoint, or NAT."""
    paths = tuple(path for path in walk_all(facts) if path.to.service == "s3")  # the warehouse's own too

    def fix(_: list[Hop]) -> Fix:
        return terraform(facts, STATIC, "Associate the S3 gateway endpoint with the subnet's route table.")

    found = from_hops("GC10", paths, fix, "")
    return found if found.result != "skip" else _by_path("GC10", paths)


@check("GC12", walks=True)
def sts(facts: View) -> Finding:
    """STS has an endpoint that works, or is reached through NAT."""
    paths = tuple(path for path in walk_all(facts) if path.to.service == "sts")
    found = from_hops("GC12", paths, lambda hops: _endpoint_fix(facts, hops, "sts"), "")
    return found if found.result != "skip" else _by_path("GC12", paths)


@check("GC13", walks=True)
def other_services(facts: View) -> Finding:
    """The same for Secrets Manager and KMS, which a test needs, and for Glue and Logs, which jobs need."""
    paths = tuple(path for path in walk_all(facts) if path.to.service in OTHERS)
    services = ", ".join(path.to.service for path in paths)
    found = from_hops("GC13", paths, lambda hops: _endpoint_fix(facts, hops, services), "")
    return found if found.result != "skip" else _by_path("GC13", paths)


def _by_path(code: str, paths: tuple[Path, ...]) -> Finding:
    """What the whole paths say where no endpoint is on them."""
    if not paths:
        return skipped(code, "nothing of this kind is needed")
    if any(path.outcome == "open" for path in paths):
        lines = [f"{path.to.name} is reached without an endpoint" for path in paths if path.outcome == "open"]
        return ended(code, "pass", "", lines)
    return skipped(code, "no endpoint is on the way; see the route")


@check("GC11", walks=True)
def every_service(facts: View) -> Finding:
    """The sum: NAT, or an endpoint for each, to everything the connection needs."""
    paths = walk_all(facts)
    if not paths:
        return skipped("GC11", "no path was walked")
    lines = []
    for path in paths:
        need = "required" if path.to.required else "for jobs"
        end = f", ends at the {path.ends_at.kind} {path.ends_at.resource}" if path.ends_at else ""
        lines.append(f"{path.to.name} ({need}): {path.outcome}{end}")
    needed = [path for path in paths if path.to.required]
    required = {path.outcome for path in needed}
    permission = next((hop.permission for path in paths for hop in path.hops if hop.permission), "")
    fix = Fix("manual", "Fix the hop where each path ends.")
    if "blocked" in required:
        inferred = all(path.inferred for path in needed if path.outcome == "blocked")
        return ended("GC11", "fail", "", lines, fix, inferred=inferred)
    if permission and "unknown" in required:
        return ended("GC11", "error", "", [*lines, wanting(permission)], None, permission)
    doubtful = any(path.outcome != "open" for path in paths)
    return ended("GC11", "warn" if doubtful else "pass", "", lines, fix)


@check("GC15", walks=True)
def policies(facts: View) -> Finding:
    """An endpoint's policy is a second gate: what it does not allow is refused whatever the role may do."""
    fix = terraform(facts, STATIC, "Let the endpoint's policy allow the role and the action.")
    return from_hops("GC15", walk_all(facts), lambda _: fix, "no endpoint on the way has a policy")


CHECKS = (dns, s3, every_service, sts, other_services, policies)
