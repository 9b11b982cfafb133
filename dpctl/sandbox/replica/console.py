"""An account as people make it by hand: a choice of the consoles' options on every resource, by a number.

The same number makes the same account; number 0 has every option at once. Each option is one that a console
offers, or a person adds: paths and descriptions of roles, tags, indexes, keys, log exports, a start trigger.
"""

from __future__ import annotations

import random
from typing import Any

from dpctl.sandbox.replica.pipeline import OURS

Picture = dict[str, Any]
# names that consoles give to the roles they make, under this path
CONSOLE_PATH = "/service-role/"
CONSOLE_NAMES = ("AmazonRedshift-CommandsAccessRole", "StepFunctions-", "Amazon_EventBridge_")
TAGS = {
    "Owner": "orders-team",
    "CostCentre": "4711",
    "Environment": "test",
    "Name": "orders",
    "created-by": "hand",
    "team/owner@x": "a+b = c: \u00e9_1.0 / z",
}
REGIONS = ("us-east-1", "eu-west-1")


class Choices:
    """What a number decides, in the order in which it is asked."""

    def __init__(self, config: Any, number: int, about: str = "console") -> None:
        self.config, self.all = config, number == 0
        self.random = random.Random(f"{about}-{number}")
        self.account, self.region = config.account_id, config.region

    def maybe(self, value: Any) -> Any:
        """A value, or None: half and half."""
        return value if self.random.random() < 0.5 or self.all else None

    def some(self, items: dict[str, str]) -> dict[str, str]:
        """Some entries of a map; perhaps none."""
        names = sorted(items)
        chosen = self.random.sample(names, self.random.randint(0, 2))
        return {name: items[name] for name in (names if self.all else chosen)}

    def one(self, *values: Any) -> Any:
        """One of several."""
        return self.random.choice(values)

    def key(self) -> str:
        """A customer key as people name it: the trail's by its ARN, another one by its alias."""
        arn = f"arn:aws:kms:{self.region}:{self.account}:alias/"
        trail = str(self.config.audit.kms_key_arn or f"{arn}aws/s3")
        return str(self.one(trail, "alias/orders", f"{arn}orders"))

    @property
    def keys(self) -> dict[str, str]:
        """The key behind the alias."""
        arn = f"arn:aws:kms:{self.region}:{self.account}:key/0b5e55ed-0000-4000-8000-00000000c0de"
        return {"alias/orders": arn}


def invent(config: Any, number: int) -> Picture:
    """The options of the account of that number: a picture that says only what differs from ``existing``."""
    choices = Choices(config, number)
    roles = _roles(choices)
    later = Choices(config, number, "later")  # what was asked for later: the older choices stay as they were
    picture = {
        "roles": roles,
        "keys": choices.keys,
        "buckets": _buckets(choices),
        "secrets": _secrets(choices),
        "trail": _trail(choices) | _selection(later),
        "table": _table(choices),
        "mysql": _mysql(choices),
        "namespace": _namespace(choices, roles),
        "workgroup": _workgroup(choices),
        "jobs": {name: job | _running(later, name) for name, job in _jobs(choices).items()},
        "workflow": _workflow(choices),
        "triggers": _triggers(choices),
        "state_machine": {"Tags": choices.some(TAGS)},
        "rule": _rule(choices),
    }
    return {name: _without_nothing(section) for name, section in picture.items() if section}


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if item not in (None, {}, [])}
    return value


def _roles(choices: Choices) -> Picture:
    names = choices.config.iam
    static = (names.glue, names.redshift_commands, *names.redshift_s3)
    events = (names.step_functions, names.events_to_step_functions, names.events_to_glue)
    extra = {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "kms:Decrypt"], "Resource": "*"}
    found: Picture = {}
    for name in (*static, *events):
        from_console = name.startswith(CONSOLE_NAMES)
        inline = {one: extra for one in ("storage", "secrets", "logs") if choices.maybe(True)}
        found[name] = {
            "Path": CONSOLE_PATH if from_console or choices.random.random() < 0.3 else "/",
            "Description": choices.maybe(f"Made for orders in {choices.one('2019', '2021', '2023')}"),
            "MaxSessionDuration": choices.maybe(7200),
            "Tags": choices.some(TAGS),
            "Boundary": choices.maybe(f"arn:aws:iam::{choices.account}:policy/TeamBoundary"),
            "Inline": {
                one: {"Version": "2012-10-17", "Statement": [statement]} for one, statement in inline.items()
            },
        }
    return found


def _buckets(choices: Choices) -> Picture:
    storage = choices.config.storage
    found: Picture = {}
    for name in (storage.source_bucket, storage.glue_assets_bucket, storage.trail_bucket):
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": choices.key()}
        rule = {
            "ID": "tidy",
            "Status": "Enabled",
            "Filter": {"Prefix": choices.one("", "old/")},
            "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
        }
        encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
        found[name] = {
            "Encryption": choices.maybe(encryption),
            "Lifecycle": choices.maybe([rule]),
            "Versioning": choices.maybe("Enabled"),
            "Tags": choices.some(TAGS),
        }
    return found


def _secrets(choices: Choices) -> Picture:
    names = choices.config.secrets
    return {
        name: {
            "Description": choices.maybe("The login, kept by the team"),
            "KmsKeyId": choices.maybe(choices.key()),
            "Tags": choices.some(TAGS),
        }
        for name in (names.redshift, names.database)
    }


