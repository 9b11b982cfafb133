"""How databases and the trail are found: by name, which is what they are imported by (the trail: by ARN)."""

from __future__ import annotations

from dpctl.deploy.adopt.inventory import Inventory, Values, only


def dynamodb_table(values: Values, aws: Inventory) -> str | None:
    """The table of that name."""
    name = str(values["name"])
    return name if aws.get("dynamodb", "describe_table", TableName=name) else None


def db_instance(values: Values, aws: Inventory) -> str | None:
    """The instance of that identifier."""
    name = str(values["identifier"])
    return name if aws.get("rds", "describe_db_instances", DBInstanceIdentifier=name) else None


def db_subnet_group(values: Values, aws: Inventory) -> str | None:
    """The subnet group of that name."""
    name = str(values["name"])
    return name if aws.get("rds", "describe_db_subnet_groups", DBSubnetGroupName=name) else None


def db_parameter_group(values: Values, aws: Inventory) -> str | None:
    """The parameter group of that name."""
    found = aws.items("rds", "describe_db_parameter_groups", "DBParameterGroups")
    return only(
        [item for item in found if item["DBParameterGroupName"] == values["name"]], "DBParameterGroupName"
    )


def namespace(values: Values, aws: Inventory) -> str | None:
    """The Redshift Serverless namespace of that name."""
    name = str(values["namespace_name"])
    return name if aws.get("redshift-serverless", "get_namespace", namespaceName=name) else None


def workgroup(values: Values, aws: Inventory) -> str | None:
    """The Redshift Serverless workgroup of that name."""
    name = str(values["workgroup_name"])
    return name if aws.get("redshift-serverless", "get_workgroup", workgroupName=name) else None


def usage_limit(values: Values, aws: Inventory) -> str | None:
    """The workgroup's limit of the same type and period."""
    wanted = {"resourceArn": values["resource_arn"], "usageType": values["usage_type"]}
    found = aws.items("redshift-serverless", "list_usage_limits", "usageLimits", **wanted)
    period = values.get("period", "monthly")
    return only([item for item in found if item.get("period", "monthly") == period], "usageLimitId")


def serverless_policy(values: Values, aws: Inventory) -> str | None:
    """The ARN of a serverless resource that has a policy."""
    arn = str(values["resource_arn"])
    return arn if aws.get("redshift-serverless", "get_resource_policy", resourceArn=arn) else None


def integration(values: Values, aws: Inventory) -> str | None:
    """The ARN of the integration of that name."""
    found = aws.items("redshift", "describe_integrations", "Integrations")
    same = [item for item in found if item["IntegrationName"] == values["integration_name"]]
    return only(same, "IntegrationArn")


def resource_policy(values: Values, aws: Inventory) -> str | None:
    """The ARN of a namespace that has a resource policy."""
    arn = str(values["resource_arn"])
    found = aws.get("redshift", "get_resource_policy", ResourceArn=arn)
    return arn if found and (found.get("ResourcePolicy") or {}).get("Policy") else None


def trail(values: Values, aws: Inventory) -> str | None:
    """The ARN of the trail of that name that is at home in this region."""
    found = aws.items("cloudtrail", "describe_trails", "trailList", trailNameList=[values["name"]])
    same = [item for item in found if item["Name"] == values["name"]]
    return only([one for one in same if one.get("HomeRegion", aws.aws.region) == aws.aws.region], "TrailARN")
