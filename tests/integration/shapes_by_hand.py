"""What owners add that no console asks for: made with boto3, and read back with it, past dpctl's own readers.

Each entry of ``SHAPES`` is what it is, how it is made, and how it is read. ``client`` gives a boto3 client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]
ACCOUNT, REGION = "054158074701", "ap-south-1"
ASSETS = f"aws-glue-assets-{ACCOUNT}-{REGION}"
TRAIL_BUCKET = f"aws-cloudtrail-logs-{ACCOUNT}-f4621182"
SOURCE = f"manifest-bucket-{ACCOUNT}"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:LogEvent"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Orders"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:team"


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def cors(client: Client) -> None:
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://example.com"], "MaxAgeSeconds": 60}
    client("s3").put_bucket_cors(Bucket=SOURCE, CORSConfiguration={"CORSRules": [rule]})


def website(client: Client) -> None:
    found = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404.html"}}
    client("s3").put_bucket_website(Bucket=ASSETS, WebsiteConfiguration=found)


def notification(client: Client) -> None:
    client("sns").create_topic(Name="team")
    removed = {"Id": "gone", "TopicArn": TOPIC, "Events": ["s3:ObjectRemoved:*"]}
    client("s3").put_bucket_notification_configuration(
        Bucket=TRAIL_BUCKET, NotificationConfiguration={"TopicConfigurations": [removed]}
    )


def bucket_policy(client: Client) -> None:
    """The owner's statement, in a policy that stands without a list."""
    statement = {
        "Sid": "Partner",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{SOURCE}/shared/*",
    }
    policy = {"Version": "2012-10-17", "Id": "made-by-hand", "Statement": statement}
    client("s3").put_bucket_policy(Bucket=SOURCE, Policy=json.dumps(policy))


def read_bucket_policy(client: Client) -> Any:
    statements = json.loads(client("s3").get_bucket_policy(Bucket=SOURCE)["Policy"])["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    return [one for one in statements if one.get("Sid") == "Partner"]


def scaling(client: Client) -> None:
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId="table/Orders",
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=5,
        MaxCapacity=50,
    )


def read_scaling(client: Client) -> Any:
    found = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="dynamodb")
    return [(one["ResourceId"], one["MinCapacity"], one["MaxCapacity"]) for one in found["ScalableTargets"]]


def secret_policy(client: Client) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    client("secretsmanager").put_resource_policy(
        SecretId="test/dbaccess",
        ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def read_secret_policy(client: Client) -> Any:
    return client("secretsmanager").get_resource_policy(SecretId="test/dbaccess")["ResourcePolicy"]


def job(client: Client) -> None:
    glue = client("glue")
    now = glue.get_job(JobName="DynamotoRedshift")["Job"]
    keep = [
        "Role", "Command", "GlueVersion", "WorkerType", "NumberOfWorkers", "DefaultArguments", "Description",
        "Timeout",
    ]  # fmt: skip
    update = {key: now[key] for key in keep if key in now} | {
        "MaxRetries": 2,
        "NotificationProperty": {"NotifyDelayAfter": 30},
        "NonOverridableArguments": {"--team": "orders"},
        "ExecutionClass": "FLEX",
    }
    glue.update_job(JobName="DynamotoRedshift", JobUpdate=update)


def read_job(client: Client) -> Any:
    now = client("glue").get_job(JobName="DynamotoRedshift")["Job"]
    names = ("MaxRetries", "NotificationProperty", "NonOverridableArguments", "ExecutionClass", "Timeout")
    return {name: now.get(name) for name in names}


def second_target(client: Client) -> None:
    """Another target of the same rule, with its own retries."""
    client("sns").create_topic(Name="team")
    retries = {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600}
    client("events").put_targets(
        Rule="dynamodb-insert",
        Targets=[{"Id": "team", "Arn": TOPIC, "InputPath": "$.detail", "RetryPolicy": retries}],
    )


def read_second_target(client: Client) -> Any:
    found = client("events").list_targets_by_rule(Rule="dynamodb-insert")["Targets"]
    return [one for one in found if one["Id"] == "team"]


def log_group(client: Client) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/aws-glue/jobs/DynamotoRedshift", tags={"Owner": "orders-team"})
    logs.put_retention_policy(logGroupName="/aws-glue/jobs/DynamotoRedshift", retentionInDays=3653)
    logs.put_metric_filter(
        logGroupName="/aws-glue/jobs/DynamotoRedshift",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[
            {"metricName": "errors", "metricNamespace": "orders", "metricValue": "1"},
        ],
    )


def read_log_group(client: Client) -> Any:
    logs, name = client("logs"), "/aws-glue/jobs/DynamotoRedshift"
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    filters = logs.describe_metric_filters(logGroupName=name)["metricFilters"]
    tags = logs.list_tags_log_group(logGroupName=name)["tags"]
    return [found[0].get("retentionInDays"), [one["filterName"] for one in filters], tags]


def trail(client: Client) -> None:
    """One of a single region, with basic selectors: all management events, and a bucket's data events."""
    cloudtrail = client("cloudtrail")
    cloudtrail.update_trail(
        Name="data-events",
        IsMultiRegionTrail=False,
        IncludeGlobalServiceEvents=False,
        EnableLogFileValidation=False,
    )
    resources = [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{SOURCE}/"]}]
    cloudtrail.put_event_selectors(
        TrailName="data-events",
        EventSelectors=[
            {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": resources}
        ],
    )
    cloudtrail.put_insight_selectors(
        TrailName="data-events", InsightSelectors=[{"InsightType": "ApiCallRateInsight"}]
    )


def read_trail(client: Client) -> Any:
    [found] = client("cloudtrail").describe_trails(trailNameList=["data-events"])["trailList"]
    insights = client("cloudtrail").get_insight_selectors(TrailName="data-events")["InsightSelectors"]
    names = ("IsMultiRegionTrail", "IncludeGlobalServiceEvents", "LogFileValidationEnabled", "S3BucketName")
    return [{name: found.get(name) for name in names}, insights]


def role(client: Client) -> None:
    """An instance profile with the role, and one more managed policy on another."""
    iam = client("iam")
    iam.create_instance_profile(InstanceProfileName="orders")
    iam.add_role_to_instance_profile(InstanceProfileName="orders", RoleName="GlueFullAccessRole")
    iam.attach_role_policy(
        RoleName="RedshiftS3role", PolicyArn="arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
    )


def read_role(client: Client) -> Any:
    profile = client("iam").get_instance_profile(InstanceProfileName="orders")["InstanceProfile"]
    attached = client("iam").list_attached_role_policies(RoleName="RedshiftS3role")["AttachedPolicies"]
    return [
        [one["RoleName"] for one in profile["Roles"]],
        sorted(one["PolicyName"] for one in attached),
    ]


SHAPES: list[tuple[str, Callable[[Client], None], Callable[[Client], Any]]] = [
    ("CORS of a bucket", cors, lambda client: client("s3").get_bucket_cors(Bucket=SOURCE)["CORSRules"]),
    (
        "a bucket's website",
        website,
        lambda client: _without_metadata(client("s3").get_bucket_website(Bucket=ASSETS)),
    ),
    (
        "a bucket's notifications",
        notification,
        lambda client: _without_metadata(
            client("s3").get_bucket_notification_configuration(Bucket=TRAIL_BUCKET)
        ),
    ),
    ("a statement in a bucket's policy", bucket_policy, read_bucket_policy),
    ("a table's scaling", scaling, read_scaling),
    ("a secret's policy", secret_policy, read_secret_policy),
    ("a job's retries, notification and class", job, read_job),
    ("a second target of the rule", second_target, read_second_target),
    ("a log group's retention, filters and tags", log_group, read_log_group),
    ("a trail of one region with insights", trail, read_trail),
    ("an instance profile, one more managed policy", role, read_role),
]
