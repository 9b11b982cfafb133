"""What Glue says when a test fails, and where that points. The first signature that matches counts.

The texts of S3, security groups, subnets, addresses, permissions and logins are those of the AWS Glue
developer guide ("Troubleshooting errors"); those of STS and Secrets Manager are inferred from what SDKs
write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NETWORK = ("GC08", "GC09", "GC07", "GC12", "GC13", "GC14", "GC15", "GC18", "GC19", "GC27")


@dataclass(frozen=True)
class Signature:
    """A pattern, what it means, and the checks it points to, the most likely first."""

    pattern: re.Pattern[str]
    title: str
    checks: tuple[str, ...]


def _signature(pattern: str, title: str, *checks: str) -> Signature:
    return Signature(re.compile(pattern, re.IGNORECASE | re.DOTALL), title, checks)


_SLOW = r"(timed? ?-?out|timeout|unable to connect|could not connect|unable to execute)"
SIGNATURES = (
    _signature(
        rf"\bsts[.\w-]*amazonaws.*{_SLOW}|{_SLOW}.*\bsts\b|\bsts\b.*{_SLOW}", "STS was not reached", *NETWORK
    ),
    _signature(
        rf"secretsmanager[.\w-]*amazonaws.*{_SLOW}|{_SLOW}.*secrets ?manager|secrets ?manager.*{_SLOW}",
        "Secrets Manager was not reached",
        *(code for code in NETWORK if code != "GC12"),
    ),
    _signature(
        r"could not find s3 endpoint or nat gateway|s3 endpoint validation failed", "there is no way to S3",
        "GC10", "GC08", "GC09",
    ),
    _signature(r"could not find glue endpoint or nat", "there is no way to Glue", "GC13", "GC08", "GC09"),
    _signature(
        r"security group must open all (ingress|egress) ports|self.?referenc",
        "a security group must open all ports", "GC17", "GC18",
    ),
    _signature(r"insufficientfreeaddressesinsubnet|not enough free addresses", "no free addresses", "GC06"),
    _signature(r"invalidsubnetid|could not find subnet|subnet for az", "the subnet or zone is wrong", "GC04"),
    _signature(
        r"no private dns|unknownhost|could not resolve|name or service not known", "a name did not resolve",
        "GC07", "GC03",
    ),
    _signature(r"iam:passrole", "the caller may not pass the role", "GC25"),
    _signature(
        r"describe(vpcendpoints|routetables|subnets|securitygroups).*(unauthorized|not authorized)|"
        r"(unauthorized|not authorized).*describe|unable to assume|accessdenied|access denied|"
        r"not authorized to perform",
        "the role lacks a permission", "GC25", "GC26", "GC15",
    ),
    _signature(
        r"password authentication failed|\b28000\b|\b28p01\b|invalid credentials", "the login was refused",
        "GC24",
    ),
    _signature(r"\bssl\b|pkix|certificate", "TLS was not agreed on", "GC23"),
    _signature(r"\bkms\b|glueencryption|decrypt", "a key could not be used", "GC26"),
    _signature(
        r"(refused|timed? ?out).*\b\d{4}\b|communications link|connection (refused|timed out|attempt failed)",
        "the warehouse was not reached", "GC20", "GC21", "GC18", "GC19", "GC03",
    ),
    _signature(r"no suitable driver|classnotfound", "the driver does not fit", "GC03"),
)  # fmt: skip


def classify(reason: str) -> Signature | None:
    """The first signature that matches a StatusReason, or None."""
    return next((one for one in SIGNATURES if reason and one.pattern.search(reason)), None)
