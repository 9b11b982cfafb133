# ruff: noqa: E501 - tables read better with a row on a line
"""What is asked about the names of a VPC: profiles, Resolver rules and DNS Firewall, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Asker
from dpctl.doctor.resolver import Resolver
from dpctl.doctor.target import Target
from tests.resolver_lists import LISTS

AUTODEFINED = {
    "ResolverRuleId": "rslvr-autodefined-rr-internet-resolver",
    "VPCId": "vpc-1",
    "Status": "COMPLETE",
}
HUB = {
    "Id": "rslvr-rr-1", "DomainName": "amazonaws.com.", "RuleType": "FORWARD",
    "TargetIps": [{"Ip": "10.0.0.10", "Port": 53}, {"Ipv6": "fd00::1"}],
}  # fmt: skip
SYSTEM = {"Id": "rslvr-rr-2", "DomainName": ".", "RuleType": "SYSTEM"}
OTHERS = {"Id": "rslvr-rr-9", "DomainName": "other.example.", "RuleType": "FORWARD"}


class Names:
    """Lists of Route 53 by operation, one item a page; some operations are refused."""

    def __init__(self, refused: dict[str, str] | None = None, **lists: Any) -> None:
        self.refused, self.lists = refused or {}, lists
        self.asked: list[str] = []

    def client(self, service: str) -> Names:
        return self

    def __getattr__(self, operation: str) -> Any:
        if operation.startswith("_"):
            raise AttributeError(operation)

        def call(**params: Any) -> Any:
            self.asked.append(operation)
            if operation in self.refused:
                raise ClientError({"Error": {"Code": self.refused[operation], "Message": "no"}}, operation)
            if operation == "get_hosted_zone":
                return {"HostedZone": {"Name": self.lists["zones"][params["Id"]]}}
            found = self.lists.get(operation, {})
            items = found.get(str(next(iter(params.values()), "")), ()) if isinstance(found, dict) else found
            at = int(params.get("NextToken", 0))
            more = {"NextToken": str(at + 1)} if at + 1 < len(items) else {}
            return {LISTS[operation]: list(items[at : at + 1]), **more}

        return call


def ask(names, servers=("AmazonProvidedDNS",), region="ap-south-1"):
    """The three sections, and the zones."""
    asker = Asker(names)
    asker.facts |= {
        s.CONNECTION.name: m.Connection("c", "JDBC", subnet="subnet-1"),
        s.SUBNETS.name: (m.Subnet("subnet-1", "vpc-1", "za", "10.0.0.0/24", 9),),
        s.VPCS.name: (m.Vpc("vpc-1", ("10.0.0.0/16",), "dopt-1"),),
        s.DHCP.name: (m.DhcpOptions("dopt-1", servers),),
        s.ZONES.name: (),
    }
    resolver = Resolver(asker, Target("c", region))
    resolver.ask()
    resolver.zones_of_profiles()
    wanted = (s.PROFILES, s.RESOLVER_RULES, s.DNS_FIREWALL, s.ZONES)
    return tuple(asker.facts[one.name] for one in wanted)


def of(*items, **more):
    """Associations of a VPC."""
    return {"vpc-1": list(items), **more}


def test_a_plain_vpc_takes_three_calls():
    names = Names(list_resolver_rule_associations=[AUTODEFINED])

    assert ask(names) == ((), (), (), ())
    assert len(names.asked) == 3


def test_the_rules_of_the_vpc_are_read_and_no_others():
    mine = [
        AUTODEFINED,
        {"ResolverRuleId": "rslvr-rr-1", "Status": "COMPLETE"},
        {"ResolverRuleId": "rslvr-rr-2"},
    ]
    going = {"ResolverRuleId": "rslvr-rr-9", "Status": "DELETING"}
    names = Names(list_resolver_rule_associations=[*mine, going], list_resolver_rules=[HUB, SYSTEM, OTHERS])

    _, rules, _, _ = ask(names)

    assert rules == (
        m.ResolverRule("rslvr-rr-1", "amazonaws.com", "FORWARD", ("10.0.0.10", "fd00::1")),
        m.ResolverRule("rslvr-rr-2", "", "SYSTEM"),
    )


def rule(number, priority, action="BLOCK", domains="list-1", **more):
    return {"FirewallRuleGroupId": f"g{number}", "Name": f"r{priority}", "Priority": priority, "Action": action,
            "FirewallDomainListId": domains, **more}  # fmt: skip


def test_the_rules_of_dns_firewall_come_in_the_order_in_which_they_are_tried():
    groups = [{"FirewallRuleGroupId": "g1", "Priority": 200}, {"FirewallRuleGroupId": "g2", "Priority": 101}]
    names = Names(
        list_firewall_rule_group_associations=of(*groups),
        list_firewall_rules={
            "g1": [rule(1, 9, BlockResponse="NODATA"), rule(1, 5, "ALLOW", "list-2")],
            "g2": [
                rule(2, 1, domains="list-aws"),
                rule(2, 2, Qtype="AAAA"),
                rule(2, 3, "ALERT", Qtype="A"),
                {**rule(2, 4), "FirewallDomainListId": "", "DnsThreatProtection": "DGA"},
            ],
        },
        list_firewall_domain_lists=[{"Id": "list-aws", "ManagedOwnerName": "Route 53"}, {"Id": "list-1"}],
        list_firewall_domains={"list-1": ["Evil.example.", "*.evil.example."], "list-2": ["*"]},
    )

    _, _, found, _ = ask(names)

    evil = ("evil.example", "*.evil.example")
    assert found == (
        m.DnsRule("g2", "r3", "ALERT", "", evil),
        m.DnsRule("g1", "r5", "ALLOW", "", ("*",)),
        m.DnsRule("g1", "r9", "BLOCK", "NODATA", evil),
    )


def brought(kind, arn, **more):
    return {"ResourceType": kind, "ResourceArn": arn, "Status": "COMPLETE", **more}


def test_a_profile_brings_rules_groups_zones_and_endpoints():
    names = Names(
        list_profile_associations=of({"ProfileId": "rp-1", "Status": "COMPLETE"}),
        list_profile_resource_associations={
            "rp-1": [
                brought("RESOLVER_RULE", "arn:aws:route53resolver:r:1:resolver-rule/rslvr-rr-1"),
                brought("FIREWALL_RULE_GROUP", "arn:aws:route53resolver:r:1:firewall-rule-group/g1", ResourceProperties='{"priority": 102}'),
                brought("PRIVATE_HOSTED_ZONE", "arn:aws:route53:::hostedzone/Z1"),
                brought("VPC_ENDPOINT", "arn:aws:ec2:r:1:vpc-endpoint/vpce-hub"),
            ]
        },
        list_resolver_rules=[HUB, OTHERS],
        list_firewall_rules={"g1": [rule(1, 1)]},
        list_firewall_domains={"list-1": ["a.example."]},
        zones={"Z1": "corp.example."},
    )  # fmt: skip

    profiles, rules, firewall, zones = ask(names)

    assert [one.kind for one in profiles] == [
        "RESOLVER_RULE",
        "FIREWALL_RULE_GROUP",
        "PRIVATE_HOSTED_ZONE",
        "VPC_ENDPOINT",
    ]
    assert [one.id for one in rules] == ["rslvr-rr-1"]
    assert [one.name for one in firewall] == ["r1"]
    assert zones == (m.HostedZone("Z1", "corp.example"),)


GROUP = {"list_firewall_rule_group_associations": of({"FirewallRuleGroupId": "g1", "Priority": 1})}
RULES = {"list_firewall_rules": {"g1": [rule(1, 1)]}}
MINE = {"list_resolver_rule_associations": [{"ResolverRuleId": "rslvr-rr-1"}]}


@pytest.mark.parametrize(
    ("operation", "lists", "at", "permission"),
    [
        ("list_profile_associations", {}, 0, "route53profiles:ListProfileAssociations"),
        ("list_resolver_rule_associations", {}, 1, "route53resolver:ListResolverRuleAssociations"),
        ("list_resolver_rules", MINE, 1, "route53resolver:ListResolverRules"),
        ("list_firewall_rule_group_associations", {}, 2, "route53resolver:ListFirewallRuleGroupAssociations"),
        ("list_firewall_domain_lists", GROUP, 2, "route53resolver:ListFirewallDomainLists"),
        ("list_firewall_rules", GROUP, 2, "route53resolver:ListFirewallRules"),
    ],
)
def test_what_is_refused_is_unknown_and_names_its_permission(operation, lists, at, permission):
    found = ask(Names({operation: "AccessDeniedException"}, **lists))[at]

    assert isinstance(found, s.Unknown)
    assert found.need == permission


def test_a_list_of_domains_that_may_not_be_read_is_a_rule_nobody_knows():
    _, _, [found], _ = ask(Names({"list_firewall_domains": "AccessDeniedException"}, **GROUP, **RULES))

    assert found == m.DnsRule("g1", "r1", "BLOCK", "", (), "route53resolver:ListFirewallDomains")


def test_a_zone_of_another_account_has_no_name_here():
    names = Names(
        {"get_hosted_zone": "AccessDenied"},
        list_profile_associations=of({"ProfileId": "rp-1"}),
        list_profile_resource_associations={"rp-1": [brought("PRIVATE_HOSTED_ZONE", "arn:aws:route53:::hostedzone/Z1")]},
    )  # fmt: skip

    profiles, _, _, zones = ask(names)

    assert profiles == (m.Brought("PRIVATE_HOSTED_ZONE", "Z1"),)
    assert zones == ()


def test_nobody_asks_where_amazon_s_dns_is_not_asked_or_there_are_no_profiles():
    own = Names(list_resolver_rule_associations=[{"ResolverRuleId": "rslvr-rr-1"}])
    assert ask(own, servers=("10.0.0.53",)) == ((), (), (), ())
    assert own.asked == []

    china = Names()
    ask(china, region="cn-north-1")
    assert "list_profile_associations" not in china.asked


def test_a_region_without_the_operations_has_nothing_of_the_kind():
    refused = dict.fromkeys(LISTS, "UnknownOperationException")

    assert ask(Names(refused)) == ((), (), (), ())
