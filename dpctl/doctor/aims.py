# ruff: noqa: E501 - tables read better with a row on a line
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


# -- the pipeline ------------------------------------------------------------------------------------------

TRAIL = "static:module.audit.aws_cloudtrail.this"
RULE = "ddb-redshift:module.eventbridge.aws_cloudwatch_event_rule.writes"
RULE_TARGET = "ddb-redshift:module.eventbridge.aws_cloudwatch_event_target.state_machine"
MACHINE = "ddb-redshift:module.stepfunctions.aws_sfn_state_machine.log_event"
SWEEPER_MACHINE = "ddb-redshift:module.stepfunctions.aws_sfn_state_machine.sweeper"
SWEEPER = "ddb-redshift:module.stepfunctions.aws_scheduler_schedule.sweeper"
TRIGGER = "ddb-redshift:module.glue.aws_glue_trigger.start"
JOB = 'ddb-redshift:module.glue.aws_glue_job.this["GlueTestjob"]'
MAPPING = "ddb-redshift:module.stream[0].aws_lambda_event_source_mapping.stream"
READER = "ddb-redshift:module.stream[0].aws_lambda_function.capture"
TABLE = "static:module.databases.aws_dynamodb_table.orders"
DUMP = "redshift-s3:module.scheduler.aws_scheduler_schedule.dump"
DUMPER = "redshift-s3:module.lambda.aws_lambda_function.unload"

# The roles by what env.yaml calls them, and what gives them their trust and their permissions.
_STATIC = (
    'static:module.iam.aws_iam_role.this["{name}"]',
    'static:module.iam.aws_iam_role_policy.keys["{name}"]',
)
_CAPTURE, _DUMPS = "ddb-redshift:module.iam.aws_iam_role", "redshift-s3:module.iam.aws_iam_role"
ROLES: dict[str, tuple[str, ...]] = {
    "events_to_step_functions": (f'{_CAPTURE}.events["step_functions"]', f'{_CAPTURE}_policy.events["step_functions"]'),
    "events_to_glue": (f'{_CAPTURE}.events["glue"]', f'{_CAPTURE}_policy.events["glue"]'),
    "step_functions": (f"{_CAPTURE}.step_functions", f"{_CAPTURE}_policy.step_functions", f"{_CAPTURE}_policy.keys"),
    "sweeper": (f"{_CAPTURE}.sweeper", f"{_CAPTURE}_policy.sweeper"),
    "capture_lambda": (f"{_CAPTURE}.stream[0]", f"{_CAPTURE}_policy.stream[0]", f"{_CAPTURE}_policy.stream_keys"),
    "scheduler": (f"{_DUMPS}.scheduler", f"{_DUMPS}_policy.scheduler"),
    "unload_lambda": (f"{_DUMPS}.unload_lambda", f"{_DUMPS}_policy.unload_lambda", f"{_DUMPS}_policy.keys"),
    "copy_scheduler": ("s3-redshift:module.iam.aws_iam_role.scheduler[0]", "s3-redshift:module.iam.aws_iam_role_policy.scheduler[0]"),
    "glue": (*_STATIC, "static:module.iam.aws_iam_role_policy.glue", f"{_CAPTURE}_policy.glue"),
    "redshift_commands": (*_STATIC, "static:module.iam.aws_iam_role_policy.redshift_commands", f"{_CAPTURE}_policy.redshift_commands"),
    "redshift_s3": (*_STATIC, 'static:module.iam.aws_iam_role_policy.redshift_s3["{name}"]'),
}  # fmt: skip
# What brings the link of a check back. What it needs comes along; what only hangs on it is named here: a role's
# policies, for nobody sees the role of a link that is gone.
CHECKS: dict[str, tuple[str, ...]] = {
    "PD01": (TRAIL, 'static:module.storage.aws_s3_bucket_policy.this["trail"]'),
    "PD02": (TRAIL,),
    "PD03": (RULE, RULE_TARGET, *ROLES["events_to_step_functions"]),
    "PD04": (RULE_TARGET, *ROLES["events_to_step_functions"]),
    "PD05": (MACHINE, *ROLES["step_functions"]),
    "PD06": ("ddb-redshift:module.glue.aws_glue_workflow.orders", TRIGGER),
    "PD07": (TRIGGER,),
    "PD09": (JOB, f"{_CAPTURE}_policy.glue"),
    "PD10": ("static:module.storage",),
    "PD11": ("static:module.storage",),
    "PD13": (TABLE,),
    "PD14": ("static:module.secrets",),
    "PD16": (READER, MAPPING, *ROLES["capture_lambda"]),
    "PD17": (SWEEPER, *ROLES["sweeper"]),
    "PD20": ("s3-redshift:module.redshift_autocopy.aws_redshift_integration.s3",),
    "PD21": ('static:module.storage.aws_s3_bucket_policy.this["source"]',),
    "PD23": ("s3-redshift:module.glue.aws_glue_job.gluejob",),
    "PD30": (DUMP, *ROLES["scheduler"]),
    "PD31": (DUMPER, "redshift-s3:module.lambda.aws_lambda_function_event_invoke_config.unload", *ROLES["unload_lambda"]),
}  # fmt: skip
QUEUE = (
    "ddb-redshift:module.eventbridge.aws_sqs_queue.dead_letters",
    "ddb-redshift:module.eventbridge.aws_sqs_queue_policy.dead_letters",
)
DUMP_QUEUE = ("redshift-s3:aws_sqs_queue.dead_letters",)
COPY_QUEUE = ("s3-redshift:module.redshift_autocopy.aws_sqs_queue.dead_letters",)


def of_role(kind: str, name: str) -> tuple[str, ...]:
    """What makes a role of env.yaml (its field, its name in AWS) what it should be."""
    return tuple(one.format(name=name) for one in ROLES[kind])


def put_back(targets: Iterable[str], *, trust: bool) -> tuple[str, ...]:
    """What a role's trust, or its own policies, lose of what somebody has put there, as ``--accept`` takes
    it; the static layer's policies are several of a name, which only a plan tells.
    """
    kind, attribute = ("aws_iam_role", "assume_role_policy") if trust else ("aws_iam_role_policy", "policy")
    single = (one for one in targets if f".{kind}." in one and ("[" in one or not one.startswith("static:")))
    return tuple(f"{one.partition(':')[2]}.{attribute}" for one in single if "keys" not in one)
