# ruff: noqa: E501 - tables read better with a row on a line
"""Beside Glue's own READY: what AWS's answers prove stays a fault, what is concluded from them is a warning."""

import re
from dataclasses import replace

import pytest

from dpctl.doctor import snapshot as s
from dpctl.doctor.catalogue import CONNECTION
from dpctl.doctor.diagnosis import diagnose
from tests.unit.doctor import accounts as a
from tests.unit.doctor import further, reported, scenarios, strangers, visitors
from tests.unit.doctor.accounts import account, edit, properties, put
from tests.unit.doctor.scenarios import E, N

# By code: what a fault says that no test of yesterday outweighs, because an API says today that it is so (or
# because env.yaml asks for something else). A code without a line fails beside READY never.
PROVEN = {
    "GC00": r"env.yaml is about account",  # GetCallerIdentity
    "GC01": r"without a subnet",  # GetWorkgroup says that the warehouse is not public
    "GC03": r"no workgroup of this region has the host|the port is \d+, the warehouse listens on",  # GetWorkgroup
    "GC04": r"does not exist|the subnet is in|the VPC of env.yaml is|is the id of the zone|it is no id of a subnet",  # DescribeSubnets
    "GC05": r"the warehouse is in|is none of the private subnets",  # env.yaml
    "GC06": r"\d+ are needed",  # DescribeSubnets
    "GC07": r"enableDns(Support|Hostnames) of \S+ is off|blocks",  # DescribeVpcAttribute, DNS Firewall's rules
    "GC08": r"a public route|is isolated|no route to public addresses|\[blackhole\]|outside of the VPC",  # DescribeRouteTables
    "GC09": r"is (failed|deleted)|private NAT gateway|does not lead to an internet gateway|VPC Block Public Access",  # DescribeNatGateways
    "GC10": r"has no endpoint for s3|\[blackhole\]|private DNS is off|no rule that lets 443 out",  # DescribeVpcEndpoints
    "GC11": r"\(for jobs\)|ends at",  # what the others have found
    "GC12": r"has no endpoint for sts|vpce-\S+ ",  # DescribeVpcEndpoints
    "GC13": r"has no endpoint for",  # DescribeVpcEndpoints
    "GC14": r"no rule that lets 443 in",  # DescribeSecurityGroups
    "GC15": r"denies \S+ to everybody|does not allow s3:",  # the endpoint's policy; S3's is about scripts, which no test reads
    "GC16": r"does not exist|the subnet in",  # DescribeSecurityGroups
    "GC17": r"no inbound rule opens",  # DescribeSecurityGroups
    "GC18": r"no rule that lets|does not let all TCP ports out",  # DescribeSecurityGroups
    "GC19": r"drops (in|out)bound",  # DescribeNetworkAcls
    "GC20": r"is [A-Za-z-]+ in vpc|no route to|does not lead to private addresses|in another VPC|\[blackhole\]|does not resolve names",  # GetWorkgroup, routes
    "GC21": r"no rule that lets",  # DescribeSecurityGroups
    "GC24": r"does not exist|scheduled for deletion|AWSCURRENT|it has no key|not a JSON object",  # DescribeSecret, the secret's keys
    "GC25": r"does not exist|may take on \S+: denied|explicitDeny",  # GetRole, the simulator
    "GC26": r"can't be used",  # DescribeKey
    "GC27": r"asked the global STS",  # the job's own log
}  # fmt: skip
FAULTS = [
    *scenarios.BROKEN,
    *reported.KIN,
    *reported.FLAT,
    *(case for made in (further, strangers, visitors) for case in made.BROKEN),
]


def ready(snapshot):
    """The account after a test that succeeded."""
    connection = snapshot.known(s.CONNECTION)
    if connection is None:
        return snapshot
    return snapshot.having(s.CONNECTION, replace(connection, status="READY", reason=""))


def found(snapshot):
    return {one.code: one for one in diagnose(ready(snapshot)).findings}


def test_every_fault_that_stays_beside_ready_is_one_that_aws_proves():
    assert set(PROVEN) <= {one.code for one in CONNECTION}
    seen = set()
    for case in FAULTS:
        snapshot = ready(case.build())
        if snapshot.known(s.CONNECTION) is None:
            continue
        for one in diagnose(snapshot).findings:
            if one.result == "fail":
                said = " ".join(one.evidence)
                assert one.code in PROVEN, (case.name, one)
                assert re.search(PROVEN[one.code], said), (case.name, one.code, said)
                seen.add(one.code)
    assert seen == set(PROVEN)


def url(text):
    return properties(JDBC_CONNECTION_URL=text)


HOST = "default-workgroup.054158074701.ap-south-1.redshift-serverless.amazonaws.com"
INSIDE = a.m.SecretKeys(keys=("username", "password", "host"), host="other.example")
ONLY_ROLE_OF_ANOTHER = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::054158074701:role/Other"}, "Action": "*", "Resource": "*"}]}'


CONCLUDED = [
    ([url(f"jdbc:redshift://{HOST}:5439/")], "GC03"),
    ([url(f"jdbc:redshift://{HOST}:5439")], "GC03"),
    ([url("jdbc:redshift:something new")], "GC03"),
    ([edit(s.CONNECTION, secret="", plaintext_password=False)], "GC03"),
    ([edit(s.CONNECTION, subnet=""), edit(s.WAREHOUSE, public=True)], "GC01"),
    ([edit(s.WAREHOUSE, require_ssl=True), properties(JDBC_ENFORCE_SSL="false")], "GC23"),
    ([put(s.SECRET_KEYS, INSIDE)], "GC24"),
    ([edit(s.ENDPOINTS, "vpce-sts", policy=ONLY_ROLE_OF_ANOTHER)], "GC15"),
    ([edit(s.ENDPOINTS, "vpce-secretsmanager", policy=ONLY_ROLE_OF_ANOTHER)], "GC15"),
]


@pytest.mark.parametrize(("changes", "code"), CONCLUDED)
@pytest.mark.parametrize("base", [E, N], ids=["endpoints", "nat"])
def test_ready_outweighs_what_is_only_concluded(base, changes, code):
    base = E if code == "GC15" else base  # a policy of an endpoint's
    snapshot = account(base, *changes)

    one = found(snapshot)[code]

    assert one.result == "warn"
    assert "READY, which outweighs this" in one.evidence[-1]
    assert diagnose(ready(snapshot)).verdict is None
    untested = snapshot.having(s.CONNECTION, replace(snapshot.known(s.CONNECTION), status="", reason=""))
    assert {each.code: each for each in diagnose(untested).findings}[code].result == "fail"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([url(f"jdbc:redshift://{HOST}:5440/")], "GC03"),  # the database is concluded, the port is proven
        ([edit(s.ENDPOINTS, "vpce-sts", policy=ONLY_ROLE_OF_ANOTHER.replace("Allow", "Deny").replace('{"AWS": "arn:aws:iam::054158074701:role/Other"}', '"*"'))], "GC15"),
        ([put(s.SECRET_KEYS, replace(INSIDE, keys=("user",)))], "GC24"),
        ([edit(s.CONNECTION, subnet="")], "GC01"),
    ],
)  # fmt: skip
def test_ready_outweighs_no_proof_beside_a_conclusion(changes, code):
    assert found(account(E, *changes))[code].result == "fail"
