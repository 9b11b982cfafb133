"""Which resource types can be adopted: a title, and how each is looked for.

The import ids are those of the provider's documentation (hashicorp/aws 5.100, section "Import" of each type).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dpctl.deploy.adopt import data, events, glue, identity, network, storage
from dpctl.deploy.adopt.inventory import Inventory, Values

Resolver = Callable[[Values, Inventory], str | None]


@dataclass(frozen=True)
class Kind:
    """A resource type. ``resolve`` gives the import id of what exists, or None."""

    title: str
    resolve: Resolver


# Creating these changes nothing that exists, so there is nothing to adopt.
HARMLESS = frozenset({"aws_default_security_group", "terraform_data", "null_resource", "random_id"})

KINDS: dict[str, Kind] = {
    # network
    "aws_vpc": Kind("VPC", network.vpc),
    "aws_subnet": Kind("subnet", network.subnet),
    "aws_internet_gateway": Kind("internet gateway", network.internet_gateway),
    "aws_nat_gateway": Kind("NAT gateway", network.nat_gateway),
    "aws_eip": Kind("elastic IP", network.elastic_ip),
    "aws_route_table": Kind("route table", network.route_table),
    "aws_route": Kind("route", network.route),
    "aws_route_table_association": Kind("route table association", network.route_table_association),
    "aws_vpc_endpoint": Kind("VPC endpoint", network.vpc_endpoint),
    "aws_vpc_endpoint_route_table_association": Kind(
        "route table of a VPC endpoint", network.vpc_endpoint_route_table_association
    ),
    "aws_security_group": Kind("security group", network.security_group),
    "aws_vpc_security_group_ingress_rule": Kind("ingress rule", network.ingress_rule),
    "aws_vpc_security_group_egress_rule": Kind("egress rule", network.egress_rule),
    # buckets
    "aws_s3_bucket": Kind("bucket", storage.bucket),
    "aws_s3_bucket_versioning": Kind(
        "versioning of a bucket", storage.setting("get_bucket_versioning", "Status")
    ),
    "aws_s3_bucket_server_side_encryption_configuration": Kind(
        "encryption of a bucket",
        storage.setting("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
    ),
    "aws_s3_bucket_public_access_block": Kind(
        "public access block of a bucket",
        storage.setting("get_public_access_block", "PublicAccessBlockConfiguration"),
    ),
    "aws_s3_bucket_policy": Kind("policy of a bucket", storage.setting("get_bucket_policy", "Policy")),
    "aws_s3_bucket_lifecycle_configuration": Kind(
        "lifecycle of a bucket", storage.setting("get_bucket_lifecycle_configuration", "Rules")
    ),
    "aws_s3_bucket_ownership_controls": Kind(
        "ownership of a bucket", storage.setting("get_bucket_ownership_controls", "OwnershipControls")
    ),
    "aws_s3_bucket_logging": Kind(
        "access log of a bucket", storage.setting("get_bucket_logging", "LoggingEnabled")
    ),
    "aws_s3_bucket_cors_configuration": Kind(
        "CORS of a bucket", storage.setting("get_bucket_cors", "CORSRules")
    ),
    "aws_s3_bucket_notification": Kind("notifications of a bucket", storage.notification),
    "aws_s3_object": Kind("object", storage.item),
    # identity
    "aws_iam_role": Kind("role", identity.role),
    "aws_iam_role_policy": Kind("inline policy of a role", identity.role_policy),
    "aws_iam_role_policy_attachment": Kind("attached policy of a role", identity.role_policy_attachment),
    "aws_iam_role_policy_attachments_exclusive": Kind("attached policies of a role", identity.exclusive),
    "aws_iam_role_policies_exclusive": Kind("inline policies of a role", identity.exclusive),
    "aws_iam_policy": Kind("policy", identity.policy),
    "aws_kms_key": Kind("KMS key", identity.kms_key),
    "aws_kms_key_policy": Kind("policy of a KMS key", identity.kms_key_policy),
    "aws_kms_alias": Kind("alias of a KMS key", identity.kms_alias),
    "aws_secretsmanager_secret": Kind("secret", identity.secret),
    "aws_secretsmanager_secret_version": Kind("version of a secret", identity.secret_version),
    "aws_secretsmanager_secret_policy": Kind("policy of a secret", identity.secret_policy),
    # data
    "aws_dynamodb_table": Kind("DynamoDB table", data.dynamodb_table),
    "aws_db_instance": Kind("RDS instance", data.db_instance),
    "aws_db_subnet_group": Kind("RDS subnet group", data.db_subnet_group),
    "aws_db_parameter_group": Kind("RDS parameter group", data.db_parameter_group),
    "aws_redshiftserverless_namespace": Kind("Redshift namespace", data.namespace),
    "aws_redshiftserverless_workgroup": Kind("Redshift workgroup", data.workgroup),
    "aws_redshiftserverless_usage_limit": Kind("Redshift usage limit", data.usage_limit),
    "aws_redshiftserverless_resource_policy": Kind("policy of a Redshift resource", data.serverless_policy),
    "aws_redshift_integration": Kind("Redshift integration", data.integration),
    "aws_redshift_resource_policy": Kind("policy of a Redshift namespace", data.resource_policy),
    "aws_cloudtrail": Kind("trail", data.trail),
    # events
    "aws_cloudwatch_event_rule": Kind("event rule", events.rule),
    "aws_cloudwatch_event_target": Kind("target of an event rule", events.target),
    "aws_scheduler_schedule": Kind("schedule", events.schedule),
    "aws_scheduler_schedule_group": Kind("schedule group", events.schedule_group),
    "aws_sfn_state_machine": Kind("state machine", events.state_machine),
    "aws_sqs_queue": Kind("queue", events.queue),
    "aws_sqs_queue_policy": Kind("policy of a queue", events.queue_policy),
    "aws_sns_topic": Kind("topic", events.topic),
    "aws_sns_topic_policy": Kind("policy of a topic", events.topic_policy),
    "aws_sns_topic_subscription": Kind("subscription of a topic", events.subscription),
    "aws_lambda_function": Kind("function", events.function),
    "aws_lambda_permission": Kind("permission of a function", events.permission),
    "aws_lambda_alias": Kind("alias of a function", events.alias),
    "aws_lambda_event_source_mapping": Kind("source of a function", events.source_mapping),
    "aws_lambda_function_event_invoke_config": Kind("asynchronous calls of a function", events.invoke_config),
    "aws_cloudwatch_log_group": Kind("log group", events.log_group),
    "aws_cloudwatch_log_resource_policy": Kind("policy of logs", events.log_resource_policy),
    "aws_cloudwatch_log_metric_filter": Kind("metric filter", events.metric_filter),
    "aws_cloudwatch_metric_alarm": Kind("alarm", events.alarm),
    "aws_cloudwatch_dashboard": Kind("dashboard", events.dashboard),
    # glue
    "aws_glue_workflow": Kind("Glue workflow", glue.named("get_workflow", "Name")),
    "aws_glue_trigger": Kind("Glue trigger", glue.named("get_trigger", "Name")),
    "aws_glue_job": Kind("Glue job", glue.named("get_job", "JobName")),
    "aws_glue_crawler": Kind("Glue crawler", glue.named("get_crawler", "Name")),
    "aws_glue_security_configuration": Kind(
        "Glue security configuration", glue.named("get_security_configuration", "Name")
    ),
    "aws_glue_connection": Kind("Glue connection", glue.connection),
    "aws_glue_catalog_database": Kind("Glue database", glue.database),
}
