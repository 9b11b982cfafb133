# ruff: noqa: E501 - tables read better with a row on a line
"""Accounts whose names pass Resolver rules, DNS Firewall and Route 53 profiles on their way to an address."""

from __future__ import annotations

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from tests.unit.doctor import accounts as a
from tests.unit.doctor.accounts import drop, edit, failed, put
from tests.unit.doctor.reported import UNTESTED
from tests.unit.doctor.scenarios import E, N, broken, healthy

HUB = ("10.0.0.10", "10.0.1.10")
STS = f"sts.{a.REGION}.amazonaws.com"
TIMED_OUT = failed("Could not resolve host: sts.ap-south-1.amazonaws.com")
ISOLATED = (put(s.ENDPOINTS, ()), a.routes("rtb-a"))
MUTE = edit(s.ENDPOINTS, "", private_dns=False)


def rules(*domains, kind="FORWARD", targets=HUB):
    """Resolver rules of one kind."""
    return tuple(
        m.ResolverRule(f"rslvr-rr-{number}", one, kind, targets if kind == "FORWARD" else ())
        for number, one in enumerate(domains)
    )


def resolver(*found):
    return put(s.RESOLVER_RULES, tuple(found))


def guarded(*found):
    return put(
        s.DNS_FIREWALL,
        tuple(
            m.DnsRule("rslvr-frg-1", f"rule-{n}", action, response, tuple(domains))
            for n, (action, response, *domains) in enumerate(found)
        ),
    )


ALLOW, ALERT = ("ALLOW", ""), ("ALERT", "")
NXDOMAIN, NODATA, OVERRIDE = ("BLOCK", "NXDOMAIN"), ("BLOCK", "NODATA"), ("BLOCK", "OVERRIDE")

HEALTHY = (
    # a zone or an endpoint is more specific than the rule
    healthy("everything is forwarded, and the endpoints answer", E, resolver(*rules("")), UNTESTED),
    healthy("amazonaws.com is forwarded, and the endpoints answer", E, resolver(*rules("amazonaws.com")), UNTESTED),
    healthy("the company's domain is forwarded", N, resolver(*rules("corp.example")), UNTESTED),
    healthy("a rule for a name that only looks alike", E, resolver(*rules(f"my{STS}", "s.ap-south-1.amazonaws.com")), UNTESTED),
    healthy("everything forwarded but amazonaws.com, as AWS advises", N, resolver(*rules(""), *rules("amazonaws.com", kind="SYSTEM")), UNTESTED),
    healthy("a rule of type SYSTEM under a forwarded amazonaws.com", N, resolver(*rules("amazonaws.com"), *rules(f"{a.REGION}.amazonaws.com", kind="SYSTEM")), UNTESTED),
    # it is asked elsewhere: what that answers is not seen from here
    healthy("everything is forwarded to the office, NAT", N, resolver(*rules("")), UNTESTED),
    healthy("STS is forwarded to the hub, isolated", E, *ISOLATED, resolver(*rules("amazonaws.com")), UNTESTED),
    healthy("STS itself is forwarded though there is an endpoint", E, resolver(*rules(STS)), UNTESTED),
    healthy("STS is forwarded, and its endpoint here is closed", E, resolver(*rules(STS)), edit(s.ENDPOINTS, "vpce-sts", groups=("sg-other-vpc",)), UNTESTED),
    healthy("STS is forwarded, and its endpoint has no private DNS", E, resolver(*rules(STS)), edit(s.ENDPOINTS, "vpce-sts", private_dns=False), UNTESTED),
    healthy("names are delegated", N, resolver(*rules("amazonaws.com", kind="DELEGATE")), UNTESTED),
    healthy("the warehouse's name is forwarded, ready", E, resolver(*rules("redshift-serverless.amazonaws.com"))),
    healthy("rules beside DNS servers of one's own, which nobody asks", E, put(s.DHCP, (m.DhcpOptions("dopt-1", ("10.11.0.53",)),)), guarded((*NXDOMAIN, "*")), UNTESTED),
    # DNS Firewall
    healthy("a list of known evil", E, guarded((*NXDOMAIN, "evil.example", "*.evil.example")), UNTESTED),
    healthy("all but what is allowed, and AWS is allowed", E, guarded((*ALLOW, "*.amazonaws.com"), (*NXDOMAIN, "*")), UNTESTED),
    healthy("everything only rings an alarm", N, guarded((*ALERT, "*"), (*NXDOMAIN, "*")), UNTESTED),
    healthy("a blocked parent is not the name", E, guarded((*NXDOMAIN, "amazonaws.com", f"{a.REGION}.amazonaws.com")), UNTESTED),
    healthy("blocked answers are redirected", N, guarded((*OVERRIDE, "*.amazonaws.com")), UNTESTED),
    healthy("a list that can't be read comes after what is allowed", E, guarded((*ALLOW, "*")), UNTESTED),
    # profiles
    healthy("a profile brings endpoints of the hub", E, MUTE, put(s.PROFILES, (m.Brought("VPC_ENDPOINT", "vpce-hub"),)), UNTESTED),
    healthy("a profile brings the endpoint that is here", E, MUTE, put(s.PROFILES, tuple(m.Brought("VPC_ENDPOINT", f"vpce-{one}") for one in a.SERVICES)), UNTESTED),
    healthy("a profile brings a zone of another account", E, MUTE, put(s.PROFILES, (m.Brought("PRIVATE_HOSTED_ZONE", "Z1"),)), UNTESTED),
    healthy("a profile brings zones for the services", E, MUTE, put(s.PROFILES, (m.Brought("PRIVATE_HOSTED_ZONE", "Z1", "amazonaws.com"),)), put(s.ZONES, (m.HostedZone("Z1", "amazonaws.com"),)), UNTESTED),
    healthy("a profile with nothing for these names", E, put(s.PROFILES, (m.Brought("PRIVATE_HOSTED_ZONE", "Z1", "corp.example"), m.Brought("RESOLVER_QUERY_LOG_CONFIG", "r"))), UNTESTED),
)  # fmt: skip

