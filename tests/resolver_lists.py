"""Under which key Route 53 Resolver and its profiles answer each list that the doctor asks for."""

LISTS = {
    "list_profile_associations": "ProfileAssociations",
    "list_profile_resource_associations": "ProfileResourceAssociations",
    "list_resolver_rule_associations": "ResolverRuleAssociations",
    "list_resolver_rules": "ResolverRules",
    "list_firewall_rule_group_associations": "FirewallRuleGroupAssociations",
    "list_firewall_rules": "FirewallRules",
    "list_firewall_domain_lists": "FirewallDomainLists",
    "list_firewall_domains": "Domains",
}
