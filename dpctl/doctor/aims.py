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

# What each check of the pipeline looks at. Roles first: a service that can't take its role on does nothing.
PIPELINE = {
    "PD01": ("static:module.audit.aws_cloudtrail.this", "static:module.storage.aws_s3_bucket_policy.this"),
    "PD02": ("static:module.audit.aws_cloudtrail.this",),
    "PD03": ("ddb-redshift:module.eventbridge.aws_cloudwatch_event_rule.writes",),
    "PD04": ("ddb-redshift:module.eventbridge.aws_cloudwatch_event_target.state_machine",),
    "PD05": ("ddb-redshift:module.stepfunctions.aws_sfn_state_machine.log_event",),
    "PD06": (
        "ddb-redshift:module.glue.aws_glue_workflow.orders",
        "ddb-redshift:module.glue.aws_glue_trigger.start",
    ),
    "PD07": ("ddb-redshift:module.glue.aws_glue_trigger.start",),
    "PD08": (
        "static:module.iam",
        "ddb-redshift:module.iam",
        "s3-redshift:module.iam",
        "redshift-s3:module.iam",
    ),
    "PD09": ("ddb-redshift:module.glue.aws_glue_job.this",),
    "PD13": ("static:module.databases.aws_dynamodb_table.orders",),
    "PD14": ("static:module.secrets",),
    "PD15": ("static:module.audit",),
    "PD16": ("ddb-redshift:module.stream", "static:module.databases.aws_dynamodb_table.orders"),
    "PD17": ("ddb-redshift:module.stepfunctions.aws_scheduler_schedule.sweeper",),
    "PD20": ("s3-redshift:module.redshift_autocopy",),
    "PD21": ("static:module.storage.aws_s3_bucket_policy.this",),
    "PD30": ("redshift-s3:module.scheduler",),
    "PD31": ("redshift-s3:module.lambda", "redshift-s3:module.scheduler"),
}


def endpoints(services: Iterable[str]) -> tuple[str, ...]:
    """The interface endpoints of some services, and the rules without which they let nobody in."""
    made = (f'{NETWORK}.aws_vpc_endpoint.interface["{service}"]' for service in services)
    return (*made, *ENDPOINTS)


def of_layers(code: str, layers: Iterable[str]) -> tuple[str, ...]:
    """What heals the fault of a check in some layers; nothing where only whole layers do."""
    named = set(layers)
    return tuple(one for one in PIPELINE.get(code, ()) if one.partition(":")[0] in named)


def complete(targets: Iterable[str], whole: Iterable[str]) -> tuple[str, ...]:
    """Each target once; none of a layer that has to be applied whole."""
    rest = set(whole)
    return tuple(dict.fromkeys(one for one in targets if one.partition(":")[0] not in rest))