BROKEN = (
    broken("DNS Firewall blocks AWS's names", "GC07", E, guarded((*NXDOMAIN, "*.amazonaws.com")), TIMED_OUT),
    broken("DNS Firewall blocks STS, never tested", "GC07", N, guarded((*NODATA, STS)), UNTESTED),
    broken("DNS Firewall blocks STS, ready at the last test", "GC07", N, guarded((*NXDOMAIN, STS))),
    broken("all but what is allowed, and STS is not", "GC07", E, guarded((*ALLOW, "*.corp.example", f"secretsmanager.{a.REGION}.amazonaws.com"), (*NXDOMAIN, "*")), TIMED_OUT),
    broken("the rule that blocks comes first", "GC07", N, guarded((*NXDOMAIN, "*amazonaws.com"), (*ALLOW, "*.amazonaws.com")), TIMED_OUT),
    broken("the warehouse's name is blocked", "GC07", E, guarded((*NODATA, "*.redshift-serverless.amazonaws.com")), UNTESTED),
    broken("DNS Firewall blocks what a Resolver rule would forward", "GC07", N, resolver(*rules("")), guarded((*NXDOMAIN, "*")), UNTESTED),
    broken("all seen, and nothing leads to the endpoint without private DNS", "GC12", E, edit(s.ENDPOINTS, "vpce-sts", private_dns=False), UNTESTED),
    broken("a public route, whatever is forwarded for the company", "GC08", N, a.routes("rtb-a", a.TO_IGW), resolver(*rules("corp.example")), failed()),
    broken("isolated, with a rule of type SYSTEM for AWS", "GC12", E, drop(s.ENDPOINTS, "vpce-sts"), resolver(*rules(""), *rules("amazonaws.com", kind="SYSTEM")), failed()),
    broken("a profile without the endpoint that is missing", "GC12", E, drop(s.ENDPOINTS, "vpce-sts"), put(s.PROFILES, (m.Brought("VPC_ENDPOINT", "vpce-kms"),)), failed()),
)  # fmt: skip
