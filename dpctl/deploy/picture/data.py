"""The table, MySQL and Redshift Serverless."""

from __future__ import annotations

from dpctl.config import Environment
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.picture.shapes import Shape, only, tags


def table(aws: Inventory, environment: Environment) -> Shape | None:
    """The DynamoDB table: keys, indexes, replicas, stream, TTL, recovery, tags; no item."""
    name = environment.resource(environment.config.databases.dynamodb.table)
    one = (aws.get("dynamodb", "describe_table", TableName=name) or {}).get("Table")
    if not one:
        return None
    ttl = (aws.get("dynamodb", "describe_time_to_live", TableName=name) or {}).get("TimeToLiveDescription")
    backups = aws.get("dynamodb", "describe_continuous_backups", TableName=name) or {}
    recovery = (backups.get("ContinuousBackupsDescription") or {}).get("PointInTimeRecoveryDescription")
    listed = aws.items("dynamodb", "list_tags_of_resource", "Tags", ResourceArn=one["TableArn"])
    indexes = [
        only(index, "IndexName", "KeySchema", "Projection") | _index_throughput(index)
        for index in one.get("GlobalSecondaryIndexes") or []
    ]
    return {
        **only(one, "KeySchema", "StreamSpecification", "SSEDescription", "DeletionProtectionEnabled"),
        "AttributeDefinitions": sorted(
            one["AttributeDefinitions"], key=lambda item: str(item["AttributeName"])
        ),
        "BillingMode": (one.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
        "ProvisionedThroughput": _throughput(one),
        "TableClass": (one.get("TableClassSummary") or {}).get("TableClass", "STANDARD"),
        "GlobalSecondaryIndexes": indexes,
        "Replicas": [only(replica, "RegionName") for replica in one.get("Replicas") or []],
        "TimeToLive": only(ttl, "TimeToLiveStatus", "AttributeName"),
        "Recovery": (recovery or {}).get("PointInTimeRecoveryStatus", "DISABLED"),
        "Tags": tags(listed),
    }


def _throughput(of: Shape) -> Shape:
    """The capacity that is set; none of what is paid by request."""
    given = of.get("ProvisionedThroughput") or {}
    return {key: given[key] for key in ("ReadCapacityUnits", "WriteCapacityUnits") if given.get(key)}


def _index_throughput(index: Shape) -> Shape:
    given = _throughput(index)
    return {"ProvisionedThroughput": given} if given else {}


MYSQL = tuple(
    [
        "DBInstanceClass",
        "Engine",
        "EngineVersion",
        "DBName",
        "MasterUsername",
        "AllocatedStorage",
        "MaxAllocatedStorage",
        "StorageType",
        "StorageEncrypted",
        "KmsKeyId",
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
        "EnabledCloudwatchLogsExports",
        "IAMDatabaseAuthenticationEnabled",
        "PerformanceInsightsEnabled",
        "PerformanceInsightsRetentionPeriod",
        "PerformanceInsightsKMSKeyId",
        "CACertificateIdentifier",
    ]
)


def mysql(aws: Inventory, environment: Environment) -> Shape | None:
    """The RDS instance and its subnet group."""
    config = environment.config.databases.mysql
    if config is None:
        return None
    name = environment.resource(config.identifier)
    found = (aws.get("rds", "describe_db_instances", DBInstanceIdentifier=name) or {}).get("DBInstances")
    if not found:
        return None
    one = found[0]
    return {
        **only(one, *MYSQL),
        "Port": (one.get("Endpoint") or {}).get("Port"),
        "SubnetGroup": (one.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "SecurityGroups": sorted(group["VpcSecurityGroupId"] for group in one.get("VpcSecurityGroups") or []),
        "Tags": tags(one.get("TagList")),
    }


def namespace(aws: Inventory, environment: Environment) -> Shape | None:
    """The Redshift Serverless namespace; its password is AWS's, and stays there."""
    name = environment.resource(environment.config.databases.redshift.namespace)
    one = (aws.get("redshift-serverless", "get_namespace", namespaceName=name) or {}).get("namespace")
    if not one:
        return None
    listed = aws.items(
        "redshift-serverless", "list_tags_for_resource", "tags", resourceArn=one["namespaceArn"]
    )
    return {
        **only(
            one, "dbName", "adminUsername", "kmsKeyId", "defaultIamRoleArn", "adminPasswordSecretKmsKeyId"
        ),
        "managedPassword": bool(one.get("adminPasswordSecretArn")),
        "iamRoles": sorted(_arn(role) for role in one.get("iamRoles") or []),
        "logExports": sorted(one.get("logExports") or []),
        "Tags": tags(listed),
    }


def _arn(role: str) -> str:
    """Serverless answers ``IamRole(applyStatus=in-sync, iamRoleArn=arn:...)`` for some."""
    return role.partition("iamRoleArn=")[2].rstrip(")") if "iamRoleArn=" in role else role


def workgroup(aws: Inventory, environment: Environment) -> Shape | None:
    """The Redshift Serverless workgroup."""
    name = environment.resource(environment.config.databases.redshift.workgroup)
    one = (aws.get("redshift-serverless", "get_workgroup", workgroupName=name) or {}).get("workgroup")
    if not one:
        return None
    listed = aws.items(
        "redshift-serverless", "list_tags_for_resource", "tags", resourceArn=one["workgroupArn"]
    )
    return {
        **only(
            one,
            "namespaceName",
            "baseCapacity",
            "maxCapacity",
            "port",
            "enhancedVpcRouting",
            "publiclyAccessible",
        ),
        "subnetIds": sorted(one.get("subnetIds") or []),
        "securityGroupIds": sorted(one.get("securityGroupIds") or []),
        "Tags": tags(listed),
    }
