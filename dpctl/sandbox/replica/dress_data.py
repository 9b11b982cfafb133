"""The options of the table, MySQL and Redshift Serverless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpctl.sandbox.replica.dress_identity import tag_list
from dpctl.sandbox.replica.seed import Seed


def table(seed: Seed, options: Mapping[str, Any]) -> None:
    """Indexes, replicas, TTL, recovery, protection and tags."""
    dynamodb, name = seed.client("dynamodb"), seed.config.databases.dynamodb.table
    if options.get("BillingMode") == "PROVISIONED":
        throughput = options["ProvisionedThroughput"]
        dynamodb.update_table(TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=throughput)
    if options.get("TableClass"):
        dynamodb.update_table(TableName=name, TableClass=options["TableClass"])
    for index in options.get("GlobalSecondaryIndexes") or []:
        dynamodb.update_table(
            TableName=name,
            AttributeDefinitions=options["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[{"Create": index}],
        )
    for replica in options.get("Replicas") or []:
        dynamodb.update_table(
            TableName=name, ReplicaUpdates=[{"Create": {"RegionName": replica["RegionName"]}}]
        )
    ttl = options.get("TimeToLive") or {}
    if ttl.get("TimeToLiveStatus") == "ENABLED":
        specification = {"Enabled": True, "AttributeName": ttl["AttributeName"]}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    if options.get("Recovery") == "ENABLED":
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    sse = options.get("SSEDescription") or {}
    if sse.get("Status") == "ENABLED":
        key = {"KMSMasterKeyId": sse["KMSMasterKeyArn"]} if sse.get("KMSMasterKeyArn") else {}
        dynamodb.update_table(TableName=name, SSESpecification={"Enabled": True, "SSEType": "KMS", **key})
    if options.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    if options.get("Tags"):
        arn = seed.account.arn("dynamodb", f"table/{name}")
        dynamodb.tag_resource(ResourceArn=arn, Tags=tag_list(options["Tags"]))


# what modify_db_instance takes under the name that describe_db_instances gives it
MODIFIABLE = (
    "DBInstanceClass",
    "AllocatedStorage",
    "MaxAllocatedStorage",
    "StorageType",
    "MultiAZ",
    "PubliclyAccessible",
    "BackupRetentionPeriod",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "AutoMinorVersionUpgrade",
    "CopyTagsToSnapshot",
    "DeletionProtection",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "PerformanceInsightsRetentionPeriod",
    "PerformanceInsightsKMSKeyId",
)


def mysql(seed: Seed, options: Mapping[str, Any]) -> None:
    """The settings of the instance that its owners choose."""
    config = seed.config.databases.mysql
    if config is None:
        return
    rds = seed.client("rds")
    changes = {name: options[name] for name in MODIFIABLE if options.get(name) is not None}
    if options.get("EnabledCloudwatchLogsExports"):
        changes["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": options["EnabledCloudwatchLogsExports"]
        }
    if options.get("IAMDatabaseAuthenticationEnabled"):
        changes["EnableIAMDatabaseAuthentication"] = True
    if options.get("PerformanceInsightsEnabled"):
        changes["EnablePerformanceInsights"] = True
    if changes:
        rds.modify_db_instance(DBInstanceIdentifier=config.identifier, ApplyImmediately=True, **changes)
    if options.get("Tags"):
        arn = seed.account.arn("rds", f"db:{config.identifier}")
        rds.add_tags_to_resource(ResourceName=arn, Tags=tag_list(options["Tags"]))


def namespace(seed: Seed, options: Mapping[str, Any]) -> None:
    """Roles, log exports and tags."""
    client, name = seed.client("redshift-serverless"), seed.config.databases.redshift.namespace
    names = ("iamRoles", "logExports", "defaultIamRoleArn")
    changes = {key: options[key] for key in names if options.get(key)}
    if options.get("managedPassword"):
        changes["manageAdminPassword"] = True
        if options.get("adminPasswordSecretKmsKeyId"):
            changes["adminPasswordSecretKmsKeyId"] = options["adminPasswordSecretKmsKeyId"]
    if changes:
        client.update_namespace(namespaceName=name, **changes)
    if options.get("Tags"):
        arn = client.get_namespace(namespaceName=name)["namespace"]["namespaceArn"]
        client.tag_resource(resourceArn=arn, tags=tag_list(options["Tags"], "key", "value"))


def workgroup(seed: Seed, options: Mapping[str, Any]) -> None:
    """Capacity, public access, routing and tags."""
    client, name = seed.client("redshift-serverless"), seed.config.databases.redshift.workgroup
    names = ("baseCapacity", "maxCapacity", "publiclyAccessible", "enhancedVpcRouting")
    changes = {key: options[key] for key in names if options.get(key) is not None}
    if changes:
        client.update_workgroup(workgroupName=name, **changes)
    if options.get("Tags"):
        arn = client.get_workgroup(workgroupName=name)["workgroup"]["workgroupArn"]
        client.tag_resource(resourceArn=arn, tags=tag_list(options["Tags"], "key", "value"))
