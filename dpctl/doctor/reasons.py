"""What Glue says when a test fails, and where that points. The first signature that matches counts.

The texts of S3, security groups, subnets, addresses, permissions and logins are those of the AWS Glue
developer guide ("Troubleshooting errors"); those of STS and Secrets Manager are inferred from what SDKs
write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NETWORK = ("GC08", "GC09", "GC07", "GC12", "GC13", "GC14", "GC15", "GC18", "GC19", "GC16", "GC27")


@dataclass(frozen=True)
class Signature:
    """A pattern, what it means, and the checks it points to, the most likely first."""

    pattern: re.Pattern[str]
    title: str
    checks: tuple[str, ...]


def _signature(pattern: str, title: str, *checks: str) -> Signature:
    return Signature(re.compile(pattern, re.IGNORECASE | re.DOTALL), title, checks)


_SLOW = r"(timed? ?-?out|timeout|unable to connect|could not connect|unable to execute)"
NO_DATABASE = "the database is not there"
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
        r"unknown database|database .{0,80} does not exist", NO_DATABASE, "GC03",
    ),
    _signature(
        r"access denied for user .{0,160} to database|command denied to user",
        "the login may not read the database", "GC42",
    ),
    _signature(r"access denied for user", "the login was refused", "GC24"),
    _signature(r"insecure transport|require_secure_transport", "TLS was not agreed on", "GC23"),
    _signature(
        r"security group must open all egress ports", "a security group must open all ports outbound", "GC18",
        "GC17",
    ),
    _signature(
        r"security group must open all ingress ports|self.?referenc|no suitable security group|"
        r"suitable security group (was )?not found",
        "a security group must open all ports", "GC17", "GC18", "GC16",
    ),
    _signature(
        r"insufficientfreeaddresses|not enough free (ip )?addresses|enough free addresses|"
        r"insufficient (free )?(ip )?address|does not have enough (free )?(ip )?addresses",
        "no free addresses", "GC06",
    ),
    _signature(
        r"invalidsubnetid|could not find subnet|subnet for az|with_?az_?null|"
        r"availability ?zone.{0,40}\bnull\b|\baz\b.{0,20}\bnull\b",
        "the subnet or zone is wrong", "GC04", "GC16",
    ),
    _signature(
        r"invalidgroup\.notfound|security group.{0,80}(does not exist|not found)", "a security group is gone",
        "GC16", "GC17",
    ),
    _signature(
        rf"iam error retrieving temp(orary)? credentials|redshift(-serverless)?\.[\w-]+\.amazonaws.*{_SLOW}|"
        rf"{_SLOW}.*redshift(-serverless)?\.[a-z]+-[\w-]+\.amazonaws|getcredentials.*{_SLOW}",
        "Redshift was not reached for a login by IAM",
        "GC13", "GC25", "GC08", "GC09", "GC07", "GC14", "GC18", "GC19",
    ),
    _signature(
        r"unable to resolve any valid connection|no valid connection|file entry does not have 'meta' key",
        "Glue found no connection that it could use", "GC03", "GC04", "GC16", "GC24", "GC25", "GC27",
    ),
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
    _signature(r"\bkms\b|glueencryption|decrypt", "a key could not be used", "GC26", "GC24", "GC25"),
    _signature(
        r"(refused|timed? ?out).*\b\d{4}\b|communications link|connection (refused|timed out|attempt failed)|"
        r"\(?500150\)?|error setting/closing connection|connect timed out|timed out",
        "the warehouse was not reached", "GC20", "GC21", "GC18", "GC19", "GC08", "GC03",
    ),
    _signature(r"no suitable driver|classnotfound", "the driver does not fit", "GC03"),
)  # fmt: skip


def classify(reason: str) -> Signature | None:
    """The first signature that matches a StatusReason, or None."""
    return next((one for one in SIGNATURES if reason and one.pattern.search(reason)), None)
