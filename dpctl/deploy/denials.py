"""Permissions that the operator lacks, read from what Terraform's providers pass on of AWS's answers.

Two things are required for an error to be one of these: it is the answer to a call, and it names the operator
himself (or nobody, as S3 does in an answer without a body). A role's denial, which a job or a statement of
Redshift reports, is another matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol

from dpctl.aws import UNSAID
from dpctl.deploy.changes import Diagnostic

_SAID = re.compile(
    r"User: (?P<who>arn:\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>arn:\S+|\*))?"
)
# What the AWS SDK for Go puts before an answer, and a status without a word of who and what.
_BARE = re.compile(
    r"operation error (?P<service>[\w ]+): (?P<operation>\w+), https response error StatusCode: 403,"
    r".*?(?:api error )?(?:Forbidden|AccessDenied: Access Denied)"
)


class Asking(Protocol):
    """Whoever knows who is calling."""

    def caller_arn(self) -> str:
        """The ARN of the operator, as AWS calls him in an error; empty where it can't be asked."""
        ...


def missing(errors: Sequence[Diagnostic], aws: Asking) -> list[str]:
    """What the operator lacks (``s3:GetObject on arn:...``), where nothing else went wrong; else empty."""
    caller = cache(aws.caller_arn)  # a question to AWS, and the same answer for every error
    found = [_one(f"{error.summary} {error.detail}", caller) for error in errors]
    return list(dict.fromkeys(filter(None, found))) if all(found) else []


def _one(text: str, caller: Callable[[], str]) -> str:
    text = " ".join(text.split())
    said = _SAID.search(text)
    if said:
        on = f" on {said['resource'].rstrip(',.')}" if said["resource"] else ""
        return f"{said['action']}{on}" if said["who"] == caller() else ""
    bare = _BARE.search(text)
    if bare is None:
        return ""
    service = bare["service"].lower().replace(" ", "-")
    return UNSAID.get(bare["operation"], f"{service}:{bare['operation']}")
