"""Under which parameter of a call the parts of an ARN are found."""

from __future__ import annotations

# (service, type of resource or "" for any, part of its ARN) => paths of parameters, the first that is given
# counts. ``a.b`` goes into a structure or a list of them, ``a.*`` takes the names of a map; ``=x`` is AWS's
# default.
PARAMETERS: dict[tuple[str, str, str], list[str]] = {
    ("budgets", "", "BudgetName"): ["BudgetName", "Budget.BudgetName", "NewBudget.BudgetName", "=*"],
    ("cloudtrail", "trail", "TrailName"): ["Name", "TrailName"],
    ("cloudwatch", "alarm", "AlarmName"): ["AlarmName", "AlarmNames"],
    ("dynamodb", "", "TableName"): ["TableName", "RequestItems.*", "TransactItems.Put.TableName"],
    ("dynamodb", "index", "IndexName"): ["IndexName"],
    ("dynamodb", "stream", "StreamLabel"): [],
    ("dynamodb", "backup", "BackupName"): [],
    ("events", "", "EventBusName"): ["EventBusName", "Entries.EventBusName", "=default"],
    ("events", "event-bus", "EventBusName"): ["EventBusName", "Entries.EventBusName", "Name", "=default"],
    ("events", "rule-on-default-event-bus", "RuleName"): ["Rule", "Name"],
    ("events", "rule-on-custom-event-bus", "EventBusName"): [],
    ("glue", "connection", "ConnectionName"): [
        "ConnectionName", "ConnectionNameList", "ConnectionInput.Name", "Name",
    ],
    ("glue", "database", "DatabaseName"): ["DatabaseName", "DatabaseInput.Name", "Name"],
    ("glue", "table", "DatabaseName"): ["DatabaseName"],
    ("glue", "table", "TableName"): ["TableName", "TableInput.Name", "Name", "=*"],
    ("glue", "job", "JobName"): ["JobName", "JobNames", "Name"],
    ("glue", "trigger", "TriggerName"): ["TriggerName", "TriggerNames", "Name"],
    ("glue", "workflow", "WorkflowName"): ["WorkflowName", "Names", "Name"],
    ("iam", "role", "RoleNameWithPath"): ["RoleName"],
    ("iam", "user", "UserNameWithPath"): ["UserName"],
    ("iam", "group", "GroupNameWithPath"): ["GroupName"],
    ("iam", "policy", "PolicyNameWithPath"): ["PolicyName"],
    ("iam", "instance-profile", "InstanceProfileNameWithPath"): ["InstanceProfileName"],
    ("kms", "key", "KeyId"): ["KeyId", "TargetKeyId"],
    ("kms", "alias", "Alias"): ["AliasName"],
    ("lambda", "", "FunctionName"): ["FunctionName"],
    ("lambda", "eventSourceMapping", "UUID"): ["UUID"],
    ("logs", "", "LogGroupName"): ["logGroupName", "logGroupIdentifier", "logGroupNamePrefix"],
    ("logs", "log-stream", "LogStreamName"): ["logStreamName", "=*"],
    ("rds", "db", "DbInstanceName"): ["DBInstanceIdentifier"],
    ("rds", "subgrp", "SubnetGroupName"): ["DBSubnetGroupName"],
    ("rds", "pg", "ParameterGroupName"): ["DBParameterGroupName"],
    ("redshift-data", "workgroup", "WorkgroupId"): ["WorkgroupName"],
    ("redshift-data", "cluster", "ClusterName"): ["ClusterIdentifier"],
    ("redshift-serverless", "workgroup", "WorkgroupId"): ["workgroupName"],
    ("redshift-serverless", "namespace", "NamespaceId"): ["namespaceName"],
    ("s3", "", "BucketName"): ["Bucket"],
    ("s3", "object", "ObjectName"): ["Key", "Delete.Objects.Key"],
    ("s3", "accesspoint", "AccessPointName"): [],
    ("s3", "accesspointobject", "AccessPointName"): [],
    ("scheduler", "schedule", "GroupName"): ["GroupName", "=default"],
    ("scheduler", "schedule", "ScheduleName"): ["Name"],
    ("scheduler", "schedule-group", "GroupName"): ["Name", "GroupName"],
    ("secretsmanager", "Secret", "SecretId"): ["SecretId", "Name"],
    ("sqs", "queue", "QueueName"): ["QueueName", "QueueUrl"],
    ("states", "statemachine", "StateMachineName"): ["stateMachineArn", "name"],
    ("states", "execution", "StateMachineName"): [],
    ("states", "express", "StateMachineName"): [],
    ("states", "maprun", "StateMachineName"): [],
}  # fmt: skip

# (service, type of resource) => what is asked of the account for the part of the ARN, or the ARN itself.
RESOLVED: dict[tuple[str, str], str] = {
    ("iam", "role"): "role",
    ("iam", "user"): "user",
    ("kms", "key"): "key",
    ("lambda", "function"): "function",
    ("redshift-data", "workgroup"): "workgroup",
    ("redshift-serverless", "workgroup"): "workgroup",
    ("redshift-serverless", "namespace"): "namespace",
    ("secretsmanager", "Secret"): "secret",
    ("sqs", "queue"): "queue",
}

# The same for what is not there (yet): what AWS will number, a policy can mean by a pattern only.
UNMADE: dict[tuple[str, str], str] = {
    ("redshift-data", "workgroup"): "*",
    ("redshift-serverless", "workgroup"): "*",
    ("redshift-serverless", "namespace"): "*",
    ("secretsmanager", "Secret"): "{}-??????",
}
