"""Which errors of Terraform say that the operator lacks a permission, and which one."""

from __future__ import annotations

import pytest

from dpctl.deploy.changes import Diagnostic
from dpctl.deploy.denials import missing

ME = "arn:aws:sts::111122223333:assumed-role/plan/dpctl"
JOB = "arn:aws:sts::111122223333:assumed-role/GlueRole/GlueJobRunnerSession"
GLUE = "arn:aws:glue:ap-south-1:111122223333:job/j"


class Me:
    def caller_arn(self):
        return ME


def said(who, action, on=""):
    return (
        "operation error Glue: CreateJob, https response error StatusCode: 400, RequestID: 1, api error "
        f"AccessDeniedException: User: {who} is not authorized to perform: {action}{on} because no "
        f"identity-based policy allows the {action} action"
    )


HEAD = (
    "reading S3 Bucket (b): operation error S3: HeadBucket, https response error StatusCode: 403, "
    "RequestID: 1, HostID: 2, api error Forbidden: Forbidden"
)
CASES = {
    "with a resource": ([said(ME, "glue:CreateJob", f" on resource: {GLUE}")], [f"glue:CreateJob on {GLUE}"]),
    "on everything": ([said(ME, "ec2:DescribeVpcs")], ["ec2:DescribeVpcs"]),
    "broken into lines": (
        [said(ME, "glue:CreateJob", f"\n  on resource: {GLUE}")],
        [f"glue:CreateJob on {GLUE}"],
    ),
    "an answer without a body": ([HEAD], ["s3:ListBucket"]),
    "each once": ([said(ME, "glue:CreateJob")] * 2, ["glue:CreateJob"]),
    "a role's": ([said(JOB, "s3:GetObject")], []),
    "one of two": ([said(ME, "glue:CreateJob"), "Invalid index"], []),
    "anything else": (["api error ValidationException: no"], []),
    "none": ([], []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_operator_lacks(name):
    texts, wanted = CASES[name]
    assert missing([Diagnostic("creating it", text) for text in texts], Me()) == wanted
