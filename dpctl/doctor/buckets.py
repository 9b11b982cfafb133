"""Whether a bucket's own policy takes away what a role is allowed: IAM's simulator is told of no bucket."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.linkcheck import Look
from dpctl.doctor.links import Chain
from dpctl.doctor.policy import denies, principals_of
from dpctl.layers import STATIC


def denials(chain: Chain) -> Finding:
    """No statement of a bucket's policy denies a role what it does there (IAM user guide, "Policy evaluation
    logic": an explicit deny wins over every allow).
    """
    policies, names = chain["policies"], chain.names
    look = Look("PD19", names.bucket, STATIC)
    look.see(*(f"{name} has {'a' if text else 'no'} policy" for name, text in policies.items()))
    bad: dict[str, None] = {}
    for role, action, resource in _requests(chain):
        bucket = resource.split(":::", 1)[1].partition("/")[0]
        # what a role of this account asks through TLS, from wherever it runs
        told = {
            "aws:principalarn": role,
            "aws:principalaccount": names.account,
            "aws:principaltype": "AssumedRole",
            "aws:securetransport": "true",
            "aws:requestedregion": names.region,
        }
        decision = denies(
            policies.get(bucket, ""), principals_of(role, names.account), action, resource, told
        )
        what = f"the policy of {bucket} denies {action} on {resource} to {role.rsplit('/', 1)[-1]}"
        look.must(decision != "denied", what)
        look.should(decision != "unknown", f"{what}, under a condition that is not known here")
        if decision != "allowed":
            bad[bucket] = None
    text = "Leave the role out of that statement, or name it as an exception."
    see = (f"aws s3api get-bucket-policy --bucket {shlex.quote(one)} --region {names.region}" for one in bad)
    return look.end(chain, Fix("manual", text, tuple(see)))


def _requests(chain: Chain) -> Iterator[tuple[str, str, str]]:
    """What roles do in buckets: the role's ARN, the action, and the ARN it is about."""
    for fact in (name for name in chain.facts if name.startswith("role:")):
        answer = chain.known(fact) or {}
        for action, resource, _ in answer.get("decisions", ()):
            if ":s3:::" in resource and answer.get("arn"):
                yield answer["arn"], action, resource
