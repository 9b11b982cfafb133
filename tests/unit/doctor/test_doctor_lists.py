"""Lists that come one item a page: nothing that AWS puts on a later page is overlooked."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from dpctl.config import load_environment
from dpctl.doctor import fixing, questions
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Asker
from dpctl.doctor.chain import Follower, names_of
from dpctl.doctor.logs import Reader
from dpctl.doctor.network import Network
from dpctl.doctor.sections import Sections
from dpctl.doctor.target import Target
from dpctl.flows.looking import Look
from tests.unit.doctor.chains import NAMES

KEYS = {
    "list_schedules": "Schedules",
    "list_targets_by_rule": "Targets",
    "list_event_source_mappings": "EventSourceMappings",
    "describe_integrations": "Integrations",
    "describe_log_groups": "logGroups",
    "describe_vpc_endpoints": "VpcEndpoints",
    "list_hosted_zones_by_vpc": "HostedZoneSummaries",
    "list_objects_v2": "Contents",
    "get_triggers": "Triggers",
}


class OneAPage:
    """An account whose lists have one item a page, each with what leads to the next one."""

    def __init__(self, **lists):
        self.lists = lists

    def client(self, _):
        return self

    def get_paginator(self, operation):
        return Pages(lambda **params: self.page(operation, params), len(self.lists[operation]))

    def __getattr__(self, operation):
        return lambda **params: self.page(operation, params)

    def page(self, operation, params):
        if operation == "get_schedule":
            return {"Name": params["Name"]}
        number = int(params.get("NextToken") or params.get("ContinuationToken") or 0)
        items = self.lists[operation]
        more = str(number + 1) if number + 1 < len(items) else None
        return {
            KEYS[operation]: items[number : number + 1],
            "NextToken": more,
            "NextContinuationToken": more,
            "IsTruncated": more is not None,
        }


class Pages:
    def __init__(self, page, count):
        self.page, self.count = page, count

    def paginate(self, **params):
        return (self.page(**params, NextToken=str(number)) for number in range(self.count))


def follower(**lists):
    return Follower(Asker(OneAPage(**lists)), NAMES)


def answer(question):
    return question[1]()


def test_every_schedule_is_looked_at():
    asker = Asker(OneAPage(list_schedules=[{"Name": "a"}, {"Name": "b"}, {"Name": "c"}]))

    assert [one["Name"] for one in questions.schedules(asker, NAMES)] == ["a", "b", "c"]


def test_an_integration_on_the_last_page_is_found():
    source = NAMES.s3(NAMES.source)
    asker = Asker(
        OneAPage(describe_integrations=[{"SourceArn": "x"}, {"SourceArn": "y"}, {"SourceArn": source}])
    )

    assert questions.integrations(asker, NAMES) == [{"SourceArn": source}]


@pytest.mark.parametrize(
    ("operation", "round_", "fact"),
    [("list_targets_by_rule", "beginnings", "targets"), ("list_event_source_mappings", "middle", "mappings")],
)
def test_every_target_and_every_mapping_is_seen(operation, round_, fact):
    made = follower(**{operation: [{"Id": 1}, {"Id": 2}, {"Id": 3}]})

    found = answer(getattr(made, round_)()[fact])

    assert [one["Id"] for one in found[KEYS[operation]]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("kept", "arguments", "asked"),
    [
        ("test/redshift", {}, True),
        ("", {"--secret_arn": "arn:aws:secretsmanager:x:1:secret:redshift!n-admin"}, True),
        ("", {}, False),  # Redshift keeps the password, and the job signs in with its role
    ],
)
def test_a_login_that_nobody_needs_is_not_missed(kept, arguments, asked):
    made = Follower(Asker(OneAPage()), replace(NAMES, secret=kept))
    made.asker.facts["job"] = {"Job": {"DefaultArguments": arguments}}

    assert ("secret" in made.rest()) is asked


def test_where_redshift_keeps_the_password_no_secret_of_ours_is_looked_for(repo):
    assert names_of(load_environment(repo, "dev")).secret == "test/redshift"
    assert names_of(load_environment(repo, "prod")).secret == ""


def test_the_log_of_the_connections_own_tests_is_found_behind_others():
    names = [
        "/aws-glue/testconnection/error",
        "/aws-glue/testconnection/other",
        "/aws-glue/testconnection/mine",
    ]
    asker = Asker(OneAPage(describe_log_groups=[{"logGroupName": name} for name in names]))
    sections = Sections(asker, Target("mine", "r"))

    assert Reader(asker, sections.known)._groups("mine") == ["/aws-glue/testconnection/mine"]


def test_every_hosted_zone_is_asked_about():
    zones = [{"HostedZoneId": str(n), "Name": f"{n}.example."} for n in range(3)]
    asker = Asker(OneAPage(list_hosted_zones_by_vpc=zones))
    subnet = m.Subnet("subnet-1", "vpc-1", "za", "10.0.0.0/24", 9)
    asker.facts |= {
        s.CONNECTION.name: m.Connection("c", "JDBC", subnet="subnet-1"),
        s.SUBNETS.name: (subnet,),
        s.ROUTES.name: (m.RouteTable("rtb", "vpc-1", True, (), (m.Route("0.0.0.0/0", "tgw-1"),)),),
    }

    assert [one.name for one in Network(asker, Target("c", "r")).zones()] == [
        "0.example",
        "1.example",
        "2.example",
    ]


def test_a_new_endpoint_on_the_last_page_is_no_lost_one():
    endpoints = [{"VpcEndpointId": f"vpce-{n}", "State": "available"} for n in range(3)]
    said = []
    fixer = fixing.Fixer(OneAPage(describe_vpc_endpoints=endpoints), "c", None, said.append)
    fixer._new = ["vpce-2"]

    fixer._wait_for_endpoints()

    assert said == []


def test_status_counts_what_is_on_later_pages():
    objects = [{"Key": f"k{n}", "LastModified": datetime(2026, 1, 1, tzinfo=UTC)} for n in range(3)]
    eyes = Look.__new__(Look)
    eyes.aws, eyes.calls = OneAPage(list_objects_v2=objects), 0

    assert [one["Key"] for one in eyes.objects("bucket", "prefix/")] == ["k0", "k1", "k2"]
    assert eyes.calls == 3


class Blocking:
    """EC2 as far as VPC Block Public Access goes; exclusions come one a page."""

    def __init__(self, mode, exclusions=(), refuses="", code="UnauthorizedOperation"):
        self.mode, self.exclusions, self.refuses, self.code = mode, exclusions, refuses, code

    def client(self, _):
        return self

    def _refuse(self, name):
        if self.refuses == name:
            raise ClientError({"Error": {"Code": self.code}}, name)

    def describe_vpc_block_public_access_options(self):
        self._refuse("options")
        return {
            "VpcBlockPublicAccessOptions": {
                "InternetGatewayBlockMode": self.mode,
                "State": "update-complete",
            }
        }

    def describe_vpc_block_public_access_exclusions(self, NextToken="0"):
        self._refuse("exclusions")
        number = int(NextToken)
        more = {"NextToken": str(number + 1)} if number + 1 < len(self.exclusions) else {}
        return {"VpcBlockPublicAccessExclusions": self.exclusions[number : number + 1], **more}


def excluding(resource, state="create-complete"):
    return {"ResourceArn": f"arn:aws:ec2:r:1:{resource}", "State": state}


EXCLUSIONS = (
    excluding("vpc/vpc-1"),
    excluding("subnet/subnet-9", "create-in-progress"),
    excluding("subnet/subnet-2", "update-complete"),
)


def blocked(made, target="nat-1"):
    asker = Asker(made)
    route = m.Route("0.0.0.0/0", target)
    asker.facts |= {
        s.CONNECTION.name: m.Connection("c", "JDBC", subnet="subnet-1"),
        s.SUBNETS.name: (m.Subnet("subnet-1", "vpc-1", "za", "10.0.0.0/24", 9),),
        s.ROUTES.name: (m.RouteTable("rtb", "vpc-1", True, (), (route,)),),
    }
    network = Network(asker, Target("c", "r"))
    network.fill(s.PUBLIC_BLOCK, network.public_block)
    return asker.facts[s.PUBLIC_BLOCK.name], asker.calls


@pytest.mark.parametrize(
    ("made", "found", "calls"),
    [
        (Blocking("off"), m.PublicBlock("off"), 1),
        (Blocking("block-ingress", EXCLUSIONS), m.PublicBlock("block-ingress"), 1),
        (
            Blocking("block-bidirectional", EXCLUSIONS),
            m.PublicBlock("block-bidirectional", excluded=("vpc-1", "subnet-2")),
            4,
        ),
        (Blocking("off", refuses="options", code="InvalidAction"), None, 1),
        (
            Blocking("block-bidirectional", refuses="exclusions"),
            m.PublicBlock("block-bidirectional", unseen="ec2:DescribeVpcBlockPublicAccessExclusions"),
            2,
        ),
    ],
)
def test_block_public_access_is_asked_about(made, found, calls):
    assert blocked(made) == (found, calls)


def test_block_public_access_that_may_not_be_seen_is_unknown():
    found, _ = blocked(Blocking("off", refuses="options"))

    assert isinstance(found, s.Unknown)
    assert blocked(Blocking("off"), target="tgw-1") == (None, 0)  # and nobody asks where there is no NAT
