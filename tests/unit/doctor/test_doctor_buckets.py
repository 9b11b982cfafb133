# ruff: noqa: E501 - tables read better with a row on a line
"""What a bucket's policy takes away from the roles on the way."""

import json

import pytest

from dpctl.doctor import pipeline
from dpctl.doctor.links import Chain
from dpctl.doctor.snapshot import Unknown
from tests.unit.doctor.chains import FACTS, NAMES

ROLE = "arn:aws:iam::054158074701:role/service-role/Glue"
SCRIPT = "arn:aws:s3:::assets/scripts/x.py"
READS = {"name": "Glue", "arn": ROLE, "trust": "{}", "decisions": [("s3:GetObject", SCRIPT, "allowed"), ("dynamodb:BatchGetItem", "t", "allowed")]}  # fmt: skip


def deny(**changes):
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::assets", "arn:aws:s3:::assets/*"], **changes}  # fmt: skip


def when(**condition):
    return deny(Condition=condition)


ALLOW = deny(Effect="Allow")
CASES = [
    # nothing denies
    ([], "pass"),
    ([ALLOW], "pass"),
    ([when(Bool={"aws:SecureTransport": "false"})], "pass"),
    ([when(NumericLessThan={"s3:TlsVersion": "1.2"}, Bool={"aws:SecureTransport": "false"})], "pass"),
    ([deny(Action="s3:PutObject")], "pass"),
    ([deny(NotAction="s3:*")], "pass"),
    ([deny(Resource="arn:aws:s3:::assets/other/*")], "pass"),
    ([deny(NotResource="arn:aws:s3:::assets/scripts/*")], "pass"),
    ([deny(Principal={"AWS": "arn:aws:iam::054158074701:role/Other"})], "pass"),
    ([deny(Principal={"AWS": "999999999999"})], "pass"),
    ([{**deny(), "Principal": None, "NotPrincipal": {"AWS": ROLE}}], "pass"),
    ([when(ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::054158074701:role/service-role/*"})], "pass"),
    ([when(ArnNotEquals={"aws:PrincipalArn": [ROLE, "arn:aws:iam::054158074701:role/Other"]})], "pass"),
    ([when(StringNotEquals={"aws:PrincipalAccount": "054158074701"})], "pass"),
    ([when(StringNotLikeIfExists={"aws:PrincipalArn": "*/Glue"})], "pass"),
    ([when(StringNotEquals={"aws:PrincipalAccount": "054158074701", "aws:SourceVpce": "vpce-1"})], "pass"),
    # it is denied
    ([deny()], "fail"),
    ([ALLOW, deny()], "fail"),
    ([deny(Action=["s3:Get*"])], "fail"),
    ([deny(NotAction="s3:PutObject")], "fail"),
    ([deny(Principal={"AWS": ROLE})], "fail"),
    ([deny(Principal={"AWS": "054158074701"})], "fail"),
    ([deny(Principal={"AWS": "*"}, Resource=SCRIPT)], "fail"),
    ([{**deny(), "Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::054158074701:role/Other"}}], "fail"),
    ([when(StringNotEquals={"aws:PrincipalArn": "arn:aws:iam::054158074701:role/Other"})], "fail"),
    ([when(ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/service-role/Glue"})], "fail"),
    ([when(Bool={"aws:SecureTransport": "true"})], "fail"),
    ([when(StringEquals={"aws:RequestedRegion": "ap-south-1"})], "fail"),
    # it may be
    ([when(StringNotEquals={"aws:SourceVpce": "vpce-1"})], "warn"),
    ([when(NotIpAddress={"aws:SourceIp": "10.0.0.0/8"})], "warn"),
    ([when(StringNotEquals={"aws:PrincipalOrgID": "o-1"})], "warn"),
    ([when(NumericLessThan={"s3:TlsVersion": "1.2"})], "warn"),
    ([when(StringEquals={"aws:PrincipalAccount": "054158074701"}, StringNotEquals={"aws:SourceVpc": "vpc-1"})], "warn"),
]  # fmt: skip


def judged(text):
    facts = {**FACTS, "policies": {"assets": text}, "role:Glue:glue.amazonaws.com": READS}
    return next(one for one in pipeline.examine(Chain(NAMES, facts)) if one.code == "PD19")


@pytest.mark.parametrize(("statements", "result"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_a_deny_is_judged_as_s3_judges_it(statements, result):
    found = judged(json.dumps({"Statement": statements}) if statements else "")

    assert found.result == result
    if result != "pass":
        assert f"denies s3:GetObject on {SCRIPT} to Glue" in found.evidence[-1]
        assert found.fix.commands == ("aws s3api get-bucket-policy --bucket assets --region ap-south-1",)


def test_a_policy_that_can_t_be_read_is_no_fault():
    assert judged("no json").result == "warn"
    facts = {**FACTS, "policies": Unknown("s3:GetBucketPolicy", "AccessDenied")}
    chain = Chain(NAMES, facts)
    findings = pipeline.examine(chain)
    assert {one.code: one.result for one in findings if one.result != "pass"} == {"PD19": "error"}
    assert pipeline.exit_code(chain, findings) == 4
