"""Which addresses of the layers heal what: a fix applies these, with what they need, and nothing else.

A name is ``LAYER:ADDRESS``, as ``dpctl apply --target`` takes it. What hangs on a resource without being
needed by it (the rules of a security group) does not come along by itself, so it is named here as well.
"""

from __future__ import annotations

from collections.abc import Iterable

NETWORK = "static:module.networking"
CONNECTION = "ddb-redshift:module.glue.aws_glue_connection.redshift"
SELF_RULES = (
    f"{NETWORK}.aws_vpc_security_group_ingress_rule.self",
    f"{NETWORK}.aws_vpc_security_group_egress_rule.self",
)
S3 = (
    f"{NETWORK}.aws_vpc_endpoint_route_table_association.gateway",
    f"{NETWORK}.aws_vpc_security_group_egress_rule.gateway",
)
# With private DNS an endpoint answers for the whole VPC: without these rules it would cut others off.
ENDPOINTS = (
    f"{NETWORK}.aws_vpc_security_group_egress_rule.endpoints",
    f"{NETWORK}.aws_vpc_security_group_ingress_rule.endpoints_from_database",
    f"{NETWORK}.aws_vpc_security_group_ingress_rule.endpoints_from_vpc",
)


def endpoints(services: Iterable[str]) -> tuple[str, ...]:
    """The interface endpoints of some services, and the rules without which they let nobody in."""
    made = (f'{NETWORK}.aws_vpc_endpoint.interface["{service}"]' for service in services)
    return (*made, *ENDPOINTS)


def complete(targets: Iterable[str], whole: Iterable[str]) -> tuple[str, ...]:
    """Each target once; none of a layer that has to be applied whole."""
    rest = set(whole)
    return tuple(dict.fromkeys(one for one in targets if one.partition(":")[0] not in rest))