def _trail(choices: Choices) -> Picture:
    return {"Tags": choices.some(TAGS)}


def _selection(choices: Choices) -> Picture:
    """Basic selectors, as the console gave them until 2020, or those of a trail that nobody told anything."""
    source = f"arn:aws:s3:::{choices.config.storage.source_bucket}/"
    resources = choices.maybe([{"Type": "AWS::S3::Object", "Values": [source]}])
    basic = {
        "ReadWriteType": choices.one("All", "WriteOnly"),
        "IncludeManagementEvents": True,
        "DataResources": resources or [],
    }
    return {
        "Selectors": choices.maybe([basic]),
        "Insights": choices.maybe([{"InsightType": "ApiCallRateInsight"}]),
        "IsMultiRegionTrail": choices.maybe(False),
        "LogFileValidationEnabled": choices.maybe(False),
    }


def _table(choices: Choices) -> Picture:
    key = choices.config.databases.dynamodb
    attributes = [{"AttributeName": key.hash_key, "AttributeType": key.hash_key_type}]
    throughput = choices.maybe({"ReadCapacityUnits": 5, "WriteCapacityUnits": 2})
    index = choices.maybe(
        {
            "IndexName": "by-customer",
            "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            **({"ProvisionedThroughput": throughput} if throughput else {}),
        }
    )
    if index:
        attributes.append({"AttributeName": "customer", "AttributeType": "S"})
    return {
        "AttributeDefinitions": attributes,
        "BillingMode": "PROVISIONED" if throughput else None,
        "ProvisionedThroughput": throughput,
        "TableClass": choices.maybe("STANDARD_INFREQUENT_ACCESS"),
        "GlobalSecondaryIndexes": [index] if index else None,
        "DeletionProtectionEnabled": choices.maybe(True),
        "Replicas": choices.maybe([{"RegionName": choices.one(*REGIONS)}]),
        "TimeToLive": choices.maybe({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}),
        "Recovery": choices.maybe("ENABLED"),
        "Tags": choices.some(TAGS),
    }


def _mysql(choices: Choices) -> Picture:
    return {
        "MaxAllocatedStorage": choices.maybe(100),
        "MonitoringInterval": choices.maybe(60),
        "EnabledCloudwatchLogsExports": choices.maybe(choices.one(["error"], ["error", "slowquery"])),
        "IAMDatabaseAuthenticationEnabled": choices.maybe(True),
        "PerformanceInsightsEnabled": choices.maybe(True),
        "Tags": choices.some(TAGS),
    }


def _namespace(choices: Choices, roles: Picture) -> Picture:
    names = choices.config.iam
    paths = {name: str(role["Path"]) for name, role in roles.items()}
    ours = [_role_arn(choices, paths, name) for name in (names.redshift_commands, *names.redshift_s3)]
    return {
        "managedPassword": choices.maybe(True),
        "iamRoles": choices.maybe([*ours, _role_arn(choices, paths, "RedshiftSpectrum")]),
        "logExports": choices.maybe(["userlog", "connectionlog", "useractivitylog"]),
        "Tags": choices.some(TAGS),
    }


def _role_arn(choices: Choices, paths: dict[str, str], name: str) -> str:
    return f"arn:aws:iam::{choices.account}:role{paths.get(name, '/')}{name}"


def _workgroup(choices: Choices) -> Picture:
    return {"publiclyAccessible": choices.maybe(True), "Tags": choices.some(TAGS)}


def _jobs(choices: Choices) -> Picture:
    found: Picture = {}
    for name in (name for name in choices.config.glue.jobs if name != OURS):
        arguments = choices.some(
            {"--owner": "orders-team", "--extra-py-files": "s3://lib/x.zip", "--mode": "full"}
        )
        found[name] = {
            "Description": choices.maybe("Loads orders"),
            "Timeout": choices.maybe(choices.one(15, 240)),
            "DefaultArguments": {"--job-language": "python", **arguments} if arguments else None,
            "Tags": choices.some(TAGS),
        }
    return found


def _running(choices: Choices, name: str) -> Picture:
    spark = choices.config.glue.jobs[name].type == "glueetl"
    return {
        "MaxRetries": choices.maybe(2),
        "NotificationProperty": choices.maybe({"NotifyDelayAfter": 30}),
        "NonOverridableArguments": choices.maybe({"--team": "orders"}),
        "ExecutionClass": choices.maybe("FLEX") if spark else None,
    }


def _workflow(choices: Choices) -> Picture:
    return {
        "Description": choices.maybe("Orders to Redshift"),
        "DefaultRunProperties": choices.maybe({"team": "orders"}),
        "Tags": choices.some(TAGS),
    }


def _triggers(choices: Choices) -> Picture | None:
    trigger = {
        "WorkflowName": choices.config.glue.workflow,
        "Type": "EVENT",
        "Actions": [{"JobName": "GlueTestjob"}],
        "EventBatchingCondition": {"BatchSize": choices.one(1, 10), "BatchWindow": 900},
    }
    here = "GlueTestjob" in choices.config.glue.jobs
    started: Picture | None = choices.maybe({"orders-start": trigger})
    return started if here else None


def _rule(choices: Choices) -> Picture:
    return {"Description": choices.maybe("New orders"), "Tags": choices.some(TAGS)}
