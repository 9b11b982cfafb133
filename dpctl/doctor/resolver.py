"""Who has a say in the names of the connection's VPC: Route 53 profiles, Resolver rules, DNS Firewall.

Amazon Route 53 developer guide, "Resolver rules", "How DNS Firewall filters", "Amazon Route 53 Profiles".
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dpctl.aws import partition
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import attempt, found, where_known
from dpctl.doctor.sections import Sections

RESOLVER, PROFILES = "route53resolver", "route53profiles"
AUTODEFINED = "rslvr-autodefined-"  # what every VPC has, and what answers as AWS itself does
EFFECTIVE = "COMPLETE"
RULE, GROUP, ZONE = "RESOLVER_RULE", "FIREWALL_RULE_GROUP", "PRIVATE_HOSTED_ZONE"
OF_A, OF_EVERY_KIND = frozenset({"A", "TYPE1", "1"}), ""  # Glue asks for addresses of IPv4


class Resolver(Sections):
    """Asks what stands between a name and its address in the connection's VPC."""

    def ask(self) -> None:
        """Profiles first: they bring rules and groups of their own."""
        subnet, _ = self.home()
        vpc = subnet.vpc if subnet and self._asked(subnet) else ""
        self.fill(s.PROFILES, lambda: tuple(self._profiles(vpc)) if vpc else ())
        brought = self.known(s.PROFILES) or ()
        self.fill(s.RESOLVER_RULES, lambda: self._rules(vpc, brought) if vpc else ())
        self.fill(s.DNS_FIREWALL, lambda: self._firewall(vpc, brought) if vpc else ())

    def zones_of_profiles(self) -> None:
        """The hosted zones that a profile brings are zones of the VPC."""
        zones = [one for one in self.known(s.PROFILES) or () if one.kind == ZONE and one.name]
        known = self.known(s.ZONES)
        if zones and known is not None:
            self.facts[s.ZONES.name] = (*known, *(m.HostedZone(one.id, one.name) for one in zones))

    def _asked(self, subnet: m.Subnet) -> bool:
        """Whether Amazon's DNS is asked at all."""
        vpc = s.find(self.known(s.VPCS) or (), subnet.vpc)
        options = s.find(self.known(s.DHCP) or (), vpc.dhcp_options) if vpc else None
        return options is None or not options.servers or "AmazonProvidedDNS" in options.servers

    def _list(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        listed = where_known(lambda: self.asker.following(service, operation, key, **params))
        return [one for one in listed or () if one.get("Status", EFFECTIVE) == EFFECTIVE]

    # -- profiles -----------------------------------------------------------------------------------------

    def _profiles(self, vpc: str) -> Iterable[m.Brought]:
        if partition(self.target.region) != "aws":  # not everywhere there are profiles
            return
        mine = self._list(
            "route53profiles", "list_profile_associations", "ProfileAssociations", ResourceId=vpc
        )
        for profile in dict.fromkeys(one["ProfileId"] for one in mine):
            brought = self._list(
                PROFILES, "list_profile_resource_associations", "ProfileResourceAssociations",
                ProfileId=profile,
            )  # fmt: skip
            for one in brought:
                identity = str(one.get("ResourceArn", "")).rsplit("/", 1)[-1]
                kind = str(one.get("ResourceType", ""))
                name = self._zone(identity) if kind == ZONE else _priority(one) if kind == GROUP else ""
                yield m.Brought(kind, identity, name)

    def _zone(self, identity: str) -> str:
        """A zone's name; empty where it is another account's."""
        answer = attempt(
            "route53:GetHostedZone",
            lambda: found(lambda: self.call("route53", "get_hosted_zone", Id=identity)),
        )
        if answer is None or isinstance(answer, s.Unknown):
            return ""
        return str(answer["HostedZone"]["Name"]).rstrip(".")

    # -- rules --------------------------------------------------------------------------------------------

    def _rules(self, vpc: str, brought: Iterable[m.Brought]) -> tuple[m.ResolverRule, ...] | s.Unknown:
        place = [{"Name": "VPCId", "Values": [vpc]}]
        mine = self._list(
            RESOLVER, "list_resolver_rule_associations", "ResolverRuleAssociations", Filters=place
        )
        wanted = {str(one["ResolverRuleId"]) for one in mine} | {
            one.id for one in brought if one.kind == RULE
        }
        wanted = {one for one in wanted if not one.startswith(AUTODEFINED)}
        if not wanted:
            return ()
        rules = attempt(
            "route53resolver:ListResolverRules",
            lambda: self._list(RESOLVER, "list_resolver_rules", "ResolverRules"),
        )
        if isinstance(rules, s.Unknown):
            return rules
        return tuple(_rule(one) for one in rules if one["Id"] in wanted)

    # -- DNS Firewall -------------------------------------------------------------------------------------

    def _firewall(self, vpc: str, brought: Iterable[m.Brought]) -> tuple[m.DnsRule, ...] | s.Unknown:
        """The rules in the order in which they are tried: the group's priority, then the rule's own."""
        mine = self._list(
            "route53resolver",
            "list_firewall_rule_group_associations",
            "FirewallRuleGroupAssociations",
            VpcId=vpc,
        )
        groups = [(int(one.get("Priority") or 0), str(one["FirewallRuleGroupId"])) for one in mine]
        groups += [(int(one.name or 0), one.id) for one in brought if one.kind == GROUP]
        if not groups:
            return ()
        managed = attempt("route53resolver:ListFirewallDomainLists", self._managed)
        if isinstance(managed, s.Unknown):
            return managed
        ordered = []
        for _, group in sorted(groups):
            rules = attempt(
                "route53resolver:ListFirewallRules",
                lambda group=group: self._list(  # type: ignore[misc]
                    RESOLVER, "list_firewall_rules", "FirewallRules", FirewallRuleGroupId=group
                ),
            )
            if isinstance(rules, s.Unknown):
                return rules
            ordered += sorted(rules, key=lambda one: int(one.get("Priority") or 0))
        return tuple(self._dns_rule(one) for one in ordered if _counts(one, managed))

    def _managed(self) -> frozenset[str]:
        """AWS's own lists: of what does harm, among which is no name of AWS's."""
        lists = self._list(RESOLVER, "list_firewall_domain_lists", "FirewallDomainLists")
        return frozenset(str(one["Id"]) for one in lists if one.get("ManagedOwnerName"))

    def _dns_rule(self, raw: Any) -> m.DnsRule:
        permission = "route53resolver:ListFirewallDomains"
        identity = raw["FirewallDomainListId"]
        domains = attempt(
            permission,
            lambda: self.asker.following(
                RESOLVER, "list_firewall_domains", "Domains", FirewallDomainListId=identity
            ),
        )
        unseen = domains.need if isinstance(domains, s.Unknown) else ""
        names = () if isinstance(domains, s.Unknown) else tuple(one.rstrip(".").lower() for one in domains)
        group, action = str(raw.get("FirewallRuleGroupId", "")), str(raw.get("Action", ""))
        return m.DnsRule(
            group, str(raw.get("Name", "")), action, str(raw.get("BlockResponse") or ""), names, unseen
        )


def _rule(raw: Any) -> m.ResolverRule:
    targets = tuple(str(one.get("Ip") or one.get("Ipv6") or "") for one in raw.get("TargetIps") or ())
    domain = str(raw.get("DomainName") or "").strip(".").lower()
    return m.ResolverRule(str(raw["Id"]), domain, str(raw.get("RuleType", "")), targets)


def _counts(raw: Any, managed: frozenset[str]) -> bool:
    """Whether a rule of DNS Firewall can be about the names that are asked for."""
    asked = str(raw.get("Qtype") or OF_EVERY_KIND).upper()
    named = str(raw.get("FirewallDomainListId") or "")
    return bool(named) and named not in managed and (asked == OF_EVERY_KIND or asked in OF_A)


def _priority(raw: Any) -> str:
    """The priority of a group that a profile brings; it is in a document of properties."""
    try:
        return str(int(json.loads(raw.get("ResourceProperties") or "{}").get("priority", 0)))
    except (ValueError, TypeError, AttributeError):
        return "0"
